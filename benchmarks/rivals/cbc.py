"""CBC (mixed-integer programming) through PuLP, which hands its bundled program a file for each request."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import version

import pulp

from benchmarks.problem import Problem, Request
from benchmarks.rivals import NotProvenError, Rival


class Solver(Rival):
    """A binary variable for each unit, a constraint for each limit; wishes are bounds of variables."""

    def version(self) -> str:
        """The version CBC prints of itself, and PuLP's."""
        path = pulp.PULP_CBC_CMD(msg=False).path
        banner = subprocess.run([path, "-quit"], capture_output=True, text=True, timeout=30, check=False)
        found = re.search(r"Version:\s*(\S+)", banner.stdout)
        return f"{found[1] if found else '?'} (PuLP {version('pulp')})"

    def prepare(self, problem: Problem) -> None:
        """Keeps the problem."""
        self._problem = problem

    def solve(self, request: Request) -> int | None:
        """The least hours, if the status is a proof."""
        model = pulp.LpProblem("plan", pulp.LpMinimize)
        counts = {
            ref: pulp.LpVariable(
                f"unit_{index}", int(ref in request.pins), int(ref not in request.excludes), "Integer"
            )
            for index, ref in enumerate(self._problem.glh)
        }
        hours = self._problem.new_hours(request)
        model += pulp.LpAffineExpression((counts[ref], hour) for ref, hour in hours.items())
        for rule in self._problem.rules:
            total = pulp.LpAffineExpression((counts[ref], weight) for ref, weight in rule.weights.items())
            if rule.at_least is not None:
                model += total >= rule.at_least
            if rule.at_most is not None:
                model += total <= rule.at_most
        status = model.solve(pulp.PULP_CBC_CMD(msg=False))
        if status == pulp.LpStatusInfeasible:
            return None
        # PuLP calls a run that stopped early "optimal" too; only the solution's status tells them apart.
        if status != pulp.LpStatusOptimal or model.sol_status != pulp.LpSolutionOptimal:
            raise NotProvenError(pulp.LpSolution[model.sol_status])
        least: int = round(model.objective.value())
        return least
