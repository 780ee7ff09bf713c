"""What a calendar is asked for: a learner's units that are left, and the terms it keeps to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from planner.catalogue.qualification import Qualification
from planner.files.people import identity
from planner.planning.result import Plan
from planner.planning.solve import answer
from planner.portfolio.verdict import Judgement
from planner.records.agreed import Agreed
from planner.records.portfolios import Details, Entry
from planner.records.registrations import HOURS, Break
from planner.records.wishes import Request
from planner.rules.rule import Bound
from planner.timeline.calendars import EFFORT, CalendarSearch
from planner.timeline.clock import Clock
from planner.timeline.thresholds import Threshold, shipped_thresholds
from planner.timeline.weeks import Limits, UnitLeft, Weeks

HOURS_A_CREDIT = 10
"""Hours of learning that a credit stands for."""

OPEN, LEAST_WEEKS = 3, 4
"""Units open at a time, and the least weeks of one (consistent performance takes time): assumptions."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What calendars keep to; dates and hours given here go before a file's, breaks count beside them."""

    today: date
    start: date | None = None
    target: date | None = None
    hours_per_week: int | None = None
    breaks: tuple[Break, ...] = ()
    open_units: int = OPEN
    least_weeks: int = LEAST_WEEKS
    visit_every: int = 1
    effort: float = EFFORT
    thresholds: tuple[Threshold, ...] = field(default_factory=shipped_thresholds)

    def of(self, details: Details) -> Terms:
        """The terms of one learner."""
        return replace(
            self,
            start=self.start or details.start,
            target=self.target or details.target,
            hours_per_week=self.hours_per_week or details.hours_per_week,
            breaks=tuple(sorted({*self.breaks, *details.breaks})),
        )

    @property
    def most(self) -> int:
        """The most hours of a week."""
        return self.hours_per_week or HOURS[1]

    @property
    def slip(self) -> int:
        """The weeks whose work is still to do where a unit slips: an assumption."""
        return max(self.least_weeks, self.visit_every)

    @property
    def clock(self) -> Clock | None:
        """The weeks of the registration; None without a start."""
        return None if self.start is None else Clock(self.start, self.breaks, self.visit_every)


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
    def assessors(self) -> tuple[str, ...]:
        """The assessors that the file names for this learner, each once."""
        named = (self.details.assessor, *(entry.assessor for entry in self.entries.values()))
        return tuple({identity(name).casefold(): name for name in named if name}.values())

    def assessor_of(self, ref: str) -> str:
        """Who assesses a unit: whom the file names for it, else the learner's assessor if that is one."""
        own = self.entries[ref].assessor if ref in self.entries else ""
        return own or self.details.assessor or (self.assessors[0] if len(self.assessors) == 1 else "")

    @property
    def active(self) -> date | None:
        """The last day on which something was recorded."""
        days = [
            day for e in self.entries.values() for day in (e.date, e.started, e.assessed, e.verified) if day
        ]
        return max(days, default=None)

    def work(self, ref: str, terms: Terms, afresh: bool = False) -> UnitLeft:
        """What is left of a unit; `afresh`: all of it."""
        entry = self.entries.get(ref)
        done = entry.progress or 0 if entry and not afresh else 0
        # Rounded up, by the floor of the negative: a part of an hour takes one.
        hours = -int(-self.plan.qualification.by_ref[ref].credits * HOURS_A_CREDIT * (100 - done) // 100)
        return UnitLeft(ref, hours, min(terms.least_weeks, hours), self._before(ref))

    def works(self, terms: Terms) -> tuple[UnitLeft, ...]:
        """What is left of all units to do."""
        return tuple(work for ref in self.to_do if (work := self.work(ref, terms)).hours)

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
class Scheduled:
    """A unit in a calendar: its last day, and the first day and the hours of each of its weeks."""

    ref: str
    finish: date
    by_week: tuple[tuple[date, int], ...]

    @property
    def start(self) -> date:
        """The first day of its first week."""
        return self.by_week[0][0]

    @property
    def hours(self) -> int:
        """The hours of all its weeks."""
        return sum(hours for _, hours in self.by_week)


@dataclass(frozen=True, slots=True)
class CalendarQuestion:
    """A calendar asked for: units, terms, and what was agreed; weeks count from that of `today` on."""

    works: tuple[UnitLeft, ...]
    terms: Terms
    agreed: Agreed = field(default_factory=dict)
    from_start: bool = False

    @property
    def clock(self) -> Clock:
        """The weeks of the registration."""
        found = self.terms.clock
        assert found is not None
        return found

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
        # One unit after another, an hour a week, a visit waited for after each; and what every break and both
        # ends may cost in visits missed.
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
                # A span that has begun is taken from now on; -1 where an end lies in no week with hours.
                kept[ref] = (place.get(max(first, self.first), -1), place.get(last, -1))
        limits = Limits(self.works, self.terms.open_units, self.clock.visits(working), kept)
        return CalendarSearch(limits, self.terms.effort)

    def feasible(self) -> bool:
        """Whether a calendar meets the target."""
        return self.search().within(self.terms.most, max(self.weeks, 0)) is not None

    def scheduled(self, found: Weeks) -> tuple[Scheduled, ...]:
        """The units of a calendar by their days, in order."""
        working, clock = self.working, self.clock
        units = [
            Scheduled(
                ref,
                self.day_of(first + len(hours) - 1),
                tuple((clock.first_day(working[week]), each) for week, each in enumerate(hours, first)),
            )
            for ref, (first, hours) in found.units.items()
        ]
        return tuple(sorted(units, key=lambda unit: (unit.start, unit.finish, unit.ref)))

    def day_of(self, week: int) -> date:
        """The last day of a week of a calendar."""
        return self.clock.last_day(self.working[week])

    def last_day(self, found: Weeks) -> date | None:
        """The last day of a calendar; None where nothing is to do."""
        return None if found.finish < 0 else self.day_of(found.finish)
