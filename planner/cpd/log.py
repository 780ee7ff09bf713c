"""A member's log of activities, as csv or Excel: what was done, when and how often.

A log written by `to_csv` reads back without loss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from planner.cpd.scheme import Activity, Reading, find_activity, slot, unknown_activity
from planner.cpd.tracking import most_points
from planner.errors import DataError, Problem
from planner.files.dates import as_date
from planner.files.sheets import Grid, grids, header_at, one_of, table
from planner.files.text_files import csv_bytes, whole
from planner.rules.measure import numbered

Day = date
"""The type of a date, under a name that no column has."""

LOG, MINUTES = "Log", "Minutes"
"""The sheets of a workbook that are read: the activities done, and the time each takes the member."""

COLUMNS = ("activity", "date", "year", "times", "minutes", "note")
"""The columns of a log; `activity` and one of `date` and `year` are needed."""

MOST_TIMES = 1_000
"""How often one row may say that an activity was done."""

MOST_MINUTES = 100_000
"""Minutes of one row."""

MOST_ENTRIES = 10_000
"""Rows; nobody does more in a cycle."""

LONGEST_NOTE = 4_000
"""Characters; a longer note is refused, so that nothing is cut off unseen."""

_MOST_HINTS = 200
"""Unknown activities that are compared with every known one."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An activity done: its ref, the year of the cycle, how often, the date if known.

    `minutes` is the time all of it took, None if not noted; it is kept, and changes no plan.
    """

    ref: str
    year: int
    times: int = 1
    date: Day | None = None
    minutes: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CpdLog:
    """What a member has done in the cycle, and what of the file could not be read.

    `start` is the first day of the cycle, None if not known; `minutes` what activities take this member,
    from the sheet Minutes of the same workbook.
    """

    reading: Reading
    entries: tuple[LogEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    start: date | None = None
    minutes: Mapping[str, int] = field(default_factory=dict)

    @property
    def done(self) -> dict[str, int]:
        """How often each slot was done, in the order of the scheme's activities."""
        times = dict.fromkeys(self.reading.slots, 0)
        for entry in self.entries:
            times[slot(entry.ref, entry.year)] += entry.times
        return {name: number for name, number in times.items() if number}

    @property
    def last_year(self) -> int:
        """The latest year of the cycle in which something was done; 1 if nothing was."""
        return max((entry.year for entry in self.entries), default=1)


@dataclass(frozen=True, slots=True)
class Recent:
    """Points of the 12 months from `first` to `last`, both days included.

    `points` are those that count under the scheme's upper limits; `undated` is how many entries have no
    date and are left out.
    """

    first: date
    last: date
    points: int
    dated: int
    undated: int

    @property
    def in_words(self) -> str:
        """The figure as one would say it to the member."""
        words = f"{numbered(self.points, 'point')} from {self.first.isoformat()} to {self.last.isoformat()}"
        if not self.undated:
            return f"{words}."
        entries = "1 entry without a date is" if self.undated == 1 else f"{self.undated} undated entries are"
        return f"{words}; {entries} left out."

    def to_json(self) -> dict[str, Any]:
        """The figure as JSON."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "points": self.points,
            "dated": self.dated,
            "undated": self.undated,
        }


def read_log(
    source: str, content: bytes, reading: Reading, *, start: date | None, today: date | None = None
) -> CpdLog:
    """The log in a csv or Excel file; bad rows are listed and left out.

    A workbook's log is on the sheet `Log`, or on the first with a column `activity`. `activity` is a ref
    or a title. A `date` gives the year of the cycle if `start`, its first day, is known; else `year` does.
    What lies outside the cycle or after `today` (default: this day) is a problem.

    Raises
    ------
    DataError
        The file cannot be read, has no column `activity`, or holds the logs of several members.
    """
    sheets = grids(source, content)
    reader = _LogReader(source, reading, start, today or date.today())
    reader.read(_log_grid(sheets))
    minutes_grid = one_of(sheets, MINUTES)
    if minutes_grid is None:
        return CpdLog(reading, tuple(reader.entries), tuple(reader.problems), start)
    minutes, wrong = _minutes(minutes_grid, source, reading)
    return CpdLog(reading, tuple(reader.entries), (*reader.problems, *wrong), start, minutes)


def read_minutes(source: str, content: bytes, reading: Reading) -> tuple[dict[str, int], tuple[Problem, ...]]:
    """What activities take a member, in minutes, by ref: columns `activity`, `minutes`; and the bad rows.

    Raises
    ------
    DataError
        The file cannot be read or lacks a column.
    """
    sheets = grids(source, content)
    return _minutes(one_of(sheets, MINUTES) or sheets[0], source, reading)


def to_csv(log: CpdLog) -> bytes:
    """The entries of a log as CSV; `read_log` gives them back."""
    return csv_bytes([COLUMNS, *map(_row, log.entries)])


def _row(entry: LogEntry) -> tuple[object, ...]:
    """An entry in the order of `COLUMNS`; None is a blank cell."""
    return entry.ref, entry.date, entry.year, entry.times, entry.minutes, entry.note


def points_since(log: CpdLog, reading: Reading, day: date) -> Recent:
    """The points of the 12 months that end with `day`; entries without a date are left out and counted."""
    first = _years_before(day) + timedelta(days=1)
    recent = [entry for entry in log.entries if entry.date is not None and first <= entry.date <= day]
    undated = sum(entry.date is None for entry in log.entries)
    done = replace(log, reading=reading, entries=tuple(recent)).done
    return Recent(first, day, most_points(reading, done), len(recent), undated)


def year_of(day: date, start: date, years: int) -> int | None:
    """The year of the cycle in which a day lies, `years` + 1 after the cycle; None before it."""
    if day < start:
        return None
    full = day.year - start.year - ((day.month, day.day) < (start.month, start.day))
    return min(full, years) + 1


def _years_before(day: date) -> date:
    """The same day a year earlier; of a 29 February the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _log_grid(sheets: Sequence[Grid]) -> Grid:
    named = one_of(sheets, LOG)
    if named is not None:
        return named
    return next((sheet for sheet in sheets if header_at(sheet, ("activity",)) is not None), sheets[0])


class _RowReader:
    """Reads cells of a member's tables and collects what is wrong."""

    def __init__(self, source: str, reading: Reading) -> None:
        self.source = source
        self.reading = reading
        self.problems: list[Problem] = []
        self._hints = _MOST_HINTS

    def activity(self, number: int, text: str) -> Activity | None:
        found = find_activity(self.reading, text)
        if found is None:
            self._hints -= bool(text)
            hint = bool(text) and self._hints >= 0
            message = unknown_activity(self.reading, text, hint) if text else "must not be empty"
            self.problem(number, "activity", text, message)
        return found

    def whole(self, number: int, name: str, text: str, low: int, high: int) -> int | None:
        found = whole(text, low, high)
        if found is None:
            self.problem(number, name, text, f"must be a whole number from {low:,} to {high:,}")
        return found

    def problem(self, number: int, name: str, value: str, message: str) -> None:
        self.problems.append(
            Problem(self.source, message, row=number, field=name, value=value[:200] or "(empty)")
        )


class _LogReader(_RowReader):
    """Collects the entries of a log, row by row."""

    def __init__(self, source: str, reading: Reading, start: date | None, today: date) -> None:
        super().__init__(source, reading)
        self.start = start
        self.today = today
        self.entries: list[LogEntry] = []

    def read(self, grid: Grid) -> None:
        found = table(grid, self.source, ("activity",), (*COLUMNS[1:], "member"))
        self._check_members(found.rows)
        self.problems += found.problems
        for number, row in found.rows[:MOST_ENTRIES]:
            self._row(number, row)
        if len(found.rows) > MOST_ENTRIES:
            number = found.rows[MOST_ENTRIES][0]
            message = f"nothing was read from row {number} on: a log has at most {MOST_ENTRIES:,} rows"
            self.problems.append(Problem(self.source, message, row=number))

    def _check_members(self, found: Sequence[tuple[int, Mapping[str, str]]]) -> None:
        members = sorted({row["member"] for _, row in found if row.get("member")})
        if len(members) > 1:
            value = ", ".join(members)[:200]
            raise DataError(
                [Problem(self.source, "must be the log of one member", field="member", value=value)]
            )

    def _row(self, number: int, row: Mapping[str, str]) -> None:
        before = len(self.problems)
        activity = self.activity(number, row["activity"])
        day = self._date(number, row.get("date", ""))
        unread = bool(row.get("date")) and day is None
        year = None if unread else self._year(number, row.get("year", ""), day)
        times = self.whole(number, "times", row.get("times") or "1", 1, MOST_TIMES)
        text = row.get("minutes", "")
        minutes = self.whole(number, "minutes", text, 0, MOST_MINUTES) if text else None
        note = row.get("note", "")
        if len(note) > LONGEST_NOTE:
            self.problem(number, "note", note, f"is longer than {LONGEST_NOTE:,} characters")
        if activity and year and times and len(self.problems) == before:
            self.entries.append(LogEntry(activity.ref, year, times, day, minutes, note))

    def _date(self, number: int, text: str) -> date | None:
        day = as_date(text) if text else None
        if text and day is None:
            self.problem(number, "date", text, "is not a date such as 2026-11-22 or 22/11/2026")
        elif day is not None and day > self.today:
            self.problem(number, "date", text, "lies in the future: a log holds what was done")
        return day

    def _year(self, number: int, text: str, day: date | None) -> int | None:
        """The year of the cycle, by its own column or by the date; what contradicts is a problem."""
        years = self.reading.years
        given = self.whole(number, "year", text, 1, years) if text else None
        if day is None or self.start is None:
            if day is not None and not text:
                message = "needs the first day of the cycle, or a column year"
                self.problem(number, "date", day.isoformat(), message)
            elif given is not None:
                self._check_begun(number, given)
            elif not text:
                self.problem(number, "year", text, "neither date nor year says when this was done")
            return given
        by_date = year_of(day, self.start, years)
        if by_date is None or by_date > years:
            message = f"lies outside the cycle of {years} years that begins on {self.start.isoformat()}"
            self.problem(number, "date", day.isoformat(), message)
        elif given is not None and given != by_date:
            self.problem(number, "year", text, f"the date {day.isoformat()} lies in year {by_date}")
        return by_date

    def _check_begun(self, number: int, year: int) -> None:
        if self.start is None:
            return
        running = year_of(self.today, self.start, self.reading.years) or 0
        if year > running:
            message = f"this year of the cycle that begins on {self.start.isoformat()} has not begun"
            self.problem(number, "year", str(year), message)


def _minutes(grid: Grid, source: str, reading: Reading) -> tuple[dict[str, int], tuple[Problem, ...]]:
    reader = _RowReader(source, reading)
    found: dict[str, int] = {}
    listed = table(grid, source, ("activity", "minutes"))
    for number, row in listed.rows[:MOST_ENTRIES]:
        if not row["minutes"]:
            continue  # an activity without a figure keeps its estimate
        activity = reader.activity(number, row["activity"])
        minutes = reader.whole(number, "minutes", row["minutes"], 0, MOST_MINUTES)
        if activity is None or minutes is None:
            continue
        if found.setdefault(activity.ref, minutes) != minutes:
            message = f"{activity.ref} stands above with {found[activity.ref]} minutes"
            reader.problem(number, "minutes", row["minutes"], message)
    return found, (*listed.problems, *reader.problems)
