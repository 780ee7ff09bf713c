"""What surrounds the best plan: what each choice costs, what else is as good, what could change places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Unpack

from planner.catalogue.qualification import Qualification
from planner.errors import UndecidedError
from planner.files.limits import Range
from planner.planning.prices import Outlook, goals_before_hours, outlooks
from planner.planning.result import Plan
from planner.planning.robustness import Reserve
from planner.planning.solve import SECONDS, PlanSearch, answer, audited, goal_value
from planner.records.wishes import Wishes, WishKeywords, default_goals
from planner.rules.measure import audit
from planner.rules.model import decided
from planner.rules.rule import Bound

MOST_ALTERNATIVES = 200
"""Most alternatives listed, the best first."""

WITHIN = Range(0, 1_000)
"""Hours above the best plan, up to which alternatives may be asked for."""


@dataclass(frozen=True)
class Exploration:
    """The best plan with everything around it.

    `alternatives` are plans as good in every goal before the hours and at most `within` hours above the
    best, the best among them, in the order of the goals; `complete` says that these are all. `frontier`,
    where a job is given, are the plans none of which is beaten both in units without evidence and in
    hours, fewest units without evidence first.
    """

    best: Plan
    units: tuple[Outlook, ...] = ()
    alternatives: tuple[Plan, ...] = ()
    complete: bool = True
    frontier: tuple[Plan, ...] = ()

    @cached_property
    def by_ref(self) -> Mapping[str, Outlook]:
        """The outlook of each unit."""
        return {unit.ref: unit for unit in self.units}

    @property
    def reproducible(self) -> bool:
        """Whether the same question has this very answer again: no time limit cut it off."""
        undecided = self.best.found and self.best.wishes.tasks and not self.frontier
        return self.best.reproducible and not undecided

    def to_json(self, today: date | None = None) -> dict[str, Any]:
        """The JSON of the command `explore`."""
        answered = self.best.to_json(today)
        found = {key: answered[key] for key in ("qualification", "status")}
        found["units"] = [unit.to_json() for unit in self.units]
        found["alternatives"] = [
            {
                "units": list(plan.units),
                "spare": list(plan.spare),
                "new_glh": plan.new_glh,
                "credits": plan.credits,
            }
            for plan in self.alternatives
        ]
        found["complete"] = self.complete
        if self.best.wishes.tasks:
            found["frontier"] = [
                {
                    "units": list(plan.units),
                    "spare": list(plan.spare),
                    "without_evidence": without,
                    "new_glh": plan.new_glh,
                }
                for plan in self.frontier
                for without in [evidence_missing(plan)]
            ]
        found["price_unit"] = self.best.qualification.price_goal
        found["reproducible"] = self.reproducible
        keys = ("conflicts", "conflicts_complete", "repairs", "repairs_complete", "data")
        return dict(self.best.qualification.published_only(found | {key: answered[key] for key in keys}))


@dataclass(frozen=True, slots=True)
class Instead:
    """What pinning or excluding one more unit would lead to.

    `plan` is the best plan then, or the answer that there is none, with its conflicts. `price` is the extra
    hours, None without a plan; `dropped` and `added` are the units that go and come.
    """

    ref: str
    plan: Plan
    price: int | None
    dropped: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Swap:
    """A unit that can take the place of one of the plan's, all others staying; `price` in hours."""

    ref: str
    price: int


def explore(
    qualification: Qualification,
    *,
    within: int = 0,
    seconds: float = SECONDS,
    **wished: Unpack[WishKeywords],
) -> Exploration:
    """States and prices of all units, alternatives and, where a job is given, the frontier.

    The wishes are those of `plan`; `within` is how many hours above the best plan an alternative may be.

    Raises
    ------
    DataError
        For unknown refs, tasks and goals, and numbers beyond their limits.
    """
    return exploration(qualification, Wishes.read(qualification, **wished), within, seconds)


def exploration(
    qualification: Qualification, wishes: Wishes, within: int = 0, seconds: float = SECONDS
) -> Exploration:
    """The exploration of wishes already read; see `explore`."""
    WITHIN.check("within", within)
    return explored(answer(qualification, wishes, seconds), within, seconds)


def explored(best: Plan, within: int = 0, seconds: float = SECONDS) -> Exploration:
    """The exploration of wishes whose best plan is known; see `explore`."""
    if best.status != "optimal":
        return Exploration(best, complete=best.status == "infeasible")
    try:
        units = outlooks(best, seconds)
        others: tuple[Plan, ...] = (best,)
        complete = True
        if _may_have_alternatives(best, units, within):
            others, complete = alternatives(best, within, seconds)
    except UndecidedError:
        unknown = Plan(best.qualification, best.wishes, "unknown", seconds=seconds)
        return Exploration(unknown, complete=False)
    return Exploration(best, units, others, complete, frontier(best, seconds))


def _may_have_alternatives(best: Plan, units: Iterable[Outlook], within: int) -> bool:
    """Whether the prices leave room for another plan at most `within` hours above.

    Any other plan has a new unit that `best` has not, or lacks one that it has: that one's price is no
    higher then. (Where hours are no goal the best plan with a unit may have more of them than another; a
    unit in reserve does not have the price of one that counts.)
    """
    wishes, inside = best.wishes, set(best.units)
    if best.qualification.price_goal not in wishes.goals or Reserve(best.qualification, wishes).spare:
        return True
    prices = (u.exclude_price if u.ref in inside else u.pin_price for u in units if u.ref not in wishes.held)
    return any(price is not None and price <= within for price in prices)


def evidence_missing(plan: Plan) -> int:
    """How many new units of a plan the job gives no evidence for."""
    return int(goal_value("fit", plan.qualification, plan.wishes, plan.planned))


def alternatives(best: Plan, within: int = 0, seconds: float = SECONDS) -> tuple[tuple[Plan, ...], bool]:
    """Plans as good as `best` in each goal before the hours and at most `within` hours above; all of them?

    Plans that have the same new units to achieve are one. At most `MOST_ALTERNATIVES`, best first.

    Raises
    ------
    UndecidedError
        A solve took longer than `seconds`.
    """
    qualification, wishes = best.qualification, best.wishes
    new = [ref for ref in qualification.by_ref if ref not in wishes.held]
    with PlanSearch(qualification, wishes) as search:
        # Units without hours are left out: no bound has a weight of zero.
        hours = search.planned({ref: cost for ref in new if (cost := qualification.costs[ref])})
        limits = [Bound("hours", "", hours, at_most=(best.cost or 0) + within)] if hours else []
        # As good in each goal before the hours: their least values are limits of the search.
        before = goals_before_hours(search, wishes)
        if before:
            values = decided(search.best(wishes.fixed, before, seconds)).values
            limits += [Bound(s.id, "", s.weights, at_most=values[s.id]) for s in before if s.weights]
    found = [best]
    with PlanSearch(qualification, wishes, extra=limits, own=True) as search:
        stages = search.stages()
        # The best, and again the best with all found so far forbidden: in the order of the goals, none twice,
        # and “none left” proves that these are all.
        while True:
            name = search.reserve.name
            # Among new units alone: which of the held ones count makes no other plan.
            search.model.forbid([name(ref) for ref in found[-1].planned], among=[name(ref) for ref in new])
            outcome = decided(search.best(wishes.fixed, stages, seconds))
            if outcome.decision == "infeasible":
                return tuple(found), True
            if len(found) == MOST_ALTERNATIVES:  # one more was found, so these are not all
                return tuple(found), False
            found.append(audited(search, outcome, seconds))


def frontier(best: Plan, seconds: float) -> tuple[Plan, ...]:
    """The plans not beaten both in units without evidence and in hours; none where no job is given.

    Computed exactly: for each number of units without evidence the least hours.
    """
    qualification, wishes = best.qualification, best.wishes
    if not wishes.tasks:
        return ()
    best_first = default_goals(qualification)
    by_fit = answer(qualification, replace(wishes, goals=("fit", *best_first)), seconds)
    by_hours = replace(wishes, goals=(best_first[0], "fit", *best_first[1:]))
    shortest = answer(qualification, by_hours, seconds)
    if by_fit.status != "optimal" or shortest.status != "optimal":
        return ()
    with PlanSearch(qualification, by_hours) as search:
        (fit,) = search.goal("fit")
    # Fewer without evidence than here no plan has, and fewer hours than with as many as `shortest` none.
    found = [by_fit]
    # One goal limited, the other made least, for each value that the first can have (the ε-constraint method:
    # Haimes, Lasdon and Wismer, IEEE Transactions on Systems, Man, and Cybernetics 1, 1971, 296-297).
    for most in range(evidence_missing(by_fit) + 1, evidence_missing(shortest) + 1):
        with PlanSearch(
            qualification, by_hours, extra=[Bound("fit", "", fit.weights, at_most=most)]
        ) as search:
            outcome = search.best(wishes.fixed, search.stages(), seconds)
        if outcome.decision != "optimal":
            return ()
        plan = audited(search, outcome, seconds)
        # As many hours with more units without evidence: that one is beaten.
        if (plan.cost or 0) < (found[-1].cost or 0):
            found.append(plan)
    return tuple(found)


def instead(best: Plan, ref: str, counts: bool = True, seconds: float = SECONDS) -> Instead:
    """What pinning (`counts`) or excluding `ref` besides the present wishes would cost and replace."""
    wishes = best.wishes
    only = frozenset({ref})
    changed = (
        replace(wishes, pins=wishes.pins | only)
        if counts
        else replace(wishes, excludes=wishes.excludes | only)
    )
    plan = answer(best.qualification, changed, seconds)
    if not plan.found:
        return Instead(ref, plan, None)
    before, after = set(best.planned), set(plan.planned)
    price = (plan.cost or 0) - (best.cost or 0)
    return Instead(ref, plan, price, tuple(sorted(before - after)), tuple(sorted(after - before)))


def swaps(best: Plan, ref: str) -> tuple[Swap, ...]:
    """The units that can take the place of `ref` in a plan, cheapest first; none if `ref` is pinned."""
    qualification, wishes = best.qualification, best.wishes
    if ref in wishes.pins or ref not in best.units:
        return ()
    rest = set(best.units) - {ref}
    rules = qualification.rules_given(wishes.ways_held)
    reserve = Reserve(qualification, wishes)
    found = []
    # One unit for one: the audit of each tells all, without a search.
    for other in qualification.by_ref:
        if other in best.planned or other in wishes.ruled_out:
            continue
        counted = rest | {other}
        if all(f.holds for f in audit(rules, counted)) and not reserve.unsurvived(counted, best.spare)[0]:
            hours = goal_value(qualification.price_goal, qualification, wishes, counted.union(best.spare))
            found.append(Swap(other, int(hours) - (best.cost or 0)))
    return tuple(sorted(found, key=lambda swap: (swap.price, swap.ref)))
