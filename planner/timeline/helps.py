"""What stands in the way of who cannot finish, and the smallest changes that are enough."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations

from planner.catalogue.qualification import in_words
from planner.errors import UndecidedError
from planner.planning.explore import swaps
from planner.rules.minimal import minimal
from planner.timeline.questions import CalendarQuestion, Learner, Terms
from planner.timeline.weeks import UnitLeft

MOST_SWAPS = 40
"""Other choices of units that are tried, those with the fewest hours first."""


@dataclass(frozen=True, slots=True)
class Help:
    """A change that is enough by itself, in words, and what a calendar was found with: terms and units."""

    change: str
    words: str
    terms: Terms
    works: tuple[UnitLeft, ...] = ()


def conflict_of(question: CalendarQuestion) -> tuple[tuple[str, str], ...]:
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

    # Without the target everything can be finished some day, so that it is part of each conflict. To keep
    # fewer limits makes nothing impossible, as `minimal` needs; of several conflicts it finds the one whose
    # limits stand late in this order.
    def clash(limits: Sequence[str]) -> bool:
        return "target" in limits and not _feasible_under(question, limits)

    try:
        return tuple((limit.split()[0], words[limit]) for limit in minimal(list(words), clash))
    except UndecidedError:
        return ()


def _feasible_under(question: CalendarQuestion, limits: Sequence[str]) -> bool:
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
    # From none of the other breaks taken to all of them: any one choice that does is enough.
    choices = (taken for number in range(len(others) + 1) for taken in combinations(others, number))
    return any(
        replace(question, works=works, terms=replace(eased, breaks=(*kept, *taken))).feasible()
        for taken in choices
    )


def helps_of(
    learner: Learner, question: CalendarQuestion, least: int | None, soonest: date | None
) -> Iterator[Help]:
    """The smallest changes that are enough, each alone; each is verified by solving again.

    `least` are the hours a week that are enough (None: no hours are), `soonest` the earliest finish.
    """
    for change, words, changed in _changes(learner, question, least, soonest):
        if _feasible_in_time(changed):
            yield Help(change, words, changed.terms, changed.works)


def _feasible_in_time(question: CalendarQuestion) -> bool:
    """Whether a calendar was found."""
    try:
        return question.feasible()
    except UndecidedError:
        return False


def _changes(
    learner: Learner, question: CalendarQuestion, least: int | None, soonest: date | None
) -> Iterator[tuple[str, str, CalendarQuestion]]:
    terms = question.terms
    if least is not None and terms.hours_per_week:
        words = f"{least} hours a week instead of {terms.hours_per_week}"
        yield "hours_per_week", words, replace(question, terms=replace(terms, hours_per_week=least))
    if soonest is not None:
        later = replace(terms, target=soonest)
        yield "target", f"to finish by {in_words(soonest)}", replace(question, terms=later)
    # Upwards, so that the first that is enough is the smallest change.
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
    yield from _choices(learner, question)


def _shorter(question: CalendarQuestion, number: int) -> CalendarQuestion | None:
    """The question with one break shorter by the fewest weeks that are enough; None if none are."""
    terms = question.terms
    first, last = terms.breaks[number]
    before, after = terms.breaks[:number], terms.breaks[number + 1 :]
    while last >= first:
        # A week that a break touches has no hours: a break that is shorter by less than its last week changes
        # nothing.
        last = question.clock.first_day(question.clock.week_of(last)) - timedelta(1)
        kept = ((first, last),) if last >= first else ()
        changed = replace(question, terms=replace(terms, breaks=(*before, *kept, *after)))
        if _feasible_in_time(changed):
            return changed
    return None


def _choices(learner: Learner, question: CalendarQuestion) -> Iterator[tuple[str, str, CalendarQuestion]]:
    """The other choice of units with fewest hours in time: one unit in the place of another not yet begun."""
    by_ref, plan = learner.plan.qualification.by_ref, learner.plan
    begun = {ref for ref, entry in learner.entries.items() if entry.status == "in progress"}
    # Fewest credits first, as hours of learning follow from them; the swaps keep the rules already.
    pairs = [
        (by_ref[swap.ref].credits - by_ref[ref].credits, swap.price, ref, swap.ref)
        for ref in learner.to_do
        if ref not in begun
        for swap in swaps(plan, ref)
    ]
    for _, _, ref, other in sorted(pairs)[:MOST_SWAPS]:
        more = learner.work(other, question.terms)
        works = (*(work for work in question.works if work.ref != ref), *([more] if more.hours else []))
        changed = replace(question, works=works)
        if _feasible_in_time(changed):
            last = changed.last_day(changed.search().earliest(question.terms.most))
            named = [plan.qualification.named(each) for each in (other, ref)]
            when = "at once" if last is None else f"by {in_words(last)}"
            yield "units", f"{named[0]} instead of {named[1]}: finished {when}", changed
            return
