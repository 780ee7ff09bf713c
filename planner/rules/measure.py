"""The auditor: measures every rule over the units that count. Arithmetic only, no search.

One claim ("these units count") is measured over numbers, many of them over columns of numbers: the same
rules, the same method.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.rules.rule import Choice, Rule, bounds


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule measured: the rule itself, the figure, whether it holds; `parts` of a choice."""

    rule: Rule
    measured: int
    holds: bool
    parts: tuple[Finding, ...] = ()

    @property
    def progress(self) -> str:
        """The figure against its limits, such as "19 of 12 credits"."""
        if self.rule.kind == "requires":
            return "kept" if self.holds else "broken"
        low, high, count = self.rule.at_least, self.rule.at_most, self.rule.count
        if low is None:
            limit, number = f"at most {high}", high or 0
        elif high is None:
            limit, number = str(low), low
        else:
            limit, number = f"exactly {low}" if low == high else f"{low} to {high}", high
        return f"{self.measured} of {limit} {noun_of(count, number)}"

    def to_json(self) -> dict[str, Any]:
        """The finding as every JSON answer gives it."""
        return {
            "rule": self.rule.id,
            "text": self.rule.text,
            "measured": self.measured,
            "at_least": self.rule.at_least,
            "at_most": self.rule.at_most,
            "holds": self.holds,
        }


class _Counted(dict[str, Any]):
    """1 for each unit that counts (or its number, or a column of 0 and 1), 0 for every other."""

    def __missing__(self, ref: str) -> int:
        return 0


def audit(rules: Iterable[Rule], counted: Collection[str] | Mapping[str, int]) -> tuple[Finding, ...]:
    """Each rule measured over what is in `counted`, in the order of the rules.

    `counted` are the refs that count, or how often each counts (activities, months of service).
    """
    values = _Counted(counted if isinstance(counted, Mapping) else dict.fromkeys(counted, 1))
    return tuple(_finding(rule, values) for rule in rules)


def _finding(rule: Rule, counted: _Counted) -> Finding:
    measured = int(rule.measure(counted))
    parts = tuple(_finding(part, counted) for part in rule.of) if isinstance(rule, Choice) else ()
    return Finding(rule, measured, bool(rule.holds(measured)), parts)


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Many claims measured at once: one row a claim, one column a rule, in the order of the rules.

    `measured` are the figures of each rule, `holds` whether they keep its limits, `met` (one a claim)
    whether all rules hold.
    """

    rules: tuple[Rule, ...]
    measured: NDArray[np.int64]
    holds: NDArray[np.bool_]
    met: NDArray[np.bool_]


_CLAIMS_AT_A_TIME = 8_192
"""So many claims' columns fit into a processor's cache."""

_LARGEST_FIGURE = 2**63 - 1


def audit_many(rules: Iterable[Rule], refs: Sequence[str], claims: NDArray[Any]) -> Verdicts:
    """Each rule measured over each claim; the verdicts of `audit`, one claim after the other.

    Parameters
    ----------
    rules
        The rules. One that speaks of achieved units only takes every unit of a claim as achieved.
    refs
        The units, one a column of `claims`; no other unit counts.
    claims
        Claims times units: 1 (or True) where the unit counts, else 0.

    Raises
    ------
    ValueError
        If `claims` is no table with a column for each ref, or holds anything but 0 and 1; for a rule whose
        figures could be too large for 64 bits.
    """
    table = np.asarray(claims)
    if table.ndim != 2 or table.shape[1] != len(refs):
        raise ValueError(f"claims must have {len(refs)} columns, one a unit; their shape is {table.shape}")
    if table.dtype != np.bool_ and not np.isin(table, (0, 1)).all():
        raise ValueError("claims must hold nothing but 0 and 1")
    applied = tuple(rule.given(refs) for rule in rules)
    for bound in (bound for rule in applied for bound in bounds(rule)):
        if sum(abs(weight) for weight in bound.weights.values()) > _LARGEST_FIGURE:
            raise ValueError(f"the figures of rule {bound.id!r} could be too large for 64 bits")
    measured = np.zeros((len(table), len(applied)), dtype=np.int64)
    holds = np.ones((len(table), len(applied)), dtype=np.bool_)
    for start in range(0, len(table), _CLAIMS_AT_A_TIME):
        part = slice(start, start + _CLAIMS_AT_A_TIME)
        columns = np.ascontiguousarray(table[part].T, dtype=np.int64)
        counted = _Counted(zip(refs, columns, strict=True))
        for number, rule in enumerate(applied):
            figures = rule.measure(counted)
            measured[part, number] = figures
            holds[part, number] = rule.holds(figures)
    return Verdicts(applied, measured, holds, np.logical_and.reduce(holds, axis=1))


def noun_of(count: str, number: int) -> str:
    """What a rule counts, in words that agree with `number`."""
    return plural(_NOUNS[count], number)


def plural(noun: str, number: int) -> str:
    """A noun that agrees with `number`: unit, units; strategy, strategies."""
    if number == 1:
        return noun
    return f"{noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{noun}s"


def numbered(number: int, noun: str) -> str:
    """A number of things: 1 unit, 2 units."""
    return f"{number} {plural(noun, number)}"


_NOUNS = {
    "units": "unit",
    "credits": "credit",
    "glh": "guided hour",
    "rules": "rule",
    "points": "point",
    "times": "time",
    "months": "month",
    "years": "year",
    "statements": "statement",
    "GCSEs": "GCSE",
}
"""What rules count, in the singular."""
