"""Tables within sheets: which are read, their rows, and what was not read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from planner.errors import DataError, Parameter, Problem, nearest, refuse
from planner.files.headers import HEADER_WITHIN, Fit, Shape, best_fit, missing_columns, nearly_fit, one_of
from planner.files.people import no_key, spoiled
from planner.files.sheets import CONTROL, LONGEST_CELL, Grid, grids, read_bytes
from planner.files.text_files import Table
from planner.files.wording import Wording, folded
from planner.files.workbook_guard import RECALCULATE

_FOOTER = re.compile(
    r"(?:grand |sub)?-?total(?:s| number)?\b.*|\(?\d+ (?:rows?|records?|learners?|entries|units?|lines?)\)?"
    r"|(?:count|sum|average)\s*[:=].*|(?:learners?|rows?|records?|candidates?)\s*[:=]\s*\d+"
    r"|(?:(?:report|list|data|file|table|export|document)\s+)?(?:generated|printed|created|exported|downloaded"
    r"|produced|run|last updated|updated)\s+(?:on|by|at|from|:).*|page \d+(?: of \d+)?"
    r"|end of (?:the )?(?:report|list|file|table|data|export).*|(?:source|notes?|key|legend)\s*:.*"
    r"|(?:©|\(c\)|copyright\b).*|[-=_*.\s]+|confidential.*",
    re.IGNORECASE,
)
"""What reports write below their tables."""

_NUMBER = re.compile(r"[\d.,% ]+")
"""What may stand beside Total."""

_KEYS = frozenset(("learner", "ref"))
"""Columns of what a thing is called: a date there is what a spreadsheet made of 3-1 or MAR1."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Parameters
    ----------
    source, sheet
        The file; the sheet where it has several.
    number
        The spreadsheet's row (the first is 1).
    cells
        The texts of the columns that the table has; a cell missing at the row's end is "".
    """

    source: str
    number: int
    cells: Mapping[str, str]
    sheet: str = ""

    def __getitem__(self, name: str) -> str:
        """The text in a column, "" where the table has none."""
        return self.cells.get(name, "")

    def problem(
        self, field: str, message: str, value: str | None = None, code: str = "", **data: Any
    ) -> Problem:
        """A problem with one of the row's cells."""
        text = self[field] if value is None else value
        value = text[:200] or "(empty)"
        return Problem(self.source, message, self.number, field, value, code, data, self.sheet)


@dataclass(frozen=True, slots=True)
class Part:
    """What was read of one sheet: good rows, rows left out, what is wrong, which column was taken for what.

    `taken` names the column of each header, None for those that were not read; `header` is the header's row.
    """

    shape: Shape
    grid: Grid
    rows: tuple[Row, ...]
    left_out: tuple[Row, ...]
    problems: tuple[Problem, ...]
    taken: Mapping[str, str | None]
    header: int

    def has(self, *names: str) -> bool:
        """Whether the table has one of these columns."""
        return not set(names).isdisjoint(filter(None, self.taken.values()))


@dataclass(frozen=True, slots=True)
class SheetRead:
    """What became of a sheet of the file `source`: `kind` is the kind of its table, or else `reason` says why
    it was not read.
    """

    name: str
    kind: str = ""
    reason: str = ""
    rows: int = 0
    columns: Mapping[str, str | None] = field(default_factory=dict)
    source: str = ""

    def also(self, more: Mapping[str, str | None]) -> SheetRead:
        """The sheet as it was read where somebody else read `more` of its headers, each as a column."""
        return replace(self, columns={head: name or more.get(head) for head, name in self.columns.items()})

    def to_json(self) -> dict[str, Any]:
        """The sheet as JSON answers list it; their reader knows the file."""
        return {
            "sheet": self.name,
            "read": bool(self.kind),
            "as": self.kind or None,
            "reason": self.reason,
            "rows": self.rows,
            "columns": dict(self.columns),
        }


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a file, sheet by sheet."""

    parts: tuple[Part, ...]
    sheets: tuple[SheetRead, ...]
    problems: tuple[Problem, ...]

    def of(self, *names: str) -> tuple[Part, ...]:
        """The tables of these kinds."""
        return tuple(part for part in self.parts if part.shape.name in names)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The good rows of all tables."""
        return tuple(row for part in self.parts for row in part.rows)


def read_tables(
    source: str, sheets: Sequence[Grid], shapes: Sequence[Shape], wording: Wording | None = None
) -> Tables:
    """Every table of these shapes in a file; a sheet is the first shape that fits it.

    All sheets that a person sees are read, hidden ones only where no other has a table of their role. Of a
    workbook that the planner wrote only the sheets that are meant to be read are.

    Raises
    ------
    DataError
        No sheet has a table of a shape without a role, or a header names a column twice.
    """
    wording = wording or Wording()
    problems = [problem for grid in sheets for problem in grid.problems]
    wording.check_columns(name for shape in shapes for name in shape.known)
    headers = {folded(cell) for grid in sheets for _, cells in grid.rows[:HEADER_WITHIN] for cell in cells}
    problems += [
        Problem(Parameter("columns"), "no header of the file is called this", value=said)
        for said in wording.columns
        if folded(said) not in headers
    ]
    fits = [(grid, best_fit(grid, shapes, wording)) for grid in sheets]
    written = _written_here(sheets)
    own = written and one_of(sheets, *(shape.name for shape in shapes if not shape.role)) is not None
    nearly = [None if fit or grid.hidden or own else nearly_fit(grid, shapes, wording) for grid, fit in fits]
    all_fits = [*fits, *((grid, near[0]) for grid, near in zip(sheets, nearly, strict=True) if near)]
    reasons = [
        _reason(grid, fit, all_fits, FOR_PEOPLE if own else _DRAWN if written else ()) for grid, fit in fits
    ]
    read = [reason == "" for reason in reasons]
    several = sum(not grid.hidden for grid in sheets) > 1
    parts: list[Part] = []
    told: list[SheetRead] = []
    for (grid, fit), reason, almost in zip(fits, reasons, nearly, strict=True):
        if fit is None or reason:
            near = almost[1] if almost else ""
            if any(read) and fit is None and (named := one_of([grid], *(shape.name for shape in shapes))):
                near = near or f"it has the name {named.name} but no table of that kind"
            if near and any(read):
                problems.append(Problem(source, f"this sheet was not read: {near}", sheet=grid.name))
            if almost and any(read):
                part = _TableReader(source, grid.name, grid, almost[0]).part()
                parts.append(replace(part, rows=(), left_out=(*part.left_out, *part.rows), problems=()))
            told.append(SheetRead(grid.name, reason=near or reason, source=source))
            continue
        part = _TableReader(source, grid.name if several else "", grid, fit).part()
        parts.append(part)
        problems += part.problems
        note = "nobody sees this sheet; it was read because no other has such a table" if grid.hidden else ""
        told.append(SheetRead(grid.name, fit.shape.name, note, len(part.rows), part.taken, source))
        if note:
            problems.append(Problem(source, note, sheet=grid.name))
    if not any(
        fit and fit.shape.role == "" and not reason for (_, fit), reason in zip(fits, reasons, strict=True)
    ):
        if written and all(folded(grid.name) in FOR_PEOPLE for grid in sheets):
            problems.append(Problem(source, _for_people(shapes)))
        else:
            problems += missing_columns(source, sheets, shapes, wording)
        raise DataError(problems)
    return Tables(tuple(parts), tuple(told), tuple(problems))


def unread(source: str, sheets: Sequence[Grid]) -> tuple[SheetRead, ...]:
    """What to say of sheets that have no table of the kind that was looked for."""
    reasons = (NO_TABLE if folded(sheet.name) not in FOR_PEOPLE else TO_PEOPLE for sheet in sheets)
    return tuple(
        SheetRead(sheet.name, reason=reason, source=source)
        for sheet, reason in zip(sheets, reasons, strict=True)
    )


def together(sheets: Iterable[SheetRead]) -> tuple[SheetRead, ...]:
    """What became of sheets of which parts were read by themselves: each once, with the rows of all parts and
    the columns that any of them read; not read where no part was.
    """
    found: dict[tuple[str, str, str], SheetRead] = {}
    for sheet in sheets:
        key = (sheet.source, sheet.name, sheet.kind)
        before = found.get(key)
        rows = sheet.rows if before is None else sheet.rows + before.rows
        found[key] = replace(sheet if before is None else sheet.also(before.columns), rows=rows)
    read = {(source, name) for source, name, kind in found if kind}
    return tuple(sheet for (*place, kind), sheet in found.items() if kind or tuple(place) not in read)


def read_table(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """The rows of a text file by column; a column that is unknown is refused.

    Raises
    ------
    DataError
        The file cannot be read, or its header lacks one of `columns` or has one that is unknown.
    """
    source = str(path)
    shape = Shape(path.stem, tuple(columns), tuple(optional), strict=True)
    found = read_tables(source, grids(source, read_bytes(path)), [shape])
    unknown = [problem for problem in found.problems if problem.code == UNREAD]
    refuse(unknown)
    return Table(tuple((row.number, dict(row.cells)) for row in found.rows), found.problems)


NO_TABLE, TO_PEOPLE = "has no such table", "is for people to read"
"""Why a sheet was not read."""

FOR_PEOPLE = frozenset(
    folded(name)
    for name in (
        "About", "How to fill this in", "Rules", "Way home", "Lists", "Summary", "Learners", "Matrix",
        "Demand", "Conflicts", "Rejected rows", "Missing units", "Records", "Units", "Groups", "Fit",
        "Left out", "Plan", "Points", "Activities", "Readings",
    )
)  # fmt: skip
"""The sheets of the planner's own workbooks that are written for people and not read back."""


_DRAWN = frozenset({folded("Matrix")})
"""Those that look like a table of learners' units even where a workbook has nothing to be read."""


def _written_here(sheets: Sequence[Grid]) -> bool:
    """Whether the planner wrote the workbook."""
    about, how = one_of(sheets, "About"), one_of(sheets, "How to fill this in")
    marked = about is not None and bool(about.rows) and about.rows[0][1][:1] == ("About this file",)
    return marked or how is not None


def _reason(
    grid: Grid, fit: Fit | None, fits: Sequence[tuple[Grid, Fit | None]], for_people: Collection[str]
) -> str:
    """Why a table is not read, "" if it is."""
    if fit is None:
        return NO_TABLE
    if folded(grid.name) != folded(fit.shape.name) and folded(grid.name) in for_people:
        return TO_PEOPLE
    like = [(sheet, other) for sheet, other in fits if other and other.shape.role == fit.shape.role]
    named = [sheet for sheet, other in like if folded(sheet.name) == folded(fit.shape.name)]
    if fit.shape.alone and named and grid not in named:
        return f"is not the sheet {named[0].name}, which has such a table"
    if grid.hidden and any(not sheet.hidden for sheet, _ in like):
        return "is hidden, and another sheet has such a table"
    return ""


def _for_people(shapes: Sequence[Shape]) -> str:
    """Why nothing is read of a workbook that the planner wrote about something else."""
    columns = next(", ".join(shape.columns) for shape in shapes if not shape.role)
    wanted = f"a table with {columns}, or the file that this one was made from"
    return f"is an answer of the planner, for people to read: hand in {wanted}"


UNREAD = "unread column"
"""The code of a problem: a header is nearly a column's name, and was not taken for it."""

FOOTER = "footer"
"""The code of a problem: a line below the table is no row of it."""


# Rows


class _TableReader:
    """Collects the rows below a header, and what is wrong with the rows left out."""

    def __init__(self, source: str, sheet: str, grid: Grid, fit: Fit) -> None:
        self.source = source
        self.sheet = sheet
        self.grid = grid
        self.fit = fit
        self.number, self.header = grid.rows[fit.index]
        self.rows: list[Row] = []
        self.left_out: list[Row] = []
        self.problems: list[Problem] = []
        self.formulas: dict[int, dict[int, str]] = {}
        for row, column, formula in grid.formulas:
            self.formulas.setdefault(row, {})[column] = formula
        # The columns of a grid count from 1, places in a row from 0.
        self.merged = {(row, column - 1): last for row, column, last in grid.merged}

    def part(self) -> Part:
        self._check_header()
        body = self.grid.rows[self.fit.index + 1 :]
        under = self._under(body)
        filled: dict[int, tuple[int, str]] = {}
        wanted = {**self.fit.places, **{ref: place for place, ref in self.fit.across.items()}}
        for index, (number, cells) in enumerate(body):
            values = {name: cells[place] if place < len(cells) else "" for name, place in wanted.items()}
            formulas = self.formulas.get(number, {})
            unvalued = [name for name, place in wanted.items() if place + 1 in formulas] if formulas else []
            blank = not any(values.values()) and not unvalued
            for name, place in wanted.items() if self.merged else ():
                # Cells merged over rows stand in the first of them alone, and are meant for all.
                if (number, place) in self.merged:
                    filled[place] = (self.merged[number, place], values[name])
                elif not values[name] and number <= filled.get(place, (0, ""))[0]:
                    values[name] = filled[place][1]
            if blank:
                continue
            if index >= under or self._is_footer(cells, values):
                text = next(cell for cell in cells if cell)
                message = "stands below the table and is no row of it: left out"
                self.problems.append(self._problem(number, message, value=text[:200], code=FOOTER))
                continue
            if self._repeats_header(values):
                message = "repeats the header"
                self.problems.append(self._problem(number, message, code=FOOTER))
                continue
            wrong = list(self._wrong(number, cells, values, unvalued))
            self.problems += wrong
            for row in self._made(number, values):
                (self.left_out if wrong else self.rows).append(row)
        taken: dict[str, str | None] = {self.header[place]: name for name, place in self.fit.places.items()}
        taken |= {self.header[place]: ref for place, ref in self.fit.across.items()}
        taken |= dict.fromkeys(self.fit.unread.values())
        return Part(
            self.fit.shape,
            self.grid,
            tuple(self.rows),
            tuple(self.left_out),
            tuple(self.problems),
            taken,
            self.number,
        )

    def _problem(
        self, number: int, message: str, field: str = "", value: str = "", code: str = ""
    ) -> Problem:
        return Problem(self.source, message, number, field, value, code, sheet=self.sheet)

    def _made(self, number: int, values: Mapping[str, str]) -> Iterator[Row]:
        if not self.fit.across:
            yield Row(self.source, number, values, self.sheet)
            return
        refs = set(self.fit.across.values())
        own = {name: text for name, text in values.items() if name not in refs}
        for ref in self.fit.across.values():
            # With units across, each cell that holds anything is a row of its own: this learner, that unit.
            if values[ref]:
                yield Row(self.source, number, {**own, "ref": ref, "status": values[ref]}, self.sheet)

    def _check_header(self) -> None:
        """Raises DataError for a column that stands twice; says which are nearly one that is known."""
        shape, places = self.fit.shape, self.fit.places
        twice = []
        for place, cell in self.fit.unread.items():
            same = [name for name, at in places.items() if folded(self.header[at]) == folded(cell)]
            if same:
                message = f"this column stands twice, as columns {places[same[0]] + 1} and {place + 1}"
                twice.append(self._problem(self.number, message, same[0]))
                continue
            others = [name for name in shape.known if folded(name) != folded(cell)]
            hint = nearest(cell, [name for name in others if shape.strict or name not in places])
            field = f"column {place + 1}"
            if shape.strict:
                message = f"this column is unknown{hint}"
                self.problems.append(self._problem(self.number, message, field, cell, UNREAD))
            elif hint:
                message = f"this column was not read{hint}"
                self.problems.append(self._problem(self.number, message, field, cell, UNREAD))
        refuse(twice)

    def _under(self, body: Sequence[tuple[int, Sequence[str]]]) -> int:
        """Where the text below the table begins: alone in its row, after a gap, where no row above is so."""
        filled = [sum(map(bool, cells)) for _, cells in body]
        for index in range(len(body) - 1, 0, -1):
            if filled[index] != 1:
                break
            if body[index][0] > body[index - 1][0] + 1 and min(filled[:index]) > 1:
                return index
        return len(body)

    def _is_footer(self, cells: Sequence[str], values: Mapping[str, str]) -> bool:
        """Whether a row is what a report writes below its table: nothing in the table's columns but that."""
        first = next((cell for cell in cells if cell), "")
        # Beside such words figures may stand, those of a total; any other text makes it a row of the table.
        held = [text for text in values.values() if text and (text == first or not _NUMBER.fullmatch(text))]
        return held in ([], [first]) and _FOOTER.fullmatch(first) is not None

    def _repeats_header(self, values: Mapping[str, str]) -> bool:
        places = self.fit.places
        needed = [name for name in self.fit.shape.columns if name in places]
        same = [values[name].casefold() == self.header[places[name]].casefold() for name in needed]
        return bool(same) and all(same)

    def _wrong(
        self, number: int, cells: Sequence[str], values: Mapping[str, str], unvalued: Sequence[str]
    ) -> Iterator[Problem]:
        def problem(message: str, name: str = "", value: str = "") -> Problem:
            return self._problem(number, message, name, value[:200])

        # In a text file a cell too many means that a delimiter is not quoted: all cells after it are shifted.
        width = len(self.header)
        torn = self.fit.shape.strict and len(cells) <= max(self.fit.places.values())
        # Only a text file has no name of a sheet.
        if torn or (self.grid.name == "" and any(cells[width:])):
            yield problem(f"has {len(cells)} cells where the header has {width}")
        for name in unvalued:
            place = self.fit.places[name] if name in self.fit.places else list(values).index(name)
            formula = self.formulas[number].get(place + 1, "")
            yield problem(f"is a formula without a stored value; {RECALCULATE}", name, formula)
        for name, text in values.items():
            if len(text) > LONGEST_CELL:
                yield problem(f"holds more than {LONGEST_CELL:,} characters", name, text)
            elif not text.isprintable() and CONTROL.search(text):
                yield problem("holds a control character", name, text)
            elif message := no_key(text) if name in _KEYS else spoiled(text):
                yield problem(message, name, text)
