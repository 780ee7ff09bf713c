"""Calendars of weeks: equal to every calendar tried, audited, decided where one unit is open at a time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from planner.errors import DisagreementError, UndecidedError
from planner.timeline import list_scheduling
from planner.timeline.calendars import EFFORT, CalendarSearch
from planner.timeline.week_model import WeekModel
from planner.timeline.weeks import Limits, UnitLeft, Weeks, audited, filled
from tests.strategies import deep
from tests.timeline_oracle import Best, Case, Piece, best, shortest

FAR = 40
"""Weeks within which each of the drawn cases can be finished."""


def drawn(number: int) -> tuple[Case, int, int]:
    """A case in which limits bind: units, weeks and hours a week near what they need."""
    draw = random.Random(number)
    pieces = []
    for place in range(draw.randint(2, 4)):
        hours = draw.randint(2, 6)
        after = (draw.randrange(place),) if place and draw.random() < 0.3 else ()
        pieces.append(Piece(hours, min(hours, draw.randint(1, 3)), after))
    most = draw.randint(2, 5)
    needed = -(-sum(piece.hours for piece in pieces) // most)
    weeks = min(needed + draw.randint(0, 5), 9)
    kept = {}
    if draw.random() < 0.5:
        for place in range(len(pieces)):
            first = draw.randint(0, max(weeks - 2, 0))
            kept[place] = (first, first + draw.randint(0, 3))
    open_units, every = draw.randint(1, 3), draw.choice([1, 1, 2, 3])
    visits = None if every == 1 else range(every - 1, 200, every)
    return Case(pieces, open_units, visits, kept), weeks, most


def limits_of(case: Case) -> Limits:
    works = [
        UnitLeft(f"u{place}", piece.hours, piece.least_weeks, frozenset(f"u{other}" for other in piece.after))
        for place, piece in enumerate(case.pieces)
    ]
    visits = None if case.visits is None else tuple(case.visits)
    kept = {f"u{place}": span for place, span in case.kept.items()}
    return Limits(tuple(works), case.open_units, visits, kept)


def naive(limits: Limits, most: int) -> Weeks:
    """The units one after another at full hours."""
    units, first = {}, 0
    for work in limits.in_order:
        full, rest = divmod(work.hours, most)
        units[work.ref] = (first, (most,) * full + ((rest,) if rest else ()))
        first += len(units[work.ref][1])
    return Weeks(units)


def test_peak_changes_and_finish_are_those_of_every_calendar_tried() -> None:
    answered = feasible = naive_failed = kept_some = 0
    for number in range(deep(60, 500)):
        case, weeks, most = drawn(number)
        limits = limits_of(case)
        wanted = best(case, weeks, most)
        found = CalendarSearch(limits).best(weeks, most)
        measured = None
        if found is not None:
            audited(found, limits, most, weeks)
            changes = sum(found.span(ref) != span for ref, span in limits.kept.items())
            measured = Best(found.peak, changes, found.finish + 1)
            feasible += 1
            kept_some += bool(case.kept) and measured.changes < len(case.kept)
            try:
                audited(naive(limits, most), limits, most, weeks)
            except DisagreementError:
                naive_failed += 1
        assert measured == wanted, number
        free = case._replace(kept={})
        earliest = CalendarSearch(limits_of(free)).earliest(most).finish + 1
        assert earliest == shortest(free, most, max(earliest, weeks)), number
        answered += 1
    assert answered == deep(60, 500)
    assert answered / 3 < feasible < answered
    assert naive_failed * 3 >= feasible
    assert kept_some


def test_the_solver_alone_finds_what_bounds_and_lists_find() -> None:
    yes = no = 0
    for number in range(deep(25, 200)):
        case, weeks, most = drawn(number)
        limits = limits_of(case._replace(kept={}))
        found = CalendarSearch(limits).within(most, weeks)
        alone = WeekModel(limits, most, weeks).solve(60)
        assert (found is None) == (alone is None), number
        if alone is None:
            no += 1
        else:
            audited(alone, limits, most, weeks)
            yes += 1
    assert yes
    assert no


def packed(number: int) -> tuple[Limits, int]:
    """Units so long that the rows of units open at a time bind, some of which need nearly all hours of a week."""
    draw = random.Random(number)
    works, peak = [], draw.randint(4, 7)
    for place in range(draw.randint(4, 6)):
        after = frozenset([f"u{draw.randrange(place)}"]) if place and draw.random() < 0.2 else frozenset()
        least = draw.randint(2, 4)
        hours = (
            peak * least - draw.randrange(least) if draw.random() < 0.3 else draw.randint(least, 2 * least)
        )
        works.append(UnitLeft(f"u{place}", hours, least, after))
    visits = tuple(range(1, 200, 2)) if draw.random() < 0.3 else None
    return Limits(tuple(works), draw.randint(2, 3), visits), peak


def test_no_calendar_beats_the_bounds_and_company_settles_what_rows_and_hours_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sharper = 0
    for number in range(deep(120, 1_000)):
        limits, peak = packed(number)
        bound = list_scheduling.least_weeks(limits, peak)
        with monkeypatch.context() as patch:
            patch.setattr(list_scheduling, "_in_company", lambda *_: 0)
            rough = list_scheduling.least_weeks(limits, peak)
        assert rough <= bound
        if rough < bound:
            sharper += 1
            assert WeekModel(limits, peak, bound - 1).solve(60) is None, number
    assert sharper >= 3


def test_who_has_nearly_all_hours_of_a_week_has_no_room_for_company() -> None:
    """By hand: 59 hours in 4 weeks of 15 leave an hour in all, so that no other unit is open in 3 of them.

    In 5 weeks the unit may have company in each. The rows of two units have 17 weeks then, so 9 are needed.
    """
    works = (UnitLeft("u0", 59, 4), *(UnitLeft(f"u{place}", 4, 4) for place in (1, 2, 3)))
    search = CalendarSearch(Limits(works, 2), 0.0)
    assert search.within(15, 8) is None
    assert search.earliest(15).finish == 8


def test_one_unit_beside_spans_that_stay_is_placed_without_a_search() -> None:
    answers = {True: 0, False: 0}
    for number in range(deep(80, 500)):
        limits, peak = packed(number)
        draw = random.Random(number)
        found = CalendarSearch(limits).earliest(peak)
        weeks = found.finish + 1
        left = draw.choice(limits.works)
        kept = {}
        for work in limits.works:
            first, last = found.span(work.ref)
            moved = 0 if limits.visits or draw.random() < 0.7 else draw.choice([-1, 1])
            if work is not left and first + moved >= 0 and last + moved < weeks:
                kept[work.ref] = (first + moved, last + moved)
        if len(kept) != len(limits.works) - 1:
            continue
        search = CalendarSearch(replace(limits, kept=kept), 0.0)
        search._known[peak, weeks] = found
        mine = search._keeping(peak, weeks, kept, len(kept))
        alone = WeekModel(replace(limits, kept=kept), peak, weeks, len(kept)).solve(60)
        assert (mine is None) == (alone is None), number
        answers[mine is not None] += 1
        assert mine is None or all(mine.span(ref) == span for ref, span in kept.items())
    assert min(answers.values()) >= 10


def test_what_is_known_to_be_impossible_is_not_searched_again() -> None:
    for number in range(deep(40, 300)):
        limits, peak = packed(number)
        search = CalendarSearch(limits)
        weeks = search.earliest(peak).finish
        assert search.within(peak, weeks) is None
        before = search.effort
        assert search.within(peak, weeks) is search.within(peak - 1, weeks) is None
        assert search.effort == before


def test_how_far_a_search_goes_is_counted_and_not_timed() -> None:
    """As much on every machine, busy or not, however many questions it is for."""
    searched = 0
    for number in range(120):
        case, weeks, most = drawn(number)
        first, again = CalendarSearch(limits_of(case)), CalendarSearch(limits_of(case))
        found = first.best(weeks, most)
        assert again.best(weeks, most) == found
        assert again.effort == first.effort
        if first.effort < EFFORT:
            searched += 1
            with pytest.raises(UndecidedError):
                CalendarSearch(limits_of(case), 0.0).best(weeks, most)
    assert searched > 5


def test_more_orders_than_can_be_kept_are_left_to_the_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five units of five lengths: each is finished or not, which makes 32 states."""
    limits = Limits(tuple(UnitLeft(f"u{n}", n, n) for n in range(2, 7)), 1)
    for most, told in ((32, True), (31, False)):
        monkeypatch.setattr(list_scheduling, "MOST_STATES", most)
        assert (list_scheduling.one_after_another(limits, 1) is not None) == told


def one_at_a_time() -> Iterator[tuple[int, Limits]]:
    """A year of 280 hours in units of sizes as they come, one open at a time."""
    for every in (1, 4):
        hours = (50, 40, 40, 30, 30, 30, 20, 20, 10, 10)
        works = tuple(UnitLeft(f"u{place}", amount, 4) for place, amount in enumerate(hours))
        yield every, Limits(works, 1, None if every == 1 else tuple(range(every - 1, 400, every)))


def test_one_open_unit_at_a_time_is_decided_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """At seven hours the units take 8+6+6+5+5+5+4+4+4+4 = 51 weeks, at six 9+7+7+5+5+5+4+4+4+4 = 54."""

    def refuse(*_: object) -> Weeks | None:
        raise UndecidedError

    monkeypatch.setattr(WeekModel, "solve", refuse)
    found = {}
    for every, limits in one_at_a_time():
        lowest = CalendarSearch(limits).lowest_peak(52, 168)
        assert lowest is not None
        found[every] = lowest.peak
    # With a visit every fourth week each takes whole months: at eight hours 8+8+8 and seven times 4 are 52, at
    # seven the three of 30 hours take 8 as well.
    assert found == {1: 7, 4: 8}


def test_hours_fill_their_spans_where_that_can_be() -> None:
    works = (UnitLeft("a", 6, 1), UnitLeft("b", 4, 1))
    found = filled({"a": (0, 2), "b": (1, 2)}, works, 4)
    assert found is not None
    assert found.by_week == (4, 4, 2)
    assert filled({"a": (0, 2), "b": (1, 2)}, works, 3) is None
    assert filled({"a": (0, 0), "b": (1, 2)}, works, 5) is None


GOOD = Weeks({"a": (0, (2, 1)), "b": (2, (1, 1))})
TERMS = Limits((UnitLeft("a", 3, 2), UnitLeft("b", 2, 2, frozenset({"a"}))), 1, (1, 3))


def test_a_calendar_that_keeps_every_limit_passes_its_audit() -> None:
    assert audited(GOOD, TERMS, 2, 4) is GOOD


@pytest.mark.parametrize(
    ("found", "limits", "peak", "weeks"),
    [
        (GOOD, TERMS, 1, 4),
        (GOOD, TERMS, 2, 3),
        (GOOD, replace(TERMS, visits=(1, 4)), 2, 4),
        (Weeks({"a": (0, (2, 1))}), TERMS, 2, 4),
        (Weeks({"a": (0, (3,)), "b": (2, (1, 1))}), TERMS, 3, 4),
        (Weeks({"a": (0, (2, 0, 1)), "b": (3, (1, 1))}), replace(TERMS, visits=None), 2, 5),
        (Weeks({"a": (0, (2, 1)), "b": (1, (1, 1))}), replace(TERMS, visits=None, open_units=2), 3, 4),
        (
            Weeks({"a": (2, (2, 1)), "b": (2, (1, 1))}),
            replace(TERMS, visits=None, works=(UnitLeft("a", 3, 2), UnitLeft("b", 2, 2))),
            3,
            4,
        ),
        (Weeks({"a": (0, (2, 2)), "b": (2, (1, 1))}), TERMS, 2, 4),
    ],
)
def test_a_calendar_that_breaks_a_limit_does_not_pass(
    found: Weeks, limits: Limits, peak: int, weeks: int
) -> None:
    with pytest.raises(DisagreementError):
        audited(found, limits, peak, weeks)


def test_units_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        _ = Limits((UnitLeft("a", 3, 2, frozenset({"b"})), UnitLeft("b", 2, 2, frozenset({"a"}))), 1).in_order
