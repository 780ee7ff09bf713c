"""Rules by themselves: what they say unless told otherwise, for whom they hold, their parts and opposites."""

from __future__ import annotations

import numpy as np
import pytest

from planner import Bound, Choice, Rule
from planner.rules.rule import WAYS, bounds, indicator, negation, speaks_of_held

LOW = Bound("low", "at least two", {"a": 1, "b": 1, "c": 1}, at_least=2)
BOTH = Bound("both", "one or two credits", {"a": 2, "b": 1}, at_least=1, at_most=2, count="credits")
HIGH = Bound("high", "at most one", {"b": 1, "c": 1}, at_most=1)
HELD = Bound("held", "one before", {"a": 3, "b": 2}, at_least=1, count="credits", held=frozenset(WAYS))
EITHER = Choice("either", "either way", (LOW, BOTH, HIGH), at_least=2)


def test_a_bound_counts_units_whoever_achieved_them_unless_it_says_otherwise() -> None:
    assert (LOW.count, LOW.held, LOW.by_level) == ("units", frozenset(), frozenset())


def test_a_choice_counts_rules_has_no_upper_limit_and_asks_for_one() -> None:
    choice = Choice("c", "c", (LOW, HIGH))
    assert (choice.count, choice.at_least, choice.at_most) == ("rules", 1, None)


def test_whether_a_rule_holds_is_a_whole_number_or_a_column_of_them() -> None:
    assert repr(indicator(LOW, 2)) == "1"
    assert repr(indicator(LOW, 1)) == "0"
    column = indicator(BOTH, np.array([0, 1, 2, 3]))
    assert column.tolist() == [0, 1, 1, 0]
    assert column.dtype.kind == "i"


def test_a_choice_measures_how_many_of_its_rules_hold() -> None:
    # a and b: two units; 2 + 1 = 3 credits, too many; one of b and c.
    measured = EITHER.measure({"a": 1, "b": 1, "c": 0})
    assert repr(measured) == "2"
    assert EITHER.holds(measured)
    assert not EITHER.holds(EITHER.measure({"a": 0, "b": 0, "c": 0}))


def test_whoever_measures_a_choice_says_what_the_truth_of_each_part_becomes_at_every_level() -> None:
    told = []

    def tenfold(rule: Rule, measured: int) -> int:
        told.append((rule.id, measured))
        return 10 * int(rule.holds(measured))

    nested = Choice("outer", "", (Choice("inner", "", (LOW, HIGH)), BOTH))
    assert nested.measure({"a": 1, "b": 1, "c": 0}, tenfold) == 10
    assert told == [("low", 2), ("high", 1), ("inner", 20), ("both", 3)]


def test_a_rule_about_units_already_achieved_weighs_those_of_the_learner_only() -> None:
    mine = HELD.given(["b", "z"])
    assert dict(mine.weights) == {"b": 2}
    assert (mine.id, mine.text, mine.at_least, mine.count, mine.held) == (
        "held",
        "one before",
        1,
        "credits",
        frozenset(),
    )
    assert LOW.given([]) is LOW


def test_what_a_learner_holds_reaches_every_part_of_a_choice() -> None:
    nested = Choice("outer", "", (Choice("inner", "", (HELD, LOW)), HELD), at_least=2)
    mine = nested.given(["a"])
    assert [dict(bound.weights) for bound in bounds(mine)] == [{"a": 3}, dict(LOW.weights), {"a": 3}]
    assert (mine.id, mine.at_least) == ("outer", 2)


def test_the_bounds_of_a_rule_are_those_of_its_parts_in_their_order() -> None:
    assert list(bounds(LOW)) == [LOW]
    assert list(bounds(Choice("c", "", (EITHER, HELD)))) == [LOW, BOTH, HIGH, HELD]


def test_a_rule_speaks_of_units_already_achieved_if_any_part_of_it_does() -> None:
    assert speaks_of_held(HELD)
    assert speaks_of_held(Choice("c", "", (LOW, Choice("d", "", (HIGH, HELD)))))
    assert not speaks_of_held(EITHER)


@pytest.mark.parametrize(
    ("rule", "opposite"),
    [
        (LOW, Bound("below low", "at least two", LOW.weights, at_most=1)),
        (HIGH, Bound("above high", "at most one", HIGH.weights, at_least=2)),
        (
            BOTH,
            Choice(
                "not both",
                "one or two credits",
                (
                    Bound("below both", "one or two credits", BOTH.weights, at_most=0),
                    Bound("above both", "one or two credits", BOTH.weights, at_least=3),
                ),
                at_least=1,
            ),
        ),
    ],
)
def test_the_opposite_of_a_bound_says_which_side_is_missed(rule: Rule, opposite: Rule) -> None:
    assert negation(rule) == opposite


@pytest.mark.parametrize(("asked", "may_fail"), [(1, 3), (2, 2), (3, 1)])
def test_the_opposite_of_a_choice_is_that_too_many_of_its_rules_fail(asked: int, may_fail: int) -> None:
    opposite = negation(Choice("either", "either way", EITHER.of, at_least=asked))
    assert opposite == Choice(
        "not either", "either way", tuple(negation(rule) for rule in EITHER.of), at_least=may_fail
    )


@pytest.mark.parametrize("figure", [0.1, 2.25])
def test_parts_that_are_no_halves_have_no_rule(figure: float) -> None:
    with pytest.raises(ValueError, match="neither whole nor a half"):
        Bound("x", "x", {"A": figure}, at_least=1)
    with pytest.raises(ValueError, match="neither whole nor a half"):
        Bound("x", "x", {"A": 1}, at_least=figure)
