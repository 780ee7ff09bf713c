"""Lint of a qualification's data and rules: figures recomputed, examples replayed, idle rules proven idle."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

from planner.audit import audit, noun_of, numbered
from planner.diagnose import minimal
from planner.errors import DisagreementError
from planner.model import Model, Stage
from planner.qualification import CREDIT_HOURS, Known, Qualification, in_words
from planner.result import Conflict
from planner.rules import Bound, Choice, Rule, negation
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
class Figure:
    """A figure of a qualification computed anew, beside what its source publishes.

    `meaning` says what the figure counts, `published` is None where the source is silent, `known` is the
    entry that says why the two differ, if there is one.
    """

    id: str
    computed: int
    meaning: str
    published: int | None = None
    known: Known | None = None

    @property
    def agrees(self) -> bool:
        """Whether the published figure comes out."""
        return self.published == self.computed

    @property
    def explained(self) -> bool:
        """Whether the file says why this very figure comes out and not the published one."""
        return self.known is not None and self.known.computed in (None, self.computed)

    @property
    def in_words(self) -> str:
        """What became of the published figure."""
        if self.agrees and self.known is not None:
            return "agrees, though it is listed as known not to."
        return f"{'agrees' if self.agrees else 'does not come out'}: {self.computed} {self.meaning}."


@dataclass(frozen=True, slots=True)
class Report:
    """All remarks on one qualification, and its figures by id (see `figures`)."""

    qualification: Qualification
    remarks: tuple[Remark, ...]
    figures: Mapping[str, Figure] = field(default_factory=dict)

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
    computed = figures(qualification)
    if computed:
        remarks += _published(computed.values())
        remarks += _idle_rules(qualification)
        remarks += _dead_units(qualification)
    else:
        remarks.append(_impossible(qualification))
    remarks += _examples(qualification)
    return Report(qualification, tuple(remarks), computed)


def _dates(qualification: Qualification, today: date) -> Iterator[Remark]:
    status = qualification.status(today)
    fine = status == "open" and qualification.dated
    yield Remark("fine" if fine else "notice", "status", qualification.status_sentence(today))
    if qualification.verified is None:
        yield Remark("notice", "verified", "Never compared with its source; `verified` is the day of that.")
        return
    day = in_words(qualification.verified)
    if today - qualification.verified > STALE_AFTER:
        yield Remark("notice", "verified", f"Last compared with its source on {day}, over a year ago.")
    else:
        yield Remark("fine", "verified", f"Last compared with its source on {day}.")


def _confidence(qualification: Qualification) -> Iterator[Remark]:
    doubtful = [unit.ref for unit in qualification.units if unit.level_confidence == "low"]
    if doubtful:
        text = f"The level of {numbered(len(doubtful), 'unit')} has low confidence: {', '.join(doubtful)}."
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
    """Sentences with numbers, none of which is their rule's, or with one in place of a limit.

    What only tells which units a rule counts is no number of this kind.
    """
    barred = {f"barred-{name}" for name in qualification.barred}
    for rule in qualification.rules:
        if rule.id in barred:
            continue
        for part in _parts(rule):
            said = _said(part.text, qualification.by_ref)
            meant, unsaid = _meant(part), _limits(part) - said
            other = said - meant - _naming(qualification, part, said)
            if other and meant and (unsaid or not said & meant):
                text = f"“{part.text}” says {_listed(other)} and not what the rule asks ({_listed(unsaid)})."
                if not said & meant:
                    text = f"“{part.text}” says none of the rule's numbers ({_listed(meant)})."
                yield Remark("error", f"sentence-{part.id}", text)


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))


def _limits(rule: Rule) -> set[int]:
    """The limits that a sentence has to name, if it names numbers; those of a choice are often just words."""
    if isinstance(rule, Choice):
        return set()
    return {limit for limit in (rule.at_least, rule.at_most) if limit is not None}


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


_Comparison = Callable[[Any, Any], Any]

_COMPARED: tuple[_Comparison, ...] = (operator.eq, operator.ge, operator.le)
"""How a unit is compared with a number: at level 2, 6 credits or more, level 2 or lower."""

_COMPARED_STRICTLY: tuple[_Comparison, ...] = (operator.gt, operator.lt)
"""How else, where a sentence has one of the words of `_STRICT`: below level 2, more than 5 credits."""

_STRICT = re.compile(r"\b(?:above|below|over|under|than)\b", re.IGNORECASE)


def _naming(qualification: Qualification, rule: Rule, said: Collection[int]) -> set[int]:
    """Those of the numbers said that tell which units a rule counts: their level, or size in credits.

    Such a number parts the units that the rule counts from the others of the same kind.
    """
    if isinstance(rule, Choice):
        return {number for part in rule.of for number in _naming(qualification, part, said)}
    counted = [qualification.by_ref[ref] for ref in rule.weights]
    found = {unit.level for unit in counted if unit.ref in rule.by_level}
    kinds = [("level", [unit for unit in qualification.units if unit.ref in rule.by_level])]
    kinds += [("credits", units) for units in _kinds(qualification, counted)]
    compared = _COMPARED + (_COMPARED_STRICTLY if _STRICT.search(rule.text) else ())
    return found | {
        number
        for number in said
        for attribute, units in kinds
        for compare in compared
        if _parts_off(rule, {unit.ref: bool(compare(getattr(unit, attribute), number)) for unit in units})
    }


def _kinds(qualification: Qualification, counted: Sequence[Unit]) -> Iterator[list[Unit]]:
    """The kinds of unit that some units may be the large or the small ones of."""
    groups = {unit.group for unit in counted}
    tags = set.intersection(*({*unit.tags} for unit in counted)) if counted else set()
    levels = {unit.level for unit in counted}
    for units in (qualification.units, [unit for unit in qualification.units if unit.group in groups]):
        yield list(units)
        yield [unit for unit in units if tags.issubset(unit.tags)]
        yield [unit for unit in units if unit.level in levels]


def _parts_off(rule: Bound, picked: Mapping[str, bool]) -> bool:
    """Whether, of units told apart, those picked are the ones the rule counts, and some are not picked."""
    return not all(picked.values()) and {r for r, yes in picked.items() if yes} == rule.weights.keys()


def _impossible(qualification: Qualification) -> Remark:
    """Why nobody who has achieved nothing before can meet the rules."""
    claims = _Claims(qualification)
    achieved = claims.fewest_achieved()
    if achieved is None:
        return Remark("error", "contradiction", claims.conflict().in_words(qualification))
    words = f"The rules can only be met with units already achieved ({achieved} at least)"
    return Remark("notice", "needs-achieved", f"{words}; figures and rules were not looked at.")


class _Claims:
    """The rules over all that anybody could claim: which units count, which of these were achieved before.

    A unit achieved that does not count is in no rule's sum, so two variables a unit say all there is to say.
    """

    def __init__(self, qualification: Qualification) -> None:
        self._qualification = qualification
        self._achieved = {ref: f"achieved {ref}" for ref in qualification.by_ref}  # no ref has a space
        links = [
            Bound(name, "achieved before and counts", {ref: 1, name: -1}, at_least=0)
            for ref, name in self._achieved.items()
        ]
        self._model = Model([*self._achieved, *self._achieved.values()], links)
        self._rules = {rule.id: rule for rule in qualification.rules}
        for rule in qualification.rules:
            self._model.require(self._over_both(rule), switches=[rule.id])

    def _over_both(self, rule: Rule) -> Rule:
        """The rule, speaking of the second variable where it speaks of achieved units only."""
        if isinstance(rule, Choice):
            return replace(rule, of=tuple(self._over_both(part) for part in rule.of))
        if not rule.held_only:
            return rule
        return replace(rule, weights={self._achieved[r]: w for r, w in rule.weights.items()}, held_only=False)

    def fewest_achieved(self) -> int | None:
        """How few units somebody who meets the rules may have achieved before; None if nobody can.

        Raises
        ------
        DisagreementError
            If the auditor refuses what the solver found.
        """
        stage = Stage("achieved", dict.fromkeys(self._achieved.values(), 1))
        outcome = self._model.solve({}, [stage])
        if outcome.decision == "infeasible":
            return None
        held = frozenset(ref for ref, name in self._achieved.items() if name in outcome.counted)
        counted = self._achieved.keys() & outcome.counted
        findings = audit(self._qualification.rules_given(held), counted)
        if not all(finding.holds for finding in findings):
            raise DisagreementError(f"{sorted(counted)} with {sorted(held)} achieved breaks a rule")
        return outcome.values["achieved"]

    def conflict(self) -> Conflict:
        """A set of rules that nobody can meet, whatever was achieved before; none of them is needless."""

        def clash(on: Sequence[str]) -> bool:
            return self._model.solve({}, off=self._rules.keys() - set(on)).decision == "infeasible"

        return Conflict(tuple(self._rules[name] for name in minimal(list(self._rules), clash)))


def _least(qualification: Qualification, rules: Sequence[Rule], weigh: Callable[[Unit], int]) -> int | None:
    """The least sum of `weigh` over the units of any selection that keeps `rules`; None if there is none."""
    weights = {unit.ref: weigh(unit) for unit in qualification.units if weigh(unit)}
    outcome = Model(list(qualification.by_ref), rules).solve({}, [Stage("sum", weights)])
    return None if outcome.decision == "infeasible" else outcome.values["sum"]


def figures(qualification: Qualification) -> dict[str, Figure]:
    """The figures that a source may publish, computed anew, by id: units, credits, guided hours.

    They are those of a learner who has achieved nothing before; empty where no selection is valid.
    """
    rules = qualification.rules_given(frozenset())
    credits = _least(qualification, rules, lambda unit: unit.credits)
    if credits is None:
        return {}
    weights = {unit.ref: unit.credits for unit in qualification.units}
    tight = [*rules, Bound("least credits", "the least credits", weights, at_most=credits)]
    least_hours = _least(qualification, rules, lambda unit: unit.glh)
    most_hours = _least(qualification, tight, lambda unit: -unit.glh)
    if least_hours is None or most_hours is None:
        raise DisagreementError("the rules can be met and cannot")
    computed = {
        "units": (len(qualification.units), "units listed"),
        "min_credits": (credits, "credits, the least of any valid selection"),
        "min_glh": (least_hours, "guided hours, the least of any valid selection"),
        "max_glh": (-most_hours, f"guided hours, the most of any valid selection of {credits} credits"),
    }
    known = {entry.figure: entry for entry in qualification.known}
    return {
        name: Figure(name, value, meaning, qualification.published.get(name), known.get(name))
        for name, (value, meaning) in computed.items()
    }


def _published(computed: Collection[Figure]) -> Iterator[Remark]:
    for figure in computed:
        text = f"{figure.id} {figure.published} {figure.in_words}"
        if figure.published is None:
            continue
        if figure.agrees:
            yield Remark("fine" if figure.known is None else "notice", f"published-{figure.id}", text)
        elif figure.known is not None and figure.explained:
            yield Remark("notice", f"published-{figure.id}", f"{text} Known: {figure.known.text}")
        else:
            yield Remark("error", f"published-{figure.id}", text)
    credits = next(figure.computed for figure in computed if figure.id == "min_credits")
    text = f"{credits} credits stand for about {CREDIT_HOURS * credits} hours of learning, guided or not."
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
        text = f"{numbered(len(dead), 'unit')} can count in no valid selection: {', '.join(dead)}."
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
        yield Remark("fine", "examples", f"{numbered(count, 'worked example')} replayed.")


def _named(rules: Sequence[str]) -> str:
    return ", ".join(rules) or "no rule"
