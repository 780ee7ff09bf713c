"""Both sides of every edge of the real rules.

A selection is put to the planner with as many units fixed as there are, what is impossible also with as few
as will do.
"""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

import planner
from planner import Qualification
from planner.rules import audit
from tests import oracle, strategies

D, T = "D/503/0352", "T/503/0342"  # mandatory, 2 and 4 credits
H, J, K, L = "H/503/0403", "J/503/0426", "K/503/0385", "L/503/0394"  # group B, 4, 5, 5 and 5 credits
SYSTEMS, PRODUCTS = "J/503/0362", "L/503/0413"  # group B, 4 credits each
INCIDENTS = "K/503/0421"  # group B, 7 credits
COLLEAGUES = "H/600/9660"  # group C, 3 credits
TIME_PLANNING = "F/502/8559"  # group C, 2 credits
HANDOVER = "Y/601/1227"  # group C, 4 credits
CALLS, IMPRESSION = "F/601/1223", "L/601/0933"  # group C, 5 credits each
PROBLEMS = "M/601/1511"  # group C, 6 credits
COMPLAINTS = "D/601/1522"  # group C, 6 credits, level 3
BEST = (D, T, H, J, K, L, COLLEAGUES)  # 6 + 19 + 3 = 28 credits

# As in the examples of the rule file, typed again from the page.
EXAMPLES = {
    (D, T, H, J, K, L, COLLEAGUES): [],  # 2+4 + 4+5+5+5 + 3 = 28
    (D, T, INCIDENTS, K, CALLS, IMPRESSION): [],  # 2+4 + 7+5 + 5+5 = 28
    (D, T, H, J, K, L, TIME_PLANNING): ["total"],  # 2+4 + 4+5+5+5 + 2 = 27
    (D, T, H, K, CALLS, IMPRESSION, COLLEAGUES): ["group-b"],  # 2+4 + 4+5 + 5+5+3 = 28
    (D, T, H, J, K, L, "J/502/4299", "M/502/4300"): ["barred-C2"],  # 2+4 + 4+5+5+5 + 2+3 = 30
    (T, H, J, K, L, CALLS): ["mandatory"],  # 4 + 4+5+5+5 + 5 = 28
}


def broken(qualification: Qualification, counted: Collection[str]) -> set[str]:
    """The rules that the auditor finds broken."""
    return {finding.rule.id for finding in audit(qualification.rules, counted) if not finding.holds}


def all_fixed(qualification: Qualification, counted: Collection[str]) -> planner.Plan:
    """The plan with each unit either pinned or excluded."""
    rest = [unit.ref for unit in qualification.units if unit.ref not in counted]
    return planner.plan(qualification, pin=counted, exclude=rest, seconds=60.0)


def assert_breaks(qualification: Qualification, counted: Collection[str], rules: Collection[str]) -> None:
    """Auditor and planner agree that the selection breaks these rules and no other."""
    assert broken(qualification, counted) == set(rules)
    answer = all_fixed(qualification, counted)
    if rules:
        assert answer.status == "infeasible"
        for conflict in answer.conflicts:
            assert {rule.id for rule in conflict.rules} & set(rules)
    else:
        assert answer.status == "optimal"
        assert answer.units == tuple(sorted(counted))


def edge_cases() -> list[tuple[tuple[str, ...], list[str]]]:
    """Selections on either side of each rule's limit, with the rules they break."""
    cases = [
        # 28 and 27 credits, all else in order.
        (BEST, []),
        ((D, T, H, J, K, L, TIME_PLANNING), ["total"]),
        ((D, T, INCIDENTS, K, PROBLEMS, HANDOVER), []),  # 6 + 12 + 10
        ((D, T, INCIDENTS, K, CALLS, HANDOVER), ["total"]),  # 6 + 12 + 9
        ((D, T, H, J, K, L, SYSTEMS), []),  # no unit of group C: 6 + 23
        # 13, 12, 11 and 9 credits of group B in at least 28: with units of 4, 5 and 7 there is no 10.
        ((D, T, H, SYSTEMS, J, CALLS, HANDOVER), []),  # 4+4+5, 28 in all
        ((D, T, H, SYSTEMS, PRODUCTS, CALLS, IMPRESSION), []),  # 4+4+4, 28 in all
        ((D, T, INCIDENTS, K, CALLS, IMPRESSION), []),  # 7+5, 28 in all
        ((D, T, INCIDENTS, H, CALLS, PROBLEMS), ["group-b"]),  # 7+4, 28 in all
        ((D, T, H, K, CALLS, IMPRESSION, COLLEAGUES), ["group-b"]),  # 4+5, 28 in all
        # One, the other and both mandatory units missing, the credits made up elsewhere.
        ((D, H, J, K, L, CALLS, COLLEAGUES), ["mandatory"]),
        ((T, H, J, K, L, CALLS), ["mandatory"]),
        ((H, J, K, L, CALLS, PROBLEMS), ["mandatory"]),
        # Several at once.
        ((), ["total", "mandatory", "group-b", "level-2"]),
        ((D, T), ["total", "group-b", "level-2"]),
        ((D, T, K, L), ["total", "group-b", "level-2"]),  # 4+5+5 = 14 at level 2
        ((D, T, H, INCIDENTS), ["total", "group-b"]),  # 4+4+7 = 15 at level 2
        (tuple(oracle.ROWS), [f"barred-{name}" for name in oracle.BARRED]),
    ]
    for name, (one, other) in oracle.BARRED.items():
        cases += [((*BEST, one), []), ((*BEST, other), []), ((*BEST, one, other), [f"barred-{name}"])]
    return cases


@pytest.mark.parametrize(("counted", "rules"), edge_cases())
def test_either_side_of_every_edge_with_all_units_fixed(
    real: Qualification, counted: tuple[str, ...], rules: list[str]
) -> None:
    assert oracle.broken_rules(counted) == set(rules)
    assert_breaks(real, counted, rules)


def few_wishes() -> list[tuple[list[str], list[str], str]]:
    """Pins and excludes, as few as will do, that make one rule impossible to meet."""
    group_b = [ref for ref, row in oracle.ROWS.items() if row.group == "B"]
    group_c = [ref for ref, row in oracle.ROWS.items() if row.group == "C"]
    return [
        ([], [D], "mandatory"),
        ([], [T], "mandatory"),
        *((list(pair), [], f"barred-{name}") for name, pair in oracle.BARRED.items()),
        # What is left of group B gives 7+4 = 11 credits.
        ([], [ref for ref in group_b if ref not in (INCIDENTS, H)], "group-b"),
        # What is left in all gives 6 + 19 + 2 = 27 credits.
        ([], [SYSTEMS, PRODUCTS, INCIDENTS, *(ref for ref in group_c if ref != TIME_PLANNING)], "total"),
    ]


@pytest.mark.parametrize(("pins", "excludes", "rule"), few_wishes())
def test_beyond_an_edge_there_is_no_plan_with_as_few_units_fixed_as_possible(
    real: Qualification, pins: list[str], excludes: list[str], rule: str
) -> None:
    answer = planner.plan(real, pin=pins, exclude=excludes)
    assert answer.status == "infeasible"
    assert {found.id for conflict in answer.conflicts for found in conflict.rules} == {rule}
    # Each of these wishes is needed: without any one of them there is a plan.
    for wish in pins:
        assert planner.plan(real, pin=set(pins) - {wish}, exclude=excludes).status == "optimal"
    for wish in excludes:
        assert planner.plan(real, pin=pins, exclude=set(excludes) - {wish}).status == "optimal"


def test_at_the_edge_there_is_a_plan_with_nothing_pinned(real: Qualification) -> None:
    # What is left of group B gives 7+5 = 12 credits; what is left in all gives 6 + 19 + 3 = 28.
    group_b = [unit.ref for unit in real.units if unit.group == "B"]
    group_c = [unit.ref for unit in real.units if unit.group == "C"]
    answer = planner.plan(real, exclude=[ref for ref in group_b if ref not in (INCIDENTS, K)])
    assert answer.status == "optimal"
    assert {INCIDENTS, K} <= set(answer.units)
    left_out = [SYSTEMS, PRODUCTS, INCIDENTS, *(ref for ref in group_c if ref != COLLEAGUES)]
    assert planner.plan(real, exclude=left_out).units == tuple(sorted(BEST))


def test_the_worked_examples_of_the_rule_file_are_those_typed_here(real: Qualification) -> None:
    on_file = {example.counted: list(example.breaks) for example in real.examples}
    assert on_file == {tuple(sorted(counted)): breaks for counted, breaks in EXAMPLES.items()}


@pytest.mark.parametrize(("counted", "breaks"), EXAMPLES.items())
def test_the_worked_examples_break_what_they_say(
    real: Qualification, counted: tuple[str, ...], breaks: list[str]
) -> None:
    assert oracle.broken_rules(counted) == set(breaks)
    assert_breaks(real, counted, breaks)


# The level rule does not bind with the levels on file (at least 16 credits of any valid plan are at level 2),
# so its edge is tried on copies of the data with other levels.


def with_levels(folder: Path, levels: Mapping[str, int]) -> tuple[Qualification, dict[str, oracle.Row]]:
    """The qualification with other levels, loaded from a copy of the data, and the rows of the copy."""
    shutil.copytree(oracle.UNITS_FILE.parent, folder, dirs_exist_ok=True)
    with oracle.UNITS_FILE.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    with (folder / "units.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0].keys())
        writer.writeheader()
        writer.writerows(line | {"level": str(levels.get(line["ref"], line["level"]))} for line in lines)
    return planner.load(data=folder), oracle.read_rows(folder / "units.csv")


@pytest.mark.parametrize(
    ("lowered", "counted", "breaks"),
    [
        ((T, H, COLLEAGUES), BEST, []),  # J, K and L: 5+5+5 = 15 at level 2
        ((T, K, COLLEAGUES), BEST, ["level-2"]),  # H, J and L: 4+5+5 = 14
        ((T, K, TIME_PLANNING), (D, T, H, J, K, COMPLAINTS, TIME_PLANNING), []),  # 4+5 and 6 at level 3: 15
        ((T, H, HANDOVER), (D, T, H, J, SYSTEMS, COMPLAINTS, HANDOVER), []),  # 5+4 and 6 at level 3: 15
        ((T, J, HANDOVER), (D, T, H, J, SYSTEMS, COMPLAINTS, HANDOVER), ["level-2"]),  # 4+4 and 6: 14
        ((T, J, COMPLAINTS), (D, T, H, J, SYSTEMS, COMPLAINTS, HANDOVER), ["level-2"]),  # 4+4 and 4: 12
    ],
)
def test_either_side_of_the_level_rule_with_all_units_fixed(
    tmp_path: Path, lowered: tuple[str, ...], counted: tuple[str, ...], breaks: list[str]
) -> None:
    qualification, rows = with_levels(tmp_path, dict.fromkeys(lowered, 1))
    assert oracle.broken_rules(counted, rows) == set(breaks)
    assert_breaks(qualification, counted, breaks)


def test_where_the_level_rule_binds_the_best_plan_gives_way(tmp_path: Path) -> None:
    # With T, H and COLLEAGUES at level 1 the 93-hour plan has J, K and L at level 2, 15 credits: it stands.
    # With J at level 1 too it has 10.
    level_1 = dict.fromkeys((T, H, COLLEAGUES), 1)
    assert planner.plan(with_levels(tmp_path / "one", level_1)[0]).units == tuple(sorted(BEST))
    qualification, rows = with_levels(tmp_path / "two", level_1 | {J: 1})
    answer = planner.plan(qualification)
    assert answer.status == "optimal"
    assert not oracle.broken_rules(answer.units, rows)
    assert (answer.new_glh, len(answer.new_units)) == oracle.least_hours_and_units(rows=rows)
    assert oracle.least_hours(rows=rows) != 93


def test_no_plan_where_too_little_is_left_at_level_2(tmp_path: Path) -> None:
    # K, L and HANDOVER: 5+5+4 = 14 credits at level 2 in the whole qualification.
    all_at_1 = dict.fromkeys(oracle.ROWS, 1)
    qualification, rows = with_levels(tmp_path / "14", all_at_1 | dict.fromkeys((K, L, HANDOVER), 2))
    answer = planner.plan(qualification)
    assert oracle.least_hours(rows=rows) is None
    assert answer.status == "infeasible"
    assert [rule.id for rule in answer.conflicts[0].rules] == ["level-2"]
    assert (answer.conflicts[0].pins, answer.conflicts[0].excludes) == ((), ())
    # K, L and CALLS: 5+5+5 = 15.
    qualification, rows = with_levels(tmp_path / "15", all_at_1 | dict.fromkeys((K, L, CALLS), 2))
    answer = planner.plan(qualification)
    assert answer.status == "optimal"
    assert {K, L, CALLS} <= set(answer.units)
    assert answer.new_glh == oracle.least_hours(rows=rows)


def test_random_levels_have_the_oracles_status_and_hours(tmp_path: Path) -> None:
    rng = random.Random(15)
    binding = 0
    for number in range(15):
        share = rng.choice((0.5, 0.8))
        lowered = {ref: 1 for ref in oracle.ROWS if rng.random() < share}
        qualification, rows = with_levels(tmp_path / str(number), lowered)
        for _ in range(15):
            asked = strategies.random_wishes(rng, list(rows), sizes=(0, 1, 2, 4, 8))
            expected = oracle.least_hours(asked["pin"], asked["exclude"], asked["held"], rows)
            answer = planner.plan(qualification, **asked)
            assert answer.status == ("infeasible" if expected is None else "optimal")
            assert answer.new_glh == expected
            assert not answer.found or not oracle.broken_rules(answer.units, rows)
            others = [rule for rule in oracle.RULES if rule != "level-2"]
            binding += expected != oracle.least_hours(
                asked["pin"], asked["exclude"], asked["held"], rows, rules=others
            )
    assert binding >= 20
