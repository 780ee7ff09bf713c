"""Conflicts are what they say: wishes that cannot stand together, and can without any one of them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner
from planner import Conflict, DisagreementError, Plan, Qualification
from planner.rules.minimal import minimal
from tests import oracle, strategies
from tests.strategies import Asked, Small, deep

SETTINGS = settings(
    max_examples=deep(66, 200),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def rule_ids(conflict: Conflict) -> list[str]:
    """The ids of the rules a conflict cites."""
    return [rule.id for rule in conflict.rules]


def without_one(refs: Sequence[str]) -> list[list[str]]:
    """The refs with one of them left out, once for each."""
    return [[*refs[:position], *refs[position + 1 :]] for position in range(len(refs))]


def assert_wishes_of(answer: Plan, asked: Asked) -> None:
    """Each conflict speaks of wishes the request has, each named once."""
    assert answer.status == "infeasible"
    assert answer.conflicts
    assert not answer.units
    for conflict in answer.conflicts:
        assert set(conflict.pins) <= set(asked["pin"])
        assert set(conflict.excludes) <= set(asked["exclude"])
        for named in (conflict.pins, conflict.excludes, rule_ids(conflict)):
            assert len(set(named)) == len(named)


def both_pinned_and_excluded(conflict: Conflict) -> bool:
    """Whether the conflict is that of one unit asked for and left out, which needs no rule."""
    if not set(conflict.pins) & set(conflict.excludes):
        return False
    assert conflict.pins == conflict.excludes
    assert len(conflict.pins) == 1
    assert not conflict.rules
    return True


def test_conflicts_on_the_real_qualification_are_minimal_by_the_oracle(real: Qualification) -> None:
    rng = random.Random(5106)
    seen = 0
    for _ in range(deep(200, 800)):
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(1, 3, 6, 12, 16))
        if oracle.least_hours(asked["pin"], asked["exclude"], asked["held"]) is not None:
            continue
        answer = planner.plan(real, **asked)
        assert_wishes_of(answer, asked)
        for conflict in answer.conflicts:
            seen += 1
            pins, excludes = conflict.pins, conflict.excludes
            assert not set(pins) & set(excludes)
            assert oracle.least_hours(pins, excludes) is None, conflict
            for fewer in without_one(pins):
                assert oracle.least_hours(fewer, excludes) is not None, conflict
            for fewer in without_one(excludes):
                assert oracle.least_hours(pins, fewer) is not None, conflict
            cited = rule_ids(conflict)
            assert oracle.least_hours(pins, excludes, rules=cited) is None, conflict
            for fewer in without_one(cited):
                assert oracle.least_hours(pins, excludes, rules=fewer) is not None, conflict
    assert seen >= deep(50, 200)


@SETTINGS
@given(strategies.small_qualifications(), st.data())
def test_conflicts_on_small_qualifications_are_minimal_by_brute_force(
    small: Small, data: st.DataObject
) -> None:
    asked = data.draw(strategies.wishes(small.refs, contradictory=True))
    held = asked["held"]

    def possible(pins: Sequence[str], excludes: Sequence[str], cited: Sequence[str] | None = None) -> bool:
        rules = [rule for rule in small.rules if cited is None or rule["id"] in cited]
        return oracle.possible(small.refs, rules, pins, excludes, held)

    answer = planner.plan(small.qualification(), **asked)
    if possible(asked["pin"], asked["exclude"]):
        assert answer.status == "optimal"
        assert not answer.conflicts
        return
    assert_wishes_of(answer, asked)
    for conflict in answer.conflicts:
        pins, excludes = conflict.pins, conflict.excludes
        assert not possible(pins, excludes)
        if both_pinned_and_excluded(conflict):
            continue
        assert all(possible(fewer, excludes) for fewer in without_one(pins))
        assert all(possible(pins, fewer) for fewer in without_one(excludes))
        cited = rule_ids(conflict)
        assert not possible(pins, excludes, cited)
        assert all(possible(pins, excludes, fewer) for fewer in without_one(cited))


@SETTINGS
@given(strategies.small_qualifications(most_rules=6), st.data())
def test_rules_that_cannot_be_met_are_cited_without_any_wish(small: Small, data: st.DataObject) -> None:
    held = data.draw(st.sets(st.sampled_from(small.refs)))
    if oracle.accepted(small.refs, small.rules, held):
        return
    # Whatever is asked for, the rules alone are the conflict.
    for pin in ([], small.refs[:1]):
        answer = planner.plan(small.qualification(), pin=pin, held=held)
        assert answer.status == "infeasible"
        for conflict in answer.conflicts:
            assert (conflict.pins, conflict.excludes) == ((), ())
            cited = rule_ids(conflict)
            assert cited
            assert not oracle.accepted(
                small.refs, [rule for rule in small.rules if rule["id"] in cited], held
            )
            for fewer in without_one(cited):
                assert oracle.accepted(
                    small.refs, [rule for rule in small.rules if rule["id"] in fewer], held
                )


def test_rules_that_cannot_be_met_are_drawn_often_enough() -> None:
    statuses: list[bool] = []

    @settings(SETTINGS, max_examples=deep(60, 400))
    @given(strategies.small_qualifications(most_rules=6))
    def count(small: Small) -> None:
        statuses.append(bool(oracle.accepted(small.refs, small.rules)))

    count()
    assert min(statuses.count(True), statuses.count(False)) >= deep(8, 80)


def test_a_unit_both_pinned_and_excluded_is_a_conflict_without_rules(real: Qualification) -> None:
    answer = planner.plan(real, pin=["H/600/9660", "K/503/0385"], exclude=["K/503/0385", "L/503/0394"])
    assert answer.status == "infeasible"
    assert answer.conflicts[0] == Conflict((), ("K/503/0385",), ("K/503/0385",))


def test_each_unit_both_pinned_and_excluded_has_a_conflict_of_its_own(real: Qualification) -> None:
    both = ("H/600/9660", "K/503/0385")
    answer = planner.plan(real, pin=both, exclude=both)
    assert set(answer.conflicts) >= {Conflict((), (ref,), (ref,)) for ref in both}


def test_a_barred_pair_pinned_together_cites_its_barred_set_only(real: Qualification) -> None:
    answer = planner.plan(real, pin=["J/502/4299", "M/502/4300", "H/600/9660"], exclude=["L/503/0394"])
    assert answer.conflicts[0].pins == ("J/502/4299", "M/502/4300")
    assert answer.conflicts[0].excludes == ()
    assert rule_ids(answer.conflicts[0]) == ["barred-C2"]


def test_a_mandatory_unit_left_out_cites_the_mandatory_rule_only(real: Qualification) -> None:
    answer = planner.plan(real, pin=["H/600/9660"], exclude=["T/503/0342", "L/503/0394"])
    assert answer.conflicts[0].pins == ()
    assert answer.conflicts[0].excludes == ("T/503/0342",)
    assert rule_ids(answer.conflicts[0]) == ["mandatory"]


def test_too_little_of_group_b_left_cites_the_group_b_rule_only(real: Qualification) -> None:
    # Group B holds 4+4+5+5+7+5+4 = 34 credits; without these five 34-25 = 9 are left, of 12.
    excluded = ["J/503/0426", "K/503/0385", "K/503/0421", "L/503/0413", "H/503/0403"]
    answer = planner.plan(real, exclude=excluded)
    assert answer.conflicts[0].pins == ()
    assert set(answer.conflicts[0].excludes) == set(excluded)
    assert rule_ids(answer.conflicts[0]) == ["group-b"]


def test_the_whole_of_group_c_may_be_left_out(real: Qualification) -> None:
    # 6 mandatory credits and the 34 of group B are 40: group C is not needed.
    group_c = [row.ref for row in oracle.ROWS.values() if row.group == "C"]
    assert planner.plan(real, exclude=group_c).status == "optimal"
    answer = planner.plan(real, exclude=[*group_c, "K/503/0421", "L/503/0394", "J/503/0362"])
    assert answer.status == "infeasible"
    for conflict in answer.conflicts:
        assert not conflict.pins
        # 34-7-5-4 = 18 credits of group B are enough for its own rule: what lacks is the total, 6+18 = 24.
        assert "total" in rule_ids(conflict)
        assert "group-b" not in rule_ids(conflict)


def test_an_item_that_clashes_with_nothing_is_not_kept() -> None:
    def clash(items: Sequence[str]) -> bool:
        return {"b", "d"} <= set(items) or {"a", "c", "d"} <= set(items)

    assert minimal("abcde", clash) == ["b", "d"]
    assert minimal("acde", clash) == ["a", "c", "d"]


def test_nothing_is_kept_where_nothing_is_needed_to_clash() -> None:
    assert minimal("abc", lambda items: True) == []


@settings(SETTINGS, max_examples=deep(66, 200))
@given(st.lists(st.frozensets(st.integers(0, 7), max_size=5), min_size=1, max_size=5))
def test_what_is_kept_clashes_and_no_longer_does_without_any_one(clashes: list[frozenset[int]]) -> None:
    def clash(items: Sequence[int]) -> bool:
        return any(together <= set(items) for together in clashes)

    kept = minimal(range(8), clash)
    assert set(kept) in [set(together) for together in clashes]
    assert not any(together < set(kept) for together in clashes)


def test_items_that_do_not_clash_at_all_are_a_disagreement() -> None:
    with pytest.raises(DisagreementError):
        minimal("ab", lambda items: False)


def test_a_clash_that_goes_away_with_more_items_is_a_disagreement() -> None:
    # Nothing clashes, "b" alone does not: so "a" is thinned out last, and then nothing at all would do.
    clashing: list[list[str]] = [[], ["a"], ["a", "b"]]
    with pytest.raises(DisagreementError):
        minimal("ab", lambda items: list(items) in clashing)


@pytest.mark.parametrize("electives", [28, 41, 80])
def test_what_exact_totals_rule_out_is_proven(electives: int) -> None:
    """12 units in all, 8 of them electives, 3 core units left: no rule alone sees it, their sums do."""
    for count in ("units", "credits"):
        qualification = strategies.exact_totals(electives, count, drop="core")
        answer = planner.plan(qualification, exclude=["C0"])
        assert answer.status == "infeasible"
        (conflict,) = answer.conflicts
        assert (rule_ids(conflict), conflict.excludes) == (["total", "electives"], ("C0",))
