"""Recognition: what a person or a centre can reach, from facts about them.

An accreditation is a set of rules over facts, as a qualification is a set of rules over units: months of
service, a signature, an audit passed. The same joiner, auditor and solver measure them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from planner.audit import Finding, audit
from planner.catalogue import RuleJoiner, Weigh, shipped
from planner.errors import DataError, DisagreementError, Problem, nearest
from planner.model import CountModel, Stage
from planner.rulefile import Entry, Id, Name, NoteEntry, RuleEntry, Text, parse, read_as
from planner.rules import Rule, bounds
from planner.units import Unit, find_ref

Kind = Literal["yes", "months", "years", "points", "GCSEs"]

Measured = Literal["cpd-points", "cpd-points-last-year", "rules-met"]
"""Facts that another part of the planner can work out: a CPD log, a portfolio."""

YES = ("yes", "true", "1", "y", "x")
NO = ("no", "false", "0", "n", "")

SECONDS = 10.0

_COUNTED_IN: Mapping[str, Kind] = {
    "statements": "yes",
    "months": "months",
    "years": "years",
    "points": "points",
    "GCSEs": "GCSEs",
}
"""Which facts a rule may count in which words."""

COUNTS: Mapping[str, Weigh] = dict.fromkeys(_COUNTED_IN, lambda unit: 1)
"""What the rules of a recognition count: each fact for what it is."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something true or counted of a person or a centre.

    `most` is the greatest value (1 of what is true or not); what `grows` does so with time, such as months
    of service; `measured` is what the planner can work out itself.
    """

    id: str
    text: str
    kind: Kind
    most: int = 1
    grows: bool = False
    measured: Measured | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """Something that can be reached, the rules for it and the words on who decides."""

    id: str
    title: str
    rules: tuple[Rule, ...]
    decides: str


@dataclass(frozen=True, slots=True)
class Recurring:
    """Something that falls due again and again after an award."""

    award: str
    text: str
    every_months: int


@dataclass(frozen=True, eq=False, repr=False)
class Recognition:
    """A scheme of recognition: facts about a person or a centre, and the awards that rest on them."""

    id: str
    title: str
    body: str
    region: str
    about: Literal["person", "centre"]
    source: str
    verified: date
    facts: Mapping[str, Fact]
    awards: tuple[Award, ...]
    recurring: tuple[Recurring, ...] = ()
    notes: tuple[str, ...] = ()
    qualification: str = ""
    digest: str = ""

    def __repr__(self) -> str:
        return f"<Recognition {self.id}, {len(self.awards)} awards>"

    @property
    def whereabouts(self) -> str:
        """Whose scheme this is and where it holds."""
        return f"{self.body}, {self.region}" if self.region else self.body


@dataclass(frozen=True, slots=True)
class Lacking:
    """A fact that is not there yet: what it is and what it has to be."""

    fact: Fact
    have: int
    need: int

    @property
    def in_words(self) -> str:
        """What is missing, in one line."""
        if self.fact.kind == "yes":
            return self.fact.text
        more = self.need - self.have
        unit = self.fact.kind[:-1] if more == 1 else self.fact.kind
        return f"{more} more {unit}: {self.fact.text} ({self.have} of {self.need})"

    def to_json(self) -> dict[str, Any]:
        """What is missing as JSON."""
        return {"fact": self.fact.id, "have": self.have, "need": self.need, "text": self.fact.text}


@dataclass(frozen=True, slots=True)
class Reach:
    """One award, measured: whether its requirements are met and, if not, the least that is missing.

    `lacking` is None where no addition helps (a limit is already passed).
    """

    award: Award
    findings: tuple[Finding, ...]
    lacking: tuple[Lacking, ...] | None

    @property
    def reached(self) -> bool:
        """Whether every rule holds."""
        return all(finding.holds for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """The award as JSON."""
        return {
            "id": self.award.id,
            "title": self.award.title,
            "reached": self.reached,
            "decides": self.award.decides,
            "findings": [finding.to_json() for finding in self.findings],
            "missing": None if self.lacking is None else [item.to_json() for item in self.lacking],
        }


@dataclass(frozen=True, slots=True)
class Career:
    """Where somebody stands in one scheme: every award measured over the facts."""

    recognition: Recognition
    facts: Mapping[str, int]
    reaches: tuple[Reach, ...]

    @property
    def reached(self) -> tuple[Reach, ...]:
        """The awards of which the requirements are met."""
        return tuple(reach for reach in self.reaches if reach.reached)

    @property
    def next(self) -> Reach | None:
        """The first award, in the scheme's order, that is not reached and can be."""
        return next((r for r in self.reaches if not r.reached and r.lacking is not None), None)

    def to_json(self) -> dict[str, Any]:
        """The scheme as the command `career` gives it."""
        scheme = self.recognition
        return {
            "scheme": scheme.id,
            "title": scheme.title,
            "body": scheme.body,
            "region": scheme.region,
            "about": scheme.about,
            "source": scheme.source,
            "verified": scheme.verified.isoformat(),
            "facts": dict(self.facts),
            "awards": [reach.to_json() for reach in self.reaches],
            "next": None if self.next is None else self.next.award.id,
            "notes": list(scheme.notes),
            "data": scheme.digest,
        }


def career(recognition: Recognition, facts: Mapping[str, int]) -> Career:
    """Every award of a scheme measured over facts (by id; those not given are no, or 0)."""
    known = {name: facts.get(name, 0) for name in recognition.facts}
    return Career(
        recognition, known, tuple(_reach(recognition, award, known) for award in recognition.awards)
    )


def _reach(recognition: Recognition, award: Award, facts: Mapping[str, int]) -> Reach:
    findings = audit(award.rules, facts)
    if all(finding.holds for finding in findings):
        return Reach(award, findings, ())
    most = {name: max(fact.most, facts[name]) for name, fact in recognition.facts.items()}
    model = CountModel({name: (facts[name], most[name]) for name in facts}, award.rules)
    yes = [name for name, fact in recognition.facts.items() if fact.kind == "yes"]
    stages = [
        Stage("statements", dict.fromkeys(yes, 1)),
        Stage("numbers", {name: 1 for name in facts if name not in yes}),
        *(Stage(f"order {name}", {name: 1}) for name in reversed(list(facts))),
    ]
    outcome = model.solve(stages, SECONDS)
    if outcome.decision == "infeasible":
        return Reach(award, findings, None)
    broken = [finding.rule.id for finding in audit(award.rules, outcome.counts) if not finding.holds]
    if broken or outcome.decision != "optimal":
        raise DisagreementError(f"what is missing for {award.id} breaks {broken} ({outcome.decision})")
    lacking = tuple(
        Lacking(recognition.facts[name], have, outcome.counts[name])
        for name, have in facts.items()
        if outcome.counts[name] != have
    )
    return Reach(award, findings, lacking)


# Files


class _FactEntry(Entry):
    id: Id
    text: Name
    kind: Kind
    most: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    grows: bool | None = None
    measured: Measured | None = None


class _AwardEntry(Entry):
    id: Id
    title: Name
    decides: Name
    rule: list[RuleEntry] = Field(default_factory=list)


class _RecurringEntry(Entry):
    award: Name
    text: Name
    every_months: Annotated[int, Field(ge=1, le=1_200)]


class _RecognitionEntry(Entry):
    """A whole file of a scheme."""

    id: Id
    title: Name
    body: Name
    region: Text = ""
    about: Literal["person", "centre"]
    source: Name
    verified: date
    qualification: Text = ""
    fact: Annotated[list[_FactEntry], Field(min_length=1)]
    award: Annotated[list[_AwardEntry], Field(min_length=1)]
    recurring: list[_RecurringEntry] = Field(default_factory=list)
    note: list[NoteEntry] = Field(default_factory=list)


def load_recognitions(data: str | Path | None = None) -> dict[str, Recognition]:
    """Every scheme in the folder `recognition` of a data folder, by id; none without that folder.

    Raises
    ------
    DataError
        With every problem of the files.
    """
    folder = (shipped("data") if data is None else Path(data)) / "recognition"
    problems: list[Problem] = []
    found: dict[str, Recognition] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            content, text = parse(path)
            entry = read_as(_RecognitionEntry, path, content)
            if entry.id in found:
                raise DataError([Problem(str(path), "another file has this id", field="id", value=entry.id)])
            found[entry.id] = _joined(path, entry, text)
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return found


def _joined(path: Path, entry: _RecognitionEntry, text: str) -> Recognition:
    source = str(path)
    facts = {fact.id: _fact(fact) for fact in entry.fact}
    problems = list(_repeated(source, "fact", [fact.id for fact in entry.fact]))
    problems += _repeated(source, "award", [award.id for award in entry.award])
    awards = []
    for number, award in enumerate(entry.award, start=1):
        joiner = RuleJoiner(source, [_as_unit(fact) for fact in facts.values()], COUNTS)
        rules = joiner.rules(award.rule)
        joiner.check_ids(award.rule, [])
        problems += [
            Problem(source, problem.message, field=f"award[{number}].{problem.field}", value=problem.value)
            for problem in joiner.problems
        ]
        problems += _mixed_kinds(source, f"award[{number}]", rules, facts)
        awards.append(Award(award.id, award.title, rules, award.decides))
    names = [award.id for award in entry.award]
    for number, item in enumerate(entry.recurring, start=1):
        if item.award not in names:
            message = f"no award has this id{nearest(item.award, names)}"
            problems.append(Problem(source, message, field=f"recurring[{number}].award", value=item.award))
    if problems:
        raise DataError(problems)
    return Recognition(
        id=entry.id,
        title=entry.title,
        body=entry.body,
        region=entry.region,
        about=entry.about,
        source=entry.source,
        verified=entry.verified,
        facts=facts,
        awards=tuple(awards),
        recurring=tuple(Recurring(r.award, r.text, r.every_months) for r in entry.recurring),
        notes=tuple(note.text for note in entry.note),
        qualification=entry.qualification,
        digest=hashlib.sha256(text.encode()).hexdigest()[:16],
    )


def _fact(entry: _FactEntry) -> Fact:
    usual = 1 if entry.kind == "yes" else 1_200
    grows = entry.kind == "months" if entry.grows is None else entry.grows
    return Fact(entry.id, entry.text, entry.kind, entry.most or usual, grows, entry.measured)


def _as_unit(fact: Fact) -> Unit:
    """A fact as rules select it."""
    return Unit(ref=fact.id, title=fact.text, group=fact.kind, level=0, credits=1, glh=0)


def _repeated(source: str, what: str, names: list[str]) -> Iterator[Problem]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(source, f"two {what}s have this id", field=f"{what}.id", value=name)


def _mixed_kinds(
    source: str, field: str, rules: tuple[Rule, ...], facts: Mapping[str, Fact]
) -> Iterator[Problem]:
    """Rules that count one kind of fact in the words of another."""
    for rule in rules:
        for bound in bounds(rule):
            for ref in bound.weights:
                fact = facts[ref]
                if fact.kind == _COUNTED_IN[bound.count]:
                    continue
                right = next(count for count, kind in _COUNTED_IN.items() if kind == fact.kind)
                message = f"rule {bound.id} counts {bound.count}, but {ref} is counted in {right}"
                yield Problem(source, message, field=f"{field}.rule", value=bound.count)


# Facts as people type them


def read_fact(recognition: Recognition, name: str, text: str, source: str) -> tuple[str, int]:
    """A fact's id and its value, typed as people type them.

    Raises
    ------
    DataError
        For an unknown fact, or a value that it cannot have.
    """
    known = find_ref(name, recognition.facts)
    if known is None:
        message = f"{recognition.id} has no such fact{nearest(name, list(recognition.facts))}"
        raise DataError([Problem(source, message, value=name or "(empty)")])
    fact = recognition.facts[known]
    folded = text.strip().casefold()
    if fact.kind == "yes":
        if folded in YES or folded in NO:
            return known, int(folded in YES)
        raise DataError([Problem(source, f"{fact.id} is yes or no", field=fact.id, value=text or "(empty)")])
    if folded.isascii() and folded.isdigit() and len(folded) <= 9 and int(folded) <= fact.most:
        return known, int(folded)
    message = f"{fact.id} is a whole number of {fact.kind} from 0 to {fact.most}"
    raise DataError([Problem(source, message, field=fact.id, value=text or "(empty)")])
