"""Two versions of a qualification's file: what differs, and what that does to stored requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from planner.audit import audit
from planner.qualification import Qualification
from planner.result import Plan
from planner.rules import Rule
from planner.solve import SECONDS, answer
from planner.units import Unit
from planner.wishes import Request, Wishes, default_goals

State = Literal["kept", "mended", "broken", "still impossible", "now possible", "undecided"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: a fact, a unit or a rule, by its name, with the words before and after."""

    kind: Literal["fact", "unit", "rule"]
    id: str
    before: str | None
    after: str | None

    @property
    def in_words(self) -> str:
        """The difference in one sentence."""
        if self.before is None:
            return f"{self.kind} {self.id} is new: {self.after}"
        if self.after is None:
            return f"{self.kind} {self.id} is gone: {self.before}"
        return f"{self.kind} {self.id} was {self.before}; it is now {self.after}"

    def to_json(self) -> dict[str, Any]:
        """The difference as JSON."""
        return {"kind": self.kind, "id": self.id, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Effect:
    """What the change does to one learner's plan.

    `kept`: the plan made under the old rules still meets the new ones. `mended`: it does not, and `least`
    is the plan that changes as little of it as can be, `cheapest` the one with the fewest hours. `broken`:
    there is no plan any more, `least` says why and what would help. `gone` are wished or achieved units
    that the new version does not list; the answers do without them.
    """

    request: Request
    state: State
    before: Plan
    cheapest: Plan
    least: Plan
    gone: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The effect as JSON."""
        return {
            "learner": self.request.learner,
            "state": self.state,
            "before": {"units": list(self.before.units), "new_glh": self.before.new_glh},
            "least_change": {"units": list(self.least.units), "new_glh": self.least.new_glh},
            "cheapest": {"units": list(self.cheapest.units), "new_glh": self.cheapest.new_glh},
            "gone": list(self.gone),
            "conflicts": [conflict.to_json() for conflict in self.least.conflicts],
            "repairs": [repair.to_json() for repair in self.least.repairs],
        }


def differences(before: Qualification, after: Qualification) -> tuple[Difference, ...]:
    """What differs between two versions: facts, then units, then rules."""
    return tuple(
        Difference(kind, name, old.get(name), new.get(name))
        for kind, old, new in (
            ("fact", _facts(before), _facts(after)),
            ("unit", _units(before), _units(after)),
            ("rule", _rules(before), _rules(after)),
        )
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    )


def _facts(qualification: Qualification) -> dict[str, str]:
    names = ("id", "title", "level", "starts", "ends", "min_age", "source", "verified")
    found = {name: str(getattr(qualification, name)) for name in names}
    return {name: text for name, text in found.items() if text != "None"}


def _units(qualification: Qualification) -> dict[str, str]:
    return {unit.ref: _unit_words(unit) for unit in qualification.units}


def _unit_words(unit: Unit) -> str:
    barred = f", barred set {' '.join(unit.barred_sets)}" if unit.barred_sets else ""
    tags = f", tags {' '.join(unit.tags)}" if unit.tags else ""
    figures = f"group {unit.group}, level {unit.level}, {unit.credits} credits, {unit.glh} hours"
    return f"“{unit.title}” ({figures}{barred}{tags})"


def _rules(qualification: Qualification) -> dict[str, str]:
    return {rule.id: _rule_words(rule) for rule in qualification.rules}


def _rule_words(rule: Rule) -> str:
    """A rule's sentence and limits; the units it weighs are part of it."""
    limits = [f"at least {rule.at_least}" if rule.at_least is not None else ""]
    limits.append(f"at most {rule.at_most}" if rule.at_most is not None else "")
    words = f"“{rule.text}” ({' and '.join(filter(None, limits))} {rule.count}"
    weights: Mapping[str, int] = getattr(rule, "weights", {})
    parts = "; ".join(_rule_words(part) for part in getattr(rule, "of", ()))
    over = f" over {len(weights)} units weighing {sum(weights.values())}" if weights else ""
    return f"{words}{over}{f': {parts}' if parts else ''})"


def effects(
    before: Qualification, after: Qualification, requests: Iterable[Request], seconds: float = SECONDS
) -> Iterator[Effect]:
    """What the change does to each request, in their order.

    Parameters
    ----------
    before, after
        The two versions.
    requests
        The stored requests, read with the old version.
    seconds
        Time limit of each plan.
    """
    for request in requests:
        yield _effect(before, after, request, seconds)


def _effect(before: Qualification, after: Qualification, request: Request, seconds: float) -> Effect:
    old = answer(before, request.wishes, seconds)
    wishes, gone = _carried(after, request.wishes)
    cheapest = answer(after, wishes, seconds)
    least = cheapest
    if old.found and cheapest.found:
        keep = frozenset(old.units) & after.by_ref.keys()
        least = answer(after, replace(wishes, keep=keep, goals=default_goals(wishes.tasks, keep)), seconds)
    return Effect(request, _state(old, cheapest, after), old, cheapest, least, gone)


def _state(old: Plan, new: Plan, after: Qualification) -> State:
    if "unknown" in (old.status, new.status):
        return "undecided"
    if not old.found:
        return "now possible" if new.found else "still impossible"
    if not new.found:
        return "broken"
    listed = set(old.units) <= after.by_ref.keys()
    findings = audit(after.rules_given(old.wishes.held), old.units) if listed else ()
    return "kept" if listed and all(finding.holds for finding in findings) else "mended"


def _carried(after: Qualification, wishes: Wishes) -> tuple[Wishes, tuple[str, ...]]:
    """The wishes as far as the new version lists their units and tasks, and the units it does not list."""
    listed = after.by_ref.keys()
    asked = wishes.pins | wishes.excludes | wishes.held
    tasks = tuple(task for task in wishes.tasks if task in after.tasks)
    goals = wishes.goals if tasks else tuple(goal for goal in wishes.goals if goal != "fit")
    carried = replace(
        wishes,
        pins=wishes.pins & listed,
        excludes=wishes.excludes & listed,
        held=wishes.held & listed,
        keep=wishes.keep & listed,
        closed=wishes.closed & listed,
        tasks=tasks,
        goals=goals,
    )
    return carried, tuple(sorted(asked - listed))
