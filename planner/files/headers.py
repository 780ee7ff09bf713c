"""Headers of tables: where one is, and which column stands for what, in the words of the user."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from planner.errors import Problem, nearest
from planner.files.people import spoiled
from planner.files.sheets import Grid
from planner.files.wording import WORDS, Wording, folded

HEADER_WITHIN = 50
"""The header is one of the first so many rows that hold something; titles may stand above it."""

GUESSED_FROM = 0.8
"""The share of a column's values that must look like those of a column for it to be taken for that."""

MISSING = "missing column"
"""The code of a problem: a header lacks a column; its data are the header and the places of other columns."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of table.

    Parameters
    ----------
    name
        What it is called, and what a sheet of it is called in the planner's own workbooks.
    columns, optional
        The columns that it must and may have.
    looks
        Whether a text is one of a column's, by column: a column with a header in nobody's words is known by
        its values.
    across
        The ref that a header names, for a table with units as columns; it then has the columns `ref` and
        `status` for each cell.
    strict
        Whether a column that nobody knows is a problem.
    role
        Sheets nobody sees are read only where no other has a table of the same role.
    named
        Whether only a sheet of its name has it.
    alone
        Whether a sheet of its name has it alone: others like it are of what is planned, or of another year.
    beside
        Labels of which a sheet that has another name must have one.
    """

    name: str
    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    looks: Mapping[str, Callable[[str], bool]] = field(default_factory=dict)
    across: Callable[[str], str | None] | None = None
    strict: bool = False
    role: str = ""
    named: bool = False
    alone: bool = False
    beside: frozenset[str] = frozenset()

    @property
    def known(self) -> tuple[str, ...]:
        """All its columns."""
        return (*self.columns, *self.optional)


@dataclass(frozen=True, slots=True)
class Fit:
    """A table within a sheet: where its header is, and where the columns stand (the first is 0)."""

    shape: Shape
    index: int
    places: Mapping[str, int]
    across: Mapping[int, str]
    unread: Mapping[int, str]


def has_header(grid: Grid, shape: Shape) -> tuple[str, ...] | None:
    """The cells of a sheet's header; None if it has none of this shape."""
    fit = best_fit(grid, [shape], Wording())
    return None if fit is None else grid.rows[fit.index][1]


def best_fit(grid: Grid, shapes: Sequence[Shape], wording: Wording) -> Fit | None:
    """The first shape that fits, by the user's words; else the first that fits by values as well."""
    for by_values in (False, True):
        for shape in shapes:
            if (by_values and not shape.looks) or not _may_have(grid, shape):
                continue
            rows = enumerate(grid.rows[:HEADER_WITHIN])
            fits = (_fit_at(grid, index, cells, shape, wording, by_values) for index, (_, cells) in rows)
            found = filter(None, fits)
            # By values a title above the header would do as well.
            best = (
                max(found, key=lambda fit: len(fit.places), default=None) if by_values else next(found, None)
            )
            if best is not None:
                return best
    return None


def _may_have(grid: Grid, shape: Shape) -> bool:
    """Whether the sheet's name, and the labels on it, let it have a table of this shape."""
    if folded(grid.name) == folded(shape.name):
        return True
    labels = {folded(label) for label in shape.beside}
    cells = (folded(cell) for _, cells in grid.rows[:HEADER_WITHIN] for cell in cells)
    return not shape.named and (not labels or not labels.isdisjoint(cells))


def _fit_at(
    grid: Grid, index: int, cells: Sequence[str], shape: Shape, wording: Wording, by_values: bool
) -> Fit | None:
    places = column_places(cells, shape, wording)
    across = _units_across(cells, shape, places)
    if shape.across is not None and len(across) < 2:
        return None
    missing = [name for name in shape.columns if name not in places]
    if missing and by_values and (len(missing) < len(shape.columns) or len(shape.columns) == 1):
        places |= _by_values(grid, index, cells, shape, missing, places)
        missing = [name for name in missing if name not in places]
    if missing:
        return None
    taken = {*places.values(), *across}
    unread = {place: cell for place, cell in enumerate(cells) if cell and place not in taken}
    return Fit(shape, index, places, across, unread)


def _units_across(cells: Sequence[str], shape: Shape, places: Mapping[str, int]) -> dict[int, str]:
    if shape.across is None:
        return {}
    free = [(place, cell) for place, cell in enumerate(cells) if cell and place not in places.values()]
    named = {place: shape.across(cell) for place, cell in free}
    return {place: ref for place, ref in named.items() if ref}


def column_places(cells: Sequence[str], shape: Shape, wording: Wording) -> dict[str, int]:
    """Where each column stands in a header: by what somebody has said, its own name, or other words for it.

    A column that must be there may take one that another could have been taken for: where nobody has a
    number a name says who it is.
    """
    said = {place: wording.column(cell) for place, cell in enumerate(cells) if cell}
    # An error of the spreadsheet is no header, though #REF! has the letters of one.
    keys = {
        place: folded(cell)
        for place, cell in enumerate(cells)
        if cell and said[place] is None and not spoiled(cell)
    }
    # Backwards, so that of two headers that are said to be one column the first stays.
    found = {name: place for place, name in reversed(said.items()) if name in shape.known}
    own = {folded(name): name for name in shape.known}
    for place, key in keys.items():
        if key in own:
            found.setdefault(own[key], place)

    def best(name: str, open_places: Iterable[int]) -> int | None:
        # Backwards, so that of words that fold alike the surest keeps its rank.
        words = {folded(word): rank for rank, word in reversed(list(enumerate(WORDS.get(name, ()))))}
        ranked = [(words[keys[place]], place) for place in open_places if keys.get(place) in words]
        return min(ranked)[1] if ranked else None

    def asked(name: str) -> bool:
        """Whether a header is nearly this column's own name: then no other is taken for it unasked."""
        words = {folded(word) for word in WORDS.get(name, ())}
        free = [cells[at] for at, key in keys.items() if at not in found.values() and key not in words]
        return name in shape.columns and nearest(name, free) != ""

    def take(names: Iterable[str], open_places: Callable[[], Iterable[int]]) -> None:
        for name in names:
            if name not in found and (place := best(name, open_places())) is not None and not asked(name):
                for other in [other for other, taken in found.items() if taken == place]:
                    del found[other]
                found[name] = place

    take(shape.columns, lambda: [place for place in keys if place not in found.values()])
    optional = set(shape.optional)
    take(
        shape.columns,
        lambda: [place for name, place in found.items() if name in optional and place in keys],
    )
    take(shape.optional, lambda: [place for place in keys if place not in found.values()])
    return {name: found[name] for name in shape.known if name in found}


def _by_values(
    grid: Grid,
    index: int,
    cells: Sequence[str],
    shape: Shape,
    missing: Sequence[str],
    places: Mapping[str, int],
) -> dict[str, int]:
    """The missing columns whose values stand in one column only, of those with an unknown header.

    A row as full as this one above it is the header, and this one of its rows.
    """
    above = [row for _, row in grid.rows[:index] if sum(map(bool, row)) >= sum(map(bool, cells))]
    below = [row for _, row in grid.rows[index + 1 :]]
    used = {*places.values(), *(place for row in above for place, cell in enumerate(row) if cell)}
    free = [place for place, cell in enumerate(cells) if cell and place not in used]
    found: dict[str, int] = {}
    for name in missing:
        looks = shape.looks.get(name)
        if looks is None:
            continue
        fitting = []
        for place in free:
            values = [
                row[place] for row in below if place < len(row) and row[place] not in ("", cells[place])
            ]
            known = dict.fromkeys(values)
            if values and sum(map(looks, known)) >= GUESSED_FROM * len(known):
                fitting.append(place)
        if len(fitting) == 1:
            found[name] = fitting[0]
            free.remove(fitting[0])
    return found


def nearly_fit(grid: Grid, shapes: Sequence[Shape], wording: Wording) -> tuple[Fit, str] | None:
    """The table that a sheet has most columns of, and which it lacks; None where none is near."""
    for shape in shapes:
        for index, (number, cells) in enumerate(grid.rows[:HEADER_WITHIN]):
            places = column_places(cells, shape, wording)
            missing = [name for name in shape.columns if name not in places]
            known = len(places) + len(_units_across(cells, shape, places))
            if missing and known >= (2 if len(missing) < len(shape.columns) else 3):
                others = _free(cells, places, wording)
                named = ", ".join(f"{name}{nearest(name, others)}" for name in missing)
                message = f"row {number} names {', '.join(places)}, but not {named}"
                return Fit(shape, index, places, {}, {}), message
    return None


def _free(cells: Sequence[str], places: Mapping[str, int], wording: Wording) -> list[str]:
    """The headers that may be a column mistyped: of which nobody has said what they are."""
    taken = frozenset(places.values())
    named = ((place, cell) for place, cell in enumerate(cells) if cell and place not in taken)
    return [cell for _, cell in named if wording.column(cell) is None]


def one_of(grids: Sequence[Grid], *names: str) -> Grid | None:
    """The sheet that has the first of these names, in any case; None if no sheet has any."""
    by_name = {folded(grid.name): grid for grid in reversed(grids)}
    return next((by_name[folded(name)] for name in names if folded(name) in by_name), None)


def missing_columns(
    source: str, sheets: Sequence[Grid], shapes: Sequence[Shape], wording: Wording
) -> list[Problem]:
    """The columns missing from the row most like a header, of the sheet that has it."""
    shape = next(shape for shape in shapes if not shape.role)
    rows = [
        (grid, number, cells)
        for grid in [grid for grid in sheets if grid.rows and not grid.hidden] or sheets
        for number, cells in grid.rows[:HEADER_WITHIN]
    ]
    if not rows:
        return [Problem(source, f"holds no row; the header must name {', '.join(shape.columns)}")]

    def likeness(row: tuple[Grid, int, tuple[str, ...]]) -> tuple[int, int]:
        return (
            len(column_places(row[2], shape, wording)),
            sum(1 for name in shape.columns if nearest(name, row[2])),
        )

    grid, number, cells = max(rows, key=likeness)
    places = column_places(cells, shape, wording)
    others = _free(cells, places, wording)
    return [
        Problem(
            source,
            f"this column is missing{nearest(name, others)}",
            row=number,
            field=name,
            code=MISSING,
            data={"header": cells, "places": places},
            sheet=grid.name if len(sheets) > 1 else "",
        )
        for name in shape.columns
        if name not in places
    ]
