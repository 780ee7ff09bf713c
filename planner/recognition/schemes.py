"""Recognition: what a person or a centre can reach, from facts about them.

An accreditation is a set of rules over facts, as a qualification is a set of rules over units: months of
service, a signature, an audit passed. The same joiner, auditor and solver measure them.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date
from typing import Any, Literal

from planner.errors import DisagreementError, Problem, nearest, refuse
from planner.rules.goal import Stage
from planner.rules.measure import Finding, audit
from planner.rules.model import Model
from planner.rules.rule import Bound, Rule, bounds, negation

FactKind = Literal["yes", "months", "years", "points", "GCSEs"]

Measured = Literal["cpd-points", "cpd-points-last-year", "cpd-each-year", "rules-met"]
"""Facts that another part of the planner can work out: a CPD log, a portfolio."""

SECONDS = 10.0
"""Time limit of one search for what is missing; on the schemes on file it takes some thousandths."""

LARGEST_VALUE = 1_000_000
"""The greatest value of a fact, whoever counted it."""

LONGEST_ID = 100
"""Characters of a text that may be an id."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something true or counted of a person or a centre.

    `most` is the greatest value (1 of what is true or not); what `grows` does so with time, such as months
    of service; `measured` is what the planner can work out itself.
    """

    id: str
    text: str
    kind: FactKind
    most: int = 1
    grows: bool = False
    measured: Measured | None = None

    @property
    def ref(self) -> str:
        """How rules name it."""
        return self.id

    @property
    def title(self) -> str:
        """What it says."""
        return self.text

    def in_words(self, value: int) -> str:
        """A value of this fact: yes, no, 1 month, 18 months."""
        if self.kind == "yes":
            return "yes" if value else "no"
        return f"{value} {self.kind[:-1] if value == 1 else self.kind}"

    @property
    def wanted(self) -> str:
        """What a value of it has to be, in words."""
        if self.kind == "yes":
            return f"{self.id} is yes or no"
        return f"{self.id} is a whole number of {self.kind} from 0 to {self.most}"


@dataclass(frozen=True, slots=True)
class Award:
    """Something that can be reached, the rules for it and the words on who decides.

    `held` is the fact that says one has it already; empty where there is none.
    """

    id: str
    title: str
    rules: tuple[Rule, ...]
    decides: str
    held: str = ""


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
    recurring: tuple[Recurring, ...]
    notes: tuple[str, ...]
    qualification: str = ""
    digest: str = ""

    def __repr__(self) -> str:
        return f"<Recognition {self.id}, {len(self.awards)} awards>"

    @property
    def whereabouts(self) -> str:
        """Whose scheme this is and where it holds."""
        return f"{self.body}, {self.region}" if self.region else self.body


@dataclass(frozen=True, slots=True)
class LackingFact:
    """A fact that is not there yet: what it is and what it has to be.

    `said` is whether anybody has said what it is today; what nobody has said is taken as no, or 0.
    """

    fact: Fact
    have: int
    need: int
    said: bool = True

    @property
    def in_words(self) -> str:
        """What is missing, in one line."""
        if self.fact.kind == "yes":
            return self.fact.text
        if not self.said:
            return f"{self.fact.in_words(self.need)}: {self.fact.text} (not said yet)"
        more = self.need - self.have
        unit = self.fact.kind[:-1] if more == 1 else self.fact.kind
        return f"{more} more {unit}: {self.fact.text} ({self.have} of {self.need})"

    def to_json(self) -> dict[str, Any]:
        """What is missing as JSON."""
        return {"fact": self.fact.id, "have": self.have, "need": self.need, "text": self.fact.text}


@dataclass(frozen=True, slots=True)
class Reach:
    """One award, measured: whether its requirements are met and, if not, the least that is missing.

    `lacking` is None where no addition helps (a limit is already passed); else the fewest statements, then
    the smallest numbers, that are missing, the least of them first. `unsaid` are facts that nobody has said
    and of which more could break a limit which seems kept: months since an audit are not 0 because nobody
    knows them.
    What is `held` already is reached, however the findings are.
    """

    award: Award
    findings: tuple[Finding, ...]
    lacking: tuple[LackingFact, ...] | None
    unsaid: tuple[Fact, ...] = ()
    held: bool = False

    @property
    def reached(self) -> bool:
        """Whether it is held, or every rule holds, whatever the facts are that nobody has said."""
        return self.held or (all(finding.holds for finding in self.findings) and not self.unsaid)

    @property
    def broken(self) -> tuple[Finding, ...]:
        """The rules that do not hold."""
        return tuple(finding for finding in self.findings if not finding.holds)

    def to_json(self, today: date | None) -> dict[str, Any]:
        """The award as JSON; `today` is the day from which time is counted."""
        day = earliest(self, today or date.today())
        return {
            "id": self.award.id,
            "title": self.award.title,
            "reached": self.reached,
            "held": self.held,
            "decides": self.award.decides,
            "findings": [finding.to_json() for finding in self.findings],
            "missing": None if self.lacking is None else [item.to_json() for item in self.lacking],
            "unsaid": [fact.id for fact in self.unsaid],
            "earliest": None if day is None else day.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Career:
    """Where somebody stands in one scheme: every award measured over the facts.

    `facts` holds a value for each fact, `said` those that somebody has said.
    """

    recognition: Recognition
    facts: Mapping[str, int]
    reaches: tuple[Reach, ...]
    said: frozenset[str] = frozenset()

    @property
    def reached(self) -> tuple[Reach, ...]:
        """The awards of which the requirements are met."""
        return tuple(reach for reach in self.reaches if reach.reached)

    @property
    def next(self) -> Reach | None:
        """The first award, in the scheme's order, that is not reached and can be.

        Those after the last one reached come first, those before one that is held do not come: who holds a
        certificate is not asked to begin again.
        """
        left = self.reaches[_after_last([reach.held for reach in self.reaches]) :]
        place = _after_last([reach.reached for reach in left])
        # Behind the last award reached, and then from the front again.
        onwards = (*left[place:], *left[:place])
        return next((r for r in onwards if not r.reached and r.lacking is not None), None)

    def to_json(self, today: date | None = None) -> dict[str, Any]:
        """The scheme as the command `career` gives it; `today` is the day from which time is counted."""
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
            "said": [name for name in self.facts if name in self.said],
            "awards": [reach.to_json(today) for reach in self.reaches],
            "reached": [reach.award.id for reach in self.reached],
            "next": None if self.next is None else self.next.award.id,
            "notes": list(scheme.notes),
            "data": scheme.digest,
        }


def _after_last(flags: Sequence[bool]) -> int:
    """The place after the last flag that is set; 0 if none is."""
    return max((place for place, flag in enumerate(flags, start=1) if flag), default=0)


def career(recognition: Recognition, facts: Mapping[str, int]) -> Career:
    """Every award of a scheme measured over facts (by id; those not given are no, or 0).

    Raises
    ------
    DataError
        For each fact that the scheme does not know, and each value that it cannot have.
    """
    refuse(impossible_facts(recognition, facts))
    said = frozenset(facts)
    known = {name: facts.get(name, 0) for name in recognition.facts}
    reaches = tuple(_reach(recognition, award, known, said) for award in recognition.awards)
    return Career(recognition, known, reaches, said)


def impossible_facts(recognition: Recognition, facts: Mapping[str, int]) -> Iterator[Problem]:
    """What somebody counted may pass what people type (`Fact.most`), within reason."""
    for name, value in facts.items():
        fact = recognition.facts.get(name)
        if fact is None:
            message = f"has no such fact{nearest(name[:LONGEST_ID], list(recognition.facts))}"
            yield Problem(recognition.id, message, value=name[:LONGEST_ID])
        elif not 0 <= value <= (1 if fact.kind == "yes" else LARGEST_VALUE):
            yield Problem(recognition.id, fact.wanted, field=name, value=str(value))


def _reach(recognition: Recognition, award: Award, facts: Mapping[str, int], said: AbstractSet[str]) -> Reach:
    findings = audit(award.rules, facts)
    if award.held and facts[award.held]:
        return Reach(award, findings, (), held=True)
    unsaid = _unsaid(recognition, award, facts, said)
    if all(finding.holds for finding in findings):
        return Reach(award, findings, (), unsaid)
    counts = _least(recognition, award, facts)
    if counts is None:
        return Reach(award, findings, None, unsaid)
    lacking = [
        LackingFact(recognition.facts[name], have, counts[name], name in said)
        for name, have in facts.items()
        if counts.get(name, have) != have
    ]
    lacking.sort(key=lambda item: item.need - item.have)
    return Reach(award, findings, tuple(lacking), unsaid)


def _least(recognition: Recognition, award: Award, facts: Mapping[str, int]) -> Mapping[str, int] | None:
    """The facts that an award speaks of, with the fewest additions that reach it; None if none do."""
    spoken_of = {ref for rule in award.rules for bound in bounds(rule) for ref in bound.weights}
    names = [name for name in recognition.facts if name in spoken_of]
    # From what is there upwards: nobody is told to have less of anything.
    spans = {name: (facts[name], max(recognition.facts[name].most, facts[name])) for name in names}
    # Statements are not weighed against months: as few new ones as can be, then as little more of the
    # numbers, then one answer alone.
    yes = [name for name in names if recognition.facts[name].kind == "yes"]
    stages = [
        Stage("statements", dict.fromkeys(yes, 1)),
        Stage("numbers", {name: 1 for name in names if name not in yes}),
        *(Stage(f"order {name}", {name: 1}) for name in reversed(names)),
    ]
    outcome = Model(spans, award.rules).solve({}, stages, SECONDS)
    if outcome.decision == "infeasible":
        return None
    if outcome.decision != "optimal":
        raise DisagreementError(f"what is missing for {award.id} was not found in {SECONDS:.0f} seconds")
    broken = [finding.rule.id for finding in audit(award.rules, outcome.counts) if not finding.holds]
    if broken:
        raise DisagreementError(f"what is missing for {award.id} breaks {broken}")
    return outcome.counts


def _unsaid(
    recognition: Recognition, award: Award, facts: Mapping[str, int], said: AbstractSet[str]
) -> tuple[Fact, ...]:
    """The facts nobody has said of which more could break a rule which holds without them."""
    found: set[str] = set()
    for finding in audit(award.rules, facts):
        if finding.holds:
            limited = {ref for bound in bounds(finding.rule) for ref in bound.limited} - said
            found |= {ref for ref in limited if _can_break(recognition, finding.rule, ref, facts, said)}
    return tuple(fact for name, fact in recognition.facts.items() if name in found)


def _can_break(
    recognition: Recognition, rule: Rule, ref: str, facts: Mapping[str, int], said: AbstractSet[str]
) -> bool:
    """Whether more of a fact breaks a rule, all else the same, for any values of what nobody has said."""
    names = {name for bound in bounds(rule) for name in bound.weights}
    spans = {
        name: (facts[name], facts[name] if name in said else recognition.facts[name].most) for name in names
    }
    more, raised = f"more {ref}", f"raised {ref}"
    spans[more] = (1, recognition.facts[ref].most)
    within = Bound(raised, rule.text, {raised: 1}, at_most=recognition.facts[ref].most)
    # Two worlds in one model, alike but for this fact, which is higher in the second: the rule is kept in the
    # first and broken in the second.
    rules = [rule, negation(_renamed(rule, ref, raised)), within]
    model = Model(spans, rules, sums={raised: (ref, more)})
    return model.solve({}, seconds=SECONDS).decision != "infeasible"


def _renamed(rule: Rule, old: str, new: str) -> Rule:
    """The rule with one fact under another name."""
    if isinstance(rule, Bound):
        return replace(rule, weights={new if ref == old else ref: n for ref, n in rule.weights.items()})
    return replace(rule, of=tuple(_renamed(part, old, new) for part in rule.of))


# Time


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last day where the month has no such day.

    Raises
    ------
    OverflowError
        Beyond the year 9999.
    """
    years, month = divmod(day.month - 1 + months, 12)  # months counted from 0
    year, month = day.year + years, month + 1
    if year > MAXYEAR:
        raise OverflowError("beyond the year 9999")
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def earliest(reach: Reach, today: date) -> date | None:
    """The day by which what is missing and grows with time has grown, if all else is there by then.

    Facts are whole months and years, so it may be up to one month (or year) sooner. What grows, grows side
    by side: 18 months as a team leader and 12 in management take 18.

    None where nothing that is missing grows, nobody has said how much of it there is, or no addition helps.
    """
    growing = [item for item in reach.lacking or () if item.fact.grows]
    if not growing or not all(item.said for item in growing):
        return None
    months = max((item.need - item.have) * MONTHS[item.fact.kind] for item in growing)
    try:
        return months_later(today, months)
    except OverflowError:
        return None


MONTHS = {"months": 1, "years": 12}
"""The kinds of fact that time can make grow, in months."""


# Files
