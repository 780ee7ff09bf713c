"""Every workbook as text, compared with what stands in `tests/workbooks`: cells, formulas, looks, paper.

The answers are those of `tests.by_hand`, so each figure in these texts can be worked out on paper. After a change
that is meant `python -m tests.test_paper` writes them anew; read what differs before you keep it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from planner.cohort.batch import Cohort
from planner.cohort.delivery_answer import Delivery
from planner.cohort.seat_question import CentreLimit
from planner.cpd.cycle_plan import CyclePlan
from planner.cpd.intent import Intent
from planner.records.portfolios import Details, Entry, Portfolio
from planner.report.audit_book import audit_workbook
from planner.report.claims_tables import claims_workbook
from planner.report.cohort_book import cohort_template, cohort_workbook
from planner.report.cpd_book import cpd_workbook
from planner.report.delivery_book import delivery_workbook
from planner.report.empty_portfolios import portfolio_template
from planner.report.plan_book import plan_workbook
from planner.report.record_book import record_template, record_workbook
from planner.report.sampling_tables import sampling_workbook
from planner.report.workbook_kit import PlainBook
from tests.by_hand import (
    BARE,
    COHORT,
    CYCLE_PLAN,
    DAY,
    DELIVERY,
    DONE_PLAN,
    JUDGEMENT,
    LOG,
    NO_PLAN,
    PLAIN,
    PLAN,
    PROBLEMS,
    READING,
    TEA,
    TODAY,
)
from tests.paper import as_text
from tests.test_print import ASKED, CLAIM_FILE, CLAIM_TERMS, CLAIMED, LACKING, POURED, SAMPLE
from tests.test_recordbook import Office, formulas, opened, saved

FOLDER = Path(__file__).parent / "workbooks"

NO_WAY = replace(
    JUDGEMENT,
    portfolio=Portfolio(
        "-", (Entry("A/1", "verified"), Entry("B/3", "verified", "word " * 700 + "end", "", DAY))
    ),
    now=replace(JUDGEMENT.now, home=NO_PLAN, surplus=()),
    remarks=(),
)
MET = replace(
    JUDGEMENT, now=replace(JUDGEMENT.now, home=replace(JUDGEMENT.now.home, units=("A/1", "B/3"))), remarks=()
)
NOTHING_DONE = CyclePlan(READING, Intent(), "unknown")

BOOKS: dict[str, Callable[[], bytes]] = {
    "plan for a job": lambda: plan_workbook(PLAN, TODAY),
    "plan without wishes": lambda: plan_workbook(PLAIN, TODAY),
    "no plan": lambda: plan_workbook(NO_PLAN, TODAY),
    "record": lambda: record_workbook(JUDGEMENT, TODAY),
    "record without a way home": lambda: record_workbook(NO_WAY, TODAY),
    "record, empty": lambda: record_template(BARE, TODAY),
    "portfolios, empty": lambda: portfolio_template(TEA),
    "portfolios": lambda: audit_workbook([JUDGEMENT, NO_WAY], PROBLEMS, TODAY),
    "portfolios, all met": lambda: audit_workbook([MET], (), TODAY),
    "cohort": lambda: cohort_workbook(COHORT, TODAY),
    "cohort of nobody": lambda: cohort_workbook(Cohort(TEA, ()), TODAY),
    "cohort, empty": lambda: cohort_template(TEA),
    "cohort, empty, without tasks": lambda: cohort_template(BARE),
    "delivery": lambda: delivery_workbook(DELIVERY, PROBLEMS, TODAY),
    "no delivery": lambda: delivery_workbook(
        Delivery(TEA, "infeasible", 2, 3, clash=(CentreLimit(3),), seconds=4.04), (), TODAY
    ),
    "sampling plan": lambda: sampling_workbook(
        replace(SAMPLE, before=(ASKED,), assessments=(POURED,)), PROBLEMS, TODAY
    ),
    "claims": lambda: claims_workbook(TEA, (CLAIMED, LACKING), CLAIM_TERMS, PROBLEMS[:1], CLAIM_FILE),
    "cycle": lambda: cpd_workbook(CYCLE_PLAN, LOG, [CYCLE_PLAN, NOTHING_DONE], TODAY),
    "cycle, nothing left to do": lambda: cpd_workbook(DONE_PLAN, None, [DONE_PLAN], TODAY),
    "cycle, not decided": lambda: cpd_workbook(NOTHING_DONE, None, (), TODAY),
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_says_and_looks_as_written_down(name: str) -> None:
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert as_text(BOOKS[name]()).splitlines() == expected


@pytest.mark.parametrize("name", BOOKS)
def test_no_row_is_fitted_to_a_wider_column_than_its_text_stands_in(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Worksheet, int, str, float]] = []

    def fit(book: PlainBook, sheet: Worksheet, row: int, *texts: tuple[str, float], points: int = 15) -> None:
        asked.extend((sheet, row, text, width) for text, width in texts)
        fitted(book, sheet, row, *texts, points=points)

    fitted = PlainBook.fit
    monkeypatch.setattr(PlainBook, "fit", fit)
    book = opened(BOOKS[name]())
    compared = 0
    for sheet, row, text, width in asked:
        drawn = book[sheet.name]
        merged = {cell for ranges in drawn.merged_cells.ranges for cell in ranges.cells}
        columns = [cell.column for cell in drawn[row] if cell.value == text]
        widths = [
            span.width
            for column in columns
            for span in drawn.column_dimensions.values()
            if (span.min or 0) <= column <= (span.max or 0) and (row, column) not in merged
        ]
        assert not widths or width <= max(widths), (sheet.name, row, text, width, widths)
        compared += bool(widths)
    assert compared >= 10


def test_there_is_no_workbook_of_no_portfolio() -> None:
    with pytest.raises(ValueError, match=r"^there is no judgement to write$"):
        audit_workbook([])


def test_a_text_is_cut_to_what_a_cell_can_hold() -> None:
    long = replace(JUDGEMENT, portfolio=replace(JUDGEMENT.portfolio, details=Details("x" * 32_768)))
    sheet = opened(record_workbook(long, TODAY))["Record"]
    assert sheet["A6"].value == "Name"
    assert sheet["B6"].value == "x" * 32_767


def test_every_text_is_of_a_workbook() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(BOOKS)


# LibreOffice


def calculated(soffice: str, folder: Path, books: Mapping[str, Workbook]) -> dict[str, Workbook]:
    """Workbooks with the values that LibreOffice gives their formulas; what they carried is dropped first."""
    done = Office(soffice, folder).resaved({name: saved(book) for name, book in books.items()})
    return {
        name: openpyxl.load_workbook(io.BytesIO(content), data_only=True) for name, content in done.items()
    }


def same(value: Any) -> Any:
    """A cell's value: times in minutes, however a file holds them, and nothing as an empty text."""
    if isinstance(value, timedelta):
        return ("minutes", round(value.total_seconds() / 60))
    if isinstance(value, time):
        return ("minutes", 60 * value.hour + value.minute)
    return "" if value is None else value


@pytest.mark.long
def test_libreoffice_calculates_what_every_workbook_carries_empty_ones_included(
    soffice: str, tmp_path: Path
) -> None:
    contents = {name: book() for name, book in BOOKS.items()}
    filled = opened(contents["portfolios, empty"])
    for row, ref in ((2, "b/3"), (4, "a 1"), (9, "X/9"), (501, "B2")):
        filled["Portfolio"][f"B{row}"] = ref
    books = {name: opened(content) for name, content in contents.items()} | {"filled": filled}
    done = calculated(soffice, tmp_path, books)
    compared = 0
    for name, content in contents.items():
        carried = opened(content, values=True)
        for sheet, cell in formulas(content):
            value, again = carried[sheet][cell].value, done[name][sheet][cell].value
            assert same(again) == same(value), (name, sheet, cell)
            compared += 1
    assert compared > 1_500
    titles = {row[0].row: row[0].value for row in done["filled"]["Portfolio"]["C2:C501"] if row[0].value}
    assert titles == {2: "Serve coffee", 4: "Boil water, level 1", 9: "not known here", 501: "Serve tea"}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, book in BOOKS.items():
        (FOLDER / f"{name}.txt").write_text(as_text(book()), encoding="utf-8")
