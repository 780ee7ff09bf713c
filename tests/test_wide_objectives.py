"""Plans whose goals and canonical order do not fit into one objective, or only just.

The solver is told several goals as one weighted sum. Where that sum is too wide, the goals of least weight must
not get lost: nothing else in a plan shows that they did.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner import Bound, Qualification
from planner.rules import model
from planner.rules.goal import Stage
from planner.rules.packing import WIDEST_PACK, Pack, packed_stages
from tests import oracle, strategies
from tests.strategies import at_least, deep, numbered, of_hours

SETTINGS = settings(max_examples=80, deadline=None, derandomize=True)


def test_the_plan_is_the_first_in_canonical_order_on_the_real_qualification(real: Qualification) -> None:
    rng = random.Random(39)
    found = 0
    for _ in range(deep(50, 150)):
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 2, 5, 10))
        goals = rng.sample(("glh", "units", "credits"), rng.randint(0, 3))
        expected = oracle.canonical_plan(goals, asked["pin"], asked["exclude"], asked["held"])
        if expected is not None:
            found += 1
            assert list(planner.plan(real, **asked, goals=goals).units) == expected, (asked, goals)
    assert found >= deep(30, 100)


def test_held_units_count_wherever_they_can(real: Qualification) -> None:
    # Without the goal of fewest credits a held unit that is neither excluded nor barred by another counts.
    rng = random.Random(93)
    for _ in range(deep(200, 600)):
        asked = strategies.random_wishes(rng, list(oracle.ROWS), sizes=(0, 1, 3, 6))
        goals = rng.sample(("glh", "units", "strategies"), rng.randint(1, 3))
        answer = planner.plan(real, **asked, goals=goals)
        if answer.found:
            for ref in set(asked["held"]) - set(asked["exclude"]) - set(answer.units):
                assert set(real.barred_partners(ref)) & set(answer.units), (asked, goals, ref)


def test_a_third_held_unit_counts_though_two_would_do(real: Qualification) -> None:
    # Goals speak of new units only; of plans that tie in them the one with most held credits, 8+5+5, is first.
    held = ["D/601/1553", "H/601/1215", "L/601/1225"]
    answer = planner.plan(real, held=held, goals=["strategies", "glh", "units"])
    assert answer.status == "optimal"
    assert set(held) <= set(answer.units)


def test_the_canonical_order_holds_over_several_packs() -> None:
    # 35 pairs, one unit of each is enough, all hours alike: of each pair the first unit.
    refs = numbered(70)
    pairs = [(refs[position], refs[69 - position]) for position in range(35)]
    rules = [at_least(1, pair, f"pair {number}") for number, pair in enumerate(pairs)]
    answer = planner.plan(of_hours([10] * 70, rules))
    assert (answer.status, answer.units) == ("optimal", tuple(refs[:35]))
    assert [(goal.id, goal.value, goal.bound) for goal in answer.goals] == [
        ("glh", 350, 350),
        ("units", 35, 35),
    ]
    # The second half of the order has a say too: with U00 to U09 left out their partners come in.
    answer = planner.plan(of_hours([10] * 70, rules), exclude=refs[:10])
    assert answer.units == tuple(refs[10:35] + refs[60:])


def test_a_plan_is_not_lost_where_time_runs_out_before_the_order_is_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The clock stands still for one solve and then runs away. 35 of 70 units are needed and were found.
    ticks = itertools.chain([0.0, 0.0], itertools.count(100.0, 100.0))
    monkeypatch.setattr(model, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    answer = planner.plan(of_hours([10] * 70, [at_least(35, numbered(70))]))
    assert answer.status == "feasible"
    assert (len(answer.units), answer.new_glh, answer.conflicts) == (35, 350, ())


@pytest.mark.parametrize("number", [40, 42, 44, 46, 48, 70])
@pytest.mark.parametrize("goals", [["glh", "units"], ["units"], ["glh"], ["strategies", "credits"]])
def test_the_last_units_of_the_order_decide_where_all_else_is_equal(number: int, goals: list[str]) -> None:
    # Pairs of neighbours, all hours alike: of each pair the first unit, in the last pair too. What the last
    # units are worth in one objective is next to nothing beside what the first are.
    refs = numbered(number)
    rules = [at_least(1, pair, f"pair {pair[0]}") for pair in zip(refs[::2], refs[1::2], strict=True)]
    answer = planner.plan(of_hours([10] * number, rules), goals=goals)
    assert (answer.status, answer.units) == ("optimal", tuple(refs[::2]))


def test_without_a_goal_that_counts_the_first_list_has_more_units() -> None:
    # As before with no goal at all: [U00, U01, ...] comes before [U00, U02, ...], and the list ends once the
    # last pair has its first unit.
    refs = numbered(70)
    rules = [at_least(1, pair, f"pair {pair[0]}") for pair in zip(refs[::2], refs[1::2], strict=True)]
    answer = planner.plan(of_hours([10] * 70, rules), goals=[], exclude=["U40"])
    assert (answer.status, answer.units) == ("optimal", tuple(ref for ref in refs[:69] if ref != "U40"))


@pytest.mark.parametrize("number", [44, 46, 61, 100])
def test_the_cheapest_units_are_taken_whatever_the_number_of_units(number: int) -> None:
    # At least a third of the units: those of fewest hours, of equal hours those that come first.
    hours = [(7 * position) % 11 + 1 for position in range(number)]
    refs = numbered(number)
    cheapest = sorted(range(number), key=lambda position: (hours[position], position))[: number // 3]
    answer = planner.plan(of_hours(hours, [at_least(number // 3, refs)]))
    assert answer.status == "optimal"
    assert answer.units == tuple(sorted(refs[position] for position in cheapest))
    assert answer.new_glh == sum(hours[position] for position in cheapest)


def test_held_units_beyond_one_pack_are_listed_in_canonical_order() -> None:
    # 70 held units, at least 35 must count: no new unit; the most held credits: all of them.
    refs = numbered(70)
    answer = planner.plan(of_hours([10] * 70, [at_least(35, refs)]), held=refs)
    assert answer.units == tuple(refs)
    # Exactly 35 may count: the first 35.
    exactly = Bound("exactly", "exactly", dict.fromkeys(refs, 1), 35, 35)
    assert planner.plan(of_hours([10] * 70, [exactly]), held=refs).units == tuple(refs[:35])


def test_pinned_units_of_many_hours_do_not_overflow_the_objective() -> None:
    # U00 is pinned: its 10,000 hours are no choice. Of the 53 others, of no hours, the first 21.
    refs = numbered(54)
    small = of_hours([10_000] + [0] * 53, [at_least(22, refs)])
    answer = planner.plan(small, pin=["U00"])
    assert (answer.status, answer.units) == ("optimal", tuple(refs[:22]))


def test_many_pinned_units_do_not_overflow_the_objective() -> None:
    # The first 20 of 64 units are pinned, two more are needed: the first two of 10 hours, U21 and U28.
    refs = numbered(64)
    hours = [10 + position % 7 for position in range(64)]
    answer = planner.plan(of_hours(hours, [at_least(22, refs)]), pin=refs[:20])
    assert (answer.status, answer.units) == ("optimal", (*refs[:20], "U21", "U28"))


@SETTINGS
@given(st.data())
def test_of_each_pair_the_cheaper_unit_counts_whatever_is_fixed(data: st.DataObject) -> None:
    refs = data.draw(st.permutations(numbered(data.draw(st.sampled_from([40, 50, 60, 70])))))
    hours = {ref: data.draw(st.sampled_from([0, 1, 1, 300])) for ref in sorted(refs)}
    pairs = list(zip(refs[::2], refs[1::2], strict=True))
    rules = [at_least(1, pair, f"pair {pair[0]}") for pair in pairs]
    pins, excludes, expected = [], [], []
    for pair in pairs:
        cheaper, dearer = sorted(pair, key=lambda ref: (hours[ref], ref))
        state = data.draw(st.sampled_from(["free", "free", "pin dearer", "exclude cheaper", "pin both"]))
        if state == "free":
            expected.append(cheaper)
        elif state == "pin dearer":
            pins.append(dearer)
            expected.append(dearer)
        elif state == "exclude cheaper":
            excludes.append(cheaper)
            expected.append(dearer)
        else:
            pins += pair
            expected += pair
    small = of_hours([hours[ref] for ref in sorted(refs)], rules)
    answer = planner.plan(small, pin=pins, exclude=excludes)
    assert (answer.status, answer.units) == ("optimal", tuple(sorted(expected)))


# Packs: several goals in one objective.


def packed(*ranges: tuple[int, int], settled: int = 0) -> Pack:
    """One pack of stages whose open sums lie in these ranges around zero, `settled` being added to each."""
    fixed = {"settled": True, "left out": False}
    stages = []
    for number, (least, most) in enumerate(ranges):
        weights = {f"{number} up {step}": 1 for step in range(most)}
        weights |= {f"{number} down {step}": -1 for step in range(-least)}
        stages.append(Stage(f"s{number}", weights | {"settled": settled, "left out": 1000}))
    (pack,) = packed_stages(stages, fixed, WIDEST_PACK, {})
    return pack


def objective(pack: Pack, values: Sequence[int]) -> int:
    """The packed objective where the open sums of the stages have these values."""
    weights = pack.weights()
    total = 0
    for number, value in enumerate(values):
        direction = "up" if value > 0 else "down"
        total += sum(weights[f"{number} {direction} {step}"] for step in range(abs(value)))
    return total


def bounds_of(pack: Pack, values: Sequence[int], shown: int) -> list[float]:
    """The bounds of the stages after a packed bound of `shown`."""
    return list(pack.bounds({f"s{number}": value for number, value in enumerate(values)}, shown).values())


def test_one_of_an_earlier_stage_is_worth_more_than_all_of_the_later_stages() -> None:
    # Ranges of 3 and 4 values: one of the last stage is worth 1, of the second 4, of the first 3 * 4 = 12.
    pack = packed((0, 9), (0, 2), (-1, 2))
    assert pack.width == 10 * 3 * 4
    assert [objective(pack, values) for values in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1))] == [
        12,
        4,
        1,
        -1,
    ]


def test_stages_over_the_same_unit_add_up() -> None:
    (pack,) = packed_stages(
        [Stage("hours", {"U0": 5, "U1": 7}), Stage("units", {"U0": 1, "U1": 1})], {}, 100, {}
    )
    assert pack.weights() == {"U0": 5 * 3 + 1, "U1": 7 * 3 + 1}


def test_the_bounds_of_a_proven_pack_are_its_values() -> None:
    pack = packed((0, 9), (0, 2), (-1, 2))
    assert bounds_of(pack, [4, 1, -1], objective(pack, [4, 1, -1])) == [4, 1, -1]


def test_a_stage_after_an_unproven_one_has_its_least_value_as_bound() -> None:
    pack = packed((0, 9), (0, 2), (-1, 2))
    # The solver has shown at least 3*12 + 2*4 + 2 = 46: the first stage cannot be 2 (at most 24+8+2 = 34), it
    # may be 3. We have 4, so nothing is proven of the stages after it.
    assert bounds_of(pack, [4, 1, 0], 46) == [3, 0, -1]
    # One more, and 3 is out too: the first stage is proven, of the second at least 0 by 47 = 4*12 + 0*4 - 1.
    assert bounds_of(pack, [4, 1, 0], 47) == [4, 0, -1]


@settings(SETTINGS, max_examples=deep(100, 300))
@given(
    st.lists(st.tuples(st.integers(-3, 0), st.integers(0, 3)), min_size=1, max_size=4),
    st.integers(-5, 5).filter(bool),
    st.data(),
)
def test_the_bounds_are_the_least_that_the_packed_bound_allows(
    ranges: list[tuple[int, int]], settled: int, data: st.DataObject
) -> None:
    pack = packed(*ranges, settled=settled)
    every = list(itertools.product(*(range(least, most + 1) for least, most in ranges)))
    assert [objective(pack, values) for values in every] == list(
        range(objective(pack, every[0]), objective(pack, every[0]) + len(every))
    )
    found = data.draw(st.sampled_from(every))
    shown = data.draw(st.integers(objective(pack, every[0]) - 2, objective(pack, found)))
    bounds = bounds_of(pack, [value + settled for value in found], shown)
    # All values that the packed bound leaves, from the best to what was found.
    left = [values for values in every if shown <= objective(pack, values) <= objective(pack, found)]
    assert left[-1] == found
    for position in range(len(ranges)):
        if all(values[:position] == found[:position] for values in left):
            # The stages before are proven: this bound is exactly the least that is left.
            assert bounds[position] == min(values[position] for values in left) + settled
        else:
            assert bounds[position] == ranges[position][0] + settled


def test_stages_are_packed_up_to_the_width_allowed() -> None:
    stage = Stage("nine", {"U0": 4, "U1": -4})  # nine values
    assert [len(pack.stages) for pack in packed_stages([stage] * 3, {}, 81, {})] == [2, 1]
    assert [len(pack.stages) for pack in packed_stages([stage] * 3, {}, 80, {})] == [1, 1, 1]
    assert [len(pack.stages) for pack in packed_stages([stage] * 5, {}, 81, {})] == [2, 2, 1]
    # A stage too wide by itself has a pack of its own.
    assert [len(pack.stages) for pack in packed_stages([stage] * 2, {}, 8, {})] == [1, 1]
    # What is fixed needs no room.
    assert [len(pack.stages) for pack in packed_stages([stage] * 3, {"U0": True}, 125, {})] == [3]
    assert [len(pack.stages) for pack in packed_stages([stage] * 9, {"U0": True, "U1": False}, 1, {})] == [9]


def test_the_values_of_a_sole_stage_are_looked_for_within_its_limits_less_what_is_settled() -> None:
    def limits(at_least: int | None, at_most: int | None) -> list[int]:
        stage = Stage("s", {"U0": 3, "U1": -2, "U2": -4, "U3": 5}, at_least, at_most)
        (pack,) = packed_stages([stage], {"U3": True}, 100, {})
        return pack.limits()

    # U3 counts, which is 5; without a limit the open sum lies between -2-4 and 3.
    assert limits(1, 7) == [-4, 2]
    assert limits(None, 7) == [-6, 2]
    assert limits(1, None) == [-4, 3]
    assert limits(None, None) == []


def test_limits_of_stages_that_share_an_objective_are_not_told() -> None:
    stage = Stage("s", {"U0": 3, "U1": -2}, at_least=0, at_most=1)
    (pack,) = packed_stages([stage, Stage("t", {"U0": 1})], {}, 100, {})
    assert pack.limits() == []
    assert Pack().limits() == []


def test_the_least_sum_within_the_limits_told_is_found_and_they_hold_for_this_request_only() -> None:
    refs = numbered(4)
    fewest = dict.fromkeys(refs, 1)
    asked = model.Model(refs, [at_least(1, refs)])
    assert asked.solve({}, [Stage("units", fewest, at_least=2)]).values == {"units": 2}
    assert asked.solve({}, [Stage("units", fewest)]).values == {"units": 1}
    assert asked.solve({}, [Stage("units", fewest, at_most=0)]).decision == "infeasible"
    assert asked.solve({}).decision == "optimal"
    assert asked.solve({"U03": True}, [Stage("units", fewest, at_least=2, at_most=3)]).values == {"units": 2}


def test_without_goals_there_is_one_pack_without_weights() -> None:
    (pack,) = packed_stages([], {"U0": True}, 100, {})
    assert (pack.stages, pack.width, pack.weights(), pack.limits()) == ([], 1, {}, [])
