"""The best calendar: lowest peak, then fewest changes, then earliest finish; each proven."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from planner.errors import DisagreementError
from planner.timeline.list_scheduling import least_peak, least_weeks, one_after_another, tried
from planner.timeline.week_model import WeekModel
from planner.timeline.weeks import Limits, Weeks, audited, filled

SECONDS = 10.0
"""Time limit of one learner's calendar."""


@dataclass(slots=True)
class CalendarSearch:
    """Answers questions about calendars under the same limits; what it found, it knows.

    Each question is decided by bounds and a calendar that meets them where that will do, and by the solver
    where it will not. All raise `UndecidedError` once `seconds` have passed.
    """

    limits: Limits
    seconds: float = SECONDS
    _deadline: float = 0.0
    _quick: dict[int, Weeks] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.seconds

    def within(self, peak: int, weeks: int) -> Weeks | None:
        """A calendar of at most so many hours a week and so many weeks; None is a proof that none exists."""
        if least_weeks(self.limits, peak) > weeks if peak > 0 else bool(self.limits.works):
            return None
        quick = self._by_lists(peak)
        if quick.finish < weeks:
            return audited(quick, self.limits, peak, weeks)
        if self.limits.open_units == 1 and one_after_another(self.limits, peak) is not None:
            return None
        found, decided = self._by_stretches(peak, weeks)
        return found if decided else self._solved(peak, weeks)

    def lowest_peak(self, weeks: int, most: int) -> Weeks | None:
        """A calendar of the least hours a week that finishes in time; None where not even `most` do."""
        low = least_peak(self.limits, weeks, most)
        if low is None:
            return None
        high = low
        while self._by_lists(high).finish >= weeks and high < most:
            high += 1
        best = self.within(high, weeks)
        if best is None:
            return None
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
        known = [ref for ref in self.limits.kept if ref in low.units]
        if (same := self._unchanged(peak, weeks)) is not None:
            return same
        found = self._solved(peak, weeks, 0)
        if found is None:
            raise DisagreementError("the lowest peak has no calendar")
        stay = len(known) - found.changes(self.limits.kept)
        first = least_weeks(self.limits, peak)
        while first < found.finish + 1:
            middle = (first + found.finish) // 2
            other = self._solved(peak, middle, stay)
            if other is None:
                first = middle + 1
            else:
                found = other
        return found

    def _unchanged(self, peak: int, weeks: int) -> Weeks | None:
        """The calendar agreed before, where it still keeps every limit and holds every unit."""
        kept = {
            work.ref: self.limits.kept[work.ref] for work in self.limits.works if work.ref in self.limits.kept
        }
        if len(kept) < len(self.limits.works) or any(
            first < 0 or last < first for first, last in kept.values()
        ):
            return None
        found = filled(kept, self.limits.works, peak)
        try:
            return None if found is None else audited(found, self.limits, peak, weeks)
        except DisagreementError:  # limits have changed since it was agreed
            return None

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
        found = CalendarSearch(coarse[0], self._deadline - time.monotonic()).within(coarse[1], len(visits))
        if found is None:
            return None, True
        spans = {}
        for work in self.limits.works:
            first, last = found.span(work.ref)
            begin, end = visits[first - 1] + 1 if first else 0, visits[last]
            spans[work.ref] = (max(begin, end - work.hours + 1), end)
        weekly = filled(spans, self.limits.works, peak)
        return (None, False) if weekly is None else (audited(weekly, self.limits, peak, weeks), True)

    def _solved(self, peak: int, weeks: int, at_least: int | None = None) -> Weeks | None:
        """A calendar by the solver; with `at_least` one that keeps most of those agreed, so many at least."""
        left = self._deadline - time.monotonic()
        if at_least is None:
            found = WeekModel(replace(self.limits, kept={}), peak, weeks).solve(left)
        else:
            found = WeekModel(self.limits, peak, weeks).most_kept(at_least, left)
        return None if found is None else audited(found, self.limits, peak, weeks)
