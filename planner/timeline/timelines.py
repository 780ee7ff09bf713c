"""Timelines of learners: a calendar each, or the proof that there is none, and what would help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Literal

from planner.catalogue.qualification import Qualification, in_words
from planner.errors import UndecidedError
from planner.planning.explore import swaps
from planner.planning.result import Plan
from planner.planning.solve import answer
from planner.portfolio.verdict import Judgement
from planner.records.portfolios import Details, Entry
from planner.records.registrations import HOURS
from planner.records.wishes import Request
from planner.rules.minimal import minimal
from planner.rules.rule import Bound
from planner.timeline.calendars import SECONDS, CalendarSearch
from planner.timeline.clock import Break, Clock
from planner.timeline.progress import Progress, flags, progress
from planner.timeline.weeks import Limits, Weeks, Work

HOURS_A_CREDIT = 10
"""Hours of learning that a credit stands for."""

OPEN, LEAST_WEEKS = 3, 4
"""Units open at a time, and the least weeks of one (consistent performance takes time): assumptions."""

AIDED = 1.0
"""Seconds for each question about what stands in the way and what would help."""

MOST_SWAPS = 40
"""Other choices of units that are tried, those with the fewest hours first."""

TimelineStatus = Literal["complete", "no dates", "cannot finish", "undecided", "behind", "on track"]

Agreed = Mapping[str, tuple[date, date]]
"""Of units the first and the last day that were agreed before."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What calendars keep to; dates and hours given here go before those of a file."""

    today: date
    start: date | None = None
    target: date | None = None
    hours_per_week: int | None = None
    breaks: tuple[Break, ...] = ()
    open_units: int = OPEN
    least_weeks: int = LEAST_WEEKS
    visit_every: int = 1
    seconds: float = SECONDS

    def of(self, details: Details) -> Terms:
        """The terms of one learner."""
        return replace(
            self,
            start=self.start or details.start,
            target=self.target or details.target,
            hours_per_week=self.hours_per_week or details.hours_per_week,
        )

    @property
    def most(self) -> int:
        """The most hours of a week."""
        return self.hours_per_week or HOURS[1]


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody with a plan; `doubt` says why there is none. `counted` are the achieved units that count."""

    learner: str
    plan: Plan
    details: Details = field(default_factory=Details)
    counted: tuple[str, ...] = ()
    recognised: frozenset[str] = frozenset()
    entries: Mapping[str, Entry] = field(default_factory=dict)
    doubt: str = ""

    @classmethod
    def judged(cls, judgement: Judgement) -> Learner:
        """The learner of a portfolio, on the way home."""
        portfolio, now = judgement.portfolio, judgement.now
        recognised = frozenset(ref for ref, _ in portfolio.ways)
        entries = {entry.ref: entry for entry in portfolio.entries}
        details, counted = portfolio.details, now.counted
        return cls(portfolio.learner, now.home, details, counted, recognised, entries, now.doubt)

    @classmethod
    def planned(cls, qualification: Qualification, request: Request) -> Learner:
        """The learner of a cohort, with the best plan."""
        plan = answer(qualification, request.wishes)
        counted = tuple(sorted(request.wishes.held & set(plan.units)))
        return cls(request.learner, plan, request.details, counted, recognised=frozenset(counted))

    @property
    def awaiting(self) -> tuple[str, ...]:
        """The missing units that are submitted."""
        return tuple(ref for ref in self.plan.new_units if self._status(ref) == "submitted")

    @property
    def to_do(self) -> tuple[str, ...]:
        """The missing units that have hours left."""
        return tuple(ref for ref in self.plan.new_units if ref not in self.awaiting)

    @property
    def active(self) -> date | None:
        """The last day on which something was recorded."""
        days = [
            day for e in self.entries.values() for day in (e.date, e.started, e.assessed, e.verified) if day
        ]
        return max(days, default=None)

    def work(self, ref: str, terms: Terms, afresh: bool = False) -> Work:
        """What is left of a unit; `afresh`: all of it."""
        entry = self.entries.get(ref)
        done = entry.progress or 0 if entry and not afresh else 0
        hours = -(-self.plan.qualification.by_ref[ref].credits * HOURS_A_CREDIT * (100 - done) // 100)
        return Work(ref, hours, min(terms.least_weeks, hours), self._before(ref))

    def _before(self, ref: str) -> frozenset[str]:
        """The units that must be achieved before another one is: an order, where one is not held yet."""
        return frozenset(
            other
            for rule in self.plan.qualification.rules
            if isinstance(rule, Bound) and rule.kind == "requires" and rule.subject == ref
            for other in rule.unless
        )

    def _status(self, ref: str) -> str:
        return self.entries[ref].status if ref in self.entries else ""


@dataclass(frozen=True, slots=True)
class Question:
    """A calendar asked for: units, terms, and what was agreed; weeks count from that of `today` on."""

    works: tuple[Work, ...]
    terms: Terms
    agreed: Agreed = field(default_factory=dict)
    from_start: bool = False

    @property
    def clock(self) -> Clock:
        """The weeks of the registration."""
        assert self.terms.start is not None
        return Clock(self.terms.start, self.terms.breaks, self.terms.visit_every)

    @property
    def first(self) -> int:
        """The first week that is left."""
        return 0 if self.from_start else max(0, self.clock.week_of(self.terms.today))

    @property
    def weeks(self) -> int:
        """The weeks with hours that are left before the target."""
        assert self.terms.target is not None
        return self.clock.until(self.first, self.terms.target)

    @property
    def working(self) -> tuple[int, ...]:
        """Weeks with hours, more than any calendar takes."""
        longest = sum(work.hours + self.terms.visit_every for work in self.works)
        lost = (len(self.terms.breaks) + 2) * self.terms.visit_every
        return self.clock.working(self.first, longest + lost)

    def search(self) -> CalendarSearch:
        """What answers it."""
        working = self.working
        place = {week: number for number, week in enumerate(working)}
        kept = {}
        for ref, days in self.agreed.items():
            first, last = (self.clock.week_of(day) for day in days)
            if ref in {work.ref for work in self.works}:
                kept[ref] = (place.get(max(first, self.first), -1), place.get(last, -1))
        limits = Limits(self.works, self.terms.open_units, self.clock.visits(working), kept)
        return CalendarSearch(limits, self.terms.seconds)

    def feasible(self) -> bool:
        """Whether a calendar meets the target."""
        return self.search().within(self.terms.most, max(self.weeks, 0)) is not None

    def days(self, found: Weeks) -> dict[str, tuple[date, date]]:
        """The first and the last day of each unit of a calendar."""
        working, clock = self.working, self.clock
        spans = {ref: found.span(ref) for ref in found.units}
        return {
            ref: (clock.first_day(working[first]), clock.last_day(working[last]))
            for ref, (first, last) in spans.items()
        }


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A unit in a calendar: first and last day, and the hours of each of its weeks."""

    ref: str
    start: date
    finish: date
    by_week: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One learner's calendar, how far they are, or what stands in the way and what would help."""

    learner: Learner
    status: TimelineStatus
    terms: Terms
    units: tuple[Scheduled, ...] = ()
    hours_left: int = 0
    least_hours_per_week: int | None = None
    earliest_finish: date | None = None
    progress: Progress | None = None
    conflict: tuple[tuple[str, str], ...] = ()
    helps: tuple[tuple[str, str], ...] = ()

    @property
    def finish(self) -> date | None:
        """The last day of the calendar."""
        return max((unit.finish for unit in self.units), default=None)

    def to_json(self) -> dict[str, Any]:
        """One learner of the JSON of `timeline`."""
        found, plan = self.progress, self.learner.plan
        credits = plan.qualification.by_ref
        achieved = sum(credits[ref].credits for ref in self.learner.counted if ref in credits)
        day = _day
        return {
            "learner": self.learner.learner,
            "status": self.status,
            "start": day(self.terms.start),
            "target": day(self.terms.target),
            "finish": day(self.finish),
            "hours_left": self.hours_left,
            "least_hours_per_week": self.least_hours_per_week,
            "earliest_finish": day(self.earliest_finish),
            "expected_credits": None if found is None else found.expected,
            "achieved_credits": achieved,
            "awaiting_credits": sum(credits[ref].credits for ref in self.learner.awaiting),
            "weeks_behind": None if found is None else found.weeks_behind,
            "flags": flags(found, self.terms.target, self.learner.active, self.terms.today)
            if self.status != "complete"
            else [],
            "units": [
                {
                    "ref": unit.ref,
                    "start": unit.start.isoformat(),
                    "finish": unit.finish.isoformat(),
                    "hours": sum(unit.by_week),
                    "by_week": list(unit.by_week),
                }
                for unit in self.units
            ],
            "conflict": [{"limit": limit, "words": words} for limit, words in self.conflict],
            "helps": [{"change": change, "words": words} for change, words in self.helps],
            "not_judged": self.learner.doubt or None,
        }


def timeline(learner: Learner, terms: Terms, agreed: Agreed | None = None) -> Timeline:
    """The timeline of one learner.

    `agreed` is a calendar agreed before: it is kept as far as can be, and tells what is expected by today.

    Raises
    ------
    DisagreementError
        If a calendar does not stand up to its audit: a bug, never the user's.
    """
    own = terms.of(learner.details)
    works = tuple(work for ref in learner.to_do if (work := learner.work(ref, own)).hours)
    found = Timeline(learner, "undecided", own, hours_left=sum(work.hours for work in works))
    plan = learner.plan
    if plan.found and not plan.new_units and not learner.doubt:
        return replace(found, status="complete")
    if own.start is None or own.target is None:
        return replace(found, status="no dates")
    if plan.status == "infeasible":
        words = "; ".join(conflict.in_words(plan.qualification) for conflict in plan.conflicts)
        return replace(found, status="cannot finish", conflict=(("rules", words),))
    if not plan.found:
        return found
    question = Question(works, own, agreed or {})
    try:
        return _decided(found, question, agreed)
    except UndecidedError:
        return found


def _decided(found: Timeline, question: Question, agreed: Agreed | None) -> Timeline:
    learner, own = found.learner, question.terms
    found = replace(found, progress=_progress(learner, own, agreed))
    weeks = max(question.weeks, 0)
    search = question.search()
    least = search.lowest_peak(weeks, HOURS[1])
    soonest = question.days(search.earliest(own.most))
    found = replace(
        found,
        least_hours_per_week=None if least is None else least.peak,
        earliest_finish=max((last for _, last in soonest.values()), default=None),
    )
    best = search.best(weeks, own.most)
    if best is None:
        # Proven: what else could not be told in a second does not change that.
        soon = replace(question, terms=replace(own, seconds=min(own.seconds, AIDED)))
        return replace(
            found, status="cannot finish", conflict=_conflict(soon), helps=tuple(_helps(found, soon))
        )
    days = question.days(best)
    units = [Scheduled(ref, *days[ref], best.units[ref][1]) for ref in best.units]
    behind = found.progress is not None and found.progress.behind
    in_order = tuple(sorted(units, key=lambda unit: (unit.start, unit.finish, unit.ref)))
    return replace(found, status="behind" if behind else "on track", units=in_order)


def _progress(learner: Learner, own: Terms, agreed: Agreed | None) -> Progress | None:
    """How far somebody is by the calendar agreed, else by the first plan made from the start."""
    by_ref = learner.plan.qualification.by_ref
    refs = [ref for ref in learner.plan.units if ref not in learner.recognised]
    works = tuple(work for ref in refs if (work := learner.work(ref, own, afresh=True)).hours)
    first = Question(works, own, from_start=True)
    due = {ref: last for ref, (_, last) in (agreed or {}).items() if ref in by_ref}
    if not agreed:
        search = first.search()
        try:
            calendar = search.best(max(first.weeks, 0), own.most) or search.earliest(own.most)
        except UndecidedError:
            return None
        due = {ref: last for ref, (_, last) in first.days(calendar).items()}
    credits = {ref: unit.credits for ref, unit in by_ref.items()}
    counted = [ref for ref in learner.counted if ref in credits]
    return progress(due, credits, counted, learner.awaiting, first.clock, own.today)


# Cannot finish


def _conflict(question: Question) -> tuple[tuple[str, str], ...]:
    """A minimal set of what stands in the way; empty where that could not be told in time."""
    terms = question.terms
    assert terms.target is not None
    words = {"target": f"to finish by {in_words(terms.target)}"}
    if terms.hours_per_week:
        words["hours_per_week"] = f"{terms.hours_per_week} hours a week"
    for number, (first, last) in enumerate(terms.breaks):
        words[f"break {number}"] = f"the break from {in_words(first)} to {in_words(last)}"
    words["open"] = f"{terms.open_units} units open at a time"
    if any(work.after for work in question.works):
        words["order"] = "the order in which units follow each other"
    if terms.visit_every > 1:
        words["visits"] = f"a visit every {terms.visit_every} weeks"

    def clash(limits: Sequence[str]) -> bool:
        return "target" in limits and not _feasible_under(question, limits)

    try:
        return tuple((limit.split()[0], words[limit]) for limit in minimal(list(words), clash))
    except UndecidedError:
        return ()


def _feasible_under(question: Question, limits: Sequence[str]) -> bool:
    """Whether a calendar meets the target, if only some limits are kept.

    A break that is not kept may be taken all the same: a week with hours asks for one of each open unit.
    """
    terms = question.terms
    kept = tuple(each for number, each in enumerate(terms.breaks) if f"break {number}" in limits)
    works = question.works
    if "order" not in limits:
        works = tuple(replace(work, after=frozenset()) for work in works)
    eased = replace(
        terms,
        hours_per_week=terms.hours_per_week if "hours_per_week" in limits else None,
        open_units=terms.open_units if "open" in limits else max(terms.open_units, len(works)),
        visit_every=terms.visit_every if "visits" in limits else 1,
    )
    others = [each for each in terms.breaks if each not in kept]
    choices = (taken for number in range(len(others) + 1) for taken in combinations(others, number))
    return any(
        replace(question, works=works, terms=replace(eased, breaks=(*kept, *taken))).feasible()
        for taken in choices
    )


def _helps(found: Timeline, question: Question) -> Iterator[tuple[str, str]]:
    """The smallest changes that are enough, each alone; each is verified by solving again."""
    for change, words, changed in _changes(found, question):
        if _feasible_in_time(changed):
            yield change, words


def _feasible_in_time(question: Question) -> bool:
    """Whether a calendar was found."""
    try:
        return question.feasible()
    except UndecidedError:
        return False


def _changes(found: Timeline, question: Question) -> Iterator[tuple[str, str, Question]]:
    terms = question.terms
    if found.least_hours_per_week is not None and terms.hours_per_week:
        hours = found.least_hours_per_week
        words = f"{hours} hours a week instead of {terms.hours_per_week}"
        yield "hours_per_week", words, replace(question, terms=replace(terms, hours_per_week=hours))
    if found.earliest_finish is not None:
        later = replace(terms, target=found.earliest_finish)
        words = f"to finish by {in_words(found.earliest_finish)}"
        yield "target", words, replace(question, terms=later)
    for number in range(terms.open_units + 1, len(question.works) + 1):
        more = replace(question, terms=replace(terms, open_units=number))
        if _feasible_in_time(more):
            yield "open", f"{number} units open at a time instead of {terms.open_units}", more
            break
    for number, (first, last) in enumerate(terms.breaks):
        if (shorter := _shorter(question, number)) is not None:
            words = f"the break from {in_words(first)} to {in_words(last)}"
            until = [end for begin, end in shorter.terms.breaks if begin == first]
            told = f"{words} to end on {in_words(until[0])}" if until else f"without {words}"
            yield "break", told, shorter
    yield from _choices(found.learner, question)


def _shorter(question: Question, number: int) -> Question | None:
    """The question with one break shorter by the fewest weeks that are enough; None if none are."""
    terms = question.terms
    first, last = terms.breaks[number]
    before, after = terms.breaks[:number], terms.breaks[number + 1 :]
    while last >= first:
        last -= timedelta(7)
        kept = ((first, last),) if last >= first else ()
        changed = replace(question, terms=replace(terms, breaks=(*before, *kept, *after)))
        if _feasible_in_time(changed):
            return changed
    return None


def _choices(learner: Learner, question: Question) -> Iterator[tuple[str, str, Question]]:
    """The other choice of units with fewest hours in time: one unit in the place of another not yet begun."""
    by_ref, plan = learner.plan.qualification.by_ref, learner.plan
    begun = {ref for ref, entry in learner.entries.items() if entry.status == "in progress"}
    pairs = [
        (by_ref[swap.ref].credits - by_ref[ref].credits, swap.price, ref, swap.ref)
        for ref in learner.to_do
        if ref not in begun
        for swap in swaps(plan, ref)
    ]
    for _, _, ref, other in sorted(pairs)[:MOST_SWAPS]:
        works = tuple(work for work in question.works if work.ref != ref)
        changed = replace(question, works=(*works, learner.work(other, question.terms)))
        if _feasible_in_time(changed):
            soonest = changed.days(changed.search().earliest(question.terms.most))
            last = max(last for _, last in soonest.values())
            named = [f"{by_ref[each].title} ({each})" for each in (other, ref)]
            yield "units", f"{named[0]} instead of {named[1]}: finished by {in_words(last)}", changed
            return


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
