"""The auditor's findings: the figure in words, in JSON, and the findings of a choice's rules."""

from __future__ import annotations

import pytest

from planner import Bound, Choice, Finding, Rule
from planner.rules import audit
from planner.rules.measure import noun_of

REFS = ("a", "b", "c")


def bound(at_least: int | None, at_most: int | None, count: str = "units") -> Bound:
    """A bound over three things that weigh 1 each."""
    return Bound("b", "the sentence", dict.fromkeys(REFS, 1), at_least, at_most, count)


def choice(at_least: int) -> Choice:
    """At least so many of: one unit, two units, three units."""
    return Choice("c", "the choice", tuple(bound(number, None) for number in (1, 2, 3)), at_least)


@pytest.mark.parametrize(
    ("rule", "measured", "words"),
    [
        (bound(12, None, "credits"), 19, "19 of 12 credits"),
        (bound(1, None, "credits"), 0, "0 of 1 credit"),
        (bound(0, None), 1, "1 of 0 units"),
        (bound(None, 1), 3, "3 of at most 1 unit"),
        (bound(None, 2, "glh"), 1, "1 of at most 2 guided hours"),
        (bound(None, 0), 0, "0 of at most 0 units"),
        (bound(1, 1), 2, "2 of exactly 1 unit"),
        (bound(2, 2), 1, "1 of exactly 2 units"),
        (bound(0, 1, "years"), 0, "0 of 0 to 1 year"),
        (bound(1, 3, "years"), 1, "1 of 1 to 3 years"),
        (choice(1), 0, "0 of 1 rule"),
        (choice(2), 3, "3 of 2 rules"),
    ],
)
def test_a_finding_tells_the_figure_against_the_limits(rule: Rule, measured: int, words: str) -> None:
    assert Finding(rule, measured, holds=True).progress == words


@pytest.mark.parametrize(("holds", "words"), [(True, "kept"), (False, "broken")])
def test_a_requirement_is_no_figure_but_kept_or_broken(holds: bool, words: str) -> None:
    requires = Bound("needs", "a needs b", {"b": 1, "a": -1}, at_least=0, kind="requires", subject="a")
    assert Finding(requires, int(holds) - 1, holds).progress == words


def test_a_finding_in_json_is_its_rule_the_figure_the_limits_and_the_verdict() -> None:
    assert Finding(bound(1, 2), 3, holds=False).to_json() == {
        "rule": "b",
        "text": "the sentence",
        "measured": 3,
        "at_least": 1,
        "at_most": 2,
        "holds": False,
    }
    assert Finding(choice(2), 2, holds=True).to_json() == {
        "rule": "c",
        "text": "the choice",
        "measured": 2,
        "at_least": 2,
        "at_most": None,
        "holds": True,
    }


def test_the_finding_of_a_choice_has_the_findings_of_its_rules() -> None:
    (outer,) = audit([Choice("outer", "", (choice(2), bound(None, 1)))], ["a", "b"])
    assert (outer.measured, outer.holds) == (1, True)
    inner, plain = outer.parts
    assert (inner.rule, inner.measured, inner.holds) == (choice(2), 2, True)
    assert [(part.measured, part.holds) for part in inner.parts] == [(2, True), (2, True), (2, False)]
    assert (plain.measured, plain.holds, plain.parts) == (2, False, ())
    assert Finding(plain.rule, 2, holds=False).parts == ()


def test_what_counts_several_times_is_weighed_as_often() -> None:
    months = Bound("months", "", {"a": 2, "b": 1}, at_least=7, count="months")
    (found,) = audit([months], {"a": 3, "b": 1, "elsewhere": 9})
    assert (found.measured, found.holds) == (7, True)
    # Once each, from a list as from anything else that holds them.
    assert audit([months], ["a", "b", "elsewhere"])[0].measured == 3
    assert audit([months], frozenset("a"))[0].measured == 2


def test_the_verdicts_of_an_audit_are_plain_numbers_and_booleans() -> None:
    (found,) = audit([bound(1, None)], {"a": True})
    assert (repr(found.measured), repr(found.holds)) == ("1", "True")


@pytest.mark.parametrize(
    ("count", "one", "more"),
    [
        ("units", "unit", "units"),
        ("credits", "credit", "credits"),
        ("glh", "guided hour", "guided hours"),
        ("rules", "rule", "rules"),
        ("points", "point", "points"),
        ("times", "time", "times"),
        ("months", "month", "months"),
        ("years", "year", "years"),
        ("statements", "statement", "statements"),
        ("GCSEs", "GCSE", "GCSEs"),
    ],
)
def test_what_is_counted_agrees_with_the_number(count: str, one: str, more: str) -> None:
    assert noun_of(count, 1) == one
    assert {noun_of(count, number) for number in (0, 2, 28)} == {more}
