"""The main jobs of all users in a real Chromium, by keyboard alone."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import FileChooser, Locator, Page, expect

from tests import test_e2e
from tests.browser import settled, still


def tab_to(page: Page, target: Locator) -> None:
    """Presses Tab until the element has the focus."""
    expect(target).to_be_visible()
    for _ in range(250):
        if target.evaluate(
            "element => element === document.activeElement || element.contains(document.activeElement)"
        ):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not get there")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def saved(page: Page, folder: Path, button: str) -> Path:
    """The file that a button hands out, pressed with Enter."""
    target = page.get_by_role("button", name=button).first
    tab_to(page, target)
    still(page)
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def from_home(page: Page, url: str, call: str, heading: str) -> None:
    page.goto(url)
    settled(page, "Who are you?")
    press(page, page.get_by_role("button", name=call))
    settled(page, heading)


def hand_in(page: Page, field: str, path: Path) -> None:
    """Chooses a file as the keyboard does: Enter on the field's button."""
    button = (
        page.get_by_test_id("stFileUploader")
        .filter(has_text=field)
        .locator("button")
        .filter(has_text="Upload")
    )
    choosers: list[FileChooser] = []

    def opens(chooser: FileChooser) -> None:
        choosers.append(chooser)

    page.on("filechooser", opens)  # early: the browser must know that no dialogue is to be shown
    still(page)  # a field that is drawn anew beneath the finger loses the key
    tab_to(page, button)
    still(page)  # the lists that opened on the way are folded again
    expect(button).to_be_focused()
    with page.expect_event("filechooser") as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(path)
    page.remove_listener("filechooser", opens)
    assert len(choosers) == 1


def test_a_learner_plans_and_takes_the_workbook_by_keyboard_alone(
    page: Page, url: str, tmp_path: Path
) -> None:
    from_home(page, url, "I am a learner", "What do you do at work?")
    tab_to(page, page.get_by_role("button", name="sales calls", exact=True))
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="I don't sell")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_text("7 units · 105 h")).to_be_visible()
    settled(page)
    press(page, page.get_by_role("button", name="Show my units"))
    settled(page, "Your plan")
    test_e2e.hours(page, "105")
    press(page, page.locator("summary").filter(has_text="Optional Group C ·"))
    settled(page)
    unit = page.get_by_test_id("stButtonGroup").filter(has_text="Give customers a positive impression")
    tab_to(page, unit)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    test_e2e.hours(page, "111")
    settled(page)
    book = openpyxl.load_workbook(saved(page, tmp_path, "Download as Excel workbook"), data_only=True)
    values = {row[0]: row[2] for row in book["Plan"].iter_rows(values_only=True) if row[0]}
    assert values["Guided hours"] == 111


def test_an_assessor_checks_a_portfolio_and_files_the_record_by_keyboard_alone(
    page: Page, url: str, tmp_path: Path
) -> None:
    handed = tmp_path / "portfolio.csv"
    with handed.open("w", newline="", encoding="utf-8") as file:
        rows = [("E1", ref, "verified") for ref in ("D/503/0352", "T/503/0342", "K/503/0385")]
        csv.writer(file).writerows([("learner", "ref", "status"), *rows])
    from_home(page, url, "I am an assessor", "Are the rules met?")
    hand_in(page, "A table of units achieved", handed)
    expect(page.get_by_text("Rules not yet met: 3 units to start").first).to_be_visible()
    settled(page)
    record = saved(page, tmp_path, "Download")
    assert "D/503/0352" in {
        str(cell)
        for sheet in openpyxl.load_workbook(record, data_only=True)
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    }


@pytest.mark.long
def test_a_centre_plans_a_cohort_and_takes_the_workbook_by_keyboard_alone(
    page: Page, url: str, tmp_path: Path
) -> None:
    handed = tmp_path / "cohort.csv"
    handed.write_text("learner,pins\nE1,L/601/0933\nE2,\nE3,J/502/4299 M/502/4300\n", encoding="utf-8")
    from_home(page, url, "I am a training centre", "Who needs what?")
    hand_in(page, "A table of learners", handed)
    expect(page.get_by_role("heading", name="The answer")).to_be_visible()
    settled(page)
    book = openpyxl.load_workbook(saved(page, tmp_path, "Download as Excel workbook"), data_only=True)
    texts = {str(cell) for row in book["Learners"].iter_rows(values_only=True) for cell in row}
    assert {"E1", "E2", "E3", "not possible"} <= texts
