"""The requests of a cohort, as a centre hands them in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from planner.catalogue.qualification import Qualification
from planner.catalogue.refs import Refs
from planner.catalogue.units import split_refs
from planner.errors import DataError, Hints, Problem
from planner.files.headers import Shape
from planner.files.people import People
from planner.files.sheets import Grid, grids
from planner.files.tables import Part, Row, SheetRead, read_tables
from planner.files.wording import Wording
from planner.records.portfolio_files import DOUBTED
from planner.records.portfolios import REGISTRATION, Details
from planner.records.registrations import Cells
from planner.records.wishes import Request, Wishes, asked_slots, closed_units, default_goals, read_held

SHEET = "Cohort"
"""The sheet of the planner's own workbooks that is read."""


COLUMNS = ("learner",)


_WAY = re.compile(r"([^\s,;=]+)=([^\s,;=]*)")
"""A unit and how it came to be held."""


REF_COLUMNS = ("pins", "excludes")


OPTIONAL_COLUMNS = ("name", *REF_COLUMNS, "held", "tasks", *REGISTRATION, "breaks")


@dataclass(frozen=True, slots=True)
class CohortFile:
    """The requests of a file, in its order, every problem of the rows left out, and how it was read."""

    requests: tuple[Request, ...]
    problems: tuple[Problem, ...]
    sheets: tuple[SheetRead, ...]
    wording: Wording


def read_cohort(
    qualification: Qualification, source: str, content: bytes, offer: Collection[str] | None = None
) -> tuple[tuple[Request, ...], tuple[Problem, ...]]:
    """The requests of a cohort file, in its order, and every problem of its rows; see `cohort_file`."""
    found = cohort_file(qualification, source, content, offer)
    return found.requests, found.problems


def cohort_file(
    qualification: Qualification,
    source: str,
    content: bytes,
    offer: Collection[str] | None = None,
    *,
    wording: Wording | None = None,
    same: Collection[str] = (),
) -> CohortFile:
    """The requests of a cohort file, and how it was read.

    Parameters
    ----------
    qualification
        The qualification whose units and tasks the file names.
    source
        The file's name; its suffix says whether it is a text table or a workbook.
    content
        The file's bytes.
    offer
        Refs of the units the centre can assess; None: all.
    wording
        What headers mean.
    same
        Whom somebody has confirmed to be one person; see `People`.

    Raises
    ------
    DataError
        The file cannot be read, its header is wrong, or it lists no learner.
    """
    return requests_on(qualification, source, grids(source, content), offer, wording=wording, same=same)


def requests_on(
    qualification: Qualification,
    source: str,
    sheets: Sequence[Grid],
    offer: Collection[str] | None = None,
    *,
    wording: Wording | None,
    same: Collection[str],
) -> CohortFile:
    """The requests on some sheets of a file; see `cohort_file`."""
    if not sheets:
        raise DataError([Problem(source, "lists no learner")])
    read = read_tables(source, sheets, [Shape(SHEET, COLUMNS, OPTIONAL_COLUMNS)], wording)
    rows = _CohortRows(qualification, offer, same)
    for part in read.parts:
        rows.read(part)
    problems = [*read.problems, *rows.problems]
    if not rows.number and not any(problem.row for problem in problems):
        raise DataError([*problems, Problem(source, "lists no learner")])
    requests = rows.sure()
    problems = [*read.problems, *rows.problems]
    in_order = tuple(sorted(problems, key=lambda problem: (problem.sheet, problem.row or 0)))
    return CohortFile(requests, in_order, read.sheets, wording or Wording())


class _CohortRows:
    """Collects the requests and the problems of a cohort file, row by row."""

    def __init__(
        self, qualification: Qualification, offer: Collection[str] | None, same: Collection[str]
    ) -> None:
        self.requests: list[tuple[Row, Request]] = []
        self.problems: list[Problem] = []
        self.number = 0
        self._qualification = qualification
        self._offer = None if offer is None else frozenset(offer)
        self._people = People(same)
        titles = qualification.titled_refs
        self._refs = Refs(titles)
        self._holdable = Refs({**titles, **dict.fromkeys(qualification.outside, "")})
        self._tasks_like = Hints(list(qualification.tasks))
        self._seen: dict[str, Row] = {}

    def read(self, part: Part) -> None:
        """Reads the rows of one sheet: requests, or all that is wrong with them."""
        cells = Cells(part)
        for row in part.rows:
            self._row(row, cells)
        self.number += len(part.rows)
        self.problems += cells.problems

    def sure(self) -> tuple[Request, ...]:
        """The requests without those of learners who may be one person: that is asked first."""
        alike = self._people.alike(request.learner for _, request in self.requests)
        kept = []
        for row, request in self.requests:
            learners = (request.learner, *alike.get(request.learner, ()))
            if len(learners) == 1 or all(map(self._people.confirmed, learners)):
                kept.append(request)
                continue
            others = " and ".join(f"“{other}”" for other in learners[1:])
            message = (
                f"may be the same person as {others}: say so, or give two people references that differ more"
            )
            self.problems.append(row.problem("learner", message, code=DOUBTED, learners=learners))
        return tuple(kept)

    def _row(self, row: Row, cells: Cells) -> None:
        before = len(self.problems)
        learner = self._people.known(row["learner"])
        if not learner:
            self.problems.append(row.problem("learner", "must not be empty"))
        elif (first := self._seen.setdefault(learner, row)) is not row:
            where = f"row {first.number}" + (f" of sheet {first.sheet}" if first.sheet != row.sheet else "")
            self.problems.append(row.problem("learner", f"{where} has this learner already"))
        pins, excludes = (self._named(row, column, row[column]) for column in REF_COLUMNS)
        held, ways = self._held(row)
        tasks = self._tasks(row)
        if len(self.problems) > before:
            return
        said: dict[str, Any] = {**cells.registration(row), "assessor": row["assessor"]}
        closed = closed_units(self._qualification, self._offer, held)
        goals = default_goals(self._qualification, tasks)
        ways |= asked_slots(self._qualification, pins - held)
        wishes = Wishes(pins, excludes, held, goals, tasks, closed=closed, ways=ways)
        request = Request(learner, wishes, row["name"], row.number, Details(**said))
        self.requests.append((row, request))

    def _held(self, row: Row) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """The units held, and how some came to be held, as in M/1=rpl."""
        text, ways = row["held"], set(_WAY.findall(row["held"]))
        held = set(self._named(row, "held", _WAY.sub(" ", text), self._holdable))
        try:
            more, found = read_held(self._qualification, [*held, *map("=".join, sorted(ways))], row.source)
        except DataError as error:
            self.problems += (row.problem("held", p.message, p.value) for p in error.problems)
            return frozenset(), frozenset()
        return more, found

    def _named(self, row: Row, column: str, text: str, refs: Refs | None = None) -> frozenset[str]:
        found, unknown = (refs or self._refs).all(text)
        self._unknown(row, column, unknown, [self._refs.unknown(part) for part in unknown])
        return frozenset(found)

    def _tasks(self, row: Row) -> tuple[str, ...]:
        known = self._qualification.tasks
        tasks = tuple(dict.fromkeys(split_refs(row["tasks"])))
        unknown = [task for task in tasks if task not in known]
        hints = [self._tasks_like.of(task) for task in unknown]
        form = f"; a task is written as its id, such as {next(iter(known))}" if known else ""
        if unknown and not any(hints):
            self.problems.append(row.problem("tasks", f"no such task{form}"))
        else:
            self._unknown(row, "tasks", unknown, [f"no such task{hint}" for hint in hints])
        return tasks

    def _unknown(self, row: Row, column: str, parts: Sequence[str], messages: Iterable[str]) -> None:
        """One problem for a cell, however many of its parts are unknown."""
        said = list(dict.fromkeys(messages))
        if len(parts) == 1:
            self.problems.append(row.problem(column, said[0], parts[0]))
        elif parts:
            named = f": {', '.join(parts)}" if len(said) == 1 else ""
            self.problems.append(row.problem(column, "; ".join(said) + named))
