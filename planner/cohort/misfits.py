"""Misfits of a delivery: seats in units that a learner's job gives no evidence for, and what they are worth.

What it costs to avoid one is asked of its learner alone, everybody else seated as they are. What it would
save to allow more of them is asked of the whole cohort, by the search for the plan itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from planner.cohort.seat_question import CentreLimit, Seating, SeatQuestion
from planner.cohort.seating import SeatSearch
from planner.errors import UndecidedError
from planner.rules.goal import Stage
from planner.rules.model import Model, decided
from planner.rules.rule import Bound

COMPARED = (0, 1, 2, 4, 8)
"""How many misfits are allowed in the comparison, beside any number of them."""

TURNS = 2
"""Turns of the search for each of these: the same on every machine."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A new unit of a learner's that the job gives no evidence for.

    `price` are the delivered guided hours more if this learner had one misfit fewer and not this one,
    everybody else seated as they are; None where that is not possible, or not `decided` in the time given.
    `needed` says that no valid selection of this learner's has fewer of them.
    """

    learner: str
    ref: str
    price: int | None
    needed: bool
    decided: bool = True

    def to_json(self) -> dict[str, Any]:
        """The misfit as JSON."""
        return {"learner": self.learner, "ref": self.ref, "price": self.price, "decided": self.decided}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What so many misfits beyond those needed come to; None: any number.

    `delivered_glh` is the best plan found (None: none was), `bound` the proven least, None where it is
    proven that no plan keeps the limits.
    """

    misfits: int | None
    delivered_glh: int | None
    bound: int | None

    @property
    def proven(self) -> bool:
        """Whether no plan with so many misfits delivers fewer hours, or none exists."""
        return self.delivered_glh == self.bound

    def to_json(self) -> dict[str, Any]:
        """The allowance as JSON."""
        return {"misfits": self.misfits, "delivered_glh": self.delivered_glh, "bound": self.bound}


def misfits_of_plan(
    question: SeatQuestion, plan: Seating, limits: Sequence[CentreLimit], left: Callable[[], float]
) -> tuple[Misfit, ...]:
    """The misfits of a plan, learner by learner in the file's order, with what it costs to avoid each.

    `left` tells the seconds left for that.
    """
    alone = _Alone(question, plan, limits, left)
    found = []
    for position, counted in enumerate(plan.chosen):
        kind = question.kind_of[position]
        needed = not kind.spare(counted)
        for ref in sorted(kind.misfits & counted):
            price, decided = None, True
            try:
                other = None if needed else alone.without(position, ref)
                price = None if other is None else other[0]
            except UndecidedError:
                decided = False
            found.append(Misfit(question.requests[position].learner, ref, price, needed, decided))
    return tuple(found)


def spared(
    question: SeatQuestion, plan: Seating, limits: Sequence[CentreLimit], left: Callable[[], float]
) -> Seating:
    """The plan without the misfits that cost nothing to avoid, one after the other, while time is `left`."""
    with suppress(UndecidedError):
        for position in range(len(plan.chosen)):
            while (other := _Alone(question, plan, limits, left).costless(position)) is not None:
                plan = question.seating([*plan.chosen[:position], other, *plan.chosen[position + 1 :]])
    return plan


class _Alone:
    """What one learner may choose instead, everybody else seated as they are in a plan."""

    def __init__(
        self, question: SeatQuestion, plan: Seating, limits: Sequence[CentreLimit], left: Callable[[], float]
    ) -> None:
        self._question = question
        self._plan = plan
        self._limits = [limit for limit in limits if not limit.misfits]
        self._left = left
        self._taken = Counter(
            ref for position, refs in enumerate(plan.chosen) for ref in question.kind_of[position].new(refs)
        )

    def costless(self, position: int) -> frozenset[str] | None:
        """A learner's selection with a misfit fewer and no more delivered hours, if there is one.

        Raises
        ------
        UndecidedError
            The time is up.
        """
        kind, counted = self._question.kind_of[position], self._plan.chosen[position]
        for ref in sorted(kind.misfits & counted) if kind.spare(counted) else ():
            other = self.without(position, ref)
            if other is not None and other[0] <= 0:
                return other[1]
        return None

    def without(self, position: int, avoided: str) -> tuple[int, frozenset[str]] | None:
        """A learner's selection without a misfit and with fewer, and what it adds to the delivered hours.

        Raises
        ------
        UndecidedError
            The time is up.
        """
        question = self._question
        kind, counted = question.kind_of[position], self._plan.chosen[position]
        if avoided in kind.wishes.pins:
            return None
        others = {ref: self._taken[ref] - (ref in kind.new(counted)) for ref in question.refs}
        new = [ref for ref in question.refs if ref not in kind.wishes.held]
        # A seat more opens a group where the others fill theirs to the last; anywhere else it costs nothing.
        opened = [ref for ref in new if not others[ref] % question.group_size]
        dearer = {ref: question.glh[ref] for ref in opened if question.glh[ref]}
        fewer = len(kind.misfits & counted) - 1
        rules = [
            *kind.rules,
            Bound("fewer", "one misfit fewer", dict.fromkeys(kind.misfits, 1), at_most=fewer),
        ]
        for limit in self._limits:
            # Of each limit what the others leave of it.
            weights = {ref: 1 for ref in opened if not others[ref]}
            used = sum(map(bool, others.values()))
            if limit.strategy is not None:
                hours = question.of_strategy(limit.strategy)
                weights = {ref: glh for ref, glh in dearer.items() if ref in hours}
                used = sum(glh * question.groups(others[ref]) for ref, glh in hours.items())
            rules.append(Bound("limit", "a limit", weights, at_most=limit.most - used))
        stages = [
            Stage("delivered", dearer),
            Stage("hours", {ref: question.glh[ref] for ref in new if question.glh[ref]}),
        ]
        fixed = {**kind.wishes.fixed, avoided: False}
        outcome = decided(Model(list(question.glh), rules).solve(fixed, stages, self._left()))
        if outcome.decision != "optimal":
            return None
        added = sum(dearer.get(ref, 0) for ref in outcome.counted)
        return added - sum(dearer.get(ref, 0) for ref in counted), outcome.counted


class Comparison:
    """What other numbers of misfits would come to, each searched for with the same effort on every machine.

    What the searches find out helps the others: a plan with few misfits is one with more, too, and whoever
    may have fewer of them delivers no fewer hours.

    Parameters
    ----------
    search
        That of the plan itself; `limits` are its limits, `asked` the misfits among them.
    own_best
        The plan in which everybody follows their own best plan, which has none that can be avoided.
    """

    def __init__(
        self, search: SeatSearch, limits: Sequence[CentreLimit], asked: int, own_best: Seating
    ) -> None:
        self._search = search
        self._others = [limit for limit in limits if not limit.misfits]
        self._asked = asked
        self._own_best = own_best
        self._plans: dict[float, Seating | None] = {}
        self._bounds: dict[float, int | None] = {}

    def start(self) -> None:
        """Gives a search with misfits, once it has a bound, a good plan: that is found soonest with none."""
        if self._asked and self._search.run(until="delivered", turns=1) == "feasible":
            self._note(self._asked, self._search)
            if not self._search.attained("delivered"):
                self._look(0)
                self._search.propose_all(self._known)

    def run(self) -> tuple[Allowance, ...]:
        """The rows of the comparison, once the search itself has found a plan; fewest misfits first."""
        self._note(self._asked, self._search)
        # Without a limit first: that bounds all.
        for allowed in (math.inf, *COMPARED):
            if allowed not in self._plans:
                self._look(allowed)
        least = 0
        rows = []
        # From many misfits to few: a plan with fewer is one with more, so that what is proven stays proven.
        for allowed in sorted(self._plans, reverse=True):
            plan, bound = self._plans[allowed], self._bounds[allowed]
            least = max(least, bound or 0)
            value = None if plan is None else plan.values["delivered"]
            most = None if allowed == math.inf else int(allowed)
            rows.append(Allowance(most, value, None if bound is None else least))
        return tuple(reversed(rows))

    @property
    def _known(self) -> list[Seating]:
        return [self._own_best, *(plan for plan in self._plans.values() if plan is not None)]

    def _look(self, allowed: float) -> None:
        """Searches for the best plan with so many misfits."""
        only = [] if allowed == math.inf else [CentreLimit(int(allowed), misfits=True)]
        other = self._search.of_limits([*only, *self._others], ("delivered",), TURNS)
        least = max((bound or 0 for most, bound in self._bounds.items() if most >= allowed), default=0)
        other.resume(self._known, least)
        self._note(allowed, other)

    def _note(self, allowed: float, search: SeatSearch) -> None:
        self._plans[allowed] = search.best
        self._bounds[allowed] = None if search.impossible else search.bounds["delivered"]
