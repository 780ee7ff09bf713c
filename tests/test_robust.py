"""Plans that survive losses, plans that change little: as cheap as the oracle says, and what they claim to be."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner
from planner import DataError, Problem, Qualification
from planner.cli.options import option
from tests import explore_oracle, oracle, strategies
from tests.explore_oracle import Chosen, hours_cost
from tests.strategies import Small, deep

SETTINGS = settings(
    max_examples=deep(66, 200),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def survives(plan: planner.Plan, losses: int, held: Collection[str] = ()) -> bool:
    """Whether each loss of so many new optional units of the real qualification leaves a valid selection."""
    can_fail = sorted(set(plan.planned) - set(oracle.MANDATORY) - set(held))
    assert not oracle.broken_rules(plan.units)
    return all(
        any(not oracle.broken_rules(rest) for rest in _best_of_pairs({*plan.planned, *held} - set(loss)))
        for number in range(losses + 1)
        for loss in combinations(can_fail, number)
    )


def _best_of_pairs(achieved: Collection[str]) -> Iterator[set[str]]:
    """All that is achieved, with one unit of each barred set."""
    sets = [[ref for ref in pair if ref in achieved] for pair in oracle.BARRED.values()]
    rest = set(achieved) - {ref for members in sets for ref in members}
    yield from (rest.union(chosen) for chosen in product(*(members for members in sets if members)))


def test_the_cheapest_plan_that_survives_a_loss_takes_120_hours_and_33_credits(real: Qualification) -> None:
    answer = planner.plan(real, survive=1)
    assert (answer.status, answer.new_glh, answer.credits) == ("optimal", 120, 33)
    assert survives(answer, 1)
    assert not survives(planner.plan(real), 1)
    # Hours first, then the fewest and the most credits: every plan of 120 hours has 33.
    least = explore_oracle.real_least_surviving_one(lambda row: 1000 * row.glh + row.credits)
    most = explore_oracle.real_least_surviving_one(lambda row: 1000 * row.glh - row.credits)
    assert least == 120_033
    assert most == 120_000 - 33


def test_plans_that_survive_a_loss_under_random_wishes_are_as_cheap_as_the_oracle_says(
    real: Qualification,
) -> None:
    rng = random.Random(120)
    seen = {"optimal": 0, "infeasible": 0}
    paired = {ref for pair in oracle.BARRED.values() for ref in pair}
    for _ in range(deep(8, 200)):
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 2, 6, 10))
        asked["pin"] = [ref for ref in asked["pin"] if ref not in paired]
        asked["held"] = [ref for ref in asked["held"] if ref not in paired]
        least = explore_oracle.real_least_surviving_one(
            hours_cost(asked["held"]), asked["pin"], asked["exclude"], asked["held"]
        )
        answer = planner.plan(real, **asked, survive=1)
        assert (answer.status == "optimal") == (least is not None), asked
        seen[answer.status] += 1
        assert answer.new_glh == least, asked
        if answer.found:
            assert survives(answer, 1, asked["held"]), asked
    assert min(seen.values()) >= deep(1, 2), seen


@pytest.mark.parametrize("losses", [2, 3])
def test_plans_survive_more_losses_too(real: Qualification, losses: int) -> None:
    answer = planner.plan(real, survive=losses)
    assert answer.status == "optimal"
    assert survives(answer, losses)
    fewer = planner.plan(real, survive=losses - 1)
    assert (answer.new_glh or 0) > (fewer.new_glh or 0)
    assert not survives(fewer, losses)


def test_plans_that_survive_are_those_of_brute_force() -> None:
    seen: Counter[str] = Counter()

    @settings(SETTINGS, max_examples=deep(60, 3_000))
    @given(strategies.small_jobs(most_rules=2) | strategies.with_room(), st.data())
    def drawn(small: Small, data: st.DataObject) -> None:
        asked = data.draw(strategies.asked_more(small))
        asked["survive"] = data.draw(st.integers(1, 3))
        answer = planner.plan(small.qualification(), **asked)
        request = strategies.as_request(small, asked)
        plans = explore_oracle.ranked(request)
        seen[answer.status] += 1
        seen["another plan than without losses"] += bool(plans) and (
            plans[0] != explore_oracle.ranked(request._replace(survive=0))[0]
        )
        assert_best(answer, request, plans)

    drawn()
    assert min(seen["optimal"], seen["infeasible"], seen["another plan than without losses"]) >= deep(
        6, 20
    ), seen


def test_plans_under_exact_totals_that_survive_are_those_of_brute_force() -> None:
    seen: Counter[str] = Counter()

    @settings(SETTINGS, max_examples=deep(50, 3_000))
    @given(strategies.small_exact_totals(), st.data())
    def drawn(small: Small, data: st.DataObject) -> None:
        asked = data.draw(strategies.asked_more(small))
        asked["survive"] = data.draw(st.sampled_from([1, 1, 1, 2, 3]))
        if data.draw(st.sampled_from([True, True, False])):  # the rules alone decide
            asked["pin"] = asked["exclude"] = []
        request = strategies.as_request(small, asked)
        answer = planner.plan(small.qualification(), **asked)
        assert_best(answer, request, explore_oracle.ranked(request))
        seen.update([answer.status, ["none", "one", "several"][min(2, len(answer.spare))]])

    drawn()
    assert min(seen["optimal"], seen["infeasible"], seen["one"]) >= 10, seen
    assert seen["several"] >= 1, seen


def assert_best(answer: planner.Plan, request: explore_oracle.Request, plans: Sequence[Chosen]) -> None:
    """The first of the plans, best first, is the answer; without any there is none."""
    if not plans:
        assert answer.status == "infeasible"
        return
    assert answer.status == "optimal"
    assert strategies.as_chosen(answer) == plans[0]
    assert answer.new_glh == explore_oracle.hours(request, plans[0])
    optional = explore_oracle.optional(request)
    assert [(goal.id, goal.value) for goal in answer.goals] == [
        (goal, sum(explore_oracle.figures(request, goal, plans[0], optional))) for goal in request.goals
    ]
    assert all(goal.proven for goal in answer.goals)


def test_held_units_cannot_fail() -> None:
    # Two of three units count; who holds two of them has them, and need not fear the loss of either.
    qualification = strategies.of_hours([1, 2, 3], [strategies.at_least(2, strategies.numbered(3))])
    assert planner.plan(qualification, survive=1).units == ("U00", "U01", "U02")
    assert planner.plan(qualification, survive=1, held=["U01", "U02"]).new_units == ()
    assert planner.plan(qualification, survive=1, held=["U02"]).new_units == ("U00", "U01")


def test_a_unit_of_every_selection_is_not_lost() -> None:
    rules = [strategies.at_least(1, ["U00"], "mandatory"), strategies.at_least(1, ["U01", "U02"])]
    qualification = strategies.of_hours([1, 2, 3], rules)
    assert planner.plan(qualification, survive=1).units == ("U00", "U01", "U02")
    assert planner.plan(qualification, survive=2).status == "infeasible"


def test_after_a_loss_the_wishes_need_not_hold() -> None:
    # A pinned unit may be lost like any other; the rules hold without it.
    qualification = strategies.of_hours([1, 2, 3], [strategies.at_least(1, strategies.numbered(3))])
    assert planner.plan(qualification, pin=["U02"], survive=1).units == ("U00", "U02")


@SETTINGS
@given(strategies.small_jobs(most_rules=3), st.data())
def test_a_plan_changes_as_little_as_brute_force_says(small: Small, data: st.DataObject) -> None:
    asked = data.draw(strategies.asked_more(small, goals=False, most_losses=1))
    asked["keep"] = data.draw(st.lists(st.sampled_from(small.refs), min_size=1, unique=True))
    request = strategies.as_request(small, asked)
    plans = explore_oracle.ranked(request)
    answer = planner.plan(small.qualification(), **asked)
    if not plans:
        assert answer.status == "infeasible"
        return
    keep, held = set(asked["keep"]), set(asked["held"])
    fewest = min((len(keep - c.planned), len(c.planned - keep - held)) for c in plans)
    planned = set(answer.planned)
    assert (len(keep - planned), len(planned - keep - held)) == fewest
    assert (answer.goals[0].id, answer.goals[0].value, answer.goals[0].proven) == (
        "changes",
        sum(fewest),
        True,
    )
    assert strategies.as_chosen(answer) == plans[0]


def test_kept_plans_change_as_little_as_the_oracle_says(real: Qualification) -> None:
    rng = random.Random(33)
    answered = 0
    while answered < 40:
        before = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 2, 4))
        present = planner.plan(real, **before)
        if not present.found:
            continue
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 3, 6))
        expected = explore_oracle.real_least_changes(
            present.units, asked["pin"], asked["exclude"], asked["held"]
        )
        answer = planner.plan(real, **asked, keep=present.units)
        if expected is None:
            assert answer.status == "infeasible", asked
            continue
        answered += 1
        kept, counted = set(present.units), set(answer.units)
        dropped, added = len(kept - counted), len(counted - kept - set(asked["held"]))
        assert (dropped, added, answer.new_glh) == expected, (asked, present.units)
        assert answer.goals[0].value == dropped + added


def test_a_plan_that_still_stands_is_kept_as_it_is(real: Qualification) -> None:
    present = planner.plan(real, pin=["L/601/0933"])
    assert present.units != planner.plan(real).units
    again = planner.plan(real, keep=present.units)
    assert again.units == present.units
    assert (again.goals[0].id, again.goals[0].value) == ("changes", 0)


def problems_of(real: Qualification, **asked: object) -> list[tuple[str, str, str]]:
    """Parameter, value and message of each problem of a request, the same for a plan and an exploration."""
    found = []
    asks: tuple[Callable[..., object], ...] = (planner.plan, planner.explore)
    for ask in asks:
        with pytest.raises(DataError) as caught:
            ask(real, **asked)
        found.append([(p.source, p.value, p.message) for p in caught.value.problems])
    assert found[0] == found[1]
    return found[0]


def test_requests_that_lack_something_name_the_parameter(real: Qualification) -> None:
    too_many = "must be a whole number from 0 to 3"
    assert problems_of(real, goals=["fit"]) == [("goals", "fit", "needs what the learner does at work")]
    assert problems_of(real, goals=["glh", "changes"]) == [("goals", "changes", "needs a plan to keep")]
    assert problems_of(real, survive=9) == [("survive", "9", too_many)]
    assert problems_of(real, survive=-1) == [("survive", "-1", too_many)]
    assert problems_of(real, tasks=["telesale"]) == [
        ("tasks", "telesale", "no such task; did you mean telesales?")
    ]
    ((parameter, value, message),) = problems_of(real, keep=["L/601/0934"])
    assert (parameter, value) == ("keep", "L/601/0934")
    assert "L/601/0933" in message


def test_all_that_is_wrong_with_a_request_is_said_at_once(real: Qualification) -> None:
    found = problems_of(real, goals=["fit", "changes", "glhs"], survive=9, tasks=(), pin=["nothing"])
    assert [parameter for parameter, _, _ in found] == ["pin", "survive", "goals", "goals", "goals"]


def test_a_call_names_its_parameter_and_the_command_line_its_option(real: Qualification) -> None:
    with pytest.raises(
        DataError, match=r"^pin = 'X/1': no unit of this qualification has this ref$"
    ) as caught:
        planner.plan(real, pin=["X/1"])
    with pytest.raises(DataError, match=r"^units = 'X/1'"):
        planner.transcript(real, ["X/1"])
    (problem,) = caught.value.problems
    assert str(problem.told(option)).startswith("--pin = 'X/1'")
    assert str(Problem("pin", "", value="1").told(option)) == "pin = '1': "  # a file of this name
    assert [option(name) for name in ("goals", "seconds", "group_size")] == [
        "--goal",
        "--time-limit",
        "--group-size",
    ]
