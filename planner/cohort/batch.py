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

from planner.catalogue.qualification import Qualification
from planner.cohort.minimal_selections import Best, NoBest, Pool, pool_of
from planner.errors import DataError, DisagreementError, Problem
from planner.files.limits import PROCESSES, TIME
from planner.planning.result import Plan
from planner.planning.solve import SECONDS, answer
from planner.records.wishes import Request, Wishes
from planner.rules.measure import audit, audit_many

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


OnAnswered = Callable[[int, int], None]
"""Told how many learners are answered, and of how many."""


@dataclass(frozen=True, slots=True)
class Answer(Plan):
    """The plan of one learner of a cohort, without its findings and goals.

    Of `repairs` those are listed that are known: in a large cohort nobody waits for them.
    """

    request: Request = field(kw_only=True)

    @classmethod
    def of(cls, qualification: Qualification, request: Request, *found: Any, **more: Any) -> Answer:
        """The answer to a request; what else there is are the fields of a plan, from the status on."""
        return cls(qualification, request.wishes, *found, **more, request=request)

    def to_json(self, today: date | None = None) -> dict[str, Any]:
        """The learner's answer as JSON."""
        plan = Plan.to_json(self, today)
        keys = ("status", "units", "new_glh", "credits", "conflicts", "outside_offer", "repairs")
        registration = self.request.details.registration
        found = {key: plan[key] for key in keys if key in plan}
        return {"learner": self.request.learner, **registration, **found}


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
            "to_mend": len({(p.sheet, p.row) for p in self.problems if p.left_out}),
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
    progress: OnAnswered | None = None,
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
    plans: dict[Wishes, Plan] = {}
    done = 0
    # Closed in any case: that is when what still runs elsewhere is called off.
    with closing(_batches(qualification, list(learners), workers, executor, seconds)) as batches:
        for batch in batches:
            _check(qualification, batch)
            plans |= {plan.wishes: plan for plan in batch}
            done += sum(learners[plan.wishes] for plan in batch)
            if progress is not None:
                progress(done, len(asked))
    answers = (Answer.of(qualification, request, **_kept(plans[request.wishes])) for request in asked)
    return Cohort(qualification, tuple(answers), tuple(problems))


_KEPT = (
    "status", "units", "conflicts", "conflicts_complete", "repairs", "outside_offer", "cut_off", "spare",
)  # fmt: skip
"""What of a plan is an answer, beside what was asked."""


def _kept(plan: Plan) -> dict[str, Any]:
    """A plan's answer as keywords: what goes from process to process, without the qualification."""
    return {name: getattr(plan, name) for name in _KEPT}


def _batches(
    qualification: Qualification,
    wishes: Sequence[Wishes],
    workers: int | None,
    executor: Executor | None,
    seconds: float,
) -> Generator[list[Plan], None, None]:
    """The plans, some at a time. To be closed where they are not all taken."""
    pooled = len(wishes) >= ENOUGH_FOR_POOL
    if executor is not None:
        size = min(max(CHUNK, -(-len(wishes) // CHUNKS)), LARGEST_CHUNK)  # rounded up
        yield from _sent(executor, qualification, wishes, size, pooled, seconds)
        return
    pool = pool_of(qualification) if pooled else None
    rest = list(wishes) if pool is None else list[Wishes]()
    for part in _parts(() if pool is None else wishes, BATCH):
        found = [(each, _by_pool(pool, each, seconds)) for each in part]
        yield [plan for _, plan in found if plan]
        rest += [each for each, plan in found if not plan]
    if workers is not None and workers > 1 and len(rest) > FEW:
        with _processes(workers) as own:
            yield from _sent(own, qualification, rest, CHUNK, False, seconds)
    else:
        yield from ([answer(qualification, each, seconds)] for each in rest)


def _by_pool(pool: Pool | None, wishes: Wishes, seconds: float) -> Plan | None:
    """The plan by the pool; None where there is none or only the solver can tell."""
    if pool is None:
        return None
    best = pool.best(wishes)
    if isinstance(best, Best):
        plan = Plan(pool.qualification, wishes, "optimal", best.units)
        # Hours added up by the list of selections and by the plan: two ways to one figure.
        if plan.new_glh != best.new_glh:
            raise _refused(plan)
        return plan
    conflicts = pool.conflicts(wishes, seconds) if best is NoBest.INFEASIBLE else None
    if conflicts is None:
        return None
    return Plan(
        pool.qualification,
        wishes,
        "infeasible",
        conflicts=conflicts.listed,
        conflicts_complete=conflicts.complete,
        outside_offer=pool.outside_offer(wishes),
        repairs=pool.repairs(wishes, conflicts) or (),
    )


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    """Processes of our own; nothing of them is left behind."""
    # Spawned, as the program around may have threads: a fork keeps locks that nobody will ever let go of.
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
    # Comes back when the caller's process ends, however it does: one that is killed can tell nobody.
    connection.wait([caller.sentinel])
    os._exit(1)  # sys.exit would end no more than this thread


def _sent(
    executor: Executor,
    qualification: Qualification,
    wishes: Sequence[Wishes],
    size: int,
    pooled: bool,
    seconds: float,
) -> Generator[list[Plan], None, None]:
    """The plans by an executor's workers, as they come in.

    Raises
    ------
    DataError
        If the workers end before all is answered.
    """
    # Small enough for the pipe to a worker that is gone: a full one is waited on for ever (CPython 94777).
    pickled = zlib.compress(pickle.dumps(qualification))
    parts: dict[Future[list[dict[str, Any]]], list[Wishes]] = {}
    try:
        for part in _parts(wishes, size):
            parts[executor.submit(part_answered, pickled, pickle.dumps(part), pooled, seconds)] = part
        for future in as_completed(parts):
            found = zip(parts[future], future.result(), strict=True)
            yield [Plan(qualification, each, **kept) for each, kept in found]
    except (BrokenExecutor, CancelledError):
        message = "ended before every learner was answered; ask again, or plan in this process"
        raise DataError([Problem("workers", message)]) from None
    finally:
        for future in parts:
            future.cancel()


def part_answered(qualification: bytes, wishes: bytes, pooled: bool, seconds: float) -> list[dict[str, Any]]:
    """What a worker does: the answers to some wishes, in their order; both arguments are pickled."""
    with _unpickling:
        known = _unpickled(qualification)
    pool = pool_of(known) if pooled else None
    return [
        _kept(_by_pool(pool, each, seconds) or answer(known, each, seconds))
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
    return iter(lambda: list(islice(rest, size)), [])  # until a part is empty


def _check(qualification: Qualification, batch: Sequence[Plan]) -> None:
    """Measures every plan again: its rules by the auditor, its wishes here.

    Raises
    ------
    DisagreementError
        If a plan breaks a rule or a wish, or if there is neither a plan nor a conflict.
    """
    planned = [plan for plan in batch if plan.found]
    for plan, rules_met in zip(planned, _rules_met(qualification, planned), strict=True):
        counted = frozenset(plan.units)
        # The auditor measures rules; that wishes are kept is looked at here, set against set.
        if not (rules_met and plan.wishes.pins <= counted and counted.isdisjoint(plan.wishes.ruled_out)):
            raise _refused(plan)
    if any(plan.status == "infeasible" and not plan.conflicts for plan in batch):
        raise DisagreementError("wishes are called impossible without a conflict")


def _refused(plan: Plan) -> DisagreementError:
    return DisagreementError(f"the plan {plan.units} for {plan.wishes} does not stand up to its audit")


def _rules_met(qualification: Qualification, planned: Sequence[Plan]) -> list[bool]:
    """Whether each plan keeps the rules of the qualification."""
    if qualification.speaks_of_held:  # the rules differ from learner to learner
        return [
            all(
                finding.holds
                for finding in audit(qualification.rules_given(plan.wishes.ways_held), plan.units)
            )
            for plan in planned
        ]
    refs = list(qualification.by_ref)
    place = {ref: number for number, ref in enumerate(refs)}
    claims = np.zeros((len(planned), len(refs)), dtype=np.bool_)  # plans × units
    for row, plan in enumerate(planned):
        claims[row, [place[ref] for ref in plan.units]] = True
    met: list[bool] = audit_many(qualification.rules, refs, claims).met.tolist()
    return met
