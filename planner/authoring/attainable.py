"""The rules over all that anybody could claim: whether nobody meets them, whatever was achieved before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from planner.catalogue.qualification import Qualification
from planner.errors import DisagreementError, UndecidedError
from planner.planning.result import Conflict
from planner.rules.goal import Stage
from planner.rules.measure import audit
from planner.rules.minimal import minimal
from planner.rules.model import Model
from planner.rules.prover import Prover
from planner.rules.rule import NEW, WAYS, Bound, Choice, Rule, bounds


class Attainable:
    """The rules over all that anybody could claim: which units count, and how these came to be held, if so.

    A unit held that does not count is in no rule's sum, so a variable for each way of holding it says all
    there is to say.
    """

    def __init__(self, solver: Prover, qualification: Qualification) -> None:
        self._solver = solver
        self._qualification = qualification
        spoken_of = [bound.held for rule in qualification.rules for bound in bounds(rule)]
        # Who speaks of every way speaks of the first one too.
        self._ways = sorted(frozenset(["achieved"]).union(*(w for w in spoken_of if w != set(WAYS))) - {NEW})
        self._held = {f"{way} {ref}": (ref, way) for way in self._ways for ref in qualification.by_ref}
        # At most one way for each unit, and none for one that does not count.
        self._links = [
            Bound(ref, "held and counts", {ref: 1, **dict.fromkeys(self._names(ref), -1)}, at_least=0)
            for ref in qualification.by_ref
        ]
        asked = {ref for rule in qualification.rules for bound in bounds(rule) for ref in bound.unless}
        self._asked = {f"outside {ref}": (ref, "achieved") for ref in sorted(asked)}

    def _names(self, ref: str) -> list[str]:
        return [f"{way} {ref}" for way in self._ways]  # no ref has a space

    def _model(self, rules: Iterable[Rule]) -> Model:
        over = [self._over_all(rule) for rule in rules]
        return Model([*self._qualification.by_ref, *self._held, *self._asked], [*self._links, *over])

    def _over_all(self, rule: Rule) -> Rule:
        """The rule, speaking of the variables that stand for what it speaks of."""
        if isinstance(rule, Choice):
            return replace(rule, of=tuple(self._over_all(part) for part in rule.of))
        if rule.unless:
            # Held, it makes up for the -1 of the unit that needs it, so that the rule asks nothing any more.
            return replace(rule, weights={**rule.weights, **{f"outside {ref}": 1 for ref in rule.unless}})
        if rule.share is not None:
            share = replace(rule.share, part=self._spoken_of(rule, rule.share.part))
            return replace(rule, weights=share.weights, share=share)
        return replace(rule, weights=self._spoken_of(rule, rule.weights))

    def _spoken_of(self, rule: Bound, weights: Mapping[str, float]) -> dict[str, float]:
        if not rule.held:
            return dict(weights)
        # A new unit is one that counts and is held in no way.
        over = {f"{way} {ref}": w for ref, w in weights.items() for way in self._ways if way in rule.held}
        if NEW not in rule.held:
            return over
        # The unit's own weight, taken off again by each way of holding it that the rule does not speak of.
        rest = {f"{way} {ref}": -w for ref, w in weights.items() for way in self._ways}
        return {**weights, **{name: weight for name, weight in rest.items() if name not in over}}

    def fewest_achieved(self) -> int | None:
        """How few units somebody who meets the rules may have achieved before; None if nobody can.

        Raises
        ------
        DisagreementError
            If the auditor refuses what the solver found.
        UndecidedError
            If the limits do not suffice.
        """
        stage = Stage("achieved", dict.fromkeys([*self._held, *self._asked], 1))
        outcome = self._solver.ask(self._model(self._qualification.rules), [stage])
        if outcome.decision == "infeasible":
            return None
        if outcome.decision != "optimal":
            raise UndecidedError
        ways = self._held | self._asked
        held = dict(ways[name] for name in ways if name in outcome.counted)
        counted = self._qualification.by_ref.keys() & outcome.counted
        findings = audit(self._qualification.rules_given(held), counted)
        if not all(finding.holds for finding in findings):
            raise DisagreementError(f"{sorted(counted)} with {sorted(held)} achieved breaks a rule")
        return int(outcome.values["achieved"])

    def conflict(self) -> Conflict:
        """A set of rules that nobody can meet, whatever was achieved before; none of them is needless.

        All rules where the limits do not suffice to find which are needless.
        """
        rules = self._qualification.rules
        with suppress(UndecidedError):
            rules = tuple(minimal(rules, self._clash))
        return Conflict(rules)

    def _clash(self, rules: Iterable[Rule]) -> bool:
        return self._solver.ask(self._model(rules)).decision == "infeasible"
