"""Many learners at once: a cohort file in, for each row a plan or the reason why there is none."""

from __future__ import annotations

import os
import pickle
import signal
import zlib
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
)
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice
from multiprocessing import connection, get_context, parent_process
from threading import Lock, Thread
from typing import Any, TypeVar

import numpy as np

from planner.catalogue.qualification import CREDIT_HOURS, Qualification
from planner.cohort.minimal_selections import Best, NoBest, Pool, pool_of
from planner.errors import DataError, DisagreementError, Problem
from planner.files.limits import PROCESSES, TIME
from planner.planning.result import Conflict, Repair
from planner.planning.solve import SECONDS, answer
from planner.records.wishes import Request, Wishes
from planner.rules.measure import audit, audit_many
from planner.rules.model import Status

T = TypeVar("T")


ENOUGH_FOR_POOL = 100
"""Different requests for which the minimal selections are listed first, which takes as long as 100 plans."""

BATCH = 500
"""Requests that the pool answers between two reports of progress: some 30 ms."""

FEW = 200
"""Requests that this process solves itself: processes of their own take a second to start."""

CHUNK = 10
"""Requests that a process solves in one go: what is left of them is waited for when the user interrupts."""

CHUNKS = 32
"""Parts in which a cohort is sent to an executor, if they are neither small nor large."""

LARGEST_CHUNK = 250


Progress = Callable[[int, int], None]
"""Told how many learners are answered, and of how many."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one learner: a plan, or the minimal conflicts that leave none.

    With a plan (`optimal`, `feasible`) `units` are the refs that count, sorted. `outside_offer` are, where
    there is no plan within the centre's offer, the fewest units from outside it that allow one. `repairs` are
    the smallest sets of wishes to give up, that with the fewest hours first, where they are known.
    """

    qualification: Qualification = field(repr=False)
    request: Request
    status: Status
    units: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    conflicts_complete: bool = True
    outside_offer: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is a plan."""
        return self.status in ("optimal", "feasible")

    @property
    def new_units(self) -> tuple[str, ...]:
        """The refs that count and are still to be achieved."""
        return tuple(ref for ref in self.units if ref not in self.request.wishes.held)

    @property
    def glh(self) -> int | None:
        """Guided hours of all units that count; None without a plan."""
        return self._sum("glh", self.units)

    @property
    def new_glh(self) -> int | None:
        """Guided hours still to do; None without a plan."""
        return self._sum("glh", self.new_units)

    @property
    def credits(self) -> int | None:
        """Credits of all units that count; None without a plan."""
        return self._sum("credits", self.units)

    @property
    def learning_hours(self) -> int | None:
        """The whole learning time still to come, about ten hours a credit; None without a plan."""
        new_credits = self._sum("credits", self.new_units)
        return None if new_credits is None else CREDIT_HOURS * new_credits

    def _sum(self, figure: str, refs: Iterable[str]) -> int | None:
        by_ref = self.qualification.by_ref
        return sum(getattr(by_ref[ref], figure) for ref in refs) if self.found else None

    def to_json(self) -> dict[str, Any]:
        """The learner's answer as JSON."""
        return {
            "learner": self.request.learner,
            "status": self.status,
            "units": list(self.units),
            "new_glh": self.new_glh,
            "credits": self.credits,
            "conflicts": [conflict.to_json() for conflict in self.conflicts],
            "outside_offer": list(self.outside_offer),
            "repairs": [repair.to_json() for repair in self.repairs],
        }


@dataclass(frozen=True, slots=True)
class Cohort:
    """The answers to a cohort, in the order of the requests, and the problems of the rows left out."""

    qualification: Qualification
    answers: tuple[Answer, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def rows(self) -> dict[str, int]:
        """How many rows of the file there were, and what became of them: each row is counted once."""
        statuses = Counter(answer.status for answer in self.answers)
        return {
            "planned": statuses["optimal"] + statuses["feasible"],
            "impossible": statuses["infeasible"],
            "undecided": statuses["unknown"],
            "to_mend": len({problem.row for problem in self.problems if problem.row is not None}),
        }

    @property
    def unit_demand(self) -> dict[str, int]:
        """How many learners need each unit new, in the order of the units; those nobody needs left out."""
        counts = Counter(ref for answer in self.answers for ref in answer.new_units)
        return {ref: counts[ref] for ref in self.qualification.by_ref if counts[ref]}

    @property
    def strategy_demand(self) -> dict[str, int]:
        """How many learners have new units under each assessment strategy; "" where it is unknown."""
        by_ref = self.qualification.by_ref
        counts = Counter(
            strategy
            for answer in self.answers
            for strategy in {by_ref[ref].strategy for ref in answer.new_units}
        )
        return dict(sorted(counts.items()))

    def to_json(self, today: date | None = None) -> dict[str, Any]:
        """The JSON of the command `cohort`."""
        return {
            "qualification": self.qualification.to_json(today),
            "rows": self.rows,
            "learners": [answer.to_json() for answer in self.answers],
            "problems": [problem.to_json() for problem in self.problems],
            "reproducible": all(answer.status in ("optimal", "infeasible") for answer in self.answers),
            "data": self.qualification.digest,
        }


def plan_cohort(
    qualification: Qualification,
    requests: Iterable[Request],
    *,
    problems: Iterable[Problem] = (),
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    seconds: float = SECONDS,
) -> Cohort:
    """The audited answers to many requests, the same ones that `solve.answer` gives to each.

    Equal wishes are answered once. Most answers come from the qualification's pool of minimal selections,
    the others from the solver.

    Parameters
    ----------
    qualification, requests
        What `read_cohort` was given and returned.
    problems
        Problems of rows left out, to go with the answers.
    workers
        Processes for what only the solver can answer, if that is much; None or 1: this process. The main
        module of a program that asks for more must be importable (see `multiprocessing`, spawn).
    executor
        Where everything is answered instead, in parts: any `concurrent.futures.Executor` whose workers have
        this package, such as `cluster_executor`. It is left open.
    progress
        Called from this thread after each part, with the number of learners answered and of all.
    seconds
        Time limit of each plan.

    Raises
    ------
    DisagreementError
        If an answer does not stand up to its audit: a bug, never the user's.
    DataError
        If the workers ended before all was answered; for numbers beyond their limits.
    """
    TIME.check("seconds", seconds)
    if workers is not None:
        PROCESSES.check("workers", workers)
    asked = tuple(requests)
    learners = Counter(request.wishes for request in asked)
    outcomes: dict[Wishes, _Outcome] = {}
    done = 0
    # Closed in any case: that is when what still runs elsewhere is called off.
    with closing(_batches(qualification, list(learners), workers, executor, seconds)) as batches:
        for batch in batches:
            _check(qualification, batch)
            outcomes.update(batch)
            done += sum(learners[wishes] for wishes, _ in batch)
            if progress is not None:
                progress(done, len(asked))
    answers = (outcomes[request.wishes].answer(qualification, request) for request in asked)
    return Cohort(qualification, tuple(answers), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The answer to some wishes, whoever they belong to; `new_glh` as who found the plan came to it."""

    status: Status
    units: tuple[str, ...] = ()
    new_glh: int | None = None
    conflicts: tuple[Conflict, ...] = ()
    conflicts_complete: bool = True
    outside_offer: tuple[str, ...] = ()
    repairs: tuple[Repair, ...] = ()

    def answer(self, qualification: Qualification, request: Request) -> Answer:
        """The outcome as the answer to a request."""
        return Answer(
            qualification,
            request,
            self.status,
            self.units,
            self.conflicts,
            self.conflicts_complete,
            self.outside_offer,
            self.repairs,
        )


_Batch = list[tuple[Wishes, _Outcome]]


def _batches(
    qualification: Qualification,
    wishes: Sequence[Wishes],
    workers: int | None,
    executor: Executor | None,
    seconds: float,
) -> Generator[_Batch, None, None]:
    """The outcomes, some at a time. To be closed where they are not all taken."""
    pooled = len(wishes) >= ENOUGH_FOR_POOL
    if executor is not None:
        size = min(max(CHUNK, -(-len(wishes) // CHUNKS)), LARGEST_CHUNK)
        yield from _sent(executor, qualification, wishes, size, pooled, seconds)
        return
    pool = pool_of(qualification) if pooled else None
    rest = list(wishes) if pool is None else list[Wishes]()
    for part in _parts(() if pool is None else wishes, BATCH):
        found = [(each, _by_pool(pool, each, seconds)) for each in part]
        yield [(each, outcome) for each, outcome in found if outcome]
        rest += [each for each, outcome in found if not outcome]
    if workers is not None and workers > 1 and len(rest) > FEW:
        with _processes(workers) as own:
            yield from _sent(own, qualification, rest, CHUNK, False, seconds)
    else:
        yield from ([(each, _by_solver(qualification, each, seconds))] for each in rest)


def _by_pool(pool: Pool | None, wishes: Wishes, seconds: float) -> _Outcome | None:
    """The outcome by the pool; None where there is none or only the solver can tell."""
    if pool is None:
        return None
    best = pool.best(wishes)
    if isinstance(best, Best):
        return _Outcome("optimal", best.units, best.new_glh)
    conflicts = pool.conflicts(wishes, seconds) if best is NoBest.INFEASIBLE else None
    if conflicts is None:
        return None
    return _Outcome(
        "infeasible",
        conflicts=conflicts.listed,
        conflicts_complete=conflicts.complete,
        outside_offer=pool.outside_offer(wishes),
        repairs=pool.repairs(wishes, conflicts) or (),
    )


def _by_solver(qualification: Qualification, wishes: Wishes, seconds: float) -> _Outcome:
    plan = answer(qualification, wishes, seconds)
    return _Outcome(
        plan.status,
        plan.units,
        plan.new_glh,
        plan.conflicts,
        plan.conflicts_complete,
        plan.outside_offer,
        plan.repairs,
    )


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    """Processes of our own; nothing of them is left behind."""
    executor = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_belong_to_the_caller)
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _belong_to_the_caller() -> None:
    """What a worker begins with: its caller ends it, be it only by coming to an end itself, however."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts every process of a program
    Thread(target=_end_with_the_caller, daemon=True).start()


def _end_with_the_caller() -> None:
    caller = parent_process()
    assert caller is not None
    connection.wait([caller.sentinel])
    os._exit(1)


def _sent(
    executor: Executor,
    qualification: Qualification,
    wishes: Sequence[Wishes],
    size: int,
    pooled: bool,
    seconds: float,
) -> Generator[_Batch, None, None]:
    """The outcomes by an executor's workers, as they come in.

    Raises
    ------
    DataError
        If the workers end before all is answered.
    """
    # Small enough for the pipe to a worker that is gone: a full one is waited on for ever (CPython 94777).
    pickled = zlib.compress(pickle.dumps(qualification))
    parts: dict[Future[list[_Outcome]], list[Wishes]] = {}
    try:
        for part in _parts(wishes, size):
            parts[executor.submit(answered, pickled, pickle.dumps(part), pooled, seconds)] = part
        for future in as_completed(parts):
            yield list(zip(parts[future], future.result(), strict=True))
    except (BrokenExecutor, CancelledError):
        message = "ended before every learner was answered; ask again, or plan in this process"
        raise DataError([Problem("workers", message)]) from None
    finally:
        for future in parts:
            future.cancel()


def answered(qualification: bytes, wishes: bytes, pooled: bool, seconds: float) -> list[_Outcome]:
    """What a worker does: the outcomes of some wishes, in their order; both arguments are pickled."""
    with _unpickling:
        known = _unpickled(qualification)
    pool = pool_of(known) if pooled else None
    return [
        _by_pool(pool, each, seconds) or _by_solver(known, each, seconds)
        for each in pickle.loads(wishes)  # noqa: S301  of the caller, who could send any function as well
    ]


_unpickling = Lock()


@lru_cache(maxsize=4)
def _unpickled(qualification: bytes) -> Qualification:
    """The qualification, the same object for the same bytes: its models and its pool are built once."""
    known: Qualification = pickle.loads(zlib.decompress(qualification))  # noqa: S301
    return known


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most so many."""
    rest = iter(items)
    return iter(lambda: list(islice(rest, size)), [])


def _check(qualification: Qualification, batch: _Batch) -> None:
    """Measures every plan again: its rules by the auditor, its wishes and hours here.

    Raises
    ------
    DisagreementError
        If a plan breaks a rule or a wish or has other hours, or if there is neither a plan nor a conflict.
    """
    planned = [(w, outcome) for w, outcome in batch if outcome.status in ("optimal", "feasible")]
    for (wishes, outcome), rules_met in zip(planned, _rules_met(qualification, planned), strict=True):
        counted = frozenset(outcome.units)
        hours = sum(qualification.by_ref[ref].glh for ref in counted - wishes.held)
        kept = wishes.pins <= counted and counted.isdisjoint(wishes.ruled_out)
        if not (rules_met and kept and hours == outcome.new_glh):
            raise DisagreementError(f"the plan {outcome.units} for {wishes} does not stand up to its audit")
    if any(outcome.status == "infeasible" and not outcome.conflicts for _, outcome in batch):
        raise DisagreementError("wishes are called impossible without a conflict")


def _rules_met(qualification: Qualification, planned: _Batch) -> list[bool]:
    """Whether each plan keeps the rules of the qualification."""
    if qualification.speaks_of_held:  # the rules differ from learner to learner
        return [
            all(finding.holds for finding in audit(qualification.rules_given(wishes.held), outcome.units))
            for wishes, outcome in planned
        ]
    refs = list(qualification.by_ref)
    place = {ref: number for number, ref in enumerate(refs)}
    claims = np.zeros((len(planned), len(refs)), dtype=np.bool_)
    for row, (_, outcome) in enumerate(planned):
        claims[row, [place[ref] for ref in outcome.units]] = True
    met: list[bool] = audit_many(qualification.rules, refs, claims).met.tolist()
    return met
