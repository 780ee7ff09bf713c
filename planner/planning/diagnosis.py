"""Why wishes cannot stand together, and which of them to give up."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from planner.catalogue.qualification import Qualification
from planner.planning.result import Conflict
from planner.planning.robustness import Loss, Reserve
from planner.records.wishes import Wishes, survival_rule
from planner.rules.goal import Stage
from planner.rules.minimal import check_minimal, hitting_sets, minimal, unique
from planner.rules.model import Model, decided, switch
from planner.rules.rule import Bound, Rule

MOST = 20
"""Most conflicts and most repairs that an answer lists."""

_OTHERS = "other corrections"
"""The switch of what keeps a correction from being found again."""

MOST_CORRECTIONS = 200
"""Most ways to give wishes up that are looked for, to list the cheapest of them."""


Correction = tuple[tuple[str, ...], tuple[str, ...]]
"""Pins and excludes to give up so that the others can stand, none of them needlessly."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The minimal conflicts among wishes and the minimal corrections, and whether these are all."""

    conflicts: tuple[Conflict, ...]
    conflicts_complete: bool
    corrections: tuple[Correction, ...]
    corrections_complete: bool


def diagnose(qualification: Qualification, wishes: Wishes, seconds: float) -> Diagnosis:
    """The diagnosis of wishes that cannot be met.

    The corrections are found fewest first; the conflicts are the smallest sets of wishes that share one
    with each correction. Each conflict is verified, and cited with a minimal set of rules.

    Raises
    ------
    UndecidedError
        After `seconds`.
    """
    question = _Question(qualification, wishes, seconds)
    corrections, complete = question.corrections()
    if not corrections:
        return Diagnosis((question.conflict([]),), True, (), True)
    # Conflicts and corrections hit each other (Reiter 1987): listing the corrections first, smallest first,
    # gives both lists, and the repairs are what people ask for.
    # Of a part of the corrections the hitting sets need not clash: then all wishes are begun with, which do.
    sets, all_sets = hitting_sets(corrections, MOST) if complete else ([question.asked], False)
    # Cut off, they still hit every correction, and so clash, but may hold more than they need, as all wishes
    # do where the corrections are too many to list: each is shrunk.
    if not all_sets:
        sets = unique([minimal(names, question.clash) for names in sets])
    conflicts = tuple(question.conflict(names) for names in sets)
    return Diagnosis(conflicts, all_sets, tuple(map(question.split, corrections)), complete)


class _Question:
    """Rules and wishes in one model, each with a switch of its own."""

    def __init__(self, qualification: Qualification, wishes: Wishes, seconds: float) -> None:
        self._qualification = qualification
        self._wishes = wishes
        self._deadline = time.monotonic() + seconds
        rules = qualification.rules_given(wishes.ways_held)
        self.rules: dict[str, Rule] = {rule.id: rule for rule in (*rules, *wishes.offer_rules)}
        self._wished: dict[str, Bound] = {rule.id: rule for rule in wishes.as_rules(qualification)}
        self.asked = list(self._wished)
        self._reserve = Reserve(qualification, wishes)
        self._model = Model(list(qualification.by_ref), rules, switchable=[rule.id for rule in rules])
        self._reserve.prepare(self._model)
        for wish in (*wishes.offer_rules, *self._wished.values()):
            self._model.require(self._reserve.wish(wish), switches=[wish.id])
        self._survival: list[str] = []
        if wishes.survive:
            rule = survival_rule(wishes.survive)
            self._survival = [rule.id]
            self._model.require(rule, switches=self._survival)
            self.rules[rule.id] = rule

    def clash(self, on: Iterable[str], rules: Iterable[str] | None = None) -> bool:
        """Whether these wishes cannot stand together under these rules (all, if not given)."""
        in_force = set(on) | set(self.rules if rules is None else rules)
        off = (self.rules.keys() | self._wished.keys()) - in_force
        return self._solved([], off, []) is None

    def corrections(self) -> tuple[list[frozenset[str]], bool]:
        """The minimal sets of wishes to give up, fewest first, and whether they are all."""
        # What is given up where most wishes are kept is a smallest correction; with that one blocked the next
        # best search finds the next (Liffiton and Sakallah, Journal of Automated Reasoning 40, 2008, 1-33).
        # MARCO (Liffiton, Previti, Malik and Marques-Silva, Constraints 21, 2016, 223-250) tells conflicts
        # sooner where there are many corrections; wishes are few, and corrections are what people ask for.
        found: list[frozenset[str]] = []
        # Most wishes kept: the least sum of switches that weigh -1.
        stages = [Stage("kept", {switch(name): -1 for name in self.asked})]
        while len(found) < MOST_CORRECTIONS:
            given_up = self._solved(stages, [], self.asked)
            if given_up is None:
                return found, True
            found.append(given_up)
            # Never again all of these, so that each one found is minimal among those not yet found; only
            # while corrections are looked for, as a conflict is one with or without them.
            weights = {switch(name): 1 for name in given_up}
            self._model.require(Bound("another", "", weights, at_least=1), switches=[_OTHERS])
        return found, False

    def _solved(
        self, stages: Sequence[Stage], off: Iterable[str], free: Iterable[str]
    ) -> frozenset[str] | None:
        """The wishes turned off in the best selection; None if there is no selection."""
        # What keeps corrections from being found again is switched off where nothing may be given up: a
        # conflict does not depend on it.
        closed = set(off) | (set() if free else {_OTHERS})
        in_force = [rule for name, rule in self.rules.items() if name not in closed]
        while True:
            outcome = self._model.solve(
                {}, stages, self._deadline - time.monotonic(), off=closed & self._model.switches, free=free
            )
            if decided(outcome).decision == "infeasible":
                return None
            losses: list[Loss] = []
            if not closed.issuperset(self._survival):
                spare = self._reserve.spare_of(outcome)
                losses, _ = self._reserve.unsurvived(outcome.counted, spare, in_force, self._deadline)
            if not losses:
                return outcome.off & self._wished.keys()
            for loss in losses:
                self._reserve.require(self._model, loss, self._survival)

    def conflict(self, names: Sequence[str]) -> Conflict:
        """The conflict of these wishes, verified, with the rules that clash with them."""
        check_minimal(names, self.clash)
        # Minimal among the rules for these wishes; another choice of rules may clash with them as well.
        rules = minimal(list(self.rules), lambda on: self.clash(names, on))
        return Conflict(tuple(self.rules[name] for name in rules), *self.split(names))

    def split(self, names: Iterable[str]) -> Correction:
        """Wishes by id as pins and excludes."""
        wishes = [self._wished[name] for name in sorted(names)]
        pins, excludes = (tuple(w.subject for w in wishes if w.kind == kind) for kind in ("pin", "exclude"))
        return pins, excludes
