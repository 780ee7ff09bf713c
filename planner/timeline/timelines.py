"""Timelines of learners: a calendar each, or the proof that there is none, and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from planner.catalogue.units import credits_of
from planner.errors import UndecidedError
from planner.records.agreed import Agreed
from planner.records.registrations import HOURS
from planner.timeline.helps import Help, conflict_of, helps_of
from planner.timeline.progress import Progress, flags, progress
from planner.timeline.questions import CalendarQuestion, Learner, Scheduled, Terms
from planner.timeline.robust import holds_until
from planner.timeline.thresholds import Threshold

AIDED = 1.0
"""Deterministic time for each question about what stands in the way and what would help."""

TimelineStatus = Literal["complete", "no dates", "cannot finish", "undecided", "behind", "on track"]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One learner's calendar, how far they are, or what stands in the way and what would help.

    The calendar, `units`, of who cannot finish in time is the one that finishes first. `due` says by when
    each unit was to be finished: by the calendar agreed, else by the first plan. Until `robust_until` any one
    unit may slip, or one visit be missed; None: nothing may.
    """

    learner: Learner
    status: TimelineStatus
    terms: Terms
    units: tuple[Scheduled, ...] = ()
    hours_left: int = 0
    least_hours_per_week: int | None = None
    earliest_finish: date | None = None
    progress: Progress | None = None
    due: Mapping[str, date] = field(default_factory=dict)
    robust_until: date | None = None
    conflict: tuple[tuple[str, str], ...] = ()
    helps: tuple[Help, ...] = ()

    @property
    def finish(self) -> date | None:
        """The last day of the calendar."""
        return max((unit.finish for unit in self.units), default=None)

    @property
    def flags(self) -> tuple[Threshold, ...]:
        """What calls for attention."""
        if self.status == "complete":
            return ()
        terms = self.terms
        return flags(
            terms.thresholds, self.progress, terms.target, self.learner.active, terms.today, terms.clock
        )

    def as_agreed(self, before: Agreed) -> dict[str, tuple[date, date]]:
        """What is agreed where this calendar is, `before` it something else was.

        What is worked on now keeps the day on which it was to begin, and what is no longer to do both days.
        """
        found = {ref: before[ref] for ref in self.learner.plan.units if ref in before}
        for unit in self.units:
            first = unit.start
            if unit.ref in before and first <= self.terms.today:
                first = min(first, before[unit.ref][0])
            found[unit.ref] = first, unit.finish
        return found

    def to_json(self) -> dict[str, Any]:
        """One learner of the JSON of `timeline`."""
        found, plan = self.progress, self.learner.plan
        credits = plan.qualification.by_ref
        achieved = credits_of(credits[ref] for ref in self.learner.counted if ref in credits)
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
            "awaiting_credits": credits_of(credits[ref] for ref in self.learner.awaiting),
            "weeks_behind": None if found is None else found.weeks_behind,
            "robust_until": day(self.robust_until),
            "flags": [{"id": each.id, "words": each.text, "source": each.source} for each in self.flags],
            "units": [
                {
                    "ref": unit.ref,
                    "start": unit.start.isoformat(),
                    "finish": unit.finish.isoformat(),
                    "hours": unit.hours,
                    "by_week": [hours for _, hours in unit.by_week],
                }
                for unit in self.units
            ],
            "conflict": [{"limit": limit, "words": words} for limit, words in self.conflict],
            "helps": [{"change": each.change, "words": each.words} for each in self.helps],
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
    works = learner.works(own)
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
    question = CalendarQuestion(works, own, agreed or {})
    try:
        return _decided(found, question, agreed)
    except UndecidedError:
        return found


def progress_of(learner: Learner, terms: Terms, agreed: Agreed | None = None) -> Progress | None:
    """How far somebody is who has dates and a way to go, without a calendar of what is left; else None."""
    own, plan = terms.of(learner.details), learner.plan
    if learner.doubt or not plan.new_units or own.start is None or own.target is None:
        return None
    due = _due(learner, own, agreed)
    return None if due is None else _progress(learner, own, due)


def _decided(found: Timeline, question: CalendarQuestion, agreed: Agreed | None) -> Timeline:
    learner, own = found.learner, question.terms
    due = _due(learner, own, agreed)
    if due is not None:
        found = replace(found, due=due, progress=_progress(learner, own, due))
    weeks = max(question.weeks, 0)
    search = question.search()
    # Told with a calendar and without: who cannot finish wants to know what would be enough.
    least = search.lowest_peak(weeks, HOURS[1])
    first = search.earliest(own.most)
    soonest = question.last_day(first)
    found = replace(
        found,
        least_hours_per_week=None if least is None else least.peak,
        earliest_finish=soonest,
    )
    best = search.best(weeks, own.most)
    if best is None:
        # Proven: what else could not be told in short time does not change that.
        soon = replace(question, terms=replace(own, effort=min(own.effort, AIDED)))
        helps = helps_of(learner, soon, found.least_hours_per_week, soonest)
        found = replace(found, units=question.scheduled(first), helps=tuple(helps))
        return replace(found, status="cannot finish", conflict=conflict_of(soon))
    until = holds_until(best, search.limits, own.most, weeks, own.slip)
    behind = found.progress is not None and found.progress.behind
    return replace(
        found,
        status="behind" if behind else "on track",
        units=question.scheduled(best),
        robust_until=None if until is None else question.day_of(until),
    )


def _due(learner: Learner, own: Terms, agreed: Agreed | None) -> dict[str, date] | None:
    """By when each unit was to be finished: as agreed, else by the first plan made from the start.

    None where that could not be told in time.
    """
    by_ref = learner.plan.qualification.by_ref
    if agreed:
        return {ref: last for ref, (_, last) in agreed.items() if ref in by_ref}
    refs = [ref for ref in learner.plan.units if ref not in learner.recognised]
    works = tuple(work for ref in refs if (work := learner.work(ref, own, afresh=True)).hours)
    # As if nothing were done yet: what is expected must not depend on how far somebody has come.
    first = CalendarQuestion(works, own, from_start=True)
    search = first.search()
    try:
        calendar = search.best(max(first.weeks, 0), own.most) or search.earliest(own.most)
    except UndecidedError:
        return None
    return {unit.ref: unit.finish for unit in first.scheduled(calendar)}


def _progress(learner: Learner, own: Terms, due: Mapping[str, date]) -> Progress:
    """How far somebody is; arithmetic alone, where the calendar is kept."""
    credits = {ref: unit.credits for ref, unit in learner.plan.qualification.by_ref.items()}
    counted = [ref for ref in learner.counted if ref in credits]
    clock = own.clock
    assert clock is not None
    return progress(due, credits, counted, learner.awaiting, clock, own.today)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
