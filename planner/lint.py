"""Lint of a qualification's data and rules: figures recomputed, examples replayed, idle rules proven idle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from planner.audit import audit, noun_of
from planner.errors import DisagreementError
from planner.model import Model, Stage
from planner.qualification import CREDIT_HOURS, Qualification, in_words
from planner.rules import Bound, Choice, Rule, negation
from planner.solve import plan
from planner.units import Unit

Severity = Literal["error", "notice", "fine"]

STALE_AFTER = timedelta(days=365)
"""A file last compared with its source longer ago than this is worth another look."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing the lint says: `fine` agrees, `notice` is worth knowing, `error` must be mended."""

    severity: Severity
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """All remarks on one qualification."""

    qualification: Qualification
    remarks: tuple[Remark, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no error (notices aside)."""
        return all(remark.severity != "error" for remark in self.remarks)

    def to_json(self, today: date | None = None) -> dict[str, Any]:
        """The JSON of the command `check`."""
        return {
            "qualification": self.qualification.to_json(today),
            "ok": self.ok,
            "remarks": [{"severity": r.severity, "id": r.id, "text": r.text} for r in self.remarks],
            "data": self.qualification.digest,
        }


def check(qualification: Qualification, today: date | None = None) -> Report:
    """Lints the data and the rules of a qualification; figures and proofs are computed anew.

    `today` (default: this day) decides what is closed and what is stale.
    """
    remarks = [*_dates(qualification, today or date.today()), *_confidence(qualification)]
    remarks += _sentences(qualification)
    impossible = _impossible(qualification)
    if impossible is not None:
        remarks.append(impossible)
    else:
        remarks += _published(qualification)
        remarks += _idle_rules(qualification)
        remarks += _dead_units(qualification)
    remarks += _examples(qualification)
    return Report(qualification, tuple(remarks))


def _dates(qualification: Qualification, today: date) -> Iterator[Remark]:
    status = qualification.status(today)
    yield Remark("fine" if status == "open" else "notice", "status", qualification.status_sentence(today))
    day = in_words(qualification.verified)
    if today - qualification.verified > STALE_AFTER:
        yield Remark("notice", "verified", f"Last compared with its source on {day}, over a year ago.")
    else:
        yield Remark("fine", "verified", f"Last compared with its source on {day}.")


def _confidence(qualification: Qualification) -> Iterator[Remark]:
    doubtful = [unit.ref for unit in qualification.units if unit.level_confidence == "low"]
    if doubtful:
        text = f"The level of {_number(len(doubtful), 'unit')} has low confidence: {', '.join(doubtful)}."
        yield Remark("notice", "level-confidence", text)


_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            ("zero", "none"), ("one", "single"), ("two", "both"), ("three",), ("four",), ("five",), ("six",),
            ("seven",), ("eight",), ("nine",), ("ten",), ("eleven",), ("twelve",), ("thirteen",),
            ("fourteen",), ("fifteen",), ("sixteen",), ("seventeen",), ("eighteen",), ("nineteen",),
            ("twenty",),
        )
    )
    for word in words
}  # fmt: skip


def _sentences(qualification: Qualification) -> Iterator[Remark]:
    """Sentences with numbers, none of which is a limit of their rule."""
    barred = {f"barred-{name}" for name in qualification.barred}
    for rule in qualification.rules:
        if rule.id in barred:
            continue
        for part in _parts(rule):
            said = _said(part.text, qualification.by_ref)
            meant = _meant(part)
            if said and meant and not said & meant:
                figures = ", ".join(str(number) for number in sorted(meant))
                text = f"“{part.text}” says none of the rule's numbers ({figures})."
                yield Remark("error", f"sentence-{part.id}", text)


def _parts(rule: Rule) -> Iterator[Rule]:
    yield rule
    if isinstance(rule, Choice):
        for part in rule.of:
            yield from _parts(part)


def _said(text: str, refs: Iterable[str]) -> set[int]:
    """The numbers of a sentence, in figures or in words; refs of units are none."""
    for ref in refs:
        text = text.replace(ref, " ")
    words = re.findall(r"(?<![\w/])(?:[a-z]+|\d{1,9})(?![\w/])", text.casefold())
    named = {_NUMBERS[word] for word in words if word in _NUMBERS}
    return named | {int(word) for word in words if word.isdigit()}


def _meant(rule: Rule) -> set[int]:
    """The numbers a sentence may name: the limits, and what all the units of the rule come to."""
    limits = {limit for limit in (rule.at_least, rule.at_most) if limit is not None}
    if isinstance(rule, Choice):
        return limits | {number for part in rule.of for number in _meant(part)}
    if any(weight < 0 for weight in rule.weights.values()):
        return set()  # one unit needs another: no number
    return limits | {len(rule.weights), sum(rule.weights.values())}


def _impossible(qualification: Qualification) -> Remark | None:
    answer = plan(qualification, goals=())
    if answer.status != "infeasible":
        return None
    if plan(qualification, goals=(), held=qualification.by_ref).found:
        text = "The rules can only be met with units already achieved; figures and rules were not looked at."
        return Remark("notice", "needs-achieved", text)
    return Remark("error", "contradiction", answer.conflicts[0].in_words(qualification))


def _least(qualification: Qualification, rules: Sequence[Rule], weigh: Callable[[Unit], int]) -> int | None:
    """The least sum of `weigh` over the units of any selection that keeps `rules`; None if there is none."""
    weights = {unit.ref: weigh(unit) for unit in qualification.units if weigh(unit)}
    outcome = Model(list(qualification.by_ref), rules).solve({}, [Stage("sum", weights)])
    return None if outcome.decision == "infeasible" else outcome.values["sum"]


def _published(qualification: Qualification) -> Iterator[Remark]:
    rules = qualification.rules_given(frozenset())
    credits = _least(qualification, rules, lambda unit: unit.credits)
    least_hours = _least(qualification, rules, lambda unit: unit.glh)
    if credits is None or least_hours is None:
        raise DisagreementError("the rules can be met and cannot")
    weights = {unit.ref: unit.credits for unit in qualification.units}
    tight = Bound("least credits", "the least credits", weights, at_most=credits)
    most_hours = -(_least(qualification, [*rules, tight], lambda unit: -unit.glh) or 0)
    computed = {
        "units": (len(qualification.units), "units listed"),
        "min_credits": (credits, "credits, the least of any valid selection"),
        "min_glh": (least_hours, "guided hours, the least of any valid selection"),
        "max_glh": (most_hours, f"guided hours, the most of any valid selection of {credits} credits"),
    }
    known = {entry.figure: entry for entry in qualification.known}
    for figure, published in qualification.published.items():
        value, meaning = computed[figure]
        if value == published and figure in known:
            text = f"{figure} {published} agrees, though it is listed as known not to."
            yield Remark("notice", f"published-{figure}", text)
        elif value == published:
            yield Remark("fine", f"published-{figure}", f"{figure} {published} agrees: {value} {meaning}.")
        elif figure in known and known[figure].computed in (None, value):
            text = f"{figure} {published} does not come out: {value} {meaning}. Known: {known[figure].text}"
            yield Remark("notice", f"published-{figure}", text)
        else:
            text = f"{figure} {published} does not come out: {value} {meaning}."
            yield Remark("error", f"published-{figure}", text)
    learning = CREDIT_HOURS * credits
    text = f"{credits} credits stand for about {learning} hours of learning, guided or not."
    yield Remark("fine", "learning-time", text)


def _idle_rules(qualification: Qualification) -> Iterator[Remark]:
    """Rules that every selection keeps which keeps the others."""
    rules = qualification.rules_given(frozenset())
    for position, rule in enumerate(rules):
        others = [*rules[:position], *rules[position + 1 :]]
        if qualification.rules[position] == rule and not _can_break(qualification, others, rule):
            text = f"“{rule.text}” never binds: the other rules already ensure it"
            if isinstance(rule, Bound):
                text += f" ({_proof(qualification, others, rule)})"
            yield Remark("notice", f"idle-{rule.id}", f"{text}.{_rests_on(qualification, others, rule)}")


def _can_break(qualification: Qualification, others: Sequence[Rule], rule: Rule) -> bool:
    """Whether some selection keeps the other rules and breaks this one."""
    outcome = Model(list(qualification.by_ref), [*others, negation(rule)]).solve({})
    return outcome.decision != "infeasible"


def _proof(qualification: Qualification, others: Sequence[Rule], rule: Bound) -> str:
    """The figures that show that the rule is idle."""
    parts = []
    if rule.at_least is not None:
        least = _least(qualification, others, lambda unit: rule.weights.get(unit.ref, 0))
        parts.append(
            f"they leave at least {least} {noun_of(rule.count, least or 0)} where {rule.at_least} are asked"
        )
    if rule.at_most is not None:
        most = -(_least(qualification, others, lambda unit: -rule.weights.get(unit.ref, 0)) or 0)
        parts.append(
            f"they leave at most {most} {noun_of(rule.count, most)} where {rule.at_most} are allowed"
        )
    return "; ".join(parts)


def _rests_on(qualification: Qualification, others: Sequence[Rule], rule: Rule) -> str:
    """On which doubtful levels the statement that a rule is idle rests."""
    if not isinstance(rule, Bound) or not rule.by_level:
        return ""
    doubtful = [u for u in qualification.units if u.level_confidence == "low" and u.ref in rule.by_level]
    critical = [u.ref for u in doubtful if _can_break(qualification, others, _flipped(rule, [u]))]
    if critical:
        text = "This rests on levels of low confidence: were one of them another, the rule could bind"
        return f" {text} ({', '.join(critical)})."
    for counts in (True, False):  # counting less breaks a least, counting more a most
        together = [unit for unit in doubtful if (unit.ref in rule.weights) is counts]
        if together and _can_break(qualification, others, _flipped(rule, together)):
            refs = ", ".join(unit.ref for unit in together)
            return f" This rests on levels of low confidence taken together ({refs})."
    return " It rests on no level of low confidence."


def _flipped(rule: Bound, units: Sequence[Unit]) -> Bound:
    """The rule as it were if each of `units` were on the other side of its level limit."""
    weights = dict(rule.weights)
    for unit in units:
        if weights.pop(unit.ref, None) is None:
            weights[unit.ref] = {"units": 1, "credits": unit.credits, "glh": unit.glh}[rule.count]
    return replace(rule, weights={ref: weight for ref, weight in weights.items() if weight})


def _dead_units(qualification: Qualification) -> Iterator[Remark]:
    model = Model(list(qualification.by_ref), qualification.rules_given(frozenset()))
    dead = [ref for ref in qualification.by_ref if model.solve({ref: True}).decision == "infeasible"]
    if dead:
        text = f"{_number(len(dead), 'unit')} can count in no valid selection: {', '.join(dead)}."
        yield Remark("notice", "dead-units", text)
    else:
        yield Remark("fine", "dead-units", "Every unit can count in some valid selection.")


def _examples(qualification: Qualification) -> Iterator[Remark]:
    for number, example in enumerate(qualification.examples, start=1):
        findings = audit(qualification.rules_given(frozenset()), example.counted)
        broken = tuple(sorted(finding.rule.id for finding in findings if not finding.holds))
        if broken == example.breaks:
            continue
        text = (
            f"Example {number} ({example.source}) is said to break {_named(example.breaks)} "
            f"and breaks {_named(broken)}."
        )
        yield Remark("error", f"example-{number}", text)
    count = len(qualification.examples)
    if count:
        yield Remark("fine", "examples", f"{_number(count, 'worked example')} replayed.")


def _named(rules: Sequence[str]) -> str:
    return ", ".join(rules) or "no rule"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
