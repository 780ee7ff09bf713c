"""Files of people with a way to go: portfolios, or the requests of a cohort."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import partial

from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.files.wording import Wording
from planner.portfolio.verdict import judge
from planner.records.cohort_rows import CohortFile, cohort_file
from planner.records.portfolio_files import PortfolioFile, portfolio_file
from planner.timeline.questions import Learner

Offer = frozenset[str] | None


def read_tracker(
    qualification: Qualification,
    source: str,
    content: bytes,
    offer: Offer = None,
    *,
    wording: Wording | None = None,
    same: Collection[str] = (),
) -> PortfolioFile | CohortFile:
    """The portfolios of a file; where it has none of their columns, the requests of a cohort.

    Raises
    ------
    DataError
        Nothing in the file can be answered, or nobody can tell the hours of its units.
    """
    if "credits" not in qualification.figures:
        message = "has no credits, so that nobody can tell the hours of a unit"
        raise DataError([Problem(qualification.id, message)])
    try:
        return portfolio_file(qualification, source, content, wording=wording, same=same)
    except DataError as error:
        if any(problem.left_out and (problem.row or 0) > 1 for problem in error.problems):
            raise
        try:
            return cohort_file(qualification, source, content, offer, wording=wording, same=same)
        except DataError:
            raise error from None


def people_of(
    qualification: Qualification,
    read: PortfolioFile | CohortFile,
    today: date,
    offer: Offer = None,
    tasks: Sequence[str] = (),
) -> Iterator[Learner]:
    """The learners of a file, each with a plan, one after the other."""
    if isinstance(read, CohortFile):
        return map(partial(Learner.planned, qualification), read.requests)
    judged = partial(judge, qualification, tasks=tasks, offer=offer, today=today)
    return map(Learner.judged, map(judged, read.portfolios))
