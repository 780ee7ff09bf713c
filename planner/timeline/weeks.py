"""A calendar of weeks as data and arithmetic: what is to be done, under which limits, and the audit.

Weeks here are working weeks counted from 0: a week of a break is not among them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from heapq import heappop, heappush

from planner.errors import DisagreementError

Span = tuple[int, int]
"""The first and the last week of a unit."""


@dataclass(frozen=True, slots=True)
class UnitLeft:
    """What is left of a unit: whole hours, the least number of weeks, and the units it comes after."""

    ref: str
    hours: int
    least_weeks: int
    after: frozenset[str] = frozenset()

    def shortest(self, peak: int) -> int:
        """The least weeks it takes with at most `peak` hours in each."""
        return max(self.least_weeks, -(-self.hours // peak))


@dataclass(frozen=True)
class Limits:
    """What a calendar keeps to, apart from its last week and its hours a week.

    `open_units` are worked on in one week at most. A unit finishes only in one of `visits`, weeks in
    ascending order that reach beyond any calendar asked for; None: in any week. `kept` are the spans of a
    calendar agreed before.
    """

    works: tuple[UnitLeft, ...]
    open_units: int
    visits: tuple[int, ...] | None = None
    kept: Mapping[str, Span] = field(default_factory=dict)

    @cached_property
    def hours(self) -> int:
        """The hours of all units."""
        return sum(work.hours for work in self.works)

    @cached_property
    def in_order(self) -> tuple[UnitLeft, ...]:
        """The units, each behind those it comes after."""
        listed: list[UnitLeft] = []
        rest = list(self.works)
        while rest:
            waiting = {work.ref for work in rest}
            free = [work for work in rest if not work.after & waiting]
            if not free:
                raise ValueError("the order of the units runs in a circle")
            listed += free
            rest = [work for work in rest if work not in free]
        return tuple(listed)

    def finishing(self, week: int) -> int:
        """The first week from `week` on in which a unit may finish."""
        if self.visits is None:
            return week
        return self.visits[bisect_left(self.visits, week)]

    def backwards(self) -> Limits:
        """The same with time running the other way; without visits only."""
        works = (
            replace(work, after=frozenset(other.ref for other in self.works if work.ref in other.after))
            for work in self.works
        )
        return replace(self, works=tuple(works))

    def by_stretches(self, peak: int) -> tuple[Limits, int] | None:
        """The same in stretches from visit to visit, and the hours of the longest; None with no visits.

        A unit is open to the end of each stretch that it has a part in, so that this is a relaxation: what
        has no calendar of stretches has none of weeks.
        """
        if self.visits is None:
            return None
        # A stretch begins after a visit and ends with the next one; the first begins with week 0.
        longest = max(end - begin for begin, end in zip((-1, *self.visits), self.visits, strict=False))
        # As if every stretch were the longest: shorter ones only make it harder.
        works = (replace(work, least_weeks=-(-work.shortest(peak) // longest)) for work in self.works)
        return replace(self, works=tuple(works), visits=None, kept={}), peak * longest


@dataclass(frozen=True)
class Weeks:
    """A calendar: of each unit its first week, and its hours in that and each following week."""

    units: Mapping[str, tuple[int, tuple[int, ...]]]

    def span(self, ref: str) -> Span:
        """The first and the last week of a unit."""
        first, hours = self.units[ref]
        return first, first + len(hours) - 1

    @cached_property
    def finish(self) -> int:
        """The last week in which something is done; -1 where nothing is to do."""
        return max((self.span(ref)[1] for ref in self.units), default=-1)

    @cached_property
    def by_week(self) -> tuple[int, ...]:
        """The hours of each week."""
        totals = [0] * (self.finish + 1)
        for first, hours in self.units.values():
            for week, amount in enumerate(hours, first):
                totals[week] += amount
        return tuple(totals)

    @property
    def peak(self) -> int:
        """The most hours of a week."""
        return max(self.by_week, default=0)

    def backwards(self, weeks: int) -> Weeks:
        """The same with time running the other way, in so many weeks."""
        return Weeks(
            # Its last week, first + len(hours) - 1, becomes weeks - 1 less that.
            {ref: (weeks - first - len(hours), hours[::-1]) for ref, (first, hours) in self.units.items()}
        )


def audited(found: Weeks, limits: Limits, peak: int, weeks: int) -> Weeks:
    """The calendar, if it keeps every limit; arithmetic only.

    Raises
    ------
    DisagreementError
        It does not.
    """
    wrong = []
    if found.units.keys() != {work.ref for work in limits.works}:
        wrong.append("it has other units")
    for work in limits.works:
        first, hours = found.units.get(work.ref, (0, ()))
        last = first + len(hours) - 1
        others = [found.span(ref)[1] for ref in work.after if ref in found.units]
        held = {
            "hours": sum(hours) == work.hours and min(hours, default=1) >= 1,
            "least weeks": len(hours) >= work.least_weeks,
            "first and last week": first >= 0 and last < weeks,
            "order": all(other < first for other in others),
            "visits": limits.visits is None or last in limits.visits,
        }
        wrong += [f"{work.ref}: {name}" for name, holds in held.items() if not holds]
    spans = [found.span(ref) for ref in found.units]
    for week, hours_of_week in enumerate(found.by_week):
        if hours_of_week > peak:
            wrong.append(f"week {week}: hours")
        if sum(first <= week <= last for first, last in spans) > limits.open_units:
            wrong.append(f"week {week}: units open")
    if wrong:
        raise DisagreementError(f"a calendar does not stand up to its audit: {'; '.join(wrong)}")
    return found


def filled(spans: Mapping[str, Span], works: Sequence[UnitLeft], peak: int) -> Weeks | None:
    """The hours of each week, where the spans are known; None if they do not fit.

    One hour goes to each unit in each of its weeks; what is left of a week to the units that finish first
    (earliest deadline first, which is exact for pieces of one hour: Horn, *Some simple scheduling
    algorithms*, 1974).
    """
    hours = {ref: [1] * (last - first + 1) for ref, (first, last) in spans.items()}
    left = {work.ref: work.hours - len(hours[work.ref]) for work in works}
    if min(left.values(), default=0) < 0:
        return None
    begins: dict[int, list[str]] = {}
    for ref, (first, _) in spans.items():
        begins.setdefault(first, []).append(ref)
    waiting: list[tuple[int, str]] = []
    for week in range(max((last for _, last in spans.values()), default=-1) + 1):
        for ref in begins.get(week, ()):
            heappush(waiting, (spans[ref][1], ref))
        # An hour for each open unit is given already.
        room = peak - sum(first <= week <= last for first, last in spans.values())
        if room < 0:
            return None
        while waiting and (room or not left[waiting[0][1]]):
            last, ref = waiting[0]
            given = min(room, left[ref])
            # Hours left of a unit whose last week is over: earliest deadline first, so no order fits them.
            if given and last < week:
                return None
            hours[ref][week - spans[ref][0]] += given
            left[ref] -= given
            room -= given
            if not left[ref]:
                heappop(waiting)
        if waiting and waiting[0][0] <= week:
            return None
    return Weeks({ref: (spans[ref][0], tuple(each)) for ref, each in hours.items()})
