"""Calendars and bounds without a search: units begun in some order, and what no calendar can beat."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, groupby, islice
from math import lcm
from types import MappingProxyType

from planner.timeline.weeks import Limits, Span, UnitLeft, Weeks, filled

MOST_STATES = 20_000
"""Sets of finished units that one unit after another is decided by."""

SHUFFLES = 100
"""Orders drawn at random, before a search is made: some tens of milliseconds."""

FEW = 10
"""The same where many sets of units that stay are gone through."""

NEVER = 10**9
"""A week after all others."""

_FREE: Mapping[str, Span] = MappingProxyType({})


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
    # Three bounds that no calendar is below: all hours in full weeks, each unit's share of the weeks that it
    # is open in, and the units end to end in as many rows as may be open. And none is sooner than its longest
    # chain.
    bounds = [-(-limits.hours // peak), _in_company(limits, peak), _side_by_side(lengths, limits.open_units)]
    last = limits.finishing(max(*bounds, max(heads(limits, peak).values()) + 1) - 1)
    if limits.visits is None:
        return last + 1
    # What follows a unit begins after a visit, so that each takes whole stretches between visits.
    stretches = [_stretches(limits.visits, length) for length in lengths]
    return max(last, limits.visits[_side_by_side(stretches, limits.open_units) - 1]) + 1


def _in_company(limits: Limits, peak: int) -> int:
    """Weeks that the units take at least, as each has an hour in every week in which it is open.

    Of a week with n open units each takes an nth, and of its hours at most all but the n - 1 of the others.
    For a unit of so many weeks the sum of its parts is least where the numbers are as even as can be.
    """
    rows = min(limits.open_units, peak, len(limits.works))
    # Counted in parts of a week that any number of open units divides: all is whole numbers, and rounded up
    # once.
    week = lcm(*range(1, rows + 1))
    total = 0
    for work in limits.works:
        parts = []
        for length in range(work.shortest(peak), work.hours + 1):
            together = length * (peak + 1) - work.hours  # the numbers of open units of its weeks, at most
            least, more = divmod(min(together, rows * length), length)
            parts.append((length - more) * week // least + (more * week // (least + 1) if more else 0))
            if least == rows:
                break  # more weeks take more
        total += min(parts)
    return -(-total // week)


def _side_by_side(lengths: Sequence[int], rows: int) -> int:
    """Weeks that units of these lengths take at least in so many rows, one behind the other in each.

    Some row is as long as the mean, and of any units the longest some row has its share of them.
    """
    longest = sorted(lengths, reverse=True)
    # By the pigeonhole principle: of the n longest some row has its share, rounded up, and these are at least
    # as long as the shortest of the n.
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
    # A bound that is passed at some peak is passed at each lower one, whatever the bounds there: a calendar
    # of fewer hours is one of more. So each step up is a proof.
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if least_weeks(limits, middle) > weeks else (low, middle)
    return low


def clash(limits: Limits, peak: int, weeks: int, fixed: Mapping[str, Span]) -> bool:
    """Whether these spans break a limit, or leave no room for the other units."""
    works = [work for work in limits.works if work.ref in fixed]
    for work in works:
        if any(ref in fixed and fixed[ref][1] >= fixed[work.ref][0] for ref in work.after):
            return True
    days = {day for span in fixed.values() for day in span}
    if any(sum(first <= day <= last for first, last in fixed.values()) > limits.open_units for day in days):
        return True
    return filled(fixed, works, peak) is None or _no_room(limits, peak, weeks, fixed)


def _no_room(limits: Limits, peak: int, weeks: int, fixed: Mapping[str, Span]) -> bool:
    """Whether the other units do not fit between weeks in which none of them can be open; a relaxation.

    Each lies in one stretch of other weeks. What of them fits into a stretch is bounded by a sum of hours, or
    with one open unit at a time of weeks.
    """
    hours = {work.ref: work.hours for work in limits.works}
    taken, full = [0] * weeks, [False] * weeks
    for ref, (first, last) in fixed.items():
        # A fixed unit takes an hour of each of its weeks, or all there are where only full weeks hold its
        # hours.
        for week in range(first, last + 1):
            taken[week] += 1
            full[week] = full[week] or hours[ref] == peak * (last - first + 1)
    free = [work for work in limits.works if work.ref not in fixed]
    one = limits.open_units == 1
    room = 0
    for blocked, stretch in groupby(
        range(weeks), lambda week: full[week] or taken[week] >= limits.open_units
    ):
        if not blocked:
            rows = list(stretch)
            most = len(rows) if one else sum(peak - taken[week] for week in rows)
            sums = 1
            for work in free:
                if work.shortest(peak) <= len(rows):
                    # Subset sums as the bits of one number: bit n is set where some of the units come to n.
                    sums |= sums << (work.shortest(peak) if one else work.hours)
            room += (sums & ((1 << most + 1) - 1)).bit_length() - 1
    return room < sum(work.shortest(peak) if one else work.hours for work in free)


def windows(
    limits: Limits, peak: int, weeks: int, fixed: Mapping[str, Span], work: UnitLeft
) -> Iterator[Span]:
    """The spans that one more unit may have beside fixed ones, hours apart; what ends first comes first.

    A unit is open in weeks one after another, and keeps its own length and the order; the fixed ones do.
    """
    taken = [0] * weeks
    for first, last in fixed.values():
        for week in range(first, min(last + 1, weeks)):
            taken[week] += 1
    low = max((fixed[ref][1] + 1 for ref in work.after if ref in fixed), default=0)
    behind = (fixed[other.ref][0] for other in limits.works if work.ref in other.after and other.ref in fixed)
    high = min((weeks, *behind))
    for last in range(low, high):
        if limits.visits is not None and last not in limits.visits:
            continue
        for first in range(last, max(low, last - work.hours + 1) - 1, -1):
            # It is open in every week between: what lies beyond a full one is out of reach.
            if taken[first] >= limits.open_units:
                break
            if last - first + 1 >= work.shortest(peak):
                yield first, last


def begun_in_order(
    limits: Limits, peak: int, order: Sequence[UnitLeft], first_come: bool, fixed: Mapping[str, Span]
) -> Weeks | None:
    """The calendar that begins units in this order, as soon as one may be open; `fixed` ones at their time.

    Each open unit gets an hour a week; what is left goes to fixed ones, which finish first, then to those
    that were begun first (`first_come`) or have most left, as long as each keeps an hour for every week that
    it must still last. None where one has too few left to last until the next visit, or a fixed one has no
    room.
    """
    # List scheduling, week by week (the parallel scheme: Kolisch, European Journal of Operational Research
    # 90, 1996, 320-333). What it returns keeps every limit; what it misses another order may find.
    waiting = [work for work in order if work.ref not in fixed]
    coming = [work for work in order if work.ref in fixed]
    first: dict[str, int] = {}
    hours: dict[str, list[int]] = {}
    last_of: dict[str, int] = {}
    open_now: list[UnitLeft] = []
    left = {work.ref: work.hours for work in order}
    week = 0
    while waiting or coming or open_now:
        due = [work for work in coming if fixed[work.ref][0] == week]
        coming = [work for work in coming if fixed[work.ref][0] > week]
        open_now += due
        for work in list(waiting):
            # Fixed ones that begin before this one could end keep their places free.
            soon = sum(fixed[other.ref][0] < week + work.shortest(peak) for other in coming)
            if len(open_now) + soon >= limits.open_units:
                break
            ends = limits.finishing(week + work.least_weeks - 1)
            # An hour in every week until the first day on which it may finish, or it would have to pause.
            if _ready(work, limits, last_of) and ends - week + 1 <= work.hours:
                waiting.remove(work)
                due.append(work)
                open_now.append(work)
        if len(open_now) > limits.open_units or not all(_ready(work, limits, last_of) for work in due):
            return None
        first |= dict.fromkeys((work.ref for work in due), week)
        hours |= {work.ref: [] for work in due}
        room = peak - len(open_now)
        ranked = open_now if first_come else sorted(open_now, key=lambda one: -left[one.ref])
        ranked = sorted(ranked, key=lambda one: fixed[one.ref][1] if one.ref in fixed else NEVER)
        given = dict.fromkeys((work.ref for work in open_now), 1)
        for work in ranked:
            ends = limits.finishing(max(week, first[work.ref] + work.least_weeks - 1))
            # It was to end now, and there is not room enough: it lasts until it next may.
            if ends == week and left[work.ref] - 1 > room:
                ends = limits.finishing(week + 1)
            ends = fixed[work.ref][1] if work.ref in fixed else ends
            # What it may be given beside its hour, so that one stays for each week that it still lasts.
            spare = left[work.ref] - 1 - (ends - week)
            if spare < 0 or (work.ref in fixed and ends == week and spare > room):
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


def _ready(work: UnitLeft, limits: Limits, last_of: Mapping[str, int]) -> bool:
    """Whether the units that it comes after are finished, as far as they are to do."""
    return work.after & {other.ref for other in limits.works} <= last_of.keys()


def tried(limits: Limits, peak: int, fixed: Mapping[str, Span] = _FREE) -> Iterator[Weeks]:
    """Calendars that begin units in several orders, those `fixed` at their time."""
    by_hours = sorted(limits.works, key=lambda work: (-work.hours, work.ref))
    halves = len(by_hours) // 2
    mixed = [work for pair in zip(by_hours, by_hours[::-1], strict=True) for work in pair][: len(by_hours)]
    # The longest chain of followers first: the critical path (Kelley and Walker, *Critical-path planning and
    # scheduling*, 1959).
    chains = _tails(limits, peak)
    by_chain = sorted(by_hours, key=lambda work: -chains[work.ref])
    orders: Iterable[Sequence[UnitLeft]] = (
        by_chain,
        by_hours,
        by_hours[::-1],
        mixed,
        by_hours[halves:] + by_hours[:halves],
    )
    if not fixed:
        yield _one_by_one(limits, peak, limits.in_order)
    open_units = min(limits.open_units, peak, len(limits.works))
    known = set()
    for drawn in chain(orders, islice(_shuffled(by_hours), FEW if fixed else SHUFFLES)):
        free = tuple(work for work in drawn if work.ref not in fixed)  # that of the others does not matter
        if free in known:
            continue
        known.add(free)
        order = (*free, *(work for work in by_hours if work.ref in fixed))
        # Fewer open at a time than allowed may finish sooner: hours that every open unit takes each week are
        # kept together.
        for most in range(open_units, min(open_units, 2) - 1, -1):
            for first_come in (True, False):
                found = begun_in_order(replace(limits, open_units=most), peak, order, first_come, fixed)
                if found is not None:
                    yield found


def _shuffled(works: Sequence[UnitLeft]) -> Iterator[tuple[UnitLeft, ...]]:
    """The units in orders drawn at random, always the same ones."""
    drawn = random.Random(len(works))  # noqa: S311  no secret
    while True:
        yield tuple(drawn.sample(works, len(works)))


def _tails(limits: Limits, peak: int) -> dict[str, int]:
    """The weeks of each unit and of those that come after it."""
    found: dict[str, int] = {}
    for work in reversed(limits.in_order):
        behind = [found[other.ref] for other in limits.works if work.ref in other.after]
        # From the last back, so that all that follows is known.
        found[work.ref] = work.shortest(peak) + max(behind, default=0)
    return found


def one_after_another(limits: Limits, peak: int) -> Weeks | None:
    """The calendar that finishes first with one open unit at a time; exact. None if it takes too long to say.

    With `peak` given, each unit takes its shortest: only the set of units finished and the week count (Held
    and Karp, *A dynamic programming approach to sequencing problems*, 1962). Units of one length and no order
    are alike, so that a set is told by how many of each kind it has.
    """
    ordered = {ref for work in limits.works for ref in (*work.after, *([work.ref] if work.after else []))}
    kinds: dict[tuple[int, str], list[UnitLeft]] = {}
    for work in limits.works:
        kinds.setdefault((work.shortest(peak), work.ref if work.ref in ordered else ""), []).append(work)
    groups = list(kinds.values())
    place = {work.ref: number for number, works in enumerate(groups) for work in works}
    sizes = 1
    for works in groups:
        sizes *= len(works) + 1
    if sizes > MOST_STATES:
        return None
    # Of the same units finished the earliest end is the best whatever follows: one state for each set, layer
    # by layer.
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


def _one_by_one(limits: Limits, peak: int, order: Sequence[UnitLeft]) -> Weeks:
    """The units one after another in this order, each in its shortest time, its hours even."""
    units, last = dict[str, tuple[int, tuple[int, ...]]](), -1
    for work in order:
        length = work.shortest(peak)
        last = limits.finishing(last + length)
        share, more = divmod(work.hours, length)
        units[work.ref] = (last - length + 1, (share + 1,) * more + (share,) * (length - more))
    return Weeks(units)
