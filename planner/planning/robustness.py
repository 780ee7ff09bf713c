"""Plans that still meet the rules when some of their optional units fail.

What counts keeps the rules. After a loss another selection among all that is achieved may keep them: units
held beside those that count, already achieved or planned as spare ones, take the place of what is lost.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary, WeakSet

from planner.catalogue.qualification import Qualification
from planner.errors import UndecidedError
from planner.records.wishes import Wishes
from planner.rules.measure import audit
from planner.rules.model import Alike, Model, Outcome, decided
from planner.rules.rule import Bound, Rule, bounds

Loss = frozenset[str]
"""Units that fail together."""

Selection = frozenset[str]
"""Units that may count together."""

MOST_SECONDS = 10.0
"""Time to find out which units are optional, where nobody says how much there is."""

_optional: WeakKeyDictionary[Qualification, frozenset[str]] = WeakKeyDictionary()

_too_hard: WeakSet[Qualification] = WeakSet()
"""Those of which the optional units were not found in time, so that nobody waits for them twice."""


def optional_units(qualification: Qualification, seconds: float = MOST_SECONDS) -> frozenset[str]:
    """The units that are not in every valid selection; all, if there is no valid selection.

    Raises
    ------
    UndecidedError
        If that takes longer than `seconds`.
    """
    if qualification not in _optional:
        _optional[qualification] = frozenset(qualification.by_ref) - _needed(
            qualification, time.monotonic() + seconds
        )
    return _optional[qualification]


def perhaps_optional(qualification: Qualification) -> frozenset[str]:
    """The optional units; every unit, where it takes too long to find out which ones are."""
    if qualification in _too_hard:
        return frozenset(qualification.by_ref)
    try:
        return optional_units(qualification)
    except UndecidedError:
        _too_hard.add(qualification)
        return frozenset(qualification.by_ref)


def _needed(qualification: Qualification, deadline: float) -> frozenset[str]:
    """The units of every valid selection: those that stay when each found must lack one of them."""
    model = Model(list(qualification.by_ref), qualification.rules_given(frozenset()))
    outcome = decided(model.solve({}, seconds=left(deadline)))
    needed = outcome.counted
    while needed and outcome.decision == "optimal":
        # The intersection of all selections found so far, and of one more that lacks a part of it, until
        # there is none: at most as many questions as units are needed (the backbone; Marques-Silva, Janota,
        # Lynce, ECAI 2010).
        model.require(Bound("lacks one", "", dict.fromkeys(needed, 1), at_most=len(needed) - 1))
        outcome = decided(model.solve({}, seconds=left(deadline)))
        needed &= outcome.counted if outcome.decision == "optimal" else needed
    return needed


def left(deadline: float) -> float:
    """Seconds until `deadline`."""
    return deadline - time.monotonic()


class Reserve:
    """What a plan may hold beside the units that count, so that the rules survive losses.

    `spare` are the units that may be held in reserve: new ones of which one more could break a rule. Every
    other unit that is achieved may as well count. None where no loss is to be survived.
    """

    def __init__(self, qualification: Qualification, wishes: Wishes) -> None:
        self._wishes = wishes
        self._qualification = qualification
        self._rules = qualification.rules_given(wishes.ways_held) if wishes.survive else ()
        parts = [bound for rule in self._rules for bound in bounds(rule)]
        self._limited = {ref for bound in parts for ref in bound.limited}
        self.spare = tuple(sorted(self._limited - wishes.held))
        alike = qualification.by_ref if wishes.survive else ()
        # A unit's kind is its column in the rules: where two are equal either can stand for the other.
        self._kind = {ref: tuple(part.weights.get(ref, 0) for part in parts) for ref in alike}
        self._kinds = [
            [ref for ref, other in self._kind.items() if other == kind]
            for kind in dict.fromkeys(self._kind.values())
        ]
        self._names = {ref: f"achieved {ref}" for ref in self.spare}

    def name(self, ref: str) -> str:
        """The variable that says whether a new unit is planned: to count or as a spare one."""
        return self._names.get(ref, ref)

    def prepare(self, model: Model) -> None:
        """Adds what is achieved in the end to a model of what counts."""
        for ref in self.spare:
            model.any_of(self.name(ref), [ref])

    def wish(self, rule: Bound) -> Bound:
        """A wish as a model keeps it: what must not count is kept out of the reserve too."""
        if rule.at_most is None:
            return rule
        return replace(rule, weights={self.name(ref): weight for ref, weight in rule.weights.items()})

    def fixed(self, fixed: Mapping[str, bool]) -> dict[str, bool]:
        """What is fixed, with units that must not count kept out of the reserve too."""
        return {**fixed, **{self.name(ref): False for ref, counts in fixed.items() if not counts}}

    def spare_of(self, outcome: Outcome) -> frozenset[str]:
        """The units of an outcome that are planned and do not count."""
        return frozenset(ref for ref in self.spare if self.name(ref) in outcome.added) - outcome.counted

    def can_fail(self, planned: Iterable[str]) -> frozenset[str]:
        """The units of a plan that may be lost: new ones that are not in every valid selection."""
        return optional_units(self._qualification) & frozenset(planned) - self._wishes.held

    def unsurvived(
        self,
        counted: Collection[str],
        spare: Collection[str],
        rules: Sequence[Rule] | None = None,
        deadline: float = math.inf,
    ) -> tuple[list[Loss], tuple[Selection, ...]]:
        """The losses that leave no selection which keeps the rules, and selections left after the others.

        Of losses only the smallest are given. `counted` keeps the rules; `rules` are those looked at; all,
        if not given.

        Raises
        ------
        UndecidedError
            If `deadline` passes.
        """
        if not self._wishes.survive:
            return [], ()
        measured = self._rules if rules is None else rules
        planned = frozenset(counted).union(spare)
        achieved = planned | self._wishes.held
        model: list[Model] = []

        def left_after(loss: Loss) -> Selection | None:
            """A selection that keeps the rules after a loss; None if there is none."""
            rest = frozenset(counted) - loss
            if all(finding.holds for finding in audit(measured, rest)):
                return rest
            if not model:
                model.append(Model(list(self._qualification.by_ref), measured))
            # Spare and held units may take the place of those lost; what is not achieved in the end may not.
            gone = self._qualification.by_ref.keys() - (achieved - loss)
            outcome = decided(model[0].solve(dict.fromkeys(gone, False), seconds=left(deadline)))
            return outcome.counted if outcome.decision == "optimal" else None

        known = [frozenset(counted)]
        return self._unanswered(known, planned, left_after), tuple(known)

    def require(self, model: Model, loss: Loss, switches: Sequence[str] | None = None) -> None:
        """Requires of a prepared model that any loss like this one leaves a selection which keeps the rules.

        With `switches` each rule is required only while these and the switch of its own id are on.
        """
        kinds = []
        for refs in self._kinds:
            new = [ref for ref in refs if ref not in self._wishes.held]
            can_fail = self.can_fail(new)
            kinds.append(
                Alike(
                    refs,
                    len(refs) - len(new),
                    [self.name(ref) for ref in new if ref not in can_fail],
                    [self.name(ref) for ref in new if ref in can_fail],
                    len(loss.intersection(refs)),
                    self._limited.isdisjoint(refs),
                )
            )
        model.require_beside(self._rules, kinds, switches)

    def broken(self, outcome: Outcome, spare: frozenset[str]) -> list[str]:
        """What is wrong with a plan's reserve; arithmetic only, no search.

        The outcome's `ways` count as far as they keep the rules with what is achieved, and each loss must
        leave one of them.
        """
        if not self._wishes.survive:
            return [f"{ref} is in reserve" for ref in sorted(spare)]
        planned = outcome.counted | spare
        wrong = sorted(spare & (outcome.counted | self._wishes.held | self._wishes.ruled_out))
        found = [f"{ref} cannot be in reserve" for ref in wrong]
        achieved = planned | self._wishes.held
        valid = [
            way
            for way in [outcome.counted, *outcome.ways]
            if way <= achieved and all(finding.holds for finding in audit(self._rules, way))
        ]
        losses = self._unanswered(valid, planned, lambda _: None)
        return [*found, *(f"the loss of {sorted(loss)} is not survived" for loss in losses)]

    def _unanswered(
        self, known: list[Selection], planned: frozenset[str], left_after: Callable[[Loss], Selection | None]
    ) -> list[Loss]:
        """The smallest losses of a plan that no selection survives, one of each kind.

        A loss matters only if it takes something from each selection `known`, so each is built by taking a
        unit from a selection that was left. What `left_after` finds for the others is added to `known`. What
        is left of each kind decides, so that of losses of the same kinds one is looked at.
        """
        can_fail = self.can_fail(planned)
        found: list[Loss] = []
        losses: dict[_Kinds, Loss] = {(): frozenset()}
        for size in range(self._wishes.survive + 1):
            larger: dict[_Kinds, Loss] = {}
            for kinds, loss in losses.items():
                # A loss that holds, kind for kind, one that is not survived is not survived either.
                if any(self._like(smaller) <= Counter(kinds) for smaller in found):
                    continue
                # A hitting set that grows (Reiter 1987): a loss that leaves a known selection whole is
                # survived without a question.
                way = next((selection for selection in known if not selection & loss), None)
                if way is None:
                    way = left_after(loss)
                    if way is None:
                        found.append(loss)
                        continue
                    known.append(way)
                if size < self._wishes.survive:
                    for ref in sorted(way & can_fail):
                        more = loss | {ref}
                        # Only a unit of the selection that survived can do more harm: without it that
                        # selection would still be whole.
                        larger.setdefault(tuple(sorted(self._like(more).elements())), more)
            losses = larger
        return found

    def _like(self, loss: Loss) -> Counter[tuple[float, ...]]:
        """How many units of each kind a loss takes."""
        return Counter(self._kind[ref] for ref in loss)


_Kinds = tuple[tuple[float, ...], ...]
"""The kinds of the units of a loss, sorted."""
