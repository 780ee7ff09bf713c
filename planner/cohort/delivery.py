"""Delivery: which units a training centre runs, in how many groups, and who sits in which.

The question is checked and searched (`planner.cohort.seating`); the plan found is audited before it is an
answer.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from planner.catalogue.qualification import Qualification
from planner.cohort.batch import plan_cohort
from planner.cohort.delivery_answer import Delivery, Running
from planner.cohort.misfits import Comparison, misfits_of_plan, spared
from planner.cohort.seat_question import (
    CentreLimit,
    OverError,
    Pulse,
    SearchProgress,
    Seating,
    SeatingGoal,
    SeatQuestion,
    misfits_of,
)
from planner.cohort.seating import SeatSearch
from planner.errors import DisagreementError, Parameter, Problem, nearest, refuse
from planner.files.limits import PROCESSES, Range
from planner.planning.result import Conflict
from planner.records.wishes import Request, default_goals
from planner.rules.measure import audit

GROUP_SIZE = 12
"""Most learners in a group, unless said otherwise; 1 is assessment one to one at work."""

SECONDS = 60.0
"""Time limit, unless said otherwise."""

_FOR_PRICES = 0.1
"""The share of the time that is kept for what it costs to avoid single misfits."""

GROUP_SIZES = Range(1, 1_000)
UNITS_RUN = Range(0, 1_000)
ASSESSOR_HOURS = Range(0, 1_000_000)
"""Of the delivered guided hours of an assessment strategy."""

MISFITS_ALLOWED = Range(0, 1_000_000)
"""Of seats in units without evidence from the job, beyond those that cannot be avoided."""

TIME = Range(0.1, 86_400, fraction=True)
"""Of the seconds of a search."""


def deliver(
    qualification: Qualification,
    requests: Iterable[Request],
    *,
    group_size: int = GROUP_SIZE,
    max_units: int | None = None,
    assessor_hours: Mapping[str, int] | None = None,
    misfits: int = 0,
    seconds: float = SECONDS,
    workers: int | None = None,
    progress: Callable[[SearchProgress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Delivery:
    """The plan of a cohort that delivers the fewest guided hours, proven and audited as far as time allows.

    Goals, each under those before it: the least delivered guided hours, a unit's hours once for each of its
    groups; the fewest misfits; the least new guided hours of all learners; the fewest different units run.
    They take the place of the learners' own goals and plans to keep; pins, excludes, held units and the
    centre's offer hold as ever. A misfit is what the goal `fit` counts, a new unit without evidence from the
    learner's tasks; nobody has more of them than rules, wishes and offer force, but for those allowed.
    A learner for whom no valid selection exists is left out, with the conflicts.

    Parameters
    ----------
    qualification
        What `load` returned.
    requests
        The learners' wishes; the order decides who sits in which group.
    group_size
        Most learners in a group; 1 is assessment one to one at work.
    max_units
        Most different units run; None: any number.
    assessor_hours
        Most delivered guided hours of the units of an assessment strategy, by strategy.
    misfits
        Most misfits of all learners together, beyond those that cannot be avoided.
    seconds
        Time limit of the whole call, from own plans to the last proof; the audit comes after it. Where a job
        is known a tenth of it is kept for what avoiding single misfits would cost.
    workers
        Threads; None: one for each core. The answer does not depend on them.
    progress
        Called in the caller's thread, at most ten times a second, when plan or bound have become better.
    stop
        Asked in the caller's thread some times a second; True ends the search with the best plan so far.
    clock
        What tells the seconds. They end the search and choose nothing else of its way.

    Returns
    -------
    Delivery
        The same question with the same OR-Tools has the same answer, however busy the machine, however many
        its cores and whatever the time limit, unless that cut the search off: then it is not `reproducible`.
        With many learners the search may end `feasible` before its time, where only the model of all of
        them together could say more.

    Raises
    ------
    DataError
        For limits without sense, a learner given twice and wishes to survive losses, which know no groups.
    DisagreementError
        If the audit refuses what was found: a bug, never the user's.
    """
    learners = list(requests)
    caps = dict(assessor_hours or {})
    _check(qualification, learners, group_size, max_units, caps, misfits, seconds, workers)
    blank = Delivery(qualification, "unknown", group_size, max_units, caps, misfits_allowed=misfits)
    with Pulse(seconds, _workers(workers), progress, stop, clock) as pulse:
        try:
            own, left_out = _own_plans(qualification, learners, pulse)
        except OverError:
            return replace(blank, seconds=pulse.seconds, reproducible=False)
        selections = {request: own[request.learner] for request in learners if request.learner in own}
        answered = _searched(replace(blank, left_out=left_out), selections, pulse)
        return replace(answered, seconds=pulse.seconds)


def _searched(blank: Delivery, own: Mapping[Request, frozenset[str]], pulse: Pulse) -> Delivery:
    """The answer for learners whose own plans are known."""
    allowed = blank.misfits_allowed
    question = SeatQuestion(blank.qualification, list(own), blank.group_size, list(own.values()), allowed)
    theirs = question.seating(list(own.values()))
    # Misfits first: a conflict of the other limits alone does not name them.
    jobs = any(kind.misfits for kind in question.kinds)
    pulse.keep(_FOR_PRICES if jobs else 0)
    limits = [CentreLimit(allowed, misfits=True)] if jobs else []
    limits += [CentreLimit(most, strategy) for strategy, most in sorted(blank.assessor_hours.items())]
    limits += [] if blank.max_units is None else [CentreLimit(blank.max_units)]
    search = SeatSearch(question, limits, question.goals, pulse)
    comparison = Comparison(search, limits, allowed, theirs)
    search.propose(theirs)
    pulse.tell()
    if jobs:
        comparison.start()
    status = search.run(until="delivered")
    if search.best is not None:
        search.propose(spared(question, search.best, limits, lambda: pulse.left))
    pulse.tell()
    # Before the other goals, which may take all the time there is.
    compared = comparison.run() if jobs and search.best is not None else ()
    status = search.run() if search.attained("delivered") else status
    clash = _clash(search, limits, theirs) if status == "infeasible" else ()
    answered = replace(
        blank,
        status=status,
        own_best_delivered_glh=theirs.values["delivered"],
        clash=clash,
        misfits_needed=_misfits_needed(search, limits, theirs, clash),
        bound=None if status == "infeasible" else search.bounds["delivered"],
        allowances=compared,
    )
    if search.best is not None:
        named = misfits_of_plan(question, search.best, limits, lambda: pulse.rest)
        answered = _audited(replace(answered, misfits=named), question, search)
    priced = all(misfit.decided for misfit in answered.misfits)
    return replace(answered, reproducible=priced and not pulse.cut and status != "unknown")


def _check(
    qualification: Qualification,
    learners: Sequence[Request],
    group_size: int,
    max_units: int | None,
    caps: Mapping[str, int],
    misfits: int,
    seconds: float,
    workers: int | None,
) -> None:
    """Raises one `DataError` with all that makes no sense."""
    problems = GROUP_SIZES.problems("group_size", group_size)
    problems += [] if max_units is None else UNITS_RUN.problems("max_units", max_units)
    problems += MISFITS_ALLOWED.problems("misfits", misfits)
    problems += TIME.problems("seconds", seconds)
    if "glh" not in qualification.figures:
        message = (
            "its source publishes no guided hours, so there are none to share among learners: "
            "a cohort is planned without"
        )
        problems.append(Problem(Parameter("qualification"), message, value=qualification.id))
    problems += [] if workers is None else PROCESSES.problems("workers", workers)
    known = sorted({unit.strategy for unit in qualification.units})
    for strategy, hours in caps.items():
        if strategy not in known:
            message = f"no unit has this strategy{nearest(strategy, known)} (strategies: {', '.join(known)})"
            problems.append(Problem(Parameter("assessor_hours"), message, value=strategy or "(empty)"))
        problems += ASSESSOR_HOURS.problems("assessor_hours", hours, of=strategy)
    counts = Counter(request.learner for request in learners)
    for request in learners:
        if counts[request.learner] > 1:
            message = "this learner is given more than once"
            problems.append(Problem("learners", message, request.row, "learner", request.learner))
        if request.wishes.survive:
            message = "plans that survive losses are not made for groups"
            problems.append(Problem("learners", message, request.row, "survive", str(request.wishes.survive)))
    refuse(problems)


def _workers(asked: int | None) -> int:
    if asked is not None:
        return asked
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _own_plans(
    qualification: Qualification, learners: Sequence[Request], pulse: Pulse
) -> tuple[dict[str, frozenset[str]], tuple[tuple[str, tuple[Conflict, ...]], ...]]:
    """What fits each learner best, by name, and who has no valid selection, with the conflicts.

    Raises
    ------
    OverError
        If the time does not suffice, be it only to prove that a selection has the fewest misfits.
    """
    pulse.beat()
    limit = max(pulse.left, 0.001)
    alone = [_alone(qualification, request) for request in learners]
    answers = plan_cohort(qualification, alone, progress=lambda *_: pulse.beat(), seconds=limit).answers
    for answer in answers:
        if answer.status == "unknown" or (answer.status == "feasible" and answer.request.wishes.tasks):
            raise OverError
    pulse.cut = any(answer.status == "feasible" for answer in answers)
    own = {answer.request.learner: frozenset(answer.units) for answer in answers if answer.found}
    return own, tuple((answer.request.learner, answer.conflicts) for answer in answers if not answer.found)


def _alone(qualification: Qualification, request: Request) -> Request:
    """The request with the goals that a delivery has for each learner."""
    goals = default_goals(qualification, request.wishes.tasks, ())
    return replace(request, wishes=replace(request.wishes, goals=goals, keep=frozenset()))


def _clash(search: SeatSearch, limits: Sequence[CentreLimit], own_best: Seating) -> tuple[CentreLimit, ...]:
    """Of limits that cannot be kept together those that are needed for that, as far as time allows."""
    kept = list(limits)
    # By deletion, as `minimal` does it; but what is not decided in time stays, so that the limits named clash
    # for certain, if not without one of them.
    for limit in limits:
        other = search.of_limits([one for one in kept if one is not limit])
        other.propose(own_best)
        if other.run() == "infeasible":
            kept.remove(limit)
    return tuple(kept)


def _misfits_needed(
    search: SeatSearch, limits: Sequence[CentreLimit], own_best: Seating, clash: Sequence[CentreLimit]
) -> int | None:
    """The fewest misfits with which the other limits can be kept; None where these are not the matter."""
    if not any(limit.misfits for limit in clash):
        return None
    other = search.of_limits([limit for limit in limits if not limit.misfits], ("misfits",))
    other.propose(own_best)
    return other.best.values["misfits"] if other.run() == "optimal" and other.best is not None else None


def _audited(answered: Delivery, question: SeatQuestion, search: SeatSearch) -> Delivery:
    """The answer with the best plan, after everything about it has been computed a second way."""
    best = search.best
    assert best is not None
    seated = {ref: _groups(question, best, ref) for ref in best.groups}
    delivery = replace(
        answered,
        delivered_glh=best.values["delivered"],
        learner_glh=best.values["hours"],
        units=tuple(Running(ref, groups) for ref, groups in seated.items()),
        selections={r.learner: tuple(sorted(c)) for r, c in zip(question.requests, best.chosen, strict=True)},
        new_units={
            r.learner: tuple(sorted(c - r.wishes.held))
            for r, c in zip(question.requests, best.chosen, strict=True)
        },
        misfits_avoidable=best.values["misfits"],
    )
    least = {request.learner: question.kind_of[n].least for n, request in enumerate(question.requests)}
    wrong = list(_wrong(delivery, question.requests, least, question.goals, search.bounds))
    if wrong:
        raise DisagreementError("\n".join(wrong))
    return delivery


def _groups(question: SeatQuestion, best: Seating, ref: str) -> tuple[tuple[str, ...], ...]:
    """Who sits in which group of a unit: in the file's order, the sizes as even as can be."""
    learners = [
        request.learner
        for request, counted in zip(question.requests, best.chosen, strict=True)
        if ref in counted - request.wishes.held
    ]
    number = best.groups[ref]
    small, larger = divmod(len(learners), number)
    ends = list(itertools.accumulate(small + (group < larger) for group in range(number)))
    return tuple(tuple(learners[start:end]) for start, end in zip([0, *ends], ends, strict=False))


def _wrong(
    delivery: Delivery,
    requests: Sequence[Request],
    least: Mapping[str, int],
    goals: Sequence[SeatingGoal],
    bounds: Mapping[SeatingGoal, int],
) -> Iterator[str]:
    """What is wrong with a finished plan, counted anew; of the search its goals and bounds are used.

    `least` are each learner's fewest misfits.
    """
    by_ref = delivery.qualification.by_ref
    seats: dict[str, list[str]] = {}
    spare = -sum(least[request.learner] for request in requests)
    for request in requests:
        selection = delivery.selections[request.learner]
        unfit = misfits_of(delivery.qualification, request.wishes).intersection(selection)
        spare += len(unfit)
        yield from _wrong_for(delivery, request, unfit)
        for ref in set(selection) - request.wishes.held:
            seats.setdefault(ref, []).append(request.learner)
    yield from _wrong_groups(delivery, seats)
    yield from _wrong_limits(delivery, spare)
    counts: dict[SeatingGoal, int] = {
        "delivered": sum(by_ref[unit.ref].glh * len(unit.groups) for unit in delivery.units),
        "misfits": spare,
        "hours": sum(by_ref[ref].glh * len(names) for ref, names in seats.items()),
        "units": len(delivery.units),
    }
    yield from _wrong_figures(delivery, counts, goals, bounds)


def _wrong_for(delivery: Delivery, request: Request, unfit: frozenset[str]) -> Iterator[str]:
    """Rules and wishes that a learner's selection breaks, and misfits not named as they are."""
    wishes = request.wishes
    wished = (*wishes.as_rules(delivery.qualification), *wishes.offer_rules)
    rules = (*delivery.qualification.rules_given(wishes.ways_held), *wished)
    for finding in audit(rules, delivery.selections[request.learner]):
        if not finding.holds:
            yield f"{request.learner} breaks {finding.rule.id}"
    if {misfit.ref for misfit in delivery.misfits if misfit.learner == request.learner} != unfit:
        yield f"{request.learner} has the misfits {sorted(unfit)}"


def _wrong_groups(delivery: Delivery, seats: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Whether each learner sits once in each new unit, in groups of the right size."""
    seated = {unit.ref: sorted(name for group in unit.groups for name in group) for unit in delivery.units}
    if {ref: sorted(names) for ref, names in seats.items()} != seated:
        yield "the groups do not seat each learner once in each new unit"
    sizes = [len(group) for unit in delivery.units for group in unit.groups]
    if any(not 1 <= size <= delivery.group_size for size in sizes):
        yield "a group is empty or too large"


def _wrong_limits(delivery: Delivery, spare: int) -> Iterator[str]:
    """The limits of the centre that a plan with so many misfits to spare breaks."""
    if spare != delivery.misfits_avoidable or spare > delivery.misfits_allowed:
        yield f"there are {spare} misfits that could be avoided"
    if delivery.max_units is not None and len(delivery.units) > delivery.max_units:
        yield "too many units are run"
    by_ref = delivery.qualification.by_ref
    hours = Counter[str]()
    for unit in delivery.units:
        hours[by_ref[unit.ref].strategy] += by_ref[unit.ref].glh * len(unit.groups)
    for strategy, most in delivery.assessor_hours.items():
        if hours[strategy] > most:
            yield f"too many hours of strategy {strategy}"


def _wrong_figures(
    delivery: Delivery,
    counts: Mapping[SeatingGoal, int],
    goals: Sequence[SeatingGoal],
    bounds: Mapping[SeatingGoal, int],
) -> Iterator[str]:
    """Hours said that are not those counted, and goals below what is proven of them."""
    if (counts["delivered"], counts["hours"]) != (delivery.delivered_glh, delivery.learner_glh):
        yield f"the hours are {counts}, the search says {delivery.delivered_glh}, {delivery.learner_glh}"
    for goal in itertools.takewhile(lambda goal: goal in bounds, goals):
        if counts[goal] < bounds[goal]:
            yield f"{goal} is {counts[goal]}, proven to be at least {bounds[goal]}"
        if counts[goal] != bounds[goal]:
            break
    if delivery.status == "optimal" and any(counts[goal] != bounds.get(goal) for goal in goals):
        yield f"the plan is called optimal with {counts} over {dict(bounds)}"
