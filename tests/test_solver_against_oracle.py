"""The planner against the oracle: same answers on the real qualification and on thousands of small ones."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner
from planner import Plan, Qualification
from planner.rules import audit
from planner.rules.model import Model
from tests import oracle, strategies
from tests.enumeration import selections
from tests.strategies import Asked, Small, deep

SETTINGS = settings(
    max_examples=deep(50, 150), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
BEST = ("D/503/0352", "H/503/0403", "H/600/9660", "J/503/0426", "K/503/0385", "L/503/0394", "T/503/0342")


def kept(asked: Asked, counted: tuple[str, ...]) -> bool:
    """Whether what counts keeps the wishes."""
    return set(asked["pin"]) <= set(counted) and not set(asked["exclude"]) & set(counted)


def test_the_oracle_agrees_with_what_was_worked_out_by_hand() -> None:
    # 2+4 mandatory, 4+5+5+5 of group B and 3 of group C; 9+15 + 12+15+12+15 + 15 = 93 hours.
    assert oracle.least_hours_and_units() == (93, 7)
    assert not oracle.broken_rules(BEST)
    exactly_28 = oracle.selections_of_exactly_28_credits()
    assert exactly_28.total() == 10_010
    assert max(exactly_28) == 158
    by_hours = oracle.selections_by_hours(up_to=116)
    assert by_hours.total() == 614
    assert [(hours, by_hours[hours]) for hours in sorted(by_hours)[:3]] == [(93, 1), (96, 1), (98, 5)]


def test_random_wishes_have_the_oracles_status_and_hours(real: Qualification) -> None:
    rng = random.Random(600_5106)
    statuses: Counter[str] = Counter()
    for _ in range(deep(500, 2_000)):
        asked = strategies.random_wishes(rng, list(oracle.ROWS))
        answer = planner.plan(real, **asked)
        statuses[answer.status] += 1
        expected = oracle.least_hours_and_units(asked["pin"], asked["exclude"], asked["held"])
        if expected is None:
            assert (answer.status, answer.new_glh, answer.units) == ("infeasible", None, ()), asked
            assert answer.conflicts, asked
        else:
            assert answer.status == "optimal", asked
            assert (answer.new_glh, len(answer.new_units)) == expected, asked
            assert not oracle.broken_rules(answer.units), asked
            assert kept(asked, answer.units), asked
            assert all(finding.holds for finding in answer.findings), asked
            assert all(goal.proven and goal.value == goal.bound for goal in answer.goals), asked
    assert statuses.keys() == {"optimal", "infeasible"}
    assert min(statuses.values()) >= deep(100, 400)


def test_the_first_goal_is_as_low_as_the_oracle_says_on_the_real_qualification(real: Qualification) -> None:
    rng = random.Random(2013)
    for _ in range(deep(60, 200)):
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 2, 5, 10))
        goals = rng.sample(strategies.GOALS, rng.randint(1, 4))
        answer = planner.plan(real, **asked, goals=goals)
        least = oracle.least_of_goal(goals[0], asked["pin"], asked["exclude"], asked["held"])
        assert answer.status == ("infeasible" if least is None else "optimal"), (asked, goals)
        if answer.found:
            assert answer.goals[0].value == least, (asked, goals)
            assert not oracle.broken_rules(answer.units), (asked, goals)
            assert kept(asked, answer.units), (asked, goals)


@SETTINGS
@given(strategies.small_qualifications(), st.data())
def test_auditor_and_model_accept_the_selections_that_brute_force_accepts(
    small: Small, data: st.DataObject
) -> None:
    held = data.draw(st.sets(st.sampled_from(small.refs)))
    accepted = oracle.accepted(small.refs, small.rules, held)
    rules = [rule.given(held) for rule in small.qualification().rules]
    assert {
        chosen
        for chosen in oracle.subsets(small.refs)
        if all(finding.holds for finding in audit(rules, chosen))
    } == accepted
    model = Model(small.refs, rules)
    assert selections(model, {}) == accepted
    # As many variables fixed as there are: each selection by itself is feasible or it is not.
    decisions = {
        chosen: model.solve({ref: ref in chosen for ref in small.refs})
        for chosen in oracle.subsets(small.refs)
    }
    assert {outcome.decision for outcome in decisions.values()} <= {"optimal", "infeasible"}
    assert {chosen for chosen, outcome in decisions.items() if outcome.decision == "optimal"} == accepted
    assert all(outcome.counted == chosen for chosen, outcome in decisions.items() if chosen in accepted)


@SETTINGS
@given(strategies.small_qualifications(), st.data())
def test_selections_under_fixed_units_are_those_of_brute_force(small: Small, data: st.DataObject) -> None:
    fixed = data.draw(st.dictionaries(st.sampled_from(small.refs), st.booleans()))
    model = Model(small.refs, [rule.given(()) for rule in small.qualification().rules])
    accepted = oracle.accepted(small.refs, small.rules)
    for given_units in (fixed, {}, fixed):  # the model is kept: what one request fixes is free in the next
        assert selections(model, given_units) == {
            chosen for chosen in accepted if all((ref in chosen) == v for ref, v in given_units.items())
        }


@SETTINGS
@given(strategies.small_qualifications(), st.data())
def test_with_every_unit_pinned_or_excluded_a_plan_exists_iff_the_selection_is_accepted(
    small: Small, data: st.DataObject
) -> None:
    qualification = small.qualification()
    held = data.draw(st.sets(st.sampled_from(small.refs)))
    accepted = oracle.accepted(small.refs, small.rules, held)
    tried = data.draw(st.lists(st.sets(st.sampled_from(small.refs)), min_size=2, max_size=6))
    # Of the accepted ones some in any case, be they ever so rare.
    for chosen in [*map(frozenset, tried), *sorted(accepted, key=sorted)[:3]]:
        excluded = set(small.refs) - chosen
        answer = planner.plan(qualification, pin=chosen, exclude=excluded, held=held)
        if chosen in accepted:
            assert answer.status == "optimal"
            assert set(answer.units) == chosen
        else:
            assert answer.status == "infeasible"
            assert not answer.units


@settings(SETTINGS, max_examples=deep(60, 5_000))
@given(strategies.small_qualifications(), st.data())
def test_the_best_plan_is_that_of_brute_force_under_any_goals(small: Small, data: st.DataObject) -> None:
    qualification = small.qualification()
    for _ in range(3):  # several requests of one qualification: the kept model must forget the one before
        asked = data.draw(strategies.wishes(small.refs))
        goals = data.draw(strategies.goal_orders())
        answer = planner.plan(qualification, **asked, goals=goals)
        best = oracle.best_plan(
            small.units, small.rules, goals, asked["pin"], asked["exclude"], asked["held"]
        )
        if best is None:
            assert answer.status == "infeasible"
            continue
        assert answer.status == "optimal"
        assert {goal.id: goal.value for goal in answer.goals} == {
            goal: oracle.goal_value(goal, small.units, best, asked["held"]) for goal in goals
        }
        assert all(goal.proven and goal.bound == goal.value for goal in answer.goals)
        assert list(answer.new_units) == sorted(best - set(asked["held"]))
        assert list(answer.units) == sorted(best)


def test_the_default_plan_is_the_same_on_twenty_runs() -> None:
    answers = [planner.plan(planner.load()) for _ in range(20)]
    assert {(answer.status, answer.units, answer.glh, answer.credits) for answer in answers} == {
        ("optimal", BEST, 93, 28)
    }


def test_a_plan_does_not_depend_on_what_was_asked_before(real: Qualification) -> None:
    def asked_in(order: list[int]) -> dict[int, Plan]:
        return {seed: planner.plan(real, **requests[seed]) for seed in order}

    requests = {seed: strategies.random_wishes(random.Random(seed), list(oracle.ROWS)) for seed in range(40)}
    forwards, backwards = asked_in(list(range(40))), asked_in(list(range(39, -1, -1)))
    for seed in requests:
        assert forwards[seed].units == backwards[seed].units
        assert forwards[seed].conflicts == backwards[seed].conflicts


def test_of_equal_plans_the_first_sorted_list_of_new_units_is_chosen() -> None:
    # U1 with U4 and U2 with U3 tie in every goal; [U1, U4] < [U2, U3].
    units: list[oracle.UnitDict] = [
        {"ref": ref, "group": "A", "level": 2, "credits": 2, "glh": 1, "strategy": "", "barred_sets": []}
        for ref in ("U3", "U4", "U2", "U1")
    ]
    either: oracle.ChoiceDict = {
        "kind": "choice",
        "id": "either",
        "of": [
            {
                "kind": "bound",
                "id": f"pair {pair}",
                "weights": dict.fromkeys(pair, 1),
                "at_least": 2,
                "at_most": None,
                "held_only": False,
            }
            for pair in (("U2", "U3"), ("U1", "U4"))
        ],
        "at_least": 1,
    }
    qualification = Small(units, [either]).qualification()
    assert planner.plan(qualification).units == ("U1", "U4")
    # With U4 held [U1] alone is new; with U2 and U3 held nothing is, and the empty list comes first.
    assert planner.plan(qualification, held=["U4"]).new_units == ("U1",)
    assert planner.plan(qualification, held=["U2", "U3"], goals=[]).new_units == ()


def test_held_units_need_not_count() -> None:
    # Both units of barred set C1 are held and one may count, the 5 credits of L/601/1225. With 6 mandatory
    # credits (9+15 hours) 17 are left: H+J+K+L of group B (12+15+12+15 = 54 hours), or H+K and one of J and L
    # (14 credits, 39 hours) with H/600/9660 (3 credits, 15 hours), which is 54 again: 78 hours in all.
    # Of these three the list with H/600/9660 and J/503/0426 is the first.
    held = ["F/502/4396", "L/601/1225"]
    answer = planner.plan(planner.load(), held=held)
    assert answer.status == "optimal"
    assert answer.new_glh == oracle.least_hours(held=held) == 78
    assert answer.new_units == (
        "D/503/0352",
        "H/503/0403",
        "H/600/9660",
        "J/503/0426",
        "K/503/0385",
        "T/503/0342",
    )
    assert set(answer.units) & set(held) == {"L/601/1225"}


def test_held_mandatory_units_cost_no_hours() -> None:
    # The 93-hour plan less the 9 hours of D/503/0352 and the 15 of T/503/0342.
    answer = planner.plan(planner.load(), held=["D/503/0352", "T/503/0342"])
    assert (answer.status, answer.units, answer.new_glh, answer.glh) == ("optimal", BEST, 69, 93)
