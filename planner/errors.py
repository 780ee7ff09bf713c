"""What can go wrong, one class a situation."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace


class Parameter(str):
    """The name of a call's parameter, as the source of a problem; each face tells it in its own words."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input: where it stands, what stands there and what is expected.

    Parameters
    ----------
    source
        The file that holds the value, or the `Parameter` it was given for.
    message
        What is wrong, in words.
    row
        The spreadsheet's row (the header is row 1), or None where rows make no sense.
    field
        The column or key.
    value
        What was found there.
    """

    source: str
    message: str
    row: int | None = None
    field: str = ""
    value: str = ""

    def told(self, names: Callable[[str], str]) -> Problem:
        """The problem as a face tells it that calls a parameter by what `names` says."""
        return replace(self, source=names(self.source)) if isinstance(self.source, Parameter) else self

    def to_json(self) -> dict[str, int | str | None]:
        """The problem as JSON answers list it; their reader knows the file."""
        return {"row": self.row, "field": self.field, "value": self.value, "message": self.message}

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row}"
        field = f", {self.field}" if self.field else ""
        value = f" = {_shortened(self.value)!r}" if self.value else ""
        return f"{self.source}{row}{field}{value}: {self.message}"


class PlannerError(Exception):
    """Whatever this package raises on purpose."""


class DataError(PlannerError):
    """The input is wrong; lists every problem found, not just the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[DataError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class DisagreementError(PlannerError):
    """Two ways to the same figure differ: a bug of this package, never of its user."""


def nearest(text: str, known: Sequence[str]) -> str:
    """A hint that names the known word most like `text`, empty if none is like it."""
    folded = {word.casefold(): word for word in known}
    close = difflib.get_close_matches(text.casefold(), folded, n=1, cutoff=0.6)
    return f"; did you mean {folded[close[0]]}?" if close else ""


def _shortened(value: str, length: int = 80) -> str:
    return value if len(value) <= length else value[: length - 1] + "…"
