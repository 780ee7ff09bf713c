"""Two sides of one thing merged: what is kept, and what somebody says who may have seen an older state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from planner.errors import DataError, Problem
from planner.files.tables import SheetRead
from planner.records.portfolios import rank

Values = dict[str, Any]

Whose = Literal["mine", "theirs"]
"""Which of two words stays: that of who saves now, or that of who saved first."""

Settled = Mapping["Dispute", Whose]
"""Disputes that were told, each with what somebody has chosen."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """A value that is not taken, because somebody else has said another one: `kept` stays.

    `choices` is what who saves may choose; nothing where there is nothing to choose.
    """

    learner: str
    ref: str
    field: str
    kept: str
    wanted: str
    message: str
    source: str = ""
    row: int | None = None
    choices: tuple[Whose, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The dispute as JSON answers list it."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "choices"}

    def __str__(self) -> str:
        where = f"{self.source}: " if self.source else ""
        where = f"{self.source}, row {self.row}: " if self.source and self.row else where
        what = f"{self.learner}, {self.ref}" if self.ref else self.learner
        return (
            f"{where}{what}, {self.field}: {self.message} (kept: {self.kept!r}, not taken: {self.wanted!r})"
        )


class OvertakenError(DataError):
    """Somebody else has changed the same since it was opened; nothing was saved, and nothing is lost."""

    def __init__(self, disputes: Iterable[Dispute]) -> None:
        self.disputes = tuple(disputes)
        super().__init__(
            Problem(
                dispute.source or "the register",
                f"{dispute.learner}{f', {dispute.ref}' if dispute.ref else ''}: {dispute.message}; "
                f"the register has {dispute.kept or '(nothing)'!r}, nothing was saved",
                field=dispute.field,
                value=dispute.wanted,
            )
            for dispute in self.disputes
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.disputes,)


@dataclass(frozen=True, slots=True)
class Merged:
    """What an import, or the undoing of one, came to; counts are of rows."""

    import_id: str
    new: int
    changed: int
    unchanged: int
    disputes: tuple[Dispute, ...]
    problems: tuple[Problem, ...] = ()
    sheets: tuple[SheetRead, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON."""
        return {
            "import": self.import_id,
            **{name: getattr(self, name) for name in ("new", "changed", "unchanged")},
            "conflicts": [dispute.to_json() for dispute in self.disputes],
            "problems": [problem.to_json() for problem in self.problems],
            "sheets": [sheet.to_json() for sheet in self.sheets],
        }


BOTH = "was changed on both sides"
BACK = "the status goes back"


@dataclass(frozen=True, slots=True)
class WordPolicy:
    """How somebody's word is taken.

    Parameters
    ----------
    clears
        Whether an empty value takes away one that both sides knew; else it says nothing.
    back
        Whether a status may go back.
    source
        The file that it comes from.
    """

    clears: bool = False
    back: bool = False
    source: str = ""


Wrong = list[tuple[str, str]]
"""The fields that cannot be taken, each with the reason."""


def merged(
    present: Mapping[str, Any], base: Mapping[str, Any] | None, said: Mapping[str, Any], policy: WordPolicy
) -> tuple[Values, Wrong]:
    """What is to be kept of one thing, and which fields were changed on both sides.

    Parameters
    ----------
    present
        What is kept now; empty where there is nothing yet.
    base
        What both sides knew last; None where that is not known: then what is empty is filled.
    said
        What somebody says now.
    policy
        How their word is taken.
    """
    # A merge of three: what only one side has changed since both knew it is taken, what both have is
    # somebody's to decide.
    result, wrong = dict(present), list[tuple[str, str]]()
    forward = rank(said.get("status")) > rank(present.get("status"))
    for name, value in said.items():
        old = present.get(name)
        known = None if base is None else base.get(name)
        # An empty value says nothing, unless who says it has seen what it would take away.
        silent = value in ("", None) and (base is None or not policy.clears)
        # It is so already, or nothing is said, or who says it has changed nothing of it.
        if value == old or silent or (base is not None and value == known):
            continue
        if name == "recorded":
            result[name] = max(old or 0, value)  # what either side has recorded is recorded
        elif name == "status" and not forward and not policy.back:
            wrong.append((name, BACK))
        # Without a base what is empty is filled, and a status that goes forward takes its date along. With
        # one, what the other side has left as both knew it, or never filled, is taken.
        elif (base is None and (old in ("", None) or (forward and name in ("status", "date")))) or (
            base is not None and (old == known or (old in ("", None) and known in ("", None)))
        ):
            result[name] = value
        else:
            wrong.append((name, BOTH))
    return result, wrong
