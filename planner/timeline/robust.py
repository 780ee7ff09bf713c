"""Until when a calendar still keeps its target, whichever one thing goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from planner.errors import UndecidedError
from planner.timeline.calendars import CalendarSearch
from planner.timeline.weeks import Limits, UnitLeft, Weeks

EFFORT = 0.3
"""Deterministic time of one question about what goes wrong."""


def holds_until(found: Weeks, limits: Limits, most: int, weeks: int, slip: int) -> int | None:
    """The last week in which a unit finishes, up to which any one slip keeps the target; None: not even one.

    At the end of a week in which units finish, one of them may have slipped: what was done of it in its last
    `slip` weeks is still to do. Or the visit did not take place: all that were to finish have an hour left.
    Then what is left is planned anew, with `most` hours a week.
    """
    held = None
    # In order of time: the first slip that cannot be mended ends what is promised, whatever holds later.
    for week in sorted({found.span(ref)[1] for ref in found.units}):
        for left in _slips(found, limits, week, slip):
            if not _still_in_time(found, limits, left, week, most, weeks):
                return held
        held = week
    return held


def _slips(found: Weeks, limits: Limits, week: int, slip: int) -> Iterator[dict[str, int]]:
    """Of the units that finish in a week the hours that are left, for each thing that can go wrong."""
    finishing = [ref for ref in found.units if found.span(ref)[1] == week]
    for ref in finishing:
        yield {ref: sum(found.units[ref][1][-slip:])}  # the hours of its last weeks, done for nothing
    if limits.visits is not None:
        yield dict.fromkeys(finishing, 1)


def _still_in_time(
    found: Weeks, limits: Limits, slipped: dict[str, int], week: int, most: int, weeks: int
) -> bool:
    works = tuple(work for each in limits.works if (work := _left(each, found, week, slipped)).hours)
    # Weeks count anew from the one after the slip, and a calendar agreed before no longer binds.
    visits = limits.visits
    shifted = None if visits is None else tuple(visit - week - 1 for visit in visits if visit > week)
    rest = replace(limits, works=works, visits=shifted, kept={})
    try:
        return CalendarSearch(rest, EFFORT).within(most, weeks - week - 1) is not None
    except UndecidedError:
        return False


def _left(work: UnitLeft, found: Weeks, week: int, slipped: dict[str, int]) -> UnitLeft:
    """What is left of a unit after a week; weeks that it was worked on count towards its least."""
    first, hours = found.units[work.ref]
    done = max(week + 1 - first, 0)
    left = slipped.get(work.ref, sum(hours[done:]))
    # At least a week for what is left, and no more weeks than hours, as each takes one.
    return replace(work, hours=left, least_weeks=min(left, max(work.least_weeks - done, 1)))
