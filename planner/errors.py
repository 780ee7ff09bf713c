"""What can go wrong, one class a situation."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as filled
from typing import Any


class Parameter(str):
    """The name of a call's parameter, as the source of a problem; each face tells it in its own words."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input: where it stands, what stands there and what is expected.

    Parameters
    ----------
    source
        The file that holds the value, or the `Parameter` it was given for; empty where the message is a
        sentence of its own.
    message
        What is wrong, in words.
    row
        The spreadsheet's row (the header is row 1), or None where rows make no sense.
    field
        The column or key.
    value
        What was found there.
    code, data
        What kind of problem it is and of what, for those who tell it in other words; empty where nobody does.
    sheet
        The sheet of a workbook with several.
    """

    source: str
    message: str
    row: int | None = None
    field: str = ""
    value: str = ""
    code: str = ""
    data: Mapping[str, Any] = filled(default_factory=dict, compare=False)
    sheet: str = ""

    def told(self, names: Callable[[str], str]) -> Problem:
        """The problem as a face tells it that calls a parameter by what `names` says."""
        return replace(self, source=names(self.source)) if isinstance(self.source, Parameter) else self

    def to_json(self) -> dict[str, int | str | None]:
        """The problem as JSON answers list it; their reader knows the file."""
        place = {"sheet": self.sheet} if self.sheet else {}
        where = {**place, "row": self.row, "field": self.field}
        return {**where, "value": self.value, "message": self.message}

    @property
    def left_out(self) -> bool:
        """Whether the row was left out because of it; what is read but doubted, or no row, is only said."""
        return self.row is not None and self.code not in SAID

    def __str__(self) -> str:
        row = "" if self.row is None else f", row {self.row}"
        field = f", {self.field}" if self.field else ""
        value = f" = {_shortened(self.value)!r}" if self.value else ""
        sheet = f", sheet {self.sheet}" if self.sheet else ""
        place = f"{self.source}{sheet}{row}{field}{value}"
        return f"{place}: {self.message}" if place else self.message


SAID = frozenset(("read", "unread column", "footer"))
"""The codes of problems that leave out no row: one was read without a cell, a line is no row."""


class PlannerError(Exception):
    """Whatever this package raises on purpose."""


class DataError(PlannerError):
    """The input is wrong; lists every problem found, not just the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[DataError], tuple[tuple[Problem, ...]]]:
        # An exception is made anew with its message, which is no list of problems: those of a worker's
        # process would be lost on the way.
        return type(self), (self.problems,)


def refuse(problems: Iterable[Problem]) -> None:
    """Raises a `DataError` with the problems, if there are any."""
    if found := tuple(problems):
        raise DataError(found)


class UndecidedError(Exception):
    """The time limit has passed; never leaves the package."""


class DisagreementError(PlannerError):
    """Two ways to the same figure differ: a bug of this package, never of its user."""


def nearest(text: str, known: Sequence[str]) -> str:
    """A hint that names the known word most like `text`, empty if none is like it.

    Only what looks like a slip of the pen: who typed other words (not assessed, level_at_most) meant them,
    and who typed this very word is not helped by it.
    """
    folded = {word.casefold(): word for word in known if word != text}
    # Only to choose a few: it rates what letters two words have in common (as Ratcliff and Obershelp do), and
    # opposites have many.
    close = difflib.get_close_matches(text.casefold(), folded, n=5, cutoff=0.6)
    return next(
        (f"; did you mean {folded[word]}?" for word in close if _same_words(text.casefold(), word)), ""
    )


_MOST_HINTS = 100
"""Different texts of a file that nearest words are found for."""


class Hints:
    """Nearest known words, found for the first so many different texts: to compare takes a millisecond each.

    A file of thousands of wrong rows is then told in a second; what its first hundred rows do not explain
    the others do not either.
    """

    def __init__(self, known: Sequence[str]) -> None:
        self._known = known
        self._found: dict[str, str] = {}

    def of(self, text: str) -> str:
        """A hint as `nearest` gives it; empty for what comes after the first texts."""
        if text not in self._found:
            if len(self._found) >= _MOST_HINTS:
                return ""
            self._found[text] = nearest(text, self._known) if text else ""
        return self._found[text]


_FILLERS = frozenset(("a", "an", "as", "at", "by", "for", "has", "in", "is", "of", "on", "the", "was"))
"""Words that a slip of the pen leaves out or adds without saying anything else."""

_NEGATING = (
    "un", "in", "im", "ir", "il", "non", "not", "no", "dis", "mis", "de", "re", "pre", "anti", "semi",
)  # fmt: skip
"""What, put in front of a word, makes it say something else."""

_OPPOSED = (
    ("in", "ex"), ("im", "ex"), ("in", "de"), ("as", "des"), ("min", "max"), ("inter", "intra"),
    ("pre", "post"), ("hyper", "hypo"), ("over", "under"),
)  # fmt: skip
"""What, put in front of the same letters, makes opposites of them that look alike: include, exclude."""

_LONGEST_COMPARED = 100
"""Letters up to which words are compared."""


def _same_words(text: str, known: str) -> bool:
    """Whether two texts that look alike have the same words, but for slips of the pen."""
    if len(text) > _LONGEST_COMPARED:
        return False
    typed, meant = _words(text), _words(known)
    if len(typed) != len(meant) and _edits("".join(typed), "".join(meant)) < 2:
        return True  # run together or torn apart
    kept = ([word for word in words if word not in _FILLERS] for words in (typed, meant))
    pairs = ((typed, meant), tuple(kept))
    return any(len(one) == len(two) and all(map(_slip, one, two)) for one, two in pairs)


def _words(text: str) -> list[str]:
    """The words of a text; single letters and figures are parts of refs."""
    return re.findall(r"[^\W\d_]{2,}", text)


def _slip(typed: str, meant: str) -> bool:
    """Whether one word may be the other mistyped, and not another word or its opposite."""
    if typed == meant:
        return True
    if any(_negates(*pair) for pair in ((typed, meant), (meant, typed))) or _opposed(typed, meant):
        return False
    longest = max(len(typed), len(meant))
    return _edits(typed, meant) <= (1 if longest < 6 else 2)


def _negates(word: str, other: str) -> bool:
    """Whether `word` is `other` with something in front of it, mistyped or not."""
    return any(
        word.startswith(front)
        and (not other.startswith(front) or word.startswith(2 * front))
        and len(word) > len(front) + 1
        and _edits(word.removeprefix(front), other) < _edits(word, other)
        for front in _NEGATING
    )


def _opposed(word: str, other: str) -> bool:
    """Whether two words are opposites that look alike."""
    for one, two in (pair for each in _OPPOSED for pair in (each, each[::-1])):
        alike = _edits(word.removeprefix(one), other.removeprefix(two)) < _edits(word, other)
        if word.startswith(one) and other.startswith(two) and alike:
            return True
    trained = [each.removesuffix("s").endswith("ee") for each in (word, other)]  # trainer and trainee
    stems = [re.sub(r"(?:er|or|ee)s?$", "", each) for each in (word, other)]
    return trained[0] != trained[1] and _edits(*stems) < _edits(word, other)


def _edits(one: str, two: str) -> int:
    """How many letters to add, drop, change or swap with the next make one word the other."""
    # The distance of Damerau (Communications of the ACM 7, 1964, 171-176), row by row, each letter being in
    # at most one swap.
    # Rows of the table: the present one, the one before it, and in `last` the one before that, for swaps.
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, letter in enumerate(one, start=1):
        before, last, row = row, before, [i]
        for j, other in enumerate(two, start=1):
            # From above a letter is dropped, from the left one is added, from between one is changed or kept.
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == two[j - 2] and one[i - 2] == other:
                least = min(least, last[j - 2] + 1)
            row.append(least)
    return row[-1]


def _shortened(value: str) -> str:
    return value if len(value) <= 80 else f"{value[:79]}…"
