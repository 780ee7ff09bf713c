"""z3 (satisfiability modulo theories), its optimiser: hours as weights of soft constraints.

Of the ways to write the objective this is the fastest: `minimize` over a sum takes longer.
"""

from __future__ import annotations

from importlib.metadata import version

import z3

from benchmarks.problem import Problem, Request
from benchmarks.rivals import NotProvenError, Rival


class Solver(Rival):
    """A Boolean for each unit, a pseudo-Boolean constraint for each limit."""

    def version(self) -> str:
        """The version of z3."""
        return version("z3-solver")

    def prepare(self, problem: Problem) -> None:
        """Keeps the problem."""
        self._problem = problem

    def solve(self, request: Request) -> int | None:
        """The least hours, if z3 answers the question at all: `sat` of an optimiser means optimal."""
        optimiser = z3.Optimize()
        counts = {ref: z3.Bool(ref) for ref in self._problem.glh}
        for rule in self._problem.rules:
            terms = [(counts[ref], weight) for ref, weight in rule.weights.items()]
            if rule.at_least is not None:
                optimiser.add(z3.PbGe(terms, rule.at_least))
            if rule.at_most is not None:
                optimiser.add(z3.PbLe(terms, rule.at_most))
        optimiser.add(*(counts[ref] for ref in request.pins))
        optimiser.add(*(z3.Not(counts[ref]) for ref in request.excludes))
        hours = self._problem.new_hours(request)
        for ref, hour in hours.items():
            optimiser.add_soft(z3.Not(counts[ref]), hour)
        status = optimiser.check()
        if status == z3.unsat:
            return None
        if status != z3.sat:
            raise NotProvenError(optimiser.reason_unknown())
        model = optimiser.model()
        return sum(hour for ref, hour in hours.items() if z3.is_true(model[counts[ref]]))
