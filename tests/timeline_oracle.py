"""The second way to calendars: every week of every calendar, tried; shares no line with `planner.timeline`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple


class Piece(NamedTuple):
    """A unit: its hours, the least weeks, the numbers of the units it comes after."""

    hours: int
    least_weeks: int
    after: tuple[int, ...] = ()


class Case(NamedTuple):
    """A question: units, how many are open at most, in which weeks one may finish (None: in any), spans agreed."""

    pieces: Sequence[Piece]
    open_units: int
    visits: Collection[int] | None
    kept: Mapping[int, tuple[int, int]]


State = tuple[tuple[int, int], ...]
"""Of each unit the hours left and the weeks it was worked on."""


def fewest_changes(case: Case, peak: int, weeks: int) -> dict[int, int]:
    """The number of weeks of each calendar that there is, and the fewest changes of one of that length."""
    states: dict[State, int] = {tuple((piece.hours, 0) for piece in case.pieces): 0}
    found: dict[int, int] = {}
    for week in range(weeks):
        further: dict[State, int] = {}
        for state, changes in states.items():
            for after, more in _next(case, state, week, peak):
                total = changes + more
                if further.get(after, total + 1) > total:
                    further[after] = total
        done = [changes for state, changes in further.items() if not any(left for left, _ in state)]
        if done:
            found[week + 1] = min(done)
        states = further
    return found


def _next(case: Case, state: State, week: int, peak: int) -> Iterator[tuple[State, int]]:
    def go(
        number: int, open_left: int, room: int, so_far: State, changes: int
    ) -> Iterator[tuple[State, int]]:
        if number == len(state):
            yield so_far, changes
            return
        left, worked = state[number]
        piece = case.pieces[number]
        if not left:
            yield from go(number + 1, open_left, room, (*so_far, (left, worked)), changes)
            return
        if not worked:
            yield from go(number + 1, open_left, room, (*so_far, (left, worked)), changes)
            if any(state[other][0] for other in piece.after):
                return
        if not open_left:
            return
        for given in range(1, min(left, room) + 1):
            more = 0
            if given == left:
                if worked + 1 < piece.least_weeks or not (case.visits is None or week in case.visits):
                    continue
                more = number in case.kept and case.kept[number] != (week - worked, week)
            now = (*so_far, (left - given, worked + 1))
            yield from go(number + 1, open_left - 1, room - given, now, changes + more)

    yield from go(0, case.open_units, peak, (), 0)


class Best(NamedTuple):
    """The best calendar of a case: its peak, changes and weeks; and the fewest weeks at the most hours."""

    peak: int
    changes: int
    weeks: int


def best(case: Case, weeks: int, most: int) -> Best | None:
    """Lowest peak, then fewest changes, then fewest weeks; None where no calendar is in time."""
    for peak in range(1, most + 1):
        if found := fewest_changes(case, peak, weeks):
            return Best(peak, *min((changes, length) for length, changes in found.items()))
    return None


def shortest(case: Case, peak: int, limit: int) -> int | None:
    """The fewest weeks with at most so many hours in each; None beyond `limit`."""
    return min(fewest_changes(case, peak, limit), default=None)
