"""What each choice costs: state and price of every unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from planner.catalogue.qualification import Qualification
from planner.planning.result import Plan
from planner.planning.robustness import perhaps_optional
from planner.planning.solve import SECONDS, PlanSearch, asked_by, goal_value
from planner.records.goals import EVERY_GOAL
from planner.records.wishes import Wishes
from planner.rules.goal import Stage
from planner.rules.model import Outcome, decided
from planner.rules.nearby import Between, LeastSum, Setting, least_each
from planner.rules.rule import Bound, bounds

UnitState = Literal["forced", "possible", "impossible"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the wishes leave of one unit.

    `forced`: in every valid plan, be it in reserve; `impossible`: it counts in none. A price is the extra new
    guided hours (new units where no hours are on file) over the best plan if the unit is pinned or excluded
    besides; None where no such plan exists.
    """

    ref: str
    state: UnitState
    pin_price: int | None
    exclude_price: int | None

    def to_json(self) -> dict[str, Any]:
        """The unit as JSON."""
        return {
            "ref": self.ref,
            "state": self.state,
            "pin_price": self.pin_price,
            "exclude_price": self.exclude_price,
        }


def outlooks(best: Plan, seconds: float = SECONDS) -> tuple[Outlook, ...]:
    """State and prices of each unit under the wishes of `best`, a plan proven best.

    A unit outside the best plan can be left out at no price, one that counts can be pinned at none. Units of
    one kind (the same hours, and the same weight in every rule and goal) can change places in any plan and
    have the same prices, so one solve serves them all.

    Raises
    ------
    UndecidedError
        A solve took longer than `seconds`.
    """
    qualification, wishes = best.qualification, best.wishes
    kinds = _kinds(qualification, wishes)
    inside = {kinds[ref] for ref in best.units}  # at no price pinned, as one of the kind counts
    outside = {kinds[ref] for ref in kinds.keys() - set(best.planned)}  # nor left out, as one is not planned
    pinned = {kind: ref for ref, kind in kinds.items() if kind not in inside and ref not in wishes.ruled_out}
    excluded = {kind: ref for ref, kind in kinds.items() if kind not in outside and ref not in wishes.pins}
    if wishes.goals[:1] == (qualification.price_goal,):
        asked = [*((ref, True) for ref in pinned.values()), *((ref, False) for ref in excluded.values())]
        prices = _priced_together(best, asked, seconds)
        pin_prices = {ref: price for (ref, counts), price in prices.items() if counts}
        exclude_prices = {ref: price for (ref, counts), price in prices.items() if not counts}
    else:
        if not qualification.speaks_of_held:  # else who has achieved something may not need them
            needed = qualification.by_ref.keys() - perhaps_optional(qualification)
            excluded = {kind: ref for kind, ref in excluded.items() if ref not in needed}
        with PlanSearch(qualification, wishes) as search:
            pin_prices = _priced(search, best, list(pinned.values()), True, seconds)
            exclude_prices = _priced(search, best, list(excluded.values()), False, seconds)
    found = []
    for ref, kind in kinds.items():
        if qualification.by_ref[ref].slot and ref not in wishes.ways_held:
            continue  # it is not planned unless somebody asks
        pin = 0 if kind in inside else pin_prices.get(pinned.get(kind, ""))
        exclude = 0 if kind in outside else exclude_prices.get(excluded.get(kind, ""))
        state: UnitState = "impossible" if pin is None else "forced" if exclude is None else "possible"
        found.append(Outlook(ref, state, pin, exclude))
    return tuple(found)


def _priced(
    search: PlanSearch, best: Plan, refs: Sequence[str], counts: bool, seconds: float
) -> dict[str, int | None]:
    """The price of pinning (`counts`) or excluding each of `refs`; None where that is impossible."""
    qualification, wishes = best.qualification, best.wishes
    stages = _stages_that_set_the_hours(search, wishes)
    prices: dict[str, int | None] = {}
    for ref in refs:
        outcome = decided(search.best({**wishes.fixed, ref: counts}, stages, seconds))
        prices[ref] = None
        if outcome.decision == "optimal":
            planned = outcome.counted | search.reserve.spare_of(outcome)
            hours = goal_value(qualification.price_goal, qualification, wishes, planned)
            prices[ref] = int(hours) - (best.cost or 0)
    return prices


def _priced_together(best: Plan, asked: Sequence[Setting], seconds: float) -> dict[Setting, int | None]:
    """The price of each unit pinned (True) or excluded (False); None where that is impossible.

    Where hours come first only. Selections near the bound of the linear relaxation settle most prices, or
    tell between which hours they lie; the solver settles the others.
    """
    least = best.cost or 0
    hours: dict[Setting, int | None] = {}
    still: dict[Setting, Between] = {}
    for setting, limits in (dict.fromkeys(asked, Between(least, None)) | _near(best, asked)).items():
        if limits and not limits.settled:
            still[setting] = limits
        else:
            hours[setting] = None if limits is None else limits.at_most
    if still:
        hours |= _solved_together(best, still, seconds)
    return {setting: None if most is None else most - least for setting, most in hours.items()}


def _near(best: Plan, asked: Sequence[Setting]) -> dict[Setting, LeastSum]:
    """Between which hours the best plans with each wish lie; not for plans that survive losses."""
    qualification, wishes = best.qualification, best.wishes
    if wishes.survive:
        return {}
    # What is achieved costs nothing more.
    hours = {ref: 0 if ref in wishes.held else cost for ref, cost in qualification.costs.items()}
    rules = qualification.rules_given(wishes.ways_held)
    return least_each(asked, hours, rules, wishes.fixed, best.cost or 0)


def _solved_together(best: Plan, known: dict[Setting, Between], seconds: float) -> dict[Setting, int | None]:
    """The least new hours with each wish, between the limits known; None where it is impossible.

    Whether any wish of those with the same upper limit does better takes one solve: if none does, the limit
    is proven for all; if one does, its hours are proven, and limits of all wishes that its plan meets.
    """
    limits = {wish: span.at_most for wish, span in known.items()}
    found: dict[Setting, int | None] = {}
    with PlanSearch(best.qualification, best.wishes) as single:
        any_of = _AnyOf(single, best, known)
        while limits:
            limit = min((most for most in limits.values() if most is not None), default=None)
            group = [wish for wish, most in limits.items() if most == limit]
            # One question for all wishes of a limit, as most are settled by "none does better": about as many
            # solves as there are different prices, not as there are wishes.
            at_least = min(known[wish].at_least for wish in group)
            # One hour less than is known: where that is infeasible, what is known is the least.
            outcome = any_of.best(group, at_least, None if limit is None else limit - 1, seconds)
            if outcome.decision == "optimal":
                limit = any_of.hours(outcome)
                limits |= dict.fromkeys(filter(any_of.met_by(outcome), limits), limit)  # it is below them all
            for wish in group:
                if limits[wish] == limit:
                    found[wish] = limits.pop(wish)
    return found


class _AnyOf:
    """The solver, asked for the least new hours with any of several wishes met."""

    def __init__(self, single: PlanSearch, best: Plan, asked: Iterable[Setting]) -> None:
        self._qualification, self._wishes = best.qualification, best.wishes
        self._single = single
        self._names = {(ref, counts): f"{'with' if counts else 'without'} {ref}" for ref, counts in asked}

    @cached_property
    def _several(self) -> PlanSearch:
        """A search in which a variable for each wish is 1 only where it is met, and one of them is."""
        search = PlanSearch(self._qualification, self._wishes, own=True)
        for (ref, counts), name in self._names.items():
            # Nothing pushes this variable up, and a rule holds it down: to the unit's own where it is to
            # count, to 1 less that of being planned where it is to be left out.
            search.model.any_of(name, [])
            search.model.require(
                Bound(name, "", {ref: 1, name: -1}, at_least=0)
                if counts
                else Bound(name, "", {search.reserve.name(ref): 1, name: 1}, at_most=1)
            )
        search.model.require(Bound("any", "", dict.fromkeys(self._names.values(), 1), at_least=1))
        return search

    def best(self, group: Sequence[Setting], at_least: int, at_most: int | None, seconds: float) -> Outcome:
        """A plan of the least hours with any wish of a group; infeasible if they are not within the limits.

        Raises
        ------
        UndecidedError
            It took longer than `seconds`.
        """
        (hours,) = self._single.goal(self._qualification.price_goal)
        stage = replace(hours, at_least=at_least, at_most=at_most)
        if len(group) == 1:
            return decided(self._single.best({**self._wishes.fixed, **dict(group)}, [stage], seconds))
        others = {name: False for wish, name in self._names.items() if wish not in group}
        return decided(self._several.best({**self._wishes.fixed, **others}, [stage], seconds))

    def hours(self, outcome: Outcome) -> int:
        """The new hours of a plan found."""
        asked, planned = (self._qualification, self._wishes), self._planned(outcome)
        return int(goal_value(self._qualification.price_goal, *asked, planned))

    def met_by(self, outcome: Outcome) -> Callable[[Setting], bool]:
        """Whether a plan found meets a wish: what is to be left out is not held in reserve either."""
        planned = self._planned(outcome)
        return lambda wish: wish[0] in outcome.counted if wish[1] else wish[0] not in planned

    def _planned(self, outcome: Outcome) -> frozenset[str]:
        return outcome.counted | self._single.reserve.spare_of(outcome)


def _kinds(qualification: Qualification, wishes: Wishes) -> dict[str, str]:
    """What makes units interchangeable, by ref; equal for units that can change places in any plan."""
    if qualification.price_goal not in wishes.goals:
        return {ref: ref for ref in qualification.by_ref}  # the hours then follow from the canonical order
    weights = [
        bound.weights for rule in qualification.rules_given(wishes.ways_held) for bound in bounds(rule)
    ]
    asked = asked_by(qualification, wishes)
    goals = [EVERY_GOAL[goal] for goal in wishes.goals]
    weights += [stage.weights for goal in goals for stage in goal.stages(asked)]
    groups = [set(members) for goal in goals for members in goal.groups(asked).values()]
    groups += [set(refs) for refs in (wishes.pins, wishes.ruled_out, wishes.held)]
    # The same column in every rule, goal and wish: where two such units change places no sum changes.
    return {
        ref: str(([weight.get(ref, 0) for weight in weights], [ref in group for group in groups]))
        for ref in qualification.by_ref
    }


def goals_before_hours(search: PlanSearch, wishes: Wishes) -> list[Stage]:
    """What the solver minimises before the hours; everything asked for, where hours are no goal."""
    price = search.price_goal
    goals = wishes.goals[: wishes.goals.index(price)] if price in wishes.goals else wishes.goals
    return [stage for goal in goals for stage in search.goal(goal)]


def _stages_that_set_the_hours(search: PlanSearch, wishes: Wishes) -> list[Stage]:
    """The goals up to the hours; without that goal all stages, the canonical order included."""
    if search.price_goal not in wishes.goals:
        return search.stages()
    return [*goals_before_hours(search, wishes), *search.goal(search.price_goal)]
