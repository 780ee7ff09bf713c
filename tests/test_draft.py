"""A new qualification from a table of units: what is written loads, plans and checks, or nothing is written."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import DataError, Problem, load, load_all, plan
from planner.authoring.lint import check
from planner.authoring.new_qualification import draft
from planner.catalogue.loading import shipped
from planner.catalogue.units import COLUMNS, OPTIONAL_COLUMNS
from planner.rules.rule import Bound
from tests import oracle
from tests.oracle import BoundDict, RuleDict, UnitDict
from tests.test_cli import Run, run

__all__ = ["run"]

Rows = Sequence[Mapping[str, object]]

TODAY = date(2026, 11, 22)

# An invented qualification: ref, title, level, credits, hours, group.
GROUPED: Rows = [
    dict(zip(("ref", "title", "level", "credits", "glh", "group"), row, strict=True))
    for row in (
        ("K/900/0001", "Work safely in a bakery", 1, 2, 10, "M"),
        ("K/900/0002", "Keep a bakery clean", 2, 3, 15, "M"),
        ("K/900/0003", "Bake bread", 2, 5, 40, "B"),
        ("K/900/0004", "Bake cakes", 2, 5, 35, "B"),
        ("K/900/0005", "Bake pies", 2, 4, 30, "B"),
        ("K/900/0006", "Sell what was baked", 2, 3, 12, "C"),
        ("K/900/0007", "Plan a week's baking", 3, 4, 20, "C"),
    )
]
UNGROUPED: Rows = [{key: row[key] for key in row if key != "group"} for row in GROUPED]


def as_csv(rows: Rows, columns: Iterable[str] = ()) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns) or list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def as_xlsx(rows: Rows) -> bytes:
    """The table as people keep it: a title above the header, a column of their own, numbers as numbers."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Units of our bakery certificate"])
    sheet.append([])
    sheet.append([*(name.title() for name in rows[0]), "Our remark"])
    for row in rows:
        sheet.append([*row.values(), "to do"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TABLES: dict[str, Callable[[Rows], bytes]] = {"units.csv": as_csv, "units.xlsx": as_xlsx}


def drafted(
    folder: Path,
    content: bytes | None = None,
    *,
    source: str = "units.csv",
    number: str = "900/0001/1",
    title: str = "Bakery",
    credits: float = 15,
    mandatory: Iterable[str] = (),
    minimum: Mapping[str, float] | None = None,
) -> Path:
    return draft(
        source,
        as_csv(GROUPED) if content is None else content,
        folder,
        number=number,
        title=title,
        credits=credits,
        mandatory=mandatory,
        minimum=minimum,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def bound(name: str, weights: Mapping[str, int], at_least: int) -> BoundDict:
    return {
        "kind": "bound",
        "id": name,
        "weights": dict(weights),
        "at_least": at_least,
        "at_most": None,
        "held_only": False,
    }


def brute_force(rules: Sequence[RuleDict]) -> list[str]:
    """The best plan of the bakery under these rules, by trying every selection."""
    units: list[UnitDict] = [
        {
            "ref": str(row["ref"]),
            "group": str(row["group"]),
            "level": int(str(row["level"])),
            "credits": int(str(row["credits"])),
            "glh": int(str(row["glh"])),
            "strategy": "",
            "barred_sets": [],
        }
        for row in GROUPED
    ]
    found = oracle.best_plan(units, rules, ("glh", "units"))
    assert found is not None
    return sorted(found)


def credits_of(*groups: str) -> dict[str, int]:
    return {
        str(row["ref"]): int(str(row["credits"])) for row in GROUPED if not groups or row["group"] in groups
    }


# What is written


@pytest.mark.parametrize("source", TABLES)
def test_a_table_without_groups_becomes_one_group(source: str, tmp_path: Path) -> None:
    path = drafted(tmp_path / "data", TABLES[source](UNGROUPED), source=source)
    assert path == tmp_path / "data" / "qualifications" / "900-0001-1.toml"
    found = load("900/0001/1", tmp_path / "data")
    assert [(u.ref, u.title, u.level, u.credits, u.glh) for u in found.units] == [
        tuple(row.values()) for row in UNGROUPED
    ]
    assert {unit.group for unit in found.units} == {"A"}
    assert (found.title, found.verified, [rule.id for rule in found.rules]) == ("Bakery", None, ["total"])
    assert list(plan(found).units) == brute_force([bound("total", credits_of(), 15)])


@pytest.mark.parametrize("source", TABLES)
def test_groups_mandatory_and_minimum_become_rules(source: str, tmp_path: Path) -> None:
    content = TABLES[source](GROUPED)
    drafted(tmp_path, content, source=source, mandatory=["M"], minimum={"B": 9, "C": 1})
    found = load("900/0001/1", tmp_path)
    assert [(rule.id, rule.at_least, rule.at_most, rule.count) for rule in found.rules] == [
        ("total", 15, None, "credits"),
        ("all-m", 5, None, "credits"),
        ("from-b", 9, None, "credits"),
        ("from-c", 1, None, "credits"),
    ]
    expected = brute_force(
        [
            bound("total", credits_of(), 15),
            bound("m", credits_of("M"), 5),
            bound("b", credits_of("B"), 9),
            bound("c", credits_of("C"), 1),
        ]
    )
    best = plan(found)
    # By hand: 2+3 mandatory, cakes and pies of B (5+4), selling of C: 10+15+35+30+12 hours.
    assert (list(best.units), best.new_glh) == (expected, 102)
    report = check(found, TODAY)
    assert report.ok, report.remarks


def test_everything_a_unit_file_holds_is_taken_from_the_table(tmp_path: Path) -> None:
    more = {
        "barred_set": "S",
        "strategy": "X",
        "level_confidence": "low",
        "tags": "core hot",
        "level_source": "p. 4",
    }
    rows = [
        {**row, **(more if number in (2, 3) else dict.fromkeys(more, ""))}
        for number, row in enumerate(GROUPED)
    ]
    drafted(tmp_path, as_csv(rows))
    found = load("900/0001/1", tmp_path)
    unit = found.units[2]
    assert (unit.barred_sets, unit.strategy, unit.level_confidence, unit.tags, unit.level_source) == (
        ("S",), "X", "low", ("core", "hot"), "p. 4",
    )  # fmt: skip
    assert found.barred == {"S": ("K/900/0003", "K/900/0004")}
    assert [rule.id for rule in found.rules] == ["total", "barred-S"]


def test_a_unit_without_a_group_among_others_with_one_goes_to_group_a(tmp_path: Path) -> None:
    rows = [{**row, "group": "" if row["group"] == "C" else row["group"]} for row in GROUPED]
    drafted(tmp_path, as_csv(rows), minimum={"A": 3})
    assert [unit.group for unit in load("900/0001/1", tmp_path).units] == ["M", "M", "B", "B", "B", "A", "A"]


# A second qualification beside the first


def test_a_second_qualification_leaves_the_first_byte_by_byte(tmp_path: Path) -> None:
    drafted(tmp_path, mandatory=["M"])
    before = contents(tmp_path)
    drafted(tmp_path, as_csv(UNGROUPED[:4]), number="900/0002/2", title="Short bakery", credits=5)
    after = contents(tmp_path)
    assert set(after) - set(before) == {"qualifications/900-0002-2.toml"}
    assert after["units.csv"].startswith(before["units.csv"])
    assert after["qualifications/900-0001-1.toml"] == before["qualifications/900-0001-1.toml"]
    assert list(load_all(tmp_path)) == ["900/0001/1", "900/0002/2"]
    # By hand: 2+3 credits take 10+15 hours; bread or cakes alone, 5 credits, 40 or 35.
    assert plan(load("900/0002/2", tmp_path)).new_glh == 25


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""], ids=["unix", "windows", "last line open"])
def test_the_shipped_data_stay_as_they_are_when_one_is_added(ending: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(shipped("data"), data)
    text = (data / "units.csv").read_text(encoding="utf-8")
    text = text.rstrip("\n") if ending == "" else text.replace("\n", ending)
    (data / "units.csv").write_bytes(text.encode())
    before, digests = contents(data), {q.id: q.digest for q in load_all(data).values()}
    drafted(data)
    after = contents(data)
    assert after["units.csv"].startswith(before["units.csv"])
    assert {name: content for name, content in after.items() if name in before and name != "units.csv"} == {
        name: content for name, content in before.items() if name != "units.csv"
    }
    found = load_all(data)
    assert {name: found[name].digest for name in digests} == digests
    assert len(found["900/0001/1"].units) == len(GROUPED)


def test_a_folder_without_the_optional_column_takes_the_units_without_it(tmp_path: Path) -> None:
    drafted(tmp_path)
    lines = (tmp_path / "units.csv").read_text(encoding="utf-8").splitlines()
    short = "".join(line.rsplit(",", len(OPTIONAL_COLUMNS))[0] + "\n" for line in lines)
    (tmp_path / "units.csv").write_text(short, encoding="utf-8")
    drafted(tmp_path, number="900/0002/2")
    assert "level_source" not in (tmp_path / "units.csv").read_text(encoding="utf-8")
    assert [len(found.units) for found in load_all(tmp_path).values()] == [7, 7]


# Refusals


def without(name: str, number: int, value: object) -> bytes:
    """The table with one cell changed."""
    return as_csv([{**row, name: value} if n == number else row for n, row in enumerate(GROUPED)])


OF_ALL = "must be a whole or half number from 0.5 to the 26 of all units"

REFUSED: dict[str, tuple[bytes | None, dict[str, object], str]] = {
    "a group that no unit is in": (None, {"mandatory": ["X"]}, "no unit is in this group (groups: B, C, M)"),
    "a minimum of no group": (None, {"minimum": {"b": 3}}, "no unit is in this group"),
    "credits above the sum": (None, {"credits": 27}, OF_ALL),
    "no credits": (None, {"credits": 0}, OF_ALL),
    "a quarter of a credit": (None, {"credits": 12.25}, OF_ALL),
    "a minimum of a quarter": (None, {"minimum": {"B": 2.25}}, "must be a whole or half number from 0 to"),
    "a ref twice": (without("ref", 3, "k9000001"), {}, "every unit needs a ref of its own"),
    "no ref": (without("ref", 3, " / "), {}, "every unit needs a ref of its own"),
    "a level above 12": (without("level", 1, 13), {}, "must be a whole number from 0 to 12"),
    "a level in words": (without("level", 1, "two"), {}, "must be a whole number from 0 to 12"),
    "credits of none": (without("credits", 1, 0), {}, "must be a whole number from 1 to 1000"),
    "hours below zero": (without("glh", 1, -3), {}, "must be a whole number from 0 to 10000"),
    "hours in parts": (without("glh", 1, "7.5"), {}, "must be a whole number from 0 to 10000"),
    "an empty title": (None, {"title": " "}, "must be one line of text"),
    "a title of two lines": (None, {"title": "a\nb"}, "must be one line of text"),
    "an empty number": (None, {"number": ""}, "must be one line of text"),
    "no column of hours": (as_csv([{"ref": "A", "title": "A", "level": 1, "credits": 1}]), {}, "glh"),
    "no unit": (b"ref,title,level,credits,glh\n", {}, "lists no unit"),
    "an empty file": (b"", {}, "is empty"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("filled", [False, True], ids=["new folder", "filled folder"])
def test_what_makes_no_sense_is_refused_and_nothing_written(case: str, filled: bool, tmp_path: Path) -> None:
    content, options, message = REFUSED[case]
    data = tmp_path / "data"
    if filled:
        drafted(data, number="900/0009/9")
    before = contents(tmp_path)
    with pytest.raises(DataError) as error:
        drafted(data, content, **options)  # type: ignore[arg-type]
    assert message in str(error.value)
    assert contents(tmp_path) == before
    assert data.exists() == filled


@pytest.mark.parametrize(
    ("credits", "fits"),
    [(0, False), (0.5, True), (1, True), (12.5, True), (26, True), (26.5, False), (27, False)],
)
def test_the_credits_needed_are_from_half_a_credit_to_those_of_all_units(
    credits: float, fits: bool, tmp_path: Path
) -> None:
    # By hand: the seven units have 26 credits.
    assert sum(credits_of().values()) == 26
    if fits:
        drafted(tmp_path, credits=credits)
        rule = load("900/0001/1", tmp_path).rules[0]
        assert rule.at_least == credits
        assert rule.text == f"at least {credits} credit{'' if credits == 1 else 's'} in all"
    else:
        with pytest.raises(DataError, match=f"^credits = '{credits}': {re.escape(OF_ALL)}$"):
            drafted(tmp_path, credits=credits)
        assert contents(tmp_path) == {}


@pytest.mark.parametrize("least", [0, 0.5, 9.5, 1_000_000])
def test_a_minimum_at_either_limit_is_written_and_loads(least: float, tmp_path: Path) -> None:
    drafted(tmp_path, minimum={"B": least})
    assert load("900/0001/1", tmp_path).rules[1].at_least == least


def test_every_problem_of_a_table_is_told_at_once(tmp_path: Path) -> None:
    rows = [{**GROUPED[0], "level": 13, "credits": "x"}, {**GROUPED[1], "ref": "K9000001"}]
    with pytest.raises(DataError) as error:
        drafted(tmp_path, as_csv(rows), title="", mandatory=["Z"])
    assert [(p.source, p.field, p.value) for p in error.value.problems] == [
        ("title", "", ""),
        ("units.csv", "level", "13"),
        ("units.csv", "credits", "x"),
        ("units.csv", "ref", "K9000001"),
        ("units.csv", "group", "Z"),
    ]
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("number", ["900/0001/1", "90000011", "900-0001-1"])
def test_a_number_on_file_is_refused_in_any_spelling(number: str, tmp_path: Path) -> None:
    drafted(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(DataError, match="holds this qualification already"):
        drafted(tmp_path, number=number)
    assert contents(tmp_path) == before


def test_a_number_in_a_file_of_another_name_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(shipped("data"), data)
    before = contents(data)
    with pytest.raises(DataError, match="holds this qualification already"):
        drafted(data, number="600/5106/1")
    assert contents(data) == before


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(DataError, match=r"data/inner: cannot be (?:written to|read): Not a directory$"):
        drafted(tmp_path / "data" / "inner")
    assert contents(tmp_path) == {"data": b"a file, not a folder"}


def test_a_unit_file_that_cannot_be_written_leaves_no_rule_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted(tmp_path)
    before = contents(tmp_path)

    def full(path: Path, content: bytes, **_: bool) -> None:
        if path.name == "units.csv":
            raise DataError([Problem(str(path), "is full")])
        path.write_bytes(content)

    monkeypatch.setattr("planner.authoring.new_qualification.replace_file", full)
    with pytest.raises(DataError, match=r"units\.csv: is full$"):
        drafted(tmp_path, number="900/0002/2")
    assert contents(tmp_path) == before


def test_a_failed_write_takes_away_the_folders_it_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(BaseException):
        pass

    written: list[str] = []

    def cut(path: Path, content: bytes, **_: bool) -> None:
        if path.name == "units.csv":
            raise Interrupted
        path.write_bytes(content)
        written.append(path.name)

    (tmp_path / "kept").mkdir()
    monkeypatch.setattr("planner.authoring.new_qualification.replace_file", cut)
    for folder in (tmp_path / "kept" / "new" / "data", tmp_path / "kept"):
        with pytest.raises(Interrupted):
            drafted(folder)
        assert list(tmp_path.rglob("*")) == [tmp_path / "kept"]
    assert written == ["900-0001-1.toml"] * 2


@pytest.mark.parametrize("filled", [False, True], ids=["new folder", "filled folder"])
def test_rows_that_somebody_adds_at_the_same_moment_are_not_lost(
    filled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if filled:
        drafted(tmp_path, number="900/0009/9")
    calls: list[Path] = []

    def meanwhile(folder: Path) -> object:
        found = load_all(folder)
        if folder != tmp_path and not calls:
            calls.append(folder)
            drafted(tmp_path, number="900/0002/2")
        return found

    monkeypatch.setattr("planner.authoring.new_qualification.load_all", meanwhile)
    with pytest.raises(DataError, match="was changed by somebody else at this moment"):
        drafted(tmp_path)
    assert len(calls) == 1
    assert list(load_all(tmp_path)) == ["900/0002/2", *(["900/0009/9"] if filled else [])]


def with_last(name: str, value: object) -> bytes:
    """The table with a column more, filled in its first row only."""
    return as_csv([{**row, name: value if row is GROUPED[0] else ""} for row in GROUPED])


# Each with the problem told, or None where what is meant is plain.
MENDED_OR_REFUSED: dict[str, tuple[bytes | None, dict[str, object], str | None]] = {
    "a ref of two words": (
        without("ref", 0, "K 900 0001"),
        {},
        "units.csv, row 2, ref = 'K 900 0001': remove the blank",
    ),
    "a unit without a title": (
        without("title", 0, ""),
        {},
        "units.csv, row 2, title = '(empty)': must not be empty",
    ),
    "a blank that is none": (without("title", 0, "Work\u00a0safely in\u2003a bakery"), {}, None),
    "a soft hyphen": (without("title", 0, "Work safe\u00adly in a bakery"), {}, None),
    "a character without a shape": (
        without("title", 0, "Work safe\u200ely"),
        {},
        "units.csv, row 2, title = 'Work safely': holds a character that cannot be seen (U+200E); "
        "type this cell anew",
    ),
    "an unknown confidence": (
        with_last("level_confidence", "sure"),
        {},
        "units.csv, row 2, level_confidence = 'sure': must be high, medium, low or empty",
    ),
    "a barred set of one unit": (
        with_last("barred_set", "S"),
        {},
        "units.csv, barred_set = 'S': barred set S has one unit, K/900/0001: it bars nothing",
    ),
    "hours with many zeros": (
        without("glh", 0, "00000000099999"),
        {},
        "units.csv, row 2, glh = '00000000099999': must be a whole number from 0 to 10000",
    ),
    "digits that are none": (
        without("credits", 0, "²"),
        {},
        "units.csv, row 2, credits = '²': must be a whole number from 1 to 1000",
    ),
    "a mandatory group named twice": (None, {"mandatory": ["M", " M"]}, None),
    "two groups of one name but for case": (without("group", 0, "b"), {"minimum": {"B": 1, "b": 1}}, None),
    "blanks around the number": (None, {"number": " 900/0001/1 "}, None),
    "a number without a letter or digit": (
        None,
        {"number": "-/-"},
        "number = '-/-': must hold a letter or a digit",
    ),
    "a line break in the file's name": (None, {"source": "a\nb.csv"}, None),
    "a minimum below zero": (
        None,
        {"minimum": {"B": -1}},
        "minimum = 'B=-1': must be a whole or half number from 0 to 1,000,000",
    ),
    "a minimum above a million": (
        None,
        {"minimum": {"B": 1_000_001}},
        "minimum = 'B=1000001': must be a whole or half number from 0 to 1,000,000",
    ),
    "a unit that another qualification has under another title": (
        without("title", 0, "Rest"),
        {"number": "900/0002/2"},
        "units.csv, row 2, title = 'Rest': row 2 of DATA/units.csv gives K/900/0001 the title "
        "'Work safely in a bakery'",
    ),
    "one unit twice, with another title": (
        as_csv([*UNGROUPED, {**UNGROUPED[6], "ref": "Z1"}, {**UNGROUPED[6], "ref": "z-1", "title": "Rest"}]),
        {},
        f"units.csv, row 10, title = 'Rest': row 9 gives z-1 the title {UNGROUPED[6]['title']!r}\n"
        "units.csv, row 10, ref = 'z-1': every unit needs a ref of its own",
    ),
    "a wrong title beside a wrong option": (
        without("title", 6, "Rest"),
        {"number": "", "credits": 0},
        "number: must be one line of text\n"
        f"units.csv, row 8, title = 'Rest': row 8 of DATA/units.csv gives K/900/0007 the title {UNGROUPED[6]['title']!r}",
    ),
}


@pytest.mark.parametrize("case", MENDED_OR_REFUSED)
def test_what_is_written_loads_or_nothing_is_written(case: str, tmp_path: Path) -> None:
    content, options, told = MENDED_OR_REFUSED[case]
    drafted(tmp_path, number="900/0009/9", mandatory=["M"])
    before = contents(tmp_path)
    if told is None:
        drafted(tmp_path, content, **options)  # type: ignore[arg-type]
        assert len(load_all(tmp_path)) == 2
        return
    with pytest.raises(DataError) as error:
        drafted(tmp_path, content, **options)  # type: ignore[arg-type]
    assert sorted(str(error.value).splitlines()) == sorted(told.replace("DATA", str(tmp_path)).splitlines())
    assert contents(tmp_path) == before
    load_all(tmp_path)


def test_problems_name_the_rows_of_the_users_own_table(tmp_path: Path) -> None:
    """The title, the empty row and the units on file before shift the rows; nobody sees the copy's."""
    shutil.copytree(shipped("data"), tmp_path / "data")
    rows: Rows = [*GROUPED[:3], {**GROUPED[3], "title": "", "credits": 9}]
    with pytest.raises(DataError) as error:
        drafted(tmp_path / "data", as_xlsx(rows), source="ours/units.xlsx")
    assert [(p.source, p.row, p.field) for p in error.value.problems] == [("ours/units.xlsx", 7, "title")]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "ref": st.sampled_from(["A1", "a-1", "A 2", "L/503/0394", "", "B2", "C3"]),
                "title": st.sampled_from(["One", "", "Two\u00ad"]),
                "level": st.sampled_from(["1", "9", "x"]),
                "credits": st.sampled_from(["3", "0", "²"]),
                "glh": st.sampled_from(["5", "", "99999"]),
                "group": st.sampled_from(["A", "b", ""]),
                "barred_set": st.sampled_from(["", "S", "S T"]),
            }
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["900/0001/1", "", "600/5106/1 x"]),
)
def test_no_problem_speaks_of_the_copy_that_was_tried(rows: Rows, number: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        data = Path(name) / "data"
        shutil.copytree(shipped("data"), data)
        before = contents(data)
        try:
            drafted(data, as_csv(rows), source="ours.csv", number=number, credits=3)
        except DataError as error:
            told = str(error)
            assert contents(data) == before
            for problem in error.problems:
                assert problem.source in ("ours.csv", "number", "credits"), told
                assert problem.row is None or 2 <= problem.row <= len(rows) + 1
            assert tempfile.gettempdir() not in told.replace(str(data), "")
            assert "(new)" not in told
        load_all(data)


# Folders as people keep them


def broken_rule_file(folder: Path) -> None:
    path = folder / "qualifications" / "900-0009-9.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("at_least", "at_lest"), encoding="utf-8")


def broken_unit_file(folder: Path) -> None:
    with (folder / "units.csv").open("a", encoding="utf-8") as file:
        file.write("900/0009/9,too,few\n")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a rule file": (broken_rule_file, "qualifications/900-0009-9.toml, rule[1].at_lest: this key is unknown"),
    "a unit file": (
        broken_unit_file,
        f"units.csv, row 9: has 3 cells where the header has {len(COLUMNS) + len(OPTIONAL_COLUMNS)}",
    ),
    "no unit file": (lambda folder: (folder / "units.csv").unlink(), "units.csv: there is no such file"),
    "another table": (
        lambda folder: (folder / "units.csv").write_bytes(b"foo,bar\n1,2\n"),
        "units.csv, row 1, qualification: this column is missing",
    ),
    "no rule file": (
        lambda folder: (folder / "qualifications" / "900-0009-9.toml").unlink(),
        "qualifications: holds no qualification (no .toml file)",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_folder_that_is_broken_already_is_told_as_such(case: str, tmp_path: Path) -> None:
    breaks, message = BROKEN[case]
    drafted(tmp_path, number="900/0009/9")
    breaks(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(DataError) as error:
        drafted(tmp_path)
    first, *others = map(str, error.value.problems)
    assert first == f"{tmp_path}: does not load as it is, so nothing is added to it; mend this first"
    assert any(other.startswith(f"{tmp_path}/{message}") for other in others)
    assert contents(tmp_path) == before


def in_another_order(text: str) -> str:
    """The unit file with its columns turned round and blanks in its header."""
    header, *rows = csv.reader(io.StringIO(text))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [[f" {name} " for name in header[::-1]], *(row[::-1] for row in rows)]
    )
    return out.getvalue()


SHAPES: dict[str, Callable[[str], bytes]] = {
    "a byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "blanks in the header": lambda text: text.replace(",", " , ", 11).encode(),
    "another order": lambda text: in_another_order(text).encode(),
    "windows": lambda text: text.replace("\n", "\r\n").encode(),
    "old line ends": lambda text: text.replace("\n", "\r").encode(),
    "empty rows": lambda text: (text + "\n,,,,,,,,,,,\n").encode(),
    "all at once": lambda text: (
        b"\xef\xbb\xbf" + in_another_order(text).replace("\n", "\r\n").encode().rstrip()
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_unit_file_of_another_shape_keeps_it(shape: str, tmp_path: Path) -> None:
    drafted(tmp_path)
    path = tmp_path / "units.csv"
    path.write_bytes(SHAPES[shape](path.read_text(encoding="utf-8")))
    before, digest = path.read_bytes(), load("900/0001/1", tmp_path).digest
    rows = [{**row, "level_source": f"page {n}", "tags": "hot"} for n, row in enumerate(GROUPED)]
    drafted(tmp_path, as_csv(rows), number="900/0002/2")
    after = path.read_bytes()
    assert after.startswith(before)
    ends = {
        end
        for end in (b"\r\n", b"\n", b"\r")
        if end in after.replace(b"\r\n", b"" if end != b"\r\n" else b"\r\n")
    }
    assert len(ends) == 1
    first, second = load_all(tmp_path).values()
    assert first.digest == digest
    assert [(u.ref, u.title, u.credits, u.group, u.tags, u.level_source) for u in second.units] == [
        (row["ref"], row["title"], row["credits"], row["group"], ("hot",), row["level_source"])
        for row in rows
    ]
    with pytest.raises(DataError) as error:
        drafted(tmp_path, without("title", 0, "Rest"), number="900/0003/3")
    assert [(p.row, p.field) for p in error.value.problems] == [(2, "title")]
    assert f"row 2 of {path} gives K/900/0001 the title 'Work safely in a bakery'" in str(error.value)


@pytest.mark.parametrize("text", ["", "\ufeff\n", "HEADER", "HEADER\n\n"])
def test_a_unit_file_that_lists_no_unit_yet_is_taken(text: str, tmp_path: Path) -> None:
    drafted(tmp_path / "other")
    header = (tmp_path / "other" / "units.csv").read_text(encoding="utf-8").partition("\n")[0]
    (tmp_path / "units.csv").write_text(text.replace("HEADER", header), encoding="utf-8")
    drafted(tmp_path)
    assert len(load("900/0001/1", tmp_path).units) == 7


def test_the_tasks_of_a_folder_are_tried_too(tmp_path: Path) -> None:
    tasks = tmp_path / "tasks.csv"
    tasks.write_text(
        "qualification,task,title,ref,reason\n900/0001/1,bake,Bakes,K/900/0003,bakes\n", encoding="utf-8"
    )
    with pytest.raises(DataError) as error:
        drafted(tmp_path, number="900/0002/2")
    assert [(p.source, p.row) for p in error.value.problems] == [(str(tasks), 2)]
    drafted(tmp_path)
    assert list(load("900/0001/1", tmp_path).tasks) == ["bake"]


def test_a_column_that_the_folder_has_no_place_for_is_named_in_the_rule_file(tmp_path: Path) -> None:
    drafted(tmp_path)
    lines = (tmp_path / "units.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "units.csv").write_text(
        "".join(line.rsplit(",", len(OPTIONAL_COLUMNS))[0] + "\n" for line in lines), encoding="utf-8"
    )
    path = drafted(tmp_path, with_last("level_source", "p. 4"), number="900/0002/2")
    notice = "# The column level_source of the table was left out: units.csv in this folder has none.\n"
    assert notice in path.read_text(encoding="utf-8")
    assert notice not in drafted(tmp_path, number="900/0003/3").read_text(encoding="utf-8")
    assert len(load_all(tmp_path)) == 3


@pytest.mark.parametrize(
    "numbers",
    [
        ("学", "習"),
        ("900/1", "900.1", "900_1"),
        ("学", "qualification", "Qualification.2"),
        ("x" * 300, "x" * 299),
    ],
)
def test_no_two_numbers_share_a_file(numbers: Sequence[str], tmp_path: Path) -> None:
    paths = [drafted(tmp_path, number=number) for number in numbers]
    assert len(set(paths)) == len(numbers)
    assert all(path.name.isascii() and len(path.name) < 80 for path in paths)
    assert set(load_all(tmp_path)) == set(numbers)


def test_rules_of_groups_that_differ_in_signs_only_have_ids_of_their_own(tmp_path: Path) -> None:
    names = ["B", "b", "学", "習", "B 2", "b-2", "Group"]
    rows = [{**row, "group": name} for row, name in zip(GROUPED, names, strict=True)]
    drafted(tmp_path, as_csv(rows), mandatory=names, minimum=dict.fromkeys(names, 1))
    rules = load("900/0001/1", tmp_path).rules
    assert [rule.id for rule in rules[1:8]] == [
        "all-b", "all-b-2", "all-group", "all-group-2", "all-b-2-2", "all-b-2-3", "all-group-3",
    ]  # fmt: skip
    assert [list(rule.weights) for rule in rules[1:8] if isinstance(rule, Bound)] == [
        [row["ref"]] for row in GROUPED
    ]
    assert len({rule.id for rule in rules}) == 15


# Texts survive

HOSTILE = (
    '=1+1', '"quoted"', "back\\slash\\", "\\u0041 \\n", "'single'", "Zoë’s 观察 🙂", "# no comment", "a,b;c d",
    "=HYPERLINK(\"http://x.invalid\",\"x\")", "{ x = 1 }", "[[rule]]", '"""', "-1", "007", "+44 20", "@SUM(A1)",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("source", TABLES)
def test_texts_stay_texts_in_both_files(text: str, source: str, tmp_path: Path) -> None:
    rows = [{**row, "title": f"{text} {n}", "group": text, "strategy": text} for n, row in enumerate(GROUPED)]
    content = TABLES[source](rows)
    if source == "units.xlsx":
        content = with_text_cells(content)
    drafted(tmp_path, content, source=source, title=text, mandatory=groups_in(text))
    found = load("900/0001/1", tmp_path)
    assert (found.title, list(found.groups)) == (text, groups_in(text))
    assert [unit.title for unit in found.units] == [f"{text} {n}" for n in range(len(rows))]
    assert {(unit.groups, unit.strategy) for unit in found.units} == {(tuple(groups_in(text)), text)}
    assert plan(found).credits == 26


def groups_in(text: str) -> list[str]:
    """The groups that a cell names: commas and semicolons part them."""
    return list(dict.fromkeys(part.strip() for part in re.split("[,;]", text) if part.strip()))


def with_text_cells(content: bytes) -> bytes:
    """The workbook with what openpyxl took for formulas as texts."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            if cell.data_type == "f":
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


LETTERS = st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="\u00a0")
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(LETTERS, min_size=1, max_size=30)
    .map(str.strip)
    .filter(lambda text: text.strip(",; ") and text.isprintable()),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(TEXTS, TEXTS, st.lists(TEXTS, min_size=7, max_size=7))
def test_any_printable_text_survives_a_round_trip(title: str, group: str, titles: list[str]) -> None:
    rows = [{**row, "title": text, "group": group} for row, text in zip(GROUPED, titles, strict=True)]
    with tempfile.TemporaryDirectory() as name:
        drafted(Path(name), as_csv(rows), title=title, minimum=dict.fromkeys(groups_in(group), 2))
        found = load("900/0001/1", name)
    assert (found.title, list(found.groups)) == (title, groups_in(group))
    assert [unit.title for unit in found.units] == titles
    assert {unit.groups for unit in found.units} == {tuple(groups_in(group))}


# The template


def uncommented(text: str) -> str:
    """The template with every commented key taken in, as its first remark of other rules asks."""
    lines = []
    for line in text.splitlines():
        bare = re.sub(r"^# ?", "", line)
        is_key = re.match(r"(\[\[?\w+\]?\]|\w+ = |any = |\s+\{)", bare)
        lines.append(bare if line.startswith("#") and is_key else line)
    return "\n".join(lines)


def filled_in(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_the_commented_examples_filled_in_load_and_hold(tmp_path: Path) -> None:
    path = drafted(tmp_path, credits=12, mandatory=["M"])
    template = path.read_text(encoding="utf-8")
    text = filled_in(
        uncommented(template),
        ('awarding_organisation = "..."', 'awarding_organisation = "Example Awards"'),
        ("verified = YYYY-MM-DD", "verified = 2026-11-22"),
        ("min_glh = 0", "min_glh = 92"),
        ("max_glh = 0", "max_glh = 92"),
        ("min_credits = 12", "min_credits = 17"),
        ('ref = ["...", "..."]', 'ref = ["K/900/0003", "K/900/0004"]'),
        ('"3 units from A or 5 units from B"', '"2 units from C or 3 units from B"'),
        ('"3 units from A", where = { group = "A" }, at_least = 3', '"2 units from C", where = { group = "C" }, at_least = 2'),
        ('"5 units from B", where = { group = "B" }, at_least = 5', '"3 units from B", where = { group = "B" }, at_least = 3'),
        ('text = "unit ... requires unit ..."', 'text = "unit K/900/0007 requires unit K/900/0004"'),
        ('unit = "..."', 'unit = "K/900/0007"'),
        ('requires = "..."', 'requires = "K/900/0004"'),
        ('text = "..."', 'text = "Evidence comes from a working bakery."'),
        ('source = "worked by hand: ..."', 'source = "worked by hand: mandatory units, bread and cakes"'),
        ('counted = ["...", "..."]', 'counted = ["K/900/0001", "K/900/0002", "K/900/0003", "K/900/0004"]'),
        ("breaks = []", 'breaks = ["few", "pathway"]'),
    )  # fmt: skip
    path.write_text(text, encoding="utf-8")
    found = load("900/0001/1", tmp_path)
    assert [rule.id for rule in found.rules] == ["total", "all-m", "level", "few", "pathway", "needs"]
    assert (found.awarding_organisation, found.level, found.min_age) == ("Example Awards", 2, 16)
    assert (found.starts, found.ends) == (date(2026, 9, 1), date(2029, 8, 31))
    assert (len(found.notes), len(found.examples)) == (1, 1)
    assert found.published == {"units": 7, "min_credits": 17, "min_glh": 92, "max_glh": 92}
    # By hand: bread and cakes together are barred, so the way is both of C, and planning needs the cakes:
    # 2+3+3+4+5 credits, 10+15+12+20+35 hours.
    rules: list[RuleDict] = [
        bound("total", credits_of(), 12),
        bound("m", credits_of("M"), 5),
        bound("level", {ref: c for ref, c in credits_of().items() if ref != "K/900/0001"}, 10),
        {**bound("few", {"K/900/0003": 1, "K/900/0004": 1}, 0), "at_most": 1},
        {
            "kind": "choice",
            "id": "pathway",
            "of": [
                bound("c", dict.fromkeys(credits_of("C"), 1), 2),
                bound("b", dict.fromkeys(credits_of("B"), 1), 3),
            ],
            "at_least": 1,
        },
        bound("needs", {"K/900/0004": 1, "K/900/0007": -1}, 0),
    ]
    best = plan(found)
    assert list(best.units) == brute_force(rules)
    assert (best.credits, best.new_glh) == (17, 92)
    report = check(found, TODAY)
    assert report.ok, report.remarks
    fine = {remark.id for remark in report.remarks if remark.severity == "fine"}
    assert {"published-units", "published-min_credits", "published-min_glh", "published-max_glh"} <= fine


def test_the_template_says_how_to_go_on_and_what_to_fill_in(tmp_path: Path) -> None:
    text = drafted(tmp_path).read_text(encoding="utf-8")
    assert "nvq-planner check --qualification 900/0001/1 --data <this folder>" in text
    assert 'source = "units.csv; name the handbook, its version and page here"' in text
    assert "\n# verified = YYYY-MM-DD " in text
    for kind in (
        "level_at_least",
        "at_most",
        "any = [",
        "requires",
        "[[note]]",
        "[[example]]",
        "[published]",
    ):
        assert kind in text


# The command


def options(folder: Path, **more: str) -> list[str]:
    given = {"--id": "900/0001/1", "--title": "Bakery", "--credits": "15", "--out": str(folder), **more}
    return [word for pair in given.items() for word in pair]


def test_new_writes_a_qualification_that_every_command_takes(run: Run, tmp_path: Path) -> None:
    table, data = tmp_path / "bakery.csv", tmp_path / "data"
    table.write_bytes(as_csv(GROUPED))
    arguments = [*options(data), "--mandatory", "M", "--minimum", " B = 9 ", "--minimum", " C=1"]
    code, out, err = run("new", table, *arguments)
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    assert "Rule file written:" in words
    assert "0 errors" in words
    wanted = ["--qualification", "900/0001/1", "--data", data]
    assert json.loads(run("plan", *wanted, "--json")[1])["new_glh"] == 102
    assert run("check", *wanted)[0] == 0
    assert run("explore", *wanted)[0] == 0


def test_new_as_json_is_the_report_and_the_file(run: Run, tmp_path: Path) -> None:
    table, data = tmp_path / "bakery.xlsx", tmp_path / "data"
    table.write_bytes(as_xlsx(GROUPED))
    code, out, err = run("new", table, *options(data), "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert set(found) == {"file", "qualification", "ok", "remarks", "sheets", "data"}
    assert found["file"] == str(data / "qualifications" / "900-0001-1.toml")
    assert found["ok"] is True
    assert found["qualification"]["verified"] is None


def test_new_ends_with_1_where_its_rules_contradict_each_other(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "bakery.csv"
    table.write_bytes(as_csv(GROUPED))
    code, out, _ = run("new", table, *options(tmp_path / "data"), "--minimum", "B=15", "--json")
    found = json.loads(out)
    assert (code, found["ok"]) == (1, False)
    assert [r["id"] for r in found["remarks"] if r["severity"] == "error"] == ["contradiction"]


def test_new_beside_others_is_checked_with_all_of_them(run: Run, tmp_path: Path) -> None:
    table, data = tmp_path / "bakery.csv", tmp_path / "data"
    table.write_bytes(as_csv(GROUPED))
    shutil.copytree(shipped("data"), data)
    assert run("new", table, *options(data))[0] == 0
    code, out, _ = run("check", "--all", "--data", data, "--json")
    assert code == 0
    assert [report["qualification"]["id"] for report in json.loads(out)["reports"]] == list(load_all(data))
    assert "900/0001/1" in load_all(data)


def test_check_all_ends_with_1_if_any_has_an_error(run: Run, tmp_path: Path) -> None:
    table, data = tmp_path / "bakery.csv", tmp_path / "data"
    table.write_bytes(as_csv(GROUPED))
    assert run("new", table, *options(data))[0] == 0
    assert run("new", table, *options(data, **{"--id": "900/0002/2"}), "--minimum", "B=15")[0] == 1
    code, out, _ = run("check", "--all", "--data", data, "--json")
    assert (code, [report["ok"] for report in json.loads(out)["reports"]]) == (1, [True, False])
    assert run("check", "--data", data, "--qualification", "900/0001/1")[0] == 0
    code, out, _ = run("check", "--all", "--data", data)
    assert code == 1
    assert out.count("Bakery, 900/000") == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--minimum", "B"], "must be a group with credits from 0 to 1,000,000, such as B=12"),
        (["--minimum", "=12"], "must be a group with credits"),
        (["--minimum", "B=-1"], "must be a group with credits"),
        (["--minimum", "B=1.3"], "must be a group with credits"),
        (["--credits", "12.3"], "must be a whole or half number from 0.5 to 1,000,000"),
        (["--minimum", " = 12"], "must be a group with credits"),
        (["--minimum", "B = "], "must be a group with credits"),
        (["--minimum", "B=1", "--minimum", "B = 2"], "names a group a second time"),
        (["--minimum", "Z=1"], "no unit is in this group"),
        (["--mandatory", "Z"], "no unit is in this group"),
        (["--credits", "99"], OF_ALL),
        (["--title", ""], "must be one line of text"),
        (["--id", "\t"], "must be one line of text"),
    ],
)
def test_new_refuses_what_makes_no_sense_and_writes_nothing(
    run: Run, tmp_path: Path, change: list[str], message: str
) -> None:
    table = tmp_path / "bakery.csv"
    table.write_bytes(as_csv(GROUPED))
    before = contents(tmp_path)
    for more in ([], ["--json"]):
        code, out, err = run("new", table, *options(tmp_path / "data"), *change, *more)
        assert (code, out) == (2, "")
        assert message in err
        assert "Traceback" not in err
    assert contents(tmp_path) == before


def test_new_without_a_table_writes_nothing(run: Run, tmp_path: Path) -> None:
    code, out, err = run("new", tmp_path / "none.csv", *options(tmp_path / "data"))
    assert (code, out) == (2, "")
    assert "there is no such file" in err
    assert contents(tmp_path) == {}
