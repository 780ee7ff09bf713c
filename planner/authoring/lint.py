"""Lint of a qualification's data and rules: figures recomputed, examples replayed, idle rules proven idle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from planner.authoring.attainable import Attainable
from planner.authoring.sentence_check import sentences
from planner.catalogue.qualification import CREDIT_HOURS, Known, Qualification, in_words
from planner.catalogue.remarks import STALE_AFTER, Remark, in_order
from planner.catalogue.units import Unit
from planner.errors import DisagreementError, UndecidedError
from planner.planning.result import listed
from planner.rules.measure import audit, noun_of, numbered, plural
from planner.rules.prover import Prover, sides
from planner.rules.rule import Bound, Rule


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a qualification computed anew, beside what its source publishes.

    `meaning` says what the figure counts, `published` is None where the source is silent, `known` is the
    entry that says why the two differ, if there is one.
    """

    id: str
    computed: float
    meaning: str
    published: float | None
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
    def ok(self) -> bool | None:
        """Whether there is no error (notices aside); None if that is undecided."""
        return in_order(self.remarks)

    def to_json(self) -> dict[str, Any]:
        """The JSON of the command `check`."""
        return {
            "qualification": self.qualification.to_json(),
            "ok": self.ok,
            "remarks": [remark.to_json() for remark in self.remarks],
            "data": self.qualification.digest,
        }


def check(qualification: Qualification, today: date | None = None) -> Report:
    """Lints the data and the rules of a qualification; figures and proofs are computed anew.

    `today` (default: this day) decides what is closed and what is stale.
    """
    remarks = [*_dates(qualification, today or date.today()), *_confidence(qualification)]
    remarks += sentences(qualification)
    solver = _Solver(qualification)
    computed = _figures(solver)
    if computed:
        remarks += _published(computed, qualification)
        remarks += _idle_rules(solver)
        remarks += _dead_units(solver)
        remarks += _titles(solver)
    else:
        remarks.append(_impossible(solver))
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


EFFORT = 0.5
"""Deterministic time of the solver for one question: about a second, the same on every machine."""

EFFORT_IN_ALL = 4.0
"""Deterministic time for all questions about one qualification; those on file take a hundredth of it."""


class _Solver(Prover):
    """Asks the solver what holds of somebody who has achieved nothing before."""

    def __init__(self, qualification: Qualification) -> None:
        super().__init__(list(qualification.by_ref), EFFORT, EFFORT_IN_ALL)
        self.qualification = qualification
        self.rules = qualification.rules_given(frozenset())


def _undecided(name: str, what: str) -> Remark:
    return Remark("undecided", f"undecided-{name}", f"Not decided within the limits of the search: {what}.")


def _impossible(solver: _Solver) -> Remark:
    """Why nobody who has achieved nothing before can meet the rules."""
    attainable = Attainable(solver, solver.qualification)
    try:
        achieved = attainable.fewest_achieved()
    except UndecidedError:
        return _undecided("contradiction", "whether anybody can meet the rules; nobody can from nothing")
    if achieved is None:
        return Remark("error", "contradiction", attainable.conflict().in_words(solver.qualification))
    words = f"The rules can only be met with units already achieved ({achieved} at least)"
    return Remark("notice", "needs-achieved", f"{words}; figures and rules were not looked at.")


def _figures(solver: _Solver) -> dict[str, Figure]:
    """The figures that a source may publish, computed anew, by id: units, credits, guided hours.

    They are those of a learner who has achieved nothing before; empty where no selection is valid. One that
    is not decided within the limits of the search is not there.
    """
    units = solver.qualification.units
    weights = {unit.ref: unit.credits for unit in units if unit.credits}
    hours = {unit.ref: unit.glh for unit in units if unit.glh}
    listed = sum(not unit.slot for unit in units)
    computed: dict[str, tuple[float, str]] = {"units": (listed, f"{plural('unit', listed)} listed")}
    on_file = solver.qualification.figures
    for name, noun, of in (("min_credits", "credit", weights), ("min_glh", "guided hour", hours)):
        with suppress(UndecidedError):
            least = solver.least(solver.rules, of)
            if least is None:
                return {}
            if name.removeprefix("min_") in on_file:
                computed[name] = (least, f"{plural(noun, least)}, the least of any valid selection")
    if "min_credits" in computed and "glh" in on_file:
        credits, _ = computed["min_credits"]
        tight = [*solver.rules, Bound("least credits", "the least credits", weights, at_most=credits)]
        with suppress(UndecidedError):
            most = solver.least(tight, {ref: -glh for ref, glh in hours.items()})
            if most is None:
                raise DisagreementError("the rules can be met and cannot")
            words = f"the most of any valid selection of {numbered(credits, 'credit')}"
            computed["max_glh"] = (-most, f"guided {plural('hour', -most)}, {words}")
    known = {entry.figure: entry for entry in solver.qualification.known}
    return {
        name: Figure(name, value, meaning, solver.qualification.published.get(name), known.get(name))
        for name, (value, meaning) in computed.items()
    }


FIGURES = ("units", "min_credits", "min_glh", "max_glh")
"""The figures that a source may publish."""


def _computable(qualification: Qualification) -> Iterator[str]:
    for name in FIGURES:
        on_file = {each for each in ("credits", "glh") if name.endswith(each)} | (
            {"credits"} if name == "max_glh" else set()
        )
        if on_file <= qualification.figures:
            yield name


def _published(computed: Mapping[str, Figure], qualification: Qualification) -> Iterator[Remark]:
    for figure in computed.values():
        text = f"{figure.id} {figure.published} {figure.in_words}"
        if figure.published is None:
            continue
        if figure.agrees:
            yield Remark(
                "fine" if figure.known is None else "notice", f"published-{figure.id}", text, figure.id
            )
        elif figure.known is not None and figure.explained:
            known = f"{text} Known: {figure.known.text}"
            yield Remark("notice", f"published-{figure.id}", known, figure.id)
        else:
            yield Remark("error", f"published-{figure.id}", text, figure.id)
    if missing := [name for name in _computable(qualification) if name not in computed]:
        yield _undecided("figures", ", ".join(missing))
    if "min_credits" in computed:
        credits = computed["min_credits"].computed
        hours = numbered(int(CREDIT_HOURS * credits), "hour")
        stand = "credit stands" if credits == 1 else "credits stand"
        yield Remark(
            "fine", "learning-time", f"{credits} {stand} for about {hours} of learning, guided or not."
        )


def _idle_rules(solver: _Solver) -> Iterator[Remark]:
    """Rules that every selection keeps which keeps the others."""
    undecided = []
    for position, rule in enumerate(solver.rules):
        if solver.qualification.rules[position] != rule:
            continue  # it speaks of units already achieved
        others = [*solver.rules[:position], *solver.rules[position + 1 :]]
        try:
            if solver.implies(others, rule):
                yield Remark("notice", f"idle-{rule.id}", _idle(solver, others, rule))
        except UndecidedError:
            undecided.append(rule.id)
    if undecided:
        yield _undecided("idle", f"whether these rules ever bind: {', '.join(undecided)}")


def _idle(solver: _Solver, others: Sequence[Rule], rule: Rule) -> str:
    """That a rule never binds, on which rules that relies (on none needlessly), and the figures."""
    relied, whole = others, True
    try:
        relied = solver.relied_on(others, rule)
    except UndecidedError:
        whole = False
    text = f"“{rule.text}” never binds, whatever counts"
    if relied:
        text = f"“{rule.text}” never binds given {listed([other.id for other in relied])}"
    if isinstance(rule, Bound):
        with suppress(UndecidedError):
            text += f" ({_proof(solver, relied, rule)})"
    text += "." if whole else "; whether fewer of them suffice was not decided."
    return f"{text}{_rests_on(solver, others, rule)}"


def _proof(solver: _Solver, given: Sequence[Rule], rule: Bound) -> str:
    """The figures that show that the rule is idle: what the rules it relies on leave."""
    start = "they leave" if given else "there are"
    parts = []
    for weights, limit in sides(rule):
        _, bound = solver.span(given, weights) or (limit, limit)
        # An upper limit is asked as a lower one of weights below zero (see `sides`).
        number, asked = abs(bound), abs(limit)
        words = ("at least", "asked") if weights is rule.weights else ("at most", "allowed")
        verb = "is" if asked == 1 else "are"
        parts.append(
            f"{start} {words[0]} {number} {noun_of(rule.count, number)} where {asked} {verb} {words[1]}"
        )
    return "; ".join(parts)


def _rests_on(solver: _Solver, others: Sequence[Rule], rule: Rule) -> str:
    """On which doubtful levels the statement that a rule is idle rests."""
    if not isinstance(rule, Bound) or not rule.by_level:
        return ""
    units = solver.qualification.units
    doubtful = [unit for unit in units if unit.level_confidence == "low" and unit.ref in rule.by_level]
    try:
        critical = [unit.ref for unit in doubtful if not solver.implies(others, _flipped(rule, [unit]))]
        if critical:
            text = "This rests on levels of low confidence: were one of them another, the rule could bind"
            return f" {text} ({', '.join(critical)})."
        for counts in (True, False):  # counting less breaks a least, counting more a most
            together = [unit for unit in doubtful if (unit.ref in rule.weights) is counts]
            if together and not solver.implies(others, _flipped(rule, together)):
                refs = ", ".join(unit.ref for unit in together)
                return f" This rests on levels of low confidence taken together ({refs})."
    except UndecidedError:
        return " Whether it rests on levels of low confidence was not decided."
    return " It rests on no level of low confidence."


def _flipped(rule: Bound, units: Sequence[Unit]) -> Bound:
    """The rule as it were if each of `units` were on the other side of its level limit."""
    weights = dict(rule.weights)
    for unit in units:
        if weights.pop(unit.ref, None) is None:
            weights[unit.ref] = {"units": 1, "credits": unit.credits, "glh": unit.glh}[rule.count]
    return replace(rule, weights={ref: weight for ref, weight in weights.items() if weight})


def _dead_units(solver: _Solver) -> Iterator[Remark]:
    model = solver.model(solver.rules)
    alive: set[str] = set()
    dead, undecided = [], []
    for ref, unit in solver.qualification.by_ref.items():
        if ref in alive or unit.slot:
            continue
        try:
            outcome = solver.ask(model, fixed={ref: True})
        except UndecidedError:
            undecided.append(ref)
            continue
        # A selection shows of all its units at once that they are of use: few have to be asked about.
        alive |= outcome.counted
        dead += [] if outcome.counted else [ref]
    if dead:
        text = f"{numbered(len(dead), 'unit')} can count in no valid selection: {', '.join(dead)}."
        yield Remark("notice", "dead-units", text)
    elif not undecided:
        yield Remark("fine", "dead-units", "Every unit can count in some valid selection.")
    if still := [ref for ref in undecided if ref not in alive]:
        yield _undecided(
            "dead-units", f"whether these units can count in some valid selection: {', '.join(still)}"
        )


def _titles(solver: _Solver) -> Iterator[Remark]:
    """Titles that nobody who has achieved nothing before can reach."""
    for title in solver.qualification.titles:
        try:
            outcome = solver.ask(solver.model([*solver.rules, *(rule.given(()) for rule in title.rules)]))
        except UndecidedError:
            yield _undecided(f"title-{title.name}", f"whether the title {title.name} can be reached")
            continue
        if outcome.decision == "infeasible":
            text = f"No choice of units meets the rules and those of the title {title.name}."
            yield Remark("error", f"title-{title.name}", text)


def _examples(qualification: Qualification) -> Iterator[Remark]:
    for number, example in enumerate(qualification.examples, start=1):
        filled = [ref for ref in example.counted if qualification.by_ref[ref].slot]
        held = dict.fromkeys(filled, "achieved") | dict(example.held)
        findings = audit(qualification.rules_given(held), example.counted)
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
