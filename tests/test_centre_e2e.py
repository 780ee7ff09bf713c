"""The page for training centres in a real Chromium: a file in, the answer, a search stopped, the workbooks."""

from __future__ import annotations

import csv
import io
import random
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from planner import Qualification
from tests.browser import downloaded, settled, still, to_place

LONG = "a-reference-without-any-blank-that-is-far-too-long-for-a-telephone-" * 3

COLUMNS = ("learner", "name", "pins", "excludes", "held", "tasks")


def table(*rows: tuple[str, ...]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *rows])
    return text.getvalue().encode()


def many(real: Qualification, number: int) -> bytes:
    """Invented learners whose delivery takes long to prove."""
    chance, refs = random.Random(5106), list(real.by_ref)
    rows = []
    for learner in range(1, number + 1):
        pins = chance.sample(refs, chance.randint(0, 1))
        rest = [ref for ref in refs if ref not in pins]
        excludes, held = chance.sample(rest, chance.randint(0, 3)), chance.sample(rest, chance.randint(0, 3))
        rows.append(
            (f"L{learner}", f"Learner {learner}", " ".join(pins), " ".join(excludes), " ".join(held), "")
        )
    return table(*rows)


def opened(page: Page, url: str) -> None:
    page.goto(f"{url}/centre")
    expect(page.get_by_role("heading", name="Who needs what?")).to_be_visible()


def read(page: Page, content: bytes, name: str = "cohort.csv") -> None:
    """Hands a file to the field for learners and waits for the answer."""
    hand_in(page, content, name)
    expect(page.get_by_role("heading", name="The answer")).to_be_visible()


def hand_in(page: Page, content: bytes, name: str = "cohort.csv") -> None:
    """Hands a file to the field for learners."""
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    field = page.get_by_test_id("stFileUploader").filter(has_text="A table of learners")
    field.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]


def figure(page: Page, label: str, value: str) -> None:
    metric = page.get_by_test_id("stMetric").filter(has_text=label)
    expect(metric.get_by_test_id("stMetricValue")).to_have_text(value)


def test_the_invented_learners_are_planned_and_the_workbook_opens(
    page: Page, url: str, tmp_path: Path
) -> None:
    opened(page, url)
    page.get_by_role("button", name="Try it with 12 invented learners").click()
    figure(page, "Have a plan", "10")
    figure(page, "Have none", "2")
    figure(page, "Guided hours to do, average", "110")
    book = openpyxl.load_workbook(
        downloaded(page.get_by_role("button", name="Download as Excel workbook").first, tmp_path),
        data_only=True,
    )
    texts = {str(cell) for row in book["Learners"].iter_rows(values_only=True) for cell in row}
    assert {"L01", "Ada Example", "L12", "Lena Example", "not possible"} <= texts
    lines = (
        downloaded(page.get_by_role("button", name="Download as CSV").first, tmp_path)
        .read_text(encoding="utf-8-sig")
        .splitlines()
    )
    assert len(lines) == 13
    assert page.url == f"{url}/centre"


def test_who_has_no_plan_is_opened_by_name_and_the_list_begins_anew_with_another_file(
    page: Page, url: str
) -> None:
    opened(page, url)
    page.get_by_role("button", name="Try it with 12 invented learners").click()
    page.get_by_role("button", name="L07 · Gita Example").click()
    settled(page, "The verdict on L07 · Gita Example")
    expect(page.get_by_text("No longer ask for").filter(visible=True).first).to_be_visible()
    assert page.url == f"{url}/audit?learner=7"
    page.get_by_role("button", name="All learners").click()
    settled(page, "All learners")
    page.get_by_label("Find a learner").fill("gita")
    page.get_by_role("radio", name="Not possible").click()
    expect(page.get_by_role("radio", name="Not possible", checked=True)).to_be_visible()
    to_place(page, "Delivery")
    read(page, table(("B1", "Bo Example", "", "", "", ""), ("B2", "Cal Example", "", "", "", "")))
    figure(page, "Have a plan", "2")
    to_place(page, "Learners")
    settled(page, "All learners")
    expect(page.get_by_label("Find a learner")).to_have_value("")
    expect(page.get_by_text("Rules met now: 0 of 2 learners.")).to_be_visible()


def test_the_page_is_used_by_keyboard_alone(page: Page, url: str) -> None:
    opened(page, url)
    page.get_by_role("button", name="Try it with 12 invented learners").focus()
    page.keyboard.press("Enter")
    figure(page, "Have a plan", "10")
    page.get_by_role("button", name="L07 · Gita Example").focus()
    page.get_by_role("radio", name="Groups taught together").focus()
    page.keyboard.press("Space")
    start = page.get_by_role("button", name="Search", exact=True)
    expect(start).to_be_visible()
    size = page.get_by_role("spinbutton", name="Most learners in a group")
    size.focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.locator("summary:focus").filter(has_text="Limits").count():
            break
    page.keyboard.press("Enter")
    expect(page.get_by_label("Most different units to run")).to_be_visible()


@pytest.mark.long
def test_the_planning_of_very_many_is_watched_and_stopped(page: Page, url: str, real: Qualification) -> None:
    opened(page, url)
    hand_in(page, many(real, 30_000))
    expect(page.get_by_text(re.compile(r"\d of 30000 learners planned"))).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("heading", name="Who needs what?")).to_be_visible()
    expect(page.get_by_role("heading", name="The answer")).to_have_count(0)


def test_a_search_is_watched_stopped_and_its_workbook_opens(
    page: Page, url: str, tmp_path: Path, real: Qualification
) -> None:
    opened(page, url)
    read(page, many(real, 200))
    page.get_by_text("Groups taught together").click()
    page.get_by_role("button", name="Search", exact=True).click()
    best = page.get_by_test_id("stMarkdown").filter(has_text="Best so far: ")
    told = re.compile(r"Best so far: \d+ guided hours to deliver\. (It is proven that none|None) has fewer")
    expect(best).to_have_text(told)
    page.get_by_role("button", name="Stop and keep the best so far").click()
    expect(page.get_by_role("heading", name="Units to run")).to_be_visible()
    expect(page.get_by_text("If everybody followed their own best plan")).to_be_visible()
    expect(
        page.get_by_text("Groups of at most 12, no limits; searched for at most 30 seconds.")
    ).to_be_visible()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    shown = page.get_by_test_id("stMetric").filter(has_text="Guided hours to deliver")
    hours = int(shown.get_by_test_id("stMetricValue").inner_text())
    path = downloaded(page.get_by_role("button", name="Download as Excel workbook").nth(1), tmp_path)
    assert path.name == "delivery-plan.xlsx"
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    book = openpyxl.load_workbook(path, data_only=True)
    header, *rows = [row for row in book["Units"].iter_rows(values_only=True) if row[6] is not None]
    assert header[6] == "Delivered hours"
    assert sum(int(str(row[6])) for row in rows) == hours
    page.get_by_role("link", name="My units", exact=True).click()
    expect(page.get_by_role("heading", name="What do you do at work?")).to_be_visible()
    to_place(page, "Delivery")
    expect(page.get_by_role("heading", name="Units to run")).to_be_visible()
    assert page.url == f"{url}/centre"


@pytest.mark.long
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_cut_off(page: Page, url: str, real: Qualification, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, url)
    assert cut_off(page, width) == []
    mandatory = next(iter(real.by_ref))
    read(
        page,
        table(
            (LONG, LONG, "", mandatory, "", ""),
            ("A2", LONG, "J/502/4299 M/502/4300", "", "", ""),
            ("A3", "Ada Example", "L/601/0933", "", mandatory, ""),
            ("A4", "Ben Example", LONG, "", "", LONG),
        ),
        f"{LONG}.csv",
    )
    page.get_by_text("One to one at work").click()
    page.get_by_role("radio", name="10 seconds").click()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_role("heading", name="Units to run")).to_be_visible()
    page.evaluate("document.querySelectorAll('details:not([open]) > summary').forEach(e => e.click())")
    expect(page.get_by_label("Most different units to run")).to_be_visible()
    still(page)
    assert cut_off(page, width) == []


def cut_off(page: Page, width: int) -> list[str]:
    """Texts that reach beyond the window or are shortened."""
    found: list[str] = page.evaluate(
        """width => [...document.querySelectorAll('[data-testid=stMain] *')].filter(e => {
             const box = e.getBoundingClientRect();
             return box.width > 0 && e.textContent.trim()
               && !e.closest('[data-testid=stVegaLiteChart], [data-testid=stDataFrame]')
               && (box.right > width + 1 || box.left < -1
                   || (getComputedStyle(e).textOverflow === 'ellipsis' && e.scrollWidth > e.clientWidth));
           }).map(e => e.textContent.slice(0, 60))""",
        width,
    )
    return found
