"""The pool answers as the solver and the oracle do, or says that it cannot tell."""

from __future__ import annotations

import gc
import random
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner import Bound, Choice, DisagreementError, Qualification, Unit
from planner.cohort import listing, minimal_selections
from planner.cohort.minimal_selections import Best, NoBest, Pool, pool_of
from planner.planning.diagnosis import Diagnosis
from planner.planning.solve import answer
from planner.records.wishes import Wishes, closed_units, default_goals
from planner.rules.rule import WAYS
from tests import explore_oracle, oracle, strategies
from tests.oracle import RuleDict
from tests.strategies import Asked, Small, at_least, deep, numbered, of_hours

SETTINGS = settings(
    max_examples=deep(50, 150), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
GOALS = ("glh", "units", "fit")
SECONDS = 10.0


@pytest.fixture(scope="module")
def real_pool(real: Qualification) -> Pool:
    """The pool of the qualification that ships with the package."""
    return known_pool(real)


def known_pool(qualification: Qualification) -> Pool:
    """The pool of a qualification that has one."""
    found = pool_of(qualification)
    assert found is not None
    return found


def as_wishes(asked: Asked, goals: Sequence[str] = ("glh", "units"), tasks: Sequence[str] = ()) -> Wishes:
    """Drawn wishes as the planner's."""
    pins, excludes, held = (frozenset(refs) for refs in (asked["pin"], asked["exclude"], asked["held"]))
    return Wishes(pins, excludes, held, tuple(goals), tuple(tasks))


def at_most(number: int, refs: Collection[str], name: str = "limit", weight: int = 1) -> Bound:
    """At most so many of the units count, or less where each weighs more."""
    return Bound(name, name, dict.fromkeys(refs, weight), at_most=number)


def assert_answers_as_the_solver(qualification: Qualification, wishes: Wishes) -> str:
    """The pool gives the solver's plan, or its conflicts and what the offer lacks; returns the status."""
    known, plan = known_pool(qualification), answer(qualification, wishes)
    best = known.best(wishes)
    if isinstance(best, Best):
        assert (plan.status, plan.units, plan.new_glh) == ("optimal", best.units, best.new_glh), wishes
    else:
        assert best is NoBest.INFEASIBLE, wishes
        assert plan.status == "infeasible", wishes
        assert known.outside_offer(wishes) == plan.outside_offer, wishes
        conflicts = known.conflicts(wishes, SECONDS)
        assert conflicts is not None, wishes
        assert (conflicts.listed, conflicts.complete) == (plan.conflicts, plan.conflicts_complete), wishes
    return plan.status


# The minimal selections.


def test_the_real_qualification_has_so_many_minimal_selections_all_valid_and_minimal(real_pool: Pool) -> None:
    assert len(real_pool) == 36_406
    selections = list(real_pool)
    assert len(set(selections)) == len(selections)
    hours = [sum(oracle.ROWS[ref].glh for ref in chosen) for chosen in selections]
    assert hours == sorted(hours)
    for chosen in random.Random(1).sample(selections, 1_000):
        assert not oracle.broken_rules(chosen)
        assert all(oracle.broken_rules(set(chosen) - {ref}) for ref in chosen)


def test_no_minimal_selection_of_exactly_28_credits_is_missing(real_pool: Pool) -> None:
    # Whoever drops a unit of exactly 28 credits has too few: all 10,010 of them are minimal.
    exactly_28 = Counter(
        sum(oracle.ROWS[ref].glh for ref in chosen)
        for chosen in real_pool
        if sum(oracle.ROWS[ref].credits for ref in chosen) == 28
    )
    assert exactly_28 == oracle.selections_of_exactly_28_credits()


def coverable(small: Small) -> bool:
    """Whether each rule is a sum of positive weights that does not speak of held units."""
    return all(
        rule["kind"] == "bound" and not rule["held_only"] and min(rule["weights"].values(), default=1) > 0
        for rule in small.rules
    )


@st.composite
def covered(draw: st.DrawFn) -> Small:
    """A small qualification that has a pool: bounds of positive weights, over all units half of the time."""
    drawn = draw(strategies.small_jobs())
    rules: list[RuleDict] = []
    for rule in drawn.rules:
        while rule["kind"] == "choice":
            rule = rule["of"][0]
        weights = {ref: abs(weight) for ref, weight in rule["weights"].items()}
        rules.append({**rule, "id": f"r{len(rules)}", "weights": weights, "held_only": False})
    return Small(drawn.units, rules, drawn.tasks)


@SETTINGS
@given(strategies.small_qualifications())
def test_a_pool_is_there_where_every_rule_is_a_sum_of_positive_weights_and_only_there(small: Small) -> None:
    assert (pool_of(small.qualification()) is not None) == coverable(small)


@SETTINGS
@given(covered())
def test_the_minimal_selections_are_those_of_brute_force(small: Small) -> None:
    accepted = oracle.accepted(small.refs, small.rules)
    minimal = {chosen for chosen in accepted if not any(fewer < chosen for fewer in accepted)}
    listed = [frozenset(chosen) for chosen in known_pool(small.qualification())]
    assert len(listed) == len(minimal)
    assert set(listed) == minimal


# The best plan.


@settings(SETTINGS, max_examples=deep(83, 250))
@given(covered(), st.data())
def test_the_best_plan_is_that_of_brute_force_or_not_covered(small: Small, data: st.DataObject) -> None:
    qualification = small.qualification()
    known = known_pool(qualification)
    for _ in range(3):
        asked = data.draw(strategies.wishes(small.refs, contradictory=True))
        tasks = data.draw(st.lists(st.sampled_from(sorted(small.tasks)), unique=True)) if small.tasks else []
        goals = data.draw(st.lists(st.sampled_from(GOALS), unique=True))
        wishes = as_wishes(asked, goals, tasks)
        grows = "units" in goals or ("glh" in goals and all(unit["glh"] for unit in small.units))
        found = known.best(wishes)
        assert known.covers(wishes) == grows
        if not grows:
            assert found is NoBest.NOT_COVERED
            continue
        evidence = {ref for task in tasks for ref in small.tasks[task]}
        request = explore_oracle.Request(
            small.units, small.rules, goals, asked["pin"], asked["exclude"], asked["held"], evidence
        )
        plans = explore_oracle.ranked(request)
        if plans:
            assert found == Best(tuple(sorted(plans[0].counted)), explore_oracle.hours(request, plans[0]))
        else:
            assert found is NoBest.INFEASIBLE


@settings(SETTINGS, max_examples=deep(33, 100))
@given(covered(), st.data())
def test_small_answers_are_the_solvers_with_all_conflicts_and_what_the_offer_lacks(
    small: Small, data: st.DataObject
) -> None:
    qualification = small.qualification()
    for _ in range(3):
        asked = data.draw(strategies.wishes(small.refs, contradictory=True))
        offer = data.draw(st.none() | st.sets(st.sampled_from(small.refs)))
        closed = closed_units(qualification, offer, asked["held"])
        assert_answers_as_the_solver(qualification, replace(as_wishes(asked), closed=closed))


def real_wishes(rng: random.Random, qualification: Qualification, kind: int) -> Wishes:
    """Wishes of one of six kinds: few, with a job, many held, crowded, many excluded, a small offer."""
    sizes = [(0, 1, 2, 3), (0, 1, 2, 3), (0, 3, 10), (0, 3, 6, 14), (0, 8, 14), (0, 1, 2)][kind]
    asked = strategies.random_wishes(rng, list(qualification.by_ref), sizes)
    done = rng.sample(sorted(qualification.tasks), rng.randint(1, 4)) if kind in (1, 3) else []
    offer = rng.sample(sorted(qualification.by_ref), rng.randint(12, 36)) if kind == 5 else None
    closed = closed_units(qualification, offer, asked["held"])
    return replace(as_wishes(asked, default_goals(qualification, done), done), closed=closed)


def test_random_requests_are_answered_as_the_solver_does(real: Qualification) -> None:
    rng = random.Random(5106)
    statuses = Counter(
        (number % 6, assert_answers_as_the_solver(real, real_wishes(rng, real, number % 6)))
        for number in range(deep(210, 702))
    )
    assert all(
        statuses[kind, status] >= deep(1, 3) for kind in range(6) for status in ("optimal", "infeasible")
    ), statuses


def test_more_random_requests_have_the_oracles_hours(real_pool: Pool) -> None:
    rng = random.Random(600)
    found: Counter[bool] = Counter()
    for _ in range(deep(500, 1_500)):
        asked = strategies.random_wishes(rng, list(oracle.ROWS))
        best = real_pool.best(as_wishes(asked))
        expected = oracle.least_hours_and_units(asked["pin"], asked["exclude"], asked["held"])
        found[expected is None] += 1
        if expected is None:
            assert best is NoBest.INFEASIBLE, asked
            continue
        assert isinstance(best, Best), asked
        assert (best.new_glh, len(set(best.units) - set(asked["held"]))) == expected, asked
        assert not oracle.broken_rules(best.units), asked
    assert min(found.values()) >= deep(60, 200)


def test_of_equal_plans_the_pool_chooses_the_oracles(real_pool: Pool) -> None:
    rng = random.Random(13)
    for _ in range(40):
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 2, 5))
        best = real_pool.best(as_wishes(asked, ("units", "glh")))
        expected = oracle.canonical_plan(("units", "glh"), asked["pin"], asked["exclude"], asked["held"])
        assert (list(best.units) if isinstance(best, Best) else None) == expected, asked


def test_every_order_of_the_goals_has_the_solvers_plan(real: Qualification) -> None:
    rng = random.Random(28)
    for number in range(60):
        wishes = real_wishes(rng, real, 1)
        goals = rng.sample(GOALS, 1 + number % 3)
        if "glh" in goals or "units" in goals:
            assert_answers_as_the_solver(real, replace(wishes, goals=tuple(goals)))


def test_a_held_unit_counts_where_it_can_and_gives_way_to_a_pin(real: Qualification) -> None:
    # C1 holds F/502/4396 and L/601/1225: of two held ones that with more credits counts, of one held and
    # one pinned the pinned one.
    for wishes in (
        Wishes(held=frozenset({"F/502/4396", "L/601/1225"})),
        Wishes(pins=frozenset({"F/502/4396"}), held=frozenset({"L/601/1225", "J/502/4299", "M/502/4300"})),
        Wishes(pins=frozenset({"F/502/4396"}), held=frozenset({"F/502/4396", "L/601/1225"})),
    ):
        assert assert_answers_as_the_solver(real, wishes) == "optimal"


def test_held_units_in_each_others_way_in_a_cap_of_several_are_chosen_as_the_solver_does() -> None:
    refs = numbered(6)
    rules = [
        at_least(2, refs),
        Bound("few", "few", {ref: 1 + n % 3 for n, ref in enumerate(refs)}, at_most=5),
    ]
    qualification = of_hours([5, 4, 3, 3, 2, 2], rules)
    rng = random.Random(3)
    for _ in range(60):
        asked = strategies.random_wishes(rng, refs, sizes=(0, 1, 2))
        asked["held"] = rng.sample(refs, rng.randint(0, 6))
        assert_answers_as_the_solver(qualification, as_wishes(asked))


def test_of_held_units_that_bar_each_other_the_one_a_rule_needs_counts() -> None:
    # U00 has more credits, but only U01 meets the rule.
    few = of_hours([3, 2, 1], [at_least(1, ["U01"]), at_most(1, ["U00", "U01"])])
    qualification = replace(few, units=(replace(few.units[0], credits=9), *few.units[1:]))
    wishes = Wishes(held=frozenset({"U00", "U01"}))
    assert known_pool(qualification).best(wishes) == Best(("U01",), 0)
    assert_answers_as_the_solver(qualification, wishes)


# What is not covered.


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(goals=("credits", "glh")),
        Wishes(goals=("strategies", "glh")),
        Wishes(goals=("changes", "glh"), keep=frozenset({"H/600/9660"})),
        Wishes(goals=("fit",), tasks=("telesales",)),
        Wishes(goals=()),
        Wishes(survive=1),
        Wishes(held=frozenset({"H/600/9660"}), closed=frozenset({"H/600/9660"})),
    ],
)
def test_such_wishes_are_left_to_the_solver(real_pool: Pool, wishes: Wishes) -> None:
    assert not real_pool.covers(wishes)
    assert real_pool.best(wishes) is NoBest.NOT_COVERED


def test_least_hours_alone_is_not_covered_where_a_unit_has_none() -> None:
    qualification = of_hours([0, 3, 4], [at_least(1, numbered(3))])
    assert not known_pool(qualification).covers(Wishes(goals=("glh",)))
    assert known_pool(qualification).best(Wishes(goals=("glh", "units"))) == Best(("U00",), 0)


def test_too_many_held_units_in_each_others_way_are_left_to_the_solver(
    real_pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = Wishes(held=frozenset({"F/502/4396", "L/601/1225"}))
    assert isinstance(real_pool.best(wishes), Best)
    monkeypatch.setattr(minimal_selections, "MOST_CONTESTED", 1)
    assert real_pool.best(wishes) is NoBest.NOT_COVERED


REFS = numbered(3)


@pytest.mark.parametrize(
    "rule",
    [
        Choice("either", "either", (at_least(1, REFS), at_least(2, REFS, "two"))),
        Bound("needs", "needs", {REFS[0]: 1, REFS[1]: -1}, at_least=0),
        Bound("held", "held", {REFS[0]: 1}, at_least=1, held=frozenset(WAYS)),
    ],
)
def test_a_rule_of_another_kind_leaves_no_pool(rule: Bound | Choice) -> None:
    assert pool_of(of_hours([1, 2, 3], [at_least(1, REFS)])) is not None
    assert pool_of(of_hours([1, 2, 3], [at_least(1, REFS), rule])) is None


def test_a_qualification_of_more_than_64_units_has_no_pool_and_one_of_64_has_its_plan() -> None:
    assert pool_of(of_hours([1] * 65, [at_least(65, numbered(65))])) is None
    # The first ref is the highest bit of all: U00 is compared as the greatest number there is.
    qualification = of_hours([2] * 64, [at_least(1, numbered(64))])
    assert known_pool(qualification).best(Wishes()) == Best(("U00",), 2)
    assert_answers_as_the_solver(qualification, Wishes(held=frozenset({"U63"}), excludes=frozenset({"U01"})))


@pytest.mark.parametrize("limit", ["MOST_SETS", "MOST_NODES"])
def test_a_qualification_of_too_many_minimal_selections_has_no_pool(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, limit, 50)
    assert pool_of(of_hours([1] * 8, [at_least(4, numbered(8))])) is None  # 70 of them
    assert pool_of(of_hours([1] * 6, [at_least(3, numbered(6))])) is not None  # 20 of them


@pytest.mark.parametrize(("glh", "credits"), [(-1, 1), (2**30, 1), (1, 0)])
def test_a_unit_of_impossible_figures_leaves_no_pool(glh: int, credits: int) -> None:
    qualification = of_hours([1, 2, 3], [at_least(1, REFS)])
    first, *others = qualification.units
    changed = replace(first, glh=glh, credits=credits)
    assert pool_of(replace(qualification, units=(changed, *others))) is None


def test_rules_that_cannot_be_met_leave_every_request_impossible() -> None:
    for rule in (at_least(4, REFS), at_most(-1, REFS), at_most(-1, ())):
        qualification = of_hours([1, 2, 3], [rule])
        assert len(known_pool(qualification)) == 0
        assert_answers_as_the_solver(qualification, Wishes(pins=frozenset({"U01"})))


@pytest.mark.parametrize("scale", [1, 3])
def test_hours_beyond_the_narrow_numbers_are_as_exact(scale: int) -> None:
    # In all 16,666 and 49,998 hours, both more than the 16,384 up to which two bytes are enough.
    refs = numbered(5)
    hours = [scale * each for each in (3_667, 3_334, 3_333, 3_170, 3_162)]
    qualification = of_hours(hours, [at_least(2, refs), at_most(4, refs)])
    rng = random.Random(16)
    for _ in range(30):
        asked = strategies.random_wishes(rng, refs, sizes=(0, 1, 2))
        assert_answers_as_the_solver(qualification, as_wishes(asked))
    everything_but_one = Wishes(pins=frozenset(refs[:4]))
    assert assert_answers_as_the_solver(qualification, everything_but_one) == "optimal"


@pytest.mark.parametrize("total", [2**14 - 1, 2**14, 2**14 + 1, 2**30 - 1])
def test_hours_at_the_limits_of_the_numbers_are_as_exact(total: int) -> None:
    # Two bytes hold up to 2**14 - 1 and the mark of what is impossible, which is 2**14 there, together.
    hours = [total - 10, 4, 3, 2, 1]
    qualification = of_hours(hours, [at_least(2, numbered(5)), at_most(4, numbered(5))])
    answers = Counter(
        assert_answers_as_the_solver(qualification, Wishes(frozenset(pins), frozenset(excludes)))
        for pins, excludes in (
            ((), ()),
            (("U00",), ()),
            (("U00", "U01", "U02", "U03"), ()),  # all but the last hour
            (("U00",), ("U01", "U02", "U03", "U04")),
            ((), ("U01", "U02", "U03")),
        )
    )
    assert answers == {"optimal": 4, "infeasible": 1}
    everything = of_hours(hours, [at_least(5, numbered(5))])
    assert known_pool(everything).best(Wishes()) == Best(tuple(numbered(5)), total)


def test_weights_too_large_for_sums_over_arrays_leave_no_pool() -> None:
    rules = [at_least(1, REFS), at_most(2 * 10**9, REFS, weight=10**9)]
    qualification = of_hours([3, 2, 1], rules)
    pinned = Wishes(pins=frozenset({"U00", "U01"}))
    assert assert_answers_as_the_solver(qualification, pinned) == "optimal"
    assert assert_answers_as_the_solver(qualification, replace(pinned, pins=frozenset(REFS))) == "infeasible"
    assert pool_of(of_hours([3, 2, 1], [at_least(1, REFS), at_most(2**61, REFS, weight=2**60)])) is None


def test_counting_bits_by_bytes_gives_the_same_plans(
    real_pool: Pool, real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(2)
    requests = [real_wishes(rng, real, 1) for _ in range(30)]
    expected = [real_pool.best(wishes) for wishes in requests]
    monkeypatch.delattr(np, "bitwise_count", raising=False)  # as in NumPy before 2.0
    assert [real_pool.best(wishes) for wishes in requests] == expected


# Conflicts.


def test_conflicts_already_known_need_no_solver(real: Qualification, monkeypatch: pytest.MonkeyPatch) -> None:
    qualification = replace(real)  # whose pool knows nothing yet
    known = known_pool(qualification)
    email, internet = frozenset({"J/502/4299", "M/502/4300"}), frozenset({"A/502/4297", "T/502/4296"})
    first = known.conflicts(Wishes(pins=email | internet), SECONDS)
    assert first is not None
    assert [conflict.pins for conflict in first.listed] == [tuple(sorted(internet)), tuple(sorted(email))]

    def no_solver(*_: object) -> Diagnosis:
        raise AssertionError("asked the solver")

    monkeypatch.setattr(minimal_selections, "diagnose", no_solver)
    again = known.conflicts(Wishes(pins=email | {"H/600/9660"}, excludes=frozenset({"L/503/0394"})), SECONDS)
    assert again is not None
    assert again.listed == first.listed[1:]
    with pytest.raises(AssertionError, match="asked the solver"):
        known.conflicts(Wishes(excludes=frozenset({"T/503/0342"})), SECONDS)


def test_of_more_than_twenty_conflicts_the_solvers_twenty_are_listed() -> None:
    # 5 of 7 units are needed: any 3 left out are a conflict, 35 in all.
    refs = numbered(7)
    qualification = of_hours([1] * 7, [at_least(5, refs)])
    wishes = Wishes(excludes=frozenset(refs))
    conflicts = known_pool(qualification).conflicts(wishes, SECONDS)
    assert conflicts is not None
    assert (len(conflicts.listed), conflicts.complete) == (20, False)
    assert_answers_as_the_solver(qualification, wishes)


def test_more_conflicts_than_are_looked_for_here_are_left_to_the_solver() -> None:
    refs = numbered(8)
    # 5 of 8: any 4 left out, 70 conflicts.
    assert (
        known_pool(of_hours([1] * 8, [at_least(5, refs)])).conflicts(
            Wishes(excludes=frozenset(refs)), SECONDS
        )
        is None
    )
    # All 13 units are needed: 13 conflicts of one wish each.
    refs = numbered(13)
    assert (
        known_pool(of_hours([1] * 13, [at_least(13, refs)])).conflicts(
            Wishes(excludes=frozenset(refs)), SECONDS
        )
        is None
    )


def test_more_corrections_than_the_solver_looks_for_are_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    # Two conflicts of three wishes each have nine corrections.
    refs = numbered(6)
    qualification = of_hours([1] * 6, [at_least(1, refs[:3]), at_least(1, refs[3:], "others")])
    wishes = Wishes(excludes=frozenset(refs))
    assert assert_answers_as_the_solver(qualification, wishes) == "infeasible"
    for most, found in ((10, True), (9, False), (8, False)):
        monkeypatch.setattr(minimal_selections, "MOST_CORRECTIONS", most)
        assert (known_pool(qualification).conflicts(wishes, SECONDS) is not None) is found


def test_a_conflict_not_decided_in_time_is_left_to_the_solver(real: Qualification) -> None:
    qualification = replace(real)  # whose pool knows nothing yet
    wishes = Wishes(excludes=frozenset({"T/503/0342"}))
    assert known_pool(qualification).conflicts(wishes, -1.0) is None
    assert known_pool(qualification).conflicts(wishes, SECONDS) is not None


def test_forgotten_conflicts_are_found_again(real: Qualification, monkeypatch: pytest.MonkeyPatch) -> None:
    qualification = replace(real)
    requests = [
        Wishes(pins=frozenset(pair), closed=frozenset(closed))
        for pair in oracle.BARRED.values()
        for closed in ((), ("H/600/9660",), ("K/503/0385",))
    ]
    expected = [known_pool(qualification).conflicts(wishes, SECONDS) for wishes in requests]
    monkeypatch.setattr(minimal_selections, "MOST_KNOWN", 1)
    assert [known_pool(qualification).conflicts(wishes, SECONDS) for wishes in requests] == expected
    assert len(known_pool(qualification)._memories) == 1


def test_a_conflict_that_the_solver_denies_is_never_an_answer(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    qualification = replace(real)
    monkeypatch.setattr(minimal_selections, "diagnose", lambda *_: Diagnosis((), True, (), True))
    with pytest.raises(DisagreementError, match="not to the solver"):
        known_pool(qualification).conflicts(Wishes(excludes=frozenset({"T/503/0342"})), SECONDS)


# The pool itself.


def test_threads_that_ask_at_once_get_one_pool(real: Qualification) -> None:
    qualification = replace(real)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: pool_of(qualification), range(8)))
    assert len(set(map(id, found))) == 1


def test_a_pool_goes_with_its_qualification() -> None:
    qualification = of_hours([1, 2, 3], [at_least(1, REFS)])
    known = known_pool(qualification)
    assert known.qualification is qualification
    del qualification
    gc.collect()
    with pytest.raises(ReferenceError, match="the qualification of this pool is gone"):
        _ = known.qualification


def test_a_qualification_without_units_or_rules_has_the_empty_plan() -> None:
    unit = Unit(ref="U00", title="U00", group="A", level=2, credits=1, glh=1)
    for units in ((), (unit,)):
        qualification = Qualification("x", "x", "x", date(2026, 1, 1), units, ())
        assert known_pool(qualification).best(Wishes()) == Best((), 0)
        assert known_pool(qualification).best(Wishes(held=frozenset(qualification.by_ref))) == Best(
            tuple(qualification.by_ref), 0
        )
