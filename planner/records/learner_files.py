"""Files of learners of either kind: portfolios, or the requests of a cohort."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from planner.catalogue.qualification import Qualification
from planner.errors import DataError
from planner.files.headers import MISSING
from planner.files.wording import Wording
from planner.records.cohort_rows import CohortFile, cohort_file
from planner.records.goals import BEGIN
from planner.records.portfolio_files import PortfolioFile, portfolio_file
from planner.records.portfolios import Entry, EntryStatus, Portfolio
from planner.records.wishes import Request, Wishes, default_goals

Offer = Collection[str] | None


def learner_file(
    qualification: Qualification,
    source: str,
    content: bytes,
    offer: Offer = None,
    *,
    wording: Wording | None = None,
    same: Collection[str] = (),
    requests: bool = False,
) -> PortfolioFile | CohortFile:
    """The portfolios of a file; where it has none of their columns, the requests of a cohort.

    Parameters
    ----------
    qualification, source, content, offer, wording, same
        As `cohort_file` takes them.
    requests
        Whether a cohort is looked for: its columns are then asked for where the file has no known ones.

    Raises
    ------
    DataError
        Nothing in the file can be answered.
    """
    try:
        return portfolio_file(qualification, source, content, wording=wording, same=same)
    except DataError as error:
        if not perhaps_a_cohort(error):
            raise
        try:
            return cohort_file(qualification, source, content, offer, wording=wording, same=same)
        except DataError:
            if requests:
                raise
            raise error from None


def perhaps_a_cohort(error: DataError) -> bool:
    """Whether a file that holds no portfolio may be a cohort: it has neither units nor statuses."""
    places = [set(p.data["places"]) for p in error.problems if p.code == MISSING]
    return bool(places) and not any(found & {"ref", "status"} for found in places)


def learners_of(read: PortfolioFile | CohortFile) -> tuple[Portfolio | Request, ...]:
    """The learners of a file, in its order."""
    return read.requests if isinstance(read, CohortFile) else read.portfolios


def as_request(qualification: Qualification, portfolio: Portfolio, wishes: Wishes | None = None) -> Request:
    """What somebody with a portfolio asks for, beside their own wishes.

    Achieved units are held, and the plan begins as few units as it can, as the way home does.
    """
    asked = wishes or Wishes(goals=default_goals(qualification))
    return Request(
        portfolio.learner,
        replace(
            asked,
            held=asked.held | portfolio.achieved,
            ways=asked.ways | portfolio.ways,
            begun=portfolio.in_hand,
            goals=(BEGIN.id, *asked.goals),
        ),
        portfolio.details.name,
        details=portfolio.details,
    )


def as_portfolio(request: Request) -> Portfolio:
    """What a learner has who asks for a plan: the units that the request says are held."""
    words: dict[str, EntryStatus] = {"rpl": "rpl", "transfer": "transferred", "exempt": "exempt"}
    ways = request.wishes.ways_held
    entries = tuple(Entry(ref, words.get(ways[ref], "verified")) for ref in sorted(request.wishes.held))
    outside = tuple(sorted(ref for ref, way in request.wishes.ways if way == "achieved"))
    details = replace(request.details, name=request.name)
    return Portfolio(request.learner, entries, (), details, recorded=False, outside=outside)
