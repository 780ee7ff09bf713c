"""Plans: a request in, an audited answer out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar
from weakref import WeakKeyDictionary

from planner.audit import audit
from planner.errors import DisagreementError
from planner.model import Model, Outcome, Stage
from planner.qualification import Qualification
from planner.result import Conflict, GoalValue, Plan
from planner.units import Unit
from planner.wishes import DEFAULT_GOALS, Wishes

T = TypeVar("T")

SECONDS = 10.0
"""Time limit of one plan; the largest qualification on file takes some milliseconds."""

_CHUNK = 20
"""Units per stage of the canonical order: a stage is 2**20 (or 3**20) wide and packs well."""

_idle: WeakKeyDictionary[Qualification, list[Model]] = WeakKeyDictionary()
"""Built models nobody uses right now; each thread takes one out and puts it back."""


def plan(
    qualification: Qualification,
    *,
    pin: Iterable[str] = (),
    exclude: Iterable[str] = (),
    held: Iterable[str] = (),
    goals: Iterable[str] = DEFAULT_GOALS,
    seconds: float = SECONDS,
) -> Plan:
    """The best plan for a learner's wishes, proven best and audited; or the proof that none exists.

    Parameters
    ----------
    qualification
        What `load` returned.
    pin, exclude, held
        Refs of units that must count, must not count, are already achieved; typed as people type them.
    goals
        Goal ids, the most important first: `glh` least new guided hours, `units` fewest new units,
        `credits` fewest credits in all, `strategies` fewest assessment strategies among new units. Last
        is always a canonical order, so that the same question has the same answer everywhere.
    seconds
        Time limit; where it does not suffice the answer is `feasible` or `unknown`, never `infeasible`.

    Raises
    ------
    DataError
        For unknown refs and goals.
    DisagreementError
        If the auditor refuses what the solver found: a bug, never the user's.
    """
    return answer(qualification, Wishes.read(qualification, pin, exclude, held, goals), seconds)


def answer(qualification: Qualification, wishes: Wishes, seconds: float = SECONDS) -> Plan:
    """The best plan for wishes already read; see `plan`."""
    if wishes.contradictory:
        both = tuple(Conflict(pins=(ref,), excludes=(ref,)) for ref in wishes.contradictory)
        return Plan(qualification, wishes, "infeasible", conflicts=both)
    outcome = _solved(qualification, wishes, seconds)
    if outcome.decision == "infeasible":
        conflict = _conflict(qualification, wishes, seconds)
        if conflict is None:
            return Plan(qualification, wishes, "unknown", seconds=seconds)
        return Plan(qualification, wishes, "infeasible", conflicts=(conflict,))
    if outcome.decision == "unknown":
        return Plan(qualification, wishes, "unknown", seconds=seconds)
    return _audited(qualification, wishes, outcome, seconds)


def goal_value(goal: str, qualification: Qualification, wishes: Wishes, counted: Iterable[str]) -> int:
    """What a goal comes to for the units that count, computed from the units alone."""
    units = [qualification.by_ref[ref] for ref in counted]
    new = [unit for unit in units if unit.ref not in wishes.held]
    values: dict[str, Callable[[], int]] = {
        "glh": lambda: sum(unit.glh for unit in new),
        "units": lambda: len(new),
        "credits": lambda: sum(unit.credits for unit in units),
        "strategies": lambda: len({unit.strategy for unit in new}),
    }
    return values[goal]()


def _solved(qualification: Qualification, wishes: Wishes, seconds: float) -> Outcome:
    """The solver's outcome, by a kept model where the request needs nothing but the rules."""
    new = sorted((u for u in qualification.units if u.ref not in wishes.held), key=lambda unit: unit.ref)
    indicators = list(_indicators(wishes, new))
    stages = list(_stages(qualification, wishes, new))
    if indicators or qualification.speaks_of_held:
        model = Model(list(qualification.by_ref), qualification.rules_given(wishes.held))
        for name, members in indicators:
            model.any_of(name, members)
        return model.solve(wishes.fixed, stages, seconds)
    idle = _idle.setdefault(qualification, [])
    try:
        model = idle.pop()
    except IndexError:
        model = Model(list(qualification.by_ref), qualification.rules)
    outcome = model.solve(wishes.fixed, stages, seconds)
    idle.append(model)
    return outcome


def _indicators(wishes: Wishes, new: Sequence[Unit]) -> Iterator[tuple[str, list[str]]]:
    """The variables a request needs beside its units: name and members (1 if any member is)."""
    if "strategies" in wishes.goals:
        for strategy in sorted({unit.strategy for unit in new}):
            yield f"strategy {strategy}", [unit.ref for unit in new if unit.strategy == strategy]
    if _lists_may_be_prefixes(wishes, new):
        following: list[str] = []
        for unit in reversed(new):
            yield f"from {unit.ref}", [unit.ref, *following]
            following = [f"from {unit.ref}"]


def _lists_may_be_prefixes(wishes: Wishes, new: Sequence[Unit]) -> bool:
    """Whether, of two plans equal in every goal, one can have more new units than the other."""
    return "units" not in wishes.goals and not ("glh" in wishes.goals and all(unit.glh for unit in new))


def _stages(qualification: Qualification, wishes: Wishes, new: Sequence[Unit]) -> Iterator[Stage]:
    """The goals asked for, then the canonical order."""
    for goal in wishes.goals:
        if goal == "glh":
            yield Stage(goal, {unit.ref: unit.glh for unit in new if unit.glh})
        elif goal == "units":
            yield Stage(goal, {unit.ref: 1 for unit in new})
        elif goal == "credits":
            yield Stage(goal, {unit.ref: unit.credits for unit in qualification.units})
        else:
            yield Stage(goal, {f"strategy {strategy}": 1 for strategy in {unit.strategy for unit in new}})
    yield from _canonical("new", [unit.ref for unit in new], _lists_may_be_prefixes(wishes, new))
    if wishes.held:
        held = sorted(wishes.held)
        yield Stage("held credits", {ref: -qualification.by_ref[ref].credits for ref in held})
        yield from _canonical("held", held, prefixes=False)


def _canonical(name: str, refs: Sequence[str], prefixes: bool) -> Iterator[Stage]:
    """Stages whose least values belong to the first sorted list of refs.

    The first ref in which two lists differ decides: the list that has it is the first, unless the other
    has ended there. With `prefixes` each ref is a digit, 0 ended, 1 in the list, 2 skipped; without, a
    list never ends before another equal in all goals, and two digits suffice.
    """
    for start in range(0, len(refs), _CHUNK):
        weights: dict[str, int] = {}
        for position, ref in enumerate(reversed(refs[start : start + _CHUNK])):
            if prefixes:
                weights[f"from {ref}"] = 2 * 3**position
                weights[ref] = -(3**position)
            else:
                weights[ref] = -(2**position)
        yield Stage(f"{name} from {start}", weights)


def _audited(qualification: Qualification, wishes: Wishes, outcome: Outcome, seconds: float) -> Plan:
    """The outcome as a plan, after the auditor and the goals' own sums have agreed to it."""
    counted = tuple(sorted(outcome.counted))
    rules = (*qualification.rules_given(wishes.held), *wishes.as_rules(qualification))
    findings = audit(rules, counted)
    broken = [finding.rule.id for finding in findings if not finding.holds]
    if broken:
        raise DisagreementError(f"the solver's plan {counted} breaks {broken}")
    proven = outcome.decision == "optimal"
    goals = []
    for goal in wishes.goals:
        value = goal_value(goal, qualification, wishes, counted)
        if proven and value != outcome.values[goal]:
            raise DisagreementError(f"{goal} is {value}, the solver says {outcome.values[goal]}")
        bound = min(outcome.bounds.get(goal, 0), value)
        goals.append(GoalValue(goal, value, bound, proven=bound == value))
    return Plan(
        qualification,
        wishes,
        "optimal" if proven else "feasible",
        units=counted,
        findings=findings,
        goals=tuple(goals),
        seconds=0.0 if proven else seconds,
    )


class _UndecidedError(Exception):
    """A solve stopped at its time limit."""


def _conflict(qualification: Qualification, wishes: Wishes, seconds: float) -> Conflict | None:
    """A minimal conflict of wishes that are known to be impossible; None if not decided in time.

    The wishes are thinned out first (all rules in force), then the rules that clash with what is left.
    """
    rules = {rule.id: rule for rule in qualification.rules_given(wishes.held)}
    model = Model(list(qualification.by_ref), list(rules.values()), switchable=True)

    def clash(fixed: Iterable[tuple[str, bool]], on: Iterable[str] = tuple(rules)) -> bool:
        outcome = model.solve(dict(fixed), seconds=seconds, off=rules.keys() - set(on))
        if outcome.decision == "unknown":
            raise _UndecidedError
        return outcome.decision == "infeasible"

    asked = [(ref, True) for ref in sorted(wishes.pins)] + [(ref, False) for ref in sorted(wishes.excludes)]
    try:
        kept = minimal(asked, clash)
        clashing = minimal(list(rules), lambda on: clash(kept, on))
    except _UndecidedError:
        return None
    return Conflict(
        rules=tuple(rules[name] for name in clashing),
        pins=tuple(ref for ref, counts in kept if counts),
        excludes=tuple(ref for ref, counts in kept if not counts),
    )


def minimal(items: Sequence[T], clash: Callable[[Sequence[T]], bool]) -> list[T]:
    """A subset of `items` that clashes and no longer does without any one of its members.

    Found by deletion: an item is left out for good if the rest still clashes. `clash` must be monotone:
    more items never make a clash go away.

    Raises
    ------
    DisagreementError
        If the result fails its verification, so `clash` contradicts itself.
    """
    kept = list(items)
    for item in items:
        rest = [other for other in kept if other != item]
        if clash(rest):
            kept = rest
    alone = [[other for other in kept if other != item] for item in kept]
    if not clash(kept) or any(clash(rest) for rest in alone):
        raise DisagreementError(f"{kept} is not a minimal conflict")
    return kept
