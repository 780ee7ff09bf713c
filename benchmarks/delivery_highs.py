"""The plain model of a delivery in HiGHS; imports nothing that loads OR-Tools, beside which HiGHS fails."""

from __future__ import annotations

import json
import sys
import time
from typing import IO, Any

import highspy
import numpy as np

_NEW: Any = highspy.Highs
"""Its constructor, which highspy leaves untyped."""


def solve(source: IO[str]) -> dict[str, Any]:
    """Reads a matrix as JSON; gives value, bound and seconds of its solution."""
    matrix = json.load(source)
    start = time.perf_counter()
    infinity = highspy.kHighsInf
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(matrix["costs"]), len(matrix["rows"])
    model.col_cost_ = np.array(matrix["costs"], dtype=float)
    model.col_lower_ = np.array(matrix["lowest"], dtype=float)
    model.col_upper_ = np.array(matrix["highest"], dtype=float)
    lowest = [-infinity if low is None else low for _, low, _ in matrix["rows"]]
    highest = [infinity if high is None else high for _, _, high in matrix["rows"]]
    model.row_lower_ = np.array(lowest, dtype=float)
    model.row_upper_ = np.array(highest, dtype=float)
    starts, indices, values = [0], list[int](), list[float]()
    for weights, _, _ in matrix["rows"]:
        indices += [int(column) for column in weights]
        values += weights.values()
        starts.append(len(indices))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.array(starts)
    model.a_matrix_.index_ = np.array(indices)
    model.a_matrix_.value_ = np.array(values, dtype=float)
    model.integrality_ = [highspy.HighsVarType.kInteger] * model.num_col_
    solver = _NEW()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", matrix["seconds"])
    solver.passModel(model)
    solver.run()
    info = solver.getInfo()
    found = info.primal_solution_status == 2
    return {
        "value": round(info.objective_function_value) if found else None,
        "bound": info.mip_dual_bound if abs(info.mip_dual_bound) < infinity else None,
        "seconds": time.perf_counter() - start,
    }


if __name__ == "__main__":
    print(json.dumps(solve(sys.stdin)))
