"""The auditor: measures every rule over the units that count. Arithmetic only, no search.

One claim ("these units count") is measured over numbers, many of them over columns of numbers: the same
rules, the same method.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from planner.rules.rule import NEW, WAYS, Bound, Choice, Rule, Share, bounds, steps, told


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule measured: the rule itself, the figure, whether it holds; `parts` of a choice.

    `total` is what a share is a share of. The figure of a share is the part, and its limits are worked out
    from the total.
    """

    rule: Rule
    measured: float
    holds: bool
    parts: tuple[Finding, ...] = ()
    total: float | None = None

    @property
    def at_least(self) -> float | None:
        """What the figure must reach; None where there is no such limit."""
        share = _share(self.rule)
        if share is None or self.total is None or self.rule.at_least is None:
            return self.rule.at_least
        # Rounded up: the least figure that reaches the share.
        return told(-(-share.percent * self.total * share.by // 100), share.by)

    @property
    def at_most(self) -> float | None:
        """What the figure must not pass; None where there is no such limit."""
        share = _share(self.rule)
        if share is None or self.total is None or self.rule.at_most is None:
            return self.rule.at_most
        # Rounded down: the greatest that does not pass it.
        return told(share.percent * self.total * share.by // 100, share.by)

    @property
    def progress(self) -> str:
        """The figure against its limits, such as "19 of 12 credits"."""
        if self.rule.kind == "requires":
            return "kept" if self.holds else "broken"
        limit = limits_of(self).removeprefix("at least ")
        words = f"{self.measured} of {limit} {noun_of(self.rule.count, last_limit(self))}"
        share = _share(self.rule)
        return words if share is None else f"{words} ({share.percent}% of {self.total})"

    def to_json(self) -> dict[str, Any]:
        """The finding as every JSON answer gives it."""
        return {
            "rule": self.rule.id,
            "text": self.rule.text,
            "measured": self.measured,
            "at_least": self.at_least,
            "at_most": self.at_most,
            "holds": self.holds,
            **({} if self.total is None else {"total": self.total}),
        }


def _share(rule: Rule) -> Share | None:
    return rule.share if isinstance(rule, Bound) else None


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
    measured = told(rule.measure(counted))
    parts = tuple(_finding(part, counted) for part in rule.of) if isinstance(rule, Choice) else ()
    # The sum decides. Of a share the part is told: the sum, 100 parts less so many wholes, says nothing.
    holds, share = bool(rule.holds(measured)), _share(rule)
    if share is None:
        return Finding(rule, measured, holds, parts)
    part, whole = (_sum(weights, counted) for weights in (share.part, share.whole))
    return Finding(rule, part, holds, total=whole)


def _sum(weights: Mapping[str, float], counted: _Counted) -> float:
    return told(sum(weight * int(counted[ref]) for ref, weight in weights.items()))


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """Many claims measured at once: one row a claim, one column a rule, in the order of the rules.

    `measured` are the figures of each rule, `holds` whether they keep its limits, `met` (one a claim)
    whether all rules hold.
    """

    rules: tuple[Rule, ...]
    measured: NDArray[np.int64] | NDArray[np.float64]
    holds: NDArray[np.bool_]
    met: NDArray[np.bool_]


_CLAIMS_AT_A_TIME = 8_192
"""So many claims' columns fit into a processor's cache."""

# Up to 2**53 a floating point number holds every whole number, so up to 2**52 every half.
_LARGEST_FIGURE, _LARGEST_HALF = 2**63 - 1, 2**52


def audit_many(rules: Iterable[Rule], refs: Sequence[str], claims: NDArray[Any]) -> Verdicts:
    """Each rule measured over each claim; the verdicts of `audit`, one claim after the other.

    Parameters
    ----------
    rules
        The rules. One that speaks of units held takes every unit of a claim as achieved here.
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
    parts = [bound for rule in applied for bound in bounds(rule)]
    # A table has numbers of one type: one rule with halves makes all of them floating point.
    halves = any(steps(bound.weights.values()) > 1 for bound in parts)
    for bound in parts:
        # No sum is above this, on its way either, whichever units count.
        if sum(abs(weight) for weight in bound.weights.values()) > (
            _LARGEST_HALF if halves else _LARGEST_FIGURE
        ):
            raise ValueError(f"the figures of rule {bound.id!r} could be too large for 64 bits")
    measured: NDArray[Any] = np.zeros((len(table), len(applied)), np.float64 if halves else np.int64)
    holds = np.ones((len(table), len(applied)), dtype=np.bool_)
    for start in range(0, len(table), _CLAIMS_AT_A_TIME):
        part = slice(start, start + _CLAIMS_AT_A_TIME)
        # A rule adds up columns: each lies in one piece of memory then.
        columns = np.ascontiguousarray(table[part].T, dtype=np.int64)
        counted = _Counted(zip(refs, columns, strict=True))
        for number, rule in enumerate(applied):
            figures = rule.measure(counted)
            measured[part, number] = figures
            holds[part, number] = rule.holds(figures)
    return Verdicts(applied, measured, holds, np.logical_and.reduce(holds, axis=1))


def held_words(rule: Bound) -> str:
    """How the units that a rule speaks of came to be held, to stand behind them; empty for all units."""
    if rule.held.issuperset(WAYS):
        return " already achieved"
    ways = " or ".join(words for way, words in _HELD_WORDS.items() if way in rule.held)
    return f" {ways}" if ways else ""


_HELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        NEW: "not achieved before",
        "achieved": "achieved here",
        "rpl": "recognised as prior learning",
        "transfer": "transferred",
        "exempt": "exempted",
    }
)


def share_words(rule: Bound, share: Share) -> str:
    """The limit of a share, such as "at least 60% of all credits"."""
    limit = "at most" if rule.at_least is None else "at least"
    return f"{limit} {share.percent}% of all {noun_of(rule.count, 2)}"


def needed_words(rule: Bound) -> str:
    """What a rule of the kind `requires` says."""
    needed = " or ".join(ref for ref in rule.weights if ref != rule.subject)
    if not rule.unless:
        return f"{rule.subject} counts only together with {needed}"
    return f"{rule.subject} counts only once {needed or ' or '.join(rule.unless)} is achieved"


class Limited(Protocol):
    """What has limits: a rule, a finding, an area of a cycle."""

    @property
    def at_least(self) -> float | None: ...
    @property
    def at_most(self) -> float | None: ...


def limits_of(limited: Limited) -> str:
    """The limits of something that has any: at least 3, at most 5, 3 to 5, exactly 4."""
    low, high = limited.at_least, limited.at_most
    if low is None or high is None:
        return f"at most {high}" if low is None else f"at least {low}"
    return f"exactly {low}" if low == high else f"{low} to {high}"


def last_limit(rule: Rule | Finding) -> float:
    """The limit of a rule that its noun agrees with."""
    return (rule.at_least if rule.at_most is None else rule.at_most) or 0


def noun_of(count: str, number: float) -> str:
    """What a rule counts, in words that agree with `number`."""
    return plural(_NOUNS[count], number)


def plural(noun: str, number: float) -> str:
    """A noun that agrees with `number`: unit, units; strategy, strategies."""
    if number == 1:
        return noun
    return f"{noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{noun}s"


def numbered(number: float, noun: str) -> str:
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
