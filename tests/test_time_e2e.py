"""A manager in a real Chromium: who is behind, who cannot finish and what would help, what one assessor does in March."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import icalendar
import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser import downloaded, settled
from tests.test_audit_e2e import choose

TODAY = date.today()
MARCH = date(TODAY.year + (TODAY.month > 3), 3, 1)


def tracker() -> bytes:
    """Three learners: one behind (a year gone, nothing done), one who cannot finish, one of Bo's on track."""
    rows = ["learner,ref,status,date,start,target,hours_per_week,assessor"]
    for learner, since, until, hours, who in (
        ("Ada", 50, 60, 20, "Ann Example"),
        ("Ben", 50, 8, 5, "Ann Example"),
        ("Cara", 0, 60, 20, "Bo Example"),
    ):
        start, target = TODAY - timedelta(weeks=since), TODAY + timedelta(weeks=until)
        rows.append(f"{learner},D/503/0352,in progress,{TODAY},{start},{target},{hours},{who}")
        rows.append(f"{learner},T/503/0342,submitted,{TODAY},{start},{target},{hours},{who}")
    return "\n".join(rows).encode()


def handed_in(page: Page, url: str) -> None:
    page.goto(f"{url}/time")
    settled(page, "Who makes it in time?")
    file = {"name": "tracker.csv", "mimeType": "text/csv", "buffer": tracker()}
    page.locator("input[type=file]").first.set_input_files(file)  # type: ignore[arg-type]
    settled(page, "The answer")


def test_a_manager_sees_who_is_behind_who_cannot_finish_and_what_would_help(page: Page, url: str) -> None:
    handed_in(page, url)
    expect(
        page.get_by_text("Of 3 learners 1 cannot finish in time, 1 is behind and can, 1 on track.")
    ).to_be_visible()
    stuck = page.get_by_text(re.compile("^Ben: to finish by .*5 hours a week"))
    expect(stuck).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d+ hours a week instead of 5$"))).to_be_visible()
    behind = page.get_by_role("row").filter(has_text="Ada").filter(has_text="week")
    expect(behind.first).to_be_visible()


@pytest.mark.long
def test_a_manager_sees_what_one_assessor_does_in_march(page: Page, url: str, tmp_path: Path) -> None:
    handed_in(page, url)
    for label, choice in (("Assessor", "Bo Example"), ("Month", f"{MARCH:%B %Y}")):
        choose(page.get_by_role("combobox", name=label, exact=True), choice)
        settled(page)
    expect(
        page.get_by_text(re.compile(f"^Bo Example, {MARCH:%B %Y}: 1 waiting for assessment"))
    ).to_be_visible()
    path = downloaded(page.get_by_role("button", name="Download to print"), tmp_path)
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert sheet.title == "Month"
    learners = {row[2].value for row in sheet.iter_rows(min_row=6)}
    assert learners == {"Cara"}
    calendar = page.get_by_role("button", name="Download as a calendar file")
    if calendar.count():
        path = downloaded(calendar, tmp_path)
        assert icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")


def test_assumptions_are_changed_where_they_are_shown(page: Page, url: str) -> None:
    handed_in(page, url)
    page.get_by_text(re.compile("^Assumed: 3 units open")).click()
    field = page.get_by_role("spinbutton", name="Units open at a time")
    field.fill("1")
    field.press("Tab")
    settled(page)
    page.get_by_role("button", name="Work it out with these").click()
    expect(page.get_by_text(re.compile("^Assumed: 1 unit open"))).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_one_persons_time_fits_the_screen(page: Page, url: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    handed_in(page, url)
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.scroll_into_view_if_needed()
    expect(chart).to_be_visible()
    settled(page)
    box = chart.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
