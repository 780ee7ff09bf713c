"""What files say of a learner's registration: first day and planned end, hours a week, breaks, assessor."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from planner.errors import Problem
from planner.files.dates import DateColumn, as_date
from planner.files.tables import Part, Row
from planner.files.text_files import whole

HOURS = (1, 168)
"""Whole hours a week, at least and at most."""

LONGEST = 4_000
"""Characters of one cell; a longer one is refused, so that nothing is cut off unseen."""

Break = tuple[date, date]
"""The first and the last day of a break in learning."""

LONGEST_BREAK = 1_000
"""Days."""


def as_break(text: str, where: str, problems: list[Problem]) -> Break | None:
    """The first and the last day of a break in learning; None, with a problem, for what is none."""
    first, last = (as_date(part) for part in text.partition(":")[::2])
    if first is None or last is None or not 0 <= (last - first).days <= LONGEST_BREAK:
        message = "must be its first and last day, such as 2026-08-01:2026-08-14"
        problems.append(Problem(where, message, value=text))
        return None
    return first, last


def breaks_in(text: str, where: str, problems: list[Problem]) -> tuple[Break, ...]:
    """The breaks of one text, separated by blanks, commas or semicolons; what is none is a problem."""
    found = (as_break(part, where, problems) for part in re.split(r"[\s;,]+", text) if part)
    return tuple(each for each in found if each)


def breaks_text(breaks: Iterable[Break]) -> str:
    """Breaks as one text, which `breaks_in` reads."""
    return " ".join(f"{first.isoformat()}:{last.isoformat()}" for first, last in breaks)


class Cells:
    """Reads cells that several tables have, each column of dates as a whole; collects what is wrong."""

    def __init__(self, part: Part, dates: Iterable[str] = ("start", "target")) -> None:
        rows = (*part.rows, *part.left_out)
        self._dates = {name: DateColumn(row[name] for row in rows) for name in dates if part.has(name)}
        self.problems: list[Problem] = []

    def date(self, row: Row, name: str, without: str = "; the row is read without it") -> date | None:
        """A date; one that is not understood is a problem. `without` says what is read without it."""
        text = row[name]
        if not text:
            return None
        column = self._dates.get(name) or DateColumn([text])
        found = column.read(text)
        if found is None:
            code = "read" if without else ""
            self.problems.append(row.problem(name, column.wrong(text) + without, code=code))
        return found

    def percent(self, row: Row, name: str) -> int | None:
        """Whole percent, as 40 or 40%; anything else is a problem."""
        found = whole(row[name].removesuffix("%").strip(), 0, 100) if row[name] else None
        if row[name] and found is None:
            message = "must be whole percent from 0 to 100; the row is read without it"
            self.problems.append(row.problem(name, message, code="read"))
        return found

    def registration(self, row: Row) -> dict[str, Any]:
        """What the row says of the registration, by the names of `Details`; `assessor` is the row's own."""
        found: dict[str, Any] = {name: self.date(row, name) for name in ("start", "target")}
        found["site"] = row["site"]
        wrong: list[Problem] = []
        found["breaks"] = breaks_in(row["breaks"], "", wrong)
        self.problems += (row.problem("breaks", each.message, each.value, code="read") for each in wrong)
        if row["hours_per_week"]:
            found["hours_per_week"] = whole(row["hours_per_week"], *HOURS)
            if found["hours_per_week"] is None:
                message = f"must be whole hours from {HOURS[0]} to {HOURS[1]}; the row is read without it"
                self.problems.append(row.problem("hours_per_week", message, code="read"))
        return {name: value for name, value in found.items() if value not in (None, "", ())}

    def too_long(self, row: Row, name: str) -> bool:
        """Whether a text is too long; that is a problem."""
        if len(row[name]) <= LONGEST:
            return False
        self.problems.append(row.problem(name, f"is longer than {LONGEST:,} characters"))
        return True
