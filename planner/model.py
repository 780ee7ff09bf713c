"""The CP-SAT model of a set of rules. The only module that talks to the solver.

A decision variable means: this unit counts towards the award.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ortools.sat.python import cp_model

from planner.errors import DisagreementError
from planner.rules import Rule

Decision = Literal["optimal", "feasible", "infeasible", "unknown"]

WIDEST_PACK = 2**60
"""Goals are packed into one objective up to this many values: what fits into the solver's integers."""

LARGEST_EXACT = 2**52
"""Up to this a packed objective's value is sure to be exact.

The solver compares an objective with its bound as floating point numbers of 53 bits; beyond those it takes
plans for optimal that are not. Where a pack's value turns out larger, smaller packs are solved.
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """One goal among several, the first being the most important: the least weighted sum.

    `weights` name units, or what `Model.any_of` has added.
    """

    id: str
    weights: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the solver found: the refs that count, and of each stage reached the value and its bound."""

    decision: Decision
    counted: frozenset[str] = frozenset()
    values: Mapping[str, int] = field(default_factory=dict)
    bounds: Mapping[str, int] = field(default_factory=dict)


class Model:
    """The rules over a qualification's units as CP-SAT constraints, kept between requests.

    What a request changes are the domains of the variables and the objective, so that the model is
    built once. An instance is not for several threads at a time.

    Parameters
    ----------
    refs
        The units.
    rules
        The rules that every solution keeps.
    switchable
        Whether single rules can be switched off (to find out which of them clash).
    """

    def __init__(self, refs: Sequence[str], rules: Sequence[Rule], switchable: bool = False) -> None:
        self._model = cp_model.CpModel()
        self._refs = tuple(refs)
        self._variables = {ref: self._model.new_bool_var(ref) for ref in refs}
        self._switches: dict[str, cp_model.IntVar] = {}
        self._domains: dict[int, bool | None] = {}
        for rule in rules:
            switch = self._model.new_bool_var(f"rule {rule.id}") if switchable else None
            if switch is not None:
                self._switches[rule.id] = switch
            self._require(rule, switch)
        self._solver = cp_model.CpSolver()
        parameters = self._solver.parameters
        parameters.num_workers = 1
        parameters.random_seed = 0
        parameters.cp_model_presolve = False  # the models are small: presolve takes longer than the search
        parameters.cp_model_probing_level = 0
        parameters.symmetry_level = 0

    def any_of(self, name: str, members: Iterable[str]) -> None:
        """Adds the variable `name`, which is 1 if any of `members` is; to be minimised."""
        variable = self._model.new_bool_var(name)
        for member in members:
            self._model.add_implication(self._variables[member], variable)
        self._variables[name] = variable

    def solve(
        self,
        fixed: Mapping[str, bool],
        stages: Sequence[Stage] = (),
        seconds: float | None = None,
        off: Iterable[str] = (),
    ) -> Outcome:
        """The selection that is best for the first stage, among those for the second, and so on.

        Parameters
        ----------
        fixed
            Units that must (True) or must not (False) count.
        stages
            The goals, the most important first; none: any selection.
        seconds
            Time limit of the whole call.
        off
            Rules that need not hold, by id; for switchable models.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        self._fix(fixed, off)
        packs = _packed(stages, fixed, WIDEST_PACK)
        outcome = self._solved(packs, deadline)
        if all(pack.magnitude(outcome.values) <= LARGEST_EXACT for pack in packs):
            return outcome
        return self._solved(_packed(stages, fixed, LARGEST_EXACT), deadline)

    def _solved(self, packs: Sequence[_Pack], deadline: float | None) -> Outcome:
        """The packs one after the other, each with the values of those before it."""
        model = self._model
        outcome = Outcome("unknown")
        for position, pack in enumerate(packs):
            decision = self._run(model, pack, deadline)
            if decision == "unknown" and position:
                return replace(outcome, decision="feasible")
            if decision in ("infeasible", "unknown"):
                if position:
                    raise DisagreementError("the solver's own plan became impossible")
                return Outcome(decision)
            counted = frozenset(r for r in self._refs if self._solver.boolean_value(self._variables[r]))
            found = {stage.id: self._value(stage) for stage in pack.stages}
            bounds = found
            if decision == "feasible":
                bounds = pack.bounds(found, self._solver.response_proto.inner_objective_lower_bound)
            outcome = Outcome(decision, counted, {**outcome.values, **found}, {**outcome.bounds, **bounds})
            if decision == "feasible":
                break
            if position + 1 < len(packs):
                model = model.clone() if model is self._model else model
                for stage in pack.stages:
                    model.add_linear_constraint(self._sum(stage.weights), found[stage.id], found[stage.id])
        return outcome

    def selections(self, fixed: Mapping[str, bool]) -> set[frozenset[str]]:
        """Every selection of units that keeps the rules. For small sets of units only."""
        self._fix(fixed)
        collector = _Collector({ref: self._variables[ref] for ref in self._refs})
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.enumerate_all_solutions = True
        self._model.clear_objective()  # type: ignore[no-untyped-call]
        if solver.solve(self._model, collector) not in (cp_model.OPTIMAL, cp_model.INFEASIBLE):
            raise DisagreementError("the enumeration of selections was not complete")
        return collector.found

    def _require(self, rule: Rule, literal: cp_model.IntVar | None) -> None:
        """The rule as a constraint; with a literal, only where that is true."""
        measured = rule.measure(self._variables, self._indicator)
        if isinstance(measured, int):
            # No unit at all: CP-SAT drops an empty sum, so its truth is settled here.
            if rule.holds(measured):
                return
            measured = self._model.new_constant(0)
            low, high = 1, 1
        else:
            low = cp_model.INT_MIN if rule.at_least is None else rule.at_least
            high = cp_model.INT_MAX if rule.at_most is None else rule.at_most
        constraint = self._model.add_linear_constraint(measured, low, high)
        if literal is not None:
            constraint.only_enforce_if(literal)

    def _indicator(self, rule: Rule, measured: Any) -> cp_model.IntVar:
        """A Boolean that may be 1 only where `rule` holds."""
        literal = self._model.new_bool_var(f"holds {rule.id}")
        self._require(rule, literal)
        return literal

    def _fix(self, fixed: Mapping[str, bool], switched_off: Iterable[str] = ()) -> None:
        """Sets the domain of every unit and every switch for this request."""
        off = set(switched_off)
        wanted = {self._variables[ref].index: fixed.get(ref) for ref in self._refs}
        wanted |= {switch.index: rule not in off for rule, switch in self._switches.items()}
        variables = self._model.proto.variables
        for index, value in wanted.items():
            if self._domains.get(index) is not value:
                domain = variables[index].domain
                domain[0] = 0 if value is None else int(value)
                domain[1] = 1 if value is None else int(value)
                self._domains[index] = value

    def _run(self, model: cp_model.CpModel, pack: _Pack, deadline: float | None) -> Decision:
        remaining = float("inf") if deadline is None else deadline - time.monotonic()
        if remaining <= 0:
            return "unknown"
        weights = pack.weights()
        if weights:
            model.minimize(self._sum(weights))
        else:
            model.clear_objective()  # type: ignore[no-untyped-call]
        self._solver.parameters.max_time_in_seconds = remaining
        return _decision(self._solver.solve(model), model)

    def _sum(self, weights: Mapping[str, int]) -> cp_model.LinearExprT:
        return cp_model.LinearExpr.weighted_sum(
            [self._variables[name] for name in weights], list(weights.values())
        )

    def _value(self, stage: Stage) -> int:
        return sum(w * self._solver.value(self._variables[name]) for name, w in stage.weights.items())


def _packed(stages: Sequence[Stage], fixed: Mapping[str, bool], widest: int) -> list[_Pack]:
    """The stages in as few packs as are no wider than `widest`; at least one."""
    packs = [_Pack()]
    for stage in stages:
        free = {name: weight for name, weight in stage.weights.items() if name not in fixed}
        settled = sum(weight for name, weight in stage.weights.items() if fixed.get(name))
        part = _Part(stage, free, settled)
        if packs[-1].width * part.width > widest:
            packs.append(_Pack())
        packs[-1].add(part)
    return packs


class _Part:
    """What of a stage is still open: the weights of the units not fixed, and the sum of those that are."""

    def __init__(self, stage: Stage, free: Mapping[str, int], settled: int) -> None:
        self.stage = stage
        self.free = free
        self.settled = settled
        self.least = sum(weight for weight in free.values() if weight < 0)
        self.most = sum(weight for weight in free.values() if weight > 0)
        self.width = self.most - self.least + 1


class _Pack:
    """Stages packed into one objective, each worth more than all that follow together."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.width = 1

    @property
    def stages(self) -> list[Stage]:
        """The stages, the most important first."""
        return [part.stage for part in self.parts]

    def add(self, part: _Part) -> None:
        """Appends a stage, less important than those before."""
        self.parts.append(part)
        self.width *= part.width

    def weights(self) -> dict[str, int]:
        """The packed objective."""
        packed: dict[str, int] = {}
        for part, factor in zip(self.parts, self._factors(), strict=True):
            for name, weight in part.free.items():
                packed[name] = packed.get(name, 0) + weight * factor
        return packed

    def magnitude(self, values: Mapping[str, int]) -> int:
        """How large the packed objective is, at most, with these values of the stages (if they are known)."""
        parts = zip(self.parts, self._factors(), strict=True)
        return sum(f * abs(values.get(p.stage.id, p.settled) - p.settled) for p, f in parts)

    def bounds(self, values: Mapping[str, int], packed_bound: int) -> dict[str, int]:
        """The bound of each stage that follows from a bound of the packed objective.

        A stage's bound counts only if all stages before it are proven; else it is the least possible sum.
        """
        factors = self._factors()
        found: dict[str, int] = {}
        open_bound = packed_bound
        proven = True
        for position, part in enumerate(self.parts):
            value = values[part.stage.id]
            later = zip(factors[position + 1 :], self.parts[position + 1 :], strict=True)
            most_of_later = sum(factor * part.most for factor, part in later)
            bound = -((most_of_later - open_bound) // factors[position]) if proven else part.least
            found[part.stage.id] = min(max(bound, part.least) + part.settled, value)
            proven = proven and found[part.stage.id] == value
            open_bound -= factors[position] * (value - part.settled)
        return found

    def _factors(self) -> list[int]:
        """What one of each stage is worth in the packed objective."""
        factors: list[int] = []
        factor = 1
        for part in reversed(self.parts):
            factors.append(factor)
            factor *= part.width
        return factors[::-1]


class _Collector(cp_model.CpSolverSolutionCallback):
    """Collects the selections of an enumeration."""

    def __init__(self, variables: Mapping[str, cp_model.IntVar]) -> None:
        super().__init__()
        self._variables = variables
        self.found: set[frozenset[str]] = set()

    def on_solution_callback(self) -> None:
        """Called by the solver for each solution."""
        self.found.add(frozenset(r for r, v in self._variables.items() if self.boolean_value(v)))


def _decision(status: cp_model.CpSolverStatus, model: cp_model.CpModel) -> Decision:
    decisions: dict[cp_model.CpSolverStatus, Decision] = {
        cp_model.OPTIMAL: "optimal",
        cp_model.FEASIBLE: "feasible",
        cp_model.INFEASIBLE: "infeasible",
        cp_model.UNKNOWN: "unknown",
    }
    if status not in decisions:
        raise DisagreementError(f"the solver refused the model: {model.validate()}")
    return decisions[status]
