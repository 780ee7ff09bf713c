"""Timelines of portfolios drawn at random against every calendar tried, days counted one by one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, islice
from typing import NamedTuple

from planner import load
from planner.planning.result import Plan
from planner.records.portfolios import Details, Entry
from planner.records.wishes import Wishes
from planner.timeline import Learner, Terms, Timeline, UnitLeft, timeline
from planner.timeline.helps import Help
from tests.strategies import deep
from tests.timeline_oracle import Case, Piece, fewest_changes

UNITS = {"D/503/0352": 2, "T/503/0342": 4, "K/503/0421": 7, "L/601/0933": 5}
"""Four units and their credits, copied by hand; no order among them."""

START = date(2026, 1, 7)
FAR = 30
"""Weeks within which whatever is drawn can be finished."""

Break = tuple[date, date]


class Question(NamedTuple):
    """What is asked, in days; `pieces` are hours and least weeks of each unit."""

    pieces: Sequence[Piece]
    open_units: int
    every: int
    breaks: Collection[Break]
    today: date
    target: date
    most: int

    def weeks(self) -> Iterator[tuple[int, date]]:
        """The weeks that are left and have hours: number from the start, and last day."""
        number = 0
        while True:
            days = [START + timedelta(7 * number + day) for day in range(7)]
            off = any(first <= day <= last for first, last in self.breaks for day in days)
            if days[-1] >= self.today and not off:
                yield number, days[-1]
            number += 1

    def case(self) -> tuple[Case, list[date], int]:
        """The same in weeks counted one after another, the last day of each, and how many are in time."""
        some = list(islice(self.weeks(), FAR))
        visits = {place for place, (number, _) in enumerate(some) if (number + 1) % self.every == 0}
        days = [last for _, last in some]
        in_time = sum(day <= self.target for day in days)
        return Case(self.pieces, self.open_units, visits, {}), days, in_time

    def feasible(self) -> bool:
        """Whether any calendar at all meets the target."""
        case, _, weeks = self.case()
        return any(length <= weeks for length in fewest_changes(case, self.most, weeks))

    def least(self) -> int | None:
        """The least hours a week that meet it; None where not even all hours in each week do."""
        together = sum(piece.hours for piece in self.pieces)
        return next((n for n in range(1, together + 1) if self._replace(most=n).feasible()), None)

    def soonest(self) -> date:
        """The earliest last day."""
        case, days, _ = self.case()
        weeks = next(n for n in range(1, FAR) if fewest_changes(case, self.most, n))
        return days[weeks - 1]


def drawn(number: int) -> tuple[Learner, Terms, Question]:
    """A learner with two to four units of which a few hours are left, and terms that are near what they need."""
    draw = random.Random(number)
    refs = draw.sample(sorted(UNITS), draw.randint(2, 4))
    entries, pieces, least = {}, [], draw.randint(1, 3)
    for ref in refs:
        left = draw.randint(2, 6)
        done = next(p for p in range(101) if -(-UNITS[ref] * 10 * (100 - p) // 100) == left)
        entries[ref] = Entry(ref, "in progress", progress=done)
        pieces.append(Piece(left, min(left, least)))
    most = draw.randint(2, 5)
    today = START + timedelta(draw.randint(-3, 24))
    needed = -(-sum(piece.hours for piece in pieces) // most)
    target = today + timedelta(7 * (needed + draw.randint(0, 4)) + draw.randint(-3, 6))
    breaks: tuple[Break, ...] = ()
    if draw.random() < 0.5:
        first = today + timedelta(draw.randint(0, 40))
        breaks = ((first, first + timedelta(draw.randint(0, 15))),)
    asked = Question(pieces, draw.randint(1, 3), draw.choice([1, 1, 2, 3]), breaks, today, target, most)
    terms = Terms(today, START, target, most, breaks, asked.open_units, least, asked.every)
    return (
        Learner("L", Plan(load(), Wishes(), "optimal", tuple(refs)), Details(), entries=entries),
        terms,
        asked,
    )


def audit(found: Timeline, asked: Question) -> int:
    """Counts everything of a calendar by its days; its peak."""
    weeks = {START + timedelta(7 * n): n for n, _ in islice(asked.weeks(), FAR)}
    by_week, open_units = Counter[date](), Counter[date]()
    assert sorted(unit.hours for unit in found.units) == sorted(piece.hours for piece in asked.pieces)
    for unit in found.units:
        days = [day for day, _ in unit.by_week]
        between = [day for day in weeks if days[0] <= day <= days[-1]]
        assert days == between  # consecutive, and none of them in a break or over
        least = min(piece.least_weeks for piece in asked.pieces if piece.hours == unit.hours)
        assert len(days) >= least
        assert all(amount >= 1 for _, amount in unit.by_week)
        assert unit.finish == days[-1] + timedelta(6) <= asked.target
        assert (weeks[days[-1]] + 1) % asked.every == 0
        by_week.update(dict(unit.by_week))
        open_units.update(days)
    assert max(open_units.values()) <= asked.open_units
    assert max(by_week.values()) <= asked.most
    return max(by_week.values())


def naive_fails(asked: Question) -> bool:
    """Whether units one after another at full hours break a limit."""
    _, days, in_time = asked.case()
    week, case = 0, asked.case()[0]
    for piece in asked.pieces:
        length = -(-piece.hours // asked.most)
        week += length
        if length < piece.least_weeks or week > in_time or week - 1 not in (case.visits or ()):
            return True
    assert week <= len(days)
    return False


def pieces_of(works: Sequence[UnitLeft]) -> list[Piece]:
    return [Piece(work.hours, work.least_weeks) for work in works]


def smaller(help_: Help, asked: Question, changed: Question) -> Question | None:
    """The change that is one step smaller; None where that is no question of steps."""
    if help_.change == "hours_per_week":
        return changed._replace(most=changed.most - 1)
    if help_.change == "target":
        return changed._replace(target=changed.target - timedelta(1))
    if help_.change == "open":
        return changed._replace(open_units=changed.open_units - 1)
    if help_.change == "break":
        ((first, last),) = asked.breaks
        end = (changed.breaks and next(iter(changed.breaks))[1]) or first - timedelta(1)
        return changed._replace(breaks=((first, min(end + timedelta(7), last)),))
    return None


def without(asked: Question, limits: Collection[str]) -> bool:
    """Whether some calendar meets the target when only these limits are kept."""
    eased = asked._replace(
        most=asked.most if "hours_per_week" in limits else sum(piece.hours for piece in asked.pieces),
        open_units=asked.open_units if "open" in limits else len(asked.pieces),
        every=asked.every if "visits" in limits else 1,
    )
    if "target" not in limits:
        return True
    ways = [asked.breaks] if "break" in limits else [asked.breaks, ()]
    return any(eased._replace(breaks=way).feasible() for way in ways)


def test_timelines_are_those_of_every_calendar_tried() -> None:
    number_of = deep(20, 500)
    statuses, changes, naive, conflicts = Counter[str](), Counter[str](), 0, 0
    for number in range(number_of):
        learner, terms, asked = drawn(number)
        found = timeline(learner, terms)
        statuses[found.status] += 1
        least = asked.least()
        assert found.least_hours_per_week == least, number
        assert found.earliest_finish == asked.soonest(), number
        if found.status in ("on track", "behind"):
            assert audit(found, asked) == least, number
            naive += naive_fails(asked)
            continue
        assert found.status == "cannot finish", number
        assert not asked.feasible(), number
        limits = [limit for limit, _ in found.conflict]
        assert not without(asked, limits), number
        for size in range(len(limits)):
            assert all(without(asked, some) for some in combinations(limits, size) if size == len(limits) - 1)
        conflicts += bool(limits)
        for each in found.helps:
            own = each.terms
            assert own.target is not None
            changed = Question(
                pieces_of(each.works),
                own.open_units,
                own.visit_every,
                own.breaks,
                own.today,
                own.target,
                own.most,
            )
            assert changed.feasible(), (number, each.words)
            less = smaller(each, asked, changed)
            assert less is None or not less.feasible(), (number, each.words)
            changes[each.change] += 1
    assert sum(statuses.values()) == number_of
    can = statuses["on track"] + statuses["behind"]
    assert naive * 3 >= can >= number_of / 4
    assert conflicts == statuses["cannot finish"] >= number_of / 8
    assert set(changes) >= {"hours_per_week", "target", "open", "break"}


def test_a_calendar_holds_until_the_first_slip_that_does_not() -> None:
    """One unit's last weeks are still to do, or a visit is missed: then every calendar of what is left is tried."""
    answered = Counter[bool]()
    for number in range(deep(12, 500)):
        learner, terms, asked = drawn(number)
        found = timeline(replace(learner), terms)
        if found.status not in ("on track", "behind"):
            continue
        held = None
        for day in sorted({unit.finish for unit in found.units}):
            if not all(
                _still_in_time(found, asked, terms, day, slipped)
                for slipped in _slips(found, asked, terms, day)
            ):
                break
            held = day
        assert found.robust_until == held, number
        answered[held is None] += 1
    assert answered[True]
    assert answered[False]


def _slips(found: Timeline, asked: Question, terms: Terms, day: date) -> Iterator[dict[str, int]]:
    due = [unit for unit in found.units if unit.finish == day]
    for unit in due:
        weeks = max(terms.least_weeks, asked.every)
        yield {unit.ref: sum(hours for _, hours in unit.by_week[-weeks:])}
    if asked.every > 1:
        yield {unit.ref: 1 for unit in due}


def _still_in_time(
    found: Timeline, asked: Question, terms: Terms, day: date, slipped: dict[str, int]
) -> bool:
    pieces = []
    for unit in found.units:
        done = sum(first <= day for first, _ in unit.by_week)
        left = slipped.get(unit.ref, sum(hours for first, hours in unit.by_week if first > day))
        least = min(terms.least_weeks, unit.hours)
        if left:
            pieces.append(Piece(left, min(left, max(least - done, 1))))
    return not pieces or asked._replace(pieces=pieces, today=day + timedelta(1)).feasible()
