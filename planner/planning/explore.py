"""What each choice costs before it is made, and what else is as good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from planner.catalogue.qualification import Qualification
from planner.errors import UndecidedError
from planner.files.limits import Range
from planner.planning.result import Plan
from planner.planning.robustness import Reserve, perhaps_optional
from planner.planning.solve import SECONDS, PlanSearch, answer, asked_by, audited, goal_value
from planner.records.goals import EVERY_GOAL
from planner.records.wishes import Wishes
from planner.rules.goal import Stage
from planner.rules.measure import audit
from planner.rules.model import Outcome
from planner.rules.rule import Bound, bounds

UnitState = Literal["forced", "possible", "impossible"]

MOST_ALTERNATIVES = 200
"""Most alternatives listed, the best first."""

WITHIN = Range(0, 1_000)
"""Hours above the best plan, up to which alternatives may be asked for."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the wishes leave of one unit.

    `forced`: in every valid plan, be it in reserve; `impossible`: it counts in none. A price is the extra new
    guided hours over the best plan if the unit is pinned or excluded besides; None where no such plan exists.
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


@dataclass(frozen=True, slots=True)
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

    @property
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
        found["reproducible"] = self.reproducible
        keys = ("conflicts", "conflicts_complete", "repairs", "repairs_complete", "data")
        return found | {key: answered[key] for key in keys}


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
    pin: Iterable[str] = (),
    exclude: Iterable[str] = (),
    held: Iterable[str] = (),
    goals: Iterable[str] | None = None,
    tasks: Iterable[str] = (),
    keep: Iterable[str] = (),
    survive: int = 0,
    offer: Iterable[str] | None = None,
    within: int = 0,
    seconds: float = SECONDS,
) -> Exploration:
    """States and prices of all units, alternatives and, where a job is given, the frontier.

    The wishes are those of `plan`; `within` is how many hours above the best plan an alternative may be.

    Raises
    ------
    DataError
        For unknown refs, tasks and goals, and numbers beyond their limits.
    """
    wishes = Wishes.read(
        qualification,
        pin=pin,
        exclude=exclude,
        held=held,
        goals=goals,
        tasks=tasks,
        keep=keep,
        survive=survive,
        offer=offer,
    )
    return exploration(qualification, wishes, within, seconds)


def exploration(
    qualification: Qualification, wishes: Wishes, within: int = 0, seconds: float = SECONDS
) -> Exploration:
    """The exploration of wishes already read; see `explore`."""
    WITHIN.check("within", within)
    best = answer(qualification, wishes, seconds)
    if best.status != "optimal":
        return Exploration(best, complete=best.status == "infeasible")
    try:
        units = outlooks(best, seconds)
        others: tuple[Plan, ...] = (best,)
        complete = True
        if _may_have_alternatives(best, units, within):
            others, complete = alternatives(best, within, seconds)
    except UndecidedError:
        return Exploration(Plan(qualification, wishes, "unknown", seconds=seconds), complete=False)
    return Exploration(best, units, others, complete, frontier(best, seconds))


def _may_have_alternatives(best: Plan, units: Iterable[Outlook], within: int) -> bool:
    """Whether the prices leave room for another plan at most `within` hours above.

    Any other plan has a new unit that `best` has not, or lacks one that it has: that one's price is no
    higher then. (Where hours are no goal the best plan with a unit may have more of them than another; a
    unit in reserve does not have the price of one that counts.)
    """
    wishes, inside = best.wishes, set(best.units)
    if "glh" not in wishes.goals or Reserve(best.qualification, wishes).spare:
        return True
    prices = (u.exclude_price if u.ref in inside else u.pin_price for u in units if u.ref not in wishes.held)
    return any(price is not None and price <= within for price in prices)


def evidence_missing(plan: Plan) -> int:
    """How many new units of a plan the job gives no evidence for."""
    return goal_value("fit", plan.qualification, plan.wishes, plan.planned)


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
    inside = {kinds[ref] for ref in best.units}
    outside = {kinds[ref] for ref in kinds.keys() - set(best.planned)}
    needed = set[str]()
    if not qualification.speaks_of_held:  # else who has achieved something may not need them
        needed = qualification.by_ref.keys() - perhaps_optional(qualification)
    pinned = {kind: ref for ref, kind in kinds.items() if kind not in inside and ref not in wishes.ruled_out}
    excluded = {
        kind: ref
        for ref, kind in kinds.items()
        if kind not in outside and ref not in wishes.pins and ref not in needed
    }
    if wishes.goals[:1] == ("glh",):
        prices = _priced_together(best, list(pinned.values()), list(excluded.values()), seconds)
        pin_prices = {ref: price for (ref, counts), price in prices.items() if counts}
        exclude_prices = {ref: price for (ref, counts), price in prices.items() if not counts}
    else:
        with PlanSearch(qualification, wishes) as search:
            pin_prices = _priced(search, best, list(pinned.values()), True, seconds)
            exclude_prices = _priced(search, best, list(excluded.values()), False, seconds)
    found = []
    for ref, kind in kinds.items():
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
        outcome = _decided(search.best({**wishes.fixed, ref: counts}, stages, seconds))
        prices[ref] = None
        if outcome.decision == "optimal":
            planned = outcome.counted | search.reserve.spare_of(outcome)
            hours = goal_value("glh", qualification, wishes, planned)
            prices[ref] = hours - (best.new_glh or 0)
    return prices


def _priced_together(
    best: Plan, pins: Sequence[str], excludes: Sequence[str], seconds: float
) -> dict[tuple[str, bool], int | None]:
    """The price of pinning each of `pins` and of excluding each of `excludes`; None where impossible.

    Where hours come first only. Known plans and their neighbours give each an upper limit. Whether any of
    those with the same limit does better takes one solve: if none does, their limit is proven; if one does,
    the plan found and its neighbours lower the limits.
    """
    qualification, wishes = best.qualification, best.wishes
    limits: dict[tuple[str, bool], int] = {}
    todo = [*((ref, True) for ref in pins), *((ref, False) for ref in excludes)]
    _lower(limits, todo, best, best.units, best.spare)
    found: dict[tuple[str, bool], int | None] = {}
    least = best.new_glh or 0
    names = {wish: f"{'with' if wish[1] else 'without'} {wish[0]}" for wish in todo}
    with PlanSearch(qualification, wishes, own=True) as search, PlanSearch(qualification, wishes) as plain:
        (stage,) = search.goal("glh")
        for (ref, counts), name in names.items():
            search.model.any_of(name, [])
            search.model.require(
                Bound(name, "", {ref: 1, name: -1}, at_least=0)
                if counts
                else Bound(name, "", {search.reserve.name(ref): 1, name: 1}, at_most=1)
            )
        if names:
            search.model.require(Bound("any", "", dict.fromkeys(names.values(), 1), at_least=1))
        while todo:
            limit = min((limits[wish] for wish in todo if wish in limits), default=None)
            group = [wish for wish in todo if limits.get(wish) == limit]
            fixed = {**wishes.fixed, **{name: False for wish, name in names.items() if wish not in group}}
            single = len(group) == 1
            if single:
                fixed = {**wishes.fixed, group[0][0]: group[0][1]}
            below = replace(stage, at_least=least, at_most=None if limit is None else limit - 1)
            proven = limit
            if limit is None or limit > least:
                outcome = _decided((plain if single else search).best(fixed, [below], seconds))
                if outcome.decision == "optimal":
                    spare = search.reserve.spare_of(outcome)
                    _lower(limits, todo, best, outcome.counted, spare)
                    proven = goal_value("glh", qualification, wishes, outcome.counted | spare)
                    group = [wish for wish in group if limits.get(wish) == proven]
            for wish in group:
                found[wish] = None if proven is None else proven - least
            todo = [wish for wish in todo if wish not in found]
    return found


def _lower(
    limits: dict[tuple[str, bool], int],
    todo: Sequence[tuple[str, bool]],
    best: Plan,
    counted: Iterable[str],
    spare: Iterable[str],
) -> None:
    """Lowers limits by a plan and, for rules without choices, the plans that differ in a unit or two."""
    qualification, wishes = best.qualification, best.wishes
    inside = frozenset(counted)
    planned = inside.union(spare)
    hours = {unit.ref: 0 if unit.ref in wishes.held else unit.glh for unit in qualification.units}
    total = sum(hours[ref] for ref in planned)
    for wish in todo:
        met = wish[0] in inside if wish[1] else wish[0] not in planned
        if met and total < limits.get(wish, total + 1):
            limits[wish] = total
    rules = [rule for rule in qualification.rules_given(wishes.held) if isinstance(rule, Bound)]
    if len(rules) < len(qualification.rules) or wishes.survive:
        return
    measured = [
        (rule.at_least, rule.at_most, rule.weights, sum(w for r, w in rule.weights.items() if r in inside))
        for rule in rules
    ]
    leave = [None, *sorted(inside - wishes.pins)]
    come = [None, *sorted(hours.keys() - inside - wishes.ruled_out)]
    wanted = set(todo)
    for new in come:
        for gone in leave:
            value = total + (hours[new] if new else 0) - (hours[gone] if gone else 0)
            lowered = [
                wish
                for wish in ((new, True), (gone, False))
                if wish in wanted and value < limits.get(wish, value + 1)
            ]
            if lowered and all(
                (low is None or m + weights.get(new or "", 0) - weights.get(gone or "", 0) >= low)
                and (high is None or m + weights.get(new or "", 0) - weights.get(gone or "", 0) <= high)
                for low, high, weights, m in measured
            ):
                limits.update(dict.fromkeys(lowered, value))


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
    hours = {ref: qualification.by_ref[ref].glh for ref in new if qualification.by_ref[ref].glh}
    with PlanSearch(qualification, wishes) as search:
        hours = search.planned(hours)
        limits = [Bound("hours", "", hours, at_most=(best.new_glh or 0) + within)] if hours else []
        before = _goals_before_hours(search, wishes)
        if before:
            values = _decided(search.best(wishes.fixed, before, seconds)).values
            limits += [Bound(s.id, "", s.weights, at_most=values[s.id]) for s in before if s.weights]
    found = [best]
    with PlanSearch(qualification, wishes, extra=limits, own=True) as search:
        stages = search.stages()
        while True:
            name = search.reserve.name
            search.model.forbid([name(ref) for ref in found[-1].planned], among=[name(ref) for ref in new])
            outcome = _decided(search.best(wishes.fixed, stages, seconds))
            if outcome.decision == "infeasible":
                return tuple(found), True
            if len(found) == MOST_ALTERNATIVES:
                return tuple(found), False
            found.append(audited(qualification, wishes, outcome, seconds))


def frontier(best: Plan, seconds: float = SECONDS) -> tuple[Plan, ...]:
    """The plans not beaten both in units without evidence and in hours; none where no job is given.

    Computed exactly: for each number of units without evidence the least hours.
    """
    qualification, wishes = best.qualification, best.wishes
    if not wishes.tasks:
        return ()
    by_fit = answer(qualification, replace(wishes, goals=("fit", "glh", "units")), seconds)
    by_hours = replace(wishes, goals=("glh", "fit", "units"))
    shortest = answer(qualification, by_hours, seconds)
    if by_fit.status != "optimal" or shortest.status != "optimal":
        return ()
    with PlanSearch(qualification, by_hours) as search:
        (fit,) = search.goal("fit")
    found = [by_fit]
    for most in range(evidence_missing(by_fit) + 1, evidence_missing(shortest) + 1):
        with PlanSearch(
            qualification, by_hours, extra=[Bound("fit", "", fit.weights, at_most=most)]
        ) as search:
            outcome = search.best(wishes.fixed, search.stages(), seconds)
        if outcome.decision != "optimal":
            return ()
        plan = audited(qualification, by_hours, outcome, seconds)
        if (plan.new_glh or 0) < (found[-1].new_glh or 0):
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
    price = (plan.new_glh or 0) - (best.new_glh or 0)
    return Instead(ref, plan, price, tuple(sorted(before - after)), tuple(sorted(after - before)))


def swaps(best: Plan, ref: str) -> tuple[Swap, ...]:
    """The units that can take the place of `ref` in a plan, cheapest first; none if `ref` is pinned."""
    qualification, wishes = best.qualification, best.wishes
    if ref in wishes.pins or ref not in best.units:
        return ()
    rest = set(best.units) - {ref}
    rules = qualification.rules_given(wishes.held)
    reserve = Reserve(qualification, wishes)
    found = []
    for other in qualification.by_ref:
        if other in best.planned or other in wishes.ruled_out:
            continue
        counted = rest | {other}
        if all(f.holds for f in audit(rules, counted)) and not reserve.unsurvived(counted, best.spare)[0]:
            hours = goal_value("glh", qualification, wishes, counted.union(best.spare))
            found.append(Swap(other, hours - (best.new_glh or 0)))
    return tuple(sorted(found, key=lambda swap: (swap.price, swap.ref)))


def _kinds(qualification: Qualification, wishes: Wishes) -> dict[str, str]:
    """What makes units interchangeable, by ref; equal for units that can change places in any plan."""
    if "glh" not in wishes.goals:
        return {ref: ref for ref in qualification.by_ref}  # the hours then follow from the canonical order
    weights = [bound.weights for rule in qualification.rules_given(wishes.held) for bound in bounds(rule)]
    asked = asked_by(qualification, wishes)
    goals = [EVERY_GOAL[goal] for goal in wishes.goals]
    weights += [stage.weights for goal in goals for stage in goal.stages(asked)]
    groups = [set(members) for goal in goals for members in goal.groups(asked).values()]
    groups += [set(refs) for refs in (wishes.pins, wishes.ruled_out, wishes.held)]
    return {
        ref: str(([weight.get(ref, 0) for weight in weights], [ref in group for group in groups]))
        for ref in qualification.by_ref
    }


def _goals_before_hours(search: PlanSearch, wishes: Wishes) -> list[Stage]:
    goals = wishes.goals[: wishes.goals.index("glh")] if "glh" in wishes.goals else wishes.goals
    return [stage for goal in goals for stage in search.goal(goal)]


def _stages_that_set_the_hours(search: PlanSearch, wishes: Wishes) -> list[Stage]:
    """The goals up to the hours; without that goal all stages, the canonical order included."""
    if "glh" not in wishes.goals:
        return search.stages()
    return [*_goals_before_hours(search, wishes), *search.goal("glh")]


def _decided(outcome: Outcome) -> Outcome:
    """The outcome, if it is a proof.

    Raises
    ------
    UndecidedError
        It is not.
    """
    if outcome.decision not in ("optimal", "infeasible"):
        raise UndecidedError
    return outcome
