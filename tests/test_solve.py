"""How a request is answered: its time, what is kept between requests, each goal's figure, what is disbelieved.

That the answers are best: `test_solver_against_oracle`, `test_repairs`, `test_wide_objectives`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

import planner
from planner import Bound, Choice, DisagreementError, Qualification, Repair, Unit
from planner.catalogue import Task
from planner.errors import UndecidedError
from planner.planning import solve as solve_module
from planner.planning.diagnosis import MOST, Correction, Diagnosis
from planner.planning.solve import PlanSearch, audited, goal_value
from planner.records import GOALS
from planner.records.wishes import Wishes
from planner.rules.goal import Stage
from planner.rules.model import Model, Outcome
from planner.rules.rule import WAYS
from tests.strategies import at_least, numbered, of_hours

ANY = Wishes()


def two_of_four() -> Qualification:
    """Two of four units, of 4, 3, 2 and 1 hours."""
    return of_hours([4, 3, 2, 1], [at_least(2, numbered(4))])


def found_by(search: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts `search` in the place of every search."""
    monkeypatch.setattr(PlanSearch, "best", lambda _, *question: search(*question))


# Time.


def limits_of(qualification: Qualification, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> set[Any]:
    """The time limits of the searches behind one plan, on a clock that stands still."""
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    limits = set()
    solve = Model.solve

    def told(
        model: Model, fixed: Any, stages: Sequence[Stage] = (), seconds: Any = None, **more: Any
    ) -> Outcome:
        limits.add(seconds)
        return solve(model, fixed, stages, seconds, **more)

    monkeypatch.setattr(Model, "solve", told)
    planner.plan(qualification, seconds=7.0, **asked)
    monkeypatch.undo()
    return limits


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"exclude": ["U00", "U01", "U02"]},
        {"offer": ["U00"]},
        {"exclude": ["U01", "U02"], "offer": ["U00"]},
        {"tasks": ["calls"]},
        {"survive": 1},
        {"survive": 2},
        {"survive": 3},
        {"survive": 2, "pin": ["U00"], "exclude": ["U01"]},
    ],
)
@pytest.mark.parametrize("most", [None, 2])
def test_no_search_of_a_request_has_more_time_than_the_request(
    asked: dict[str, Any], most: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = Task("calls", "Answer calls", {"U00": "so is it done"})
    rule = Bound("two", "two of four", dict.fromkeys(numbered(4), 1), 2, most)
    qualification = replace(of_hours([4, 3, 2, 1], [rule]), tasks={"calls": task})
    limits = limits_of(qualification, monkeypatch, **asked)
    assert all(limit is not None and 0 < limit <= 7.0 for limit in limits)
    assert 7.0 in limits


def test_a_request_has_ten_seconds_unless_it_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    seen = []

    def told(fixed: Any, stages: Any, seconds: float) -> Outcome:
        seen.append(seconds)
        return Outcome("unknown")

    found_by(told, monkeypatch)
    answer = planner.plan(two_of_four())
    assert seen == [answer.seconds] == [10.0]


def test_an_undecided_search_is_an_answer_and_no_reason_to_look_for_conflicts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found_by(lambda *_: Outcome("unknown"), monkeypatch)
    qualification = two_of_four()
    answer = planner.plan(qualification, pin=["U00"], seconds=3.0)
    assert answer.status == "unknown"
    assert answer.to_json()["reproducible"] is False
    assert answer.qualification is qualification
    assert answer.wishes == replace(ANY, pins=frozenset(["U00"]))
    assert (answer.seconds, answer.conflicts, answer.units) == (3.0, (), ())


def test_where_the_conflict_is_not_found_in_time_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    def undecided(*_: Any) -> Diagnosis:
        raise UndecidedError

    monkeypatch.setattr(solve_module, "diagnose", undecided)
    qualification = two_of_four()
    for pin, exclude in ((["U00"], ["U00"]), ([], numbered(4))):
        answer = planner.plan(qualification, pin=pin, exclude=exclude, seconds=3.0)
        assert (answer.status, answer.seconds, answer.conflicts) == ("unknown", 3.0, ())
        assert answer.qualification is qualification
        assert answer.wishes.excludes == frozenset(exclude)


def test_a_plan_not_proven_tells_the_time_it_was_given_and_a_proven_one_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert planner.plan(two_of_four(), seconds=3.0).seconds == 0.0
    assert planner.plan(two_of_four()).reproducible
    values = {"glh": 6, "units": 2}
    feasible = Outcome("feasible", frozenset(["U00", "U02"]), frozenset(), values, {"glh": 3, "units": 2})
    found_by(lambda *_: feasible, monkeypatch)
    answer = planner.plan(two_of_four(), seconds=3.0)
    assert (answer.status, answer.units, answer.seconds) == ("feasible", ("U00", "U02"), 3.0)
    assert not answer.reproducible
    assert [(goal.value, goal.bound, goal.proven) for goal in answer.goals] == [(6, 3, False), (2, 2, True)]


# Between requests.


def test_a_model_is_kept_for_the_next_request_but_not_where_an_error_came_between() -> None:
    qualification = two_of_four()
    with PlanSearch(qualification, ANY) as first, PlanSearch(qualification, ANY) as at_the_same_time:
        assert at_the_same_time.model is not first.model
    with PlanSearch(qualification, ANY) as second:
        assert second.model is first.model
        with PlanSearch(qualification, ANY) as third:
            assert third.model is at_the_same_time.model
    broken = PlanSearch(qualification, ANY)
    with pytest.raises(KeyboardInterrupt), broken:
        raise KeyboardInterrupt
    with (
        PlanSearch(qualification, ANY) as one,
        PlanSearch(qualification, ANY) as other,
        PlanSearch(qualification, ANY),
    ):
        assert broken.model not in (one.model, other.model)


@pytest.mark.parametrize(
    "asked",
    [
        {"survive": 1},
        {"goals": ["strategies", "glh"]},
        {"goals": ["credits"]},
        {"goals": []},
        {"keep": ["U00"]},
        {"held": ["U00"]},
    ],
)
def test_what_one_request_adds_to_the_rules_the_next_does_not_see(asked: dict[str, Any]) -> None:
    qualification = two_of_four()
    assert planner.plan(qualification).units == ("U02", "U03")
    first = planner.plan(qualification, **asked)
    assert first.status == "optimal"
    assert planner.plan(qualification).units == ("U02", "U03")
    assert planner.plan(qualification, **asked).units == first.units


def test_further_rules_hold_in_their_own_search_only() -> None:
    qualification = two_of_four()
    all_four = at_least(4, numbered(4), "all")
    with PlanSearch(qualification, ANY, extra=[all_four]) as wider:
        assert wider.best({}, wider.stages()).counted == set(numbered(4))
    with PlanSearch(qualification, ANY) as search:
        assert search.best({}, search.stages()).counted == {"U02", "U03"}


def test_a_model_of_ones_own_may_be_changed() -> None:
    qualification = two_of_four()
    with PlanSearch(qualification, ANY, own=True) as own:
        own.model.forbid(["U02", "U03"], numbered(4))
        assert own.best({}, own.stages()).counted == {"U01", "U03"}
    assert planner.plan(qualification).units == ("U02", "U03")


def test_rules_about_units_already_achieved_are_those_of_the_learner_asked_about() -> None:
    before = Bound("before", "", dict.fromkeys(numbered(4), 1), at_most=1, held=frozenset(WAYS))
    qualification = of_hours([4, 3, 2, 1], [at_least(2, numbered(4)), before])
    assert planner.plan(qualification, held=["U00", "U01"]).units == ("U00", "U03")
    assert planner.plan(qualification, held=["U01", "U02"]).units == ("U01", "U03")
    assert planner.plan(qualification).units == ("U02", "U03")


# Losses.


def test_a_plan_that_survives_losses_has_units_to_spare_that_are_not_held() -> None:
    qualification = two_of_four()
    assert planner.plan(qualification, survive=1).units == ("U01", "U02", "U03")
    assert planner.plan(qualification, survive=2).units == tuple(numbered(4))
    # U00 is held and cannot fail: if any one other fails, another must stand in.
    assert planner.plan(qualification, survive=1, held=["U00"]).units == ("U00", "U02", "U03")
    assert planner.plan(qualification, survive=3).status == "infeasible"


def test_a_plan_that_does_not_survive_the_losses_asked_for_is_refused() -> None:
    outcome = Outcome("optimal", frozenset(["U02", "U03"]), frozenset(), {"glh": 3, "units": 2})
    assert audited(PlanSearch(two_of_four(), ANY), outcome, 1.0).units == ("U02", "U03")
    with pytest.raises(
        DisagreementError,
        match=r"^the solver's plan \('U02', 'U03'\) breaks "
        r'\["the loss of \[\'U02\'\] is not survived"\]$',
    ):
        audited(PlanSearch(two_of_four(), replace(ANY, survive=1)), outcome, 1.0)


# Goals.


def three_strategies() -> Qualification:
    """Five units: the two of strategy X are the dearest; U0 and U3 are shown at work, U4 counts always."""
    rows = [("U0", "X", 9, 1), ("U1", "X", 8, 2), ("U2", "Y", 3, 3), ("U3", "", 2, 4), ("U4", "Y", 1, 5)]
    units = tuple(
        Unit(ref=ref, title=ref, group="A", level=2, credits=credits, glh=glh, strategy=strategy)
        for ref, strategy, glh, credits in rows
    )
    rules = (at_least(3, [unit.ref for unit in units]), at_least(1, ["U4"], "always"))
    task = Task("calls", "Answer calls", {"U0": "so is it done", "U3": "so is it done"})
    plain = of_hours([1], [])
    return replace(plain, units=units, rules=rules, tasks={"calls": task})


def test_each_goal_has_the_figure_of_the_units_that_count() -> None:
    qualification = three_strategies()
    wishes = Wishes(held=frozenset(["U1"]), tasks=("calls",), keep=frozenset(["U0", "U1", "U3"]))
    counted = ["U0", "U1", "U2", "U4"]
    figures = {goal: goal_value(goal, qualification, wishes, counted) for goal in GOALS}
    assert figures == {
        "glh": 9 + 3 + 1,  # U1 is held
        "units": 3,
        "credits": 1 + 2 + 3 + 5,
        "strategies": 2,  # X of U0, Y of U2 and U4
        "fit": 1,  # U2: U0 is shown, U1 held, U4 in every valid selection
        "changes": 1 + 2,  # U3 dropped; U2 and U4 added
    }


@pytest.mark.parametrize(
    ("goal", "units", "value"),
    [
        ("glh", ("U2", "U3", "U4"), 6),
        ("units", ("U0", "U1", "U4"), 3),
        ("credits", ("U0", "U1", "U4"), 8),
        ("strategies", ("U0", "U1", "U2", "U4"), 2),
        ("fit", ("U0", "U3", "U4"), 0),
        ("changes", ("U0", "U2", "U4"), 1),
    ],
)
def test_each_goal_alone_has_its_best_plan(goal: str, units: tuple[str, ...], value: int) -> None:
    # U4 always counts and has strategy Y: U0 and U1 bring a second one, after which U2 costs none.
    answer = planner.plan(three_strategies(), goals=[goal], tasks=["calls"], keep=["U0", "U2"])
    assert (answer.status, answer.units) == ("optimal", units)
    assert [(found.id, found.value, found.bound, found.proven) for found in answer.goals] == [
        (goal, value, value, True)
    ]


def test_units_without_evidence_are_counted_one_by_one() -> None:
    # U1 and U2 are pinned and not shown at work, U3 is excluded; U4 counts always and is left aside.
    answer = planner.plan(three_strategies(), tasks=["calls"], pin=["U1", "U2"], exclude=["U3"])
    assert answer.units == ("U1", "U2", "U4")
    assert [(goal.id, goal.value, goal.bound) for goal in answer.goals] == [
        ("fit", 2, 2),
        ("glh", 12, 12),
        ("units", 3, 3),
    ]


def test_a_present_plan_is_kept_first_and_added_to_as_little_as_can_be() -> None:
    qualification = of_hours([4, 3, 2, 1, 1], [Bound("two", "", dict.fromkeys(numbered(5), 1), 2, 3)])
    # Both kept units stay though others cost less; a third is not added.
    assert planner.plan(qualification, keep=["U00", "U01"]).units == ("U00", "U01")
    # With U03 pinned, one is added; with three to keep, the fourth has to go, the dearest.
    answer = planner.plan(qualification, keep=["U00", "U01"], pin=["U03"])
    assert (answer.units, answer.goals[0].value) == (("U00", "U01", "U03"), 1)
    answer = planner.plan(qualification, keep=["U00", "U01", "U02"], pin=["U03"])
    assert (answer.units, answer.goals[0].value) == (("U01", "U02", "U03"), 2)
    # A held unit is not added by counting.
    answer = planner.plan(qualification, keep=["U00"], held=["U04"])
    assert (answer.units, answer.goals[0].value) == (("U00", "U04"), 0)


def test_the_number_of_changes_is_proven_only_where_both_its_stages_are() -> None:
    keep = replace(ANY, goals=("changes",), keep=frozenset(["U00", "U01"]))
    counted = frozenset(["U00", "U03"])
    outcome = Outcome("feasible", counted, frozenset(), {"dropped": -1}, {"dropped": -2})
    (goal,) = audited(PlanSearch(two_of_four(), keep), outcome, 1.0).goals
    assert (goal.id, goal.value, goal.bound, goal.proven) == ("changes", 2, 0, False)
    both = replace(outcome, values={"dropped": -1, "added": 1}, bounds={"dropped": -1, "added": 0})
    (goal,) = audited(PlanSearch(two_of_four(), keep), both, 1.0).goals
    assert (goal.value, goal.bound, goal.proven) == (2, 1, False)
    proven = replace(both, decision="optimal", bounds={"dropped": -1, "added": 1})
    (goal,) = audited(PlanSearch(two_of_four(), keep), proven, 1.0).goals
    assert (goal.value, goal.bound, goal.proven) == (2, 2, True)


def test_a_bound_is_never_told_to_be_above_the_value() -> None:
    outcome = Outcome("feasible", frozenset(["U02", "U03"]), frozenset(), {"glh": 3}, {"glh": 5})
    (goal,) = audited(PlanSearch(two_of_four(), replace(ANY, goals=("glh",))), outcome, 1.0).goals
    assert (goal.value, goal.bound, goal.proven) == (3, 3, False)


def test_where_more_units_cost_no_hours_the_list_ends_as_soon_as_it_can() -> None:
    enough = at_least(1, numbered(3))
    assert planner.plan(of_hours([0, 0, 0], [enough]), goals=["glh"]).units == ("U00",)
    assert planner.plan(of_hours([0, 0, 1], [enough]), goals=["glh"], exclude=["U00"]).units == ("U01",)
    assert planner.plan(of_hours([0, 0, 1], [enough]), goals=["glh"], pin=["U01"]).units == ("U00", "U01")


def test_of_plans_alike_in_their_goals_and_new_units_the_one_with_most_held_credits_is_best() -> None:
    # One of the two held units may count: U1 with 2 credits, not U0 with 1; of U2 and U3 alike, the first.
    rows = [("U0", 1), ("U1", 2), ("U2", 3), ("U3", 3)]
    units = [Unit(ref=ref, title=ref, group="A", level=2, credits=credits, glh=1) for ref, credits in rows]
    one = Bound("one", "", {"U0": 1, "U1": 1}, 1, 1)
    other = Bound("other", "", {"U2": 1, "U3": 1}, 1, 1)
    qualification = replace(of_hours([1], []), units=tuple(units), rules=(one, other))
    answer = planner.plan(qualification, held=[ref for ref, _ in rows])
    assert (answer.status, answer.units, answer.new_units) == ("optimal", ("U1", "U2"), ())


def exactly(counted: Sequence[str], refs: Sequence[str]) -> Bound:
    """These units count and no other."""
    return Bound(" ".join(counted), "", {ref: 1 if ref in counted else -1 for ref in refs}, len(counted))


def test_of_two_selections_alike_in_all_goals_the_first_sorted_list_is_best() -> None:
    refs, rng = numbered(20), random.Random(20)
    # However far the lists go on after the first unit in which they differ, and wherever one of them ends.
    pairs = [[[refs[n], refs[-1]], [refs[n + 1]]] for n in range(19)]
    pairs += [[[refs[n], *refs[n + 2 :]], [refs[n + 1]]] for n in range(18)]
    pairs += [[refs[: n + 1], [*refs[: n + 1], refs[-1]]] for n in range(18)]
    pairs += [[refs[: n + 1], refs[: n + 2]] for n in range(19)]
    pairs += [[sorted(rng.sample(refs, rng.randint(1, 19))) for _ in range(2)] for _ in range(40)]
    for one, other in pairs:
        for goals in (["strategies"], ["strategies", "units"], ["glh"]):
            if goals == ["strategies"] or len(one) == len(other):
                either = Choice("either", "", (exactly(other, refs), exactly(one, refs)))
                answer = planner.plan(of_hours([1] * 20, [either]), goals=goals)
                assert list(answer.units) == min(one, other), (one, other, goals)


def test_a_goal_that_was_not_reached_is_not_called_proven_not_even_where_it_is_nothing() -> None:
    free = of_hours([0, 0], [])
    outcome = Outcome("feasible", frozenset(["U00"]), frozenset(), {"units": 1}, {"units": 0})
    goals = audited(PlanSearch(free, replace(ANY, goals=("units", "glh"))), outcome, 1.0).goals
    assert [(goal.value, goal.bound, goal.proven) for goal in goals] == [(1, 0, False), (0, 0, False)]


# What is audited, and what is disbelieved.


def test_a_plan_has_a_finding_for_each_rule_each_wish_and_the_offer() -> None:
    before = Bound("before", "", {"U00": 1}, at_least=1, held=frozenset(WAYS))
    qualification = of_hours([4, 3, 2, 1], [at_least(2, numbered(4)), before])
    answer = planner.plan(qualification, pin=["U02"], exclude=["U03"], held=["U00"], offer=["U02", "U03"])
    assert [(found.rule.id, found.measured, found.holds) for found in answer.findings] == [
        ("enough", 2, True),
        ("before", 1, True),
        ("pin U02", 1, True),
        ("exclude U03", 0, True),
        ("offer", 0, True),
    ]


def test_a_plan_that_breaks_a_rule_or_a_wish_is_refused_with_its_rules() -> None:
    outcome = Outcome("optimal", frozenset(["U03"]), frozenset(), {"glh": 1, "units": 1})
    with pytest.raises(DisagreementError, match=r"^the solver's plan \('U03',\) breaks \['enough'\]$"):
        audited(PlanSearch(two_of_four(), ANY), outcome, 1.0)
    wishes = replace(ANY, pins=frozenset(["U00"]), excludes=frozenset(["U03"]), closed=frozenset(["U01"]))
    outcome = replace(outcome, counted=frozenset(["U01", "U03"]))
    with pytest.raises(DisagreementError, match=r"breaks \['pin U00', 'exclude U03', 'offer'\]$"):
        audited(PlanSearch(two_of_four(), wishes), outcome, 1.0)


def test_a_sum_that_differs_from_the_solvers_is_refused_where_it_says_it_is_proven() -> None:
    outcome = Outcome("optimal", frozenset(["U02", "U03"]), frozenset(), {"glh": 4, "units": 2})
    with pytest.raises(DisagreementError, match=r"^glh is 3, the solver says 4$"):
        audited(PlanSearch(two_of_four(), ANY), outcome, 1.0)
    with pytest.raises(DisagreementError, match=r"^glh is 3, the solver says 0$"):
        audited(PlanSearch(two_of_four(), ANY), replace(outcome, values={}), 1.0)


def test_a_repair_that_does_not_help_is_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    diagnoses = iter([Diagnosis((), True, (allowing("U00"),), True), Diagnosis((), True, (), True)])
    monkeypatch.setattr(solve_module, "diagnose", lambda *_: next(diagnoses))
    message = r"^giving up \(\) and \('U00',\) does not help$"
    with pytest.raises(DisagreementError, match=message):
        planner.plan(two_of_four(), exclude=numbered(4))


# Repairs.


def corrected(
    monkeypatch: pytest.MonkeyPatch, *corrections: Correction, complete: bool = True
) -> planner.Plan:
    """The plan for everything left out, where these are the corrections found."""
    found = Diagnosis((), not complete, corrections, complete)
    monkeypatch.setattr(solve_module, "diagnose", lambda *_: found)
    return planner.plan(two_of_four(), exclude=numbered(4))


def allowing(*refs: str) -> Correction:
    """The correction that gives up leaving these units out."""
    return ((), refs)


def test_repairs_are_in_the_order_of_their_hours_then_their_number_then_their_refs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What a diagnosis found is put in by hand; some of it gives up more than is needed.
    answer = corrected(
        monkeypatch,
        allowing("U00", "U01"),
        allowing("U01", "U02", "U03"),
        allowing("U02", "U03"),
        allowing("U00", "U03"),
        allowing("U00", "U02", "U03"),
        allowing("U01", "U02"),
    )
    assert answer.repairs == (
        Repair((), ("U02", "U03"), 3),
        Repair((), ("U00", "U02", "U03"), 3),
        Repair((), ("U01", "U02", "U03"), 3),
        Repair((), ("U00", "U03"), 5),
        Repair((), ("U01", "U02"), 5),
        Repair((), ("U00", "U01"), 7),
    )
    assert answer.repairs_complete is True
    assert answer.conflicts_complete is False


def test_pins_given_up_come_before_excludes_and_fewer_of_both_together_before_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    corrections = (
        ((), ("U02",)),
        (("U00", "U01"), ()),
        (("U01",), ("U02",)),
        (("U00",), ("U02",)),
        (("U00",), ("U01",)),
        ((), ("U00", "U01", "U02")),
    )
    monkeypatch.setattr(solve_module, "diagnose", lambda *_: Diagnosis((), True, corrections, True))
    monkeypatch.setattr(solve_module, "_hours_after", lambda *_: 5)
    answer = planner.plan(two_of_four(), pin=["U00"], exclude=["U00"])
    assert [(repair.unpin, repair.allow) for repair in answer.repairs] == [
        ((), ("U02",)),
        (("U00",), ("U01",)),
        (("U00",), ("U02",)),
        (("U00", "U01"), ()),
        (("U01",), ("U02",)),
        ((), ("U00", "U01", "U02")),
    ]


def test_repairs_are_all_listed_only_if_all_were_found_worked_out_and_not_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = (allowing("U02", "U03"), allowing("U00", "U01"))
    assert corrected(monkeypatch, *both).repairs_complete is True
    cut = corrected(monkeypatch, *both, complete=False)
    assert (cut.repairs_complete, cut.conflicts_complete) == (False, True)
    # As many as are listed, and one more.
    for number, complete in ((MOST - 1, True), (MOST, True), (MOST + 1, False)):
        answer = corrected(monkeypatch, *[allowing("U02", "U03")] * number)
        assert (len(answer.repairs), answer.repairs_complete) == (min(number, MOST), complete)
    # One whose hours are not known in time.
    assert corrected(monkeypatch, *both).reproducible
    hours = iter([3, None])
    monkeypatch.setattr(solve_module, "_hours_after", lambda *_: next(hours))
    answer = corrected(monkeypatch, *both)
    assert ([repair.allow for repair in answer.repairs], answer.repairs_complete) == ([("U02", "U03")], False)
    assert not answer.reproducible


def test_a_request_that_cannot_be_met_is_told_with_what_was_asked() -> None:
    qualification = two_of_four()
    answer = planner.plan(qualification, exclude=["U00", "U01", "U02"])
    assert answer.status == "infeasible"
    assert answer.qualification is qualification
    assert answer.wishes == replace(ANY, excludes=frozenset(["U00", "U01", "U02"]))
    assert (answer.conflicts_complete, answer.repairs_complete, answer.outside_offer) == (True, True, ())
    assert [(repair.allow, repair.cost) for repair in answer.repairs] == [
        (("U02",), 3),
        (("U01",), 4),
        (("U00",), 5),
    ]


# Units from outside a centre's offer.


def one_or_two(hours: Sequence[int]) -> Qualification:
    """U00 alone will do, or U01 and U02 together; U03 is always needed."""
    alone, together = at_least(1, ["U00"], "alone"), at_least(2, ["U01", "U02"], "together")
    return of_hours(hours, [Choice("either", "", (alone, together)), at_least(1, ["U03"], "always")])


def test_the_fewest_units_from_outside_an_offer_are_named_whatever_their_hours() -> None:
    answer = planner.plan(one_or_two([100, 1, 1, 1]), offer=["U03"])
    assert (answer.status, answer.outside_offer) == ("infeasible", ("U00",))
    answer = planner.plan(one_or_two([100, 1, 1, 1]), offer=["U01"])
    assert answer.outside_offer == ("U02", "U03")  # as many as U00 and U03, in fewer hours
    answer = planner.plan(one_or_two([100, 1, 1, 1]), offer=["U01"], exclude=["U02"])
    assert answer.outside_offer == ("U00", "U03")


def test_nothing_from_outside_an_offer_helps_where_the_wishes_contradict_each_other_or_the_rules() -> None:
    qualification = one_or_two([1, 1, 1, 1])
    assert planner.plan(qualification, pin=["U01"], exclude=["U01"], offer=["U03"]).outside_offer == ()
    assert planner.plan(qualification, exclude=["U03"], offer=["U03"]).outside_offer == ()
    assert planner.plan(qualification, exclude=["U03"]).outside_offer == ()


def test_units_from_outside_an_offer_are_named_only_if_they_are_proven_the_fewest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes = iter([Outcome("infeasible"), Outcome("feasible", frozenset(["U00", "U03"]))])
    monkeypatch.setattr(solve_module, "diagnose", lambda *_: Diagnosis((), True, (), True))
    found_by(lambda *_: next(outcomes), monkeypatch)
    answer = planner.plan(one_or_two([1, 1, 1, 1]), offer=["U03"])
    assert (answer.status, answer.outside_offer) == ("infeasible", ())
