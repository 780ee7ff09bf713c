"""The rules over things that count several times."""

from __future__ import annotations

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ortools.sat.python import cp_model

from planner.errors import DisagreementError
from planner.rules.goal import Stage
from planner.rules.model import Status, add_rule, exact_solver, status_of, switch
from planner.rules.rule import Rule

Span = tuple[int, int]
"""The least and the greatest number of times something counts."""


@dataclass(frozen=True, slots=True)
class CountOutcome:
    """What the solver found for things that count several times: how often each, and each stage's value.

    `bounds` are proven: where value and bound of a stage are equal, no less is possible.
    """

    decision: Status
    counts: Mapping[str, int] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    values: Mapping[str, int] = field(default_factory=dict)
    bounds: Mapping[str, int] = field(default_factory=dict)


class CountModel:
    """The same rules over things that may count several times: activities in a year, months of service.

    Parameters
    ----------
    spans
        How often each thing may count; where one's least is above its greatest nothing is a solution.
    rules
        The rules that every solution keeps.
    sums
        Names that rules weigh and that stand for sums of things, such as what is done and what is new.
    switchable
        Rules that may be switched off, by id; a stage names them with `switch` and counts those on.
    """

    def __init__(
        self,
        spans: Mapping[str, Span],
        rules: Sequence[Rule],
        sums: Mapping[str, Sequence[str]] | None = None,
        switchable: Collection[str] = (),
    ) -> None:
        self._model = cp_model.CpModel()
        self._impossible = any(least > greatest for least, greatest in spans.values())
        self._variables = {
            name: self._model.new_int_var(least, max(least, greatest), name)
            for name, (least, greatest) in spans.items()
        }
        self._names = tuple(spans)
        self._switches = {name: self._model.new_bool_var(switch(name)) for name in switchable}
        values: dict[str, Any] = dict(self._variables)
        for name, parts in (sums or {}).items():
            values[name] = sum(self._variables[part] for part in parts)
        for rule in rules:
            literals = [self._switches[rule.id]] if rule.id in self._switches else []
            add_rule(self._model, rule, values, literals)
        self._variables |= {switch(name): variable for name, variable in self._switches.items()}

    def solve(self, stages: Sequence[Stage], seconds: float) -> CountOutcome:
        """The counts that are least in the first stage, among those in the second, and so on.

        Stages are solved one after the other; what the time does not suffice for is `feasible`, with the
        bound of the stage that was not proven.
        """
        if self._impossible:
            return CountOutcome("infeasible")
        deadline = time.monotonic() + seconds
        model = self._model.clone()  # the values of the stages become constraints: of this call only
        found = CountOutcome("unknown")
        for stage in stages or [Stage("any", {})]:
            before, found = found, self._stage(model, stage, deadline, found)
            if found.decision == "infeasible" and before.decision != "unknown":
                raise DisagreementError("the solver's own plan became impossible")
            if found.decision != "optimal":
                break
        return found

    def _stage(
        self, model: cp_model.CpModel, stage: Stage, deadline: float, before: CountOutcome
    ) -> CountOutcome:
        solver = exact_solver()
        solver.parameters.max_time_in_seconds = max(0.0, deadline - time.monotonic())
        total = cp_model.LinearExpr.weighted_sum(
            [self._variables[name] for name in stage.weights], list(stage.weights.values())
        )
        model.minimize(total)
        decision = status_of(solver.solve(model), model)
        if decision == "unknown" and before.decision == "optimal":
            return replace(before, decision="feasible")
        if decision in ("infeasible", "unknown"):
            return CountOutcome(decision)
        counts = {name: solver.value(self._variables[name]) for name in self._names}
        off = frozenset(name for name, variable in self._switches.items() if not solver.value(variable))
        value = sum(weight * solver.value(self._variables[name]) for name, weight in stage.weights.items())
        bound = value if decision == "optimal" else math.floor(solver.best_objective_bound)
        model.add_linear_constraint(total, value, value)
        values, bounds = {**before.values, stage.id: value}, {**before.bounds, stage.id: bound}
        return CountOutcome(decision, counts, off, values, bounds)
