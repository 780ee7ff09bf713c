"""The page "Career and CPD" in a real Chromium: one way through each part, its files opened."""

from __future__ import annotations

import io
import re
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from icalendar import Calendar
from playwright.sync_api import Page, expect

from planner.cpd.log import LogEntry, read_log
from planner.cpd.scheme import default_reading, load_readings
from planner.recognition.eligibility import read_facts
from planner.recognition.scheme_file import load_recognitions
from tests.browser import downloaded, settled, still, to_place

TITLE = "Career and CPD"


def opened(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/career{query}")
    settled(page, TITLE)


def saved(page: Page, label: str, folder: Path) -> tuple[str, bytes]:
    """Name and content of the file behind a button."""
    path = downloaded(page.get_by_role("button", name=label), folder)
    return path.name, path.read_bytes()


def metric(page: Page, label: str, value: str) -> None:
    found = page.get_by_test_id("stMetric").filter(has_text=label).get_by_test_id("stMetricValue")
    expect(found).to_have_text(value)


def read(page: Page, fold: str, content: bytes, name: str) -> None:
    """Opens a fold and hands a file to the field in it."""
    box = page.get_by_test_id("stExpander").filter(has_text=fold)
    box.locator("summary").click()
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    box.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]


@pytest.mark.long
def test_facts_are_said_by_keyboard_saved_opened_and_audits_go_into_a_calendar(
    page: Page, url: str, tmp_path: Path
) -> None:
    opened(page, url)
    page.get_by_role("button", name="EN 15838 certification").click()
    expect(page.get_by_role("heading", name="Next: Step 1: documentation checked")).to_be_visible()
    switch = page.get_by_role("switch", name="The centre holds the certificate")
    switch.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Held: Step 3: the certificate.")).to_be_visible()
    expect(page.get_by_text("Not saved")).to_be_visible()
    months = page.get_by_role("spinbutton", name="Months since the certificate")
    months.fill("6")
    months.press("Tab")
    expect(page.get_by_text(re.compile("Requirements met: .*Keeping the certificate"))).to_be_visible()
    _, content = saved(page, "Save what you said", tmp_path)
    facts, problems = read_facts("facts.csv", content, load_recognitions())
    assert (facts, problems) == ({"en-15838": {"certificate": 1, "since-audit": 6}}, ())
    expect(page.get_by_text("Not saved")).to_have_count(0)
    months.fill("")
    months.press("Tab")
    expect(page.get_by_text("Not saved")).to_be_visible()
    assert page.url.endswith("/career?scheme=en-15838")
    read(page, "Open what you saved", content, "career-facts.csv")
    expect(page.get_by_text("stands in the place of what was here")).to_be_visible()
    expect(months).to_have_value("6")
    day = page.get_by_test_id("stDateInput").filter(has_text="When was it granted?")
    day.get_by_role("spinbutton").first.click()
    today = date.today().replace(day=1)
    page.keyboard.type(today.strftime("%d%m%Y"))
    page.keyboard.press("Escape")  # folds the calendar
    expect(page.get_by_role("columnheader", name="What falls due")).to_be_visible()
    name, content = saved(page, "Download as a calendar file", tmp_path)
    assert name == "en-15838.ics"
    events = Calendar.from_ical(content).events
    assert events[0].start == today.replace(year=today.year + 2)
    assert len(events) == 5


@pytest.mark.long
def test_a_log_and_wishes_outlive_other_pages_and_the_log_its_file(
    page: Page, url: str, tmp_path: Path
) -> None:
    opened(page, url, "?part=cpd&exclude=blog")
    page.get_by_role("button", name="Add", exact=True).click()
    metric(page, "Points earned", "2")
    hours = page.get_by_test_id("stMetricValue").first.inner_text()
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg").first).to_be_visible()
    page.get_by_role("link", name="Start").click()
    expect(page.get_by_role("heading", name="Who are you?")).to_be_visible()
    to_place(page, TITLE)
    metric(page, "Points earned", "2")
    metric(page, "Still to do", hours)
    assert "exclude=blog" in page.url
    name, content = saved(page, "Save your log", tmp_path)
    reading = default_reading(load_readings())
    assert name == "cpd-log.csv"
    assert read_log(name, content, reading, start=None).entries == (LogEntry("course-anger", 1),)
    book_name, book = saved(page, "Download as Excel workbook", tmp_path)
    assert "Plan" in openpyxl.load_workbook(io.BytesIO(book), data_only=True).sheetnames
    assert read_log(book_name, book, reading, start=None).entries == (LogEntry("course-anger", 1),)
    link = page.url
    page.goto(link)  # a new visit: the wishes are in the link, what was done is in the file
    metric(page, "Points earned", "0")
    read(page, "Open a log", book, book_name)
    metric(page, "Points earned", "2")
    metric(page, "Still to do", hours)


def test_the_tasks_of_the_job_lead_to_a_plan_with_them(page: Page, url: str) -> None:
    opened(page, url, "?part=job")
    expect(page.get_by_text("Open Government Licence v3.0").first).to_be_visible()
    box = page.get_by_role("checkbox", name="Advise about products and services")
    box.focus()
    page.keyboard.press("Space")
    link = page.get_by_test_id("stMain").get_by_role("link", name="Plan units for these tasks")
    expect(link).to_be_visible()
    assert page.url.endswith("/career?part=job&day=4")
    page.reload()
    expect(box).to_be_checked()
    link.click()
    expect(page.get_by_role("heading", name="Your plan")).to_be_visible()
    expect(page.get_by_text("Your work: advice on products")).to_be_visible()
    assert "/plan?" in page.url
    assert "task=advice" in page.url


@pytest.mark.long
def test_nothing_is_cut_off_and_every_field_has_a_name(page: Page, url: str) -> None:
    for query in (
        "?scheme=ccop,icco,nvq,job,en-15838",
        "?part=cpd&pin=pdp=3&exclude=blog",
        "?part=job&day=1",
    ):
        opened(page, url, query)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            still(page)
            over = page.evaluate(
                "() => { const main = document.querySelector('[data-testid=stMain]');"
                " return main.scrollWidth - main.clientWidth; }"
            )
            assert over <= 0, (query, width)
            cut = page.evaluate(
                "() => [...document.querySelectorAll('[data-testid=stMain] label *, [data-testid=stMetricValue] *')]"
                ".filter(e => getComputedStyle(e).textOverflow === 'ellipsis' && e.scrollWidth > e.clientWidth)"
                ".map(e => e.innerText)"
            )
            assert cut == [], (query, width)
        nameless = page.evaluate(
            "() => [...document.querySelectorAll('[data-testid=stMain] input:not([type=file]):not([tabindex=\"-1\"])')]"
            ".filter(e => !e.labels?.length && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby'))"
            ".map(e => e.outerHTML.slice(0, 150))"
        )
        assert nameless == [], query
