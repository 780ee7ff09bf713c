"""What comes back: the answer to one request and everything said about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from planner.catalogue.qualification import CREDIT_HOURS, Qualification
from planner.catalogue.units import Unit, credits_of
from planner.errors import DisagreementError
from planner.records.goals import GOALS
from planner.records.wishes import Wishes
from planner.rules.measure import Finding, numbered
from planner.rules.model import Outcome, Status
from planner.rules.rule import Rule, told


@dataclass(frozen=True, slots=True)
class GoalValue:
    """A goal's value in the plan, the best bound known and whether the two are proven equal."""

    id: str
    value: float
    bound: float
    proven: bool

    def to_json(self) -> dict[str, Any]:
        """The goal as JSON."""
        return {"id": self.id, "value": self.value, "bound": self.bound, "proven": self.proven}

    @classmethod
    def of(
        cls, name: str, value: float, outcome: Outcome, stages: Iterable[str], constant: int = 0
    ) -> GoalValue:
        """A value computed anew, beside what the solver found for the stages of its goal and a constant.

        Raises
        ------
        DisagreementError
            If the solver says otherwise.
        """
        parts = list(stages)
        solved = constant + sum(outcome.values.get(part, 0) for part in parts)
        if outcome.decision == "optimal" and value != solved:
            raise DisagreementError(f"{name} is {value}, the solver says {solved}")
        known = all(part in outcome.bounds for part in parts)
        # The bounds of stages one after the other add up, as each holds under the values of those before it.
        bound = constant + sum(outcome.bounds[part] for part in parts) if known else 0
        return cls(name, told(value), told(min(bound, value)), proven=known and bound == value)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Wishes that cannot stand together under the rules, and can without any one of them.

    `rules` is a set of rules, as small as can be, that clashes with those wishes; empty where one unit
    is both pinned and excluded. Without wishes the rules themselves cannot be met.
    """

    rules: tuple[Rule, ...] = ()
    pins: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    def in_words(self, qualification: Qualification) -> str:
        """The conflict as one would say it to the learner."""
        both = sorted(set(self.pins) & set(self.excludes))
        if both:
            return f"You asked for {named(qualification, both)} and also left it out."
        parts = []
        if self.pins:
            parts.append(f"you asked for {named(qualification, self.pins)}")
        if self.excludes:
            parts.append(f"you left out {named(qualification, self.excludes)}")
        return clash_in_words(parts, self.rules, len(self.pins) + len(self.excludes) == 1, "units")

    def to_json(self) -> dict[str, Any]:
        """The conflict as JSON."""
        return {
            "rules": [rule.id for rule in self.rules],
            "pins": list(self.pins),
            "excludes": list(self.excludes),
        }


@dataclass(frozen=True, slots=True)
class Repair:
    """Wishes to give up, none of them needlessly, and what the best plan this leads to comes to.

    `cost` is in new hours or, where no hours are on file, in new units: in `goal`.
    """

    unpin: tuple[str, ...]
    allow: tuple[str, ...]
    cost: int
    goal: str = "glh"

    def order(self) -> tuple[int, int, tuple[str, ...], tuple[str, ...]]:
        """What repairs are listed by: fewest hours, then fewest wishes."""
        return self.cost, len(self.unpin) + len(self.allow), self.unpin, self.allow

    def in_words(self, qualification: Qualification) -> str:
        """The repair as one would say it to the learner."""
        parts = []
        if self.unpin:
            parts.append(f"no longer ask for {named(qualification, self.unpin)}")
        if self.allow:
            parts.append(f"allow {named(qualification, self.allow)}")
        words = " and ".join(parts)
        return f"{words[0].upper()}{words[1:]}: {numbered(self.cost, GOALS[self.goal].noun)}."

    def to_json(self) -> dict[str, Any]:
        """The repair as JSON."""
        return {"unpin": list(self.unpin), "allow": list(self.allow), f"new_{self.goal}": self.cost}


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer to one request.

    With a plan (`optimal`, `feasible`) `units` are the refs that count, sorted; `findings` measure every
    rule and every wish over them. Without one (`infeasible`, `unknown`) there are no units and no
    findings; `infeasible` is a proof and comes with at least one conflict.
    """

    qualification: Qualification
    wishes: Wishes
    status: Status
    units: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    goals: tuple[GoalValue, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    conflicts_complete: bool = True
    """Whether every minimal conflict is listed."""
    repairs: tuple[Repair, ...] = ()
    repairs_complete: bool = True
    """Whether every minimal repair is listed."""
    outside_offer: tuple[str, ...] = ()
    """Where there is no plan within the centre's offer: the fewest units from outside it that allow one."""
    seconds: float = 0.0
    """How long the solver was given before it stopped undecided; 0 where it decided."""
    cut_off: bool = False
    """Whether the time limit kept something beside the plan undecided: what a repair leads to."""
    spare: tuple[str, ...] = ()
    """Units to achieve beside those that count, so that the rules are still met if some of the plan fail."""

    @property
    def found(self) -> bool:
        """Whether there is a plan."""
        return self.status in ("optimal", "feasible")

    @property
    def reproducible(self) -> bool:
        """Whether the same question has this very answer again, also on another machine.

        It has, unless a time limit cut the answer off.
        """
        return self.status in ("optimal", "infeasible") and not self.cut_off

    @property
    def counted(self) -> tuple[Unit, ...]:
        """The units that count."""
        return tuple(self.qualification.by_ref[ref] for ref in self.units)

    @property
    def new_units(self) -> tuple[str, ...]:
        """The refs that count and are still to be achieved."""
        return tuple(ref for ref in self.units if ref not in self.wishes.held)

    @property
    def planned(self) -> tuple[str, ...]:
        """The refs that count and those in reserve."""
        return tuple(sorted((*self.units, *self.spare)))

    @property
    def to_achieve(self) -> tuple[str, ...]:
        """The refs still to be achieved, to count or as a reserve."""
        return tuple(ref for ref in self.planned if ref not in self.wishes.held)

    @property
    def glh(self) -> int | None:
        """Guided hours of all units that count; None without a plan."""
        return sum(unit.glh for unit in self.counted) if self.found else None

    @property
    def new_glh(self) -> int | None:
        """Guided hours still to do, those of the reserve included; None without a plan."""
        by_ref = self.qualification.by_ref
        return sum(by_ref[ref].glh for ref in self.to_achieve) if self.found else None

    @property
    def cost(self) -> int | None:
        """What is still to do in what prices are in: `new_glh`, or new units where no hours are on file."""
        costs = self.qualification.costs
        return sum(costs[ref] for ref in self.to_achieve) if self.found else None

    @property
    def credits(self) -> float | None:
        """Credits of all units that count; None without a plan."""
        return credits_of(self.counted) if self.found else None

    @property
    def learning_hours(self) -> int | None:
        """The whole learning time still to come, about ten hours a credit; None without a plan."""
        by_ref = self.qualification.by_ref
        if not self.found:
            return None
        return int(CREDIT_HOURS * credits_of(by_ref[ref] for ref in self.to_achieve))

    @property
    def rule_findings(self) -> tuple[Finding, ...]:
        """The findings of the qualification's rules, the wishes left out."""
        return self.findings[: len(self.qualification.rules)]

    def to_json(self, today: date | None = None) -> dict[str, Any]:
        """The JSON of the command `plan`."""
        found = {
            "qualification": self.qualification.to_json(today),
            "status": self.status,
            "units": list(self.units),
            "new_units": list(self.new_units),
            "spare": list(self.spare),
            "glh": self.glh,
            "new_glh": self.new_glh,
            "credits": self.credits,
            "findings": [finding.to_json() for finding in self.findings],
            "goals": [goal.to_json() for goal in self.goals],
            "conflicts": [conflict.to_json() for conflict in self.conflicts],
            "conflicts_complete": self.conflicts_complete,
            "repairs": [repair.to_json() for repair in self.repairs],
            "repairs_complete": self.repairs_complete,
            "outside_offer": list(self.outside_offer),
            "reproducible": self.reproducible,
            "data": self.qualification.digest,
        }
        return dict(self.qualification.published_only(found))


def clash_in_words(wishes: Sequence[str], rules: Sequence[Rule], one: bool, items: str) -> str:
    """That wishes, `one` or several, cannot stand under rules; without any, that no items meet the rules."""
    texts = quoted(rules)
    if not wishes:
        return f"No choice of {items} meets these rules: {texts}."
    words = listed(wishes)
    under = f" under: {texts}" if texts else ""
    stand = "This cannot stand" if one else "These cannot stand together"
    return f"{words[0].upper()}{words[1:]}. {stand}{under}."


def quoted(rules: Iterable[Rule]) -> str:
    """Rules by their published words, one after the other."""
    return "; ".join(f"“{rule.text}”" for rule in rules)


def listed(words: Sequence[str], joined: str = "and") -> str:
    """Things as one says them: a; a and b; a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joined} {words[-1]}"


def named(qualification: Qualification, refs: Iterable[str]) -> str:
    """Units by title and ref, as one says them; empty for none."""
    names = names_of(qualification, refs)
    return listed(names) if names else ""


def names_of(qualification: Qualification, refs: Iterable[str]) -> list[str]:
    """The title and the ref of each unit."""
    return [qualification.named(ref) for ref in refs]
