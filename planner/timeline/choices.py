"""What each choice of units costs: in hours, and in weeks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from planner.errors import UndecidedError
from planner.planning.explore import instead
from planner.planning.prices import outlooks
from planner.timeline.questions import CalendarQuestion, Learner, Terms

SECONDS = 10.0
"""Time limit of each price in hours."""


@dataclass(frozen=True, slots=True)
class ChoiceCost:
    """A unit taken besides (`counts`) or left out: hours and weeks more than the plan takes, and its finish.

    Weeks are those with hours in them, counted to the earliest finish.
    """

    ref: str
    counts: bool
    price: int
    weeks: int
    finish: date | None

    def to_json(self) -> dict[str, Any]:
        """The choice as JSON."""
        return {
            "ref": self.ref,
            "counts": self.counts,
            "price": self.price,
            "weeks": self.weeks,
            "finish": None if self.finish is None else self.finish.isoformat(),
        }


def choice_costs(learner: Learner, terms: Terms) -> tuple[ChoiceCost, ...]:
    """What each open choice costs, the cheapest first; none without a start or a plan proven best.

    Raises
    ------
    UndecidedError
        It could not be told in time.
    """
    own = terms.of(learner.details)
    if own.start is None or learner.plan.status != "optimal":
        return ()
    found = sorted(_priced(learner, own), key=lambda each: (each.weeks, each.price, each.ref))
    return tuple(found)


def _priced(learner: Learner, own: Terms) -> Iterator[ChoiceCost]:
    plan = learner.plan
    base, _ = _soonest(learner, own)
    for outlook in outlooks(plan, SECONDS):
        counts = outlook.ref not in plan.units
        if outlook.state != "possible" or outlook.ref in plan.wishes.held:
            continue
        other = instead(plan, outlook.ref, counts, SECONDS)
        if other.price is None:
            raise UndecidedError
        weeks, finish = _soonest(replace(learner, plan=other.plan), own)
        yield ChoiceCost(outlook.ref, counts, other.price, weeks - base, finish)


def _soonest(learner: Learner, own: Terms) -> tuple[int, date | None]:
    """The weeks and the last day of the calendar that finishes first."""
    # The earliest finish and not the best calendar: what a choice costs in weeks must not depend on the
    # target.
    question = CalendarQuestion(learner.works(own), own)
    found = question.search().earliest(own.most)
    return found.finish + 1, question.last_day(found)
