"""clingo (answer set programming): the request as a logic program, with `#minimize`."""

from __future__ import annotations

from importlib.metadata import version

import clingo

from benchmarks.problem import Problem, Request
from benchmarks.rivals import NotProvenError, Rival


class Solver(Rival):
    """An atom `counts(n)` for each unit, a `#sum` for each limit."""

    def version(self) -> str:
        """The version of clingo."""
        return version("clingo")

    def prepare(self, problem: Problem) -> None:
        """Keeps the problem."""
        self._problem = problem

    def solve(self, request: Request) -> int | None:
        """The least hours, if the search space was exhausted."""
        control = clingo.Control()
        control.add("base", [], self._program(request))
        control.ground([("base", [])])
        least: int | None = None
        with control.solve(yield_=True) as handle:
            for model in handle:
                least = sum(model.cost)
            result = handle.get()
        if not result.exhausted:
            raise NotProvenError(str(result))
        return least

    def _program(self, request: Request) -> str:
        atoms = {ref: f"counts({index})" for index, ref in enumerate(self._problem.glh)}
        lines = [f"{{{';'.join(atoms.values())}}}."]
        for rule in self._problem.rules:
            terms = ";".join(f"{weight},{atoms[ref]}:{atoms[ref]}" for ref, weight in rule.weights.items())
            if rule.at_least is not None:
                lines.append(f":- #sum{{{terms}}} < {rule.at_least}.")
            if rule.at_most is not None:
                lines.append(f":- #sum{{{terms}}} > {rule.at_most}.")
        lines += [f":- not {atoms[ref]}." for ref in request.pins]
        lines += [f":- {atoms[ref]}." for ref in request.excludes]
        hours = self._problem.new_hours(request)
        lines.append(f"#minimize{{{';'.join(f'{h},{atoms[r]}:{atoms[r]}' for r, h in hours.items())}}}.")
        return "\n".join(lines)
