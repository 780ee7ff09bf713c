"""People with a way to go, and the files that they stand in."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.portfolio.verdict import judge
from planner.records.portfolios import Portfolio
from planner.records.wishes import Request, Wishes, closed_units
from planner.timeline.questions import Learner

Offer = frozenset[str] | None


def check_hours(qualification: Qualification) -> None:
    """Refuses a qualification of whose units nobody can tell the hours."""
    if "credits" not in qualification.figures:
        message = "has no credits, so that nobody can tell the hours of a unit"
        raise DataError([Problem(qualification.id, message)])


def kept_learner(
    qualification: Qualification,
    portfolio: Portfolio,
    request: Request,
    agreed: Collection[str],
    today: date,
    offer: Offer,
    tasks: Sequence[str],
) -> Learner:
    """Somebody whom a register keeps, with the plan that changes the units `agreed` and wished for least."""
    known = request.wishes
    keep = frozenset(agreed) & qualification.by_ref.keys() or known.keep
    wishes = replace(known, keep=keep, tasks=tuple(tasks) or known.tasks)
    if portfolio.entries or portfolio.decisions:
        judgement = judge(
            qualification, portfolio, tasks=wishes.tasks, offer=offer, today=today, wished=wishes
        )
        found = Learner.judged(judgement)
        return replace(found, recognised=found.recognised | wishes.held)
    goals = tuple(dict.fromkeys(("changes", *known.goals) if keep else known.goals))
    closed = closed_units(qualification, offer, known.held)
    return Learner.planned(
        qualification, replace(request, wishes=replace(wishes, goals=goals, closed=closed))
    )


def people_of(
    qualification: Qualification,
    learners: Iterable[Portfolio | Request],
    today: date,
    offer: Offer = None,
    tasks: Sequence[str] = (),
    *,
    wished: Mapping[str, Request],
    agreed: Mapping[str, Collection[str]],
) -> Iterator[Learner]:
    """Learners with a plan each, one after the other: on the way home, or with the best plan.

    `wished` is what those with units ask for, `agreed` the units of plans agreed before.
    """
    for each in learners:
        units = agreed.get(each.learner, ())
        if isinstance(each, Request):
            own = Portfolio(each.learner)
            yield (
                kept_learner(qualification, own, each, units, today, offer, tasks)
                if units
                else Learner.planned(qualification, each)
            )
        elif each.entries and (units or each.learner in wished):
            request = wished.get(each.learner) or Request(each.learner, Wishes())
            yield kept_learner(qualification, each, request, units, today, offer, tasks)
        else:
            yield Learner.judged(judge(qualification, each, tasks=tasks, offer=offer, today=today))
