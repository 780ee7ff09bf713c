"""Every selection that a model allows, for small models."""

from __future__ import annotations

from collections.abc import Mapping

from ortools.sat.python import cp_model

from planner.rules.model import Model


class _Collector(cp_model.CpSolverSolutionCallback):
    """Collects the selections of an enumeration."""

    def __init__(self, variables: Mapping[str, cp_model.IntVar]) -> None:
        super().__init__()
        self._variables = variables
        self.found: set[frozenset[str]] = set()

    def on_solution_callback(self) -> None:
        """Called by the solver for each solution."""
        self.found.add(frozenset(r for r, v in self._variables.items() if self.boolean_value(v)))


def selections(model: Model, fixed: Mapping[str, bool]) -> set[frozenset[str]]:
    """Every selection of units that keeps the rules of a model, with some units in or out."""
    model._fix(fixed)
    model._model.clear_objective()  # type: ignore[no-untyped-call]
    collector = _Collector({ref: model._variables[ref] for ref in model._refs})
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.enumerate_all_solutions = True
    assert solver.solve(model._model, collector) in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
    return collector.found
