"""The CPD workbook: its formulas follow edited cells, its log reads back, no text becomes a formula."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.workbook import Workbook

from planner.cli import commands, options
from planner.cpd.cycle_plan import CyclePlan, plan_cycle, plan_readings
from planner.cpd.intent import Intent, intent_of
from planner.cpd.log import CpdLog, LogEntry, read_log
from planner.cpd.scheme import Reading, load_readings, slot
from planner.errors import Problem
from planner.report.cpd_book import SPARE_STEPS, cpd_workbook
from planner.report.tables import nested
from planner.rules.measure import audit
from tests.cpd_files import activities, reading, rule, write_scheme
from tests.test_cpdlog import READING, START, TODAY, entries
from tests.test_recordbook import Office, formulas, rows, saved

HOSTILE = ["=1+1", "+44", "-1", "@SUM(A1)", '=HYPERLINK("http://x.invalid","x")', "http://x.invalid", "007",
           "'x", '"&A1&"', "{=1}", "a*b?c~"]  # fmt: skip

LOG = CpdLog(
    READING,
    (
        LogEntry("article", 1, 17, date(2025, 5, 1), 900, "=1+1"),
        LogEntry("pdp", 1, 1, date(2025, 6, 1)),
        LogEntry("ccmg-event", 2, 4),
    ),
    (Problem("log.csv", "no activity of this scheme has this ref or title", 6, "activity", "=nothing"),),
    START,
    {"blog": 90},
)


def intended(log: CpdLog, year: int, **wishes: Any) -> Intent:
    return intent_of(log.reading, done=log.done, year=year, taking=log.minutes, **wishes)


def opened(content: bytes, values: bool = False) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


CAVEAT = (
    "This is arithmetic, no certificate: only the Contact Centre Management Group (CCMG) decides which activities "
    "count."
)


def hours_of(minutes: int) -> str:
    return f"{minutes // 60} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def totals(book: Workbook) -> dict[str, Any]:
    """The figures of the sheet Plan by their labels."""
    found: dict[str, Any] = {}
    for row in book["Plan"].iter_rows(min_row=5, values_only=True):
        if row[0] == "What to do next, year by year":
            return found
        if row[4] is not None:
            found[str(row[0]).strip()] = row[4]
    raise AssertionError("the plan has no list of steps")


def check_figures(book: Workbook, plan: CyclePlan) -> None:
    """What the formulas say against the auditor, the plan and the tracker."""
    told = [
        (row["Rule"], row["Measured"], row["At least"], row["At most"], row["Met"])
        for row in rows(book["Rules"], "Rule")
    ]
    findings = audit([finding.rule for finding in plan.findings], plan.counted)
    assert told == [
        (f.rule.id, f.measured, f.rule.at_least, f.rule.at_most, "yes" if f.holds else "no")
        for _, f in nested(findings)
    ]
    slots, left = plan.reading.slots, plan.new
    points = {name: times * slots[name][0].points for name, times in plan.counted.items()}
    minutes = {name: times * plan.intent.minutes_of(slots[name][0]) for name, times in left.items()}
    found = totals(book)
    assert found["Points that will count"] == sum(points.values())
    assert found["of them done"] == sum(points.values()) - sum(
        n * slots[k][0].points for k, n in left.items()
    )
    assert found["Activities still to do"] == sum(left.values())
    assert minutes_of(found["Time still to spend, h:mm"]) == sum(minutes.values())
    assert found["Rules not met"] == sum(not finding.holds for finding in findings)
    steps = [
        (row["Year"], row["When"], row["Ref"], row["Activity"], row["Category"], row["Times"], row["Points"],
         minutes_of(row["Hours"]))
        for row in rows(book["Plan"], "No.") if isinstance(row["No."], int)
    ]  # fmt: skip
    assert steps == [
        (
            year,
            "now" if year == plan.intent.year else "later",
            activity.ref,
            activity.title,
            plan.reading.categories[activity.category],
            left[name],
            left[name] * activity.points,
            minutes[name],
        )
        for name, (activity, year) in slots.items()
        if left.get(name)
    ]
    check_points(book, plan)


def check_points(book: Workbook, plan: CyclePlan) -> None:
    """Points of every row of the sheet Points, year by year and in all: those that count, those done."""
    categories = {title: name for name, title in plan.reading.categories.items()}
    told = {
        str(row[0]): [value for place, value in enumerate(row[1:]) if place % 3 != 2]
        for row in book["Points"].iter_rows(min_row=6, values_only=True)
    }
    assert [*told][: len(categories)] == [*categories]
    assert [*told][-1] == "All together"
    for title, figures in told.items():
        names = set(categories.values())
        if title != "All together":
            names = {categories[part] for part in title.split(" + ")}
        expected = []
        for years in (
            *([year] for year in range(1, plan.reading.years + 1)),
            range(1, plan.reading.years + 1),
        ):
            of_it = [
                (activity.points, plan.counted.get(name, 0), plan.new.get(name, 0))
                for name, (activity, year) in plan.reading.slots.items()
                if year in years and activity.category in names
            ]
            expected += [
                sum(p * counted for p, counted, _ in of_it),
                sum(p * (c - new) for p, c, new in of_it),
            ]
        assert figures == expected, title


def minutes_of(value: Any) -> int:
    """The minutes of a cell that holds a time, however openpyxl reads it."""
    seconds = value.total_seconds() if hasattr(value, "total_seconds") else None
    if seconds is None and hasattr(value, "hour"):
        seconds = value.hour * 3600 + value.minute * 60 + value.second
    return round(float(value) * 24 * 60 if seconds is None else seconds / 60)


def edited(content: bytes, changes: Mapping[str, tuple[int, int, int]]) -> bytes:
    """The workbook after done, counted and new of some slots were typed in; its values dropped."""
    book = opened(content)
    left = dict(changes)
    for row in book["Activities"].iter_rows(min_row=6):
        name = slot(str(row[1].value), int(str(row[0].value)))
        if name in left:
            for cell, value in zip(row[5:8], left.pop(name), strict=True):
                cell.value = value
    assert not left
    return saved(book)


@pytest.fixture(scope="module")
def recalculated(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    office = Office(soffice, tmp_path_factory.mktemp("office"))
    return lambda files: {name: opened(found, values=True) for name, found in office.resaved(files).items()}


@pytest.fixture
def odd(tmp_path: Path) -> Reading:
    """A scheme with texts that look like formulas, a choice among its rules and a ref with a wildcard."""
    rows_ = (
        "=talk,a*,=1+1 and a talk,2,60,,,yes,=A1",
        "=talk,ab,@Read,1,30,,3,yes,",
        "self,plan,+Write,3,120,1,,yes,-1",
    )
    either = (
        '[[rule]]\nid = "way"\ntext = "=one of two"\nany = [\n'
        '{ id = "long", text = "=8 points", count = "points", at_least = 8 },\n'
        '{ id = "often", text = "3 times", count = "times", where = { tag = "ab" }, at_least = 3 },\n]\n'
    )
    plenty = rule("plenty", text="=2+2", at_least=7, where={"tag": "year-2"})
    text = reading(plenty, either).replace("An invented reading", "=An invented reading")
    folder = write_scheme(tmp_path, [text], activities(*rows_))
    return load_readings(folder)["r"]


CASES = {
    "nothing": (CpdLog(READING), 1, {}),
    "log": (LOG, 2, {"pins": ["book=2"], "minutes": ["article=45"]}),
    "short": (LOG, 3, {}),
    "over": (LOG, 4, {}),
}


def test_what_is_to_be_done_has_a_row_as_high_as_its_words(tmp_path: Path) -> None:
    """52 digits are a line of an activity, 24 one of a category: the columns are two digits wider."""
    wide = {"aa": ("7" * 24, "0" * 52), "bb": ("7" * 24, "0" * 53), "cc": ("7" * 25, "1" * 52)}
    listed = activities(*(f"{category},{ref},{title},1,0,,1,yes," for ref, (category, title) in wide.items()))
    folder = write_scheme(tmp_path, [reading(rule("total", at_least=3))], listed)
    sheet = opened(cpd_workbook(plan_cycle(load_readings(folder)["r"], Intent()), today=TODAY), values=True)[
        "Plan"
    ]
    heights = {row[3].value: sheet.row_dimensions[int(row[3].row or 0)].height for row in sheet.iter_rows()}
    assert {ref: heights[ref] for ref in wide} == {"aa": None, "bb": 30, "cc": 30}


def test_what_is_done_and_does_not_count_is_told_beside_it() -> None:
    plan = plan_cycle(READING, Intent({slot("article", 1): 20}))
    rows_ = rows_of(opened(cpd_workbook(plan, today=TODAY), values=True)["Activities"])
    assert [(row["Ref"], row["Year"], row["Remark"]) for row in rows_ if row["Remark"]] == [
        ("article", 1, "5 not counted")
    ]


@pytest.mark.parametrize("case", CASES)
def test_each_formula_carries_its_value_for_readers_that_do_not_calculate(case: str) -> None:
    log, year, wishes = CASES[case]
    plan = plan_cycle(log.reading, intended(log, year, **wishes))
    check_figures(opened(cpd_workbook(plan, log, today=TODAY), values=True), plan)


@pytest.mark.long
def test_libreoffice_calculates_what_the_workbook_carries(recalculated: Any, odd: Reading) -> None:
    books, plans = {}, {}
    for name, (log, year, wishes) in CASES.items():
        plans[name] = plan_cycle(log.reading, intended(log, year, **wishes))
        books[name] = cpd_workbook(plans[name], log, today=TODAY)
    plans["odd"] = plan_cycle(odd, Intent({"ab in year 1": 4}))
    books["odd"] = cpd_workbook(plans["odd"], today=TODAY)
    found = recalculated({name: saved(opened(content)) for name, content in books.items()})
    for name, content in books.items():
        check_figures(found[name], plans[name])
        for (sheet, cell), value in formulas(content).items():
            again = found[name][sheet][cell].value or ""
            if hasattr(again, "hour") or hasattr(again, "total_seconds"):
                assert minutes_of(again) == minutes_of(value or 0), (name, sheet, cell)
            else:
                assert again == value, (name, sheet, cell)


def test_formulas_follow_edited_cells(recalculated: Any) -> None:
    plan = plan_cycle(READING, intended(LOG, 2))
    content = cpd_workbook(plan, LOG, today=TODAY)
    counted = {slot("article", 1): 15, slot("pdp", 1): 1, slot("show", 3): 4, slot("membership", 2): 2}
    new = {slot("show", 3): 4, slot("membership", 2): 2}
    gone = [name for name in {**plan.counted, **plan.new, **plan.intent.done} if name not in counted]
    changes = dict.fromkeys(gone, (0, 0, 0))
    changes |= {name: (n - new.get(name, 0), n, new.get(name, 0)) for name, n in counted.items()}
    changes[slot("article", 1)] = (17, 15, 0)
    changes[slot("blog", 3)] = (0, 1, 0)
    book = opened(edited(content, changes))
    minutes = {row[0].value: row[4] for row in book["Minutes"].iter_rows(min_row=6)}
    minutes["show"].value = 25
    log = book["Log"]
    for column, value in enumerate(("SHOW", None, None, 3, 4), start=1):
        log.cell(9, column).value = value if value is not None else log.cell(9, column).value
    found = recalculated({"edited": saved(book)})["edited"]
    intent = replace(plan.intent, minutes={**LOG.minutes, "show": 25})
    expected = replace(
        plan,
        intent=intent,
        counted={**counted, slot("blog", 3): 1},
        new=new,
        findings=audit([finding.rule for finding in plan.findings], {**counted, slot("blog", 3): 1}),
    )
    check_figures_apart_from_done(found, expected)
    remarks = {
        (row["Ref"], row["Year"]): row["Remark"] for row in rows_of(found["Activities"]) if row["Remark"]
    }
    assert remarks == {("article", 1): "2 not counted", ("blog", 3): "counts more often than done and new"}
    title, points = found["Log"].cell(9, 2).value, found["Log"].cell(9, 6).value
    assert (title, points) == (READING.activities["show"].title, 4)


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    return rows(sheet, "Year")


def check_figures_apart_from_done(book: Workbook, plan: CyclePlan) -> None:
    check_figures(book, plan)
    # Two memberships in one year break the limit of once a year: the sheet says so, the solver never would.
    broken = {row["Rule"] for row in rows(book["Rules"], "Rule") if row["Met"] == "no"}
    assert "limit-membership-year-2" in broken
    assert totals(book)["Rules not met"] == len(broken)


def test_what_is_added_beyond_the_rows_of_the_plan_is_said(recalculated: Any) -> None:
    plan = plan_cycle(READING, Intent())
    content = cpd_workbook(plan, today=TODAY)
    idle = [name for name in READING.slots if name not in plan.new][: SPARE_STEPS + 3]
    book = recalculated({"more": edited(content, dict.fromkeys(idle, (0, 1, 1)))})["more"]
    told = [row["No."] for row in rows(book["Plan"], "No.")]
    assert told[:-1] == list(range(1, len(plan.new) + SPARE_STEPS + 1))
    assert told[-1] == "3 more: see the sheet Activities"


def test_spare_rows_have_no_blank_page_of_their_own(soffice: str, tmp_path: Path) -> None:
    plan = plan_cycle(READING, Intent())
    book = opened(cpd_workbook(plan, today=TODAY))
    for sheet in book.worksheets[1:]:
        book.remove(sheet)
    book.save(tmp_path / "plan.xlsx")
    command = [
        soffice,
        f"-env:UserInstallation={(tmp_path / 'office').as_uri()}",
        "--headless",
        "--convert-to",
        "pdf",
    ]
    subprocess.run([*command, "--outdir", tmp_path, tmp_path / "plan.xlsx"], check=True, capture_output=True)
    assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "plan.pdf").read_bytes())) == 1


def test_the_answer_stands_first_and_what_is_lost_before_the_plan() -> None:
    plan = plan_cycle(READING, intended(LOG, 3))
    assert plan.status == "infeasible"
    sheet = opened(cpd_workbook(plan, LOG, today=TODAY))["Plan"]
    texts = [str(sheet.cell(row, 1).value) for row in range(1, 12)]
    assert "South Africa" in texts[1]
    assert texts[2] == (
        "As exported on 22 November 2026, year 3 of 3: The rules cannot all be met; this is proven. "
        "2 of them cannot be met, the plan below meets all others."
    )
    assert texts[4:10] == [
        "Year 2 is over. This cannot stand under: “At least 35 points a year: year 2”.",
        "Cannot be met: At least 35 points a year: year 1 (25 of 35 points).",
        "Cannot be met: At least 35 points a year: year 2 (8 of 35 points).",
        "Read an article and answer the CCMG's questions on it: 2 of those done do not count.",
        CAVEAT,
        "Points that will count",
    ]


def test_the_command_writes_the_workbook_of_its_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(*arguments: str) -> object:
        monkeypatch.setattr(sys, "argv", ["nvq-planner", "cpd", *arguments])
        with pytest.raises(SystemExit) as end:
            commands.main()
        return end.value.code

    path = tmp_path / "cpd.xlsx"
    (tmp_path / "log.csv").write_text("activity,year,times\narticle,1,17\nnothing,1,1\n", encoding="utf-8")
    assert command(str(tmp_path / "log.csv"), "--readings", "--xlsx", str(path)) == options.YES
    assert "Workbook written" in capsys.readouterr().out
    first = opened(path.read_bytes(), values=True)
    assert len(rows(first["Readings"], "Reading")) == len(load_readings())
    assert len(rows(first["Rejected rows"], "Row")) == 1
    assert command(str(path), "--json", "--xlsx", str(tmp_path / "again.xlsx")) == options.YES
    found = json.loads(capsys.readouterr().out)
    assert found["problems"] == []
    assert found["points"] == totals(first)["Points that will count"]
    assert command("--xlsx", str(tmp_path / "cpd.csv")) == options.BAD_INPUT
    assert "must end in .xlsx" in capsys.readouterr().err
    assert not (tmp_path / "cpd.csv").exists()


@pytest.mark.parametrize("status", ["unknown", "infeasible"])
def test_without_a_plan_the_sheets_hold_what_was_done(status: Any) -> None:
    plan = CyclePlan(READING, intended(LOG, 2), status)
    book = opened(cpd_workbook(plan, LOG, today=TODAY), values=True)
    assert totals(book)["Points that will count"] == 17 + 10 + 8
    assert "There is no plan" in str(book["Plan"]["A5"].value)
    assert not [row for row in rows(book["Plan"], "No.") if isinstance(row["No."], int)]


def test_a_proven_answer_has_no_warning_above_it() -> None:
    sheet = opened(cpd_workbook(plan_cycle(READING, Intent()), today=TODAY))["Plan"]
    assert "no plan is better, this is proven" in str(sheet["A3"].value)
    assert sheet["A5"].value == CAVEAT


# The log


def handed_in(content: bytes, start: date | None = START) -> CpdLog:
    return read_log("plan.xlsx", content, READING, start=start, today=TODAY)


@settings(max_examples=15)
@given(
    st.lists(entries, max_size=6),
    st.dictionaries(st.sampled_from(sorted(READING.activities)), st.integers(0, 100_000), max_size=4),
    st.booleans(),
)
def test_the_workbook_handed_in_as_a_log_reads_back_without_loss(
    found: list[LogEntry], minutes: dict[str, int], known: bool
) -> None:
    start = START if known else None
    log = CpdLog(READING, tuple(found), start=start, minutes=minutes)
    plan = CyclePlan(READING, intended(log, 1), "unknown")  # nothing is solved: the log is what counts here
    assert handed_in(cpd_workbook(plan, log, today=TODAY), start) == log


def test_minutes_typed_as_wishes_are_kept_with_those_of_the_log() -> None:
    plan = plan_cycle(READING, intended(LOG, 2, minutes=["article=45", "blog=60"]))
    assert handed_in(cpd_workbook(plan, LOG, today=TODAY)).minutes == {"article": 45, "blog": 60}


def test_without_a_log_what_is_done_is_written_as_one() -> None:
    plan = CyclePlan(READING, Intent({slot("article", 1): 3, slot("pdp", 2): 1}, 2), "unknown")
    assert handed_in(cpd_workbook(plan, today=TODAY)).done == plan.intent.done


def test_a_log_that_libreoffice_saved_reads_back_too(soffice: str, tmp_path: Path) -> None:
    plan = plan_cycle(READING, intended(LOG, 2))
    content = cpd_workbook(plan, LOG, today=TODAY)
    again = handed_in(Office(soffice, tmp_path).resaved({"plan": content})["plan"])
    assert again == replace(LOG, problems=())


def test_rejected_rows_have_a_sheet_of_their_own_where_there_are_any() -> None:
    plan = CyclePlan(READING, intended(LOG, 2), "unknown")
    (row,) = rows(opened(cpd_workbook(plan, LOG, today=TODAY))["Rejected rows"], "Row")
    assert (row["Row"], row["Value"]) == (6, "=nothing")
    assert (
        "Rejected rows" not in opened(cpd_workbook(plan, replace(LOG, problems=()), today=TODAY)).sheetnames
    )


# Readings, About, texts


def test_the_readings_are_those_of_the_page_and_the_command() -> None:
    plans = plan_readings(load_readings().values(), intended(LOG, 3))
    book = opened(cpd_workbook(plans[0], LOG, plans, TODAY))
    assert book.sheetnames == [
        "Plan", "Points", "Activities", "Rules", "Log", "Minutes", "Readings", "Rejected rows", "About",
    ]  # fmt: skip
    told = [tuple(row.values()) for row in rows(book["Readings"], "Reading")]
    lost = "At least 35 points a year: year 1; At least 35 points a year: year 2"
    assert told[5] == ("ccmg-ccop-plan", "The list of the CPD plan", "infeasible", 107, "108 h", lost)
    assert told[1][3:5] == (151, "425 h 30 min")
    assert told == [
        (plan.reading.id, plan.reading.title, "infeasible", plan.points, hours_of(plan.minutes), lost)
        for plan in plans
    ]
    assert "Readings" not in opened(cpd_workbook(plans[0], LOG, today=TODAY)).sheetnames


def test_about_tells_whose_scheme_it_is_and_who_decides() -> None:
    plan = plan_cycle(READING, intended(LOG, 2))
    book = opened(cpd_workbook(plan, LOG, today=TODAY))
    pairs = {row[0]: row[1] for row in book["About"].iter_rows(min_row=5, values_only=True) if row[0]}
    assert pairs["Whose scheme"] == READING.body
    assert pairs["Where it holds"] == "South Africa, NQF level 4"
    assert pairs["Source of the rules"] == READING.source
    assert pairs["Data digest"] == READING.digest
    assert pairs["First day of the cycle"] == "1 April 2025"
    texts = [row[1] for row in book["About"].iter_rows(values_only=True)]
    assert CAVEAT in texts
    assert set(READING.notes) <= set(texts)


def test_no_text_becomes_a_formula_or_a_link(odd: Reading) -> None:
    log = CpdLog(odd, tuple(LogEntry("a*", 1, note=text) for text in HOSTILE))
    hostile = replace(log, problems=tuple(Problem("x", text, 2, text, text) for text in HOSTILE))
    plan = plan_cycle(odd, intent_of(odd, done=log.done, pins=["a*=2"]))
    content = cpd_workbook(plan, hostile, [plan, plan], TODAY)
    book = opened(content)
    notes = [row["Note"] for row in rows(book["Log"], "Activity")]
    assert notes[: len(HOSTILE)] == HOSTILE
    known = re.compile(r"=(IF|SUM|SUMPRODUCT|[A-Z]+\d+\*|0\+)")
    for sheet in book:
        for line in sheet.iter_rows():
            for cell in line:
                assert cell.hyperlink is None
                if cell.data_type == "f":
                    assert known.match(str(cell.value)), cell.value
                    assert "HYPERLINK" not in str(cell.value)
    texts = {cell.value for line in book["Rules"].iter_rows() for cell in line if cell.data_type == "s"}
    assert {"=2+2", "=one of two"} <= texts
    again = read_log("plan.xlsx", content, odd, start=None, today=TODAY)
    assert again.entries == log.entries
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not [name for name in parts.namelist() if "link" in name.casefold()]


def test_cells_to_type_in_take_whole_numbers_only() -> None:
    sheet = opened(cpd_workbook(plan_cycle(READING, Intent()), today=TODAY))["Activities"]
    (found,) = sheet.data_validations.dataValidation
    assert (found.type, found.operator, found.formula1) == ("whole", None, "0")
    assert str(found.sqref) == f"F6:H{5 + len(READING.slots)}"
