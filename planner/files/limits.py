"""Between which limits a number lies that somebody gives: an option, a parameter, a cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from planner.errors import DataError, Parameter, Problem
from planner.files.text_files import whole, whole_or_half

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value of a number, both allowed.

    A `fraction` need not be whole; one with `halves` is whole or has a half.
    """

    low: float
    high: float
    fraction: bool = False
    halves: bool = False

    @property
    def words(self) -> str:
        """The limits as a hint says them."""
        return f"from {self.low:,} to {self.high:,}"

    @property
    def wanted(self) -> str:
        """What a value must be."""
        kind = "" if self.fraction else "whole or half " if self.halves else "whole "
        return f"must be a {kind}number {self.words}"

    def hold(self, value: object) -> bool:
        """Whether a value is such a number."""
        if not isinstance(value, (int, float) if self.fraction or self.halves else int):
            return False
        return self.low <= value <= self.high and not (self.halves and 2 * value % 1)

    def read(self, text: str) -> float | None:
        """The number that a text means; None if it means none within the limits."""
        if self.halves:
            return whole_or_half(text, self.low, self.high)
        if not self.fraction:
            return whole(text, int(self.low), int(self.high))
        if not _NUMBER.fullmatch(text.strip()):
            return None
        found = float(text)
        return found if self.hold(found) else None

    def problems(self, name: str, value: object, of: str = "") -> list[Problem]:
        """What is wrong with the value of a call's parameter, or of its entry `of`."""
        if self.hold(value):
            return []
        endless = isinstance(value, int) and abs(value) >= 10**99  # beyond 4,300 digits Python refuses too
        shown = "a number of 100 digits or more" if endless else repr(value)
        return [Problem(Parameter(name), self.wanted, value=f"{of}={shown}" if of else shown)]

    def check(self, name: str, value: object) -> None:
        """Refuses a value of a call's parameter.

        Raises
        ------
        DataError
            If it is no number within the limits.
        """
        if problems := self.problems(name, value):
            raise DataError(problems)


TIME = Range(0, 86_400, fraction=True)
"""Of the time that a search may take, in seconds: up to a day."""

PROCESSES = Range(1, 256)
"""Of the processes, or the threads, that share the work."""
