"""HiGHS (mixed-integer programming), given its matrix at once, the fastest way in from Python."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import highspy
import numpy as np

from benchmarks.problem import Problem, Request
from benchmarks.rivals import NotProvenError, Rival

_NEW: Any = highspy.Highs
"""Its constructor, which highspy leaves untyped."""


class Solver(Rival):
    """A 0/1 column for each unit, a row for each rule; wishes are bounds of columns."""

    def version(self) -> str:
        """The version of HiGHS."""
        return version("highspy")

    def prepare(self, problem: Problem) -> None:
        """Keeps the problem."""
        self._problem = problem

    def solve(self, request: Request) -> int | None:
        """The least hours, if the status is a proof and the remaining gap is below one hour."""
        columns = {ref: index for index, ref in enumerate(self._problem.glh)}
        rules = self._problem.rules
        hours = self._problem.new_hours(request)
        starts: list[int] = [0]
        indices: list[int] = []
        values: list[int] = []
        for rule in rules:
            indices += [columns[ref] for ref in rule.weights]
            values += rule.weights.values()
            starts.append(len(indices))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(columns), len(rules)
        lp.col_cost_ = np.array([hours.get(ref, 0) for ref in columns], dtype=np.float64)
        lp.col_lower_ = np.array([ref in request.pins for ref in columns], dtype=np.float64)
        lp.col_upper_ = np.array([ref not in request.excludes for ref in columns], dtype=np.float64)
        lp.row_lower_ = np.array([-np.inf if r.at_least is None else r.at_least for r in rules])
        lp.row_upper_ = np.array([np.inf if r.at_most is None else r.at_most for r in rules])
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(starts)
        lp.a_matrix_.index_ = np.array(indices)
        lp.a_matrix_.value_ = np.array(values, dtype=np.float64)
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
        highs = _NEW()
        highs.setOptionValue("output_flag", False)
        highs.passModel(lp)
        highs.run()
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        info = highs.getInfo()
        least: int = round(info.objective_function_value)
        # Hours are whole: a bound above the next lower hour is a proof, whatever gap the default allows.
        if status != highspy.HighsModelStatus.kOptimal or info.mip_dual_bound <= least - 1 + 1e-6:
            raise NotProvenError(highs.modelStatusToString(status))
        return least
