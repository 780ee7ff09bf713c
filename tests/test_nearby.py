"""The least sum with each item in and with each out is that of brute force, however short the lists."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner import Bound, Choice, Rule
from planner.rules import nearby
from planner.rules.nearby import Between, LeastSum, Setting, least_each
from planner.rules.relaxation import LimitRow, prices
from tests import oracle, strategies
from tests.strategies import Small, deep

SHORT = [(1, 2), (3, 9), (20, 60), (500, 10_000)]
"""Lengths of the first and of the longest list."""

SETTINGS = settings(
    max_examples=deep(25, 5_000),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(params=SHORT, ids=str)
def listed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of some length."""
    first, most = request.param
    monkeypatch.setattr(nearby, "FIRST_LISTED", first)
    monkeypatch.setattr(nearby, "MOST_LISTED", most)


def told(found: Mapping[Setting, LeastSum], truth: Mapping[Setting, int | None]) -> list[str]:
    """Asserts that what is found of each setting is true; how much that is, for counting."""
    seen = []
    for setting, limits in found.items():
        least = truth[setting]
        if limits is None:
            assert least is None, setting
            seen.append("impossible")
            continue
        if least is None:
            assert limits.at_most is None, setting
        else:
            assert limits.at_least <= least, setting
            assert limits.at_most is None or limits.at_most >= least, setting
        seen.append("settled" if limits.settled else "open")
    return seen


@pytest.mark.parametrize("highest", [1, 3, 2**19, 2**40])
def test_columns_have_the_same_number_where_they_are_equal_and_only_there(highest: int) -> None:
    """Narrow rows, rows too wide for their numbers to be multiplied, and so many that these grow too large."""
    draw = np.random.default_rng(highest)
    for rows in (1, 2, 5, 40):
        figures = draw.integers(-highest, highest, size=(rows, 6), endpoint=True)
        figures = figures[:, draw.integers(0, 6, size=60)]
        if rows > 1:  # columns that differ in one row alone, be it by one
            figures[draw.integers(0, rows, size=20), np.arange(20)] += 1
        _, equal = np.unique(figures, axis=1, return_inverse=True)
        _, same = np.unique(nearby._numbered(figures), return_inverse=True)
        # np.unique sorts columns in another order: the two agree if they pair off.
        pairs = set(zip(equal.ravel().tolist(), same.tolist(), strict=True))
        assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
        assert len(pairs) > 1


def test_least_sums_under_small_rules_are_those_of_brute_force(listed: None) -> None:
    seen: Counter[str] = Counter()

    @SETTINGS
    @given(strategies.small_qualifications(), st.data())
    def compare(small: Small, data: st.DataObject) -> None:
        held = frozenset(data.draw(st.sets(st.sampled_from(small.refs), max_size=2)))
        fixed = data.draw(st.dictionaries(st.sampled_from(small.refs), st.booleans(), max_size=2))
        costs = {unit["ref"]: unit["glh"] * (unit["ref"] not in held) for unit in small.units}
        accepted = [
            chosen
            for chosen in oracle.accepted(small.refs, small.rules, held)
            if all((ref in chosen) is counts for ref, counts in fixed.items())
        ]
        if not accepted:
            return

        def least(ref: str, counts: bool) -> int | None:
            sums = (sum(map(costs.__getitem__, chosen)) for chosen in accepted if (ref in chosen) is counts)
            return min(sums, default=None)

        truth = {(ref, counts): least(ref, counts) for ref in small.refs for counts in (True, False)}
        best = min(total for total in truth.values() if total is not None)
        rules = [strategies.as_rule(rule).given(held) for rule in small.rules]
        found = least_each(truth, costs, rules, fixed, best)
        assert found.keys() in (truth.keys(), set())
        seen.update(told(found, truth))

    compare()
    assert min(seen["settled"], seen["impossible"]) >= deep(15, 50), seen


def drawn(chance: random.Random) -> tuple[dict[str, int], list[Rule]]:
    """Fourteen items, many of which tie, and rules that a selection of them keeps; some tie items together."""
    refs = strategies.numbered(14)
    rate = chance.choice([0, 3])
    sizes = {ref: chance.randint(1, 5) for ref in refs}
    spread = chance.choice([0, 1, 3, 3])
    costs = {ref: rate * sizes[ref] + chance.randint(0, spread) for ref in refs}
    chosen = set(chance.sample(refs, 6))
    rules: list[Rule] = []
    for number in range(chance.randint(1, 4)):
        members = chance.sample(refs, chance.randint(6, 14))
        weights = {ref: chance.choice([sizes[ref], 1, sizes[ref], -1]) for ref in members}
        now = sum(weight for ref, weight in weights.items() if ref in chosen)
        low, high = chance.choice(
            [(now - 1, None), (now, None), (None, now + 1), (now - 1, now + 1), (now, now)]
        )
        rules.append(Bound(f"r{number}", "", weights, low, high))
    for number in range(chance.randint(0, 3)):
        one, other = chance.sample(refs, 2)
        if not {one, other} <= chosen:
            rules.append(Bound(f"barred-{number}", "", {one: 1, other: 1}, at_most=1))
    return costs, rules


def least_by_trying(costs: Mapping[str, int], rules: Sequence[Rule]) -> dict[Setting, int | None]:
    """The least sum with each item in and out: every selection is tried."""
    truth: dict[Setting, int | None] = {(ref, counts): None for ref in costs for counts in (True, False)}
    for numbers in product((0, 1), repeat=len(costs)):
        counted = dict(zip(costs, numbers, strict=True))
        if all(rule.holds(rule.measure(counted)) for rule in rules):
            total = sum(cost for ref, cost in costs.items() if counted[ref])
            for ref, number in counted.items():
                known = truth[ref, bool(number)]
                truth[ref, bool(number)] = total if known is None else min(total, known)
    return truth


def test_least_sums_of_many_ties_are_those_of_brute_force(listed: None) -> None:
    seen: Counter[str] = Counter()
    for seed in range(deep(12, 400)):
        costs, rules = drawn(random.Random(seed))
        truth = least_by_trying(costs, rules)
        best = min(total for total in truth.values() if total is not None)
        found = least_each(truth, costs, rules, {}, best)
        assert found.keys() == truth.keys()
        seen.update(told(found, truth))
    assert seen["settled"] >= 100, seen


def test_whatever_the_prices_what_is_found_is_true(listed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)

    def wrong(costs: Mapping[str, int], rows: Sequence[LimitRow]) -> list[int] | None:
        worth = prices(costs, rows) or []
        return [price * chance.randint(0, 200) // 100 for price in worth]

    monkeypatch.setattr(nearby, "prices", wrong)
    seen: Counter[str] = Counter()
    for seed in range(100, 100 + deep(12, 400)):
        costs, rules = drawn(random.Random(seed))
        truth = least_by_trying(costs, rules)
        best = min(total for total in truth.values() if total is not None)
        seen.update(told(least_each(truth, costs, rules, {}, best), truth))
    assert seen["settled"] >= 50, seen


def test_long_lists_leave_little_open() -> None:
    seen: Counter[str] = Counter()
    for seed in range(12):
        costs, rules = drawn(random.Random(seed))
        truth = least_by_trying(costs, rules)
        best = min(total for total in truth.values() if total is not None)
        seen.update(told(least_each(truth, costs, rules, {}, best), truth))
    assert seen["settled"] + seen["impossible"] >= 9 * seen["open"], seen


def test_what_rules_force_is_known_without_a_list() -> None:
    # U00 must count, so U01, barred beside it, cannot; U02 is free.
    rules: list[Rule] = [
        strategies.at_least(1, ["U00"]),
        Bound("barred", "", {"U00": 1, "U01": 1}, at_most=1),
    ]
    asked = [("U00", False), ("U00", True), ("U01", True), ("U02", True)]
    assert least_each(asked, {"U00": 4, "U01": 1, "U02": 2}, rules, {}, 4) == {
        ("U00", False): None,
        ("U00", True): Between(4, 4),
        ("U01", True): None,
        ("U02", True): Between(6, 6),
    }


def test_a_way_that_only_its_rules_together_forbid_leaves_the_others() -> None:
    refs = strategies.numbered(5)
    together = (
        strategies.at_least(2, refs[:3], "two"),
        Bound("one", "", dict.fromkeys(refs[:3], 1), at_most=1),
    )
    either = Choice(
        "either", "", (Choice("both", "", together, 2), strategies.at_least(1, refs[3:], "other"))
    )
    costs = dict(zip(refs, [1, 1, 1, 4, 6], strict=True))
    asked = [("U00", True), ("U03", False)]
    assert least_each(asked, costs, [either], {}, 4) == {
        ("U00", True): Between(5, 5),
        ("U03", False): Between(6, 6),
    }


@pytest.mark.parametrize(
    ("costs", "weight"),
    [({"U00": 1, "U01": 2**59}, 1), ({"U00": 1, "U01": 2}, 2**60)],
    ids=["cost", "weight"],
)
def test_numbers_beyond_those_of_an_array_are_left_to_the_solver(costs: dict[str, int], weight: int) -> None:
    rules = [Bound("enough", "", {"U00": weight, "U01": weight + 1}, at_least=1)]
    assert least_each([("U01", True)], costs, rules, {}, 1) == {}


def test_too_many_ways_through_choices_are_left_to_the_solver() -> None:
    refs = strategies.numbered(nearby.MOST_WAYS + 1)
    each = [strategies.at_least(1, [ref], ref) for ref in refs]
    asked, costs = [(refs[1], True)], dict.fromkeys(refs, 1)
    assert least_each(asked, costs, [Choice("all but one", "", tuple(each[1:]))], {}, 1) == {
        asked[0]: Between(1, 1)
    }
    assert least_each(asked, costs, [Choice("all", "", tuple(each))], {}, 1) == {}
