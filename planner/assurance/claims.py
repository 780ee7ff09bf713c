"""Who is ready to be claimed, what each other one lacks, and how far every claim is.

The portfolio's verdict says whether the rules are met and by which units; what the awarding organisation asks
besides is looked at here: internal quality assurance, the policy's strata, dates. Ready means that nothing on
record stands in the way; evidence is judged by people, and only the awarding organisation certifies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from planner.assurance.policy import Policy
from planner.assurance.sampling import Assessment, Sampling, Stratum, strata_of
from planner.catalogue.qualification import in_words
from planner.catalogue.units import folded_ref
from planner.errors import Problem, refuse
from planner.files.people import identity
from planner.planning.result import Plan
from planner.portfolio.verdict import Judgement, verdict_of
from planner.records.portfolios import Entry, Portfolio
from planner.records.wishes import Wishes

Stage = Literal["registered", "achieved", "claimed", "received", "issued"]
STAGES: tuple[Stage, ...] = ("registered", "achieved", "claimed", "received", "issued")
"""How far an award is: claimed by the centre, received by the awarding organisation, issued by it."""

STEPS: tuple[Stage, ...] = STAGES[2:]
"""The stages that nothing but a date says."""

SHEET = "Claims"

_ASSESSED = frozenset(("assessed", "verified", "claimed"))
_NOT_ASSESSED = frozenset(("transfer", "exempt"))
"""How a unit comes to be held that nobody here assesses, so that there is nothing to verify."""

Days = Mapping[Stage, date | None]


@dataclass(frozen=True, slots=True)
class Lacking:
    """One thing that stands in the way of a claim: what kind, in words, and of which unit if of one."""

    code: str
    words: str
    ref: str = ""

    def to_json(self) -> dict[str, str]:
        """It as JSON."""
        return {"code": self.code, "words": self.words, **({"ref": self.ref} if self.ref else {})}


@dataclass(frozen=True, slots=True)
class Claim:
    """One learner: the judgement, the units that count, what is lacking, the day of each stage so far.

    Where the achieved units meet the rules in several ways, those count that leave the fewest units to mend.
    """

    judgement: Judgement
    counted: tuple[str, ...]
    lacking: tuple[Lacking, ...]
    stage: Stage
    days: Days

    @property
    def ready(self) -> bool:
        """Whether the award can be claimed now: nothing is lacking, and it has not been claimed yet."""
        return self.stage == "achieved" and not self.lacking

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is lacking in words, each once."""
        return tuple(dict.fromkeys(each.words for each in self.lacking))

    @property
    def portfolio(self) -> Portfolio:
        """The learner's units and details."""
        return self.judgement.portfolio

    def to_json(self) -> dict[str, Any]:
        """One learner of the JSON of `claims`."""
        return {
            "learner": self.portfolio.learner,
            "name": self.portfolio.details.name,
            "ready": self.ready,
            "stage": self.stage,
            "dates": {stage: day.isoformat() if day else None for stage, day in self.days.items()},
            "counted": list(self.counted),
            "lacking": [each.to_json() for each in self.lacking],
        }


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """What claims are judged by.

    Parameters
    ----------
    today
        The day on which they would be made.
    policy
        What internal quality assurance must sample first; None: nothing is asked.
    done
        The assessments that it has sampled.
    assessments
        All to date, if the policy selects by more than portfolios say; None: those of the portfolios.
    certification_ends
        The last day for a claim, if not the one on file.
    steps
        What is known of claims that were made, by the learner's identity.
    """

    today: date
    policy: Policy | None = None
    done: tuple[Assessment, ...] = ()
    assessments: tuple[Assessment, ...] | None = None
    certification_ends: date | None = None
    steps: Mapping[str, Days] = field(default_factory=dict)


Faults = dict[str, list[Lacking]]
"""What stands in the way of single units, by ref."""


def claims_of(judgements: Sequence[Judgement], terms: ClaimTerms) -> tuple[Claim, ...]:
    """Who is ready to be claimed, and what each other one lacks, in the order of the judgements.

    Raises
    ------
    DataError
        The policy selects by a column that no portfolio has, and no table of assessments is given.
    """
    unsampled = _unsampled(judgements, terms)
    return tuple(_claim(each, terms, unsampled) for each in judgements)


def key_of(learner: str) -> str:
    """A learner as files of claims and portfolios are compared."""
    return identity(learner).casefold()


def _claim(judgement: Judgement, terms: ClaimTerms, unsampled: Unsampled) -> Claim:
    lacking = list(_unproven(judgement))
    if not judgement.now.judged:
        return Claim(judgement, (), tuple(lacking), "registered", dict.fromkeys(STAGES))
    faults = _faults(judgement, terms, unsampled)
    counted = _counted(judgement, faults)
    mend = dict.fromkeys(each for ref in counted for each in faults.get(ref, ()))
    achieved = judgement.now.rules_met and not any(each.code == "not verified" for each in mend)
    made = {entry.ref for entry in judgement.portfolio.entries if entry.status == "claimed"}
    # Some units claimed are no award: they have to meet the rules by themselves.
    made = made if made and _best(judgement, made, made).found else set()
    days = _days(judgement, terms, counted if achieved else (), made)
    lacking += [*mend, *_not_open(judgement, terms), *_wrong_steps(days, terms)]
    stage: Stage = "claimed" if made else "achieved" if achieved else "registered"
    stage = next((step for step in reversed(STEPS) if days[step]), stage)
    return Claim(judgement, counted, tuple(lacking), stage, days)


def _counted(judgement: Judgement, faults: Faults) -> tuple[str, ...]:
    """The achieved units that count: of those that meet the rules, with the fewest that are to be mended."""
    now, achieved = judgement.now, judgement.portfolio.achieved
    if not now.rules_met or not faults.keys() & set(now.counted):
        return now.counted
    # Units without a fault are free, each other one costs: least new ones are fewest to be mended.
    best = _best(judgement, achieved, achieved - faults.keys())
    return best.units if best.found else now.counted


def _best(judgement: Judgement, among: Collection[str], held: Collection[str]) -> Plan:
    """A plan of the fewest units of `among` beside those `held`, under the rules that are not waived."""
    qualification, portfolio = judgement.qualification, judgement.portfolio
    # Rules may speak of what is achieved: so are all of these, whether or not they are to be mended.
    ways = frozenset((dict.fromkeys(among, "achieved") | dict(portfolio.ways)).items())
    closed = frozenset(qualification.by_ref) - set(among)
    wishes = Wishes(held=frozenset(held), goals=("units",), closed=closed, ways=ways)
    return verdict_of(qualification, wishes, portfolio.waived).home


# Rules


def _unproven(judgement: Judgement) -> Iterator[Lacking]:
    """What of the rules is not met, in their own sentences, and what keeps anybody from saying so."""
    now, portfolio = judgement.now, judgement.portfolio
    if not now.judged:
        yield Lacking("not judged", f"nobody may judge what was read: {now.doubt}")
        return
    if portfolio.rows_left_out:
        yield Lacking("rows left out", f"{portfolio.rows_left_out} of the rows could not be read")
    if not now.decided:
        yield Lacking("undecided", "whether the rules are met was not decided in the time given")
    elif not now.rules_met:
        broken = [each for each in now.findings if not each.holds and each.rule.id not in portfolio.waived]
        for finding in broken:
            yield Lacking("rule", f"“{finding.rule.text}”: {finding.progress}")
        if not broken:
            yield Lacking("rule", "the rules of combination are not met")


# Units


def _faults(judgement: Judgement, terms: ClaimTerms, unsampled: Unsampled) -> Faults:
    """What stands in the way of each achieved unit, where anything does."""
    portfolio, found = judgement.portfolio, Faults()
    ways, entries = dict(portfolio.ways), {entry.ref: entry for entry in portfolio.entries}
    for ref in sorted(portfolio.achieved):
        unit = _Held(judgement, ref, ways.get(ref, ""), entries.get(ref))
        waits = unsampled.get((key_of(portfolio.learner), folded_ref(ref)), ())
        wrong = [
            *_unverified(unit),
            *waits,
            *_open_actions(unit, terms.done),
            *_wrong_dates(unit, terms.today),
        ]
        if wrong:
            found[ref] = wrong
    return found


@dataclass(frozen=True, slots=True)
class _Held:
    """An achieved unit: how it is held (empty: assessed here), and what the record says of it."""

    judgement: Judgement
    ref: str
    way: str
    entry: Entry | None

    @property
    def named(self) -> str:
        return self.judgement.qualification.named(self.ref)


def _unverified(unit: _Held) -> Iterator[Lacking]:
    entry = unit.entry
    if unit.way in _NOT_ASSESSED or (entry is not None and entry.status in ("verified", "claimed")):
        return
    if unit.way == "rpl" and entry is not None and entry.verified is not None:
        return
    how = "recognised as prior learning" if unit.way == "rpl" else "assessed"
    yield Lacking("not verified", f"{unit.named} is {how} and awaits internal quality assurance", unit.ref)


# Sampling


Unsampled = Mapping[tuple[str, str], Sequence[Lacking]]
"""What the policy still asks of strata, by learner and unit."""


def _unsampled(judgements: Sequence[Judgement], terms: ClaimTerms) -> Unsampled:
    """What the policy still asks of the strata that a unit stands in and was not sampled itself.

    What cannot be sampled is not waited for.
    """
    found: dict[tuple[str, str], list[Lacking]] = {}
    if terms.policy is None:
        return found
    to_date = terms.assessments
    if to_date is None:
        people = [each.portfolio for each in judgements]
        to_date = tuple(assessments_of(people, terms.policy, terms.done))
    items = {f"row {number}": each for number, each in enumerate(to_date)}
    sampled, noted = {each.key for each in terms.done}, set(_noted(judgements))
    been = {name for name, each in items.items() if each.key in sampled or each.key[:2] in noted}
    for rule, agree, members in strata_of(terms.policy, items):
        able = sum(name in been or items[name].eligible for name in members)
        needed = min(rule.needed(len(members)), able)
        stratum = Stratum(rule, agree, needed, able, len(been & {*members}))
        if not stratum.met:
            words = f"“{rule.text}” ({stratum.words}): {stratum.sampled} of {needed} sampled"
            lacking = Lacking("not sampled", words, agree.get("ref", ""))
            for unit in {items[name].key[:2] for name in members if name not in been}:
                found.setdefault(unit, []).append(lacking)
    return found


def _noted(judgements: Iterable[Judgement]) -> Iterator[tuple[str, str]]:
    """The units whose record says itself what internal quality assurance sampled."""
    for each in judgements:
        for entry in each.portfolio.entries:
            if entry.iqa_sample:
                yield key_of(each.portfolio.learner), folded_ref(entry.ref)


def assessments_of(
    portfolios: Iterable[Portfolio], policy: Policy | None, done: Iterable[Assessment] = ()
) -> Iterator[Assessment]:
    """The assessments that portfolios speak of, with the samples that they note themselves.

    `policy` is what they will be sampled by; None: whatever. Where a record does not say the day of
    assessment, the day that the sampler noted is taken.

    Raises
    ------
    DataError
        The policy selects by a column that no portfolio has.
    """
    message = "no portfolio says this, by which the policy selects: give the table of assessments, too"
    if policy is not None:
        unknown = [name for name in policy.columns if name != "site"]
        refuse(Problem(policy.title, message, field=name) for name in unknown)
    # Of several days the latest stays, as it comes last.
    known = {each.key[:2]: each.day for each in sorted(done, key=lambda each: each.day)}
    for portfolio in portfolios:
        for entry in portfolio.entries:
            if entry.status in _ASSESSED:
                noted = known.get((key_of(portfolio.learner), folded_ref(entry.ref)))
                # Some day in any case: whatever is not known of it, it is there to be sampled.
                day = entry.assessed or noted or entry.date or entry.verified or date.min
                cells = {"site": portfolio.details.site}
                sampling = Sampling(outcome=entry.iqa_outcome) if entry.iqa_sample else None
                yield Assessment(
                    portfolio.learner, entry.ref, entry.assessor, day, cells=cells, sampling=sampling
                )


def _open_actions(unit: _Held, done: Iterable[Assessment]) -> Iterator[Lacking]:
    """The actions that internal quality assurance has asked for and nobody has done."""
    key = key_of(unit.judgement.portfolio.learner), folded_ref(unit.ref)
    for each in done:
        sampling = each.sampling
        if each.key[:2] == key and sampling is not None and sampling.open:
            due = f", due on {in_words(sampling.due)}" if sampling.due else ""
            yield Lacking(
                "action open", f"an action is open on {unit.named}{due}: {sampling.action}", unit.ref
            )


# Dates


def _told(entry: Entry) -> dict[str, date | None]:
    """The days of a unit in their order; `date` belongs to its status."""
    own = {entry.status: entry.date}
    return {
        "started": entry.started,
        "assessed": entry.assessed or own.get("assessed"),
        "verified": entry.verified or own.get("verified"),
        "claimed": own.get("claimed"),
    }


def _wrong_dates(unit: _Held, today: date) -> Iterator[Lacking]:
    """The dates of a unit that are missing, out of range or out of order."""
    start, opened = unit.judgement.portfolio.details.start, unit.judgement.qualification.starts
    # The later of the two: nothing was assessed before the qualification began, nor before the learner did.
    first = max(filter(None, (opened, start)), default=None)
    which = "the learner was registered" if first == start else "the qualification began"
    if unit.way in _NOT_ASSESSED or unit.entry is None:
        return
    days = {word: day for word, day in _told(unit.entry).items() if day}
    if not days.keys() & _ASSESSED and unit.entry.date is None:
        yield Lacking("date missing", f"{unit.named} has no date of assessment or verification", unit.ref)
    for word, day in days.items():
        words = ""
        if day > today and word != "claimed":  # a claim's day is judged as a step of the claim
            words = "to come"
        elif first is not None and day < first and word != "started" and unit.way != "rpl":
            words = f"before {which} on {in_words(first)}"
        if words:
            yield Lacking(
                "date out of range", f"{unit.named} was {word} on {in_words(day)}, {words}", unit.ref
            )
    # In the order in which they must be; those that are not known are left out.
    for (before, one), (after, other) in pairwise(days.items()):
        if other < one:
            words = f"{after} on {in_words(other)}, before it was {before} on {in_words(one)}"
            yield Lacking("dates out of order", f"{unit.named} was {words}", unit.ref)


def _not_open(judgement: Judgement, terms: ClaimTerms) -> Iterator[Lacking]:
    """Why the awarding organisation would not certify on the day, whatever was achieved."""
    qualification, start = judgement.qualification, judgement.portfolio.details.start
    last = terms.certification_ends or qualification.certification_ends
    status = qualification.status(terms.today)
    if last is not None and terms.today > last:
        yield Lacking("certification ended", f"certificates could be claimed until {in_words(last)}")
    elif status == "not yet open" or (status == "closed" and last is None):
        unknown = "" if status == "not yet open" else " No last day for claims is on file: ask for it."
        code = "not yet open" if status == "not yet open" else "certification unknown"
        yield Lacking(code, f"{qualification.status_sentence(terms.today)}{unknown}")
    if start is None:
        if status == "closed":
            words = f"{qualification.next_step(False, terms.today).partition('. ')[0].rstrip('.')}"
            yield Lacking("registration unknown", f"{words}: no first day of this learner is on record")
    elif qualification.ends is not None and start > qualification.ends:
        words = f"registered on {in_words(start)}, after {in_words(qualification.ends)}"
        yield Lacking("registered too late", f"{words}, the last day of registration")
    elif start > terms.today:
        yield Lacking("date out of range", f"registered on {in_words(start)}, to come")


# Stages


def _days(
    judgement: Judgement, terms: ClaimTerms, achieved: Collection[str], made: Collection[str]
) -> dict[Stage, date | None]:
    """The day of each stage: of the units achieved, and of those by whose claim the award was."""
    portfolio = judgement.portfolio
    steps = terms.steps.get(key_of(portfolio.learner), {})

    def last(word: str, refs: Collection[str]) -> date | None:
        told = (_told(entry)[word] for entry in portfolio.entries if entry.ref in refs)
        return max(filter(None, told), default=None)

    own = {"achieved": last("verified", achieved), "claimed": last("claimed", made)}
    days: dict[Stage, date | None] = {"registered": portfolio.details.start, "achieved": own["achieved"]}
    return {**days, **{step: steps.get(step) or own.get(step) for step in STEPS}}


def _wrong_steps(days: Days, terms: ClaimTerms) -> Iterator[Lacking]:
    """Steps of the claim that were missed out, lie in time to come, or before an earlier one."""
    last: tuple[Stage, date] | None = None
    for before, stage in pairwise(STAGES):
        day = days[stage]
        if day is None:
            continue
        if before in STEPS and days[before] is None:
            yield Lacking(
                "stage missing", f"{stage} on {in_words(day)}, but no day says when it was {before}"
            )
        if day > terms.today and stage in STEPS:
            yield Lacking("date out of range", f"{stage} on {in_words(day)}, to come")
        if last is not None and day < last[1]:
            words = f"{stage} on {in_words(day)}, before it was {last[0]} on {in_words(last[1])}"
            yield Lacking("dates out of order", words)
        last = stage, day
