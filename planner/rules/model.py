"""The CP-SAT model of a set of rules.

A decision variable means: this unit counts towards the award. Of what may count several times (activities in
a year, months of service) it says how often.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, Literal

from ortools.sat.python import cp_model

from planner.errors import DisagreementError, UndecidedError
from planner.rules.goal import Stage
from planner.rules.packing import NARROW_PACK, NO_LIMIT, WIDEST_PACK, Pack, Span, packed_stages
from planner.rules.rule import Rule, told

Status = Literal["optimal", "feasible", "infeasible", "unknown"]


EFFORT = 0.005
"""Deterministic time of the solver, before wide packs are given up for narrow ones.

Plans that tie in all but the last digits of a wide pack are told apart one by one. Requests on the largest
qualification on file take a third of this at most, most of them a hundredth.
"""


def switch(name: str) -> str:
    """How a stage or a rule names the switch `name` among units."""
    return f"switch {name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the solver found: the refs that count, and of each stage reached the value and its bound.

    `off` are the switches it chose to turn off, `added` the variables of `Model.any_of` that are 1, `ways`
    the selections that are left after losses, where somebody asked for that; `counts` is how often each item
    counts, where they may several times.
    """

    decision: Status
    counted: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    values: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, float] = field(default_factory=dict)
    added: frozenset[str] = frozenset()
    ways: tuple[frozenset[str], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alike:
    """Units that weigh the same in every rule, as far as there are some for a second selection.

    `always` of them are there in any case, and those of which the variable in `sure` or `can_fail` is 1; of
    `can_fail` so many are `lost`, if there are so many. Of those left any may count, or all do (`all_count`).
    """

    refs: Sequence[str]
    always: int
    sure: Sequence[str]
    can_fail: Sequence[str]
    lost: int
    all_count: bool


def decided(outcome: Outcome) -> Outcome:
    """The outcome, if it is a proof.

    Raises
    ------
    UndecidedError
        It is not.
    """
    if outcome.decision not in ("optimal", "infeasible"):
        raise UndecidedError
    return outcome


def exact_solver() -> cp_model.CpSolver:
    """A solver that finds the same answer on every machine, and calls best only what is."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.catch_sigint_signal = False  # Ctrl-C belongs to the program around
    # The default stops the search, and calls the plan optimal, once objective and bound are equal as
    # floating point numbers: beyond 2**53 that is too early.
    solver.parameters.absolute_gap_limit = 0.0
    return solver


class Model:
    """The rules over items as CP-SAT constraints, kept between requests.

    What a request changes are the domains of the variables and the objective, so that the model is
    built once. An instance is not for several threads at a time.

    Parameters
    ----------
    items
        The refs of items that count once or not at all; or how often each may count: where the least is above
        the greatest nothing is a solution.
    rules
        The rules that every solution keeps.
    switchable
        Ids of the rules that can be switched off (to find out which of them clash).
    sums
        Names that rules weigh and that stand for sums of items, such as what is done and what is new.
    """

    def __init__(
        self,
        items: Sequence[str] | Mapping[str, Span],
        rules: Sequence[Rule],
        switchable: Collection[str] = (),
        sums: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._model = cp_model.CpModel()
        self._refs = tuple(items)
        self._spans: Mapping[str, Span] = items if isinstance(items, Mapping) else {}
        self._variables = {ref: self._model.new_bool_var(ref) for ref in self._refs if not self._spans}
        for ref, (least, greatest) in self._spans.items():
            self._variables[ref] = self._model.new_int_var(min(least, greatest), greatest, ref)
            if least > greatest:
                self._model.add_bool_or([])  # no domain may be empty; the empty clause is false
        self._sums = {
            name: sum(self._variables[part] for part in parts) for name, parts in (sums or {}).items()
        }
        self._added: list[str] = []
        self._beside = False
        self._switches: dict[str, cp_model.IntVar] = {}
        self._fixed: dict[int, bool] = {}
        self.spent = 0.0
        """Deterministic time that its searches took so far."""
        for rule in rules:
            self.require(rule, switches=[rule.id] if rule.id in switchable else [])
        self._solver = exact_solver()
        parameters = self._solver.parameters
        parameters.cp_model_probing_level = 0
        parameters.symmetry_level = 0
        parameters.use_sat_inprocessing = False

    @property
    def switches(self) -> frozenset[str]:
        """The switches there are."""
        return frozenset(self._switches)

    def any_of(self, name: str, members: Iterable[str]) -> None:
        """Adds the variable `name`, which is 1 if any of `members` is; to be minimised."""
        variable = self._model.new_bool_var(name)
        # Members push it up; it comes down by nothing but a goal that minimises it.
        for member in members:
            self._model.add_implication(self._variables[member], variable)
        self._variables[name] = variable
        self._added.append(name)

    def solve(
        self,
        fixed: Mapping[str, bool],
        stages: Sequence[Stage] = (),
        seconds: float | None = None,
        off: Iterable[str] = (),
        free: Iterable[str] = (),
        effort: float = NO_LIMIT,
    ) -> Outcome:
        """The selection that is best for the first stage, among those for the second, and so on.

        Parameters
        ----------
        fixed
            Units that must (True) or must not (False) count; for items that count once.
        stages
            The goals, the most important first; none: any selection.
        seconds
            Time limit of the whole call.
        off
            Switches that are off; for switchable models.
        free
            Switches that the solver may turn off; for switchable models.
        effort
            Deterministic time of each search, a limit that is the same on every machine.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        self._fix(fixed, off, free)
        # Wide packs first: most requests are decided by propagation, and one search is quicker than one a
        # goal. Where digits beyond 2**53 have to be told apart by search, the relaxation in floating point
        # cannot help; then narrow ones.
        outcome = self._solved(packed_stages(stages, fixed, WIDEST_PACK, self._spans), deadline, EFFORT)
        if outcome.decision in ("optimal", "infeasible"):
            return outcome
        narrow = self._solved(packed_stages(stages, fixed, NARROW_PACK, self._spans), deadline, effort)
        return outcome if narrow.decision == "unknown" else narrow

    def _solved(self, packs: Sequence[Pack], deadline: float | None, effort: float) -> Outcome:
        """The packs one after the other, each with the values of those before it.

        A pack's search ends undecided at the time `deadline` and after the deterministic time `effort`.
        """
        self._solver.parameters.max_deterministic_time = effort
        model = self._model
        outcome = Outcome("unknown")
        for position, pack in enumerate(packs):
            decision = self._run(model, pack, deadline, effort <= EFFORT)
            if decision == "unknown" and position:
                # The plan of the packs before stands: it is the best in these, and in the others it is any.
                return replace(outcome, decision="feasible")
            if decision in ("infeasible", "unknown"):
                if position:
                    # All that was added since are the values of the plan found before.
                    raise DisagreementError("the solver's own plan became impossible")
                return Outcome(decision)
            solution = list(self._solver.response_proto.solution)
            times = {name: solution[variable.index] for name, variable in self._variables.items()}
            taken = {name for name, number in times.items() if number}
            counted = frozenset(ref for ref in self._refs if ref in taken)
            off = frozenset(name for name in self._switches if switch(name) not in taken)
            added = frozenset(name for name in self._added if name in taken)
            found = {
                stage.id: told(sum(weight * times[name] for name, weight in stage.weights.items()))
                for stage in pack.stages
            }
            bounds = found  # of what is proven best the value is its own bound
            if decision == "feasible":
                bounds = pack.bounds(found, self._solver.response_proto.inner_objective_lower_bound)
            values, bounds = {**outcome.values, **found}, {**outcome.bounds, **bounds}
            counts = {name: times[name] for name in self._spans}
            outcome = Outcome(decision, counted, off, values, bounds, added, counts=counts)
            if decision == "feasible":
                break
            if position + 1 < len(packs):
                # The kept model must not learn what holds for this request only.
                model = model.clone() if model is self._model else model
                for part in pack.parts:
                    value = int(found[part.stage.id] * part.by)
                    model.add_linear_constraint(self._sum(part.weights), value, value)
        return outcome

    def require(self, rule: Rule, switches: Sequence[str] = ()) -> None:
        """Adds a rule.

        With `switches` it holds only while all of these are on; one not known yet is added.
        """
        for name in switches:
            if name not in self._switches:
                self._switches[name] = self._model.new_bool_var(name)
                self._variables[switch(name)] = self._switches[name]
        values = self._variables | self._sums if self._sums else self._variables
        add_rule(self._model, rule, values, [self._switches[name] for name in switches])

    def require_beside(
        self, rules: Iterable[Rule], kinds: Iterable[Alike], switches: Sequence[str] | None = None
    ) -> None:
        """Requires that a second selection, among what `kinds` say is there, keeps the rules too.

        With `switches` a rule is required only while they and the switch of its id are on.
        """
        self._beside = True
        values: dict[str, Any] = dict.fromkeys(self._refs, 0)
        for kind in kinds:
            first, there = kind.refs[0], self._left(kind)
            if kind.all_count:
                # Units of a kind weigh the same in every rule: the first stands for how many count.
                values[first] = there
            else:
                values[first] = self._model.new_int_var(0, len(kind.refs), f"of kind {first} beside")
                self._model.add(values[first] <= there)
        for rule in rules:
            names = [] if switches is None else [rule.id, *switches]
            add_rule(self._model, rule, values, [self._switches[name] for name in names])

    def _left(self, kind: Alike) -> Any:
        """How many units of a kind are left after the loss."""
        there = kind.always + sum(self._variables[name] for name in kind.sure)
        can_fail = [self._variables[name] for name in kind.can_fail]
        # No more can be lost than there is: all that can fail is gone.
        if kind.lost >= len(can_fail):
            return there
        if not kind.lost:
            return there + sum(can_fail)
        lost = self._model.new_bool_var(f"of kind {kind.refs[0]} lost")
        # A loss of so many is there only where so many are planned: any that are together force it. Kinds
        # have few units and losses one or two, so that the clauses are few.
        for least in combinations(can_fail, kind.lost):
            self._model.add_bool_or([lost, *(~variable for variable in least)])
        return there + sum(can_fail) - kind.lost * lost

    def forbid(self, counted: Collection[str], among: Iterable[str]) -> None:
        """Forbids every selection whose units `among` these are exactly `counted`."""
        # A clause: of these variables at least one is other than in the selection.
        variables = [(ref in counted, self._variables[ref]) for ref in among]
        self._model.add_bool_or([~v if counts else v for counts, v in variables])

    def _fix(self, fixed: Mapping[str, bool], off: Iterable[str] = (), free: Iterable[str] = ()) -> None:
        """Sets the domains of this request; touches those that differ from the last one's."""
        # Straight to the protobuf's domains: to build the model anew takes longer than to solve it.
        wanted: dict[int, bool] = {self._variables[ref].index: value for ref, value in fixed.items()}
        if self._switches:
            states = dict.fromkeys(self._switches, True) | dict.fromkeys(off, False)
            for name in free:
                del states[name]
            wanted |= {self._switches[name].index: state for name, state in states.items()}
        variables = self._model.proto.variables
        for index in self._fixed.keys() - wanted.keys():
            domain = variables[index].domain
            domain[0], domain[1] = 0, 1
        for index, value in wanted.items():
            if self._fixed.get(index) is not value:
                domain = variables[index].domain
                domain[0] = domain[1] = int(value)
        self._fixed = wanted

    def _run(self, model: cp_model.CpModel, pack: Pack, deadline: float | None, quick: bool) -> Status:
        remaining = float("inf") if deadline is None else deadline - time.monotonic()
        if remaining <= 0:
            return "unknown"
        limits = pack.limits()
        if limits and limits[0] > limits[1]:
            return "infeasible"
        self._minimise(model, pack.weights(), limits)
        # Without a goal there is nothing for the linear relaxation to bound: propagation is faster alone.
        # What it does not decide soon may be sums that exclude each other: the relaxation of all sees it.
        usual = 1 if pack.parts else 0
        self._solver.parameters.linearization_level = usual if quick else 2
        # Most models are small: presolve takes longer than the search. Several selections at once, and what
        # counts many times, may not be: what takes long takes less of it presolved.
        self._solver.parameters.cp_model_presolve = not quick and bool(self._spans or self._beside)
        self._solver.parameters.max_time_in_seconds = remaining
        decision = status_of(self._solver.solve(model), model)
        self.spent += self._solver.response_proto.deterministic_time
        return decision

    def _minimise(self, model: cp_model.CpModel, weights: Mapping[str, int], limits: list[int]) -> None:
        """Sets the objective, number by number: `CpModel.minimize` takes sixty times as long."""
        if not weights:
            model.clear_objective()  # type: ignore[no-untyped-call]
            return
        objective = model.proto.objective
        objective.vars.clear()
        objective.vars.extend([self._variables[name].index for name in weights])
        objective.coeffs.clear()
        objective.coeffs.extend(list(weights.values()))
        objective.domain.clear()
        objective.domain.extend(limits)

    def _sum(self, weights: Mapping[str, int]) -> cp_model.LinearExprT:
        return cp_model.LinearExpr.weighted_sum(
            [self._variables[name] for name in weights], list(weights.values())
        )


def add_rule(
    model: cp_model.CpModel,
    rule: Rule,
    values: Mapping[str, Any],
    literals: Sequence[cp_model.IntVar] = (),
) -> None:
    """Adds a rule over `values`, a variable or 0 and 1 for each unit; with literals, where all are true."""

    def indicator(part: Rule, measured: Any) -> cp_model.IntVar:
        """A Boolean that may be 1 only where `part` holds."""
        literal = model.new_bool_var(f"holds {part.id}")
        # One way only: a part that holds need not set its literal. A choice asks for at least so many, so
        # that the solver gains by setting it and loses nothing by leaving it.
        _constrain(model, part, measured, [literal])
        return literal

    whole = rule.in_whole_numbers()
    _constrain(model, whole, whole.measure(values, indicator), literals)


def _constrain(
    model: cp_model.CpModel, rule: Rule, measured: Any, literals: Sequence[cp_model.IntVar]
) -> None:
    low = cp_model.INT_MIN if rule.at_least is None else int(rule.at_least)
    # After `in_whole_numbers` the limits are whole, though of a floating point type perhaps.
    high = cp_model.INT_MAX if rule.at_most is None else int(rule.at_most)
    if isinstance(measured, int):
        # No unit at all: CP-SAT drops an empty sum, so its truth is settled here.
        if rule.holds(measured):
            return
        measured, low, high = model.new_constant(0), 1, 1  # 0 = 1, which with literals only forbids them
    constraint = model.add_linear_constraint(measured, low, high)
    if literals:
        constraint.only_enforce_if(*literals)


def status_of(status: cp_model.CpSolverStatus, model: cp_model.CpModel) -> Status:
    decisions: dict[cp_model.CpSolverStatus, Status] = {
        cp_model.OPTIMAL: "optimal",
        cp_model.FEASIBLE: "feasible",
        cp_model.INFEASIBLE: "infeasible",
        cp_model.UNKNOWN: "unknown",
    }
    if status not in decisions:
        raise DisagreementError(f"the solver refused the model: {model.validate()}")
    return decisions[status]
