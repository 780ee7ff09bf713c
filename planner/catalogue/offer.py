"""A centre's offer: the units it can assess, from a list of refs or a table with a column `ref`."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import folded_ref, split_refs
from planner.errors import DataError, Problem, nearest
from planner.files.sheets import Grid, grids, header_at, table, text_of

COLUMN = "ref"

MOST_UNKNOWN = 1_000
"""Unknown refs after which a file is read no further: it lists something else."""

LONGEST_REF = 100
"""Characters of a text that may be a ref."""


def read_offer(
    qualification: Qualification, source: str, content: bytes
) -> tuple[frozenset[str], tuple[Problem, ...]]:
    """The refs of the units a centre can assess, and one problem for each ref that is unknown.

    The file is a table (.csv, .xlsx) with a column `ref`, or a list (.txt, .csv): refs separated by line
    breaks, blanks, commas or semicolons, what follows a # being a comment. `source` is its name as the user
    knows it.

    Raises
    ------
    DataError
        The file cannot be read, or names no unit of this qualification.
    """
    found = grids(source, content)
    if _is_list(found):
        cells: Iterator[tuple[int, str]] = _lines(source, content)
        problems = list(text_of(source, content)[1])
    else:
        sheet = next((grid for grid in found if header_at(grid, [COLUMN]) is not None), found[0])
        read = table(sheet, source, [COLUMN])
        cells = ((number, row[COLUMN]) for number, row in read.rows)
        problems = list(read.problems)
    reader = _RefReader(qualification, source)
    for number, cell in cells:
        reader.read(number, cell)
        if len(reader.problems) >= MOST_UNKNOWN:
            message = f"nothing was read below row {number}: {MOST_UNKNOWN:,} refs are unknown"
            reader.problems.append(Problem(source, message))
            break
    problems += reader.problems
    if not reader.refs:
        message = f"names no unit of {qualification.title} ({qualification.id})"
        raise DataError([Problem(source, message), *problems])
    return frozenset(reader.refs), tuple(problems)


def _is_list(found: tuple[Grid, ...]) -> bool:
    """Whether this is a text file without a header, or with no other column than `ref`."""
    if found[0].name:
        return False
    header = header_at(found[0], [COLUMN])
    return header is None or sum(map(bool, found[0].rows[header][1])) == 1


def _lines(source: str, content: bytes) -> Iterator[tuple[int, str]]:
    """The lines of a list with their numbers, without comments and without the header `ref`."""
    text, _ = text_of(source, content)
    for number, line in enumerate(io.StringIO(text), start=1):
        listed = line.partition("#")[0].strip(" \t\r\n\"'\xa0")
        if listed.casefold() != COLUMN:
            yield number, listed


class _RefReader:
    """Collects the known refs of cells, and what is wrong with the others."""

    def __init__(self, qualification: Qualification, source: str) -> None:
        self.refs: set[str] = set()
        self.problems: list[Problem] = []
        self._source = source
        self._known = {folded_ref(ref): ref for ref in qualification.by_ref}

    def read(self, number: int, cell: str) -> None:
        """Takes the refs of one cell or line, several in any usual way."""
        for part in re.split("[,;]", cell.partition("#")[0]):
            whole = self._ref(part)
            # A ref may be typed with blanks in it (L 601 0933); where that is none, blanks separate refs.
            for word in [part] if whole else split_refs(part):
                ref = whole or self._ref(word)
                if ref:
                    self.refs.add(ref)
                else:
                    self._unknown(number, word)

    def _ref(self, text: str) -> str | None:
        return self._known.get(folded_ref(text)) if len(text) <= LONGEST_REF else None

    def _unknown(self, number: int, word: str) -> None:
        hint = nearest(word, list(self._known.values())) if len(word) <= LONGEST_REF else ""
        message = f"no unit of this qualification has this ref{hint}"
        self.problems.append(
            Problem(self._source, message, row=number, field=COLUMN, value=word[:LONGEST_REF])
        )
