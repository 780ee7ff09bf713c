"""The model by itself: empty rules, refused rules, time limits. Its goals: `test_wide_objectives`."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

import planner
from planner import Bound, Choice, DisagreementError
from planner import model as model_module
from planner.model import Model, Stage
from tests.strategies import at_least, numbered, of_hours

# Empty rules: CP-SAT drops an empty sum, and with it the rule.


def held_only(at_least: int | None, at_most: int | None) -> Bound:
    """A bound on units already achieved."""
    return Bound("held", "held", {"U00": 1, "U01": 1}, at_least, at_most, held_only=True)


def test_a_rule_about_held_units_that_nothing_held_can_satisfy_is_infeasible() -> None:
    model = Model(numbered(2), [held_only(1, None).given(())])
    assert model.solve({}).decision == "infeasible"
    assert model.selections({}) == set()
    answer = planner.plan(of_hours([1, 1], [held_only(1, None)]))
    assert answer.status == "infeasible"
    assert [rule.id for rule in answer.conflicts[0].rules] == ["held"]


def test_a_rule_about_held_units_that_nothing_held_satisfies_is_no_obstacle() -> None:
    model = Model(numbered(2), [held_only(None, 1).given(()), held_only(0, 0).given(())])
    assert model.solve({}).decision == "optimal"
    assert len(model.selections({})) == 4
    assert planner.plan(of_hours([1, 1], [held_only(None, 1)])).status == "optimal"


def test_an_empty_rule_inside_a_choice_is_false_or_true_and_not_dropped() -> None:
    never, always = held_only(1, None).given(()), held_only(None, 1).given(())
    other = at_least(2, numbered(2))
    assert Model(numbered(2), [Choice("c", "c", (never, other))]).selections({}) == {frozenset(numbered(2))}
    assert len(Model(numbered(2), [Choice("c", "c", (always, other))]).selections({})) == 4
    assert Model(numbered(2), [Choice("c", "c", (never, never))]).selections({}) == set()


def test_a_rule_about_held_units_counts_those_held_only() -> None:
    # One of the two held units must count; U00 alone is held, so it must, though U01 costs less.
    answer = planner.plan(of_hours([5, 1], [held_only(1, None)]), held=["U00"])
    assert (answer.status, answer.units, answer.new_glh) == ("optimal", ("U00",), 0)


def test_a_rule_that_is_switched_off_need_not_hold() -> None:
    contradictory = [at_least(2, numbered(2), "both"), Bound("one", "one", {"U00": 1, "U01": 1}, at_most=1)]
    model = Model(numbered(2), contradictory, switchable=True)
    assert model.solve({}).decision == "infeasible"
    assert model.solve({}, off=["one"]).counted == {"U00", "U01"}
    assert len(model.solve({}, [Stage("units", {"U00": -1, "U01": -1})], off=["both"]).counted) == 1
    assert model.solve({}).decision == "infeasible"


# What a rule refuses to be.


def test_a_bound_refuses_a_weight_of_zero() -> None:
    with pytest.raises(ValueError, match="weight of zero"):
        Bound("b", "b", {"U00": 1, "U01": 0}, at_least=1)


def test_a_bound_refuses_limits_that_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="at least 2, at most 1"):
        Bound("b", "b", {"U00": 1}, at_least=2, at_most=1)
    Bound("b", "b", {"U00": 1}, at_least=2, at_most=2)


def test_a_bound_refuses_to_have_no_limit() -> None:
    with pytest.raises(ValueError, match="no limit"):
        Bound("b", "b", {"U00": 1})


@pytest.mark.parametrize("asked", [-1, 0, 3])
def test_a_choice_refuses_to_ask_for_no_rule_or_for_more_than_it_has(asked: int) -> None:
    with pytest.raises(ValueError, match=f"asks for {asked} of 2 rules"):
        Choice("c", "c", (at_least(1, ["U00"]), at_least(1, ["U01"])), at_least=asked)


def test_a_choice_refuses_to_be_empty() -> None:
    with pytest.raises(ValueError, match="asks for 1 of 0 rules"):
        Choice("c", "c", ())


# Time limits: undecided is never impossible.


def test_without_time_the_model_is_undecided() -> None:
    model = Model(numbered(2), [at_least(1, numbered(2))])
    outcome = model.solve({}, [Stage("units", {"U00": 1, "U01": 1})], seconds=0)
    assert (outcome.decision, outcome.counted, outcome.values) == ("unknown", frozenset(), {})
    assert model.solve({}).decision == "optimal"


@pytest.mark.parametrize("exclude", [[], ["D/503/0352"]])
def test_without_time_a_plan_claims_nothing(exclude: list[str]) -> None:
    answer = planner.plan(planner.load(), exclude=exclude, seconds=0)
    assert answer.status == "unknown"
    assert not answer.found
    assert (answer.units, answer.findings, answer.goals, answer.conflicts) == ((), (), (), ())
    assert (answer.glh, answer.new_glh, answer.credits) == (None, None, None)


def run_out_of_time_after(solves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's clock stands still for so many solves and then runs away."""
    ticks = itertools.chain([0.0] * (1 + solves), itertools.count(100.0, 100.0))
    monkeypatch.setattr(model_module, "time", SimpleNamespace(monotonic=lambda: next(ticks)))


def test_an_impossible_request_is_undecided_where_its_conflict_is(monkeypatch: pytest.MonkeyPatch) -> None:
    run_out_of_time_after(1, monkeypatch)
    answer = planner.plan(planner.load(), exclude=["D/503/0352"])
    assert (answer.status, answer.conflicts, answer.units) == ("unknown", (), ())


def test_goals_of_a_pack_solved_in_time_are_proven_though_the_order_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The first pack holds hours and number, the second the end of the canonical order.
    small = of_hours([10] * 70, [at_least(1, numbered(70))])
    run_out_of_time_after(1, monkeypatch)
    answer = planner.plan(small)
    assert answer.status == "feasible"
    assert len(answer.units) == 1
    assert [(goal.id, goal.value, goal.bound, goal.proven) for goal in answer.goals] == [
        ("glh", 10, 10, True),
        ("units", 1, 1, True),
    ]
    assert not answer.conflicts


def test_goals_not_reached_in_time_are_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    # Hours this wide fill a pack of their own: of the number of units nothing is known but the plan's own.
    refs = numbered(3)
    wide = of_hours([2**58, 2**58, 10], [at_least(1, refs)])
    run_out_of_time_after(1, monkeypatch)
    answer = planner.plan(wide)
    assert answer.status == "feasible"
    assert answer.units == ("U02",)
    assert [(goal.id, goal.value, goal.bound, goal.proven) for goal in answer.goals] == [
        ("glh", 10, 10, True),
        ("units", 1, 0, False),
    ]


def test_a_model_the_solver_refuses_is_a_disagreement() -> None:
    model = Model(["U00"], [at_least(1, ["U00"])])
    model.any_of("either", ["U00"])
    with pytest.raises(DisagreementError, match="refused the model"):
        model.solve({}, [Stage("too wide", {"U00": 2**62, "either": 2**62})])
