"""Every workbook as text, compared with what stands in `tests/workbooks`: cells, formulas, looks, paper.

The answers are those of `tests.by_hand`, so each figure in these texts can be worked out on paper. After a change
that is meant `python -m tests.test_paper` writes them anew; read what differs before you keep it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from planner.auditbook import audit_workbook
from planner.cohort import Cohort
from planner.cohortbook import cohort_template, cohort_workbook, delivery_workbook
from planner.cpdbook import cpd_book
from planner.cycle import CyclePlan, Intent
from planner.delivery import Delivery
from planner.portfolio import Entry, Portfolio
from planner.recordbook import portfolio_template, record_template, record_workbook
from planner.seating import Limit
from planner.workbook import workbook
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

FOLDER = Path(__file__).parent / "workbooks"

NO_WAY = replace(
    JUDGEMENT,
    portfolio=Portfolio("-", (Entry("B/3", "verified", "word " * 700 + "end", "", DAY),)),
    now=replace(JUDGEMENT.now, home=NO_PLAN, surplus=()),
    remarks=(),
)
MET = replace(
    JUDGEMENT, now=replace(JUDGEMENT.now, home=replace(JUDGEMENT.now.home, units=("A/1", "B/3"))), remarks=()
)
NOTHING_DONE = CyclePlan(READING, Intent(), "unknown")

BOOKS: dict[str, Callable[[], bytes]] = {
    "plan for a job": lambda: workbook(PLAN, TODAY),
    "plan without wishes": lambda: workbook(PLAIN, TODAY),
    "no plan": lambda: workbook(NO_PLAN, TODAY),
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
        Delivery(TEA, "infeasible", 2, 3, clash=(Limit(3),), seconds=4.04), (), TODAY
    ),
    "cycle": lambda: cpd_book(CYCLE_PLAN, LOG, [CYCLE_PLAN, NOTHING_DONE], TODAY),
    "cycle, nothing left to do": lambda: cpd_book(DONE_PLAN, None, [DONE_PLAN], TODAY),
    "cycle, not decided": lambda: cpd_book(NOTHING_DONE, None, (), TODAY),
}


@pytest.mark.parametrize("name", BOOKS)
def test_a_workbook_says_and_looks_as_written_down(name: str) -> None:
    expected = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert as_text(BOOKS[name]()).splitlines() == expected


def test_every_text_is_of_a_workbook() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(BOOKS)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, book in BOOKS.items():
        (FOLDER / f"{name}.txt").write_text(as_text(book()), encoding="utf-8")
