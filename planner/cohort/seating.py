"""The search behind a delivery: how many groups of each unit, and which selection for each learner.

The learners share nothing but the seats of the groups. So the search goes to and fro between two questions.
How many groups of each unit come cheapest, given all that is known of the learners' needs? That is a small
model of whole numbers, the *programme*. Do these groups seat everybody? That is a linear program over the
learners' selections, made bit by bit: at some price of a seat in each unit, what is the least that each
learner can pay? If the seats do not suffice, these least payments add up to more than all seats are worth,
and that inequality (a *need*) is one more thing the programme knows. Every need is computed exactly and in
whole numbers, from proven best selections, so the programme's least hours are a proven bound whatever the
linear program's rounding (Dantzig and Wolfe's decomposition inside Benders'). When the seats suffice, only
the few learners whose selection came out mixed are left to a model of their own, and then more and more.

A learner with a job has a least number of *misfits*, new units the job gives no evidence for; seats beyond
it are *spare* misfits. How many of them there may be is a limit on the whole cohort, so they have a price
like seats and hours; what it says of one learner is a rule of that learner's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from ortools.sat.python import cp_model

from planner.cohort.provision import PARTS, Need, Pricing, Programme, Provision, Relaxation, StuckError
from planner.cohort.seat_model import SeatModel
from planner.cohort.seat_question import (
    CentreLimit,
    OverError,
    Pulse,
    Seating,
    SeatingGoal,
    SeatQuestion,
)
from planner.errors import DisagreementError
from planner.rules.model import Status, exact_solver, status_of

_ROUNDS = 30
"""Rounds of prices for a goal's bound before a plan that attains it is looked for; then twice as many.

Like all that chooses the way of the search it is counted, not timed: the same question takes the same way on
a slow machine and a fast one, and its answer is the same.
"""

_EFFORT = 10.0
"""Deterministic time of the model of some of the learners, before more are let in."""

_FIRST_EFFORT = 2.0
"""Deterministic time of each model while more can still be learnt; it grows with the rounds."""

_FREE = 32
"""Learners let in at least when those without an unmixed selection do not suffice."""

# A prime, so that all learners come up, unless their number is a multiple of it.
_STRIDE = 7919
"""Of learners counted round and round, every so manieth comes next."""

_FEW = 12
"""So few learners the whole model takes at once: 0.1 s where needs take 15; with 20 needs are faster."""

_MANY = 400
"""For more learners the whole model takes gigabytes and found nothing better: it only seeks a first plan."""


class ImpossibleError(Exception):
    """It is proven that no plan keeps the limits."""


class SeatSearch:
    """The search for the best plan of a question under some limits, goal after goal.

    `best` is the best plan so far, `bounds` the proven least of each goal under the values of those before;
    a goal that is not yet reached has none. Without goals any plan is as good as another. `turns` is after
    how many turns it gives a goal up, and a `quiet` search does not tell its progress.
    """

    def __init__(
        self,
        question: SeatQuestion,
        limits: Sequence[CentreLimit],
        goals: Sequence[SeatingGoal],
        pulse: Pulse,
        turns: float = math.inf,
        quiet: bool = False,
    ) -> None:
        self._question = question
        self._limits = limits
        self._goals = goals
        self._pulse = pulse
        self._turns = turns
        self._quiet = quiet
        self._pricing = Pricing(question, pulse)
        self._relaxation = Relaxation(question, limits)
        self._needs: list[Need] = []
        self._programme = Programme(question, limits)
        self._settled: dict[int, frozenset[str]] = {}
        self._core: Provision | None = None
        self._rounds = 0
        self._proven: set[SeatingGoal] = set()
        self.best: Seating | None = None
        self.bounds: dict[SeatingGoal, int] = {"delivered": 0}
        self.impossible = False
        """Whether it is proven that there is no plan."""

    def of_limits(
        self, limits: Sequence[CentreLimit], goals: Sequence[SeatingGoal] = (), turns: float = math.inf
    ) -> SeatSearch:
        """The quiet search under other limits, with all that is known of the learners' needs."""
        misfits = next((limit.most for limit in limits if limit.misfits), None)
        question = self._question.allowing(misfits)
        other = SeatSearch(question, limits, goals, self._pulse, turns, quiet=True)
        if question is not self._question:
            return other  # the learners may choose otherwise: what they need is to be learnt anew
        other._pricing = self._pricing
        for number, counted in self._relaxation.known():
            other._relaxation.add(number, counted)
        for need in self._needs:
            other._learn(need)
        return other

    def propose(self, seating: Seating) -> None:
        """Takes a plan that keeps the limits as the best so far, if it is better."""
        better = self.best is None or seating.rank(self._goals) < self.best.rank(self._goals)
        if better and self._within(seating):
            self.best = seating
            self._tell()

    def propose_all(self, seatings: Iterable[Seating]) -> None:
        """Takes the best of some plans, as far as they keep the limits."""
        for seating in seatings:
            self.propose(seating)

    def resume(self, seatings: Iterable[Seating], least: int) -> Status:
        """Searches on from plans for other limits and a bound of the first goal that holds for these."""
        self._prove(self._goals[0], least)  # of a looser limit, so it holds here too
        self.propose_all(seatings)
        return "optimal" if self.attained(self._goals[0]) else self.run()

    def run(self, until: SeatingGoal | None = None, turns: float = math.inf) -> Status:
        """Searches until all goals, or those until one, are proven, nothing is possible or the time is up.

        After so many turns it gives a goal up; called again it goes on.
        """
        try:
            for goal in self._goals or (None,):
                if goal in self._proven:
                    continue
                self._programme.aim(goal)
                if not self._solve(goal, min(turns, self._turns)):
                    break
                if goal is not None and self.best is not None:
                    self._programme.settle(goal, self.best.values[goal])
                    self._relaxation.settle(goal, self.best.values[goal])
                    self._proven.add(goal)
                    if goal == until:
                        break
            else:
                return "optimal"
        except ImpossibleError:
            if self.best is not None:
                raise DisagreementError("a plan was found that is proven impossible") from None
            self.impossible = True
            return "infeasible"
        except OverError:
            self._pulse.cut = True
        return "unknown" if self.best is None else "feasible"

    def _solve(self, goal: SeatingGoal | None, turns: float) -> bool:
        """Learns what a goal needs and looks for a plan in turns, ever longer ones; True if it is proven."""
        self._core = None
        turn = 1
        # Turns double, so that all of them together take less than twice the last.
        while not self._raise_bound(goal, turn * _ROUNDS):
            if self._attain(goal, turn * _FIRST_EFFORT):
                return True
            turn *= 2
            if turn > turns:
                return False
        return self._attain(goal, turns * _FIRST_EFFORT)

    def _within(self, seating: Seating) -> bool:
        """Whether a plan keeps the limits."""
        for limit in self._limits:
            measured = seating.values["misfits" if limit.misfits else "units"]
            if limit.strategy is not None:
                hours = self._question.of_strategy(limit.strategy)
                measured = sum(glh * seating.groups.get(ref, 0) for ref, glh in hours.items())
            if measured > limit.most:
                return False
        return True

    def attained(self, goal: SeatingGoal | None) -> bool:
        """Whether the best plan is proven best for a goal."""
        if self.best is None:
            return False
        return goal is None or self.best.values[goal] == self.bounds.get(goal)

    def _prove(self, goal: SeatingGoal | None, least: int) -> None:
        """Takes note that a goal cannot have less than `least` under those before it."""
        if goal is not None and least > self.bounds.get(goal, -1):
            self.bounds[goal] = least
            self._tell()

    def _tell(self) -> None:
        if not self._quiet:
            self._pulse.found(None if self.best is None else self.best.values["delivered"])
            self._pulse.bound = self.bounds["delivered"]

    def _learn(self, need: Need) -> None:
        self._needs.append(need)
        self._programme.add(need)

    def _raise_bound(self, goal: SeatingGoal | None, rounds: int) -> bool:
        """Raises a goal's least until no more can be learnt; False if that takes more rounds."""
        if len(self._question.requests) <= _FEW:
            return True  # the whole model proves it sooner
        if not self._needs:
            self._learn_hours()
        until = self._rounds + rounds
        provision = self._cheapest_provision(goal)
        if self.attained(goal):
            return True
        learnt = True
        with suppress(StuckError):
            if self._core is None:
                self._learn_in_fractions(goal, until)
                provision = self._cheapest_provision(goal)
                if not self.attained(goal):
                    self._complete(goal, self._settled, _EFFORT)
                if self.best is None:
                    self._complete(None, {}, math.inf)
            while not self.attained(goal):
                if self._rounds >= until:
                    learnt = False
                    break
                if not self._learn_from(provision):
                    break
                provision = self._cheapest_provision(goal)
            self._relaxation.lacking(provision)
            self._settled = self._relaxation.settled()
        return learnt

    def _learn_hours(self) -> None:
        """The first needs: the learners' least hours, as hours and as seats."""
        # At the price of its own hours each learner's cheapest selection is the one of least hours: no linear
        # program is needed for that.
        least, _ = self._price(self._question.glh, range(len(self._question.kinds)))
        self._learn(Need(least, hour=1))
        self._learn(Need(least, seat=self._question.glh))

    def _learn_in_fractions(self, goal: SeatingGoal | None, until: int) -> None:
        """Learns needs at the prices of a provision in fractions, until these are as good as final."""
        while True:
            provision = self._relaxation.best_provision(goal)
            need, new = self._need_now()
            self._learn(need)
            # What the provision is worth at these prices less what the learners pay at least: the most that
            # selections not known yet could still save. Half an hour is not worth more rounds.
            final = -need.missing(provision, self._question.group_size) < PARTS / 2
            if final or not new or self._rounds >= until:
                break
        self._core = self._relaxation.best_provision(goal)
        self._settled = self._relaxation.settled()

    def _learn_from(self, provision: Provision) -> bool:
        """Learns needs that a provision does not meet; False if it seats everybody who may mix selections."""
        # A need that is unmet a step away from a provision that seats everybody is unmet at the end of the
        # way too, and tells more: that takes half as many rounds as looking at the end only (in-out
        # separation: Ben-Ameur and Neto, Networks 49, 2007, 3-17).
        step = provision if self._core is None else self._core.towards(provision)
        return self._learn_at(step, provision) or self._learn_at(provision, provision)

    def _learn_at(self, place: Provision, provision: Provision) -> bool:
        """Learns needs that neither of two provisions meets, found at the first; False if there are none."""
        size = self._question.group_size
        learnt = False
        # A need found at one place may be met by the provision that it is to cut off: such a one is not kept.
        # It ends once one tells of half of what is lacking: more prices there would tell little more.
        while lacking := self._relaxation.lacking(place):
            need, new = self._need_now()
            if need.missing(provision, size) > 0:
                self._learn(need)
                learnt = True
            if not new or 2 * need.missing(place, size) >= PARTS * lacking:
                break
        return learnt

    def _need_now(self) -> tuple[Need, bool]:
        """What all learners need at the prices of the linear program, and if a new selection turned up."""
        seat, hour, misfit = self._relaxation.prices()
        prices = {ref: seat.get(ref, 0) + hour * glh for ref, glh in self._question.glh.items()}
        least, new = self._price(prices, range(len(self._question.kinds)), misfit)
        return Need(least, seat=seat, hour=hour, misfit=misfit), new

    def _price(self, prices: Mapping[str, int], kinds: Sequence[int], misfit: int = 0) -> tuple[int, bool]:
        """What all learners of these kinds pay at least, and whether that showed a new selection."""
        self._rounds += 1
        found = self._pricing.cheapest(prices, kinds, misfit)
        added = [self._relaxation.add(number, counted) for number, counted, _ in found]
        total = sum(cost * len(self._question.kinds[number].learners) for number, _, cost in found)
        return total, any(added)

    def _cheapest_provision(self, goal: SeatingGoal | None) -> Provision:
        """The provision with the least of a goal, as far as the needs known allow; raises the goal's bound.

        Raises
        ------
        ImpossibleError
            If there is none.
        """
        programme = self._programme
        solver, status = self._solved(programme.model)
        if status == "infeasible":
            raise ImpossibleError
        if status == "unknown":
            raise OverError
        self._prove(goal, _whole(solver.best_objective_bound))
        groups = {ref: solver.value(variable) for ref, variable in programme.groups.items()}
        # What the goals so far do not ask for may be as much as it likes.
        hours = solver.value(programme.hours) if goal in ("hours", "units") else self._question.most_hours
        free = goal in ("delivered", None)
        misfits = self._question.most_misfits if free else solver.value(programme.misfits)
        return Provision(groups, hours, misfits)

    def _attain(self, goal: SeatingGoal | None, effort: float) -> bool:
        """Looks for a plan that attains the bound, with ever more learners free to choose; True if proven.

        `effort` is the deterministic time that each model may take; that of some learners no more than usual.
        """
        everybody = range(len(self._question.requests))
        settled = self._settled
        # Large neighbourhood search (Shaw, *Using constraint programming and local search methods to solve
        # vehicle routing problems*, CP 1998, 417-431): those whose selection came out mixed choose anew, the
        # others stay as they are, and twice as many let in each time end with everybody, which proves it.
        # Those who are let in later come from all over the file.
        order = sorted(
            everybody, key=lambda learner: (learner in settled, learner * _STRIDE % len(everybody))
        )
        free = len(everybody) - len(settled)
        while not self.attained(goal) and free < len(everybody):
            kept = {learner: settled[learner] for learner in order[free:]}
            self._complete(goal, kept, min(effort, _EFFORT))
            free = max(2 * free, _FREE)
        if not self.attained(goal) and (self.best is None or len(everybody) <= _MANY):
            self._complete(goal, {}, effort)
        return self.attained(goal)

    def _complete(
        self, goal: SeatingGoal | None, settled: Mapping[int, frozenset[str]], effort: float
    ) -> None:
        """Looks for the best plan in which these learners are settled; a proof if there are none."""
        anew = SeatModel(self._question, self._programme, settled, goal, self.bounds)
        if self.best is not None:
            anew.hint(self.best)
        solver, status = self._solved(anew.model, effort, None if settled else goal)
        if status in ("optimal", "feasible"):
            self.propose(anew.seating(solver))
        if not settled and status == "infeasible":
            raise ImpossibleError
        if not settled and status != "unknown":
            self._prove(goal, _whole(solver.best_objective_bound))

    def _solved(
        self, model: cp_model.CpModel, effort: float = math.inf, watch: SeatingGoal | None = None
    ) -> tuple[cp_model.CpSolver, Status]:
        """The solver and its status after the search; with `watch` its steps towards that goal are told.

        One worker: several answer as their threads happen to run, and interleaved, so that they do not,
        they prove later than one.
        """
        solver = exact_solver()
        solver.parameters.linearization_level = 2
        solver.parameters.max_deterministic_time = effort
        watcher = None
        if watch is not None:
            # Called while the solver still searches: the bound is proven then already.
            solver.best_bound_callback = lambda bound: self._prove(watch, _whole(bound))
            watcher = None if self._quiet or watch != "delivered" else _Watcher(self._pulse)
        solved = self._pulse.wait_for(lambda: solver.solve(model, watcher), solver.stop_search)
        status = status_of(solved, model)
        if self._pulse.halt.is_set() and status not in ("optimal", "infeasible"):
            self._pulse.cut = True
        return solver, status


class _Watcher(cp_model.CpSolverSolutionCallback):
    """Takes note of the delivered hours of each plan the solver finds."""

    def __init__(self, pulse: Pulse) -> None:
        super().__init__()
        self._pulse = pulse

    def on_solution_callback(self) -> None:
        """Called by the solver, in its own thread."""
        self._pulse.found(round(self.objective_value))


def _whole(bound: float) -> int:
    """The least whole number a goal can have, given the solver's bound."""
    # A hair below, as the bound of a whole number may come out a hair above it.
    return math.ceil(bound - 1e-6)
