"""The models by themselves: empty rules, refused rules, requests one after the other, time limits, counts.

The goals of plans: `test_wide_objectives`.
"""

from __future__ import annotations

import itertools
import random
from types import SimpleNamespace
from typing import Any

import pytest
from ortools.sat.python.cp_model import CpSolver

import planner
from planner import Bound, Choice, DisagreementError
from planner.rules import model as model_module
from planner.rules.goal import Stage
from planner.rules.model import Alike, Model, Outcome, switch
from planner.rules.rule import WAYS
from tests.enumeration import selections
from tests.strategies import at_least, numbered, of_hours

# Empty rules: CP-SAT drops an empty sum, and with it the rule.


def held_only(at_least: int | None, at_most: int | None) -> Bound:
    """A bound on units already achieved."""
    return Bound("held", "held", {"U00": 1, "U01": 1}, at_least, at_most, held=frozenset(WAYS))


def test_a_rule_about_held_units_that_nothing_held_can_satisfy_is_infeasible() -> None:
    model = Model(numbered(2), [held_only(1, None).given(())])
    assert model.solve({}).decision == "infeasible"
    assert selections(model, {}) == set()
    answer = planner.plan(of_hours([1, 1], [held_only(1, None)]))
    assert answer.status == "infeasible"
    assert [rule.id for rule in answer.conflicts[0].rules] == ["held"]


def test_a_rule_about_held_units_that_nothing_held_satisfies_is_no_obstacle() -> None:
    model = Model(numbered(2), [held_only(None, 1).given(()), held_only(0, 0).given(())])
    assert model.solve({}).decision == "optimal"
    assert len(selections(model, {})) == 4
    assert planner.plan(of_hours([1, 1], [held_only(None, 1)])).status == "optimal"


def test_an_empty_rule_inside_a_choice_is_false_or_true_and_not_dropped() -> None:
    never, always = held_only(1, None).given(()), held_only(None, 1).given(())
    other = at_least(2, numbered(2))
    assert selections(Model(numbered(2), [Choice("c", "c", (never, other))]), {}) == {frozenset(numbered(2))}
    assert len(selections(Model(numbered(2), [Choice("c", "c", (always, other))]), {})) == 4
    assert selections(Model(numbered(2), [Choice("c", "c", (never, never))]), {}) == set()


def test_a_rule_about_held_units_counts_those_held_only() -> None:
    # One of the two held units must count; U00 alone is held, so it must, though U01 costs less.
    answer = planner.plan(of_hours([5, 1], [held_only(1, None)]), held=["U00"])
    assert (answer.status, answer.units, answer.new_glh) == ("optimal", ("U00",), 0)


def test_a_rule_that_is_switched_off_need_not_hold() -> None:
    contradictory = [at_least(2, numbered(2), "both"), Bound("one", "one", {"U00": 1, "U01": 1}, at_most=1)]
    model = Model(numbered(2), contradictory, ["both", "one"])
    assert model.solve({}).decision == "infeasible"
    assert model.solve({}, off=["one"]).counted == {"U00", "U01"}
    assert len(model.solve({}, [Stage("units", {"U00": -1, "U01": -1})], off=["both"]).counted) == 1
    assert model.solve({}).decision == "infeasible"


def test_only_switchable_rules_have_switches() -> None:
    rules = [at_least(1, numbered(2), "one"), at_least(2, numbered(2), "two")]
    assert Model(numbered(2), rules).switches == frozenset()
    assert Model(numbered(2), rules, ["two"]).switches == {"two"}
    assert Model(numbered(2), rules, ["one", "two"]).switches == {"one", "two"}


def test_a_switch_the_solver_may_turn_off_is_told_apart_from_those_that_are_off() -> None:
    # "both" clashes with "one", and "none" with both of them: two of the three have to go.
    rules = [
        at_least(2, numbered(2), "both"),
        Bound("one", "one", {"U00": 1, "U01": 1}, at_least=1, at_most=1),
        Bound("none", "none", {"U00": 1, "U01": 1}, at_most=0),
    ]
    model = Model(numbered(2), rules, ["both", "one", "none"])
    assert model.solve({}, free=["one", "none"]).off == {"one", "none"}
    assert model.solve({}, off=["both", "one"]).off == {"both", "one"}
    assert model.solve({}, off=["both", "none"]).off == {"both", "none"}
    # Most switches left on, "both" worth more than the two others together.
    keep = Stage("keep", {switch("both"): -3, switch("one"): -1, switch("none"): -1})
    outcome = model.solve({}, [keep], free=["both", "one", "none"])
    assert outcome.decision == "optimal"
    assert (set(outcome.off), dict(outcome.values)) == ({"one", "none"}, {"keep": -3})
    assert model.solve({}).decision == "infeasible"


def test_a_rule_for_several_switches_holds_while_all_of_them_are_on() -> None:
    model = Model(numbered(2), [])
    model.require(at_least(2, numbered(2)), switches=["this", "that"])
    assert model.switches == {"this", "that"}
    assert model.solve({"U00": False}).decision == "infeasible"
    assert model.solve({"U00": False}, off=["this"]).decision == "optimal"
    assert model.solve({"U00": False}, off=["that"]).decision == "optimal"
    assert model.solve({"U00": False}, free=["that"]).off == {"that"}


ONE = ["U00"], ["U01"], ["U02"]
TWO = ["U00", "U01"], ["U00", "U02"], ["U01", "U02"]


@pytest.mark.parametrize(
    ("lost", "low", "most", "kept"),
    [
        (0, 1, None, [*ONE, *TWO, numbered(3)]),
        (1, 1, None, [*TWO, numbered(3)]),
        (1, 2, None, [numbered(3)]),
        (2, 1, None, [*ONE, numbered(3)]),  # where one is there two cannot be lost
        (3, 1, None, []),
        (1, 0, 1, [[], *ONE, *TWO, numbered(3)]),
        (1, 1, 1, [*TWO, numbered(3)]),
    ],
)
def test_a_second_selection_keeps_the_rules_with_what_a_loss_leaves(
    lost: int, low: int, most: int | None, kept: list[list[str]]
) -> None:
    rule = Bound("some", "", dict.fromkeys(numbered(3), 1), low, most)
    model = Model(numbered(3), [])
    model.require_beside([rule], [Alike(numbered(3), 0, [], numbered(3), lost, most is None)])
    assert selections(model, {}) == {frozenset(counted) for counted in kept}


def test_a_second_selection_has_what_is_there_in_any_case_and_cannot_be_lost() -> None:
    # U00 is held, U01 sure, U02 may be lost; the first selection is not bound by the rule.
    for low, kept in ((1, [[], *ONE, *TWO, numbered(3)]), (2, [["U01"], *TWO[::2], numbered(3)]), (3, [])):
        model = Model(numbered(3), [])
        model.require_beside([at_least(low, numbered(3))], [Alike(numbered(3), 1, ["U01"], ["U02"], 1, True)])
        assert selections(model, {}) == {frozenset(counted) for counted in kept}


def test_a_second_selection_is_asked_for_while_its_switches_are_on() -> None:
    model = Model(numbered(2), [at_least(1, numbered(2), "some")], ["some"])
    model.require(Bound("survive", "", {}, at_least=0), switches=["survive"])
    kind = Alike(numbered(2), 0, [], numbered(2), 1, True)
    model.require_beside([at_least(1, numbered(2), "some")], [kind], ["survive"])
    assert model.solve({"U00": False}).decision == "infeasible"
    assert model.solve({"U00": False}, off=["survive"]).counted == {"U01"}
    assert model.solve({"U00": False, "U01": False}, off=["some"]).decision == "optimal"


# What a request leaves behind: nothing.


def test_what_one_request_fixes_is_free_in_the_next() -> None:
    model = Model(numbered(2), [at_least(1, numbered(2))])
    most = Stage("most", {"U00": -1, "U01": -1})
    assert model.solve({"U00": False}, [most]).counted == {"U01"}
    assert model.solve({"U01": False}, [most]).counted == {"U00"}
    assert model.solve({"U01": True, "U00": False}, [most]).counted == {"U01"}
    assert model.solve({}, [most]).counted == {"U00", "U01"}


def test_the_goals_of_one_request_are_no_goals_of_the_next() -> None:
    refs = numbered(4)
    model = Model(refs, [at_least(1, refs)])
    assert model.solve({}, [Stage("units", dict.fromkeys(refs, 1))]).values == {"units": 1}
    assert model.solve({}, [Stage("last", {"U03": -1, "U00": 2})]).values == {"last": -1}
    assert model.solve({"U00": True}, [Stage("units", {"U00": 5, "U01": 1})]).values == {"units": 5}
    assert model.solve({}).values == {}
    assert len(selections(model, {})) == 15


def test_stages_that_a_solve_settles_are_open_in_the_next() -> None:
    # Two stages too wide for one pack: the first is settled by a constraint, of this solve only.
    model = Model(numbered(2), [at_least(1, numbered(2))])
    stages = [Stage("hours", {"U00": 2**40, "U01": 2**41}), Stage("order", {"U00": -(2**30), "U01": 2**30})]
    assert model.solve({}, stages).counted == {"U00"}
    assert model.solve({}, stages[::-1]).values == {"order": -(2**30), "hours": 2**40}
    assert model.solve({"U00": False}, stages).values == {"hours": 2**41, "order": 2**30}
    assert len(selections(model, {})) == 3


def test_a_selection_once_forbidden_does_not_come_back() -> None:
    model = Model(numbered(2), [])
    model.forbid(["U00"], numbered(2))
    assert selections(model, {}) == {frozenset(), frozenset(["U01"]), frozenset(numbered(2))}
    # Among U01 alone, whatever becomes of U00.
    model.forbid([], ["U01"])
    assert selections(model, {}) == {frozenset(["U01"]), frozenset(numbered(2))}
    assert selections(model, {"U00": False}) == {frozenset(["U01"])}
    model.forbid(["U01"], ["U01"])
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


def test_without_any_time_nothing_is_known_of_a_model_in_any_respect() -> None:
    outcome = Model(numbered(2), [], ["some"]).solve({}, seconds=-1.0)
    assert outcome == Outcome("unknown", frozenset(), frozenset(), {}, {})
    assert Outcome("infeasible") == Outcome("infeasible", frozenset(), frozenset(), {}, {})


def test_what_a_wide_objective_found_is_kept_where_a_narrow_one_has_no_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The clock lets the first search begin; with next to no effort it proves nothing and stops.
    refs = numbered(20)
    rules = [
        Bound(f"r{n}", "", {ref: 1 + (7 * i + n) % 5 for i, ref in enumerate(refs)}, 20) for n in range(4)
    ]
    stages = [Stage("hours", {ref: 10 + (13 * i) % 7 for i, ref in enumerate(refs)})]
    proven = Model(refs, rules).solve({}, stages)
    assert (proven.decision, proven.bounds) == ("optimal", proven.values)
    decisions = set()
    for effort in (0.0, 5e-5, 1e-4, 2e-4, 4e-4):
        monkeypatch.setattr(model_module, "EFFORT", effort)
        assert Model(refs, rules).solve({}, stages).values == proven.values
        run_out_of_time_after(1, monkeypatch)
        outcome = Model(refs, rules).solve({}, stages, seconds=50.0)
        monkeypatch.undo()
        decisions.add(outcome.decision)
        if outcome.decision == "unknown":
            assert outcome == Outcome("unknown")
        else:
            assert outcome.values["hours"] == sum(stages[0].weights[ref] for ref in outcome.counted)
            assert outcome.bounds["hours"] <= proven.values["hours"] <= outcome.values["hours"]
            assert all(rule.holds(sum(rule.weights[ref] for ref in outcome.counted)) for rule in rules)
            assert (outcome.bounds == outcome.values) == (outcome.decision == "optimal")
    assert "feasible" in decisions


def test_less_than_a_second_is_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_module, "time", SimpleNamespace(monotonic=lambda: 7.0))
    stage = Stage("units", {"U00": 1, "U01": 1})
    outcome = Model(numbered(2), [at_least(1, numbered(2))]).solve({}, [stage], seconds=0.9)
    assert (outcome.decision, dict(outcome.values)) == ("optimal", {"units": 1})


def test_every_search_has_one_worker_and_a_fixed_seed_leaves_ctrl_c_alone_and_no_gap_to_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []
    search = CpSolver.solve

    def told(solver: CpSolver, *question: Any) -> Any:
        parameters = solver.parameters
        seen.append(
            (
                parameters.num_workers,
                parameters.random_seed,
                parameters.catch_sigint_signal,
                parameters.absolute_gap_limit,
            )
        )
        return search(solver, *question)

    monkeypatch.setattr(CpSolver, "solve", told)
    model = Model(numbered(2), [at_least(1, numbered(2))])
    model.solve({}, [Stage("units", {"U00": 1, "U01": 1})])
    Model({"U00": (0, 2)}, [at_least(1, ["U00"])]).solve({}, [Stage("times", {"U00": 1})])
    assert seen == [(1, 0, False, 0.0)] * 2


def test_a_plan_that_becomes_impossible_while_its_order_is_settled_is_a_disagreement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = Model(numbered(2), [at_least(1, numbered(2))])
    wide = [Stage(name, {"U00": 2**40, "U01": 2**41}) for name in ("first", "second")]
    search = model._run
    decisions = iter(["optimal", "infeasible"])

    def forgetful(*question: Any) -> Any:
        search(*question)
        return next(decisions)

    monkeypatch.setattr(model, "_run", forgetful)
    with pytest.raises(DisagreementError, match=r"^the solver's own plan became impossible$"):
        model.solve({}, wide)


def test_a_model_the_solver_refuses_is_a_disagreement() -> None:
    model = Model(["U00"], [at_least(1, ["U00"])])
    model.any_of("either", ["U00"])
    with pytest.raises(DisagreementError, match=r"^the solver refused the model: .*overflow"):
        model.solve({}, [Stage("too wide", {"U00": 2**62, "either": 2**62})])


# Things that count several times.

Found = tuple[str, dict[str, int], dict[str, float], dict[str, float]]


def found(outcome: Outcome) -> Found:
    """The decision, how often each thing counts, and each stage's value and bound."""
    return outcome.decision, dict(outcome.counts), dict(outcome.values), dict(outcome.bounds)


def least(model: Model, **weights: int) -> Outcome:
    """What the model finds for one stage with these weights."""
    return model.solve({}, [Stage("s", weights)])


def test_a_thing_counts_as_often_as_its_span_allows() -> None:
    model = Model({"a": (1, 3), "b": (0, 2)}, [])
    outcome = least(model, a=1, b=1)
    assert found(outcome) == ("optimal", {"a": 1, "b": 0}, {"s": 1}, {"s": 1})
    assert outcome.counted == {"a"}
    assert found(least(model, a=-1, b=-2)) == ("optimal", {"a": 3, "b": 2}, {"s": -7}, {"s": -7})


@pytest.mark.parametrize("stages", [[], [Stage("s", {"a": 1})]])
def test_a_thing_whose_span_is_empty_is_infeasible(stages: list[Stage]) -> None:
    for span in ((3, 1), (0, -1)):
        assert Model({"a": span, "b": (0, 2)}, []).solve({}, stages) == Outcome("infeasible")


def test_a_rule_weighs_how_often_things_count() -> None:
    rule = Bound("hours", "", {"a": 3, "b": 2}, at_least=7, at_most=8)
    model = Model({"a": (0, 9), "b": (0, 9)}, [rule])
    # 3a + 2b is 7 or 8 with the fewest a: b four times; with the fewest of both: a twice, b once.
    assert least(model, a=1, b=0).counts == {"a": 0, "b": 4}
    assert least(model, a=10, b=11).counts == {"a": 2, "b": 1}
    assert least(model, a=-1, b=0).counts == {"a": 2, "b": 1}


def test_a_rule_may_weigh_sums_of_things_even_of_none() -> None:
    rules = [
        Bound("both", "", {"both": 1}, at_least=4),
        Bound("none", "", {"none": 1, "a": 1}, at_most=3),
    ]
    model = Model({"a": (0, 9), "b": (0, 9)}, rules, sums={"both": ["a", "b"], "none": []})
    assert least(model, a=1, b=2).counts == {"a": 3, "b": 1}
    assert Model({}, [rules[0]], sums={"both": []}).solve({}).decision == "infeasible"


def test_stages_are_settled_one_after_the_other_for_this_call_only() -> None:
    model = Model({"a": (0, 9), "b": (0, 9)}, [Bound("r", "", {"a": 1, "b": 1}, at_least=5)])
    few, most = Stage("few", {"a": 1, "b": 1}), Stage("most", {"a": -1})
    five = ("optimal", {"a": 5, "b": 0}, {"few": 5, "most": -5}, {"few": 5, "most": -5})
    assert found(model.solve({}, [few, most])) == five
    assert model.solve({}, [most, few]).values == {"most": -9, "few": 9}


def test_stages_too_wide_for_one_objective_are_settled_one_after_the_other() -> None:
    model = Model({"a": (-2, 7), "b": (3, 9)}, [Bound("r", "", {"a": 1, "b": 1}, at_least=5)])
    few, most = Stage("few", {"a": 2**54, "b": 2**54}), Stage("most", {"a": -(2**52), "b": 1})
    # Five in all, of which b is at least three times: a twice.
    values = {"few": 5 * 2**54, "most": 3 - 2 * 2**52}
    assert found(model.solve({}, [few, most])) == ("optimal", {"a": 2, "b": 3}, values, values)


def test_without_a_stage_any_counts_that_keep_the_rules_will_do() -> None:
    model = Model({"a": (0, 9)}, [Bound("r", "", {"a": 1}, 5, 5)])
    assert found(model.solve({})) == ("optimal", {"a": 5}, {}, {})


def test_rules_that_may_be_switched_off_are_named_and_the_others_always_hold() -> None:
    rules = [
        Bound("low", "", {"a": 1}, at_least=4),
        Bound("high", "", {"a": 1}, at_most=3),
        Bound("some", "", {"a": 1}, at_least=1),
    ]
    off = ["low", "high"]
    model = Model({"a": (0, 9)}, rules, off)
    stay_low = [Stage("on", {switch("low"): -1, switch("high"): -1}), Stage("few", {"a": 1})]
    outcome = model.solve({}, stay_low, free=off)
    assert (set(outcome.off), dict(outcome.counts)) == ({"low"}, {"a": 1})
    assert dict(outcome.values) == {"on": -1, "few": 1}
    outcome = model.solve({}, [Stage("on", {switch("low"): -2, switch("high"): -1})], free=off)
    assert (set(outcome.off), dict(outcome.values)) == ({"high"}, {"on": -2})
    assert Model({"a": (0, 9)}, rules).solve({}) == Outcome("infeasible")
    assert Model({"a": (0, 0)}, rules, off).solve({}, free=off).counts == {}


def test_the_least_sum_is_not_missed_by_one() -> None:
    rng = random.Random(1)
    for _ in range(40):
        names = [f"t{number}" for number in range(8)]
        hours = {name: rng.randint(20, 60) for name in names}
        worth = {name: rng.randint(3, 30) for name in names}
        needed = rng.randint(60, 300)
        # The least hours for so much worth, thing after thing, each counting up to three times.
        table = [0] + [10**6] * needed
        for name in names:
            table = [
                min(table[max(0, still - times * worth[name])] + times * hours[name] for times in range(4))
                for still in range(needed + 1)
            ]
        model = Model(dict.fromkeys(names, (0, 3)), [Bound("r", "", worth, at_least=needed)])
        outcome = least(model, **hours)
        assert outcome.decision == ("optimal" if table[-1] < 10**6 else "infeasible")
        assert outcome.values.get("s", 10**6) == min(table[-1], 10**6)


def test_sums_beyond_floating_point_numbers_are_least_to_the_last_digit() -> None:
    # Neighbours of 2**54 are not told apart in floating point numbers.
    pairs = [(f"a{n}", f"b{n}") for n in range(12)]
    spans = {name: (0, 1) for pair in pairs for name in pair}
    rules = [Bound(one, "", {one: 1, other: 1}, at_least=1) for one, other in pairs]
    weights = {name: 2**54 + n + (name[0] == "b") for n, pair in enumerate(pairs) for name in pair}
    outcome = least(Model(spans, rules), **weights)
    assert outcome.values == {"s": sum(weights[one] for one, _ in pairs)}
    assert outcome.bounds == outcome.values


def test_a_model_of_counts_the_solver_refuses_is_a_disagreement() -> None:
    with pytest.raises(DisagreementError, match=r"^the solver refused the model: .*overflow"):
        least(Model({"a": (0, 9)}, []), a=2**61)
