"""A quality assurer in a real Chromium: draws a sample, fills it in, hands it in again, and claims who is ready."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path

import openpyxl
from playwright.sync_api import Page, expect

from tests.browser import downloaded, settled


def test_a_sample_is_drawn_filled_in_and_handed_in_again(page: Page, url: str, tmp_path: Path) -> None:
    page.goto(f"{url}/assurance")
    settled(page, "What must be sampled?")
    page.get_by_role("button", name="Try it with invented learners").click()
    settled(page, "The answer")
    expect(page.get_by_text("Sample 8 of 40 assessments.")).to_be_visible()
    plan = downloaded(page.get_by_role("button", name="Download to fill in"), tmp_path)
    book = openpyxl.load_workbook(plan)
    sheet = book["Sample"]
    heads = [cell.value for cell in sheet[5]]
    for row in (6, 7):
        sheet.cell(row, heads.index("Sampled on") + 1, datetime(2013, 12, 2))
    sheet.cell(7, heads.index("Action") + 1, "Cite the call log")
    sheet.cell(7, heads.index("Action due") + 1, datetime(2013, 12, 9))
    book.save(plan)
    page.locator("summary").filter(has_text="Sampled so far: 6").click()
    field = page.get_by_test_id("stFileUploader").filter(has_text="What was sampled")
    field.locator("input[type=file]").set_input_files(plan)
    expect(page.get_by_text("Sample 6 of 40 assessments.")).to_be_visible()
    expect(page.get_by_text("8 were sampled before.")).to_be_visible()
    told = page.get_by_role("row").filter(has_text="Cite the call log")
    expect(told.first).to_contain_text("9 December 2013, overdue")


def test_who_is_ready_is_claimed_in_one_file(page: Page, url: str, tmp_path: Path) -> None:
    page.goto(f"{url}/assurance?part=claims")
    settled(page, "Who can be claimed?")
    page.get_by_role("button", name="Try it with invented learners").click()
    settled(page, "The answer")
    expect(page.get_by_text("0 of 6 learners ready to be claimed")).to_be_visible()
    last = page.get_by_role("group", name="The last day for claims")
    last.get_by_role("spinbutton").first.click()
    page.keyboard.type(f"{date.today():%d%m%Y}")
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="The answer").click()  # a date is taken once its field is left
    expect(page.get_by_text("3 of 6 learners ready to be claimed, 3 lack something.")).to_be_visible()
    settled(page)
    claim = downloaded(page.get_by_role("button", name="Download the claim file"), tmp_path)
    with claim.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Learner reference"] for row in rows] == ["L01", "L05", "L06"]
    assert {len(row["Unique learner number"]) for row in rows} == {10}
