"""Dates as people write them, a column of them judged as a whole."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, timedelta

WANTED = "is not a date such as 2026-11-22 or 22/11/2026"

_TIME = re.compile(
    r"[T, ]+\d{1,2}(?::\d{2}){1,2}(?:\.\d+)?(?:\s*[ap]\.?m\.?)?(?:\s*Z|\s*[+-]\d{2}:?\d{2})?", re.IGNORECASE
)
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]?\s+", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMBERS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})")
_DAY_NAMED = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]*(?:of )?([a-z]{3,9})[-/., ]*'?(\d{4}|\d{2})", re.IGNORECASE
)
_NAMED_DAY = re.compile(r"([a-z]{3,9})[. ]+(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})", re.IGNORECASE)
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
# From 1954 to 2119: other numbers of five figures are no days that anybody writes.
_SERIAL = re.compile(r"([2-7]\d{4})(?:\.\d+)?")
_NO_YEAR = re.compile(
    r"\d{1,2}(?:st|nd|rd|th)?[-/. ]*(?:of )?(?:[a-z]{3,9}|\d{1,2})|[a-z]{3,9} \d{1,2}(?:st|nd|rd|th)?",
    re.IGNORECASE,
)
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}


class DateColumn:
    """The dates of one column: day first as in Britain, unless one of them can only be month first.

    Then a date that can be read both ways is doubtful, and so is one with the year first: spreadsheets make
    such dates of those texts of the column that they can read, the day first.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        found = (_NUMBERS.fullmatch(_plain(text)) for text in texts if text)
        # One is enough: 11/22/2026 has no other reading.
        self._month_first = any(each and int(each[1]) <= 12 < int(each[2]) <= 31 for each in found)

    def read(self, text: str) -> date | None:
        """The date that a text of the column means; None if it means none or is doubtful."""
        plain = _plain(text)
        numbers = _NUMBERS.fullmatch(plain)
        if self._month_first and numbers and not self._doubtful(text):
            # Not doubtful: one of the two is above 12, and is the day, or both are the same.
            month, day = sorted((int(numbers[1]), int(numbers[2])))
            return _day(_year(numbers[3]), month, day)
        return None if self._doubtful(text) else _as_date(plain)

    def wrong(self, text: str) -> str:
        """Why `read` gives no date of this text, as a problem says it."""
        if self._doubtful(text):
            return (
                "can be read day first or month first, and this column has dates that can only be month first"
            )
        return "has no year" if _NO_YEAR.fullmatch(_plain(text)) else WANTED

    def _doubtful(self, text: str) -> bool:
        if not self._month_first:
            return False
        plain = _plain(text)
        found = _NUMBERS.fullmatch(plain) or re.fullmatch(r"\d{4}-(\d\d)-(\d\d)", plain)
        one, other = (int(found[1]), int(found[2])) if found else (0, 0)
        return 1 <= one <= 12 and 1 <= other <= 12 and one != other


def as_date(text: str) -> date | None:
    """The date that a text by itself means, the day first as written in Britain; None if it means none."""
    return _as_date(_plain(text))


def date_text(day: date | None) -> str:
    """A date as tables and files have it; empty for none."""
    return "" if day is None else day.isoformat()


def _plain(text: str) -> str:
    """A date without the weekday before it and the time after it."""
    text = " ".join(text.split())
    text = _WEEKDAY.sub("", text, count=1) if _WEEKDAY.match(text) else text
    if (time := _TIME.search(text)) and time.end() == len(text):
        text = text[: time.start()]
    return text


def _as_date(plain: str) -> date | None:
    if found := _YEAR_FIRST.fullmatch(plain) or _COMPACT.fullmatch(plain):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.fullmatch(plain):
        return _day(_year(found[3]), int(found[2]), int(found[1]))
    if found := _DAY_NAMED.fullmatch(plain):
        return _day(_year(found[3]), _month(found[2]), int(found[1]))
    if found := _NAMED_DAY.fullmatch(plain):
        return _day(int(found[3]), _month(found[1]), int(found[2]))
    # To spreadsheets 1900 was a leap year, so that from March 1900 on their days count from the 30 December.
    if found := _SERIAL.fullmatch(plain):  # the days since 1899 that a spreadsheet counts
        return date(1899, 12, 30) + timedelta(days=int(found[1]))
    return None


def _year(text: str) -> int:
    """A year of two figures lies in the century before 2070."""
    return int(text) if len(text) == 4 else 1900 + int(text) + 100 * (int(text) < 70)


def _month(text: str) -> int:
    """The month with a name, or with the beginning of one; 0 for none."""
    # The patterns ask for three letters, in which all months differ.
    return next((number for name, number in _MONTHS.items() if name.startswith(text.casefold())), 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
