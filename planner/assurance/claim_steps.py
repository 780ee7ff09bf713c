"""When claims were made and what became of them, as a file says it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from planner.assurance.claims import SHEET, STEPS, Days, Stage, key_of
from planner.errors import Problem
from planner.files.headers import Shape
from planner.files.people import People
from planner.files.sheets import grids
from planner.files.tables import read_tables
from planner.files.wording import Wording
from planner.records.registrations import Cells


def read_steps(
    source: str, content: bytes, known: Collection[str], *, wording: Wording | None = None
) -> tuple[dict[str, Days], tuple[Problem, ...]]:
    """When claims were made, received and their certificates issued, by the learner's identity.

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
    return found, tuple(problems)
