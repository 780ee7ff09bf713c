"""All minimal conflicts and all minimal repairs, each verified, none missing without saying so."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable
from math import comb

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import planner
from planner import Conflict, Plan, Qualification, Repair
from planner.planning.diagnosis import MOST
from tests import explore_oracle, oracle, strategies
from tests.explore_oracle import Request
from tests.strategies import Small, deep

SETTINGS = settings(
    max_examples=deep(66, 200),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

FIVE_PINS = ("J/502/4299", "M/502/4300", "A/502/4378", "F/502/4379", "L/601/0933")
EIGHT_EXCLUSIONS = (
    "D/503/0352",  # mandatory
    "J/503/0426",
    "K/503/0385",
    "K/503/0421",
    "L/503/0394",
    "L/503/0413",
    "H/503/0403",
    "D/601/1522",
)
"""Two barred pairs, a mandatory unit and six of the seven units of group B."""


def named(pins: Iterable[str], excludes: Iterable[str]) -> frozenset[str]:
    """Wishes by name."""
    return frozenset([*(f"pin {ref}" for ref in pins), *(f"exclude {ref}" for ref in excludes)])


def conflict_names(conflict: Conflict) -> frozenset[str]:
    """The wishes of a conflict by name."""
    return named(conflict.pins, conflict.excludes)


def repair_names(repair: Repair) -> frozenset[str]:
    """The wishes a repair gives up by name."""
    return named(repair.unpin, repair.allow)


def rule_ids(conflict: Conflict) -> list[str]:
    """The ids of the rules a conflict cites."""
    return [rule.id for rule in conflict.rules]


def assert_in_order(answer: Plan) -> None:
    """The cheapest repairs come first; nothing is listed twice, too much or without reason."""
    order = [(r.cost, len(r.unpin) + len(r.allow), r.unpin, r.allow) for r in answer.repairs]
    assert order == sorted(order)
    conflicts = [conflict_names(conflict) for conflict in answer.conflicts]
    repairs = [repair_names(repair) for repair in answer.repairs]
    assert len(set(conflicts)) == len(conflicts) <= MOST == 20
    assert len(set(repairs)) == len(repairs) <= MOST
    for conflict in answer.conflicts:
        assert list(conflict.pins) == sorted(conflict.pins)
        assert list(conflict.excludes) == sorted(conflict.excludes)


def assert_all_listed(answer: Plan, request: Request) -> tuple[int, int]:
    """Conflicts and repairs are those of brute force, or the flag says that some are missing."""
    assert answer.status == "infeasible"
    assert not answer.units
    assert_in_order(answer)
    conflicts, repairs = explore_oracle.conflicts(request), explore_oracle.repairs(request)
    listed = {conflict_names(conflict) for conflict in answer.conflicts}
    mended = {repair_names(repair) for repair in answer.repairs}
    if not repairs:  # no wish given up helps: the rules alone cannot be met
        assert listed == {frozenset()}
        assert (mended, answer.conflicts_complete, answer.repairs_complete) == (set(), True, True)
    else:
        assert listed <= conflicts
        assert mended <= repairs
        assert answer.conflicts_complete == (listed == conflicts) == (len(conflicts) <= MOST)
        assert answer.repairs_complete == (mended == repairs) == (len(repairs) <= MOST)
    hours = {names: _hours_after(request, names) for names in repairs}
    for repair in answer.repairs:
        assert repair.cost == hours[repair_names(repair)]
    # Those left out are no cheaper than those listed.
    assert sorted(hours.values())[: len(answer.repairs)] == [repair.cost for repair in answer.repairs]
    assert len(answer.repairs) == min(len(repairs), MOST)
    return len(listed), len(mended)


def _hours_after(request: Request, names: Collection[str]) -> int:
    after = explore_oracle.given_up(request, names)
    return explore_oracle.hours(after, explore_oracle.ranked(after)[0])


def assert_cited(answer: Plan, request: Request) -> None:
    """The rules of each conflict clash with its wishes, and would not without any one of them."""
    for conflict in answer.conflicts:
        names, cited = conflict_names(conflict), rule_ids(conflict)
        assert explore_oracle.clash(request, names, cited), conflict
        assert len(set(cited)) == len(cited)
        for name in cited:
            assert not explore_oracle.clash(request, names, set(cited) - {name}), (conflict, name)


@SETTINGS
@given(strategies.small_jobs(most_rules=2), st.data())
def test_all_conflicts_and_repairs_of_small_ones_are_those_of_brute_force(
    small: Small, data: st.DataObject
) -> None:
    asked = data.draw(strategies.asked_more(small, most_losses=0, contradictory=True, crowded=True))
    request = strategies.as_request(small, asked)
    answer = planner.plan(small.qualification(), **asked)
    if explore_oracle.ranked(request):
        assert answer.status == "optimal"
        assert (answer.conflicts, answer.repairs) == ((), ())
        assert answer.conflicts_complete
        assert answer.repairs_complete
        return
    assert_all_listed(answer, request)
    assert_cited(answer, request)


@SETTINGS
@given(strategies.small_jobs(most_rules=1), st.data())
def test_conflicts_and_repairs_of_plans_that_survive_losses_are_those_of_brute_force(
    small: Small, data: st.DataObject
) -> None:
    asked = data.draw(strategies.asked_more(small, crowded=True))
    asked["survive"] = data.draw(st.integers(1, 2))
    request = strategies.as_request(small, asked)
    answer = planner.plan(small.qualification(), **asked)
    if explore_oracle.ranked(request):
        assert answer.status == "optimal"
        return
    event("infeasible")
    assert_all_listed(answer, request)
    assert_cited(answer, request)
    surviving = f"survive {asked['survive']}"
    for conflict in answer.conflicts:
        # Where the rules alone clash with the wishes the losses are not blamed as well.
        every_rule = {rule["id"] for rule in small.rules}
        needed = not explore_oracle.clash(request, conflict_names(conflict), every_rule)
        if needed:
            assert surviving in rule_ids(conflict)


def test_infeasible_requests_are_drawn_often_enough() -> None:
    seen: Counter[str] = Counter()

    @settings(SETTINGS, max_examples=200)
    @given(strategies.small_jobs(most_rules=2), st.data())
    def count(small: Small, data: st.DataObject) -> None:
        asked = data.draw(strategies.asked_more(small, most_losses=0, contradictory=True, crowded=True))
        request = strategies.as_request(small, asked)
        if not explore_oracle.ranked(request):
            seen["infeasible"] += 1
            seen["several conflicts"] += len(explore_oracle.conflicts(request)) > 1
            seen["rules alone"] += not explore_oracle.repairs(request)

    count()
    assert seen["infeasible"] >= 40
    assert seen["several conflicts"] >= 15
    assert seen["rules alone"] >= 5


def test_requests_that_only_fail_for_the_losses_are_drawn_often_enough() -> None:
    seen: Counter[bool] = Counter()

    @settings(SETTINGS, max_examples=200)
    @given(strategies.small_jobs(most_rules=1), st.data())
    def count(small: Small, data: st.DataObject) -> None:
        asked = data.draw(strategies.asked_more(small, crowded=True))
        asked["survive"] = data.draw(st.integers(1, 2))
        request = strategies.as_request(small, asked)
        if explore_oracle.ranked(request._replace(survive=0)):
            seen[bool(explore_oracle.ranked(request))] += 1

    count()
    assert seen[True] >= 20
    assert seen[False] >= 5


@pytest.mark.parametrize(
    ("units", "needed"), [(5, 3), (6, 3), (7, 4), (8, 3), (10, 5)], ids=lambda number: str(number)
)
def test_more_conflicts_or_repairs_than_are_listed_are_admitted(units: int, needed: int) -> None:
    # All units are left out and so many needed: any units - needed + 1 exclusions clash, and any choice of
    # `needed` units is a repair.
    refs = strategies.numbered(units)
    qualification = strategies.of_hours(range(1, units + 1), [strategies.at_least(needed, refs)])
    answer = planner.plan(qualification, exclude=refs)
    conflicts, repairs = comb(units, units - needed + 1), comb(units, needed)
    assert_in_order(answer)
    assert answer.conflicts_complete == (conflicts <= 20)
    assert answer.repairs_complete == (repairs <= 20)
    assert 1 <= len(answer.conflicts) <= min(conflicts, 20)
    assert len(answer.repairs) == min(repairs, 20)
    if repairs <= 200:
        cheapest = sorted(oracle_sums(units, needed))[:20]
        assert [repair.cost for repair in answer.repairs] == cheapest
    for conflict in answer.conflicts:
        assert not conflict.pins
        assert len(conflict.excludes) == units - needed + 1
        assert rule_ids(conflict) == ["enough"]
    for repair in answer.repairs:
        assert not repair.unpin
        assert repair.cost == sum(int(ref[1:]) + 1 for ref in repair.allow)
        assert len(repair.allow) == needed


def oracle_sums(units: int, needed: int) -> list[int]:
    """The hours of every choice of so many units of 1, 2, 3, ... hours."""
    return [
        sum(int(ref[1:]) + 1 for ref in chosen)
        for chosen in oracle.subsets(strategies.numbered(units))
        if len(chosen) == needed
    ]


def assert_verified(answer: Plan, pins: Collection[str], excludes: Collection[str]) -> None:
    """Every conflict and repair is minimal by the dynamic program, and together they prove each other complete.

    A set of wishes that holds none of the listed conflicts leaves a listed repair out, if the repairs are
    the minimal sets that share a wish with each conflict: so it can stand, and no conflict is missing.
    """
    assert answer.status == "infeasible"
    assert_in_order(answer)
    for conflict in answer.conflicts:
        names = conflict_names(conflict)
        assert names <= named(pins, excludes)
        assert _least(names) is None, conflict
        for name in names:
            assert _least(names - {name}) is not None, conflict
        cited = rule_ids(conflict)
        both = set(conflict.pins) & set(conflict.excludes)
        assert bool(cited) != bool(both)
        if cited:
            assert _least(names, cited) is None, conflict
        for rule in cited:
            assert _least(names, [other for other in cited if other != rule]) is not None, (conflict, rule)
    every = named(pins, excludes)
    for repair in answer.repairs:
        names = repair_names(repair)
        assert names <= every
        assert _least(every - names) == repair.cost, repair
        for name in names:
            assert _least(every - names | {name}) is None, (repair, name)
    if answer.conflicts_complete and answer.repairs_complete:
        conflicts = {conflict_names(conflict) for conflict in answer.conflicts}
        repairs = {repair_names(repair) for repair in answer.repairs}
        assert explore_oracle.hitting_sets(conflicts, sorted(every)) == repairs


def _least(names: Collection[str], rules: Collection[str] = oracle.RULES) -> int | None:
    kinds = [name.split(" ", 1) for name in names]
    pins = [ref for kind, ref in kinds if kind == "pin"]
    excludes = [ref for kind, ref in kinds if kind == "exclude"]
    if set(pins) & set(excludes):
        return None
    return oracle.least_hours(pins, excludes, rules=rules)


def test_five_pins_and_eight_exclusions_are_explained_completely(real: Qualification) -> None:
    answer = planner.plan(real, pin=FIVE_PINS, exclude=EIGHT_EXCLUSIONS)
    assert_verified(answer, FIVE_PINS, EIGHT_EXCLUSIONS)
    found = {conflict_names(conflict): rule_ids(conflict) for conflict in answer.conflicts}
    assert found[named(["J/502/4299", "M/502/4300"], [])] == ["barred-C2"]
    assert found[named(["A/502/4378", "F/502/4379"], [])] == ["barred-C3"]
    assert found[named([], ["D/503/0352"])] == ["mandatory"]
    assert answer.conflicts_complete
    for repair in answer.repairs:
        assert "D/503/0352" in repair.allow


def test_random_pins_and_exclusions_are_explained_completely(real: Qualification) -> None:
    rng = random.Random(58)
    group_b = [row.ref for row in oracle.ROWS.values() if row.group == "B"]
    seen: Counter[str] = Counter()
    while seen["infeasible"] < 25:
        barred = rng.sample(list(oracle.BARRED.values()), 2)
        pins = {*barred[0], rng.choice(barred[1]), *rng.sample(sorted(oracle.ROWS), 2)}
        excludes = {*rng.sample(group_b, rng.randint(4, 6)), *rng.sample(sorted(oracle.ROWS), 3)}
        answer = planner.plan(real, pin=pins, exclude=excludes)
        if answer.status == "optimal":
            continue
        seen["infeasible"] += 1
        assert_verified(answer, pins, excludes)
        seen["complete"] += answer.conflicts_complete and answer.repairs_complete
        seen["several"] += len(answer.conflicts) > 1
        seen["contradictory"] += bool(pins & excludes)
    assert seen["complete"] >= 15
    assert seen["several"] >= 15
    assert seen["contradictory"] >= 1


def test_a_repair_leads_to_the_plan_it_promises(real: Qualification) -> None:
    answer = planner.plan(real, pin=FIVE_PINS, exclude=EIGHT_EXCLUSIONS)
    for repair in answer.repairs[:5]:
        pins = set(FIVE_PINS) - set(repair.unpin)
        excludes = set(EIGHT_EXCLUSIONS) - set(repair.allow)
        then = planner.plan(real, pin=pins, exclude=excludes)
        assert (then.status, then.new_glh) == ("optimal", repair.cost)


def test_conflicts_and_repairs_are_in_words_a_learner_understands(real: Qualification) -> None:
    answer = planner.plan(real, pin=FIVE_PINS, exclude=EIGHT_EXCLUSIONS)
    for conflict in answer.conflicts:
        words = conflict.in_words(real)
        assert all(f"({ref})" in words for ref in (*conflict.pins, *conflict.excludes))
        assert all(rule.text in words for rule in conflict.rules)
    for repair in answer.repairs:
        words = repair.in_words(real)
        assert all(f"({ref})" in words for ref in (*repair.unpin, *repair.allow))
        assert words.endswith(f": {repair.cost} guided hours.")


def test_a_plan_that_cannot_survive_cites_the_wish_to_survive(real: Qualification) -> None:
    # Of group B 5+5+4 = 14 credits are left, of 12; after the loss of 5 they are 9. With any one of the four
    # left out at least 18 are left, 13 after the loss of 5 (or 21, and 14 after the loss of 7).
    excluded = ["H/503/0403", "J/503/0362", "K/503/0421", "L/503/0394"]
    assert planner.plan(real, exclude=excluded).status == "optimal"
    answer = planner.plan(real, exclude=excluded, survive=1)
    assert answer.status == "infeasible"
    assert [(c.pins, list(c.excludes), rule_ids(c)) for c in answer.conflicts] == [
        ((), excluded, ["group-b", "survive 1"])
    ]
    assert answer.conflicts_complete
    assert answer.repairs_complete
    assert {repair_names(repair) for repair in answer.repairs} == {named([], [ref]) for ref in excluded}
    for repair in answer.repairs:
        rest = set(excluded) - set(repair.allow)
        cost = explore_oracle.hours_cost()
        assert repair.cost == explore_oracle.real_least_surviving_one(cost, excludes=rest)


def test_rules_that_survive_no_loss_at_all_are_a_conflict_of_their_own() -> None:
    # Exactly one of two units counts: neither is in every selection, and the loss of both breaks the rule.
    exactly_one = planner.Bound("one", "exactly one", {"U00": 1, "U01": 1}, 1, 1)
    answer = planner.plan(strategies.of_hours([1, 2], [exactly_one]), pin=["U00"], survive=2)
    assert answer.status == "infeasible"
    assert [(rule_ids(c), c.pins, c.excludes) for c in answer.conflicts] == [(["one", "survive 2"], (), ())]
    assert (answer.repairs, answer.repairs_complete, answer.conflicts_complete) == ((), True, True)
