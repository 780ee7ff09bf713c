"""Calendars and bounds without a search: units begun in some order, and what no calendar can beat."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from planner.timeline.weeks import Limits, Weeks, Work

MOST_STATES = 20_000
"""Sets of finished units that one unit after another is decided by."""

SHUFFLES = 100
"""Orders drawn at random, before a search is made: some tens of milliseconds."""


def heads(limits: Limits, peak: int) -> dict[str, int]:
    """The last week of each unit, if nothing but its order, its length and the visits held it up."""
    found: dict[str, int] = {}
    for work in limits.in_order:
        first = max((found[ref] + 1 for ref in work.after if ref in found), default=0)
        found[work.ref] = limits.finishing(first + work.shortest(peak) - 1)
    return found


def least_weeks(limits: Limits, peak: int) -> int:
    """A number of weeks that every calendar with at most `peak` hours a week takes."""
    if not limits.works:
        return 0
    lengths = [work.shortest(peak) for work in limits.works]
    bounds = [-(-limits.hours // peak), _side_by_side(lengths, limits.open_units)]
    last = limits.finishing(max(*bounds, max(heads(limits, peak).values()) + 1) - 1)
    if limits.visits is None:
        return last + 1
    # What follows a unit begins after a visit, so that each takes whole stretches between visits.
    stretches = [_stretches(limits.visits, length) for length in lengths]
    return max(last, limits.visits[_side_by_side(stretches, limits.open_units) - 1]) + 1


def _side_by_side(lengths: Sequence[int], rows: int) -> int:
    """Weeks that units of these lengths take at least in so many rows, one behind the other in each.

    Some row is as long as the mean, and of any units the longest some row has its share of them.
    """
    longest = sorted(lengths, reverse=True)
    shares = (
        sum(longest[number - (number + rows - 1) // rows : number]) for number in range(1, len(longest) + 1)
    )
    return max(-(-sum(lengths) // rows), *shares)


def _stretches(visits: Sequence[int], weeks: int) -> int:
    """The least number of stretches between visits that are so many weeks together."""
    first = (-1, *visits)
    return next(
        number
        for number in range(1, len(first))
        if max(end - begin for begin, end in zip(first, first[number:], strict=False)) >= weeks
    )


def least_peak(limits: Limits, weeks: int, most: int) -> int | None:
    """The least hours a week that these bounds allow within so many weeks; None if not even `most` do."""
    if not limits.works:
        return 0
    if least_weeks(limits, most) > weeks:
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if least_weeks(limits, middle) > weeks else (low, middle)
    return low


def begun_in_order(limits: Limits, peak: int, order: Sequence[Work], first_come: bool) -> Weeks | None:
    """The calendar that begins units in this order, as soon as one may be open.

    Each open unit gets an hour a week; what is left goes to those that were begun first (`first_come`) or
    have most left, as long as each keeps an hour for every week that it must still last. None where one has
    too few left to last until the next visit.
    """
    waiting = list(order)
    first: dict[str, int] = {}
    hours: dict[str, list[int]] = {}
    last_of: dict[str, int] = {}
    open_now: list[Work] = []
    left = {work.ref: work.hours for work in order}
    week = 0
    while waiting or open_now:
        for work in list(waiting):
            if len(open_now) == limits.open_units:
                break
            ends = limits.finishing(week + work.least_weeks - 1)
            if work.after <= last_of.keys() | _strangers(work, limits) and ends - week + 1 <= work.hours:
                waiting.remove(work)
                open_now.append(work)
                first[work.ref], hours[work.ref] = week, []
        room = peak - len(open_now)
        ranked = open_now if first_come else sorted(open_now, key=lambda one: -left[one.ref])
        given = dict.fromkeys((work.ref for work in open_now), 1)
        for work in ranked:
            ends = limits.finishing(max(week, first[work.ref] + work.least_weeks - 1))
            if ends == week and left[work.ref] - 1 > room:
                ends = limits.finishing(week + 1)
            spare = left[work.ref] - 1 - (ends - week)
            if spare < 0:
                return None
            more = min(room, spare)
            given[work.ref] += more
            room -= more
        for ref, amount in given.items():
            hours[ref].append(amount)
            left[ref] -= amount
        last_of |= {ref: week for ref in given if not left[ref]}
        open_now = [work for work in open_now if left[work.ref]]
        week += 1
    return Weeks({ref: (first[ref], tuple(each)) for ref, each in hours.items()})


def _strangers(work: Work, limits: Limits) -> frozenset[str]:
    return work.after - {other.ref for other in limits.works}


def tried(limits: Limits, peak: int) -> Iterator[Weeks]:
    """Calendars that begin units in several orders."""
    by_hours = sorted(limits.works, key=lambda work: (-work.hours, work.ref))
    halves = len(by_hours) // 2
    mixed = [work for pair in zip(by_hours, by_hours[::-1], strict=True) for work in pair][: len(by_hours)]
    chains = _tails(limits, peak)
    by_chain = sorted(by_hours, key=lambda work: -chains[work.ref])
    orders: Iterable[Sequence[Work]] = (
        by_chain,
        by_hours,
        by_hours[::-1],
        mixed,
        by_hours[halves:] + by_hours[:halves],
    )
    yield _one_by_one(limits, peak, limits.in_order)
    open_units = min(limits.open_units, peak, len(limits.works))
    for order in chain(dict.fromkeys(map(tuple, orders)), _shuffled(by_hours)):
        for most in range(open_units, min(open_units, 2) - 1, -1):
            for first_come in (True, False):
                found = begun_in_order(replace(limits, open_units=most), peak, order, first_come)
                if found is not None:
                    yield found


def _shuffled(works: Sequence[Work]) -> Iterator[tuple[Work, ...]]:
    """The units in orders drawn at random, always the same ones."""
    drawn = random.Random(len(works))  # noqa: S311  no secret
    for _ in range(SHUFFLES):
        yield tuple(drawn.sample(works, len(works)))


def _tails(limits: Limits, peak: int) -> dict[str, int]:
    """The weeks of each unit and of those that come after it."""
    found: dict[str, int] = {}
    for work in reversed(limits.in_order):
        behind = [found[other.ref] for other in limits.works if work.ref in other.after]
        found[work.ref] = work.shortest(peak) + max(behind, default=0)
    return found


def one_after_another(limits: Limits, peak: int) -> Weeks | None:
    """The calendar that finishes first with one open unit at a time; exact. None if it takes too long to say.

    With `peak` given, each unit takes its shortest: only the set of units finished and the week count (Held
    and Karp, *A dynamic programming approach to sequencing problems*, 1962). Units of one length and no order
    are alike, so that a set is told by how many of each kind it has.
    """
    ordered = {ref for work in limits.works for ref in (*work.after, *([work.ref] if work.after else []))}
    kinds: dict[tuple[int, str], list[Work]] = {}
    for work in limits.works:
        kinds.setdefault((work.shortest(peak), work.ref if work.ref in ordered else ""), []).append(work)
    groups = list(kinds.values())
    place = {work.ref: number for number, works in enumerate(groups) for work in works}
    sizes = 1
    for works in groups:
        sizes *= len(works) + 1
    if sizes > MOST_STATES:
        return None
    layer: dict[tuple[int, ...], tuple[int, tuple[str, ...]]] = {(0,) * len(groups): (-1, ())}
    for _ in limits.works:
        further: dict[tuple[int, ...], tuple[int, tuple[str, ...]]] = {}
        for done, (last, order) in layer.items():
            for number, works in enumerate(groups):
                if done[number] == len(works):
                    continue
                work = works[done[number]]
                if any(ref in place and not done[place[ref]] for ref in work.after):
                    continue
                state = (*done[:number], done[number] + 1, *done[number + 1 :])
                ends = limits.finishing(last + work.shortest(peak))
                if state not in further or ends < further[state][0]:
                    further[state] = (ends, (*order, work.ref))
        layer = further
    ((_, order),) = layer.values()
    by_ref = {work.ref: work for work in limits.works}
    return _one_by_one(limits, peak, [by_ref[ref] for ref in order])


def _one_by_one(limits: Limits, peak: int, order: Sequence[Work]) -> Weeks:
    """The units one after another in this order, each in its shortest time, its hours even."""
    units, last = dict[str, tuple[int, tuple[int, ...]]](), -1
    for work in order:
        length = work.shortest(peak)
        last = limits.finishing(last + length)
        share, more = divmod(work.hours, length)
        units[work.ref] = (last - length + 1, (share + 1,) * more + (share,) * (length - more))
    return Weeks(units)
