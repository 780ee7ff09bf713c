"""What a learner has achieved, with its evidence and an assessor's decisions, and what that comes to.

A portfolio is a transcript: "these units are achieved: are the rules met, and if not, what is the shortest
way?" The planner answers it with the achieved units held.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from weakref import WeakKeyDictionary

from planner.catalogue.qualification import Qualification, in_words
from planner.catalogue.units import credits_of
from planner.errors import Parameter, refuse
from planner.planning.result import Plan
from planner.planning.solve import SECONDS, answer
from planner.records.goals import BEGIN
from planner.records.portfolios import DATES, Entry, Portfolio
from planner.records.wishes import Wishes, closed_units, default_goals, known_tasks
from planner.rules.measure import Finding, audit


@dataclass(frozen=True, slots=True)
class EntryRemark:
    """Something the record lacks or says twice; a finding of the record, never of the rules."""

    ref: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """The remark as JSON."""
        return {"ref": self.ref, "text": self.text}


@dataclass(frozen=True, slots=True)
class Way:
    """A way to the award from the units achieved and those under way, which are the plan's `begun`."""

    plan: Plan

    @property
    def to_finish(self) -> tuple[str, ...]:
        """The units under way that are still missing."""
        return tuple(ref for ref in self.plan.new_units if ref in self.plan.wishes.begun)

    @property
    def to_start(self) -> tuple[str, ...]:
        """The missing units that nobody has begun."""
        return tuple(ref for ref in self.plan.new_units if ref not in self.plan.wishes.begun)

    @property
    def not_needed(self) -> tuple[str, ...]:
        """The units under way that this way does without; none where there is no way."""
        left = self.plan.wishes.begun - set(self.plan.units)
        return tuple(sorted(left)) if self.plan.found else ()

    @property
    def credits(self) -> float | None:
        """The credits of the missing units; None where there is no way."""
        by_ref = self.plan.qualification.by_ref
        return credits_of(by_ref[ref] for ref in self.plan.new_units) if self.plan.found else None

    def to_json(self) -> dict[str, Any]:
        """The way as JSON."""
        return {
            "units": list(self.plan.new_units),
            "to_finish": list(self.to_finish),
            "to_start": list(self.to_start),
            "not_needed": list(self.not_needed),
            "credits": self.credits,
            "glh": self.plan.new_glh,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a set of achieved units comes to.

    `counted` are the achieved units that count, `surplus` those that do not; `findings` measure every
    rule over `counted`, the waived ones too. `home` is the way home, a plan with the achieved units held: its
    new units are what is missing. It begins the fewest units, under that fits the job best where that is
    known, and under that has the least new hours. `shortest` has the least new hours of all plans; None where
    those of `home` are as few. `doubt` says why there is no verdict, and is empty where there is one;
    `rows_left_out` of the learner's rows could not be read.
    """

    counted: tuple[str, ...]
    surplus: tuple[str, ...]
    findings: tuple[Finding, ...]
    home: Plan
    shortest: Plan | None = None
    doubt: str = ""
    rows_left_out: int = 0

    @property
    def judged(self) -> bool:
        """Whether there is a verdict: what was read is of one person, and something was."""
        return not self.doubt

    @property
    def rules_met(self) -> bool:
        """Whether the achieved units meet the rules; false where that was not judged."""
        return self.judged and self.home.found and not self.home.new_units

    @property
    def decided(self) -> bool:
        """Whether the answer was proven in the time given."""
        return self.home.status in ("optimal", "infeasible") or self.rules_met

    @property
    def by_wishes(self) -> bool:
        """Whether what the learner asks for has a part in that there is no way home."""
        return any(conflict.pins or conflict.excludes for conflict in self.home.conflicts)

    @property
    def ways(self) -> tuple[Way, ...]:
        """The way home and, where it is another, the shortest; none where no way exists."""
        plans = [self.home] if self.shortest is None else [self.home, self.shortest]
        return tuple(Way(plan) for plan in plans if plan.found)

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON; `rules_met` is null where there is none."""
        found = {
            "rules_met": self.rules_met if self.judged else None,
            "decided": self.decided,
            "counted": list(self.counted),
            "surplus": list(self.surplus),
            "findings": [finding.to_json() for finding in self.findings],
            "missing": Way(self.home).to_json(),
            "shortest": None if self.shortest is None else Way(self.shortest).to_json(),
            "conflicts": [conflict.to_json() for conflict in self.home.conflicts],
            "outside_offer": list(self.home.outside_offer),
        }
        return dict(self.home.qualification.published_only(found))


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one portfolio, now and if everything in hand is achieved, and remarks on the record."""

    qualification: Qualification
    portfolio: Portfolio
    now: Verdict
    if_completed: Verdict
    remarks: tuple[EntryRemark, ...]
    titles: tuple[tuple[str, Verdict], ...] = ()
    """The titles that the award can be endorsed with, each with the verdict on the rules and its own."""

    def to_json(self) -> dict[str, Any]:
        """One learner of the JSON of `audit`."""
        portfolio = self.portfolio
        return {
            "learner": portfolio.learner,
            **portfolio.details.registration,
            "rows_left_out": portfolio.rows_left_out,
            "not_judged": portfolio.doubt or None,
            **self.now.to_json(),
            "if_completed": self.if_completed.to_json(),
            "awaiting_iqa": list(portfolio.awaiting_iqa),
            "waived": sorted(portfolio.waived),
            "decisions": [decision.to_json() for decision in portfolio.decisions],
            "record": [remark.to_json() for remark in self.remarks],
            **({"titles": [_title_json(*title) for title in self.titles]} if self.titles else {}),
        }


def _title_json(name: str, found: Verdict) -> dict[str, Any]:
    told = found.to_json()
    return {"title": name, **{key: told[key] for key in ("rules_met", "decided", "missing", "conflicts")}}


def judge(
    qualification: Qualification,
    portfolio: Portfolio,
    *,
    tasks: Iterable[str] = (),
    offer: Collection[str] | None = None,
    today: date | None = None,
    seconds: float = SECONDS,
    wished: Wishes | None = None,
    goals: tuple[str, ...] = (),
) -> Judgement:
    """The judgement of one portfolio.

    Parameters
    ----------
    qualification, portfolio
        Refs and rule ids of the portfolio are those of the qualification.
    tasks
        Ids of what the learner does at work: of ways that begin as few units the one that fits is taken.
    offer
        The refs of the units the centre can assess; what a way home begins is among them. None: all.
    today
        What counts as the future.
    seconds
        Time limit of each plan.
    wished
        What the learner asks for: units that must count or must not, or are held besides, and a plan
        agreed before, of which as few units as can be are changed. Rules that are met stay met,
        whatever is asked for.
    goals
        Ids of goals of the way home, the most important first. None given: it begins as few units as can be.

    Raises
    ------
    DataError
        For unknown tasks.
    """
    done, unknown = known_tasks(qualification, tasks)
    refuse(unknown)
    asked = wished or Wishes()
    goals = goals or (BEGIN.id, *default_goals(qualification, done, ()))
    goals = ("changes", *goals) if asked.keep else goals

    outside = frozenset(portfolio.outside)

    def verdict(
        achieved: frozenset[str], begun: frozenset[str], of: Qualification = qualification
    ) -> Verdict:
        held = achieved | asked.held
        closed = closed_units(qualification, offer, held | begun)
        ways = frozenset((ref, way) for ref, way in portfolio.ways if ref in achieved or ref in outside)
        wishes = replace(
            asked, held=held, goals=goals, tasks=done, closed=closed, begun=begun, ways=ways | asked.ways
        )
        left_out = portfolio.rows_left_out
        if portfolio.doubt:
            nobody = Plan(qualification, wishes, "unknown")
            return Verdict((), (), (), nobody, doubt=portfolio.doubt, rows_left_out=left_out)
        found = verdict_of(of, wishes, portfolio.waived, seconds)
        # Wishes can ask for new units, or leave out what is needed, where the rules are met already: judged
        # again without them.
        if not found.rules_met and held and (wishes.pins or wishes.excludes or wishes.survive):
            unasked = replace(wishes, pins=frozenset(), excludes=frozenset(), survive=0)
            whatever = verdict_of(of, unasked, portfolio.waived, seconds)
            found = whatever if whatever.rules_met else found
        return replace(found, rows_left_out=left_out)

    now = verdict(portfolio.achieved, portfolio.in_hand)
    later = verdict(portfolio.achieved | portfolio.in_hand, frozenset()) if portfolio.in_hand else now
    remarks = tuple(_remarks(portfolio, today or date.today()))
    titles = tuple(
        (title.name, verdict(portfolio.achieved, portfolio.in_hand, qualification.titled(title.name)))
        for title in qualification.titles
    )
    return Judgement(qualification, portfolio, now, later, remarks, titles)


def verdict_of(
    qualification: Qualification,
    wishes: Wishes,
    waived: frozenset[str] = frozenset(),
    seconds: float = SECONDS,
) -> Verdict:
    """The verdict on the units that the wishes hold; their goals say which way home is best."""
    # No search of its own: the planner, with what is achieved free. A best plan without a new unit says that
    # the rules are met.
    achieved, applied = wishes.held, _without_rules(qualification, waived)
    home = answer(applied, wishes, seconds)
    # Where the centre's offer leaves no way, what counts is judged without it: the rules know of no offer.
    wider = wishes.closed and not home.found
    widest = answer(applied, replace(wishes, closed=frozenset()), seconds) if wider else home
    counted = achieved & set(widest.units) if widest.found else achieved
    findings = audit(qualification.rules_given(wishes.ways_held), counted)
    surplus = tuple(sorted(achieved - counted))
    return Verdict(tuple(sorted(counted)), surplus, findings, home, _shorter(applied, home, seconds))


def _shorter(qualification: Qualification, home: Plan, seconds: float) -> Plan | None:
    """A way with fewer new hours than `home`, whatever it begins; None where there is none."""
    goals = default_goals(qualification)
    if not home.cost or home.wishes.goals[0] == goals[0]:  # nothing to do, or shortest already
        return None
    shortest = answer(qualification, replace(home.wishes, goals=goals), seconds)
    return shortest if shortest.cost is not None and shortest.cost < home.cost else None


_reduced: WeakKeyDictionary[Qualification, dict[frozenset[str], Qualification]] = WeakKeyDictionary()


def _without_rules(qualification: Qualification, waived: frozenset[str]) -> Qualification:
    """The qualification without the waived rules; kept, so that its models are built once."""
    if not waived:
        return qualification
    known = _reduced.setdefault(qualification, {})
    if waived not in known:
        rules = tuple(rule for rule in qualification.rules if rule.id not in waived)
        known[waived] = replace(qualification, rules=rules)
    return known[waived]


def _remarks(portfolio: Portfolio, today: date) -> Iterator[EntryRemark]:
    for entry in portfolio.entries:
        if entry.achieved and portfolio.recorded:
            for missing, words in (
                (not entry.evidence, "no evidence is referenced"),
                (not entry.assessor, "no assessor is named"),
                (not (entry.date or entry.assessed or entry.verified), "no date is given"),
            ):
                if missing:
                    yield EntryRemark(entry.ref, f"{entry.status}, but {words}")
        for name in DATES:
            day = getattr(entry, name)
            if day is not None and day > today:
                yield EntryRemark(entry.ref, f"the date {in_words(day)} ({name}) lies in the future")
        for early, late in (("started", "assessed"), ("assessed", "verified"), ("started", "verified")):
            first, then = getattr(entry, early), getattr(entry, late)
            if first is not None and then is not None and then < first:
                yield EntryRemark(
                    entry.ref, f"{late} on {in_words(then)}, before {early} on {in_words(first)}"
                )
        if entry.achieved and entry.ref in portfolio.recognised:
            yield EntryRemark(entry.ref, "assessed and also recognised by a decision; it counts once")
    number = portfolio.details.unique_learner_number
    if number and not (number.isascii() and number.isdigit() and len(number) == 10):
        yield EntryRemark("", f"the unique learner number {number} is not ten digits")
    for decision in portfolio.decisions:
        if decision.date > today:
            yield EntryRemark(
                decision.subject, f"a decision is dated {in_words(decision.date)}, in the future"
            )


# Reading


def transcript(qualification: Qualification, units: Iterable[str]) -> Portfolio:
    """The portfolio of a bare list of achieved units, typed as people type them; the learner is "-".

    Raises
    ------
    DataError
        For unknown refs.
    """
    refs = qualification.resolve(list(units), Parameter("units"))
    order = list(qualification.by_ref)
    entries = (Entry(ref, "verified") for ref in sorted(refs, key=order.index))
    return Portfolio("-", tuple(entries), recorded=False)
