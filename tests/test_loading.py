"""The loader is strict, and reports every problem with file, row, field and value."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest

from planner import Bound, Choice, DataError, Qualification, load, load_all
from planner.catalogue import DEFAULT_QUALIFICATION, rule_file
from planner.catalogue.rule_file import FileTable, read_as
from planner.catalogue.units import find_ref, split_refs
from planner.cpd import scheme
from planner.files import text_files
from planner.files.text_files import read_text
from planner.recognition import job_profile, schemes
from planner.report.tables import qualification_table
from tests.conftest import HEADER, SMALL_RULES, SMALL_UNITS

Small = Callable[..., Path]


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(DataError) as caught:
        load_all(folder)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def units_with(*rows: str) -> str:
    return "\n".join([HEADER, *SMALL_UNITS, *rows])


def rules_with(text: str) -> str:
    return SMALL_RULES + text


def test_the_small_qualification_loads(small: Small) -> None:
    loaded = load("q1", small())
    assert [unit.ref for unit in loaded.units] == ["M1", "O1", "O2", "O3"]
    assert [rule.id for rule in loaded.rules] == ["total", "main", "barred-S"]
    assert loaded.units[3].tags == ("core", "soft")


def test_the_real_qualification_has_what_its_page_says() -> None:
    loaded = load()
    assert len(loaded.units) == 39
    assert loaded.ends == date(2013, 12, 31)
    assert loaded.fee_gbp == 50
    assert loaded.min_age == 18
    assert sorted(loaded.barred) == ["C1", "C2", "C3", "C4", "C5"]
    assert {unit.strategy for unit in loaded.units} == set("ABCDE")
    assert all(unit.level_source for unit in loaded.units)
    assert dict(loaded.published) == {"units": 39, "min_credits": 28, "min_glh": 93, "max_glh": 172}


@pytest.mark.parametrize(
    ("suite", "strategy", "count"),
    [("503", "A", 9), ("601", "B", 14), ("502/8", "C", 5), ("600", "D", 1), ("502/4", "E", 10)],
)
def test_the_strategy_follows_from_the_block_of_the_ref(suite: str, strategy: str, count: int) -> None:
    units = [unit for unit in load().units if unit.ref[2:].startswith(suite)]
    assert len(units) == count
    assert {unit.strategy for unit in units} == {strategy}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        *(
            (
                f"Q1,O,,O4,Fourth,2,{credits},5,A,high,",
                f"row 6, credits = '{credits}': must be a whole number from 1 to 1000; "
                "of their parts halves are read (2.5): else write all in tenths, and say so in a [[note]]",
            )
            for credits in ("2.3", "2.55", "1000.5", "1.500")
        ),
        ("Q1,O,,O4,Fourth,2,0,5,A,high,", "row 6, credits = '0': must be a whole number from 1 to 1000"),
        ("Q1,O,,O4,Fourth,2,,5,A,high,", "row 6, credits = '(empty)': must be a whole number from 1 to 1000"),
        ("Q1,O,,O4,Fourth,13,2,5,A,high,", "row 6, level = '13': must be a whole number from 0 to 12"),
        (
            "Q1,O,,O4,Fourth,E3,2,5,A,high,",
            "row 6, level = 'E3': must be a whole number from 0 to 12; entry level is 0",
        ),
        ("Q1,O,,O4,Fourth,2,2,-5,A,high,", "row 6, glh = '-5': must be a whole number from 0 to 10000"),
        ("Q1,O,,O4,Fourth,2,2,²,A,high,", "row 6, glh = '²': must be a whole number from 0 to 10000"),
        (
            "Q1,O,,o-1,First option,2,3,9,A,high,",
            "row 6, ref = 'o-1': this unit is listed twice in one qualification",
        ),
        ("Q1,O,,O 4,Fourth,2,2,5,A,high,", "row 6, ref = 'O 4': remove the blank"),
        ("Q1,O,,---,Fourth,2,2,5,A,high,", "row 6, ref = '---': must be one word with a letter or a digit"),
        ("Q1,O,,,Fourth,2,2,5,A,high,", "row 6, ref = '(empty)': must not be empty"),
        ("Q1,O,,O4,,2,2,5,A,high,", "row 6, title = '(empty)': must not be empty"),
        (
            "Q1,O,,O4,Fourth,2,2,5,A,sure,",
            "row 6, level_confidence = 'sure': must be high, medium, low or empty",
        ),
        ("Q1,O,,O4,Fourth,2,2,5,A,high", "row 6: has 10 cells where the header has 11"),
        ('Q1,O,,O4,"Four\x07th",2,2,5,A,high,', "row 6, title = 'Four\\x07th': holds a control character"),
        (
            "Q1,O,T,O4,Fourth,2,2,5,A,high,",
            "barred_set = 'T': barred set T has one unit, O4: it bars nothing",
        ),
        (
            "Q2,O,,O9,Other,2,2,5,A,high,",
            "qualification = 'Q2': no file in qualifications/ describes this qualification",
        ),
        (
            "Q2,O,,O1,Another,2,3,9,A,high,",
            "row 6, title = 'Another': row 3 gives O1 the title 'First option'",
        ),
    ],
)
def test_a_bad_row_is_named(small: Small, row: str, problem: str) -> None:
    assert problems_of(small(units_with(row))) == [f"units.csv, {problem}"]


@pytest.mark.parametrize(
    ("field", "least", "most"), [("level", 0, 12), ("credits", 1, 1_000), ("glh", 0, 10_000)]
)
def test_figures_are_read_up_to_their_limits_and_no_further(
    small: Small, field: str, least: int, most: int
) -> None:
    def with_figure(value: int) -> Path:
        figures = {"level": 2, "credits": 2, "glh": 5, field: value}
        return small(units_with(f"Q1,O,,O4,Fourth,{','.join(map(str, figures.values()))},A,high,"))

    for value in (least, most):
        assert getattr(load("Q1", with_figure(value)).units[-1], field) == value
    for value in (least - 1, most + 1):
        told = f"units.csv, row 6, {field} = '{value}': must be a whole number from {least} to {most}"
        assert problems_of(with_figure(value)) == [told]


def test_all_problems_are_reported_at_once(small: Small) -> None:
    folder = small(
        units_with("Q1,O,,O4,Fourth,two,2.4,5,A,high,", "Q1,O,,O5,,2,2,5,A,high,"),
        small='id = "Q1"\ntitle = "T"\nsource = "s"\nverified = "yesterday"\ncolour = "red"\nrule = []\n',
    )
    found = problems_of(folder)
    assert len(found) == 6
    fields = ["level", "credits", "title", "verified", "rule", "colour"]
    assert all(any(field in text for text in found) for field in fields), found


@pytest.mark.parametrize(
    ("header", "problems"),
    [
        (
            HEADER.replace("credits", "credts"),
            ["credits: this column is missing; did you mean credts?"],
        ),
        (f"{HEADER},tags", ["tags: this column stands twice, as columns 11 and 12"]),
    ],
)
def test_a_wrong_header_is_named(small: Small, header: str, problems: list[str]) -> None:
    found = problems_of(small("\n".join([header, *SMALL_UNITS])))
    assert found == [f"units.csv, row 1, {problem}" for problem in problems]


def test_a_file_without_rows_lists_no_unit(small: Small) -> None:
    assert problems_of(small(HEADER)) == ["units.csv: lists no unit"]


def test_the_optional_column_may_be_there(small: Small) -> None:
    rows = [f"{HEADER},level_source", *(f"{row},a page" for row in SMALL_UNITS)]
    assert load("Q1", small("\n".join(rows))).units[0].level_source == "a page"


def test_blank_rows_are_passed_over_and_counted(small: Small) -> None:
    found = problems_of(small(units_with("", ",,,,,,,,,,", "Q1,O,,O4,Fourth,2,x,5,A,high,")))
    assert found == ["units.csv, row 8, credits = 'x': must be a whole number from 1 to 1000"]


def test_a_byte_order_mark_is_no_problem(small: Small) -> None:
    folder = small()
    text = (folder / "units.csv").read_text(encoding="utf-8")
    (folder / "units.csv").write_text(text, encoding="utf-8-sig")
    assert load("Q1", folder).units[0].ref == "M1"


def test_latin_1_is_refused_in_words(small: Small) -> None:
    folder = small()
    (folder / "units.csv").write_bytes("Ã©".encode("latin-1") + b"\xe9")
    assert problems_of(folder)[0].startswith("units.csv, row 1: is not UTF-8")


def test_a_broken_quote_is_refused_in_words(small: Small) -> None:
    assert problems_of(small(f'{HEADER}\n"Q1"x,O'))[0].startswith(
        "units.csv, row 2: text stands after a closing quotation mark"
    )


def test_a_file_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "some.csv"
    path.write_bytes(b"x" * 100)
    monkeypatch.setattr("planner.files.text_files.LARGEST_FILE", 100)
    assert read_text(path) == "x" * 100
    path.write_bytes(b"x" * 101)
    with pytest.raises(DataError, match=r"some\.csv: is larger than 100 bytes$"):
        read_text(path)


def test_the_largest_file_that_is_read_has_20_million_bytes() -> None:
    assert text_files.LARGEST_FILE == 20_000_000


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    found = problems_of(tmp_path / "nowhere")
    assert found == [
        "units.csv: there is no such file",
        "qualifications: holds no qualification (no .toml file)",
    ]


def test_a_folder_in_place_of_a_file_is_named(small: Small) -> None:
    folder = small()
    (folder / "units.csv").unlink()
    (folder / "units.csv").mkdir()
    assert problems_of(folder)[0].startswith("units.csv: is a folder, not a file")


BAD_RULES = [
    ("[[note]]\ntext = 3", "note[1].text = '3': must be a text in quotes"),
    (
        "[[rule]]\nid = 'x'\ntext = 't'",
        "rule[3] = 'x': needs at_least, at_most, all, any, or unit and requires",
    ),
    ("[[rule]]\nid = 'total'\ntext = 't'\nat_least = 1", "rule.id = 'total': two rules have this id"),
    ("[[rule]]\nid = 'barred-S'\ntext = 't'\nat_least = 1", "rule.id = 'barred-S': two rules have this id"),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 1\nany = [ { id = 'total', text = 't', at_least = 1 } ]",
        "rule.id = 'total': two rules have this id",
    ),
    ("[[rule]]\ntext = 't'\nat_least = 1", "rule[3].id: this key is required"),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_leest = 1",
        "rule[3].at_leest: this key is unknown; did you mean at_least?",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 1.5",
        "rule[3].at_least = '1.5': must be a whole number: only credits have halves",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\ncount = 'glh'\nat_most = 1.5",
        "rule[3].at_most = '1.5': must be a whole number: only credits have halves",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 1.5\nany = [ { id = 'y', text = 't', at_least = 1 } ]",
        "rule[3].at_least = '1.5': must be a whole number: only credits have halves",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\ncount = 'credits'\nat_least = 1.3",
        "rule[3].at_least = '1.3': must be a whole number or have a half, as 2.5 has",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\ncount = 'credits'\nat_least = 2.5\nat_most = 2",
        "rule[3].at_least = '2.5': is more than at_most (2)",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = true",
        "rule[3].at_least = 'True': must be a number, without quotes",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = -1",
        "rule[3].at_least = '-1': must be 0 or more",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\ncount = 'hours'\nat_least = 1",
        "rule[3].count = 'hours': must be 'units', 'credits', 'glh', 'points', 'times', 'months', 'years', "
        "'statements' or 'GCSEs'",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 3\nat_most = 2",
        "rule[3].at_least = '3': is more than at_most (2)",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nall = true\nat_least = 2",
        "rule[3].all = 'true': does not go with at_least or at_most",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 1\nwhere = { grp = 'M' }",
        "rule[3].where.grp: this key is unknown",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 1\nwhere = { group = ['O', 'MM'] }",
        "rule[3].where.group = 'MM': no unit has this group",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 1\nwhere = { tag = 'cor' }",
        "rule[3].where.tag = 'cor': no unit has this tag; did you mean core?",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 1\nwhere = { ref = 'O11' }",
        "rule[3].where.ref = 'O11': no unit of this qualification has this ref; did you mean O1?",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 1\nwhere = { group = 'M', level = 3 }",
        "rule[3].where = 'group, level': picks no unit",
    ),
    ("[[rule]]\nid = 'x'\ntext = 't'\nany = []", "rule[3].any = '[]': must not be empty"),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 2\nany = [ { id = 'y', text = 't', at_least = 1 } ]",
        "rule[3].at_least = '2': must be from 1 to 1, the rules listed",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\ncount = 'glh'\nany = [ { id = 'y', text = 't', at_least = 1 } ]",
        "rule[3].count = 'glh': does not go with any",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nany = [ { id = 'y', text = 't', at_least = 1, at_moost = 2 } ]",
        "rule[3].any[1].at_moost: this key is unknown; did you mean at_most?",
    ),
    ("[[rule]]\nid = 'x'\ntext = 't'\nunit = 'O1'", "rule[3] = 'x': unit and requires go together"),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nunit = 'O1'\nrequires = 'o-1'",
        "rule[3] = 'O1': a unit cannot require itself",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nunit = 'O1'\nrequires = 'O9'",
        "rule[3].requires = 'O9': no unit of this qualification has this ref",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nunit = 'O1'\nrequires = 'O2'\nat_least = 1",
        "rule[3].at_least = '1': does not go with unit and requires",
    ),
    (
        "[[example]]\nsource = 's'\ncounted = ['O9']",
        "example[1].counted = 'O9': no unit of this qualification has this ref",
    ),
    (
        "[[example]]\nsource = 's'\ncounted = ['O1']\nbreaks = ['totl']",
        "example[1].breaks = 'totl': no rule has this id; did you mean total?",
    ),
    (
        "[[known]]\nfigure = 'max_glh'\ntext = 't'",
        "known[1].figure = 'max_glh': is not a figure under [published]",
    ),
    ("[published]\nmin_hours = 3", "published.min_hours: this key is unknown"),
    ("[groups]\nZ = 'zed'", "groups.Z = 'Z': no unit has this"),
    (
        "[[slot]]\nid = 'O1'\ntitle = 'Other'\ngroup = 'X'\ncredits = 1",
        "slot.id = 'O1': a unit or another place has this ref",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least_percent = 10\nat_most_percent = 20\nwhere = { group = 'O' }",
        "rule[3].at_most_percent = '20': does not go with at_least_percent: write a rule for each limit",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nat_least_percent = 100",
        "rule[3] = 'x': is a share of what it is a share of: every selection keeps it",
    ),
    (
        "[[rule]]\nid = 'x'\ntext = 't'\nunit = 'O1'\nrequires = 'O2, O3'",
        "rule[3].requires = 'O2, O3': must be one ref",
    ),
]


@pytest.mark.parametrize(("text", "problem"), BAD_RULES)
def test_a_bad_rule_file_is_named(small: Small, text: str, problem: str) -> None:
    assert problems_of(small(small=rules_with(text))) == [f"qualifications/small.toml, {problem}"]


def test_two_titles_of_one_name_are_refused(small: Small) -> None:
    title = "[[titles]]\nname = '{}'\n[[titles.rule]]\nid = '{}'\ntext = 't'\nat_least = 1\n"
    found = problems_of(small(small=rules_with(title.format("Sales", "one") + title.format("sales", "two"))))
    assert found == ["qualifications/small.toml, titles.name = 'sales': two titles have this name"]


def test_a_version_of_a_unit_that_is_not_there_is_refused(small: Small) -> None:
    rows = (*SMALL_UNITS, "Q1,O,,O4,Same,2,2,3,A,high,,O11", "Q1,O,,O5,Same,2,2,3,A,high,,O5")
    cells = [
        f"{HEADER},same_as",
        *(row if row.count(",") == HEADER.count(",") + 1 else f"{row}," for row in rows),
    ]
    assert problems_of(small("\n".join(cells))) == [
        "units.csv, row 6, same_as = 'O11': no other unit of this qualification has this ref; did you mean O1?",
        "units.csv, row 7, same_as = 'O5': no other unit of this qualification has this ref",
    ]


def test_what_is_not_toml_is_refused_in_words(small: Small) -> None:
    (found,) = problems_of(small(small=rules_with("= 3")))
    assert found.startswith("qualifications/small.toml: is not TOML: ")


def test_a_weight_of_zero_is_refused(small: Small) -> None:
    units = units_with("Q1,O,,O4,Self-study,2,2,0,A,high,")
    rule = "[[rule]]\nid = 'x'\ntext = 't'\ncount = 'glh'\nat_least = 9"
    found = problems_of(small(units, small=rules_with(rule)))
    assert found == ["qualifications/small.toml, rule[3].count = 'glh': O4 has no hours: a weight of zero"]


def test_a_file_that_nobody_has_compared_with_its_source_says_so(small: Small) -> None:
    loaded = load("Q1", small(small=SMALL_RULES.replace("verified = 2026-11-22\n", "")))
    assert loaded.verified is None
    assert loaded.to_json()["verified"] is None
    rows = qualification_table(loaded).set_index("")["Value"]
    assert rows["Last compared with the source"] == "never"


def test_an_infinite_fee_is_refused(small: Small) -> None:
    assert "fee_gbp = 'inf': " in problems_of(small(small="fee_gbp = inf\n" + SMALL_RULES))[0]


def test_which_units_a_level_rule_could_count_is_kept(small: Small) -> None:
    text = "[[rule]]\nid = 'x'\ntext = 't'\nat_least = 1\nwhere = { group = 'O', level_at_least = 2 }\n"
    rule = load("Q1", small(small=rules_with(text))).rules[2]
    assert isinstance(rule, Bound)
    assert rule.by_level == {"O1", "O2", "O3"}
    assert set(rule.weights) == {"O1", "O2"}


def test_dates_in_the_wrong_order_are_refused(small: Small) -> None:
    text = "starts = 2020-01-02\nends = 2020-01-01\n" + SMALL_RULES
    assert "ends = '2020-01-01': lies before starts" in problems_of(small(small=text))[0]


def test_certification_does_not_end_before_registration(small: Small) -> None:
    text = "ends = 2020-01-02\ncertification_ends = 2020-01-0{}\n"
    (problem,) = problems_of(small(small=text.format(1) + SMALL_RULES))
    assert "certification_ends = '2020-01-01': lies before ends (2020-01-02)" in problem
    found = load("Q1", small(small=text.format(2) + SMALL_RULES))
    assert found.certification_ends == date(2020, 1, 2)


def test_two_files_with_one_id_are_refused(small: Small) -> None:
    found = problems_of(small(one=SMALL_RULES, two=SMALL_RULES))
    assert found == ["qualifications/two.toml, id = 'Q1': another file has this id"]


def test_a_file_without_units_is_refused(small: Small) -> None:
    found = problems_of(small(one=SMALL_RULES, two=SMALL_RULES.replace('"Q1"', '"Q2"')))
    assert found == ["qualifications/two.toml, id = 'Q2': no row of units.csv belongs to this qualification"]


def test_deep_nesting_is_refused_in_words(small: Small) -> None:
    deep = "x = " + "[" * 5_000 + "]" * 5_000
    assert problems_of(small(small=deep))[0] == "qualifications/small.toml: is nested too deeply"


def test_every_selector_picks_what_it_says(small: Small) -> None:
    selectors = {
        'group = "O"': {"O1", "O2", "O3"},
        'group = ["M", "O"]': {"M1", "O1", "O2", "O3"},
        'not_group = "O"': {"M1"},
        'ref = ["m1", "o-3"]': {"M1", "O3"},
        'not_ref = "O1"': {"M1", "O2", "O3"},
        'tag = ["core", "soft"]': {"O1", "O3"},
        'not_tag = "core"': {"M1", "O2"},
        "level = 3": {"O2"},
        "level = [1, 3]": {"O2", "O3"},
        "level_at_least = 2": {"M1", "O1", "O2"},
        "credits_at_least = 4": {"M1", "O3"},
        "credits_at_most = 3": {"O1", "O2"},
        'group = "O", level_at_least = 2': {"O1", "O2"},
        "held = true": {"M1", "O1", "O2", "O3"},
    }
    for number, (where, expected) in enumerate(selectors.items()):
        text = f"[[rule]]\nid = 'x{number}'\ntext = 't'\nat_most = 9\nwhere = {{ {where} }}\n"
        rule = load("Q1", small(small=rules_with(text))).rules[2]
        assert isinstance(rule, Bound)
        assert set(rule.weights) == expected, where
        assert bool(rule.held) == (where == "held = true")


def test_choices_nest_and_requirements_weigh_both_units(small: Small) -> None:
    text = """
[[rule]]
id = "path"
text = "one of two ways"
any = [
  { id = "long", text = "all options", where = { group = "O" }, all = true },
  { id = "short", text = "either", any = [ { id = "a", text = "t", count = "glh", at_least = 12 } ] },
]
[[rule]]
id = "needs"
text = "O3 needs O1"
unit = "O3"
requires = "O1"
"""
    choice, needs = load("Q1", small(small=rules_with(text))).rules[2:4]
    assert isinstance(choice, Choice)
    assert isinstance(choice.of[1], Choice)
    assert choice.of[0].at_least == 3
    assert needs == Bound(
        "needs", "O3 needs O1", {"O1": 1, "O3": -1}, at_least=0, kind="requires", subject="O3"
    )


def test_an_unknown_qualification_names_those_on_file() -> None:
    with pytest.raises(DataError, match=r"600/5106/2.*did you mean 600/5106/1\?.*on file: .*600/5106/1"):
        load("600/5106/2")


def test_refs_are_read_as_people_type_them() -> None:
    known = [unit.ref for unit in load().units]
    for text in ("L/601/0933", "l/601/0933", " L6010933 ", "l-601-0933", "L 601 0933"):
        assert find_ref(text, known) == "L/601/0933"
    assert find_ref("L/601/093", known) is None
    assert split_refs(" a, b;c  d ") == ["a", "b", "c", "d"]


def test_the_digest_changes_with_the_data(small: Small) -> None:
    first = load("Q1", small()).digest
    assert load("Q1", small()).digest == first
    assert load("Q1", small(units_with("Q1,O,,O4,Fourth,2,2,5,A,high,"))).digest != first
    assert load("Q1", small(small=SMALL_RULES + "# read again\n")).digest != first


def test_what_comes_next_is_said_where_it_is_closed_or_done(real: Qualification) -> None:
    ends, day = date(2013, 12, 31), date(2014, 1, 1)
    named = f"The source names as progression: {'; '.join(real.progression)}."
    assert real.progression[0].startswith("Level 3 NVQ Diploma in Contact Centre Operations (QCF)")
    facts = dict(qualification_table(real).itertuples(index=False, name=None))
    assert facts["Progression"].split("; ") == list(real.progression)
    assert real.next_step(False, ends) == ""
    assert real.next_step(True, ends) == named
    assert real.next_step(True, day) == named
    assert real.next_step(False, day) == (
        f"Only learners registered by 31 December 2013 can still complete it. {named}"
    )
    assert replace(real, progression=()).next_step(True, day) == ""


def test_the_status_follows_the_day(small: Small) -> None:
    text = "starts = 2020-01-02\nends = 2020-12-30\n" + SMALL_RULES
    loaded = load("Q1", small(small=text))
    days = {
        date(2020, 1, 1): "not yet open",
        date(2020, 1, 2): "open",
        date(2020, 12, 30): "open",
        date(2020, 12, 31): "closed",
    }
    assert {day: loaded.status(day) for day in days} == days
    assert loaded.status_sentence(date(2020, 1, 1)).endswith("starts on 2 January 2020.")
    assert loaded.status_sentence(date(2020, 5, 1)) == "Open for registration until 30 December 2020."
    assert loaded.status_sentence(date(2021, 1, 1)).endswith("ended on 30 December 2020.")
    no_dates = "No registration dates on file: ask the awarding organisation whether it is open."
    assert load("Q1", small()).status_sentence() == no_dates
    begun = small(small="starts = 2020-01-02\n" + SMALL_RULES)
    assert load("Q1", begun).status_sentence() == "Open for registration."


def test_without_a_number_the_only_qualification_of_a_folder_is_meant(small: Small) -> None:
    assert load(data=small()).id == "Q1"
    assert load().id == DEFAULT_QUALIFICATION


WRONG: tuple[object, ...] = (
    None, True, False, 3, -1, 10**7, 10**30, 1.5, float("nan"), float("inf"), "", "a b", "x" * 200, "two\nlines", "2026",
    "{x}", [], [[]], [3], [""], [True], {}, {"": ""}, {"x": 3}, {"x": "y"}, date(2026, 1, 1), time(3),
    datetime(2026, 1, 1, 3), ["a", 3], [{"id": 3}], [{"any": [{"x": []}]}],
)  # fmt: skip
"""Whatever TOML can hold, and None."""

TABLES: set[type[FileTable]] = {
    table
    for module in (rule_file, scheme, schemes, job_profile)
    for table in vars(module).values()
    if isinstance(table, type) and issubclass(table, FileTable) and table.model_fields
}

KNOWN_WORDS = re.compile(
    r"must (?:be|have|not be) |this key is (?:required|unknown)|holds a (?:line break or a )?control character"
)


@pytest.mark.parametrize("table", sorted(TABLES, key=str))
def test_whatever_is_wrong_with_a_key_is_said_in_our_words(table: type[FileTable]) -> None:
    refused = 0
    for key in table.model_fields:
        for value in WRONG:
            with contextlib.suppress(DataError):
                read_as(table, Path("file"), {key: value})
                continue
            with pytest.raises(DataError) as caught:
                read_as(table, Path("file"), {key: value})
            told = [problem for problem in caught.value.problems if problem.field.startswith(key)]
            refused += bool(told)
            assert all(KNOWN_WORDS.match(problem.message) for problem in caught.value.problems), caught.value
            assert len({(p.field, p.value) for p in told}) == len(told)
    assert refused > 10 * len(table.model_fields)


def test_a_number_of_either_kind_is_asked_for_once(small: Small) -> None:
    found = problems_of(small(small='fee_gbp = "dear"\n' + SMALL_RULES))
    assert found == ["qualifications/small.toml, fee_gbp = 'dear': must be a number, without quotes"]


def test_a_wrong_date_is_shown_a_right_one(small: Small) -> None:
    (found,) = problems_of(small(small='starts = "1 May"\n' + SMALL_RULES))
    assert found.endswith("starts = '1 May': must be a date such as 2026-11-22, without quotes")


def test_units_of_one_title_are_told_apart_by_their_level(real: Qualification) -> None:
    titles = Counter(unit.title for unit in real.units)
    twins = {unit.ref: unit for unit in real.units if titles[unit.title] > 1}
    assert len(twins) == 8
    assert len(set(real.names.values())) == len(real.units)
    for ref, unit in real.by_ref.items():
        level = f", level {unit.level}" if ref in twins else ""
        assert real.named(ref) == f"{unit.title}{level} ({ref})"


def test_a_unit_without_a_short_name_is_called_by_its_title(small: Small) -> None:
    units = f"{HEADER},short\nQ1,M,,M1,Main unit,2,4,10,A,high,,\nQ1,O,,O1,First option,2,3,9,A,high,,first\n"
    one = load("Q1", data=small(units))
    assert [one.short_name(ref) for ref in ("M1", "O1")] == ["Main unit", "first"]
