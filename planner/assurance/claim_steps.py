"""When claims were made and what became of them, as a file says it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from planner.assurance.claims import SHEET, STEPS, Days, Stage, key_of
from planner.errors import Problem
from planner.files.headers import Shape
from planner.files.people import People
from planner.files.sheets import grids
from planner.files.tables import SheetRead, read_tables
from planner.files.wording import Wording
from planner.records.registrations import Cells


@dataclass(frozen=True, slots=True)
class StepsFile:
    """The days of claims by the learner's identity, what could not be read, and how files were read."""

    days: Mapping[str, Days]
    problems: tuple[Problem, ...] = ()
    sheets: tuple[SheetRead, ...] = ()


def read_steps(
    source: str, content: bytes, known: Collection[str], *, wording: Wording | None = None
) -> tuple[dict[str, Days], tuple[Problem, ...]]:
    """When claims were made, by the learner's identity, and what could not be read; see `steps_file`."""
    found = steps_file(source, content, known, wording=wording)
    return dict(found.days), found.problems


def steps_file(
    source: str, content: bytes, known: Collection[str], *, wording: Wording | None = None
) -> StepsFile:
    """When claims were made, received and their certificates issued, and how the file was read.

    One row a learner, as the sheet Claims of the workbook of claims has it.

    Raises
    ------
    DataError
        The file cannot be read, or has no column for the learner or for claims.
    """
    shape = Shape(SHEET, ("learner", "claimed"), STEPS[1:])
    read = read_tables(source, grids(source, content), [shape], wording)
    problems, found = list(read.problems), dict[str, Days]()
    people, learners = People(), {key_of(learner) for learner in known}
    for part in read.parts:
        cells = Cells(part, STEPS)
        for row in part.rows:
            key = key_of(people.known(row["learner"]))
            days: dict[Stage, date | None] = {
                step: cells.date(row, step, "; it is read without it") for step in STEPS
            }
            if key not in learners:
                problems.append(row.problem("learner", "no such learner in the portfolios"))
            elif key in found:
                problems.append(row.problem("learner", "stands in a row before"))
            else:
                found[key] = days
        problems += cells.problems
    return StepsFile(found, tuple(problems), read.sheets)
