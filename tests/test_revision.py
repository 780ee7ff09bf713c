"""Two versions of a qualification: what differs, and what that does to each stored request."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import planner
from planner import Qualification, Request, Wishes, load
from planner.authoring.revision import Effect, differences, effects
from planner.catalogue.loading import shipped
from planner.planning.solve import answer
from planner.report.plan_tables import effect_words
from tests import explore_oracle, oracle, strategies
from tests.conftest import HEADER, SMALL_RULES, SMALL_UNITS
from tests.explore_oracle import Chosen, RealTables, hours_cost
from tests.strategies import Small, deep
from tests.test_cli import Run, run

__all__ = ["run"]

Folder = Callable[..., Path]

TEACHING = "601/0143/X"
CONTACT_FILE = "qualifications/iq-600-5106-1.toml"
TEACHING_FILE = "qualifications/active-iq-601-0143-x.toml"
UNITS, TASKS = "units.csv", "tasks.csv"

# The units of 601/0143/X, by what they are: group, credits and guided hours.
A3_12, B6_24, B6_25, B6_25_TOO, C3_12, C3_24 = (
    "H/505/0053", "D/505/0052", "J/502/9549", "F/502/9548", "R/505/0050", "D/601/5313",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Copies the shipped data and edits it: (file, text that stands there once, text in its place)."""
    made = iter(range(100))

    def copy(*edits: tuple[str, str, str]) -> Path:
        data = tmp_path / f"data-{next(made)}"
        shutil.copytree(shipped("data"), data)
        for name, old, new in edits:
            text = (data / name).read_text(encoding="utf-8")
            assert text.count(old) == 1, (name, old, text.count(old))
            (data / name).write_text(text.replace(old, new), encoding="utf-8")
        return data

    return copy


def line_of(ref: str) -> str:
    """The shipped unit file's line of a unit."""
    lines = (shipped("data") / UNITS).read_text(encoding="utf-8").splitlines(keepends=True)
    (found,) = [line for line in lines if f",{ref}," in line]
    return found


def without_examples(data: Path, name: str) -> Path:
    """The folder with the worked examples taken out: they may name what is gone."""
    text = (data / name).read_text(encoding="utf-8")
    (data / name).write_text(text.split("[[example]]")[0], encoding="utf-8")
    return data


def without_unit(data: Path, ref: str, rules: str) -> Path:
    """The folder with one unit gone from units, tasks and worked examples."""
    for name in (UNITS, TASKS):
        lines = (data / name).read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if f",{ref}," not in line]
        (data / name).write_text("".join(kept), encoding="utf-8")
    return without_examples(data, rules)


def tasks_of(ref: str) -> dict[str, str]:
    """The tasks that give evidence for a unit, in the file's order: the reason by task."""
    with (shipped("data") / TASKS).open(encoding="utf-8", newline="") as file:
        return {line["task"]: line["reason"] for line in csv.DictReader(file) if line["ref"] == ref}


def ids(before: Qualification, after: Qualification) -> list[tuple[str, str]]:
    return [(difference.kind, difference.id) for difference in differences(before, after)]


# Differences


def test_a_version_does_not_differ_from_itself(real: Qualification, folder: Folder) -> None:
    assert differences(real, load(data=folder())) == ()
    # A comment makes another file of the same rules.
    commented = load(data=folder((CONTACT_FILE, 'id = "total"', '# read again\nid = "total"')))
    assert commented.digest != real.digest
    assert differences(real, commented) == ()


def test_a_raised_limit_is_the_only_difference(real: Qualification, folder: Folder) -> None:
    after = load(data=folder((CONTACT_FILE, "at_least = 12", "at_least = 16")))
    (found,) = differences(real, after)
    assert (found.kind, found.id) == ("rule", "group-b")
    assert "“a minimum of 12 credits from Optional Group B”" in str(found.before)
    assert "at least 12 credits" in str(found.before)
    assert "at least 16 credits" in str(found.after)
    assert found.in_words == f"rule group-b was {found.before}; it is now {found.after}"
    assert found.to_json() == {
        "kind": "rule", "id": "group-b", "before": found.before, "after": found.after, "details": [],
    }  # fmt: skip


def test_a_changed_sentence_is_a_difference(real: Qualification, folder: Folder) -> None:
    after = load(data=folder((CONTACT_FILE, "learners must achieve 28 credits", "28 credits in all")))
    assert ids(real, after) == [("rule", "total")]


NEW_RULE = """
[[rule]]
id = "few"
text = "at most 1 of these two units"
where = { ref = ["L/503/0394", "J/503/0426"] }
at_most = 1
"""


def test_a_rule_added_is_new_and_a_rule_removed_is_gone(real: Qualification, folder: Folder) -> None:
    more = with_rule(folder, NEW_RULE)
    (added,) = differences(real, more)
    assert (added.kind, added.id, added.before) == ("rule", "few", None)
    assert "“at most 1 of these two units” (at most 1 unit over 2 units)" in str(added.after)
    assert added.in_words == f"rule few is new: {added.after}"
    (removed,) = differences(more, real)
    assert (removed.id, removed.before, removed.after) == ("few", added.after, None)
    assert removed.in_words == f"rule few is gone: {removed.before}"


def test_a_unit_removed_is_gone_and_shows_in_the_rules_that_weigh_it(
    real: Qualification, folder: Folder
) -> None:
    after = load(data=without_unit(folder(), "L/503/0394", CONTACT_FILE))
    assert ids(real, after) == [
        ("unit", "L/503/0394"), ("rule", "total"), ("rule", "group-b"), ("rule", "level-2"),
        *(("task", name) for name in tasks_of("L/503/0394")),
    ]  # fmt: skip
    gone, total, *_, task = differences(real, after)
    assert gone.after is None
    assert total.details == ("no longer with L/503/0394 (5 credits)",)
    assert total.in_words.endswith(
        "over 38 units, 158 credits in all): no longer with L/503/0394 (5 credits)"
    )
    assert task.details == (f"no longer with L/503/0394 (“{tasks_of('L/503/0394')[task.id]}”)",)
    assert "“Carry out direct sales activities in a contact centre” (group B, level 2" in str(gone.before)
    assert ids(after, real) == ids(real, after)
    assert differences(after, real)[0].before is None


def test_changed_credits_of_a_unit_show_there_and_in_the_rules_that_count_credits(
    real: Qualification, folder: Folder
) -> None:
    old = line_of("L/503/0394")
    data = folder((UNITS, old, old.replace(",2,5,15,", ",2,6,15,")))
    after = load(data=without_examples(data, CONTACT_FILE))
    assert ids(real, after) == [
        ("unit", "L/503/0394"), ("rule", "total"), ("rule", "group-b"), ("rule", "level-2"),
    ]  # fmt: skip
    unit = differences(real, after)[0]
    assert "5 credits, 15 hours" in str(unit.before)
    assert "6 credits, 15 hours" in str(unit.after)
    assert {d.details for d in differences(real, after)[1:]} == {
        ("L/503/0394: 6 credits instead of 5 credits",)
    }


def test_changed_hours_of_a_unit_show_there_only(real: Qualification, folder: Folder) -> None:
    old = line_of("L/503/0394")
    after = load(data=folder((UNITS, old, old.replace(",2,5,15,", ",2,5,16,"))))
    assert ids(real, after) == [("unit", "L/503/0394")]


def test_a_barred_set_added_shows_in_its_units_and_as_a_rule(real: Qualification, folder: Folder) -> None:
    edits = []
    for ref in ("L/503/0394", "J/503/0426"):
        old = line_of(ref)
        edits.append((UNITS, old, old.replace(f"600/5106/1,B,,{ref}", f"600/5106/1,B,B1,{ref}")))
    after = load(data=without_examples(folder(*edits), CONTACT_FILE))
    found = {(d.kind, d.id): d for d in differences(real, after)}
    assert set(found) == {("unit", "L/503/0394"), ("unit", "J/503/0426"), ("rule", "barred-B1")}
    assert "barred set B1" in str(found["unit", "L/503/0394"].after)
    assert "only one unit of barred set B1 can count" in found["rule", "barred-B1"].in_words


def test_units_that_swap_groups_are_named_by_the_rule_of_the_group(
    real: Qualification, folder: Folder
) -> None:
    after = load(data=swapped(folder))
    (rule,) = [d for d in differences(real, after) if d.kind == "rule"]
    assert rule.before == rule.after
    assert rule.details == ("no longer with K/503/0385 (5 credits)", "now with F/601/1223 (5 credits)")
    assert rule.in_words == f"rule group-b is still {rule.after}, but {'; '.join(rule.details)}"
    assert rule.to_json()["details"] == list(rule.details)


def test_a_unit_inside_a_choice_is_named_with_its_part(folder: Folder) -> None:
    part = (
        '\n[[rule]]\nid = "way"\ntext = "one way"\nany = [{{ id = "p", text = "few", {}, at_least = 1 }}]\n'
    )
    before, after = (
        with_rule(folder, part.format(f"where = {{ ref = ['L/503/0394', '{ref}'] }}"))
        for ref in ("J/503/0426", "K/503/0385")
    )
    (found,) = differences(before, after)
    assert found.details == (
        "no longer with J/503/0426 in p (1 unit)",
        "now with K/503/0385 in p (1 unit)",
    )


def test_a_requirement_is_told_as_one(folder: Folder) -> None:
    before = with_rule(folder, NEEDS.format("L/503/0394", "J/503/0426"))
    (found,) = differences(before, with_rule(folder, NEEDS.format("J/503/0426", "L/503/0394")))
    sentence = "“the one needs the other”"
    assert found.before == f"{sentence} (L/503/0394 counts only together with J/503/0426)"
    assert found.after == f"{sentence} (J/503/0426 counts only together with L/503/0394)"
    assert found.details == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('where = { ref = ["L/503/0394", "J/503/0426"] }', 'where = { ref = ["j5030426", "L/503/0394"] }'),
        ('where = { group = "A" }', 'where = { ref = ["D/503/0352", "T/503/0342"] }'),
        ("where = { level_at_least = 3 }", "where = { level = [3, 4] }"),
    ],
    ids=["another order", "by name", "levels by name"],
)
def test_the_same_units_picked_in_another_way_are_no_difference(
    folder: Folder, before: str, after: str
) -> None:
    text = '\n[[rule]]\nid = "few"\ntext = "at most 9 of these"\nat_most = 9\n'
    assert differences(with_rule(folder, text + before), with_rule(folder, text + after)) == ()


NOTES = '[[note]]\ntext = "First."\n[[note]]\ntext = "Second."\n[[note]]\ntext = "Third."\n'


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (NOTES, []),
        (NOTES.replace("Second.", "Changed."), [("2", "“Second.”", "“Changed.”")]),
        (NOTES.replace('[[note]]\ntext = "First."\n', ""), [("1", "“First.”", None)]),
        (NOTES + '[[note]]\ntext = "Fourth."\n', [("4", None, "“Fourth.”")]),
    ],
    ids=["as they were", "changed", "gone", "new"],
)
def test_notes_are_paired(
    small: Callable[..., Path], edit: str, expected: list[tuple[str, str | None, str | None]]
) -> None:
    before, after = (load("Q1", small(small=SMALL_RULES + notes)) for notes in (NOTES, edit))
    found = differences(before, after)
    assert [(d.id, d.before, d.after) for d in found] == expected
    assert {d.kind for d in found} <= {"note"}


KNOWN = '\n[published]\nmax_glh = 30\n[[known]]\nfigure = "max_glh"\ntext = "A misprint."\ncomputed = 19\n'


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("computed = 19", "computed = 18", "known difference of max_glh was “A misprint.” (19 comes out)"),
        ("A misprint.", "A slip.", "it is now “A slip.” (19 comes out)"),
        ("max_glh = 30", "max_glh = 31", "published figure max_glh was 30; it is now 31"),
    ],
)
def test_published_figures_and_known_differences_are_compared(
    small: Callable[..., Path], old: str, new: str, words: str
) -> None:
    rules = SMALL_RULES + KNOWN
    before, after = (load("Q1", small(small=text)) for text in (rules, rules.replace(old, new)))
    (found,) = differences(before, after)
    assert words in found.in_words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("A,high,core", "A,medium,core", "confidence of the level medium"),
        ("A,high,core", "C,high,core", "assessment strategy C"),
        ("A,high,core", "A,high,core new", "tags core new"),
        ("A,high,core", "A,high,", "confidence of the level high)"),
        ("First option", "Another option", "“Another option”"),
    ],
)
def test_whatever_a_unit_is_is_compared(small: Callable[..., Path], old: str, new: str, words: str) -> None:
    units = "\n".join([HEADER, *SMALL_UNITS])
    assert units.count(old) == 1
    before, after = (load("Q1", small(text)) for text in (units, units.replace(old, new)))
    (found,) = differences(before, after)
    assert (found.kind, found.id) == ("unit", "O1")
    assert words in str(found.after)
    assert words not in str(found.before)


def test_the_source_of_a_level_and_the_reason_of_a_task_are_told_where_they_differ(
    real: Qualification, folder: Folder
) -> None:
    unit = real.by_ref["L/503/0394"]
    assert unit.level_source
    data = folder((TASKS, "Sales calls are direct sales activities", "Selling by telephone"))
    (found,) = differences(real, load(data=data))
    reasons = "L/503/0394: “Selling by telephone” instead of “Sales calls are direct sales activities”"
    assert (found.kind, found.id, found.details) == ("task", "telesales", (reasons,))
    moved = replace(unit, level_source="the register")
    units = tuple(moved if one is unit else one for one in real.units)
    (found,) = differences(real, replace(real, units=units))
    assert found.details == (f"source of the level: “the register” instead of “{unit.level_source}”",)


def test_facts_come_first_and_one_that_is_gone_is_said(real: Qualification, folder: Folder) -> None:
    after = load(
        data=folder(
            (CONTACT_FILE, "ends = 2013-12-31", "ends = 2030-12-31"),
            (CONTACT_FILE, "min_age = 18\n", ""),
            (CONTACT_FILE, "at_least = 15", "at_least = 14"),
        )
    )
    assert ids(real, after) == [("fact", "ends"), ("fact", "min_age"), ("rule", "level-2")]
    ends, age, _ = differences(real, after)
    assert ends.in_words == "fact ends was 2013-12-31; it is now 2030-12-31"
    assert (age.before, age.after) == ("18", None)


def test_a_choice_shows_what_differs_in_its_parts(folder: Folder) -> None:
    def version(least: int) -> Qualification:
        data = folder()
        with (data / TEACHING_FILE).open("a", encoding="utf-8") as file:
            file.write(
                '[[rule]]\nid = "way"\ntext = "one of two ways"\nany = [\n'
                f'{{ id = "b", text = "from B", where = {{ group = "B" }}, at_least = {least} }},\n'
                '{ id = "c", text = "from C", where = { group = "C" }, at_least = 1 } ]\n'
            )
        return load(TEACHING, data)

    (found,) = differences(version(1), version(2))
    assert (found.kind, found.id) == ("rule", "way")
    assert "at least 1 rule: b “from B” (at least 1 unit over 3 units)" in str(found.before)
    assert "at least 1 rule: b “from B” (at least 2 units over 3 units)" in str(found.after)
    assert found.details == ()


def with_rule(folder: Folder, text: str) -> Qualification:
    """The shipped qualification with one more rule."""
    data = folder()
    with (data / CONTACT_FILE).open("a", encoding="utf-8") as file:
        file.write(text)
    return load(data=data)


FEW = '\n[[rule]]\nid = "few"\ntext = "at most 1 of these two"\nat_most = 1\nwhere = {{ ref = {} }}\n'
NEEDS = '\n[[rule]]\nid = "needs"\ntext = "the one needs the other"\nunit = "{}"\nrequires = "{}"\n'


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("few", FEW.format('["L/503/0394", "J/503/0426"]'), FEW.format('["K/503/0385", "J/503/0426"]')),
        ("needs", NEEDS.format("L/503/0394", "J/503/0426"), NEEDS.format("J/503/0426", "L/503/0394")),
        (
            "few",
            FEW.format('["L/503/0394", "J/503/0426"], held = true'),
            FEW.format('["L/503/0394", "J/503/0426"]'),
        ),
    ],
    ids=["another unit", "turned round", "held only"],
)
def test_a_rule_over_other_units_of_the_same_sum_differs(
    folder: Folder, name: str, before: str, after: str
) -> None:
    assert ids(with_rule(folder, before), with_rule(folder, after)) == [("rule", name)]


def swapped(folder: Folder) -> Path:
    """The shipped data, two units of 5 credits in each other's group."""
    edits = []
    for ref, group, other in (("K/503/0385", "B", "C"), ("F/601/1223", "C", "B")):
        old = line_of(ref)
        edits.append((UNITS, old, old.replace(f"600/5106/1,{group},,{ref}", f"600/5106/1,{other},,{ref}")))
    return without_examples(folder(*edits), CONTACT_FILE)


def test_two_units_that_swap_groups_change_the_rule_of_the_group(real: Qualification, folder: Folder) -> None:
    after = load(data=swapped(folder))
    credits = {real.by_ref[ref].credits for ref in ("K/503/0385", "F/601/1223")}
    assert len(credits) == 1  # so that the sum over group B stays
    assert set(ids(real, after)) == {
        ("unit", "K/503/0385"), ("unit", "F/601/1223"), ("rule", "group-b"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (CONTACT_FILE, "fee_gbp = 50", "fee_gbp = 90"),
        (CONTACT_FILE, 'awarding_organisation = "Industry Qualifications"', 'awarding_organisation = "X"'),
        (CONTACT_FILE, "The minimum age is 18.", "A first aid certificate is needed."),
        (CONTACT_FILE, 'C = "Optional Group C"', 'C = "Options"'),
        (CONTACT_FILE, "min_credits = 28\n", "min_credits = 27\n"),
        (UNITS, line_of("L/503/0394"), line_of("L/503/0394").replace(",2,5,15,A,", ",2,5,15,C,")),
        (TASKS, "600/5106/1,telesales,", "600/5106/1,telephone-sales,"),
    ],
    ids=["fee", "organisation", "note", "group name", "published figure", "strategy", "task"],
)
def test_whatever_else_a_page_or_a_plan_shows_differs_too(
    real: Qualification, folder: Folder, name: str, old: str, new: str
) -> None:
    if name == TASKS:
        data = folder()
        text = (data / name).read_text(encoding="utf-8")
        assert old in text
        (data / name).write_text(text.replace(old, new), encoding="utf-8")
    else:
        data = folder((name, old, new))
    after = load(data=data)
    assert after.digest != real.digest
    assert differences(real, after)


# Effects, worked by hand on 601/0143/X: 12 credits, A 3 (12 h), B 6 (24, 25 or 25 h), C 3 (12 or 24 h)


def asked(name: str, **wishes: Collection[str]) -> Request:
    return Request(name, Wishes(**{key: frozenset(refs) for key, refs in wishes.items()}))  # type: ignore[arg-type]


@pytest.fixture
def teaching() -> Qualification:
    return load(TEACHING)


def only(before: Qualification, after: Qualification, request: Request) -> Effect:
    (found,) = effects(before, after, [request])
    assert found.request == request
    return found


def hours(effect: Effect) -> tuple[int | None, int | None, int | None]:
    return effect.before.new_glh, effect.least.new_glh, effect.cheapest.new_glh


def test_a_plan_that_still_meets_the_rules_is_kept_though_a_cheaper_one_appears(
    teaching: Qualification, folder: Folder
) -> None:
    old = line_of(B6_24)
    after = load(TEACHING, folder((UNITS, old, old.replace(",3,6,24,", ",3,6,30,"))))
    # The plan now takes 12+30+12 hours; with the 25 hours unit in its place it would be 49.
    found = only(teaching, after, asked("L1"))
    assert (found.state, hours(found), found.gone) == ("kept", (48, 54, 49), ())
    assert found.least.units == found.before.units == tuple(sorted((A3_12, B6_24, C3_12)))
    assert found.cheapest.units == tuple(sorted((A3_12, B6_25_TOO, C3_12)))


def test_a_plan_with_a_unit_gone_is_mended_by_one_swap(teaching: Qualification, folder: Folder) -> None:
    after = load(TEACHING, without_unit(folder(), C3_12, TEACHING_FILE))
    found = only(teaching, after, asked("L1"))
    assert (found.state, hours(found), found.gone) == ("mended", (48, 60, 60), ())
    assert found.least.units == tuple(sorted((A3_12, B6_24, C3_24)))
    assert effect_words(found) == f"Drops {C3_12}. Takes {C3_24}."
    assert only(teaching, after, asked("L2", pins=[C3_24])).state == "kept"


def test_wishes_that_name_a_unit_that_is_gone_are_answered_without_it(
    teaching: Qualification, folder: Folder
) -> None:
    after = load(TEACHING, without_unit(folder(), C3_12, TEACHING_FILE))
    pinned = only(teaching, after, asked("L1", pins=[C3_12, B6_25]))
    assert (pinned.state, hours(pinned), pinned.gone) == ("mended", (49, 61, 61), (C3_12,))
    assert pinned.least.wishes.pins == {B6_25}
    assert effect_words(pinned).startswith(f"No longer listed: {C3_12}. Drops {C3_12}.")
    left_out = only(teaching, after, asked("L2", excludes=[C3_12]))
    assert (left_out.state, hours(left_out), left_out.gone) == ("kept", (60, 60, 60), (C3_12,))
    # What was achieved and is gone is to be done anew: the hours of the other unit of group C.
    held = only(teaching, after, asked("L3", held=[C3_12, A3_12]))
    assert (held.state, hours(held), held.gone) == ("mended", (24, 48, 48), (C3_12,))


def test_a_plan_is_broken_where_the_only_way_left_is_left_out(
    teaching: Qualification, folder: Folder
) -> None:
    after = load(TEACHING, without_unit(folder(), C3_12, TEACHING_FILE))
    found = only(teaching, after, asked("L1", excludes=[C3_24]))
    assert (found.state, hours(found)) == ("broken", (48, None, None))
    assert [conflict.to_json() for conflict in found.least.conflicts] == [
        {"rules": ["group-c"], "pins": [], "excludes": [C3_24]}
    ]
    assert [repair.to_json() for repair in found.least.repairs] == [
        {"unpin": [], "allow": [C3_24], "new_glh": 60}
    ]
    words = effect_words(found)
    assert "You left out Understanding the principles and practices of assessment" in words
    assert "60 guided hours." in words
    assert found.to_json()["least_change"] == {"units": [], "new_glh": None}
    assert found.to_json()["before"]["new_glh"] == 48


def test_a_lifted_limit_makes_a_request_possible_and_leaves_another_impossible(
    teaching: Qualification, folder: Folder
) -> None:
    after = load(TEACHING, without_examples(folder((TEACHING_FILE, "at_most = 12\n", "")), TEACHING_FILE))
    both = asked("L1", pins=[C3_12, C3_24])  # 3+6+3+3 credits, 12+24+12+24 hours
    found = only(teaching, after, both)
    assert (found.state, hours(found)) == ("now possible", (None, 72, 72))
    assert found.before.status == "infeasible"
    assert only(after, teaching, both).state == "broken"
    never = only(teaching, after, asked("L2", excludes=[A3_12]))
    assert (never.state, hours(never)) == ("still impossible", (None, None, None))
    assert never.least.conflicts[0].rules[0].id == "group-a"


def test_a_barred_set_between_two_pins_breaks_the_plan(teaching: Qualification, folder: Folder) -> None:
    edits = [
        (
            UNITS,
            old,
            old.replace("601/0143/X,A,,", "601/0143/X,A,S,").replace("601/0143/X,B,,", "601/0143/X,B,S,"),
        )
        for old in (line_of(A3_12), line_of(B6_24))
    ]
    after = load(TEACHING, without_examples(folder(*edits), TEACHING_FILE))
    found = only(teaching, after, asked("L1"))
    assert (found.state, hours(found)) == ("mended", (48, 49, 49))  # 12+25+12
    assert effect_words(found) == f"Drops {B6_24}. Takes {B6_25_TOO}."
    assert only(teaching, after, asked("L2", pins=[B6_24])).state == "broken"
    assert only(teaching, after, asked("L3", pins=[B6_25])).state == "kept"


def test_a_rule_about_achieved_units_breaks_the_plans_of_those_who_hold_them(
    teaching: Qualification, folder: Folder
) -> None:
    data = without_examples(folder(), TEACHING_FILE)
    with (data / TEACHING_FILE).open("a", encoding="utf-8") as file:
        file.write(
            '[[rule]]\nid = "fresh"\ntext = "no unit of group C achieved before"\n'
            'where = { group = "C", held = true }\nat_most = 0\n'
        )
    after = load(TEACHING, data)
    found = only(teaching, after, asked("L1", held=[C3_12]))
    # 12+24 hours with the unit held; then 24 more for the other unit of group C.
    assert (found.state, hours(found)) == ("mended", (36, 60, 60))
    assert only(teaching, after, asked("L2")).state == "kept"


def test_no_time_is_no_answer(teaching: Qualification, monkeypatch: pytest.MonkeyPatch) -> None:
    def undecided(qualification: Qualification, wishes: Wishes, seconds: float) -> planner.Plan:
        return planner.Plan(qualification, wishes, "unknown", seconds=seconds)

    monkeypatch.setattr("planner.authoring.revision.answer", undecided)
    assert only(teaching, teaching, asked("L1")).state == "undecided"


def test_effects_come_one_by_one_in_the_order_of_the_requests(teaching: Qualification) -> None:
    requests = [asked("L2"), asked("L1", pins=[B6_25]), asked("L2", excludes=[A3_12])]
    found = effects(teaching, teaching, requests)
    assert next(found).request is requests[0]
    assert [effect.state for effect in found] == ["kept", "still impossible"]


# Effects against brute force


def small_pairs() -> st.SearchStrategy[tuple[Small, Small]]:
    """Two versions of a small qualification: other or more rules, a unit fewer, other figures of a unit, a task gone."""

    @st.composite
    def pair(draw: st.DrawFn) -> tuple[Small, Small]:
        before = draw(strategies.small_jobs(2) | strategies.small_jobs() | strategies.with_room())
        kinds = ["rule", "rule more", "unit gone", "figures", "rules gone", "task gone"]
        change = draw(st.sampled_from(kinds))
        units, rules, tasks = list(before.units), list(before.rules), dict(before.tasks)
        if change == "rule":
            rules = [*rules[1:], draw(strategies.rules("new", units))]
        elif change == "rule more":
            rules = [*rules, draw(strategies.rules("new", units))]
        elif change == "rules gone":
            rules = rules[draw(st.integers(1, len(rules))) :]
        elif change == "unit gone":
            plans = explore_oracle.ranked(as_oracle(before, Wishes()))
            gone = draw(
                st.sampled_from(sorted(plans[0].counted) if plans and plans[0].counted else before.refs)
            )
            units = [unit for unit in units if unit["ref"] != gone]
            rules = [drawn for rule in rules if (drawn := _without(rule, gone))]
            tasks = {name: [ref for ref in refs if ref != gone] for name, refs in tasks.items()}
        elif change == "task gone":
            tasks = dict(list(tasks.items())[1:])
        else:
            place = draw(st.integers(0, len(units) - 1))
            units[place] = {**units[place], "glh": draw(st.integers(0, 9))}
        return before, Small(units, rules, tasks)

    return pair()


def _without(rule: oracle.RuleDict, gone: str) -> oracle.RuleDict | None:
    """A rule over the units that are left; None where it speaks of the unit in a choice or of nothing else."""
    if rule["kind"] == "choice":
        return None
    weights = {ref: weight for ref, weight in rule["weights"].items() if ref != gone}
    return {**rule, "weights": weights} if weights else None


def as_oracle(small: Small, wishes: Wishes, keep: Collection[str] = ()) -> explore_oracle.Request:
    """The wishes as far as a version lists their units and tasks, as the oracle takes them."""
    refs = set(small.refs)
    tasks = [task for task in wishes.tasks if task in small.tasks]
    return explore_oracle.Request(
        small.units,
        small.rules,
        strategies.default_goals(tasks, keep),
        sorted(wishes.pins & refs),
        sorted(wishes.excludes & refs),
        sorted(wishes.held & refs),
        {ref for task in tasks for ref in small.tasks[task]},
        sorted(set(keep) & refs),
        wishes.survive,
    )


def brute_force(before: Small, after: Small, wishes: Wishes) -> tuple[str, list[Chosen]]:
    """The state of a request, and its plans: before, cheapest and of least change (empty: none)."""
    old = explore_oracle.ranked(as_oracle(before, wishes))
    new = explore_oracle.ranked(as_oracle(after, wishes)._replace(goals=("glh", "units")))
    least = explore_oracle.ranked(as_oracle(after, wishes, keep=old[0].planned if old else ()))
    nothing = Chosen(frozenset())
    if not old:
        found = [*new[:1], *least[:1]] if new else [nothing, nothing]
        return ("now possible" if new else "still impossible"), [nothing, *found]
    if not new:
        return "broken", [old[0], nothing, nothing]
    stands = old[0] in explore_oracle.surviving(as_oracle(after, wishes))
    listed = old[0].planned <= set(after.refs)
    return ("kept" if stands and listed else "mended"), [old[0], new[0], least[0]]


def test_states_and_plans_are_those_of_brute_force() -> None:
    seen: Counter[str] = Counter()

    @settings(
        max_examples=deep(53, 160),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(small_pairs(), st.data())
    def drawn(pair: tuple[Small, Small], data: st.DataObject) -> None:
        state = assert_fares_as_by_brute_force(*pair, data)
        seen[state] += 1

    drawn()
    assert seen.keys() == {"kept", "mended", "broken", "now possible", "still impossible"}
    assert min(seen.values()) >= 2, seen


def assert_fares_as_by_brute_force(before: Small, after: Small, data: st.DataObject) -> str:
    """A drawn request fares as brute force says; returns its state."""
    drawn = data.draw(strategies.wishes(before.refs))
    if data.draw(st.booleans()):  # what changed decides
        drawn = {"pin": [], "exclude": [], "held": drawn["held"]}
    wishes = asked("L", pins=drawn["pin"], excludes=drawn["exclude"], held=drawn["held"]).wishes
    tasks = tuple(
        data.draw(st.lists(st.sampled_from(sorted(before.tasks)), unique=True)) if before.tasks else ()
    )
    survive = data.draw(st.sampled_from([0, 0, 0, 1, 2]))
    goals = tuple(strategies.default_goals(tasks, ()))
    request = Request("L", replace(wishes, tasks=tasks, survive=survive, goals=goals))
    found = only(before.qualification(), after.qualification(), request)
    state, plans = brute_force(before, after, request.wishes)
    assert found.state == state
    for plan, expected in zip((found.before, found.cheapest, found.least), plans, strict=True):
        assert strategies.as_chosen(plan) == expected
    refs = set(after.refs)
    assert set(found.gone) == (request.wishes.pins | request.wishes.excludes | request.wishes.held) - refs
    if state == "kept":
        assert set(found.least.planned) - request.wishes.held == plans[0].planned - request.wishes.held
    return state


def test_random_requests_to_the_real_qualification_fare_as_the_oracle_says(
    real: Qualification, folder: Folder
) -> None:
    """Group B asks for 16 credits instead of 12, and a unit that many plans have is gone."""
    gone, needed = "J/503/0426", (28, 16, 15)
    edited = folder((CONTACT_FILE, "at_least = 12", "at_least = 16"))
    after = load(data=without_unit(edited, gone, CONTACT_FILE))
    rng = random.Random(600)
    seen: Counter[str] = Counter()
    for number in range(60):
        drawn = strategies.random_wishes(rng, sorted(oracle.ROWS), sizes=(0, 2, 5, 8))
        request = asked(f"L{number}", pins=drawn["pin"], excludes=drawn["exclude"], held=drawn["held"])
        found = only(real, after, request)
        seen[found.state] += 1
        pins, excludes = request.wishes.pins - {gone}, request.wishes.excludes | {gone}
        held = request.wishes.held - {gone}
        old = oracle.least_hours(request.wishes.pins, request.wishes.excludes, request.wishes.held)
        assert found.before.new_glh == old
        least = RealTables(hours_cost(held), pins, excludes, needed).least
        assert found.cheapest.new_glh == least
        assert found.state == _state_of(found, least, gone)
        if found.state in ("kept", "mended"):
            keep = set(found.before.units) - {gone}
            assert _changes(found, keep, held) == _least_changes(keep, pins, excludes, held, needed)
    assert set(seen) == {"mended", "kept", "broken", "still impossible"}, seen
    assert min(seen.values()) >= 2, seen


def _state_of(found: Effect, least: int | None, gone: str) -> str:
    """The state by arithmetic on the old plan."""
    if not found.before.found:
        return "still impossible" if least is None else "now possible"
    if least is None:
        return "broken"
    units = [oracle.ROWS[ref] for ref in found.before.units]
    enough = sum(unit.credits for unit in units if unit.group == "B") >= 16
    return "kept" if enough and gone not in found.before.units else "mended"


def _changes(found: Effect, keep: Collection[str], held: Collection[str]) -> tuple[int, int, int | None]:
    new = set(found.least.units)
    return len(set(keep) - new), len(new - set(keep) - set(held)), found.least.new_glh


def _least_changes(
    keep: Collection[str],
    pins: Collection[str],
    excludes: Collection[str],
    held: Collection[str],
    needed: tuple[int, int, int],
) -> tuple[int, int, int]:
    """Fewest units dropped, then fewest added, then least hours; packed into one cost, 10**4 to a digit."""

    def cost(row: oracle.Row) -> int:
        new = row.ref not in held
        added = new and row.ref not in keep
        return -(10**8) * (row.ref in keep) + 10**4 * added + row.glh * new

    least = RealTables(cost, pins, excludes, needed).least
    assert least is not None
    dropped, rest = divmod(least + len(keep) * 10**8, 10**8)
    return dropped, *divmod(rest, 10**4)


def test_the_cheapest_plan_has_the_fewest_hours_whatever_the_learners_job(
    real: Qualification, folder: Folder
) -> None:
    after = load(data=folder((CONTACT_FILE, "at_least = 12", "at_least = 20")))
    job = ("inbound-calls", "difficult-customers", "special-software", "letters")
    wishes = Wishes(tasks=job, goals=("fit", "glh", "units"))
    found = only(real, after, Request("L1", wishes))
    assert found.cheapest.new_glh == RealTables(hours_cost(), (), (), (28, 20, 15)).least


def test_a_plan_that_no_longer_survives_the_loss_it_was_made_for_is_not_kept(
    real: Qualification, folder: Folder
) -> None:
    after = load(data=folder((CONTACT_FILE, "at_least = 12", "at_least = 24")))
    found = only(real, after, Request("L1", Wishes(survive=1)))
    assert found.least.units != found.before.units
    assert found.state == "mended"


def test_the_plan_of_least_change_prefers_what_the_job_shows(real: Qualification, folder: Folder) -> None:
    after = load(data=folder((CONTACT_FILE, "at_least = 12", "at_least = 20")))
    wishes = Wishes(tasks=("telesales", "inbound-calls"), goals=("fit", "glh", "units"))
    found = only(real, after, Request("L1", wishes))
    assert found.least.wishes.goals == ("changes", "fit", "glh", "units")
    assert found.cheapest.wishes.goals == ("glh", "units")
    assert found.cheapest.wishes.tasks == wishes.tasks


def test_a_centres_offer_holds_no_unit_that_is_new_on_the_list(folder: Folder) -> None:
    before = load(TEACHING, without_unit(folder(), C3_12, TEACHING_FILE))
    after = load(TEACHING, without_examples(folder(), TEACHING_FILE))
    everything = only(before, after, asked("L1"))
    assert (everything.state, hours(everything)) == ("kept", (60, 60, 48))
    # The centre offers all but one unit, and nothing is known of the unit that has come.
    offered = only(before, after, asked("L1", closed=[B6_25]))
    assert (offered.state, hours(offered)) == ("kept", (60, 60, 60))


def test_no_time_for_the_plan_of_least_change_is_no_answer(
    teaching: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hurried(qualification: Qualification, wishes: Wishes, seconds: float) -> planner.Plan:
        if wishes.keep:
            return planner.Plan(qualification, wishes, "unknown", seconds=seconds)
        return answer(qualification, wishes, seconds)

    monkeypatch.setattr("planner.authoring.revision.answer", hurried)
    assert only(teaching, teaching, asked("L1")).state == "undecided"


def test_a_plan_to_keep_and_tasks_that_are_gone_are_left_out_of_the_answer(
    real: Qualification, folder: Folder
) -> None:
    data = without_unit(folder(), "L/503/0394", CONTACT_FILE)
    lines = (data / TASKS).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("600/5106/1,telesales,")]
    (data / TASKS).write_text("".join(kept), encoding="utf-8")
    after = load(data=data)
    wishes = Wishes(tasks=("telesales",), goals=("fit", "glh", "units"), keep=frozenset({"L/503/0394"}))
    found = only(real, after, Request("L1", wishes))
    assert found.cheapest.wishes == replace(wishes, tasks=(), goals=("glh", "units"), keep=frozenset())
    assert found.cheapest.new_glh == oracle.least_hours(excludes=["L/503/0394"])


# The command

REQUESTS = f"""learner,pins,excludes,held
L1,,,
L2,{C3_24},,
L3,,{C3_24},
L4,"{C3_12} {C3_24}",,
L5,X/1,,
"""


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    path = tmp_path / "requests.csv"
    path.write_text(REQUESTS, encoding="utf-8")
    return path


def as_json(run: Run, *arguments: object) -> tuple[int, dict[str, Any], str]:
    code, out, err = run("change", *arguments, "--qualification", TEACHING, "--json")
    return code, json.loads(out), err


def test_change_lists_differences_and_effects(
    run: Run, folder: Folder, requests: Path, teaching: Qualification
) -> None:
    before, after = folder(), without_unit(folder(), C3_12, TEACHING_FILE)
    code, found, err = as_json(run, before, after, "--requests", requests)
    assert (code, err) == (1, "")
    assert set(found) == {"qualification", "differences", "effects", "problems", "data", "sheets"}
    assert [(d["kind"], d["id"]) for d in found["differences"]] == [
        ("unit", C3_12), ("rule", "total"), ("rule", "group-c"),
    ]  # fmt: skip
    assert [(e["learner"], e["state"], e["gone"]) for e in found["effects"]] == [
        ("L1", "mended", []), ("L2", "kept", []), ("L3", "broken", []), ("L4", "now possible", [C3_12]),
    ]  # fmt: skip
    first = found["effects"][0]
    assert set(first) == {
        "learner", "state", "before", "least_change", "cheapest", "gone", "conflicts", "repairs",
    }  # fmt: skip
    assert first["before"] == {"units": sorted((A3_12, B6_24, C3_12)), "new_glh": 48}
    assert first["least_change"] == first["cheapest"] == {
        "units": sorted((A3_12, B6_24, C3_24)), "new_glh": 60,
    }  # fmt: skip
    assert [(p["row"], p["field"], p["value"]) for p in found["problems"]] == [(6, "pins", "X/1")]
    assert found["data"] == {"before": teaching.digest, "after": load(TEACHING, after).digest}
    assert found["qualification"]["id"] == TEACHING


def test_change_says_it_in_words(run: Run, folder: Folder, requests: Path) -> None:
    before, after = folder(), without_unit(folder(), C3_12, TEACHING_FILE)
    code, out, err = run("change", before, after, "--requests", requests, "--qualification", TEACHING)
    words = " ".join(out.replace("│", " ").split())
    assert (code, err) == (1, "")
    assert f"unit {C3_12} is gone:" in words
    assert "rule group-c was" in words
    assert "Could not be read, or is doubted:" in words
    assert "row 6, pins = 'X/1'" in words
    assert all(state in words for state in ("mended", "kept", "broken"))


def test_change_ends_with_0_where_no_plan_is_broken(run: Run, folder: Folder, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(f"learner,excludes\nL1,\nL2,{A3_12}\n", encoding="utf-8")
    before, after = folder(), without_unit(folder(), C3_12, TEACHING_FILE)
    code, found, _ = as_json(run, before, after, "--requests", path)
    assert (code, [effect["state"] for effect in found["effects"]]) == (0, ["mended", "still impossible"])


def test_change_without_requests_lists_differences_only(run: Run, folder: Folder) -> None:
    before = folder()
    code, found, _ = as_json(run, before, before)
    assert (code, found["differences"], found["effects"], found["problems"]) == (0, [], [], [])
    code, out, _ = run("change", before, folder())
    assert code == 0
    assert "Nothing differs." in out
    code, out, _ = run("change", before, folder((CONTACT_FILE, "at_least = 12", "at_least = 13")))
    assert code == 0
    assert "Nothing differs." not in out
    assert "rule group-b was" in out


def test_change_undecided_ends_with_3(
    run: Run, folder: Folder, requests: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def undecided(qualification: Qualification, wishes: Wishes, seconds: float) -> planner.Plan:
        return planner.Plan(qualification, wishes, "unknown", seconds=seconds)

    monkeypatch.setattr("planner.authoring.revision.answer", undecided)
    code, found, _ = as_json(run, folder(), folder(), "--requests", requests)
    assert code == 3
    assert {effect["state"] for effect in found["effects"]} == {"undecided"}


@pytest.mark.parametrize(
    "case", ["no folder", "no qualification", "no requests", "bad requests", "broken data"]
)
def test_change_refuses_what_cannot_be_read(run: Run, folder: Folder, tmp_path: Path, case: str) -> None:
    before, after = folder(), folder()
    more: list[object] = []
    if case == "no folder":
        after, message = tmp_path / "nowhere", "there is no such file"
    elif case == "no qualification":
        more, message = ["--qualification", "601/0143/Y"], "did you mean 601/0143/X?"
    elif case == "no requests":
        more, message = ["--requests", tmp_path / "none.csv"], "there is no such file"
    elif case == "bad requests":
        (tmp_path / "r.csv").write_text("pins,excludes\nA,B\n", encoding="utf-8")
        more, message = ["--requests", tmp_path / "r.csv"], "learner"
    else:
        (after / CONTACT_FILE).write_text("id = 1", encoding="utf-8")
        message = "this key is required"
    code, out, err = run("change", before, after, *more, "--json")
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
