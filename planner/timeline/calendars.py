"""The best calendar: lowest peak, then fewest changes, then earliest finish; each proven."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, islice

from planner.timeline.list_scheduling import (
    clash,
    least_peak,
    least_weeks,
    one_after_another,
    tried,
    windows,
)
from planner.timeline.week_model import WeekModel
from planner.timeline.weeks import Limits, Span, Weeks, audited, filled

EFFORT = 10.0
"""Deterministic time of the searches for one learner's calendar: the same on a slow or busy machine."""


MOST_DOUBTS = 2
"""Choices of spans that stay for which calendars are tried without a search; one search is for all."""

MOST_WINDOWS = 300
"""Spans of one unit that are gone through beside fixed ones: as many take as long as the solver."""


@dataclass(slots=True)
class CalendarSearch:
    """Answers questions about calendars under the same limits; what it found, it knows.

    Each question is decided by bounds and a calendar that meets them where that will do, and by the solver
    where it will not. All raise `UndecidedError` once they have taken so much deterministic time together.
    """

    limits: Limits
    effort: float = EFFORT
    _quick: dict[int, Weeks] = field(default_factory=dict)
    _known: dict[tuple[int, int], Weeks | None] = field(default_factory=dict)

    def within(self, peak: int, weeks: int) -> Weeks | None:
        """A calendar of at most so many hours a week and so many weeks; None is a proof that none exists."""
        asked = peak, weeks
        if asked not in self._known:
            # Nothing within more hours and more weeks: nothing within fewer of both.
            none = (least for least, found in self._known.items() if found is None)
            more = any(peak <= hours and weeks <= number for hours, number in none)
            self._known[asked] = None if more else self._within(peak, weeks)
        return self._known[asked]

    def _within(self, peak: int, weeks: int) -> Weeks | None:
        # The cheapest proof first: a bound that is passed, a list that fits, an exact order, then the coarser
        # question of stretches. The solver is asked only where all of these are silent.
        if least_weeks(self.limits, peak) > weeks if peak > 0 else bool(self.limits.works):
            return None
        quick = self._by_lists(peak)
        if quick.finish < weeks:
            return audited(quick, self.limits, peak, weeks)
        # One at a time what lists found finishes first of all: what is late there is impossible.
        if self.limits.open_units == 1 and one_after_another(self.limits, peak) is not None:
            return None
        found, decided = self._by_stretches(peak, weeks)
        return found if decided else self._solved(peak, weeks)

    def lowest_peak(self, weeks: int, most: int) -> Weeks | None:
        """A calendar of the least hours a week that finishes in time; None where not even `most` do."""
        most = min(most, max(self.limits.hours, 1))  # more hours than there are help nobody
        low = least_peak(self.limits, weeks, most)
        if low is None:
            return None
        high = low
        # From the bound upwards in doubling steps to a peak that lists can keep; then the solver halves what
        # is between.
        while self._by_lists(high).finish >= weeks and high < most:
            high = min(2 * high - low + 1, most)
        best = self.within(high, weeks)
        if best is None:
            return None
        # A calendar of fewer hours a week is one of more, so that “possible” is monotone and halving finds
        # the least; the last “no” is its proof.
        while low < high:
            middle = (low + high) // 2
            found = self.within(middle, weeks)
            if found is None:
                low = middle + 1
            else:
                best, high = found, middle
        return best

    def earliest(self, peak: int) -> Weeks:
        """The calendar of at most so many hours a week that finishes first."""
        best = self._by_lists(peak)
        low = least_weeks(self.limits, peak)
        # What fits into some weeks fits into more: halved in the same way.
        while low < best.finish + 1:
            middle = (low + best.finish) // 2
            found = self.within(peak, middle)
            if found is None:
                low = middle + 1
            else:
                best = found
        return audited(best, self.limits, peak, best.finish + 1)

    def best(self, weeks: int, most: int) -> Weeks | None:
        """The best calendar that finishes in time with at most `most` hours a week; None: there is none."""
        low = self.lowest_peak(weeks, most)
        if low is None:
            return None
        peak = low.peak
        if not self.limits.kept:
            return self.earliest(peak)
        # Goal after goal, each among what is best for those before it: the peak is settled, then as many
        # spans as can be stay, and only then does it finish early.
        kept = self._keepable(peak, weeks)
        found, stay = low, sum(low.span(ref) == span for ref, span in kept.items())
        # From all that might stay downwards, so that the first calendar keeps most: each number above it was
        # proven to be too many.
        for more in range(len(kept), stay, -1):
            other = self._keeping(peak, weeks, kept, more)
            if other is not None:
                found, stay = other, more
                break
        first = least_weeks(self.limits, peak)
        while first < found.finish + 1:
            middle = (first + found.finish) // 2
            other = self._keeping(peak, middle, kept, stay)
            if other is None:
                first = middle + 1
            else:
                found = other
        return found

    def _keepable(self, peak: int, weeks: int) -> dict[str, Span]:
        """The spans agreed before that no limit forbids by itself."""
        found = {}
        for work in self.limits.works:
            first, last = self.limits.kept.get(work.ref, (0, -1))
            visited = self.limits.visits is None or last in self.limits.visits
            long_enough = work.shortest(peak) <= last - first + 1 <= work.hours
            if first >= 0 and last < weeks and visited and long_enough:
                found[work.ref] = (first, last)
        return found

    def _keeping(self, peak: int, weeks: int, kept: Mapping[str, Span], number: int) -> Weeks | None:
        """A calendar that keeps at least so many of these spans; None is a proof that none does."""
        free = self.within(peak, weeks)
        if free is None or not number:
            return free
        doubts = 0
        in_time = {ref: span for ref, span in kept.items() if span[1] < weeks}
        # Each choice of spans that stay is decided by itself where that is cheap. What is left in doubt is
        # asked of the solver at once, as one search among all choices is quicker than one for each.
        for refs in combinations(in_time, number):
            fixed = {ref: in_time[ref] for ref in refs}
            if clash(self.limits, peak, weeks, fixed):
                continue
            placed, decided = self._with_one_more(peak, weeks, fixed)
            if placed is not None:
                return audited(placed, self.limits, peak, weeks)
            if decided:
                continue
            for found in self._with(peak, weeks, fixed) if doubts < MOST_DOUBTS else ():
                if found.finish < weeks:
                    return audited(found, self.limits, peak, weeks)
            doubts += 1
        return self._solved(peak, weeks, in_time, number) if doubts else None

    def _with_one_more(self, peak: int, weeks: int, fixed: Mapping[str, Span]) -> tuple[Weeks | None, bool]:
        """A calendar with these spans and any of the one other unit, and whether that tells: of one alone."""
        free = [work for work in self.limits.works if work.ref not in fixed]
        if len(free) != 1:
            return None, False
        # With all other spans known, a span of the last one either can be filled with hours or cannot: going
        # through all of its spans is a proof.
        spans = list(islice(windows(self.limits, peak, weeks, fixed, free[0]), MOST_WINDOWS + 1))
        for span in sorted(spans[:MOST_WINDOWS], key=lambda each: each[1] - each[0]):
            found = filled({**fixed, free[0].ref: span}, self.limits.works, peak)
            if found is not None:
                return found, True
        return None, len(spans) <= MOST_WINDOWS

    def _with(self, peak: int, weeks: int, fixed: Mapping[str, Span]) -> Iterator[Weeks]:
        """Calendars with these spans, begun from the first week on, or from the last one back."""
        if len(fixed) == len(self.limits.works) and (whole := filled(fixed, self.limits.works, peak)):
            yield whole
        yield from tried(self.limits, peak, fixed)
        # Backwards in time late units come first: an order that fails from one end may do from the other. Not
        # with visits, as a unit ends at one and begins anywhere.
        if self.limits.visits is None:
            mirrored = {ref: (weeks - 1 - last, weeks - 1 - first) for ref, (first, last) in fixed.items()}
            for found in tried(self.limits.backwards(), peak, mirrored):
                if found.finish < weeks:
                    yield found.backwards(weeks)

    def _by_lists(self, peak: int) -> Weeks:
        """The best calendar found without a search; with one unit open at a time it finishes first."""
        if peak not in self._quick:
            exact = one_after_another(self.limits, peak) if self.limits.open_units == 1 else None
            best = exact
            if best is None:
                bound = least_weeks(self.limits, peak) - 1
                for found in tried(self.limits, peak):
                    best = found if best is None or found.finish < best.finish else best
                    if best.finish <= bound:
                        break
            self._quick[peak] = best or Weeks({})
        return self._quick[peak]

    def _by_stretches(self, peak: int, weeks: int) -> tuple[Weeks | None, bool]:
        """A calendar found from visit to visit, and whether that tells; the relaxation is far smaller."""
        coarse = self.limits.by_stretches(peak)
        if coarse is None or self.limits.visits is None:
            return None, False
        visits = [week for week in self.limits.visits if week < weeks]
        search = CalendarSearch(coarse[0], self.effort)
        found = search.within(coarse[1], len(visits))
        self.effort = search.effort
        if found is None:
            # No calendar of the relaxation, none at all.
            return None, True
        spans = {}
        for work in self.limits.works:
            first, last = found.span(work.ref)
            begin, end = visits[first - 1] + 1 if first else 0, visits[last]
            if end - begin + 1 < work.least_weeks:  # a break makes some stretches shorter than others
                return None, False
            spans[work.ref] = (max(begin, end - work.hours + 1), end)
        # A coarse calendar proves nothing by itself: its spans count only if the hours fit week by week.
        weekly = filled(spans, self.limits.works, peak)
        return (None, False) if weekly is None else (audited(weekly, self.limits, peak, weeks), True)

    def _solved(
        self, peak: int, weeks: int, kept: Mapping[str, Span] | None = None, number: int = 0
    ) -> Weeks | None:
        """A calendar by the solver, one that keeps at least so many spans."""
        model = WeekModel(replace(self.limits, kept=kept or {}), peak, weeks, number)
        found = model.solve(self.effort)
        self.effort -= model.spent
        return None if found is None else audited(found, self.limits, peak, weeks)
