"""What surrounds a plan: states, prices, alternatives and swaps are those of the oracle."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import planner
from planner import Exploration, Plan, Qualification
from planner.planning import Outlook, prices
from planner.planning.explore import MOST_ALTERNATIVES
from planner.rules.goal import Stage
from planner.rules.model import Model, Outcome
from planner.rules.nearby import Between, LeastSum, Setting, least_each
from planner.rules.rule import WAYS
from tests import explore_oracle, oracle, strategies
from tests.explore_oracle import RealTables, hours_cost
from tests.strategies import AskedMore, Small, deep

SETTINGS = settings(
    max_examples=deep(66, 200),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def state_of(pin: int | None, exclude: int | None) -> str:
    """The state that follows from what is possible, where some plan is."""
    if pin is None:
        return "impossible"
    return "forced" if exclude is None else "possible"


def outlooks_of(prices: Mapping[str, tuple[int | None, int | None]]) -> dict[str, Outlook]:
    """The oracle's prices in the planner's words."""
    found = {}
    for ref, (pin, exclude) in prices.items():
        state = state_of(pin, exclude)
        assert state in ("forced", "possible", "impossible")
        found[ref] = Outlook(ref, state, pin, exclude)  # type: ignore[arg-type]
    return found


def assert_no_plan(found: Exploration) -> None:
    """Nothing surrounds a plan that does not exist, but its conflicts."""
    assert found.best.status == "infeasible"
    assert found.best.conflicts
    assert (found.units, found.alternatives, found.frontier) == ((), (), ())


def real_prices(
    pins: Sequence[str], excludes: Sequence[str], held: Sequence[str]
) -> dict[str, tuple[int | None, int | None]]:
    """The prices of all units of the real qualification by the dynamic program."""
    tables = RealTables(hours_cost(held), pins, excludes)
    best = tables.least
    assert best is not None
    return {
        ref: (None if pin is None else pin - best, None if exclude is None else exclude - best)
        for ref, (pin, exclude) in tables.with_each().items()
    }


def test_the_two_dynamic_programs_of_the_oracle_agree() -> None:
    rng = random.Random(93)
    for _ in range(6):
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 3, 6))
        pins, excludes, held = asked["pin"], asked["exclude"], asked["held"]
        tables = RealTables(hours_cost(held), pins, excludes)
        assert tables.least == oracle.least_hours(pins, excludes, held)
        if tables.least is None:
            continue
        for ref, (pin, exclude) in tables.with_each().items():
            assert pin == oracle.least_hours({*pins, ref}, excludes, held), (asked, ref)
            assert exclude == oracle.least_hours(pins, {*excludes, ref}, held), (asked, ref)


def test_the_oracle_lists_as_many_selections_as_it_counts() -> None:
    listed = list(RealTables(hours_cost()).selections(up_to=116))
    assert Counter(hours for _, hours in listed) == oracle.selections_by_hours(up_to=116)
    assert len({chosen for chosen, _ in listed}) == 614
    assert not any(oracle.broken_rules(chosen) for chosen, _ in listed)


def test_without_wishes_a_pin_costs_0_to_23_hours_and_five_exclusions_cost_any(real: Qualification) -> None:
    found = planner.explore(real)
    assert [unit.ref for unit in found.units] == list(oracle.ROWS)
    assert {unit.state for unit in found.units} == {"forced", "possible"}
    pins = [unit.pin_price for unit in found.units]
    assert all(price is not None and 0 <= price <= 23 for price in pins)
    assert max(price for price in pins if price is not None) == 23
    assert [unit.ref for unit in found.units if unit.exclude_price] == [
        ref for ref in oracle.ROWS if ref in found.best.units and ref not in oracle.MANDATORY
    ]
    assert sum(1 for unit in found.units if unit.exclude_price) == 5
    forced = [unit for unit in found.units if unit.state == "forced"]
    assert [(unit.ref, unit.pin_price, unit.exclude_price) for unit in forced] == [
        (ref, 0, None) for ref in oracle.MANDATORY
    ]


def test_without_wishes_seven_plans_are_within_five_hours_of_the_best(real: Qualification) -> None:
    found = planner.explore(real, within=5)
    assert [plan.new_glh for plan in found.alternatives] == [93, 96, 98, 98, 98, 98, 98]
    assert found.complete
    assert found.alternatives[0].units == found.best.units
    assert {frozenset(plan.units) for plan in found.alternatives} == {
        chosen for chosen, _ in RealTables(hours_cost()).selections(up_to=98)
    }
    only = planner.explore(real)
    assert ([plan.units for plan in only.alternatives], only.complete) == ([found.best.units], True)


def test_prices_and_states_are_the_oracles_under_random_wishes(real: Qualification) -> None:
    rng = random.Random(39)
    seen: Counter[str] = Counter()
    answered = 0
    while answered < 100:
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 2, 4, 8, 12))
        found = planner.explore(real, **asked)
        if oracle.least_hours(asked["pin"], asked["exclude"], asked["held"]) is None:
            assert_no_plan(found)
            continue
        answered += 1
        assert dict(found.by_ref) == outlooks_of(real_prices(**_renamed(asked))), asked
        seen.update(unit.state for unit in found.units)
        seen.update("dear" for unit in found.units if unit.pin_price or unit.exclude_price)
    assert min(seen[name] for name in ("forced", "possible", "impossible", "dear")) >= 100


def _renamed(asked: strategies.Asked) -> dict[str, list[str]]:
    return {"pins": asked["pin"], "excludes": asked["exclude"], "held": asked["held"]}


def test_prices_are_the_hours_of_the_plans_that_fit_the_job_best(real: Qualification) -> None:
    rng = random.Random(28)
    answered = 0
    while answered < 20:
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 2, 4))
        tasks = rng.sample(sorted(real.tasks), rng.randint(1, 5))
        evidence = set(real.evidence(tasks))
        cost = explore_oracle.fit_cost(evidence, asked["held"])
        tables = RealTables(cost, asked["pin"], asked["exclude"])
        if tables.least is None:
            continue
        answered += 1
        least = tables.least
        found = planner.explore(real, **asked, tasks=tasks, within=3)
        assert [(goal.id, goal.value) for goal in found.best.goals[:2]] == [
            ("fit", least // 10_000),
            ("glh", least % 10_000),
        ]
        prices = {
            ref: tuple(None if value is None else value % 10_000 - least % 10_000 for value in values)
            for ref, values in tables.with_each().items()
        }
        assert {u.ref: (u.pin_price, u.exclude_price) for u in found.units} == prices, (asked, tasks)
        if found.complete:
            assert {frozenset(plan.new_units) for plan in found.alternatives} == {
                chosen - set(asked["held"]) for chosen, _ in tables.selections(up_to=least + 3)
            }, (asked, tasks)


def test_alternatives_are_the_oracles_under_random_wishes(real: Qualification) -> None:
    rng = random.Random(98)
    answered = 0
    while answered < 40:
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 2, 3))
        tables = RealTables(hours_cost(asked["held"]), asked["pin"], asked["exclude"])
        if tables.least is None:
            continue
        within = rng.randint(0, 4)
        expected = {
            chosen - set(asked["held"]): cost
            for chosen, cost in tables.selections(up_to=tables.least + within)
        }
        if len(expected) > 60:
            continue
        answered += 1
        found = planner.explore(real, **asked, within=within)
        assert found.complete
        listed = [frozenset(plan.new_units) for plan in found.alternatives]
        assert len(set(listed)) == len(listed)
        assert {new: expected.get(new) for new in listed} == expected, (asked, within)
        hours = [plan.new_glh for plan in found.alternatives]
        assert hours == [expected[new] for new in listed]
        assert hours == sorted(expected.values())


def test_a_list_of_alternatives_cut_short_says_so_and_has_the_best(real: Qualification) -> None:
    found = planner.explore(real, within=20)
    every = sorted(cost for _, cost in RealTables(hours_cost()).selections(up_to=93 + 20))
    assert len(every) > MOST_ALTERNATIVES == 200
    assert not found.complete
    assert [plan.new_glh for plan in found.alternatives] == every[:MOST_ALTERNATIVES]


@SETTINGS
@given(strategies.small_jobs(), st.data())
def test_prices_and_states_are_those_of_brute_force(small: Small, data: st.DataObject) -> None:
    qualification = small.qualification()
    asked = data.draw(strategies.asked_more(small, goals=False))
    _compare_outlooks(qualification, small, asked)


@SETTINGS
@given(strategies.small_jobs(), st.data())
def test_prices_follow_the_order_of_the_goals(small: Small, data: st.DataObject) -> None:
    qualification = small.qualification()
    asked = data.draw(strategies.asked_more(small, goals=True))
    _compare_outlooks(qualification, small, asked)


@SETTINGS
@given(strategies.small_jobs(), st.data())
def test_prices_of_plain_wishes_are_those_of_brute_force(small: Small, data: st.DataObject) -> None:
    # The commonest request: no job, nothing to keep, the default goals.
    plain = data.draw(strategies.wishes(small.refs))
    asked: AskedMore = {**plain, "goals": None, "tasks": [], "keep": [], "survive": 0}
    _compare_outlooks(small.qualification(), small, asked)


@SETTINGS
@given(strategies.small_jobs(), st.data())
def test_prices_that_only_the_solver_settles_are_those_of_brute_force(
    small: Small, data: st.DataObject
) -> None:
    plain = data.draw(strategies.wishes(small.refs))
    survive = data.draw(st.sampled_from([0, 0, 1]))
    asked: AskedMore = {**plain, "goals": None, "tasks": [], "keep": [], "survive": survive}
    known = data.draw(st.booleans())

    def vaguely(*asked: Any) -> dict[Setting, LeastSum]:
        """No more than what is impossible, and limits that are true but leave everything open."""
        found = {} if not known else least_each(*asked)
        return {
            setting: limits and Between(limits.at_least - 1, limits.at_most)
            for setting, limits in found.items()
        }

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prices, "least_each", vaguely)
        _compare_outlooks(small.qualification(), small, asked)


def _compare_outlooks(qualification: Qualification, small: Small, asked: AskedMore) -> None:
    found = planner.explore(qualification, **asked)
    request = strategies.as_request(small, asked)
    plans = explore_oracle.ranked(request)
    event("a plan" if plans else "no plan")
    if not plans:
        assert_no_plan(found)
        return
    assert strategies.as_chosen(found.best) == plans[0]
    assert [unit.ref for unit in found.units] == small.refs
    assert dict(found.by_ref) == outlooks_of(explore_oracle.prices(request))
    for ref in asked["pin"]:
        assert found.by_ref[ref] == Outlook(ref, "forced", 0, None)
    for ref in asked["exclude"]:
        assert found.by_ref[ref] == Outlook(ref, "impossible", None, 0)


def test_requests_with_a_plan_are_drawn_often_enough() -> None:
    plans: Counter[bool] = Counter()

    @settings(SETTINGS, max_examples=150)
    @given(strategies.small_jobs(), st.data())
    def count(small: Small, data: st.DataObject) -> None:
        request = strategies.as_request(small, data.draw(strategies.asked_more(small)))
        plans[len(explore_oracle.ranked(request)) > 1] += 1

    count()
    assert plans[True] >= 40


@SETTINGS
@given(strategies.small_jobs(most_rules=2), st.data())
def test_alternatives_are_those_of_brute_force_in_the_order_of_the_goals(
    small: Small, data: st.DataObject
) -> None:
    asked = data.draw(strategies.asked_more(small))
    within = data.draw(st.integers(0, 12))
    found = planner.explore(small.qualification(), **asked, within=within)
    request = strategies.as_request(small, asked)
    if not explore_oracle.ranked(request):
        assert_no_plan(found)
        return
    assert found.complete
    expected = explore_oracle.alternatives(request, within)
    assert [strategies.as_chosen(plan) for plan in found.alternatives] == expected
    assert found.alternatives[0].units == found.best.units


@SETTINGS
@given(strategies.small_jobs(most_rules=3), st.data())
def test_one_more_wish_leads_to_the_plan_of_brute_force(small: Small, data: st.DataObject) -> None:
    qualification = small.qualification()
    asked = data.draw(strategies.asked_more(small, most_losses=1))
    request = strategies.as_request(small, asked)
    plans = explore_oracle.ranked(request)
    if not plans:
        return
    best = planner.plan(qualification, **asked)
    ref = data.draw(st.sampled_from(small.refs))
    counts = data.draw(st.booleans())
    found = planner.instead(best, ref, counts)
    then = [plan for plan in plans if ref in (plan.counted if counts else plan.planned)]
    if not counts:
        then = [plan for plan in plans if plan not in then]
    assert found.ref == ref
    if not then:
        assert (found.plan.status, found.price, found.dropped, found.added) == ("infeasible", None, (), ())
        assert found.plan.conflicts
        return
    assert strategies.as_chosen(found.plan) == then[0]
    assert found.price == explore_oracle.hours(request, then[0]) - explore_oracle.hours(request, plans[0])
    assert found.dropped == tuple(sorted(plans[0].planned - then[0].planned))
    assert found.added == tuple(sorted(then[0].planned - plans[0].planned))


def test_instead_has_the_price_of_the_exploration(real: Qualification) -> None:
    found = planner.explore(real, pin=["L/601/0933"], held=["F/502/4396"])
    for ref, unit in list(found.by_ref.items())[::4]:
        assert planner.instead(found.best, ref).price == unit.pin_price
        assert planner.instead(found.best, ref, counts=False).price == unit.exclude_price


@SETTINGS
@given(strategies.small_jobs(most_rules=3), st.data())
def test_swaps_are_the_valid_ones_and_none_is_missing(small: Small, data: st.DataObject) -> None:
    asked = data.draw(strategies.asked_more(small))
    request = strategies.as_request(small, asked)
    best = planner.plan(small.qualification(), **asked)
    if not best.found:
        return
    for ref in small.refs:
        found = [(swap.price, swap.ref) for swap in planner.swaps(best, ref)]
        assert found == sorted(found)
        if ref in best.units:
            expected = explore_oracle.swaps(request, strategies.as_chosen(best), ref)
            assert {other: price for price, other in found} == expected
            assert len(found) == len(expected)
        else:
            assert not found


def test_swaps_on_the_real_qualification_are_the_valid_ones(real: Qualification) -> None:
    best = planner.plan(real)
    for ref in best.units:
        rest = set(best.units) - {ref}
        expected = {
            (row.glh - oracle.ROWS[ref].glh, row.ref)
            for row in oracle.ROWS.values()
            if row.ref not in best.units and not oracle.broken_rules(rest | {row.ref})
        }
        assert [(swap.price, swap.ref) for swap in planner.swaps(best, ref)] == sorted(expected)
    assert not planner.swaps(best, "D/503/0352")  # mandatory
    assert planner.swaps(best, "H/600/9660")


def test_units_of_different_strategies_are_priced_apart_where_strategies_matter() -> None:
    # U00 counts, one of U01, U02, U03, one of U04, U05. All are of strategy X but U02 and U04, which are of Y.
    # One strategy: U00, U03 and U05 take 1+2+9 = 12 hours. With U01 3 more; with U02, of as many hours as
    # U01, there are two strategies anyway, and U04 takes 8 hours less than U05: 1+5+1 = 7.
    rules = [
        strategies.at_least(1, ["U00"], "first"),
        strategies.at_least(1, ["U01", "U02", "U03"], "second"),
        strategies.at_least(1, ["U04", "U05"], "third"),
    ]
    plain = strategies.of_hours([1, 5, 5, 2, 1, 9], rules)
    units = (replace(unit, strategy="Y" if unit.ref in ("U02", "U04") else "X") for unit in plain.units)
    found = planner.explore(replace(plain, units=tuple(units)), goals=["strategies", "glh"])
    assert found.best.new_glh == 12
    assert [(unit.ref, unit.pin_price) for unit in found.units] == [
        ("U00", 0),
        ("U01", 3),
        ("U02", -5),
        ("U03", 0),
        ("U04", -8),
        ("U05", 0),
    ]


def test_a_unit_that_only_somebody_who_holds_nothing_needs_is_not_forced() -> None:
    # U00 counts, or the unit held does; and U00 or U01 counts. Who holds U02 can do without U00, for 4 hours.
    either = planner.Choice(
        "either",
        "U00, or what is held",
        (
            strategies.at_least(1, ["U00"], "first"),
            planner.Bound("held", "U02 held", {"U02": 1}, at_least=1, held=frozenset(WAYS)),
        ),
    )
    rules: list[planner.Rule] = [either, strategies.at_least(1, ["U00", "U01"])]
    found = planner.explore(strategies.of_hours([5, 9, 1], rules), held=["U02"])
    assert found.best.new_glh == 5
    assert found.by_ref["U00"] == Outlook("U00", "possible", 0, 4)


@pytest.mark.parametrize("goals", [[], ["units"], ["credits"], ["strategies"], ["credits", "units"]])
def test_goals_without_the_hours_leave_possible_what_is_possible(goals: list[str]) -> None:
    # At least one of two units counts: nothing is forced, nothing impossible, whatever is best.
    qualification = strategies.of_hours([5, 9, 1], [strategies.at_least(1, ["U00", "U01"])])
    found = planner.explore(qualification, goals=goals)
    # Where the number of units does not matter the first sorted list does, and U01 is taken before U02:
    # with U01 [U00, U01] of 14 hours, with U02 [U00, U01, U02] of 15; without U00 [U01] in any case.
    first_list = goals in ([], ["strategies"])
    assert found.best.units == ("U00",)
    assert found.units == (
        Outlook("U00", "possible", 0, 4),
        Outlook("U01", "possible", 9 if first_list else 4, 0),
        Outlook("U02", "possible", 10 if first_list else 1, 0),
    )


def test_an_exploration_leaves_no_trace_in_the_answers_that_follow() -> None:
    # Without hours there is nothing to limit; the plans already listed must not stay forbidden.
    qualification = strategies.of_hours([0, 0, 0], [strategies.at_least(1, ["U00", "U01"])])
    before = planner.plan(qualification)
    # All hours are equal: fewest units come first, then the first sorted list.
    assert [plan.units for plan in planner.explore(qualification).alternatives] == [
        ("U00",),
        ("U01",),
        ("U00", "U01"),
        ("U00", "U02"),
        ("U01", "U02"),
        ("U00", "U01", "U02"),
    ]
    again = planner.plan(qualification)
    assert (again.status, again.units) == (before.status, before.units)


def test_who_holds_every_unit_can_be_answered_again_and_again() -> None:
    fresh = planner.load()
    for _ in range(2):
        found = planner.explore(fresh, held=fresh.by_ref)
        assert (found.best.status, found.best.new_glh, len(found.alternatives)) == ("optimal", 0, 1)
        assert planner.plan(fresh).new_glh == 93


def test_an_infeasible_exploration_has_conflicts_and_repairs_and_nothing_else(real: Qualification) -> None:
    found = planner.explore(real, pin=["J/502/4299", "M/502/4300"], within=5)
    assert_no_plan(found)
    said = found.to_json()
    assert said["status"] == "infeasible"
    assert (said["units"], said["alternatives"]) == ([], [])
    assert said["conflicts"] == [
        {"rules": ["barred-C2"], "pins": ["J/502/4299", "M/502/4300"], "excludes": []}
    ]
    assert said["conflicts_complete"]
    assert [(repair["unpin"], repair["allow"]) for repair in said["repairs"]] == [
        ([ref], [])
        for ref in sorted(
            ("J/502/4299", "M/502/4300"),
            key=lambda given_up: (
                oracle.least_hours(
                    pins={"J/502/4299", "M/502/4300"} - {given_up},
                )
                or 0
            ),
        )
    ]


def test_the_json_of_an_exploration_is_as_promised(real: Qualification) -> None:
    said = planner.explore(real, pin=["L/601/0933"], within=1).to_json()
    assert said["status"] == "optimal"
    assert said["qualification"]["id"] == "600/5106/1"
    assert {tuple(unit) for unit in said["units"]} == {("ref", "state", "pin_price", "exclude_price")}
    assert {tuple(plan) for plan in said["alternatives"]} == {("units", "spare", "new_glh", "credits")}
    for plan in said["alternatives"]:
        assert plan["new_glh"] == sum(oracle.ROWS[ref].glh for ref in plan["units"])
        assert plan["credits"] == sum(oracle.ROWS[ref].credits for ref in plan["units"])
    assert said["complete"] is True
    assert "frontier" not in said


def test_an_exploration_without_wishes_asks_the_solver_for_little_but_the_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[Sequence[Stage]] = []
    solve = Model.solve

    def counted(
        model: Model, fixed: Mapping[str, bool], stages: Sequence[Stage] = (), *rest: object, **named: object
    ) -> Outcome:
        calls.append(stages)
        return solve(model, fixed, stages, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Model, "solve", counted)
    found: Plan = planner.explore(planner.load()).best
    assert found.new_glh == 93
    assert 1 <= len(calls) <= 4
