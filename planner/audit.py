"""The auditor: measures every rule over the units that count. Arithmetic only, no search."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from planner.rules import Bound, Choice, Rule


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
        if isinstance(self.rule, Bound) and any(weight < 0 for weight in self.rule.weights.values()):
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


class _Counted(dict[str, int]):
    """1 for each unit that counts, 0 for every other."""

    def __missing__(self, ref: str) -> int:
        return 0


def audit(rules: Iterable[Rule], counted: Collection[str]) -> tuple[Finding, ...]:
    """Each rule measured over the refs in `counted`, in the order of the rules."""
    values = _Counted((ref, 1) for ref in counted)
    return tuple(_finding(rule, values) for rule in rules)


def _finding(rule: Rule, counted: _Counted) -> Finding:
    measured = int(rule.measure(counted))
    parts = tuple(_finding(part, counted) for part in rule.of) if isinstance(rule, Choice) else ()
    return Finding(rule, measured, bool(rule.holds(measured)), parts)


def noun_of(count: str, number: int) -> str:
    """What a rule counts, in words that agree with `number`."""
    singular = {"units": "unit", "credits": "credit", "glh": "guided hour", "rules": "rule"}[count]
    return singular if number == 1 else f"{singular}s"
