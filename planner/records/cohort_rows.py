"""The requests of a cohort, as a centre hands them in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import find_ref, split_refs
from planner.errors import DataError, Problem, nearest
from planner.files.sheets import grids, one_of, table
from planner.records.wishes import Request, Wishes, closed_units, default_goals, read_held

SHEET = "Cohort"
"""The sheet of a workbook that is read; without it the first."""


COLUMNS = ("learner",)


REF_COLUMNS = ("pins", "excludes")


OPTIONAL_COLUMNS = ("name", *REF_COLUMNS, "held", "tasks")


def read_cohort(
    qualification: Qualification, source: str, content: bytes, offer: Collection[str] | None = None
) -> tuple[tuple[Request, ...], tuple[Problem, ...]]:
    """The requests of a cohort file, in its order, and every problem of the rows left out.

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

    Raises
    ------
    DataError
        The file cannot be read, its header is wrong, or it lists no learner.
    """
    sheets = grids(source, content)
    grid = one_of(sheets, SHEET) or next(iter(sheets), None)
    if grid is None:
        raise DataError([Problem(source, "lists no learner")])
    read = table(grid, source, COLUMNS, OPTIONAL_COLUMNS)
    rows = _Rows(qualification, source, offer)
    for number, row in read.rows:
        rows.read(number, row)
    problems = [*read.problems, *rows.problems]
    if not read.rows and not any(problem.row for problem in problems):
        raise DataError([*problems, Problem(source, "lists no learner")])
    return tuple(rows.requests), tuple(sorted(problems, key=lambda problem: problem.row or 0))


class _Rows:
    """Collects the requests and the problems of a cohort file, row by row."""

    def __init__(self, qualification: Qualification, source: str, offer: Collection[str] | None) -> None:
        self.requests: list[Request] = []
        self.problems: list[Problem] = []
        self._qualification = qualification
        self._source = source
        self._offer = None if offer is None else frozenset(offer)
        self._seen: dict[str, int] = {}

    def read(self, number: int, row: Mapping[str, str]) -> None:
        """Reads one row: a request, or all that is wrong with it."""
        before = len(self.problems)
        learner = row["learner"]
        if not learner:
            self._problem(number, "learner", "", "must not be empty")
        elif self._seen.setdefault(learner, number) != number:
            self._problem(number, "learner", learner, f"row {self._seen[learner]} has this learner already")
        pins, excludes = (self._refs(number, column, row.get(column, "")) for column in REF_COLUMNS)
        held, ways = self._held(number, row.get("held", ""))
        tasks = self._tasks(number, row.get("tasks", ""))
        if len(self.problems) > before:
            return
        closed = closed_units(self._qualification, self._offer, held)
        wishes = Wishes(pins, excludes, held, default_goals(tasks, ()), tasks, closed=closed, ways=ways)
        self.requests.append(Request(learner, wishes, row.get("name", ""), number))

    def _refs(self, number: int, column: str, text: str) -> frozenset[str]:
        known = self._qualification.by_ref
        found = {part: find_ref(part, known) for part in split_refs(text)}
        unknown = [part for part, ref in found.items() if ref is None]
        self._unknown(number, column, text, unknown, "no unit of this qualification has this ref", known)
        return frozenset(ref for ref in found.values() if ref is not None)

    def _held(self, number: int, text: str) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
        """The units held, and how some came to be held, as in M/1=rpl."""
        try:
            return read_held(self._qualification, split_refs(text), self._source)
        except DataError as error:
            self._refs(number, "held", " ".join(part.partition("=")[0] for part in split_refs(text)))
            for problem in error.problems:
                if "=" in problem.value:
                    self._problem(number, "held", problem.value, problem.message)
            return frozenset(), frozenset()

    def _tasks(self, number: int, text: str) -> tuple[str, ...]:
        known = self._qualification.tasks
        tasks = tuple(dict.fromkeys(split_refs(text)))
        unknown = [task for task in tasks if task not in known]
        form = f"; a task is written as its id, such as {next(iter(known))}" if known else ""
        self._unknown(number, "tasks", text, unknown, "no such task", known, form)
        return tasks

    def _unknown(
        self,
        number: int,
        column: str,
        text: str,
        parts: Sequence[str],
        message: str,
        known: Iterable[str],
        form: str = "",
    ) -> None:
        """One problem for a cell, however many of its parts are unknown; its `form`, where none is near."""
        hints = [nearest(part, list(known)) for part in parts]
        if not any(hints):
            message += form
        if len(parts) == 1:
            self._problem(number, column, parts[0], f"{message}{hints[0]}")
        elif parts and any(hints):
            named = ", ".join(f"{part}{hint}" for part, hint in zip(parts, hints, strict=True))
            self._problem(number, column, text, f"{message}: {named}")
        elif parts:
            self._problem(number, column, text, message if form else f"{message}: {', '.join(parts)}")

    def _problem(self, number: int, column: str, value: str, message: str) -> None:
        self.problems.append(
            Problem(self._source, message, row=number, field=column, value=value or "(empty)")
        )
