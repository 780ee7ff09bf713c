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
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]
from ortools.sat.python import cp_model

from planner.catalogue.qualification import Qualification
from planner.errors import DisagreementError
from planner.planning.solve import without_evidence
from planner.records.wishes import Request, Wishes
from planner.rules.goal import Stage
from planner.rules.measure import audit
from planner.rules.model import Model, Status, add_rule
from planner.rules.rule import Bound, Rule

SeatingGoal = Literal["delivered", "misfits", "hours", "units"]

SEATING_GOALS: tuple[SeatingGoal, ...] = ("delivered", "misfits", "hours", "units")
"""What is made least, one after the other: delivered guided hours, spare misfits, learners' hours, units."""

_PARTS = 200
"""Prices are rounded to whole parts of an hour: so many of them."""

_ROUNDS = 30
"""Rounds of prices for a goal's bound before a plan that attains it is looked for; then twice as many.

Like all that chooses the way of the search it is counted, not timed: the same question takes the same way on
a slow machine and a fast one, and its answer is the same.
"""

_EFFORT = 10.0
"""Deterministic time of the model of some of the learners, before more are let in."""

_FIRST_EFFORT = 2.0
"""Deterministic time of each model while more can still be learnt; it grows with the rounds."""

_STEP = 0.3
"""How far a step goes from one provision to another."""

_FREE = 32
"""Learners let in at least when those without an unmixed selection do not suffice."""

_STRIDE = 7919
"""Of learners counted round and round, every so manieth comes next."""

_FEW = 12
"""So few learners the whole model takes at once: 0.1 s where needs take 15; with 20 needs are faster."""

_MANY = 400
"""For more learners the whole model takes gigabytes and found nothing better: it only seeks a first plan."""

MISFITS = "misfits"
"""The rule that bounds a learner's misfits."""

_POLL = 0.1
"""Seconds between two looks at the clock and at `stop`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the search has come.

    The delivered guided hours of the best plan so far (None: no plan yet), the proven least, seconds used.
    """

    value: int | None
    bound: int
    seconds: float

    @property
    def gap(self) -> float | None:
        """What the value may be above the least possible, as a share of the value; None without a plan."""
        return gap_of(self.value, self.bound)


@dataclass(frozen=True, slots=True)
class CentreLimit:
    """A limit on what the centre runs: most different units or, of one strategy, most delivered hours.

    With `misfits` it is a limit on seats in units that a learner's job gives no evidence for, beyond those
    that the learner cannot do without.
    """

    most: int
    strategy: str | None = None
    misfits: bool = False

    def in_words(self, qualification: Qualification) -> str:
        """The limit as a sentence of an answer says it."""
        if self.misfits:
            seats = f"{self.most or 'no'} seat{'' if self.most == 1 else 's'}"
            more = "at most " if self.most else ""
            return (
                f"{more}{seats} in units without evidence from the job, beyond those that cannot be avoided"
            )
        if self.strategy is None:
            return f"at most {self.most} different unit{'' if self.most == 1 else 's'} run"
        hours = f"{self.most} delivered guided hour{'' if self.most == 1 else 's'}"
        return f"at most {hours} of strategy {qualification.strategy_name(self.strategy)}"


def gap_of(value: int | None, bound: int) -> float | None:
    return None if value is None else (value - bound) / value if value else 0.0


class OverError(Exception):
    """The time is up, or the caller has asked to stop."""


class ImpossibleError(Exception):
    """It is proven that no plan keeps the limits."""


class _StuckError(Exception):
    """The linear program was not solved: no more can be learnt from it."""


class Pulse:
    """What goes on beside the search: the clock, word to the caller, the caller's wish to stop, threads."""

    def __init__(
        self,
        seconds: float,
        threads: int,
        progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._start = clock()
        self._deadline = self._start + seconds
        self._progress = progress
        self._stop = stop
        self._told: tuple[int | None, int] | None = None
        self._next = 0.0
        self.threads = threads
        self.executor = ThreadPoolExecutor(threads)
        self.halt = threading.Event()
        """Set once the search is to end; for threads that work through a list."""
        self.cut = False
        """Whether the clock or the caller ended something before it was done: another time it may get on."""
        self.value: int | None = None
        self.bound: int | None = None

    def __enter__(self) -> Pulse:
        return self

    def __exit__(self, *_: object) -> None:
        self.halt.set()
        self.executor.shutdown()

    @property
    def seconds(self) -> float:
        """Seconds since the call."""
        return self._clock() - self._start

    @property
    def left(self) -> float:
        """Seconds left; none once the caller has asked to stop."""
        return 0.0 if self.halt.is_set() else max(0.0, self._deadline - self._clock())

    def found(self, value: int | None) -> None:
        """Takes note of the delivered hours of a plan."""
        if value is not None and (self.value is None or value < self.value):
            self.value = value

    def tell(self) -> None:
        """Reports what is new to the caller."""
        if self._progress is not None and self.bound is not None and (self.value, self.bound) != self._told:
            self._told = self.value, self.bound
            self._progress(Progress(self.value, self.bound, self.seconds))

    def beat(self) -> None:
        """Reports and asks whether to stop, if the last time is long enough ago.

        Raises
        ------
        OverError
            If the search is to end.
        """
        if self._clock() >= self._next:
            self.tell()
            if self._stop is not None and self._stop():
                self.halt.set()
            self._next = self._clock() + _POLL
        if not self.left:
            self.halt.set()
            raise OverError

    def wait_for(self, work: Callable[[], Any], give_up: Callable[[], None]) -> Any:
        """What `work`, done in a thread, returns; `give_up` is called to make it return early."""
        self.beat()
        future = self.executor.submit(work)
        while not wait([future], timeout=_POLL).done:
            try:
                self.beat()
            except OverError:
                give_up()
            except BaseException:
                self.halt.set()
                while not wait([future], timeout=_POLL).done:
                    give_up()
                raise
        return future.result()


@dataclass(frozen=True, slots=True)
class _Kind:
    """Learners with equal wishes and jobs that fit the same units, by their positions in the file's order.

    `misfits` are the units that do not fit the job, empty without one; `least` is how many of them there are
    in every valid selection that has the fewest.
    """

    wishes: Wishes
    rules: tuple[Rule, ...]
    learners: tuple[int, ...]
    misfits: frozenset[str] = frozenset()
    least: int = 0

    def spare(self, counted: Collection[str]) -> int:
        """How many misfits there are beyond the least."""
        return len(self.misfits.intersection(counted)) - self.least

    def new(self, counted: Collection[str]) -> frozenset[str]:
        """Those of the units that are still to be achieved."""
        return frozenset(counted) - self.wishes.held


@dataclass(frozen=True, slots=True)
class Seating:
    """A plan of the cohort: the units that count for each learner, and what the goals come to."""

    chosen: tuple[frozenset[str], ...]
    groups: Mapping[str, int]
    values: Mapping[SeatingGoal, int]

    def rank(self, goals: Sequence[SeatingGoal] = SEATING_GOALS) -> tuple[int, ...]:
        """Least for the best plan, by these goals and then by all."""
        return tuple(self.values[goal] for goal in (*goals, *SEATING_GOALS))


def misfits_of(qualification: Qualification, wishes: Wishes) -> frozenset[str]:
    """The units that do not fit a learner's job; none where the job is not known."""
    return without_evidence(qualification, wishes) if wishes.tasks else frozenset()


class Question:
    """The learners to seat and what each may choose.

    Parameters
    ----------
    qualification, requests, group_size
        As of a delivery; each learner has a valid selection.
    own
        A selection of each learner, in their order, with the fewest misfits.
    misfits
        Most misfits of all learners together beyond those fewest; None: any number.
    """

    def __init__(
        self,
        qualification: Qualification,
        requests: Sequence[Request],
        group_size: int,
        own: Sequence[Collection[str]],
        misfits: int | None = 0,
    ) -> None:
        self.qualification = qualification
        self.requests = tuple(requests)
        self.group_size = group_size
        self.misfits = misfits
        self.refs = sorted(qualification.by_ref)
        self.glh = {ref: qualification.by_ref[ref].glh for ref in self.refs}
        alike: dict[tuple[Wishes, frozenset[str]], list[int]] = {}
        for position, request in enumerate(self.requests):
            asked = request.wishes
            wishes = Wishes(asked.pins, asked.excludes, asked.held, closed=asked.closed)
            alike.setdefault((wishes, misfits_of(qualification, asked)), []).append(position)
        self.kinds = [
            self._kind(wishes, unfit, learners, len(unfit.intersection(own[learners[0]])))
            for (wishes, unfit), learners in alike.items()
        ]
        self.kind_of = {position: kind for kind in self.kinds for position in kind.learners}
        self._own = own
        self._pinned, self._open = Counter[str](), Counter[str]()
        for kind in self.kinds:
            self._pinned.update(dict.fromkeys(kind.new(kind.wishes.pins), len(kind.learners)))
            open_to = kind.new(self.refs) - kind.wishes.ruled_out
            self._open.update(dict.fromkeys(open_to, len(kind.learners)))

    def _kind(self, wishes: Wishes, unfit: frozenset[str], learners: Sequence[int], least: int) -> _Kind:
        rules = self.qualification.rules_given(wishes.held)
        if self.misfits is not None and least + self.misfits < len(unfit):
            text = "units without evidence from the job: no more than cannot be avoided or are allowed"
            weights = dict.fromkeys(sorted(unfit), 1)
            rules = (*rules, Bound(MISFITS, text, weights, at_most=least + self.misfits))
        return _Kind(wishes, rules, tuple(learners), unfit, least)

    def allowing(self, misfits: int | None) -> Question:
        """The same question with so many misfits allowed."""
        if misfits == self.misfits:
            return self
        return Question(self.qualification, self.requests, self.group_size, self._own, misfits)

    @property
    def goals(self) -> tuple[SeatingGoal, ...]:
        """What is made least; misfits only where there may be some that could be done without."""
        return tuple(goal for goal in SEATING_GOALS if goal != "misfits" or self.most_misfits)

    @property
    def most_misfits(self) -> int:
        """The most misfits of all learners together, beyond the fewest."""
        most = sum((len(kind.misfits) - kind.least) * len(kind.learners) for kind in self.kinds)
        return most if self.misfits is None else min(most, self.misfits)

    def fewest(self, ref: str) -> int:
        """The fewest groups a unit has: of those who must take it."""
        return self.groups(self._pinned[ref])

    def most(self, ref: str) -> int:
        """The most groups a unit has: of all who can take it."""
        return self.groups(self._open[ref])

    @property
    def most_hours(self) -> int:
        """More guided hours than any plan of the cohort has, delivered or for the learners."""
        return sum(glh * self.group_size * self.most(ref) for ref, glh in self.glh.items())

    @property
    def shares(self) -> dict[str, float]:
        """What share of a unit run is one group of it."""
        return {ref: 1 / max(1, self.most(ref)) for ref in self.refs}

    def of_strategy(self, strategy: str) -> dict[str, int]:
        """The hours of the units of a strategy."""
        by_ref = self.qualification.by_ref
        return {ref: glh for ref, glh in self.glh.items() if by_ref[ref].strategy == strategy}

    def groups(self, seats: int) -> int:
        """How many groups so many learners need."""
        return -(-seats // self.group_size)

    def hours(self, refs: Iterable[str]) -> int:
        """Guided hours of the units."""
        return sum(self.glh[ref] for ref in refs)

    def seating(self, chosen: Sequence[Collection[str]]) -> Seating:
        """The plan in which these units count for the learners, in their order, less needless new ones."""
        trimmed: dict[tuple[int, frozenset[str]], frozenset[str]] = {}
        seats = Counter[str]()
        final = []
        for position, refs in enumerate(chosen):
            kind = self.kind_of[position]
            key = kind.learners[0], frozenset(refs)
            if key not in trimmed:
                trimmed[key] = self._trimmed(kind, refs)
            final.append(trimmed[key])
            seats.update(kind.new(trimmed[key]))
        groups = {ref: self.groups(number) for ref, number in sorted(seats.items())}
        values: dict[SeatingGoal, int] = {
            "delivered": sum(self.glh[ref] * number for ref, number in groups.items()),
            "misfits": sum(self.kind_of[n].spare(counted) for n, counted in enumerate(final)),
            "hours": sum(self.glh[ref] * number for ref, number in seats.items()),
            "units": len(groups),
        }
        return Seating(tuple(final), groups, values)

    def _trimmed(self, kind: _Kind, counted: Collection[str]) -> frozenset[str]:
        """The selection without the new units it does not need, those with the most hours first."""
        kept = set(counted)
        for ref in sorted(kind.new(counted) - kind.wishes.pins, key=lambda ref: (-self.glh[ref], ref)):
            kept.remove(ref)
            if not all(finding.holds for finding in audit(kind.rules, kept)):
                kept.add(ref)
        return frozenset(kept)


@dataclass(frozen=True, slots=True)
class _Need:
    """What every plan keeps: at these prices seats, hours and spare misfits are worth at least `least`."""

    least: int
    seat: Mapping[str, int] = field(default_factory=dict)
    hour: int = 0
    misfit: int = 0

    def missing(self, provision: _Provision, group_size: int) -> float:
        """By how much a provision falls short."""
        seats = sum(price * group_size * provision.groups[ref] for ref, price in self.seat.items())
        return self.least - seats - self.hour * provision.hours - self.misfit * provision.misfits


@dataclass(frozen=True, slots=True)
class _Provision:
    """Groups of each unit, hours and misfits for all learners together, which may or may not suffice."""

    groups: Mapping[str, float]
    hours: float
    misfits: float

    def towards(self, other: _Provision) -> _Provision:
        """The provision a step nearer to another one."""
        groups = {ref: number + _STEP * (other.groups[ref] - number) for ref, number in self.groups.items()}
        hours = self.hours + _STEP * (other.hours - self.hours)
        return _Provision(groups, hours, self.misfits + _STEP * (other.misfits - self.misfits))


_Rules = tuple[frozenset[str], frozenset[str], int | None]
"""What the rules of learners differ in: units held, units that do not fit, how many of these may count."""


class _Pricing:
    """The cheapest selections at given prices of new units, proven; several kinds of learners at a time."""

    def __init__(self, question: Question, pulse: Pulse) -> None:
        self._question = question
        self._pulse = pulse
        self._models: list[dict[_Rules, Model]] = [{} for _ in range(pulse.threads)]

    def cheapest(
        self, prices: Mapping[str, int], kinds: Sequence[int], misfit: int = 0
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

        futures = [self._pulse.executor.submit(share, thread) for thread in range(threads)]
        while wait(futures, timeout=_POLL).not_done:
            self._pulse.beat()
        return sorted((found for future in futures for found in future.result()), key=lambda found: found[0])

    def _one(
        self, thread: int, number: int, prices: Mapping[str, int], misfit: int
    ) -> tuple[int, frozenset[str], int]:
        if self._pulse.halt.is_set():
            raise OverError
        question = self._question
        kind = question.kinds[number]
        held = kind.wishes.held if question.qualification.speaks_of_held else frozenset[str]()
        most = kind.rules[-1].at_most if kind.rules and kind.rules[-1].id == MISFITS else None
        key = held, kind.misfits if most is not None else frozenset[str](), most
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
        paid = sum(costs.get(ref, 0) for ref in outcome.counted)
        return number, outcome.counted, paid - misfit * kind.least


class _Relaxation:
    """What a provision lacks to seat everybody, where learners may mix the selections found so far.

    A linear program. With a provision given, what is missing is made least: seats, at the hours of their
    unit, learners' hours, and spare misfits, at the hours of the longest unit. With none, it is chosen too,
    in fractions, for the least of a goal. Either way the dual values are prices at which what the learners
    need is worth knowing.
    """

    _ENOUGH = 1e-6

    _DEAR = 20
    """What is missing costs so much more where the provision is chosen too."""

    def __init__(self, question: Question, limits: Sequence[CentreLimit]) -> None:
        self._question = question
        self._program: Any = pywraplp.Solver.CreateSolver("GLOP")
        self._infinity = self._program.infinity()
        self._program.Objective().SetMinimization()
        self._missing: dict[Any, int] = {}
        self._seats = {ref: self._row(1 + glh) for ref, glh in question.glh.items()}
        self._hours = self._row(1)
        self._misfits = self._row(1 + max(question.glh.values(), default=0))
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

    def lacking(self, provision: _Provision) -> float:
        """What a provision lacks, in hours; 0 where it seats everybody."""
        for ref, variable in self._groups.items():
            variable.SetBounds(provision.groups[ref], provision.groups[ref])
        self._total.SetBounds(provision.hours, provision.hours)
        self._spare.SetBounds(provision.misfits, provision.misfits)
        self._solve({}, 1)
        lacking: float = self._program.Objective().Value()
        return 0.0 if lacking < self._ENOUGH else lacking

    def best_provision(self, goal: SeatingGoal | None) -> _Provision:
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
            weights = question.glh if goal == "delivered" else question.shares
            costs = {self._groups[ref]: weight for ref, weight in weights.items()}
        self._solve(costs, self._DEAR)
        groups = {ref: variable.solution_value() for ref, variable in self._groups.items()}
        return _Provision(groups, self._total.solution_value(), self._spare.solution_value())

    def _solve(self, costs: Mapping[Any, float], dear: int) -> None:
        objective = self._program.Objective()
        for variable in (*self._groups.values(), self._total, self._spare):
            objective.SetCoefficient(variable, costs.get(variable, 0))
        for variable, cost in self._missing.items():
            objective.SetCoefficient(variable, dear * cost)
        if self._program.Solve() != pywraplp.Solver.OPTIMAL:
            raise _StuckError

    def prices(self) -> tuple[dict[str, int], int, int]:
        """The dual values of seats, of an hour and of a misfit, in whole parts."""

        def whole(row: Any) -> int:
            price: float = row.dual_value()
            return max(0, round(_PARTS * price))

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
                for _ in range(math.floor(column.solution_value() + self._ENOUGH)):
                    found[next(waiting)] = self._counted[number][new]
        return found


class _Programme:
    """The groups of each unit as whole numbers, the limits on them and the needs known so far."""

    def __init__(self, question: Question, limits: Sequence[CentreLimit]) -> None:
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

    def add(self, need: _Need) -> None:
        """Keeps a need from now on."""
        size = self._question.group_size
        seats = self._weighted({ref: size * price for ref, price in need.seat.items()}, self.groups)
        if need.least > 0:  # else it says nothing
            self.model.add(seats + need.hour * self.hours + need.misfit * self.misfits >= need.least)

    def aim(self, goal: SeatingGoal | None) -> None:
        """Makes this goal's value least; None: any."""
        self.model.clear_objective()  # type: ignore[no-untyped-call]
        if goal is not None:
            self.model.minimize(self.value[goal])


class SeatSearch:
    """The search for the best plan of a question under some limits, goal after goal.

    `best` is the best plan so far, `bounds` the proven least of each goal under the values of those before;
    a goal that is not yet reached has none. Without goals any plan is as good as another. `turns` is after
    how many turns it gives a goal up, and a `quiet` search does not tell its progress.
    """

    def __init__(
        self,
        question: Question,
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
        self._pricing = _Pricing(question, pulse)
        self._relaxation = _Relaxation(question, limits)
        self._needs: list[_Need] = []
        self._programme = _Programme(question, limits)
        self._settled: dict[int, frozenset[str]] = {}
        self._core: _Provision | None = None
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
        self._prove(self._goals[0], least)
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

    def _learn(self, need: _Need) -> None:
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
        with suppress(_StuckError):
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
        least, _ = self._price(self._question.glh, range(len(self._question.kinds)))
        self._learn(_Need(least, hour=1))
        self._learn(_Need(least, seat=self._question.glh))

    def _learn_in_fractions(self, goal: SeatingGoal | None, until: int) -> None:
        """Learns needs at the prices of a provision in fractions, until these are as good as final."""
        while True:
            provision = self._relaxation.best_provision(goal)
            need, new = self._need_now()
            self._learn(need)
            final = -need.missing(provision, self._question.group_size) < _PARTS / 2
            if final or not new or self._rounds >= until:
                break
        self._core = self._relaxation.best_provision(goal)
        self._settled = self._relaxation.settled()

    def _learn_from(self, provision: _Provision) -> bool:
        """Learns needs that a provision does not meet; False if it seats everybody who may mix selections."""
        # A need that is unmet a step away from a provision that seats everybody is unmet at the end of the
        # way too, and tells more: that takes half as many rounds as looking at the end only.
        step = provision if self._core is None else self._core.towards(provision)
        return self._learn_at(step, provision) or self._learn_at(provision, provision)

    def _learn_at(self, place: _Provision, provision: _Provision) -> bool:
        """Learns needs that neither of two provisions meets, found at the first; False if there are none."""
        size = self._question.group_size
        learnt = False
        while lacking := self._relaxation.lacking(place):
            need, new = self._need_now()
            if need.missing(provision, size) > 0:
                self._learn(need)
                learnt = True
            if not new or 2 * need.missing(place, size) >= _PARTS * lacking:
                break
        return learnt

    def _need_now(self) -> tuple[_Need, bool]:
        """What all learners need at the prices of the linear program, and if a new selection turned up."""
        seat, hour, misfit = self._relaxation.prices()
        prices = {ref: seat.get(ref, 0) + hour * glh for ref, glh in self._question.glh.items()}
        least, new = self._price(prices, range(len(self._question.kinds)), misfit)
        return _Need(least, seat=seat, hour=hour, misfit=misfit), new

    def _price(self, prices: Mapping[str, int], kinds: Sequence[int], misfit: int = 0) -> tuple[int, bool]:
        """What all learners of these kinds pay at least, and whether that showed a new selection."""
        self._rounds += 1
        found = self._pricing.cheapest(prices, kinds, misfit)
        added = [self._relaxation.add(number, counted) for number, counted, _ in found]
        total = sum(cost * len(self._question.kinds[number].learners) for number, _, cost in found)
        return total, any(added)

    def _cheapest_provision(self, goal: SeatingGoal | None) -> _Provision:
        """The provision with the least of a goal, as far as the needs known allow; raises the goal's bound.

        Raises
        ------
        ImpossibleError
            If there is none.
        """
        programme = self._programme
        solver, status = self._solved(programme.model)
        if status == cp_model.INFEASIBLE:
            raise ImpossibleError
        if status == cp_model.UNKNOWN:
            raise OverError
        self._prove(goal, _whole(solver.best_objective_bound))
        groups = {ref: solver.value(variable) for ref, variable in programme.groups.items()}
        # What the goals so far do not ask for may be as much as it likes.
        hours = solver.value(programme.hours) if goal in ("hours", "units") else self._question.most_hours
        free = goal in ("delivered", None)
        misfits = self._question.most_misfits if free else solver.value(programme.misfits)
        return _Provision(groups, hours, misfits)

    def _attain(self, goal: SeatingGoal | None, effort: float) -> bool:
        """Looks for a plan that attains the bound, with ever more learners free to choose; True if proven.

        `effort` is the deterministic time that each model may take; that of some learners no more than usual.
        """
        everybody = range(len(self._question.requests))
        settled = self._settled
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
        programme, question = self._programme, self._question
        model = programme.model.clone()
        if goal is None:
            model.clear_objective()  # type: ignore[no-untyped-call]
        else:
            model.add(programme.value[goal] >= self.bounds.get(goal, 0))
        free = [learner for learner in range(len(question.requests)) if learner not in settled]
        counts = {learner: _selection(model, question.kind_of[learner], question.refs) for learner in free}
        self._seat(model, counts, settled)
        self._hint(model, counts)
        solver, status = self._solved(model, effort, None if settled else goal)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found = dict(settled)
            for learner, of in counts.items():
                found[learner] = frozenset(ref for ref, variable in of.items() if solver.value(variable))
            self.propose(question.seating([found[learner] for learner in sorted(found)]))
        if not settled and status == cp_model.INFEASIBLE:
            raise ImpossibleError
        if not settled and status != cp_model.UNKNOWN:
            self._prove(goal, _whole(solver.best_objective_bound))

    def _seat(
        self,
        model: cp_model.CpModel,
        counts: Mapping[int, Mapping[str, cp_model.IntVar]],
        settled: Mapping[int, frozenset[str]],
    ) -> None:
        """Adds that the groups seat everybody, and what the learners' hours are."""
        question = self._question
        taken = Counter[str]()
        for learner, counted in settled.items():
            taken.update(question.kind_of[learner].new(counted))
        hours: Any = question.hours(taken.elements())
        misfits: Any = sum(question.kind_of[n].spare(counted) for n, counted in settled.items())
        for n, of in counts.items():
            kind = question.kind_of[n]
            misfits += cp_model.LinearExpr.sum([of[ref] for ref in sorted(kind.misfits)]) - kind.least
        for ref in question.refs:
            seats = [of[ref] for n, of in counts.items() if ref not in question.kind_of[n].wishes.held]
            used = taken[ref] + cp_model.LinearExpr.sum(seats)
            model.add(question.group_size * self._programme.groups[ref] >= used)
            hours += question.glh[ref] * cp_model.LinearExpr.sum(seats)
        model.add(self._programme.hours == hours)
        model.add(self._programme.misfits == misfits)

    def _hint(self, model: cp_model.CpModel, counts: Mapping[int, Mapping[str, cp_model.IntVar]]) -> None:
        """Starts the search from the best plan so far."""
        if self.best is None:
            return
        for learner, variables in counts.items():
            for ref, variable in variables.items():
                model.add_hint(variable, ref in self.best.chosen[learner])
        for ref, groups in self._programme.groups.items():
            model.add_hint(groups, self.best.groups.get(ref, 0))

    def _solved(
        self, model: cp_model.CpModel, effort: float = math.inf, watch: SeatingGoal | None = None
    ) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
        """The solver and its status after the search; with `watch` its steps towards that goal are told.

        One worker: several answer as their threads happen to run, and interleaved, so that they do not,
        they prove later than one.
        """
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.linearization_level = 2
        solver.parameters.random_seed = 0
        solver.parameters.catch_sigint_signal = False  # whoever asked decides what Ctrl-C means
        solver.parameters.max_deterministic_time = effort
        watcher = None
        if watch is not None:
            solver.best_bound_callback = lambda bound: self._prove(watch, _whole(bound))
            watcher = None if self._quiet or watch != "delivered" else _Watcher(self._pulse)
        status = self._pulse.wait_for(lambda: solver.solve(model, watcher), solver.stop_search)
        if self._pulse.halt.is_set() and status not in (cp_model.OPTIMAL, cp_model.INFEASIBLE):
            self._pulse.cut = True
        if status == cp_model.MODEL_INVALID:
            raise DisagreementError(f"the solver refused the model: {model.validate()}")
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
    return math.ceil(bound - 1e-6)


def _selection(model: cp_model.CpModel, kind: _Kind, refs: Iterable[str]) -> dict[str, cp_model.IntVar]:
    """Variables for which units count for one learner, kept to the rules and wishes."""
    counts = {}
    for ref in refs:
        counts[ref] = model.new_bool_var("")
        if ref in kind.wishes.fixed:
            model.add(counts[ref] == kind.wishes.fixed[ref])
    for rule in kind.rules:
        add_rule(model, rule, counts)
    return counts
