"""Calendars agreed before, as files hand them in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from planner.catalogue.qualification import Qualification
from planner.catalogue.refs import Refs
from planner.errors import Problem
from planner.files.headers import Shape
from planner.files.people import People
from planner.files.sheets import Grid, grids
from planner.files.tables import SheetRead, read_tables
from planner.files.wording import Wording
from planner.records.registrations import Cells

Agreed = Mapping[str, tuple[date, date]]
"""Of units the first and the last day that were agreed before."""

CALENDAR = "Calendar"
"""The sheet that has it."""

COLUMNS = ("learner", "ref", "start", "finish")


def read_agreed(
    qualification: Qualification,
    source: str,
    content: bytes,
    *,
    wording: Wording | None = None,
    same: Collection[str] = (),
) -> tuple[dict[str, Agreed], list[Problem], tuple[SheetRead, ...]]:
    """Of each learner the first and the last day of units, what could not be read, and how the file was read.

    Raises
    ------
    DataError
        The file cannot be read, or its header is wrong.
    """
    return agreed_on(qualification, source, grids(source, content), wording=wording, same=same)


def agreed_on(
    qualification: Qualification,
    source: str,
    sheets: Sequence[Grid],
    *,
    wording: Wording | None,
    same: Collection[str],
) -> tuple[dict[str, Agreed], list[Problem], tuple[SheetRead, ...]]:
    """The same of some sheets of a file."""
    read = read_tables(source, sheets, [Shape(CALENDAR, COLUMNS)], wording)
    refs, people = Refs(qualification.titled_refs), People(same)
    problems = list(read.problems)
    agreed: dict[str, Agreed] = {}
    for part in read.parts:
        cells = Cells(part, ("start", "finish"))
        for row in part.rows:
            ref, wrong = refs.one(row["ref"])
            days = [cells.date(row, name, "") for name in ("start", "finish")]
            if ref is None:
                problems.append(row.problem("ref", wrong))
            problems += [row.problem(name, "must be a date") for name in ("start", "finish") if not row[name]]
            first, last = days
            if first and last and last < first:
                problems.append(row.problem("finish", "lies before start"))
            elif ref and first and last and row["learner"]:
                units = dict(agreed.get(people.known(row["learner"]), {}))
                agreed[people.known(row["learner"])] = {**units, ref: (first, last)}
        problems += cells.problems
    return agreed, problems, read.sheets
