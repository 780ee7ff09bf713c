"""A centre's offer: the units it can assess, from a list of refs or a table with a column `ref`."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from planner.catalogue.qualification import Qualification
from planner.catalogue.refs import Refs
from planner.errors import DataError, Problem
from planner.files.headers import Shape, has_header
from planner.files.people import spoiled
from planner.files.sheets import Grid, grids, text_of
from planner.files.tables import UNREAD, Part, Row, SheetRead, read_tables
from planner.files.wording import folded

COLUMN = "ref"

SHAPE = Shape("Offer", (COLUMN,), ("offered",))

YES = frozenset(("yes", "y", "true", "1", "x", "offered", "available", "✓", "✔"))
NO = frozenset(("no", "n", "false", "0", "", "-", "not offered", "not available"))
"""What stands in a column that says whether a unit is offered."""

MOST_UNKNOWN = 1_000
"""Unknown refs after which a file is read no further: it lists something else."""

_AROUND = " \t\r\n\"'=\xa0"
"""What may stand around a ref that was exported or typed."""

LONGEST_REF = 100
"""Characters of an unknown ref that are told."""


@dataclass(frozen=True, slots=True)
class OfferFile:
    """The refs of the units a centre can assess, what of the file could not be read, and how it was read.

    A list has no columns: of it there is nothing to say how it was read.
    """

    refs: frozenset[str]
    problems: tuple[Problem, ...]
    sheets: tuple[SheetRead, ...]


def read_offer(
    qualification: Qualification, source: str, content: bytes
) -> tuple[frozenset[str], tuple[Problem, ...]]:
    """The refs of the units a centre can assess, and what could not be read; see `offer_file`."""
    found = offer_file(qualification, source, content)
    return found.refs, found.problems


def offer_file(qualification: Qualification, source: str, content: bytes) -> OfferFile:
    """The refs of the units a centre can assess, one problem for each that is unknown, and how it was read.

    The file is a table (.csv, .xlsx) with a column `ref` and perhaps one that says whether the unit is
    `offered`, or a list (.txt, .csv): refs separated by line breaks, blanks, commas or semicolons, what
    follows a # being a comment. `source` is its name as the user knows it.

    Raises
    ------
    DataError
        The file cannot be read, or names no unit of this qualification.
    """
    found = grids(source, content)
    titles = Refs(qualification.titled_refs)
    sheets: tuple[SheetRead, ...] = ()
    if _is_list(found):
        rows: Iterator[Row] = _lines(source, content)
        problems = list(text_of(source, content)[1])
    else:
        shape = Shape(
            "Offer", SHAPE.columns, SHAPE.optional, {COLUMN: lambda text: bool(titles.all(text)[0])}
        )
        read = read_tables(source, found, [shape])
        rows, problems = iter(read.rows), [*read.problems, *_answers_unread(source, read.parts)]
        sheets = read.sheets
    refs: set[str] = set()
    unknown: list[Problem] = []
    for row in rows:
        named, others = titles.all(_without_comment(row[COLUMN]))
        unknown += (
            row.problem(COLUMN, titles.unknown(word), word[:LONGEST_REF]) for word in others if word.strip()
        )
        said = row["offered"].casefold().strip()
        if said in YES or "offered" not in row.cells:
            refs.update(named)
        elif said not in NO:
            unknown.append(row.problem("offered", "must be yes or no; the unit is not taken as offered"))
        if len(unknown) >= MOST_UNKNOWN:
            message = f"nothing was read below row {row.number}: {MOST_UNKNOWN:,} refs are unknown"
            unknown.append(Problem(source, message))
            break
    problems += unknown
    if not refs:
        message = f"names no unit of {qualification.title} ({qualification.id})"
        raise DataError([Problem(source, message), *problems])
    return OfferFile(frozenset(refs), tuple(problems), sheets)


def _without_comment(text: str) -> str:
    """What stands before a #, unless a cell of it is an error of the spreadsheet (#REF!)."""
    cells = (cell.strip(_AROUND) for cell in re.split("[,;\t]", text))
    return (text if any(map(spoiled, cells)) else text.partition("#")[0]).strip(_AROUND)


def _answers_unread(source: str, parts: Iterable[Part]) -> Iterator[Problem]:
    """Columns that nobody knows and that say yes and no: they may well say what is offered."""
    for part in parts:
        header = next(cells for number, cells in part.grid.rows if number == part.header)
        below = [cells for number, cells in part.grid.rows if number > part.header]
        for place, name in enumerate(header):
            said = [cells[place].casefold() if place < len(cells) else "" for cells in below]
            answers = sum(word in YES | NO for word in said)
            if name and part.taken[name] is None and len(set(said)) > 1 and 2 * answers >= len(said):
                message = "this column says yes and no and was not read: call it offered if it says what is"
                field = f"column {place + 1}"
                yield Problem(source, message, part.header, field, name, UNREAD, sheet=part.grid.name)


def _is_list(found: tuple[Grid, ...]) -> bool:
    """Whether this is a text file without a header, or with no other column than `ref`."""
    if found[0].name:
        return False
    header = has_header(found[0], SHAPE)
    return header is None or sum(map(bool, header)) == 1


def _lines(source: str, content: bytes) -> Iterator[Row]:
    """The lines of a list with their numbers, without comments and without a header."""
    text, _ = text_of(source, content)
    for number, line in enumerate(io.StringIO(text), start=1):
        listed = _without_comment(line)
        if folded(listed) != COLUMN or spoiled(listed):
            yield Row(source, number, {COLUMN: listed})
