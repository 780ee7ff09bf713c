"""What files say of a learner's registration: when it starts and is to end, hours a week, assessor, site."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from planner.errors import Problem
from planner.files.dates import DateColumn
from planner.files.tables import Part, Row
from planner.files.text_files import whole

HOURS = (1, 168)
"""Whole hours a week, at least and at most."""

LONGEST = 4_000
"""Characters of one cell; a longer one is refused, so that nothing is cut off unseen."""


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
        if row["hours_per_week"]:
            found["hours_per_week"] = whole(row["hours_per_week"], *HOURS)
            if found["hours_per_week"] is None:
                message = f"must be whole hours from {HOURS[0]} to {HOURS[1]}; the row is read without it"
                self.problems.append(row.problem("hours_per_week", message, code="read"))
        return {name: value for name, value in found.items() if value not in (None, "")}

    def too_long(self, row: Row, name: str, text: str | None = None) -> bool:
        """Whether a text is too long; that is a problem."""
        if len(row[name] if text is None else text) <= LONGEST:
            return False
        self.problems.append(row.problem(name, f"is longer than {LONGEST:,} characters", text))
        return True
