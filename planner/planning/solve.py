"""Plans: a request in, an audited answer out."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self, Unpack
from weakref import WeakKeyDictionary

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import Unit
from planner.errors import DisagreementError, UndecidedError
from planner.files.limits import TIME
from planner.planning.diagnosis import MOST, diagnose
from planner.planning.result import GoalValue, Plan, Repair
from planner.planning.robustness import Reserve, left, optional_units
from planner.records.goals import EVERY_GOAL, Asked
from planner.records.wishes import Wishes, WishKeywords
from planner.rules.goal import Stage
from planner.rules.measure import audit
from planner.rules.model import Model, Outcome
from planner.rules.rule import Bound

SECONDS = 10.0
"""Time limit of one plan; the largest qualification on file takes some milliseconds."""

_FOR_ANY = 0.2
"""The share of the time for any plan that survives losses, once the best was not found in the rest."""

_CHUNK = 20
"""Units per stage of the canonical order: a stage is 2**20 (or 3**20) wide and packs well."""

_POWERS = tuple(-(2**position) for position in range(_CHUNK))
"""What the refs of such a stage weigh, the last one first."""

_idle: WeakKeyDictionary[Qualification, list[Model]] = WeakKeyDictionary()
"""Built models nobody uses right now; each thread takes one out and puts it back."""


def plan(
    qualification: Qualification,
    *,
    seconds: float = SECONDS,
    **wished: Unpack[WishKeywords],
) -> Plan:
    """The best plan for a learner's wishes, proven best and audited; or the proof that none exists.

    Parameters
    ----------
    qualification
        What `load` returned.
    pin, exclude, held
        Refs of units that must count, must not count, are already achieved; typed as people type them.
    goals
        Goal ids, the most important first; `planner.records.GOALS` has their words. Units that every valid
        selection has do not count for `fit`. Default: `changes` if there is a plan to keep, `fit` if there
        are tasks, `glh`, `units`. Last is always a canonical order, so that the same
        question has the same answer everywhere.
    tasks
        Ids of what the learner does at work (`qualification.tasks`).
    keep
        Refs of a present plan.
    survive
        The rules must still be met if any so many of the plan's optional units fail: by what is left of it
        and held already, wishes aside. Optional are the units not in every valid selection; held units
        cannot fail. Where the units that count are as many as may count, others are planned as `spare`.
    offer
        Refs of the units a centre can assess: the others cannot be new, held ones still count. None: all.
    seconds
        Time limit of the search; where it does not suffice the answer is `feasible` or `unknown`, never
        `infeasible`. To find out why there is no plan as much time is given again.

    Raises
    ------
    DataError
        For unknown refs, tasks and goals, and numbers beyond their limits.
    DisagreementError
        If the auditor refuses what the solver found: a bug, never the user's.
    """
    return answer(qualification, Wishes.read(qualification, **wished), seconds)


def answer(qualification: Qualification, wishes: Wishes, seconds: float = SECONDS) -> Plan:
    """The best plan for wishes already read; see `plan`."""
    TIME.check("seconds", seconds)
    return _answer(qualification, wishes, seconds)


def _answer(qualification: Qualification, wishes: Wishes, seconds: float) -> Plan:
    """The best plan; undecided, where no time is left."""
    deadline = time.monotonic() + seconds
    try:
        if wishes.survive or wishes.tasks:
            optional_units(qualification, seconds)  # remembered from here on
        if not wishes.contradictory:
            with PlanSearch(qualification, wishes) as search:
                outcome = search.best(wishes.fixed, search.stages(), left(deadline))
            if outcome.decision in ("optimal", "feasible"):
                return audited(search, outcome, seconds)
            if outcome.decision == "unknown":
                raise UndecidedError
        return _impossible(qualification, wishes, seconds)
    except UndecidedError:
        return Plan(qualification, wishes, "unknown", seconds=seconds)


def _impossible(qualification: Qualification, wishes: Wishes, seconds: float) -> Plan:
    """That there is no plan for these wishes, why, and what would help, as far as the time suffices."""
    deadline = time.monotonic() + seconds
    diagnosis = diagnose(qualification, wishes, seconds)
    repairs = []
    for pins, excludes in diagnosis.corrections:
        hours = _hours_after(qualification, wishes, pins, excludes, left(deadline))
        if hours is not None:
            repairs.append(Repair(pins, excludes, hours, qualification.price_goal))
    repairs.sort(key=Repair.order)
    # Of minimal corrections each is the smallest change of its kind; what the time left unpriced is not
    # listed, and then nobody may say that these are all.
    decided = len(repairs) == len(diagnosis.corrections)
    complete = diagnosis.corrections_complete and decided and len(repairs) <= MOST
    return Plan(
        qualification,
        wishes,
        "infeasible",
        conflicts=diagnosis.conflicts,
        conflicts_complete=diagnosis.conflicts_complete,
        repairs=tuple(repairs[:MOST]),
        repairs_complete=complete,
        outside_offer=_needed_from_outside(qualification, wishes, left(deadline)),
        cut_off=not decided,
    )


def _needed_from_outside(qualification: Qualification, wishes: Wishes, seconds: float) -> tuple[str, ...]:
    """The fewest units outside the centre's offer that a plan for these wishes needs; none if none helps."""
    wider = replace(wishes, closed=frozenset())
    if not wishes.closed or wider.contradictory:
        return ()
    with PlanSearch(qualification, wider) as search:
        # Fewest units from outside first, then the usual goals, so that the answer is the same everywhere.
        outside = Stage("outside", search.planned(dict.fromkeys(sorted(wishes.closed), 1)))
        outcome = search.best(wider.fixed, [outside, *search.stages()], seconds)
    planned = outcome.counted | search.reserve.spare_of(outcome)
    return tuple(sorted(planned & wishes.closed)) if outcome.decision == "optimal" else ()


def _hours_after(
    qualification: Qualification,
    wishes: Wishes,
    pins: Iterable[str],
    excludes: Iterable[str],
    seconds: float,
) -> int | None:
    """The new hours of the best plan once some wishes are given up; None if not proven in time."""
    repaired = _answer(qualification, wishes.without(pins, excludes), seconds)
    if repaired.status == "infeasible":
        raise DisagreementError(f"giving up {pins} and {excludes} does not help")
    return repaired.cost if repaired.status == "optimal" else None


class PlanSearch:
    """The rules and one request's structure as a model, asked with different units fixed.

    `extra` are further rules; `own` says that the model will be changed. Used in a `with` statement: a
    model that only knows the rules goes back to where the next request finds it.
    """

    def __init__(
        self,
        qualification: Qualification,
        wishes: Wishes,
        extra: Sequence[Bound] = (),
        own: bool = False,
    ) -> None:
        self._qualification = qualification
        self._wishes = wishes
        self.price_goal = qualification.price_goal
        self.reserve = Reserve(qualification, wishes)
        self.asked = asked_by(qualification, wishes)
        self._new = self.asked.new
        self._prefixes = _lists_may_be_prefixes(wishes, self._new)
        # What a request fixes are domains, which an idle model takes; only one that needs variables, rules or
        # goals of its own has to be built anew.
        self._plain = not (
            extra
            or own
            or wishes.survive
            or self._prefixes
            or any(EVERY_GOAL[goal].groups(self.asked) for goal in wishes.goals)
            or qualification.speaks_of_held
        )
        self.model = self._taken() if self._plain else self._built(extra)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # After an error nobody knows what state a model is in: it is let go.
        if self._plain and error is None:
            _idle.setdefault(self._qualification, []).append(self.model)

    def _taken(self) -> Model:
        try:
            # CPython takes an item out of a list in one step: no two threads get the same model.
            return _idle.setdefault(self._qualification, []).pop()
        except IndexError:
            return Model(list(self._qualification.by_ref), self._qualification.rules)

    def _built(self, extra: Sequence[Bound]) -> Model:
        model = Model(
            list(self._qualification.by_ref), self._qualification.rules_given(self._wishes.ways_held)
        )
        self.reserve.prepare(model)
        for name, members in self._indicators():
            model.any_of(name, members)
        for rule in extra:
            model.require(rule)
        return model

    def stages(self) -> list[Stage]:
        """The goals asked for, then the canonical order."""
        goals = [stage for goal in self._wishes.goals for stage in self.goal(goal)]
        return [*goals, *self._canonical_stages()]

    def goal(self, name: str) -> list[Stage]:
        """What the solver minimises for a goal, one after the other."""
        stages = self.asked.stages(name)
        return [replace(stage, weights=self.planned(stage.weights)) for stage in stages]

    def planned(self, weights: Mapping[str, float]) -> Mapping[str, float]:
        """The weights of units for being planned, be it to count or as a spare one."""
        if not self.reserve.spare:
            return weights
        return {self.reserve.name(ref): weight for ref, weight in weights.items()}

    def best(
        self, fixed: Mapping[str, bool], stages: Sequence[Stage], seconds: float | None = None
    ) -> Outcome:
        """The best selection with these units fixed, and the reserve that survives the losses asked for.

        Where time passes before the best is known, the last one found is completed to any that survives.
        """
        if not self._wishes.survive:
            return self.model.solve(fixed, stages, seconds)
        start, limit = time.monotonic(), math.inf if seconds is None else seconds
        outcome, settled = self._rounds(fixed, stages, start + (1 - _FOR_ANY) * limit)
        if settled or outcome.decision == "unknown":
            return outcome
        # What counts and what is planned stays: only the reserve may still grow, which is soon decided.
        planned = {self.reserve.name(ref): True for ref in outcome.counted | self.reserve.spare_of(outcome)}
        counted = dict.fromkeys(outcome.counted, True)
        longer, settled = self._rounds({**fixed, **counted, **planned}, stages[:1], start + limit)
        # That this plan cannot be completed says nothing of the others.
        if not settled or longer.decision == "infeasible":
            return Outcome("unknown")
        # Found where fewer losses were known, so that no plan which survives them all is below it.
        bounds = {stage.id: outcome.bounds[stage.id] for stage in stages[:1]}
        return replace(longer, decision="feasible", values={}, bounds=bounds)

    def _rounds(
        self, fixed: Mapping[str, bool], stages: Sequence[Stage], deadline: float
    ) -> tuple[Outcome, bool]:
        """The best outcome that survives every loss and True, or the last that was found in time and False.

        Only the losses that an outcome does not survive are added to the model: most matter to no good plan.
        """
        last = Outcome("unknown")
        while True:
            outcome = self.model.solve(self.reserve.fixed(fixed), stages, left(deadline))
            if outcome.decision == "infeasible":
                return outcome, True
            if outcome.decision == "unknown":
                return last, False
            last = outcome
            try:
                spare = self.reserve.spare_of(outcome)
                # The model knows a part of the losses, so that its best is a bound; once that survives every
                # loss it is the best of all (cutting planes: a constraint is added when it is broken).
                losses, ways = self.reserve.unsurvived(outcome.counted, spare, deadline=deadline)
            except UndecidedError:
                return last, False
            if not losses:
                return replace(outcome, ways=ways), True
            for loss in losses:
                self.reserve.require(self.model, loss)

    def _indicators(self) -> Iterator[tuple[str, list[str]]]:
        """The variables a request needs beside its units: name and members (1 if any member is)."""
        name = self.reserve.name
        for goal in self._wishes.goals:
            for group, members in EVERY_GOAL[goal].groups(self.asked).items():
                yield group, [name(ref) for ref in members]
        if self._prefixes:
            # From the end: the variable of a ref is 1 where it or any after it is planned, so that the list
            # has not ended there.
            following: list[str] = []
            for unit in reversed(self._new):
                yield f"from {name(unit.ref)}", [name(unit.ref), *following]
                following = [f"from {name(unit.ref)}"]

    def _canonical_stages(self) -> Iterator[Stage]:
        """The canonical order: fewest spare units, planned refs, least hours that count, refs that count.

        Then most held credits counted and the held refs.
        """
        # Every stage is made least, so that what is to be most, or first, has negative weights.
        by_ref, spare, held = self._qualification.by_ref, self.reserve.spare, sorted(self._wishes.held)
        if spare:
            # Planned less counted, summed up: how many units are held in reserve.
            not_counted = dict.fromkeys(spare, -1) | {self.reserve.name(ref): 1 for ref in spare}
            yield Stage("spare", not_counted)
        yield from _canonical("new", [self.reserve.name(unit.ref) for unit in self._new], self._prefixes)
        if spare:
            yield Stage("counted hours", {ref: by_ref[ref].glh for ref in spare if by_ref[ref].glh})
            yield from _canonical("counted", spare, prefixes=False)
        if held:
            credits = {ref: by_ref[ref].credits for ref in held}
            yield Stage("held credits", {ref: -number for ref, number in credits.items() if number})
            yield from _canonical("held", held, prefixes=False)


def asked_by(qualification: Qualification, wishes: Wishes) -> Asked:
    """A request as goals look at it."""
    return Asked(qualification, wishes, lambda: optional_units(qualification))


def without_evidence(qualification: Qualification, wishes: Wishes) -> frozenset[str]:
    """The units the job gives no evidence for; held ones and those of every valid selection aside."""
    return asked_by(qualification, wishes).unshown


def goal_value(goal: str, qualification: Qualification, wishes: Wishes, planned: Iterable[str]) -> float:
    """What a goal comes to for the units of a plan, those in reserve included."""
    return EVERY_GOAL[goal].value(asked_by(qualification, wishes), frozenset(planned))


def _lists_may_be_prefixes(wishes: Wishes, new: Sequence[Unit]) -> bool:
    """Whether, of two plans equal in every goal, one can have more new units than the other."""
    # A list that goes on where another ends has more units, and more hours where each unit has some: a goal
    # tells such two apart.
    return "units" not in wishes.goals and not ("glh" in wishes.goals and all(unit.glh for unit in new))


def _canonical(name: str, refs: Sequence[str], prefixes: bool) -> Iterator[Stage]:
    """Stages whose least values belong to the first sorted list of refs.

    The first ref in which two lists differ decides: the list that has it is the first, unless the other
    has ended there. With `prefixes` each ref is a digit, 0 ended, 1 in the list, 2 skipped; without, a
    list never ends before another equal in all goals, and two digits suffice.
    """
    for start in range(0, len(refs), _CHUNK):
        chunk = refs[start : start + _CHUNK][::-1]
        # 2**n is more than all lower powers together: the first ref that differs decides.
        weights = dict(zip(chunk, _POWERS, strict=False))
        if prefixes:
            # Digits to the base 3, the first ref the highest: 2 for going on, less 1 for the ref itself.
            weights = {ref: -(3**position) for position, ref in enumerate(chunk)}
            weights |= {f"from {ref}": 2 * 3**position for position, ref in enumerate(chunk)}
        yield Stage(f"{name} from {start}", weights)


def audited(search: PlanSearch, outcome: Outcome, seconds: float) -> Plan:
    """The outcome of a search as a plan, after the auditor and the goals' own sums have agreed to it."""
    qualification, wishes, reserve = search.asked.qualification, search.asked.wishes, search.reserve
    counted = tuple(sorted(outcome.counted))
    wished = (*wishes.as_rules(qualification), *wishes.offer_rules)
    rules = (*qualification.rules_given(wishes.ways_held), *wished)
    findings = audit(rules, counted)
    broken = [finding.rule.id for finding in findings if not finding.holds]
    spare = reserve.spare_of(outcome)
    broken += reserve.broken(outcome, spare)
    if broken:
        raise DisagreementError(f"the solver's plan {counted} breaks {broken}")
    return Plan(
        qualification,
        wishes,
        "optimal" if outcome.decision == "optimal" else "feasible",
        units=counted,
        spare=tuple(sorted(spare)),
        findings=findings,
        goals=tuple(_goal_values(search.asked, outcome, spare)),
        seconds=0.0 if outcome.decision == "optimal" else seconds,
    )


def _goal_values(asked: Asked, outcome: Outcome, spare: frozenset[str]) -> Iterator[GoalValue]:
    for name in asked.wishes.goals:
        goal = EVERY_GOAL[name]
        value = goal.value(asked, outcome.counted | spare)
        stages = (stage.id for stage in asked.stages(name))
        yield GoalValue.of(name, value, outcome, stages, goal.constant(asked))
