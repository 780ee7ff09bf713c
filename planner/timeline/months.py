"""An assessor's month: whose unit is due when, what waits for assessment or quality assurance, and hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from planner.files.people import identity
from planner.timeline.questions import Learner, Scheduled
from planner.timeline.timelines import Timeline

What = Literal["due", "worked on", "waiting for assessment", "waiting for IQA"]

ORDER: tuple[What, ...] = ("waiting for assessment", "due", "worked on", "waiting for IQA")
"""What somebody waits for comes first."""


@dataclass(frozen=True, slots=True)
class MonthTask:
    """One unit of one learner in a month: what is to do with it, by or since which day, and its hours."""

    learner: str
    ref: str
    title: str
    assessor: str
    what: What
    day: date | None = None
    hours: int = 0

    def to_json(self) -> dict[str, Any]:
        """The task as JSON."""
        day = None if self.day is None else self.day.isoformat()
        return {
            "learner": self.learner,
            "ref": self.ref,
            "assessor": self.assessor,
            "what": self.what,
            "day": day,
            "hours": self.hours,
        }


@dataclass(frozen=True, slots=True)
class Month:
    """What there is to do in a month: for one `assessor`, or for all where that is empty.

    Hours are the learners' hours in weeks that begin in the month. What waits does so today.
    """

    first: date
    assessor: str
    tasks: tuple[MonthTask, ...]

    @property
    def hours(self) -> int:
        """The learners' hours of the month."""
        return sum(task.hours for task in self.tasks)

    def number(self, what: What) -> int:
        """How many units there are of one kind."""
        return sum(task.what == what for task in self.tasks)

    def to_json(self) -> dict[str, Any]:
        """The month as JSON."""
        return {
            "month": self.first.isoformat()[:7],
            "assessor": self.assessor or None,
            "hours": self.hours,
            "tasks": [task.to_json() for task in self.tasks],
        }


def month_of(found: Sequence[Timeline], day: date, assessor: str = "") -> Month:
    """What there is to do in the month that a day lies in, as far as `found` say."""
    first = day.replace(day=1)
    # 31 days after the first of a month lies in the next one, whichever it is.
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    mine = identity(assessor).casefold()
    tasks = [
        task
        for each in found
        for task in _tasks(each, first, last)
        if not mine or identity(task.assessor).casefold() == mine
    ]
    tasks.sort(key=lambda task: (ORDER.index(task.what), task.day or date.max, task.learner, task.ref))
    return Month(first, assessor, tuple(tasks))


def assessors_of(people: Iterable[Learner]) -> list[str]:
    """The assessors that files name, each once."""
    found: dict[str, str] = {}
    for learner in people:
        for name in learner.assessors:
            found.setdefault(identity(name).casefold(), name)
    return sorted(found.values())


def _tasks(found: Timeline, first: date, last: date) -> Iterator[MonthTask]:
    learner, names = found.learner, found.learner.plan.qualification.names

    def task(ref: str, what: What, day: date | None, hours: int = 0) -> MonthTask:
        return MonthTask(learner.learner, ref, names[ref], learner.assessor_of(ref), what, day, hours)

    for ref, entry in learner.entries.items():
        if entry.status == "submitted":
            yield task(ref, "waiting for assessment", entry.date)
        elif entry.status == "assessed":
            yield task(ref, "waiting for IQA", entry.assessed or entry.date)
    for unit in found.units:
        hours = _hours(unit, first, last)
        if first <= unit.finish <= last:
            yield task(unit.ref, "due", unit.finish, hours)
        elif hours:
            yield task(unit.ref, "worked on", unit.finish, hours)


def _hours(unit: Scheduled, first: date, last: date) -> int:
    return sum(hours for day, hours in unit.by_week if first <= day <= last)
