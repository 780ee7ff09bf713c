"""The planner itself: reads the wishes, solves, audits. Where no plan exists it also finds the conflict."""

from __future__ import annotations

import planner
from benchmarks.problem import Problem, Request
from benchmarks.rivals import NotProvenError, Rival


class Solver(Rival):
    """`planner.plan` with its default goals: least hours, fewest units, canonical order."""

    def version(self) -> str:
        """The planner's version."""
        return planner.__version__

    def prepare(self, problem: Problem) -> None:
        """Loads the qualification; the model is built by the first request and kept, as in any use."""
        self._qualification = planner.load(problem.qualification)

    def solve(self, request: Request) -> int | None:
        """The new hours of the plan."""
        plan = planner.plan(
            self._qualification, pin=request.pins, exclude=request.excludes, held=request.held
        )
        if plan.status == "infeasible":
            return None
        if plan.status != "optimal":
            raise NotProvenError(plan.status)
        return plan.new_glh
