"""The rivals: each module of this package answers requests with one solver, in a process of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from benchmarks.problem import Problem, Request


class NotProvenError(Exception):
    """The solver stopped without a proof that its answer is best, or that there is none."""


class Rival(Protocol):
    """What each module's class `Solver` offers. Not timed: the module's import, `version` and `prepare`."""

    def version(self) -> str:
        """The solver's version, as the table shows it."""
        ...

    def prepare(self, problem: Problem) -> None:
        """Takes the problem in."""
        ...

    def solve(self, request: Request) -> int | None:
        """The least new guided hours, proven; None if it is proven that no plan exists. Timed.

        Raises
        ------
        NotProvenError
            If the solver gives no proof.
        """
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A rival on the list: how the table calls it, and the package it cannot do without."""

    label: str
    package: str


RIVALS = {
    "planner": Entry("planner", "ortools"),
    "cpsat_plain": Entry("CP-SAT, defaults", "ortools"),
    "highs": Entry("HiGHS", "highspy"),
    "cbc": Entry("CBC", "pulp"),
    "clingo_asp": Entry("clingo", "clingo"),
    "z3_opt": Entry("z3", "z3"),
}
"""The rivals by the name of their module."""

OURS = "planner"
"""The rival all others are compared with."""
