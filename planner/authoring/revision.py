"""Two versions of a qualification's file: what differs, and what that does to stored requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any, Literal

from planner.catalogue.qualification import Known, Qualification, Task
from planner.catalogue.units import Unit
from planner.planning.result import Plan
from planner.planning.robustness import Reserve
from planner.planning.solve import SECONDS, answer
from planner.records.wishes import Request, Wishes, default_goals
from planner.rules.measure import audit, held_words, needed_words, noun_of, numbered, share_words
from planner.rules.rule import Bound, Rule, told

EffectState = Literal["kept", "mended", "broken", "still impossible", "now possible", "undecided"]

DifferenceKind = Literal["fact", "group", "strategy", "figure", "known", "note", "unit", "rule", "task"]
"""What can differ: `figure` is a published figure, `known` one that is known not to come out."""

_KINDS: Mapping[DifferenceKind, str] = {
    "fact": "fact",
    "group": "group",
    "strategy": "assessment strategy",
    "figure": "published figure",
    "known": "known difference of",
    "note": "note",
    "unit": "unit",
    "rule": "rule",
    "task": "task",
}
"""The kinds as people call them."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: a fact, a unit or a rule, by its name, with the words before and after.

    `before` is None where it is new and `after` where it is gone. Of what is in both, `details` say which
    units a rule counts now, counts no longer or weighs otherwise, which units a task gives other evidence
    for, and sources that differ. A note's name is its number in the file.
    """

    kind: DifferenceKind
    id: str
    before: str | None
    after: str | None
    details: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """The difference in one sentence."""
        name = f"{_KINDS[self.kind]} {self.id}"
        if self.before is None:
            return f"{name} is new: {self.after}"
        if self.after is None:
            return f"{name} is gone: {self.before}"
        details = "; ".join(self.details)
        if self.before == self.after:
            return f"{name} is still {self.after}, but {details}"
        return f"{name} was {self.before}; it is now {self.after}{f': {details}' if details else ''}"

    def to_json(self) -> dict[str, Any]:
        """The difference as JSON."""
        return {
            "kind": self.kind,
            "id": self.id,
            "before": self.before,
            "after": self.after,
            "details": list(self.details),
        }


@dataclass(frozen=True, slots=True)
class Effect:
    """What the change does to one learner's plan.

    `kept`: the plan made under the old rules still meets the new ones, after the losses it is asked to
    survive too. `mended`: it does not, and `least` is the plan that changes as little of it as can be,
    `cheapest` the one with the fewest hours, whatever the learner's job. `broken`: there is no plan any more,
    `least` says why and what would help. `gone` are wished or achieved units that the new version does not
    list; the answers do without them.
    """

    request: Request
    state: EffectState
    before: Plan
    cheapest: Plan
    least: Plan
    gone: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The effect as JSON."""
        found = {
            "learner": self.request.learner,
            "state": self.state,
            "before": {"units": list(self.before.units), "new_glh": self.before.new_glh},
            "least_change": {"units": list(self.least.units), "new_glh": self.least.new_glh},
            "cheapest": {"units": list(self.cheapest.units), "new_glh": self.cheapest.new_glh},
            "gone": list(self.gone),
            "conflicts": [conflict.to_json() for conflict in self.least.conflicts],
            "repairs": [repair.to_json() for repair in self.least.repairs],
        }
        return dict(self.least.qualification.published_only(found))


@dataclass(frozen=True, slots=True)
class _Compared:
    """Something with a name that two versions may tell otherwise.

    `value` decides whether it differs, `words` are for people; `details`, what it says of each unit, is too
    long for them and told only where it differs.
    """

    value: object
    words: str
    details: Mapping[str, str] = field(default_factory=dict)


_AllCompared = Mapping[str, _Compared]


def differences(before: Qualification, after: Qualification) -> tuple[Difference, ...]:
    """What differs between two versions: facts and names, figures, notes, units, rules and tasks.

    Whatever a page, a plan or an export shows is compared by value; comments of the files, the order of
    their entries and their worked examples are not.
    """
    return (
        *_differing("fact", _facts(before), _facts(after)),
        *_differing("group", _texts(before.groups), _texts(after.groups)),
        *_differing("strategy", _texts(before.strategies), _texts(after.strategies)),
        *_differing("figure", _texts(before.published), _texts(after.published)),
        *_differing("known", _known(before), _known(after)),
        *_notes(before, after),
        *_differing("unit", _units(before), _units(after)),
        *_differing("rule", _rules(before), _rules(after)),
        *_differing("task", _tasks(before), _tasks(after)),
    )


def _differing(kind: DifferenceKind, before: _AllCompared, after: _AllCompared) -> Iterator[Difference]:
    """The items that one version has only, or that differ in value."""
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield Difference(kind, name, old.words if old else None, new.words if new else None)
        elif old.value != new.value:
            details = tuple(_details(old.details, new.details))
            yield Difference(kind, name, old.words, new.words, details)


def _details(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """What is added, removed or said to be something else, mostly units."""
    for ref in dict.fromkeys([*before, *after]):
        old, new = before.get(ref), after.get(ref)
        if old is None:
            yield f"now with {ref} ({new})"
        elif new is None:
            yield f"no longer with {ref} ({old})"
        elif old != new:
            yield f"{ref}: {new} instead of {old}"


def _texts(named: Mapping[str, object]) -> dict[str, _Compared]:
    """Names and what they stand for; what is empty or None is not there."""
    return {name: _Compared(value, str(value)) for name, value in named.items() if value not in (None, "")}


def _facts(qualification: Qualification) -> dict[str, _Compared]:
    names = (
        "id", "title", "awarding_organisation", "level", "fee_gbp", "starts", "ends",
        "certification_ends", "min_age", "source", "verified",
    )  # fmt: skip
    facts = {name: getattr(qualification, name) for name in names}
    return _texts(facts | {"progression": "; ".join(qualification.progression)})


def _known(qualification: Qualification) -> dict[str, _Compared]:
    entries: dict[str, list[Known]] = {}
    for entry in qualification.known:
        entries.setdefault(entry.figure, []).append(entry)
    return _texts({figure: "; ".join(map(_known_words, known)) for figure, known in entries.items()})


def _known_words(known: Known) -> str:
    computed = "" if known.computed is None else f" ({known.computed} comes out)"
    return f"“{known.text}”{computed}"


def _notes(before: Qualification, after: Qualification) -> Iterator[Difference]:
    """The notes that only one version has, paired in their order: nothing else says which became which."""
    gone = [(str(n), text) for n, text in enumerate(before.notes, start=1) if text not in after.notes]
    new = [(str(n), text) for n, text in enumerate(after.notes, start=1) if text not in before.notes]
    for (number, old), (new_number, text) in zip_longest(gone, new, fillvalue=("", "")):
        yield Difference(
            "note", number or new_number, f"“{old}”" if old else None, f"“{text}”" if text else None
        )


def _units(qualification: Qualification) -> dict[str, _Compared]:
    return {unit.ref: _unit(qualification, unit) for unit in qualification.units}


def _unit(qualification: Qualification, unit: Unit) -> _Compared:
    """A unit; its barred sets and tags in any order."""
    barred, tags = sorted(unit.barred_sets), sorted(unit.tags)
    said = {
        "barred set": " ".join(barred),
        "assessment strategy": unit.strategy,
        "confidence of the level": unit.level_confidence,
        "tags": " ".join(tags),
    }
    more = "".join(f", {name} {value}" for name, value in said.items() if value)
    size = [words.replace("guided ", "") for words in qualification.figure_words(unit.credits, unit.glh)]
    figures = ", ".join([f"group {unit.group}", f"level {unit.level}", *size])
    value = replace(unit, barred_sets=tuple(barred), tags=tuple(tags))
    source = {"source of the level": f"“{unit.level_source}”"} if unit.level_source else {}
    return _Compared(value, f"“{unit.title}” ({figures}{more})", source)


def _rules(qualification: Qualification) -> dict[str, _Compared]:
    return {
        rule.id: _Compared(_rule_value(rule), _rule_words(rule), _rule_units(rule))
        for rule in qualification.rules
    }


def _rule_value(rule: Rule) -> tuple[object, ...]:
    """All that a rule says, to be compared: units picked in another way are the same units."""
    said = (rule.id, rule.text, rule.at_least, rule.at_most, rule.count)
    if isinstance(rule, Bound):
        return (*said, dict(rule.weights), rule.held, rule.unless)
    return (*said, tuple(_rule_value(part) for part in rule.of))


def _rule_words(rule: Rule) -> str:
    """A rule's sentence and limits, and over how many units it runs or which parts it has."""
    if not isinstance(rule, Bound):
        parts = "; ".join(f"{part.id} {_rule_words(part)}" for part in rule.of)
        return f"“{rule.text}” ({_limits(rule)}: {parts})"
    if rule.kind == "requires":
        return f"“{rule.text}” ({needed_words(rule)})"
    if rule.share is not None:
        part = f"from {numbered(len(rule.share.part), 'unit')}{held_words(rule)}"
        return f"“{rule.text}” ({share_words(rule, rule.share)} {part})"
    number, weight = len(rule.weights), told(sum(rule.weights.values()))
    over = f"over {number} {noun_of('units', number)}{held_words(rule)}"
    in_all = "" if rule.count == "units" else f", {weight} {noun_of(rule.count, weight)} in all"
    return f"“{rule.text}” ({_limits(rule)} {over}{in_all})"


def _limits(rule: Rule) -> str:
    limits = (("at least", rule.at_least), ("at most", rule.at_most))
    given = [(words, limit) for words, limit in limits if limit is not None]
    words = " and ".join(f"{words} {limit}" for words, limit in given)
    return f"{words} {noun_of(rule.count, given[-1][1])}"


def _rule_units(rule: Rule, within: str = "") -> dict[str, str]:
    """What each unit weighs in a rule, by ref and part of the rule."""
    if isinstance(rule, Bound):
        if rule.kind == "requires" or rule.share is not None:
            return {}
        return {f"{ref}{within}": f"{w} {noun_of(rule.count, w)}" for ref, w in rule.weights.items()}
    parts = (_rule_units(part, f" in {part.id}") for part in rule.of)
    return {name: weight for part in parts for name, weight in part.items()}


def _tasks(qualification: Qualification) -> dict[str, _Compared]:
    return {name: _task(task) for name, task in qualification.tasks.items()}


def _task(task: Task) -> _Compared:
    refs = ", ".join(sorted(task.evidence)) or "no unit"
    details = {ref: f"“{reason}”" for ref, reason in sorted(task.evidence.items())}
    if task.source:
        details["source"] = f"“{task.source}”"
    value = (task.title, dict(task.evidence), task.source)
    return _Compared(value, f"“{task.title}” (evidence for {refs})", details)


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
    wishes, gone = _carried(before, after, request.wishes)
    cheapest = answer(after, wishes, seconds)
    least = cheapest
    if cheapest.found:
        keep = frozenset(old.planned) & after.by_ref.keys() if old.found else wishes.keep
        least = answer(
            after, replace(wishes, keep=keep, goals=default_goals(after, wishes.tasks, keep)), seconds
        )
    return Effect(request, _state(old, least, wishes), old, cheapest, least, gone)


def _state(old: Plan, new: Plan, wishes: Wishes) -> EffectState:
    """What becomes of the plan `old`, where `new` changes it least; `wishes` are those carried over."""
    if "unknown" in (old.status, new.status):
        return "undecided"
    if not old.found:
        return "now possible" if new.found else "still impossible"
    if not new.found:
        return "broken"
    return "kept" if _stands(new.qualification, wishes, old) else "mended"


def _stands(qualification: Qualification, wishes: Wishes, plan: Plan) -> bool:
    """Whether another version's plan meets the rules of this one, after the losses to survive too."""
    if not set(plan.planned) <= qualification.by_ref.keys():
        return False
    if not all(finding.holds for finding in audit(qualification.rules_given(wishes.ways_held), plan.units)):
        return False
    losses, _ = Reserve(qualification, wishes).unsurvived(plan.units, plan.spare)
    return not losses


def _carried(before: Qualification, after: Qualification, wishes: Wishes) -> tuple[Wishes, tuple[str, ...]]:
    """The wishes as far as the new version lists their units and tasks, and the units it does not list.

    What best means is left to the fewest hours. A centre that does not offer every unit does not offer one
    that is new on the list either.
    """
    listed = after.by_ref.keys()
    asked = wishes.pins | wishes.excludes | wishes.held
    added = listed - before.by_ref.keys() if wishes.closed else frozenset()
    carried = replace(
        wishes,
        pins=wishes.pins & listed,
        excludes=wishes.excludes & listed,
        held=wishes.held & listed,
        ways=frozenset((ref, way) for ref, way in wishes.ways if ref in listed or ref in after.outside),
        keep=wishes.keep & listed,
        closed=(wishes.closed & listed) | added,
        tasks=tuple(task for task in wishes.tasks if task in after.tasks),
        goals=default_goals(after),
    )
    return carried, tuple(sorted(asked - listed))
