"""Tables that nearly are what they should be: each way to read them wrong, by one small file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date

import openpyxl
import pytest

from planner import Problem, Qualification
from planner.files.dates import DateColumn
from planner.files.people import no_key
from planner.files.tables import Shape
from planner.records.portfolio_files import PortfolioFile, portfolio_file

UNITS = Shape("Units", ("learner", "ref", "status"), ("name", "date"))


def book(**sheets: Sequence[Sequence[object]]) -> bytes:
    """A workbook with these sheets; one whose name begins with hidden is."""
    made = openpyxl.Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        sheet.sheet_state = "hidden" if name.startswith("hidden") else "visible"
        for row in rows:
            sheet.append(list(row))
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def said(problems: Sequence[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


def read(real: Qualification, text: str) -> PortfolioFile:
    return portfolio_file(real, "p.csv", text.encode())


@pytest.mark.parametrize(
    "text",
    ["2026-03-01", "2026-03-01T12:30:00", "yes", "TRUE", "1-Mar", "Mar-01", "12:30", "3/1/26", "1230000000000000", "1.2E+10"],
)  # fmt: skip
def test_what_a_spreadsheet_made_of_a_number_is_no_key(text: str) -> None:
    assert no_key(text)


@pytest.mark.parametrize("text", ["L1", "0012", "1234567890123456", "May 12", "3-1", "Ada True", "A/1/2026"])
def test_other_numbers_and_names_are_keys(text: str) -> None:
    assert not no_key(text)


def test_a_learner_that_became_a_date_is_a_problem_and_nobody(real: Qualification) -> None:
    rows = "learner,ref,status\n2026-03-01,L/601/0933,verified\nL1,L/601/0933,verified\n"
    found = read(real, rows)
    assert [each.learner for each in found.portfolios] == ["L1"]
    assert [(p.row, p.field, p.value) for p in found.problems] == [(2, "learner", "2026-03-01")]


def test_days_that_a_spreadsheet_made_of_months_are_doubtful_in_any_file() -> None:
    column = DateColumn(["03/14/2026", "2026-04-03", "2026-05-05", "2026-04-30"])
    read_as = [column.read(text) for text in ("03/14/2026", "2026-04-03", "2026-05-05", "2026-04-30")]
    assert read_as == [date(2026, 3, 14), None, date(2026, 5, 5), date(2026, 4, 30)]
    assert DateColumn(["14/03/2026", "2026-04-03"]).read("2026-04-03") == date(2026, 4, 3)


def test_one_number_with_two_names_is_doubted_though_a_row_is_left_out(real: Qualification) -> None:
    rows = "learner,name,ref,status\nL1,Ada Example,L/601/0933,verified\nL1,Bo Example,D/503/0352,dunno\n"
    assert read(real, rows).portfolios[0].doubt.startswith("“Ada Example” and “Bo Example” share")
