"""Who can sit where: the question, its plans and how its search is told of."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Literal

from planner.catalogue.qualification import Qualification
from planner.planning.solve import without_evidence
from planner.records.wishes import Request, Wishes
from planner.rules.measure import audit
from planner.rules.rule import Bound, Rule

SeatingGoal = Literal["delivered", "misfits", "hours", "units"]


SEATING_GOALS: tuple[SeatingGoal, ...] = ("delivered", "misfits", "hours", "units")
"""What is made least, one after the other: delivered guided hours, spare misfits, learners' hours, units."""


MISFITS = "misfits"
"""The rule that bounds a learner's misfits."""


POLL = 0.1
"""Seconds between two looks at the clock and at `stop`."""


@dataclass(frozen=True, slots=True)
class SearchProgress:
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


class Pulse:
    """What goes on beside the search: the clock, word to the caller, the caller's wish to stop, threads."""

    def __init__(
        self,
        seconds: float,
        threads: int,
        progress: Callable[[SearchProgress], None] | None,
        stop: Callable[[], bool] | None,
        clock: Callable[[], float],
    ) -> None:
        self._clock = clock
        self._start = clock()
        self._end = self._deadline = self._start + seconds
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

    @property
    def rest(self) -> float:
        """Seconds left for what comes after the search, which a wish to stop does not take away."""
        return max(0.0, self._end - self._clock())

    def keep(self, share: float) -> None:
        """Ends the search earlier by a share of the whole time, for what comes after it."""
        self._deadline = self._end - share * (self._end - self._start)

    def found(self, value: int | None) -> None:
        """Takes note of the delivered hours of a plan."""
        if value is not None and (self.value is None or value < self.value):
            self.value = value

    def tell(self) -> None:
        """Reports what is new to the caller."""
        if self._progress is not None and self.bound is not None and (self.value, self.bound) != self._told:
            self._told = self.value, self.bound  # nothing is told twice
            self._progress(SearchProgress(self.value, self.bound, self.seconds))

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
            self._next = self._clock() + POLL
        if not self.left:
            self.halt.set()
            raise OverError

    def wait_for(self, work: Callable[[], Any], give_up: Callable[[], None]) -> Any:
        """What `work`, done in a thread, returns; `give_up` is called to make it return early."""
        self.beat()
        future = self.executor.submit(work)
        while not wait([future], timeout=POLL).done:
            try:
                self.beat()
            except OverError:
                # The solver is asked to stop and answers when it can; its thread is waited for in any case.
                give_up()
            except BaseException:
                self.halt.set()
                while not wait([future], timeout=POLL).done:
                    give_up()
                raise
        return future.result()


@dataclass(frozen=True, slots=True)
class Kind:
    """Learners with equal wishes and jobs that fit the same units, by their positions in the file's order.

    `misfits` are the units that do not fit the job, empty without one; `least` is how many of them there are
    in every valid selection that has the fewest.
    """

    wishes: Wishes
    rules: tuple[Rule, ...]
    learners: tuple[int, ...]
    misfits: frozenset[str]
    least: int

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

    def rank(self, goals: Sequence[SeatingGoal]) -> tuple[int, ...]:
        """Least for the best plan, by these goals and then by all."""
        return tuple(self.values[goal] for goal in (*goals, *SEATING_GOALS))


def misfits_of(qualification: Qualification, wishes: Wishes) -> frozenset[str]:
    """The units that do not fit a learner's job; none where the job is not known."""
    return without_evidence(qualification, wishes) if wishes.tasks else frozenset()


class SeatQuestion:
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
        misfits: int | None,
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
            wishes = Wishes(asked.pins, asked.excludes, asked.held, closed=asked.closed, ways=asked.ways)
            alike.setdefault((wishes, misfits_of(qualification, asked)), []).append(position)
        self.kinds = [
            self._kind(wishes, unfit, learners, len(unfit.intersection(own[learners[0]])))
            for (wishes, unfit), learners in alike.items()
        ]
        self.kind_of = {position: kind for kind in self.kinds for position in kind.learners}
        self._own = own
        self._pinned, self._open = Counter[str](), Counter[str]()
        for kind in self.kinds:
            # One seat for each learner of the kind: who must take a unit says how many groups it has at
            # least, who can how many at most.
            self._pinned.update(dict.fromkeys(kind.new(kind.wishes.pins), len(kind.learners)))
            open_to = kind.new(self.refs) - kind.wishes.ruled_out
            self._open.update(dict.fromkeys(open_to, len(kind.learners)))

    def _kind(self, wishes: Wishes, unfit: frozenset[str], learners: Sequence[int], least: int) -> Kind:
        rules = self.qualification.rules_given(wishes.ways_held)
        # The cohort's limit as one of each learner alone: who had more spare misfits than all may have
        # together would break it. Where nobody can have so many it says nothing.
        if self.misfits is not None and least + self.misfits < len(unfit):
            text = "units without evidence from the job: no more than cannot be avoided or are allowed"
            weights = dict.fromkeys(sorted(unfit), 1)
            rules = (*rules, Bound(MISFITS, text, weights, at_most=least + self.misfits))
        return Kind(wishes, rules, tuple(learners), unfit, least)

    def allowing(self, misfits: int | None) -> SeatQuestion:
        """The same question with so many misfits allowed."""
        if misfits == self.misfits:
            return self
        return SeatQuestion(self.qualification, self.requests, self.group_size, self._own, misfits)

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
        # All groups of a unit come to 1 at most, so that the sum over units is no more than the units run.
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

    def _trimmed(self, kind: Kind, counted: Collection[str]) -> frozenset[str]:
        """The selection without the new units it does not need, those with the most hours first."""
        kept = set(counted)
        for ref in sorted(kind.new(counted) - kind.wishes.pins, key=lambda ref: (-self.glh[ref], ref)):
            # One at a time, each measured anew: of two units a rule may let either go, and not both.
            kept.remove(ref)
            if not all(finding.holds for finding in audit(kind.rules, kept)):
                kept.add(ref)
        return frozenset(kept)
