"""From dates to working weeks and back: breaks, visits, the target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, islice

from planner.records.registrations import Break


@dataclass(frozen=True, slots=True)
class Clock:
    """The weeks of a registration, counted from its first day.

    A week that a break touches has no hours. A visit is in every `visit_every`th week that has.
    """

    start: date
    breaks: tuple[Break, ...] = ()
    visit_every: int = 1

    def week_of(self, day: date) -> int:
        """The week that a day lies in; before the start it is negative."""
        # Rounded down, below zero too: the day before the start lies in week -1.
        return (day - self.start).days // 7

    def last_day(self, week: int) -> date:
        """The last day of a week; what lies beyond the last date is that date."""
        return self._day(7 * week + 6)

    def first_day(self, week: int) -> date:
        """The first day of a week."""
        return self._day(7 * week)

    def working(self, first: int, number: int) -> tuple[int, ...]:
        """So many weeks with hours, from `first` on."""
        weeks = (week for week in count(first) if not self._idle(week))
        return tuple(islice(weeks, number))

    def between(self, first: int, last: int) -> int:
        """How many weeks from `first` to `last` have hours."""
        return sum(not self._idle(week) for week in range(first, last + 1))

    def until(self, first: int, target: date) -> int:
        """How many weeks with hours from `first` on are over by the target."""
        # A week is over on its seventh day: the one that the target lies in counts only if it ends there.
        return self.between(first, ((target - self.start).days + 1) // 7 - 1)

    def days_off(self, after: date, until: date) -> int:
        """How many days of breaks lie after a day, up to and with another one."""
        # A set, as breaks may overlap.
        days = {
            day
            for first, last in self.breaks
            for day in range(max(first, after + timedelta(1)).toordinal(), min(last, until).toordinal() + 1)
        }
        return len(days)

    def visits(self, weeks: tuple[int, ...]) -> tuple[int, ...] | None:
        """The places of those weeks in which there is a visit; None where there is one in each."""
        if self.visit_every == 1:
            return None
        # Weeks count from 0, visits from the start: with one every 4 weeks the first is in week 3.
        return tuple(place for place, week in enumerate(weeks) if (week + 1) % self.visit_every == 0)

    def _idle(self, week: int) -> bool:
        return any(self.week_of(first) <= week <= self.week_of(last) for first, last in self.breaks)

    def _day(self, days: int) -> date:
        try:
            return self.start + timedelta(days)
        except OverflowError:
            return date.max
