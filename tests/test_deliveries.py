"""Deliveries: against brute force over every combination of selections, and what is told on the way."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner import DataError, Qualification, deliver
from planner.delivery import Delivery, Progress
from planner.wishes import Request, Wishes, closed_units
from tests import oracle, strategies
from tests.strategies import Asked, Small

SETTINGS = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
SECONDS = 30.0
MOST_COMBINATIONS = 5_000


def new_sets(small: Small, asked: Asked) -> set[frozenset[str]]:
    """What a learner may have to achieve: the new units of each selection that rules and wishes allow."""
    return {
        chosen - set(asked["held"])
        for chosen in oracle.subsets(small.refs)
        if set(asked["pin"]) <= chosen
        and not set(asked["exclude"]) & chosen
        and all(oracle.rule_holds(rule, chosen, asked["held"]) for rule in small.rules)
    }


def figures(
    small: Small, chosen: Sequence[Collection[str]], group_size: int
) -> tuple[tuple[int, int, int], dict[str, int]]:
    """Delivered hours, the learners' hours and different units; and the delivered hours by strategy."""
    units = {unit["ref"]: unit for unit in small.units}
    learners = Counter(ref for refs in chosen for ref in refs)
    delivered = {ref: -(-number // group_size) * units[ref]["glh"] for ref, number in learners.items()}
    strategies_hours: Counter[str] = Counter()
    for ref, hours in delivered.items():
        strategies_hours[units[ref]["strategy"]] += hours
    own = sum(units[ref]["glh"] * number for ref, number in learners.items())
    return (sum(delivered.values()), own, len(learners)), dict(strategies_hours)


def least(
    small: Small,
    choices: Sequence[Collection[frozenset[str]]],
    group_size: int,
    max_units: int | None,
    caps: Mapping[str, int],
) -> tuple[int, int, int] | None:
    """The least goals, one under the other, over all that keeps the limits; None where nothing does."""
    best = None
    for chosen in product(*choices):
        goals, by_strategy = figures(small, chosen, group_size)
        if max_units is not None and goals[2] > max_units:
            continue
        if any(by_strategy.get(strategy, 0) > most for strategy, most in caps.items()):
            continue
        best = goals if best is None else min(best, goals)
    return best


def as_wishes(qualification: Qualification, asked: Asked, offer: Collection[str] | None) -> Wishes:
    held = frozenset(asked["held"])
    return Wishes(
        frozenset(asked["pin"]),
        frozenset(asked["exclude"]),
        held,
        closed=closed_units(qualification, offer, held),
    )


def check_groups(found: Delivery, group_size: int) -> None:
    """Each learner sits once in each of their new units; groups are no larger than allowed, and even."""
    seats: Counter[tuple[str, str]] = Counter()
    for running in found.units:
        sizes = [len(group) for group in running.groups]
        assert max(sizes) <= group_size
        assert max(sizes) - min(sizes) <= 1
        assert len(sizes) == -(-sum(sizes) // group_size)
        seats.update((learner, running.ref) for group in running.groups for learner in group)
    assert seats == Counter((who, ref) for who, refs in found.new_units.items() for ref in refs)


@SETTINGS
@given(strategies.small_qualifications(most_rules=3), st.data())
def test_deliveries_are_the_least_that_brute_force_finds(small: Small, data: st.DataObject) -> None:
    qualification = small.qualification()
    number = data.draw(st.integers(1, 3))
    asked = [data.draw(strategies.wishes(small.refs)) for _ in range(number)]
    group_size = data.draw(st.integers(1, 3))
    max_units = data.draw(st.one_of(st.none(), st.integers(0, 4)))
    letters = sorted({unit["strategy"] for unit in small.units})
    caps = data.draw(st.dictionaries(st.sampled_from(letters), st.integers(0, 60), max_size=2))
    offer = data.draw(st.one_of(st.none(), st.lists(st.sampled_from(small.refs), unique=True)))
    requests = []
    choices: dict[str, set[frozenset[str]]] = {}
    for place, wished in enumerate(asked):
        learner = f"L{place}"
        possible = new_sets(small, wished)
        if offer is not None:
            possible = {new for new in possible if new <= set(offer)}
        if math.prod(map(len, choices.values())) * len(possible) > MOST_COMBINATIONS:
            break
        requests.append(Request(learner, as_wishes(qualification, wished, offer)))
        if possible:
            choices[learner] = possible
    found = deliver(
        qualification,
        requests,
        group_size=group_size,
        max_units=max_units,
        assessor_hours=caps,
        seconds=SECONDS,
    )
    assert [learner for learner, _ in found.left_out] == [
        r.learner for r in requests if r.learner not in choices
    ]
    assert all(conflicts for _, conflicts in found.left_out)
    expected = least(small, list(choices.values()), group_size, max_units, caps)
    if expected is None:
        assert found.status == "infeasible"
        assert found.clash
        return
    assert found.status == "optimal"
    assert (found.delivered_glh, found.learner_glh, len(found.units)) == expected
    assert found.bound == found.delivered_glh
    for learner, possible in choices.items():
        assert frozenset(found.new_units[learner]) in possible
    check_groups(found, group_size)


def test_both_sides_of_each_limit(real: Qualification) -> None:
    requests = [Request("L1", Wishes())]
    free = deliver(real, requests, group_size=1, seconds=SECONDS)
    # The one plan of 93 hours: 78 of strategy A, 15 of strategy D, 7 units.
    assert (free.status, free.delivered_glh, free.learner_glh) == ("optimal", 93, 93)
    at_it = deliver(real, requests, group_size=1, assessor_hours={"A": 78, "D": 15}, seconds=SECONDS)
    assert (at_it.status, at_it.delivered_glh) == ("optimal", 93)
    below = deliver(real, requests, group_size=1, assessor_hours={"A": 77}, seconds=SECONDS)
    assert below.status == "optimal"
    assert below.delivered_glh is not None
    assert below.delivered_glh > 93
    fewest = oracle.least_of_goal("units")
    assert fewest is not None
    assert deliver(real, requests, max_units=fewest, seconds=SECONDS).found
    clash = deliver(real, requests, max_units=fewest - 1, seconds=SECONDS)
    assert (clash.status, clash.bound, [limit.most for limit in clash.clash]) == (
        "infeasible",
        None,
        [fewest - 1],
    )


def some(number: int) -> list[Request]:
    """So many learners who share few wishes."""
    pins = ("L/601/0933", "F/601/1223", "J/502/4299", "K/503/0421", "H/600/9660")
    excludes = ("L/503/0394", "J/503/0426", "K/503/0385")
    return [
        Request(f"L{n}", Wishes(frozenset({pins[n % 5]}), frozenset({excludes[n % 3]})))
        for n in range(number)
    ]


def test_what_is_told_on_the_way_only_gets_better_and_ends_in_the_answer(real: Qualification) -> None:
    told: list[Progress] = []
    found = deliver(real, some(40), group_size=6, seconds=8.0, progress=told.append)
    assert found.found
    assert told
    values = [step.value for step in told if step.value is not None]
    assert values == sorted(values, reverse=True)
    assert [step.bound for step in told] == sorted(step.bound for step in told)
    assert all(step.bound <= value for step, value in zip(told, values, strict=False))
    assert found.delivered_glh is not None
    assert found.bound is not None
    assert max(step.bound for step in told) <= found.bound <= found.delivered_glh <= values[-1]
    assert found.own_best_delivered_glh is not None
    assert found.delivered_glh <= found.own_best_delivered_glh
    check_groups(found, 6)
    for request in some(40):
        counted = found.selections[request.learner]
        assert not oracle.broken_rules(counted)
        assert request.wishes.pins <= set(counted)
        assert not request.wishes.excludes & set(counted)


def test_a_search_that_is_stopped_gives_the_best_so_far(real: Qualification) -> None:
    started = time.monotonic()
    found = deliver(
        real, some(120), group_size=5, seconds=300.0, stop=lambda: time.monotonic() > started + 1.5
    )
    assert time.monotonic() < started + 60
    assert found.found
    assert found.delivered_glh is not None
    assert found.own_best_delivered_glh is not None
    assert found.delivered_glh <= found.own_best_delivered_glh
    check_groups(found, 5)


def test_the_same_question_has_the_same_goals(real: Qualification) -> None:
    first, second = (deliver(real, some(8), group_size=3, seconds=SECONDS) for _ in range(2))
    assert first.status == second.status == "optimal"
    figures_of = [(d.delivered_glh, d.learner_glh, len(d.units)) for d in (first, second)]
    assert figures_of[0] == figures_of[1]


def test_learners_without_a_plan_are_left_out_with_their_conflict(real: Qualification) -> None:
    requests = [Request("good", Wishes()), Request("bad", Wishes(excludes=frozenset({"D/503/0352"})))]
    found = deliver(real, requests, seconds=SECONDS)
    assert list(found.selections) == ["good"]
    ((learner, (conflict,)),) = found.left_out
    assert (learner, conflict.excludes) == ("bad", ("D/503/0352",))
    nobody = deliver(real, requests[1:], seconds=SECONDS)
    assert (nobody.delivered_glh, nobody.units, len(nobody.left_out)) == (0, (), 1)
    assert deliver(real, [], seconds=SECONDS).delivered_glh == 0


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"group_size": 0}, "group"),
        ({"max_units": -1}, "units"),
        ({"assessor_hours": {"A": -1}}, "hours"),
        ({"assessor_hours": {"Q": 4}}, "Q"),
        ({"seconds": 0}, "seconds|time"),
    ],
)
def test_limits_without_sense_are_refused(real: Qualification, limits: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        deliver(real, some(2), **limits)


def test_a_learner_given_twice_and_survival_are_refused(real: Qualification) -> None:
    with pytest.raises(DataError, match="L0"):
        deliver(real, [*some(1), *some(1)])
    with pytest.raises(DataError, match="survive losses"):
        deliver(real, [Request("L1", Wishes(survive=1))])
