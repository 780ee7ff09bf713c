"""What best means: goals, each a weighted sum to be as small as can be, with its words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Q = TypeVar("Q")
"""What a question is asked with: who asks, and of what."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One goal among several, the first being the most important: the least weighted sum.

    `weights` name items, what `Model.any_of` has added, or switches (see `switch`). `at_least` and
    `at_most` are limits within which the least sum is known to lie, if it exists; they speed up the search.
    """

    id: str
    weights: Mapping[str, float]
    at_least: float | None = None
    at_most: float | None = None


@dataclass(frozen=True, slots=True)
class Goal(Generic[Q]):
    """Something to have least of.

    Parameters
    ----------
    id, words
        Its name, and what it means.
    fewer
        What no better answer has: "fewer hours to do".
    noun, rest
        What it counts: "unit" and "without evidence from your work".
    stages
        What the solver minimises, one after the other.
    value
        What it comes to for the items chosen, computed from them alone.
    groups
        Variables beside the items, by name with their members: 1 if any member is chosen.
    constant
        What the stages' sums leave out of the value.
    needs
        What must have been given for it to mean anything, in words; empty for nothing.
    """

    id: str
    words: str
    fewer: str
    noun: str
    stages: Callable[[Q], Sequence[Stage]]
    value: Callable[[Q, frozenset[str]], float]
    rest: str = ""
    groups: Callable[[Q], Mapping[str, Sequence[str]]] = lambda asked: {}
    constant: Callable[[Q], int] = lambda asked: 0
    needs: str = ""
