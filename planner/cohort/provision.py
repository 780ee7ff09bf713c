"""How many groups and hours must be provided at least: a relaxation that learns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import Any

from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]
from ortools.sat.python import cp_model

from planner.cohort.seat_question import (
    MISFITS,
    POLL,
    CentreLimit,
    OverError,
    Pulse,
    SeatingGoal,
    SeatQuestion,
)
from planner.errors import DisagreementError
from planner.rules.goal import Stage
from planner.rules.model import Model

PARTS = 200
"""Prices are rounded to whole parts of an hour: so many of them."""


_STEP = 0.3
"""How far a step goes from one provision to another."""


class StuckError(Exception):
    """The linear program was not solved: no more can be learnt from it."""


@dataclass(frozen=True, slots=True)
class Need:
    """What every plan keeps: at these prices seats, hours and spare misfits are worth at least `least`."""

    least: int
    seat: Mapping[str, int] = field(default_factory=dict)
    hour: int = 0
    misfit: int = 0

    def missing(self, provision: Provision, group_size: int) -> float:
        """By how much a provision falls short."""
        seats = sum(price * group_size * provision.groups[ref] for ref, price in self.seat.items())
        # Above zero: what is provided is worth less than what the learners need at these prices.
        return self.least - seats - self.hour * provision.hours - self.misfit * provision.misfits


@dataclass(frozen=True, slots=True)
class Provision:
    """Groups of each unit, hours and misfits for all learners together, which may or may not suffice."""

    groups: Mapping[str, float]
    hours: float
    misfits: float

    def towards(self, other: Provision) -> Provision:
        """The provision a step nearer to another one."""
        groups = {ref: number + _STEP * (other.groups[ref] - number) for ref, number in self.groups.items()}
        hours = self.hours + _STEP * (other.hours - self.hours)
        return Provision(groups, hours, self.misfits + _STEP * (other.misfits - self.misfits))


_Rules = tuple[frozenset[tuple[str, str]], frozenset[str], float | None]
"""What the rules of learners differ in: units held, units that do not fit, how many of these may count."""


class Pricing:
    """The cheapest selections at given prices of new units, proven; several kinds of learners at a time."""

    def __init__(self, question: SeatQuestion, pulse: Pulse) -> None:
        self._question = question
        self._pulse = pulse
        self._models: list[dict[_Rules, Model]] = [{} for _ in range(pulse.threads)]

    def cheapest(
        self, prices: Mapping[str, int], kinds: Sequence[int], misfit: int
    ) -> list[tuple[int, frozenset[str], int]]:
        """For each of these kinds its number, the units that count and what the new ones cost.

        A spare misfit costs `misfit` beside its unit's price. Of selections that cost the same, one with the
        fewest hours.

        Raises
        ------
        OverError
            If the search is to end.
        """
        self._pulse.beat()
        threads = self._pulse.threads

        def share(thread: int) -> list[tuple[int, frozenset[str], int]]:
            return [self._one(thread, kind, prices, misfit) for kind in kinds[thread::threads]]

        # The solver lets go of the interpreter while it searches, so that threads do.
        futures = [self._pulse.executor.submit(share, thread) for thread in range(threads)]
        while wait(futures, timeout=POLL).not_done:
            self._pulse.beat()
        return sorted((found for future in futures for found in future.result()), key=lambda found: found[0])

    def _one(
        self, thread: int, number: int, prices: Mapping[str, int], misfit: int
    ) -> tuple[int, frozenset[str], int]:
        if self._pulse.halt.is_set():
            raise OverError
        question = self._question
        kind = question.kinds[number]
        ways = kind.wishes.ways_held if question.qualification.speaks_of_held else dict[str, str]()
        held = frozenset(ways.items())
        most = kind.rules[-1].at_most if kind.rules and kind.rules[-1].id == MISFITS else None
        key = held, kind.misfits if most is not None else frozenset[str](), most
        # A model is not for several threads, and learners whose rules differ in nothing share one: what a
        # request changes are domains and the objective.
        models = self._models[thread]
        if key not in models:
            models[key] = Model(list(question.qualification.by_ref), kind.rules)
        new = [ref for ref in question.refs if ref not in kind.wishes.held]
        dear = {ref: prices.get(ref, 0) + misfit * (ref in kind.misfits) for ref in new}
        costs = {ref: price for ref, price in dear.items() if price}
        hours = {ref: question.glh[ref] for ref in new if question.glh[ref]}
        outcome = models[key].solve(kind.wishes.fixed, [Stage("cost", costs), Stage("hours", hours)])
        if outcome.decision != "optimal":
            raise DisagreementError(f"the cheapest selection for {kind.wishes} is {outcome.decision}")
        # A misfit that no selection of the kind avoids is not spare: the price of `least` of them is taken
        # off.
        paid = sum(costs.get(ref, 0) for ref in outcome.counted)
        return number, outcome.counted, paid - misfit * kind.least


class Relaxation:
    """What a provision lacks to seat everybody, where learners may mix the selections found so far.

    A linear program. With a provision given, what is missing is made least: seats, at the hours of their
    unit, learners' hours, and spare misfits, at the hours of the longest unit. With none, it is chosen too,
    in fractions, for the least of a goal. Either way the dual values are prices at which what the learners
    need is worth knowing.
    """

    _ENOUGH = 1e-6

    _DEAR = 20
    """What is missing costs so much more where the provision is chosen too."""

    def __init__(self, question: SeatQuestion, limits: Sequence[CentreLimit]) -> None:
        self._question = question
        self._program: Any = pywraplp.Solver.CreateSolver("GLOP")
        self._infinity = self._program.infinity()
        self._program.Objective().SetMinimization()
        self._missing: dict[Any, int] = {}
        # One more, so that a unit without hours is missed at some cost too.
        self._seats = {ref: self._row(1 + glh) for ref, glh in question.glh.items()}
        self._hours = self._row(1)
        self._misfits = self._row(1 + max(question.glh.values(), default=0))
        # The parts in which a kind takes its selections come to all its learners (convexity in the master
        # program of Dantzig and Wolfe, Operations Research 8, 1960, 101-111).
        self._whole = [self._program.Constraint(len(k.learners), len(k.learners)) for k in question.kinds]
        self._groups = {ref: self._variable({row: question.group_size}) for ref, row in self._seats.items()}
        self._total = self._variable({self._hours: 1})
        self._spare = self._variable({self._misfits: 1})
        self._most_hours, self._most_misfits = question.most_hours, question.most_misfits
        self._counted: list[dict[frozenset[str], frozenset[str]]] = [{} for _ in question.kinds]
        self._columns: list[dict[frozenset[str], Any]] = [{} for _ in question.kinds]
        for limit in limits:
            if not limit.misfits:  # of these the question knows
                weights = question.shares if limit.strategy is None else question.of_strategy(limit.strategy)
                self._limit(weights, limit.most)

    def _variable(self, coefficients: Mapping[Any, int]) -> Any:
        variable = self._program.NumVar(0, self._infinity, "")
        for row, coefficient in coefficients.items():
            row.SetCoefficient(variable, coefficient)
        return variable

    def _row(self, cost: int) -> Any:
        """A row of what is provided less what is used; what is missing costs something."""
        # With what is missing as a variable that costs the program always has a solution, and its dual values
        # are bounded by that cost (an elastic program): no ray of an infeasible one has to be told apart.
        row = self._program.Constraint(0, self._infinity)
        self._missing[self._variable({row: 1})] = cost
        return row

    def _limit(self, weights: Mapping[str, float], most: int) -> None:
        row = self._program.Constraint(-self._infinity, most)
        for ref, weight in weights.items():
            row.SetCoefficient(self._groups[ref], weight)

    def settle(self, goal: SeatingGoal, value: int) -> None:
        """Keeps a goal's value from now on; of units run it knows too little."""
        if goal == "delivered":
            self._limit(self._question.glh, value)
        elif goal == "hours":
            self._most_hours = value
        elif goal == "misfits":
            self._most_misfits = value

    def add(self, number: int, counted: frozenset[str]) -> bool:
        """Lets learners of a kind choose these units; whether that was not yet so."""
        kind = self._question.kinds[number]
        new = kind.new(counted)
        if new in self._columns[number]:
            return False
        # A column: what one learner with this selection takes of seats, hours and spare misfits; columns are
        # added as prices find them (column generation: Gilmore and Gomory, Operations Research 9, 1961,
        # 849-859).
        seats = {self._seats[ref]: -1 for ref in sorted(new)}  # in any other order sums are rounded otherwise
        used = {self._whole[number]: 1, self._hours: -self._question.hours(new)}
        used |= {self._misfits: -spare} if (spare := kind.spare(new)) else {}
        self._columns[number][new] = self._variable(seats | used)
        self._counted[number][new] = counted
        return True

    def known(self) -> Iterator[tuple[int, frozenset[str]]]:
        """The selections found so far, with the number of the kind."""
        for number, counted in enumerate(self._counted):
            yield from ((number, refs) for refs in counted.values())

    def lacking(self, provision: Provision) -> float:
        """What a provision lacks, in hours; 0 where it seats everybody."""
        for ref, variable in self._groups.items():
            variable.SetBounds(provision.groups[ref], provision.groups[ref])
        self._total.SetBounds(provision.hours, provision.hours)
        self._spare.SetBounds(provision.misfits, provision.misfits)
        self._solve({}, 1)
        lacking: float = self._program.Objective().Value()
        # A linear program in floating point numbers: what is less is rounding.
        return 0.0 if lacking < self._ENOUGH else lacking

    def best_provision(self, goal: SeatingGoal | None) -> Provision:
        """The provision, in fractions, that has the least of a goal and seats everybody."""
        question = self._question
        for ref, variable in self._groups.items():
            variable.SetBounds(question.fewest(ref), question.most(ref))
        self._total.SetBounds(0, self._most_hours)
        self._spare.SetBounds(0, self._most_misfits)
        costs: dict[Any, float] = {}
        if goal in ("hours", "misfits"):
            costs = {self._total if goal == "hours" else self._spare: 1.0}
        elif goal is not None:
            # Of the units run the shares, which add up to no more than there are: enough for a bound.
            weights = question.glh if goal == "delivered" else question.shares
            costs = {self._groups[ref]: weight for ref, weight in weights.items()}
        self._solve(costs, self._DEAR)
        groups = {ref: variable.solution_value() for ref, variable in self._groups.items()}
        return Provision(groups, self._total.solution_value(), self._spare.solution_value())

    def _solve(self, costs: Mapping[Any, float], dear: int) -> None:
        objective = self._program.Objective()
        for variable in (*self._groups.values(), self._total, self._spare):
            objective.SetCoefficient(variable, costs.get(variable, 0))
        for variable, cost in self._missing.items():
            objective.SetCoefficient(variable, dear * cost)
        if self._program.Solve() != pywraplp.Solver.OPTIMAL:
            raise StuckError

    def prices(self) -> tuple[dict[str, int], int, int]:
        """The dual values of seats, of an hour and of a misfit, in whole parts."""

        def whole(row: Any) -> int:
            # Rounded prices do as well: what learners pay at least is computed for these very prices.
            price: float = row.dual_value()
            return max(0, round(PARTS * price))

        seats = {ref: price for ref, row in self._seats.items() if (price := whole(row))}
        return seats, whole(self._hours), whole(self._misfits)

    def settled(self) -> dict[int, frozenset[str]]:
        """The learners who do not mix selections, and the units that count for them.

        As of the last solution, so nothing may have been added since.
        """
        found: dict[int, frozenset[str]] = {}
        for number, kind in enumerate(self._question.kinds):
            waiting = iter(kind.learners)
            for new, column in self._columns[number].items():
                # A whole part of a mixed column is that many learners who all have this selection.
                for _ in range(math.floor(column.solution_value() + self._ENOUGH)):
                    found[next(waiting)] = self._counted[number][new]
        return found


class Programme:
    """The groups of each unit as whole numbers, the limits on them and the needs known so far."""

    def __init__(self, question: SeatQuestion, limits: Sequence[CentreLimit]) -> None:
        self._question = question
        self.model = cp_model.CpModel()
        self.groups, self.run = {}, {}
        for ref in question.refs:
            low, high = question.fewest(ref), question.most(ref)
            self.groups[ref] = self.model.new_int_var(low, high, f"groups of {ref}")
            self.run[ref] = self.model.new_bool_var(f"run {ref}")
            self.model.add(self.groups[ref] >= 1).only_enforce_if(self.run[ref])
            self.model.add(self.groups[ref] == 0).only_enforce_if(~self.run[ref])
        most = question.most_hours
        delivered = self.model.new_int_var(0, most, "delivered hours")
        self.model.add(delivered == self._weighted(question.glh, self.groups))
        units = self.model.new_int_var(0, len(question.refs), "units run")
        self.model.add(units == sum(self.run.values()))
        self.hours = self.model.new_int_var(0, most, "learners' hours")
        self.misfits = self.model.new_int_var(0, question.most_misfits, "spare misfits")
        self.value: dict[SeatingGoal, Any] = {
            "delivered": delivered, "misfits": self.misfits, "hours": self.hours, "units": units,
        }  # fmt: skip
        for limit in limits:
            measured: Any = self.misfits if limit.misfits else units
            if limit.strategy is not None:
                measured = self._weighted(question.of_strategy(limit.strategy), self.groups)
            self.model.add(measured <= limit.most)

    def _weighted(self, weights: Mapping[str, int], variables: Mapping[str, cp_model.IntVar]) -> Any:
        refs = [ref for ref, weight in weights.items() if weight]
        return cp_model.LinearExpr.weighted_sum([variables[r] for r in refs], [weights[r] for r in refs])

    def settle(self, goal: SeatingGoal, value: int) -> None:
        """Keeps a goal's value from now on."""
        self.model.add(self.value[goal] == value)

    def add(self, need: Need) -> None:
        """Keeps a need from now on."""
        size = self._question.group_size
        seats = self._weighted({ref: size * price for ref, price in need.seat.items()}, self.groups)
        if need.least > 0:  # else it says nothing
            # A Benders cut (Numerische Mathematik 4, 1962, 238-252), of whole numbers: it was computed from
            # proven best selections, not from the dual values themselves.
            self.model.add(seats + need.hour * self.hours + need.misfit * self.misfits >= need.least)

    def aim(self, goal: SeatingGoal | None) -> None:
        """Makes this goal's value least; None: any."""
        self.model.clear_objective()  # type: ignore[no-untyped-call]
        if goal is not None:
            self.model.minimize(self.value[goal])
