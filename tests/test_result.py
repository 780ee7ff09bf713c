"""Answers in words and figures, all by literal values: conflicts, repairs, plans, and the sets behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import planner
from planner import Bound, Choice, DisagreementError, Qualification, Unit
from planner.authoring.revision import differences
from planner.catalogue import Task
from planner.catalogue.qualification import Known
from planner.cli.options import option
from planner.planning.diagnosis import MOST, MOST_CORRECTIONS
from planner.planning.result import Conflict, GoalValue, Plan, Repair, listed
from planner.records.wishes import MOST_LOSSES, Wishes, goal_problems, survival_rule
from planner.rules.measure import audit
from planner.rules.minimal import hitting_sets, minimal, unique
from planner.rules.rule import WAYS

TEA, CAKE, SOUP = (
    Unit("T/1", "Tea", "A", 2, 3, 10, strategy="X"),
    Unit("C/2", "Cake", "B", 1, 4, 20),
    Unit("S/3", "Soup", "B", 3, 5, 40),
)
TOTAL = Bound("total", "at least 7 credits", {"T/1": 3, "C/2": 4, "S/3": 5}, at_least=7, count="credits")
FEW = Bound("few", "at most two", {"T/1": 1, "C/2": 1, "S/3": 1}, at_most=2)
KITCHEN = Qualification(
    "K/1",
    "Kitchen",
    "invented",
    date(2026, 1, 2),
    (TEA, CAKE, SOUP),
    (TOTAL, FEW),
    ends=date(2026, 6, 30),
    digest="d1",
    tasks={"brew": Task("brew", "Brew", {"T/1": "it is tea"})},
)


@pytest.mark.parametrize(
    ("conflict", "words"),
    [
        (Conflict((), ("T/1",), ("T/1",)), "You asked for Tea (T/1) and also left it out."),
        (
            Conflict((TOTAL,), (), ("C/2",)),
            "You left out Cake (C/2). This cannot stand under: “at least 7 credits”.",
        ),
        (Conflict((FEW,), ("S/3",)), "You asked for Soup (S/3). This cannot stand under: “at most two”."),
        (
            Conflict((FEW,), ("C/2", "S/3", "T/1")),
            "You asked for Cake (C/2), Soup (S/3) and Tea (T/1). These cannot stand together under: “at most two”.",
        ),
        (
            Conflict((TOTAL, FEW), ("T/1",), ("C/2", "S/3")),
            "You asked for Tea (T/1) and you left out Cake (C/2) and Soup (S/3). These cannot stand together under: "
            "“at least 7 credits”; “at most two”.",
        ),
        (
            Conflict((TOTAL, FEW)),
            "No choice of units meets these rules: “at least 7 credits”; “at most two”.",
        ),
    ],
)
def test_a_conflict_in_words(conflict: Conflict, words: str) -> None:
    assert conflict.in_words(KITCHEN) == words


@pytest.mark.parametrize(
    ("repair", "words"),
    [
        (Repair(("T/1",), (), 1), "No longer ask for Tea (T/1): 1 guided hour."),
        (Repair((), ("C/2", "S/3"), 60), "Allow Cake (C/2) and Soup (S/3): 60 guided hours."),
        (
            Repair(("T/1",), ("C/2",), 0),
            "No longer ask for Tea (T/1) and allow Cake (C/2): 0 guided hours.",
        ),
        (Repair(("T/1",), (), 2, "units"), "No longer ask for Tea (T/1): 2 units."),
        (Repair(("T/1",), (), 1, "credits"), "No longer ask for Tea (T/1): 1 credit."),
        (Repair(("T/1",), (), 2, "strategies"), "No longer ask for Tea (T/1): 2 assessment strategies."),
    ],
)
def test_a_repair_in_words(repair: Repair, words: str) -> None:
    assert repair.in_words(KITCHEN) == words


def test_things_are_listed_as_one_says_them() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_the_figures_of_a_plan() -> None:
    wishes = Wishes(pins=frozenset({"S/3"}), held=frozenset({"T/1", "C/2"}))
    findings = audit((*KITCHEN.rules, *wishes.as_rules(KITCHEN)), ["S/3", "T/1"])
    plan = Plan(KITCHEN, wishes, "optimal", ("S/3", "T/1"), findings, (GoalValue("glh", 40, 40, True),))
    assert plan.found
    assert plan.counted == (SOUP, TEA)
    assert plan.new_units == ("S/3",)
    assert (plan.glh, plan.new_glh, plan.credits, plan.learning_hours) == (50, 40, 8, 50)
    assert [finding.rule.id for finding in plan.rule_findings] == ["total", "few"]
    assert replace(plan, status="feasible").found
    measured = {
        "rule": "few",
        "text": "at most two",
        "measured": 2,
        "at_least": None,
        "at_most": 2,
        "holds": True,
    }
    document = plan.to_json(date(2026, 7, 1))
    assert document["findings"][1] == measured
    assert [finding["rule"] for finding in document["findings"]] == ["total", "few", "pin S/3"]
    del document["findings"]
    assert document == {
        "qualification": {
            "id": "K/1",
            "title": "Kitchen",
            "status": "closed",
            "ends": "2026-06-30",
            "source": "invented",
            "verified": "2026-01-02",
        },
        "status": "optimal",
        "units": ["S/3", "T/1"],
        "new_units": ["S/3"],
        "spare": [],
        "glh": 50,
        "new_glh": 40,
        "credits": 8,
        "goals": [{"id": "glh", "value": 40, "bound": 40, "proven": True}],
        "conflicts": [],
        "conflicts_complete": True,
        "repairs": [],
        "repairs_complete": True,
        "outside_offer": [],
        "reproducible": True,
        "data": "d1",
    }


@pytest.mark.parametrize("status", ["infeasible", "unknown"])
def test_without_a_plan_there_are_no_figures(status: str) -> None:
    plan = Plan(KITCHEN, Wishes(), status, conflicts=(Conflict((FEW,), ("T/1",), ("C/2",)),))  # type: ignore[arg-type]
    assert not plan.found
    assert (plan.glh, plan.new_glh, plan.credits, plan.learning_hours) == (None, None, None, None)
    assert plan.to_json()["conflicts"] == [{"rules": ["few"], "pins": ["T/1"], "excludes": ["C/2"]}]
    assert Repair(("T/1",), ("C/2",), 3).to_json() == {"unpin": ["T/1"], "allow": ["C/2"], "new_glh": 3}


@pytest.mark.parametrize(
    ("day", "status", "sentence"),
    [
        (date(2026, 6, 30), "open", "Open for registration until 30 June 2026."),
        (date(2026, 7, 1), "closed", "Closed: registration for this qualification ended on 30 June 2026."),
        (date(2026, 3, 1), "open", "Open for registration until 30 June 2026."),
        (
            date(2026, 2, 28),
            "not yet open",
            "Not yet open: registration for this qualification starts on 1 March 2026.",
        ),
    ],
)
def test_a_qualification_is_open_from_its_first_day_to_its_last(
    day: date, status: str, sentence: str
) -> None:
    dated = replace(KITCHEN, starts=date(2026, 3, 1))
    assert (dated.status(day), dated.status_sentence(day), dated.dated) == (status, sentence, True)


def test_dates_that_are_not_on_file_are_not_guessed() -> None:
    undated, begun = replace(KITCHEN, ends=None), replace(KITCHEN, ends=None, starts=date(2026, 3, 1))
    assert (undated.dated, begun.dated) == (False, True)
    assert undated.status(date(1900, 1, 1)) == "open"
    assert undated.status_sentence() == (
        "No registration dates on file: ask the awarding organisation whether it is open."
    )
    assert begun.status_sentence(date(2026, 3, 1)) == "Open for registration."
    assert undated.to_json()["ends"] is None


def test_what_a_qualification_calls_groups_and_strategies() -> None:
    named = replace(KITCHEN, groups={"A": "Drinks"}, strategies={"X": "Tasting"})
    assert [named.group_name("A"), named.group_name("B")] == ["Drinks", "Group B"]
    assert [named.strategy_name(name) for name in ("X", "Y", "")] == ["X: Tasting", "Y", "Unknown"]
    assert repr(named) == "<Qualification K/1, 3 units>"
    assert named.evidence(["brew"]) == {"T/1": {"brew": "it is tea"}}


def test_wishes_as_rules() -> None:
    wishes = Wishes(pins=frozenset({"S/3"}), excludes=frozenset({"C/2"}), closed=frozenset({"T/1"}))
    assert [(rule.id, rule.text, rule.at_least, rule.at_most) for rule in wishes.as_rules(KITCHEN)] == [
        ("pin S/3", "you asked for Soup (S/3)", 1, None),
        ("exclude C/2", "you left out Cake (C/2)", None, 0),
    ]
    (offer,) = wishes.offer_rules
    assert (offer.id, offer.text) == ("offer", "new units come from what the centre offers")
    assert (dict(offer.weights), offer.at_least, offer.at_most) == ({"T/1": 1}, None, 0)
    assert survival_rule(1).text == "the rules must still be met if any one optional unit fails"
    assert survival_rule(2).text == "the rules must still be met if any 2 optional units fail"
    assert survival_rule(2).id == "survive 2"
    assert MOST_LOSSES == 3


def test_goals_that_need_what_was_not_given() -> None:
    problems = goal_problems(planner.load(), ["fit", "changes", "glhs", ""], [], [])
    names = "glh, units, credits, strategies, fit, changes"
    assert [(problem.source, problem.value, problem.message) for problem in problems] == [
        ("goals", "fit", "needs what the learner does at work"),
        ("goals", "changes", "needs a plan to keep"),
        ("goals", "glhs", f"no such goal; did you mean glh? (goals: {names})"),
        ("goals", "(empty)", f"no such goal (goals: {names})"),
    ]
    assert goal_problems(planner.load(), ["fit", "changes"], ["brew"], ["T/1"]) == []


def test_the_options_of_the_command_line_are_called_as_they_are() -> None:
    names = ["achieved", "excludes", "goals", "number", "pins", "seconds", "tasks", "units", "group_size"]
    assert [option(name) for name in names] == [
        "--unit", "--exclude", "--goal", "--id", "--pin", "--time-limit", "--task", "--unit", "--group-size"
    ]  # fmt: skip


# The sets behind conflicts and repairs


def test_the_smallest_sets_that_share_a_member_with_each() -> None:
    sets = [frozenset("ab"), frozenset("bc"), frozenset("d")]
    assert hitting_sets(sets, 2) == ([["b", "d"], ["a", "c", "d"]], True)
    assert hitting_sets(sets, 1) == ([["b", "d"]], False)
    assert hitting_sets([], 1) == ([[]], True)
    assert (MOST, MOST_CORRECTIONS) == (20, 200)


@pytest.mark.parametrize(("members", "complete"), [(50, True), (51, False)])
def test_of_too_many_sets_the_first_are_followed(members: int, complete: bool) -> None:
    # One of so many, then one of two that are all in the first: fifty are kept where one is listed.
    names = [f"{number:02}" for number in range(members)]
    found, whole = hitting_sets([frozenset(names), frozenset(names[:1])], 1)
    assert found == [["00"]]
    assert whole is complete


def test_lists_are_told_apart_by_their_members_in_order() -> None:
    assert unique([["a", "b"], ["b"], ["a", "b"], ["b", "a"]]) == [["a", "b"], ["b"], ["b", "a"]]


def test_a_minimal_clash_is_found_and_verified() -> None:
    assert minimal("abcd", lambda items: {"b", "d"} <= set(items)) == ["b", "d"]
    with pytest.raises(DisagreementError, match=r"^\['a', 'b'\] is not a minimal conflict$"):
        minimal("ab", lambda items: False)


def one_by_one(items: list[int], clash: Callable[[Sequence[int]], bool]) -> list[int]:
    """What deletion leaves that tries a single item at a time."""
    kept = list(items)
    for item in items:
        if clash([other for other in kept if other != item]):
            kept.remove(item)
    return kept


@given(st.lists(st.frozensets(st.integers(0, 19), min_size=1), min_size=1, max_size=6))
def test_many_left_out_at_once_leave_what_one_by_one_leaves(clashes: list[frozenset[int]]) -> None:
    def clash(items: Sequence[int]) -> bool:
        return any(members <= set(items) for members in clashes)

    assert minimal(range(20), clash) == one_by_one(list(range(20)), clash)


def test_a_small_clash_among_many_takes_few_questions() -> None:
    asked: list[int] = []

    def clash(items: Sequence[int]) -> bool:
        asked.append(len(items))
        return {300, 700} <= set(items)

    assert minimal(range(1_000), clash) == [300, 700]
    assert len(asked) < 70


# Two versions compared


def other_kitchen() -> Qualification:
    """The kitchen after a year: something of every kind is other, new or gone."""
    needing = Bound(
        "pair", "soup asks for tea", {"T/1": 1, "S/3": -1}, at_least=0, kind="requires", subject="S/3"
    )
    either = Choice(
        "either", "either way", (Bound("one", "few", {"T/1": 1}, 1), Bound("two", "all", {"S/3": 2}, 2))
    )
    return replace(
        KITCHEN,
        level=3,
        ends=None,
        groups={"A": "Drinks"},
        strategies={"X": "Tasting"},
        published={"units": 1},
        notes=("Wash your hands.",),
        known=(Known("units", "a slip", 3), Known("units", "another")),
        units=(
            replace(
                TEA, credits=1, glh=1, barred_sets=("b", "a"), tags=("hot", "cold"), level_confidence="low"
            ),
            SOUP,
            Unit("N/4", "Nuts", "C", 0, 2, 0, level_source="the bag"),
        ),
        rules=(
            replace(TOTAL, at_most=9, weights={"T/1": 1, "S/3": 5}),
            Bound("held", "one before", {"S/3": 1}, at_least=1, at_most=1, held=frozenset(WAYS)),
            needing,
            either,
        ),
        tasks={
            "brew": Task("brew", "Brew", {"S/3": "it is hot"}, "a book"),
            "idle": Task("idle", "Idle", {}),
        },
    )


def test_what_differs_between_two_versions_in_words() -> None:
    assert [difference.in_words for difference in differences(KITCHEN, other_kitchen())] == [
        "fact ends is gone: 2026-06-30",
        "fact level is new: 3",
        "group A is new: Drinks",
        "assessment strategy X is new: Tasting",
        "published figure units is new: 1",
        "known difference of units is new: “a slip” (3 comes out); “another”",
        "note 1 is new: “Wash your hands.”",
        "unit T/1 was “Tea” (group A, level 2, 3 credits, 10 hours, assessment strategy X); it is now “Tea” (group A, "
        "level 2, 1 credit, 1 hour, barred set a b, assessment strategy X, confidence of the level low, tags cold hot)",
        "unit C/2 is gone: “Cake” (group B, level 1, 4 credits, 20 hours)",
        "unit N/4 is new: “Nuts” (group C, level 0, 2 credits, 0 hours)",
        "rule total was “at least 7 credits” (at least 7 credits over 3 units, 12 credits in all); it is now “at least 7 "
        "credits” (at least 7 and at most 9 credits over 2 units, 6 credits in all): T/1: 1 credit instead of 3 credits; "
        "no longer with C/2 (4 credits)",
        "rule few is gone: “at most two” (at most 2 units over 3 units)",
        "rule held is new: “one before” (at least 1 and at most 1 unit over 1 unit already achieved)",
        "rule pair is new: “soup asks for tea” (S/3 counts only together with T/1)",
        "rule either is new: “either way” (at least 1 rule: one “few” (at least 1 unit over 1 unit); two “all” (at least "
        "2 units over 1 unit))",
        "task brew was “Brew” (evidence for T/1); it is now “Brew” (evidence for S/3): no longer with T/1 (“it is tea”); "
        "now with S/3 (“it is hot”); now with source (“a book”)",
        "task idle is new: “Idle” (evidence for no unit)",
    ]
    assert differences(other_kitchen(), other_kitchen()) == ()


def test_what_a_unit_weighs_otherwise_within_a_choice_is_said() -> None:
    def version(weight: int) -> Qualification:
        parts = (Bound("one", "few", {"T/1": weight, "S/3": 1}, 1), Bound("two", "all", {"S/3": 2}, 2))
        return replace(KITCHEN, rules=(Choice("either", "either way", parts),))

    (found,) = differences(version(1), version(2))
    told = "“either way” (at least 1 rule: one “few” (at least 1 unit over 2 units); two “all” (at least 2 units over 1 unit))"
    assert found.in_words == f"rule either is still {told}, but T/1 in one: 2 units instead of 1 unit"
    assert found.to_json() == {
        "kind": "rule", "id": "either", "before": told, "after": told, "details": ["T/1 in one: 2 units instead of 1 unit"],
    }  # fmt: skip
