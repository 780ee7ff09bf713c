"""CP-SAT as its manual has it: a fresh model for each request, default parameters, all workers."""

from __future__ import annotations

from importlib.metadata import version

from ortools.sat.python import cp_model

from benchmarks.problem import Problem, Request
from benchmarks.rivals import NotProvenError, Rival


class Solver(Rival):
    """A Boolean for each unit, a linear constraint for each limit."""

    def version(self) -> str:
        """The version of OR-Tools."""
        return f"OR-Tools {version('ortools')}"

    def prepare(self, problem: Problem) -> None:
        """Keeps the problem."""
        self._problem = problem

    def solve(self, request: Request) -> int | None:
        """The least hours, if the status is a proof."""
        model = cp_model.CpModel()
        counts = {ref: model.new_bool_var(ref) for ref in self._problem.glh}
        for rule in self._problem.rules:
            total = cp_model.LinearExpr.weighted_sum(
                [counts[ref] for ref in rule.weights], list(rule.weights.values())
            )
            if rule.at_least is not None:
                model.add(total >= rule.at_least)
            if rule.at_most is not None:
                model.add(total <= rule.at_most)
        for ref in request.pins:
            model.add(counts[ref] == 1)
        for ref in request.excludes:
            model.add(counts[ref] == 0)
        hours = self._problem.new_hours(request)
        model.minimize(cp_model.LinearExpr.weighted_sum([counts[ref] for ref in hours], list(hours.values())))
        solver = cp_model.CpSolver()
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return None
        if status != cp_model.OPTIMAL:
            raise NotProvenError(solver.status_name(status))
        return round(solver.objective_value)
