"""A cohort's line against the expected one: credits week by week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from planner.rules.rule import told
from planner.timeline.timelines import Timeline

Dated = list[tuple[date, float]]
"""Days, and the credits that come with each."""


@dataclass(frozen=True, slots=True)
class Point:
    """Credits of all learners by a day: expected, and submitted or achieved; None for a day to come."""

    day: date
    expected: float
    reached: float | None

    def to_json(self) -> dict[str, Any]:
        """The point as JSON."""
        return {"day": self.day.isoformat(), "expected": self.expected, "reached": self.reached}


def cohort_line(found: Sequence[Timeline]) -> tuple[Point, ...]:
    """A point each week, from the first start to the last day on which something is due, and one of today.

    As in `progress`: what waits for assessment is reached; what was not to be done counts on both sides.
    What has no date counts from the start on.
    """
    known = [each for each in found if each.progress is not None]
    starts = [start for each in known if (start := each.terms.start)]
    if not starts:
        return ()
    expected, reached = Dated(), Dated()
    for each in known:
        _add(each, expected, reached)
    today, first = known[0].terms.today, min(starts)
    # A day later, on which what is due on the last day has become overdue.
    last = max([today, *(day for day, _ in expected)]) + timedelta(1)
    return tuple(
        Point(
            day,
            told(sum(credits for due, credits in expected if due < day)),
            told(sum(credits for done, credits in reached if done <= day)) if day <= today else None,
        )
        for day in sorted({today, last, *_weekly(first, last)})
        if day >= first
    )


def _add(found: Timeline, expected: Dated, reached: Dated) -> None:
    learner, units = found.learner, found.learner.plan.qualification.by_ref
    there = {ref for ref in (*learner.counted, *learner.awaiting) if ref in units}
    expected += [(day, units[ref].credits) for ref, day in found.due.items()]
    for ref in there:
        entry = learner.entries.get(ref)
        day = entry and (entry.date if entry.status == "submitted" else entry.assessed or entry.date)
        # A date that is still to come is a slip of the pen: what is there is there today.
        start = min(day or date.min, found.terms.today)
        reached.append((start, units[ref].credits))
        # Not to be done by any day: it counts on both sides, so that nobody is ahead of the line by it.
        if ref not in found.due:
            expected.append((date.min, units[ref].credits))


def _weekly(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(7 * week) for week in range((last - first).days // 7 + 1))
