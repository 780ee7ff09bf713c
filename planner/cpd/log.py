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
from planner.files.dates import DateColumn
from planner.files.headers import Shape
from planner.files.people import identity
from planner.files.sheets import grids
from planner.files.tables import Part, Row, SheetRead, read_tables
from planner.files.text_files import csv_bytes, whole
from planner.files.wording import Wording
from planner.rules.measure import numbered

Day = date
"""The type of a date, under a name that no column has."""

LOG, MINUTES = "Log", "Minutes"
"""The sheets of a workbook that are read: the activities done, and the time each takes the member."""

COLUMNS = ("activity", "date", "year", "times", "minutes", "note")
"""The columns of a log; `activity` and one of `date` and `year` are needed."""

_LOG = Shape(LOG, COLUMNS[:1], (*COLUMNS[1:], "member"), alone=True)
_MINUTES = Shape(MINUTES, ("activity", "minutes"), role="minutes", named=True)

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
    from the sheet Minutes of the same workbook; `sheets` says how each sheet of the file was read.
    """

    reading: Reading
    entries: tuple[LogEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    start: date | None = None
    minutes: Mapping[str, int] = field(default_factory=dict)
    sheets: tuple[SheetRead, ...] = field(default=(), compare=False)

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
    source: str,
    content: bytes,
    reading: Reading,
    *,
    start: date | None,
    today: date | None = None,
    wording: Wording | None = None,
) -> CpdLog:
    """The log in a csv or Excel file; bad rows are listed and left out.

    A workbook's log is on the sheet `Log`, or on every sheet with a column `activity`. `activity` is a ref
    or a title. A `date` gives the year of the cycle if `start`, its first day, is known; else `year` does.
    What lies outside the cycle or after `today` (default: this day) is a problem. `wording` says what headers
    mean.

    Raises
    ------
    DataError
        The file cannot be read, has no column `activity`, or holds the logs of several members.
    """
    # Minutes first, as a sheet is the first shape that fits: it has a column `activity`, all that a log
    # needs.
    found = read_tables(source, grids(source, content), [_MINUTES, _LOG], wording)
    reader = _LogReader(source, reading, start, today or date.today())
    reader.problems += found.problems
    for part in found.of(LOG):
        reader.read(part)
    minutes = _minutes(reader, found.of(MINUTES))
    return CpdLog(reading, tuple(reader.entries), tuple(reader.problems), start, minutes, found.sheets)


def to_csv(log: CpdLog) -> bytes:
    """The entries of a log as CSV; `read_log` gives them back."""
    return csv_bytes([COLUMNS, *map(_row, log.entries)])


def _row(entry: LogEntry) -> tuple[object, ...]:
    """An entry in the order of `COLUMNS`; None is a blank cell."""
    return entry.ref, entry.date, entry.year, entry.times, entry.minutes, entry.note


def points_since(log: CpdLog, reading: Reading, day: date) -> Recent:
    """The points of the 12 months that end with `day`; entries without a date are left out and counted."""
    # Both ends are in: a year and no day more.
    first = _years_before(day) + timedelta(days=1)
    recent = [entry for entry in log.entries if entry.date is not None and first <= entry.date <= day]
    undated = sum(entry.date is None for entry in log.entries)
    done = replace(log, reading=reading, entries=tuple(recent)).done
    return Recent(first, day, most_points(reading, done), len(recent), undated)


def year_of(day: date, start: date, years: int) -> int | None:
    """The year of the cycle in which a day lies, `years` + 1 after the cycle; None before it."""
    if day < start:
        return None
    # A Boolean counts as 1: the year in which the anniversary is still to come is not full yet. Of a 29
    # February it is the 1 March in other years.
    full = day.year - start.year - ((day.month, day.day) < (start.month, start.day))
    return min(full, years) + 1


def _years_before(day: date) -> date:
    """The same day a year earlier; of a 29 February the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


class _LogReader:
    """Collects the entries of a log, row by row, and what is wrong with them."""

    def __init__(self, source: str, reading: Reading, start: date | None, today: date) -> None:
        self.source = source
        self.reading = reading
        self.start = start
        self.today = today
        self.entries: list[LogEntry] = []
        self.problems: list[Problem] = []
        self._hints = _MOST_HINTS
        self._read = 0
        self._members: dict[str, str] = {}

    def read(self, part: Part) -> None:
        self._check_members(part.rows)
        # Whether day or month comes first is told by the whole column, by rows left out for other reasons
        # too.
        self._dates = DateColumn(row["date"] for row in (*part.rows, *part.left_out))
        room = MOST_ENTRIES - self._read
        for row in part.rows[:room]:
            self._row(row)
        self._read += len(part.rows)
        if len(part.rows) > room:
            row = part.rows[room]
            message = f"nothing was read from row {row.number} on: a log has at most {MOST_ENTRIES:,} rows"
            self.problems.append(Problem(row.source, message, row=row.number))

    def activity(self, row: Row) -> Activity | None:
        text = row["activity"]
        found = find_activity(self.reading, text)
        if found is None:
            # To find what is nearly meant takes a while for each: a file of something else has thousands.
            self._hints -= bool(text)
            hint = bool(text) and self._hints >= 0
            message = unknown_activity(self.reading, text, hint) if text else "must not be empty"
            self.problems.append(row.problem("activity", message))
        return found

    def whole(self, row: Row, name: str, low: int, high: int, otherwise: str = "") -> int | None:
        found = whole(row[name] or otherwise, low, high)
        if found is None:
            self.problems.append(row.problem(name, f"must be a whole number from {low:,} to {high:,}"))
        return found

    def _check_members(self, rows: Sequence[Row]) -> None:
        """Raises DataError if the log, on whatever sheets, is of several people."""
        for row in rows:
            if row["member"]:
                self._members.setdefault(identity(row["member"]), row["member"])
        if len(self._members) > 1:
            value = ", ".join(sorted(self._members.values()))[:200]
            raise DataError(
                [Problem(self.source, "must be the log of one member", field="member", value=value)]
            )

    def _row(self, row: Row) -> None:
        before = len(self.problems)
        activity = self.activity(row)
        day = self._date(row)
        # Of a date that makes no sense one problem is told, not also that the row has no year.
        unread = bool(row["date"]) and day is None
        year = None if unread else self._year(row, day)
        times = self.whole(row, "times", 1, MOST_TIMES, "1")
        minutes = self.whole(row, "minutes", 0, MOST_MINUTES) if row["minutes"] else None
        if len(row["note"]) > LONGEST_NOTE:
            self.problems.append(row.problem("note", f"is longer than {LONGEST_NOTE:,} characters"))
        if activity and year and times and len(self.problems) == before:
            self.entries.append(LogEntry(activity.ref, year, times, day, minutes, row["note"]))

    def _date(self, row: Row) -> date | None:
        text = row["date"]
        day = self._dates.read(text) if text else None
        if text and day is None:
            self.problems.append(row.problem("date", self._dates.wrong(text)))
        elif day is not None and day > self.today:
            self.problems.append(row.problem("date", "lies in the future: a log holds what was done"))
        return day

    def _year(self, row: Row, day: date | None) -> int | None:
        """The year of the cycle, by its own column or by the date; what contradicts is a problem."""
        years, text = self.reading.years, row["year"]
        given = self.whole(row, "year", 1, years) if text else None
        if day is None or self.start is None:
            if day is not None and not text:
                message = "needs the first day of the cycle, or a column year"
                self.problems.append(row.problem("date", message, day.isoformat()))
            elif given is not None:
                self._check_begun(row, given)
            elif not text:
                self.problems.append(row.problem("year", "neither date nor year says when this was done"))
            return given
        by_date = year_of(day, self.start, years)
        if by_date is None or by_date > years:
            message = f"lies outside the cycle of {years} years that begins on {self.start.isoformat()}"
            self.problems.append(row.problem("date", message, day.isoformat()))
        elif given is not None and given != by_date:
            self.problems.append(row.problem("year", f"the date {day.isoformat()} lies in year {by_date}"))
        return by_date

    def _check_begun(self, row: Row, year: int) -> None:
        if self.start is None:
            return
        # Before the cycle no year of it has begun.
        running = year_of(self.today, self.start, self.reading.years) or 0
        if year > running:
            message = f"this year of the cycle that begins on {self.start.isoformat()} has not begun"
            self.problems.append(row.problem("year", message))


def _minutes(reader: _LogReader, parts: Sequence[Part]) -> dict[str, int]:
    """What activities take the member, in minutes, by ref."""
    found: dict[str, int] = {}
    for row in [row for part in parts for row in part.rows][:MOST_ENTRIES]:
        if not row["minutes"]:
            continue  # an activity without a figure keeps its estimate
        activity = reader.activity(row)
        minutes = reader.whole(row, "minutes", 0, MOST_MINUTES)
        if activity is None or minutes is None:
            continue
        if found.setdefault(activity.ref, minutes) != minutes:  # said twice alike is no matter
            message = f"{activity.ref} stands above with {found[activity.ref]} minutes"
            reader.problems.append(row.problem("minutes", message))
    return found
