"""The workbook: its formulas, recalculated by LibreOffice, say what the auditor says."""

from __future__ import annotations

import csv
import io
import random
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook

from planner import Plan, Qualification, load, plan
from planner.catalogue.qualification import in_words
from planner.report.plan_book import plan_workbook
from planner.report.tables import nested
from planner.rules import audit
from tests.conftest import HEADER, SMALL_RULES, SMALL_UNITS

Small = Callable[..., Path]
Recalculate = Callable[[dict[str, Workbook]], dict[str, Workbook]]

CHOICE = """
[[rule]]
id = "way"
text = "one of two ways"
any = [
  { id = "long", text = "two options", where = { group = "O" }, at_least = 2, at_most = 2 },
  { id = "short", text = "12 hours of options", count = "glh", where = { group = "O" }, at_least = 12 },
]
[[rule]]
id = "needs"
text = "O3 needs O1"
unit = "O3"
requires = "O1"
[[rule]]
id = "old"
text = "at most one unit achieved before"
where = { held = true }
at_most = 1
"""


@pytest.fixture(scope="module")
def recalculate(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Recalculate:
    """Has LibreOffice calculate workbooks anew; their stored values are dropped first."""

    def run(books: dict[str, Workbook]) -> dict[str, Workbook]:
        folder = tmp_path_factory.mktemp("books")
        profile = tmp_path_factory.mktemp("profile")
        for name, book in books.items():
            book.save(folder / f"{name}.xlsx")  # openpyxl stores formulas without values
        command = [soffice, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "xlsx"]
        command += ["--outdir", str(folder / "out"), *(str(folder / f"{name}.xlsx") for name in books)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return {
            name: openpyxl.load_workbook(folder / "out" / f"{name}.xlsx", data_only=True) for name in books
        }

    return run


def opened(answer: Plan, values: bool = False) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(plan_workbook(answer)), data_only=values)


def rows(book: Workbook, sheet: str, heading: str) -> list[dict[str, Any]]:
    """The rows below the header row that starts with `heading`."""
    table = [[cell.value for cell in row] for row in book[sheet].iter_rows()]
    start = next(number for number, row in enumerate(table) if row[0] == heading)
    return [
        dict(zip(map(str, table[start]), row, strict=True))
        for row in table[start + 1 :]
        if row[0] not in (None, "")
    ]


def totals(book: Workbook) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in book["Plan"].iter_rows(min_row=5, values_only=True):
        if row[0] == "No.":
            break
        if row[2] is not None:
            found[str(row[0]).split(",")[0]] = row[2]
    return found


def toggled(answer: Plan, counted: Iterable[str]) -> Workbook:
    """The workbook after somebody has set the column Counts by hand."""
    book = opened(answer)
    sheet = book["Units"]
    chosen = set(counted)
    for row in sheet.iter_rows(min_row=6):
        row[0].value = "yes" if row[2].value in chosen else "no"
    return book


def check_against_auditor(book: Workbook, answer: Plan, counted: set[str]) -> None:
    qualification, held = answer.qualification, answer.wishes.held
    units = [qualification.by_ref[ref] for ref in counted]
    new = [unit for unit in units if unit.ref not in held]
    findings = audit([rule.given(held) for rule in qualification.rules], counted)
    assert totals(book) == {
        "Units that count": len(units),
        "Credits": sum(unit.credits for unit in units),
        "Guided hours": sum(unit.glh for unit in units),
        "Guided hours still to do": sum(unit.glh for unit in new),
        "Whole learning time still to come": 10 * sum(unit.credits for unit in new),
        "Rules not met": sum(not finding.holds for finding in findings),
    }
    measured = [
        (row["Rule"], row["Measured"], row["At least"], row["At most"], row["Met"])
        for row in rows(book, "Rules", "Rule")
    ]
    assert measured == [
        (f.rule.id, f.measured, f.rule.at_least, f.rule.at_most, "yes" if f.holds else "no")
        for _, f in nested(findings)
    ]
    listed = rows(book, "Plan", "No.")
    assert [row["Ref"] for row in listed] == [
        row["Ref"] for row in rows(book, "Units", "Counts") if row["Counts"] == "yes"
    ]
    assert [row["No."] for row in listed] == list(range(1, len(counted) + 1))
    for row in listed:
        unit = qualification.by_ref[row["Ref"]]
        assert (row["Unit"], row["Level"], row["Credits"], row["Guided hours"]) == (
            unit.title,
            unit.level,
            unit.credits,
            unit.glh,
        )
        assert row["State"] == ("achieved" if unit.ref in held else "new")


def test_every_formula_says_what_python_says_also_after_toggling(
    real: Qualification, small: Small, recalculate: Recalculate
) -> None:
    chance = random.Random(7)
    cases: dict[str, tuple[Plan, set[str], Workbook]] = {}

    def add(name: str, answer: Plan, counted: Iterable[str], change: bool = True) -> None:
        chosen = set(counted)
        cases[name] = (answer, chosen, toggled(answer, chosen) if change else opened(answer))

    best = plan(real)
    add("best", best, best.units, change=False)
    held = plan(real, held=["J/502/4299", "M/502/4300", "K/503/0421"], pin=["L/601/0933"])
    add("held", held, held.units, change=False)
    impossible = plan(real, pin=["J/502/4299", "M/502/4300"])
    add("impossible", impossible, [], change=False)
    add("all", best, real.by_ref)
    add("none", best, [])
    for example_number, example in enumerate(real.examples):
        add(f"example-{example_number}", held, example.counted)
    for number in range(6):
        add(f"random-{number}", held, chance.sample(list(real.by_ref), chance.randint(1, 38)))
    other = load("Q1", small(small=SMALL_RULES + CHOICE))
    for number, toggle in enumerate((["M1", "O1"], ["M1", "O1", "O3"], ["M1", "O3"], ["O1", "O2", "O3"])):
        add(f"choice-{number}", plan(other, held=["M1", "O1"]), toggle)
    recalculated = recalculate({name: book for name, (_, _, book) in cases.items()})
    for name, (answer, counted, _) in cases.items():
        check_against_auditor(recalculated[name], answer, counted)
        for sheet in recalculated[name]:
            for row in sheet.iter_rows(values_only=True):
                assert not [value for value in row if isinstance(value, str) and value.startswith("#")]


@pytest.mark.parametrize("wishes", [{}, {"held": ["J/502/4299"]}, {"pin": ["J/502/4299", "M/502/4300"]}])
def test_each_formula_carries_its_value_for_readers_that_do_not_calculate(
    real: Qualification, wishes: dict[str, list[str]]
) -> None:
    answer = plan(real, **wishes)  # type: ignore[arg-type]
    check_against_auditor(opened(answer, values=True), answer, set(answer.units))


def test_the_choice_and_held_rules_carry_their_values_too(small: Small) -> None:
    answer = plan(load("Q1", small(small=SMALL_RULES + CHOICE)), held=["M1"])
    check_against_auditor(opened(answer, values=True), answer, set(answer.units))


def test_totals_and_rules_are_formulas_not_numbers(real: Qualification) -> None:
    book = opened(plan(real))
    assert all(str(value).startswith("=") for value in totals(book).values())
    for row in rows(book, "Rules", "Rule"):
        assert str(row["Measured"]).startswith("=")
        assert str(row["Met"]).startswith("=")


def test_a_count_of_one_rule_or_part_is_a_number(small: Small) -> None:
    # In Excel TRUE and FALSE are above every number, so a bare comparison would pass any "at least".
    rule = """
        id = "Q1"
        title = "One rule"
        source = "invented for the tests"
        verified = 2026-11-22
        [[rule]]
        id = "way"
        text = "the one way"
        any = [ { id = "only", text = "two options", where = { group = "O" }, at_least = 2 } ]
    """
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan(load("Q1", small(small=rule))))))
    formulas = [
        str(cell.value)
        for name in ("Plan", "Rules")
        for row in book[name].iter_rows()
        for cell in row
        if str(cell.value).startswith("=") and re.search(r'="(yes|no)"\)$', str(cell.value))
    ]
    assert len(formulas) == 2
    assert all(formula.startswith("=0+(") for formula in formulas)


def test_the_drop_down_offers_yes_and_no_for_every_unit(real: Qualification) -> None:
    (validation,) = opened(plan(real))["Units"].data_validations.dataValidation
    assert validation.formula1 == '"yes,no"'
    assert str(validation.sqref) == "A6:A44"


def test_it_prints_on_a4_with_repeated_headers(real: Qualification) -> None:
    book = opened(plan(real))
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert book["Units"].print_title_rows == "$5:$5"
    assert book["Rules"].print_title_rows == "$5:$5"
    assert book["Plan"].print_title_rows is not None
    assert book["Units"].freeze_panes == "A6"


def test_every_sheet_says_that_registration_has_ended(real: Qualification) -> None:
    for sheet in opened(plan(real)):
        assert "ended on 31 December 2013" in str(sheet["A2"].value)


def test_the_about_sheet_says_where_it_comes_from(real: Qualification) -> None:
    sheet = opened(plan(real))["About"]
    text = "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell)
    for part in (
        real.source,
        real.digest,
        in_words(real.verified),
        "OR-Tools",
        "only the awarding organisation",
    ):
        assert part in text
    for note in real.notes:
        assert note in text


def test_the_verdict_at_export_stands_as_plain_text(real: Qualification) -> None:
    book = openpyxl.load_workbook(io.BytesIO(plan_workbook(plan(real), date(2027, 1, 2))))
    assert book["Plan"]["A3"].value == (
        "As exported on 2 January 2027: 7 units to achieve, 93 guided hours. "
        "Proven: no valid plan has fewer hours to do; among equals, none has fewer new units."
    )


def test_without_a_plan_the_conflict_stands_in_the_file(real: Qualification) -> None:
    sheet = opened(plan(real, pin=["J/502/4299", "M/502/4300"]))["Plan"]
    assert "No plan exists" in str(sheet["A3"].value)
    assert "You asked for Using Email, level 1 (J/502/4299) and Using Email, level 2 (M/502/4300)" in str(
        sheet["A5"].value
    )


def test_sorting_moves_the_weights_along(real: Qualification) -> None:
    sheet = opened(plan(real))["Units"]
    headings = [cell.value for cell in sheet[5]]
    last = max(number for number, heading in enumerate(headings, start=1) if heading)
    assert str(headings[last - 1]).startswith("Weight in")
    assert sheet.auto_filter.ref == f"A5:{get_column_letter(last)}44"


def test_a_crowded_impossible_request_lists_conflicts_and_repairs(real: Qualification) -> None:
    answer = plan(real, pin=["J/502/4299", "M/502/4300", "L/601/0933"], exclude=["L/601/0933", "T/503/0342"])
    text = [str(row[0]) for row in opened(answer)["Plan"].iter_rows(values_only=True) if row[0]]
    for conflict in answer.conflicts:
        assert conflict.in_words(real) in text
    assert "What would help, shortest plan first:" in text
    for repair in answer.repairs:
        assert repair.in_words(real) in text


def test_with_a_job_the_evidence_stands_beside_each_unit(real: Qualification) -> None:
    book = opened(plan(real, tasks=["inbound-calls"]), values=True)
    by_ref = {row["Ref"]: row["Evidence"] for row in rows(book, "Units", "Counts")}
    assert by_ref["F/601/1223"] == "Answer customers' phone calls: Answering calls is what this unit is about"
    assert by_ref["L/503/0394"] == "none from the tasks chosen"
    assert all(row["Evidence"] for row in rows(book, "Plan", "No."))


HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://x.invalid","x")',
    "http://x.invalid",
    "<b>&amp;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_looks_like_a_formula_stays_text(small: Small, text: str) -> None:
    ref = "=X1" if text.startswith("=") else "X1"
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(
        [
            "Q1",
            text.split()[0],
            "",
            ref,
            text,
            2,
            3,
            9,
            text.split()[0],
            "high",
            "",
        ]
    )
    units = "\n".join([HEADER, *SMALL_UNITS, buffer.getvalue()])
    toml_text = text.replace("\\", "\\\\").replace('"', '\\"')
    rules = SMALL_RULES.replace("A small qualification", toml_text).replace("at least 7 credits", toml_text)
    rules += f'[[note]]\ntext = "{toml_text}"\n'
    qualification = load("Q1", small(units, small=rules))
    content = plan_workbook(plan(qualification, pin=[ref]))
    book = openpyxl.load_workbook(io.BytesIO(content))
    unit_row = next(row for row in book["Units"].iter_rows(min_row=6) if row[1].value == text)
    assert unit_row[1].data_type == "s"
    assert unit_row[2].data_type == "s"
    assert book["Rules"]["B6"].value == text
    assert book["Rules"]["B6"].data_type == "s"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if "worksheets/sheet" in name]
        assert not [name for name in archive.namelist() if name.startswith("xl/externalLinks")]
    formulas = re.findall("<f>(.*?)</f>", "".join(sheets))
    assert len(formulas) > 20
    assert not [formula for formula in formulas if "invalid" in formula or formula in ("1+1", "1", "SUM(A1)")]
    assert not [sheet for sheet in sheets if "<hyperlink" in sheet]
