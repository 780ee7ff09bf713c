"""The page for assessors in a real Chromium: a file in, a decision, the record out and in again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from planner import Qualification
from planner.pages.learners import changes
from planner.records.portfolio_files import read_portfolios
from planner.records.portfolios import Decision
from tests.browser import downloaded, settled, still
from tests.test_audit_page import BEST, rows, table
from tests.test_centre_e2e import figure

INKED = (
    """canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"""
)
"""Whether something has been drawn on a canvas."""

LONG = "A reference without any blank that is far too long for a telephone".replace(" ", "-") * 3


def opened(page: Page, url: str, content: bytes, name: str = "portfolios.csv") -> None:
    """The page with a file read."""
    page.goto(f"{url}/audit")
    settled(page, "Are the rules met?")
    read(page, content, name)
    shown = page.get_by_role("heading", name="The verdict on")
    expect(shown.or_(page.get_by_role("heading", name="All learners", exact=True))).to_be_visible()


def read(page: Page, content: bytes, name: str = "portfolios.csv", label: str = "A table of units") -> None:
    """Hands a file to the field with this label; fields come one by one, so the first there may be another."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    field = page.get_by_test_id("stFileUploader").filter(has_text=label)
    field.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]


GREEN, AMBER = "rgb(0, 90, 71)", "rgb(97, 73, 0)"
"""The colours of the words in messages of success and in warnings, in the light scheme."""


def verdict(page: Page, kind: str, icon: str, words: str, colour: str) -> None:
    """Waits for a message of this kind, with its sign and in its colour."""
    found = page.get_by_test_id(f"stAlertContent{kind}").filter(has_text=words)
    expect(found).to_be_visible()
    expect(found.get_by_test_id("stAlertDynamicIcon")).to_have_text(icon)
    expect(found.get_by_text(words)).to_have_css("color", colour)


def unfold(page: Page, label: str) -> None:
    page.locator("details:not([open]) > summary").filter(has_text=label).click()


def choose(field: Locator, option: str) -> None:
    """Picks from a select box with the keyboard, once the page has settled."""
    still(field.page)
    field.click()
    field.press_sequentially(option)
    expect(field.page.get_by_role("option")).to_have_count(1)
    field.press("ArrowDown")
    field.press("Enter")


def record_of(page: Page, folder: Path) -> bytes:
    return downloaded(page.get_by_role("button", name="Download the achievement record"), folder).read_bytes()


def test_a_file_in_a_decision_the_record_out_and_in_again(
    page: Page, url: str, tmp_path: Path, real: Qualification
) -> None:
    content = table(rows("L1", BEST[:6], name="Ada Example"))
    opened(page, url, content)
    verdict(page, "Warning", "pending", "Rules not yet met: 1 unit to start, 15 guided hours.", AMBER)
    unfold(page, "Decisions")
    choose(page.get_by_label("Unit that then counts as achieved"), "T/503/0342")
    page.get_by_label("Reason").fill("Seen at work, * not just once")
    page.get_by_label("Your name").fill("Ann Example")
    page.get_by_role("button", name="Add the decision").click()
    verdict(page, "Success", "check_circle", "Rules met: 7 units count, 28 credits.", GREEN)
    expect(page.get_by_text("Save it or download the record")).to_be_visible()
    record = record_of(page, tmp_path)
    expect(page.get_by_text("Save it or download the record")).to_be_hidden()
    assert [path.name for path in tmp_path.iterdir()] == ["achievement-record-L1.xlsx"]
    (before,), _ = read_portfolios(real, "before.csv", content)
    decision = Decision(
        "recognise", "T/503/0342", "Seen at work, * not just once", "Ann Example", date.today()
    )
    expected = changes.with_decision(before, decision)
    assert read_portfolios(real, "record.xlsx", record) == ((expected,), ())
    page.reload()
    settled(page, "Are the rules met?")
    read(page, record, "record.xlsx")
    expect(page.get_by_text("Rules met: 7 units count, 28 credits.")).to_be_visible()
    assert page.url == f"{url}/audit"


@pytest.mark.long
def test_units_are_ticked_and_given_a_status_by_keyboard_alone(page: Page, url: str) -> None:
    page.goto(f"{url}/audit")
    field = page.get_by_role("combobox", name="Units already achieved")
    settled(page, "Are the rules met?")
    field.focus()
    for ref in BEST[:2]:
        still(page)
        page.keyboard.type(ref)
        expect(page.get_by_role("option")).to_have_count(1)
        expect(page.get_by_role("option", name=ref)).to_be_visible()  # not the one that half of it finds
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
    # Hours too: "5 units" stands there between the two choices, and "4 units" already before the status.
    expect(page.get_by_text("Rules not yet met: 4 units to start, 95 guided hours").first).to_be_visible()
    expect(field).to_be_focused()
    page.locator("summary").filter(has_text="Mandatory Group A").focus()
    page.keyboard.press("Enter")
    ticked = page.get_by_label("Comply with health and safety procedures in a contact centre · D/503/0352")
    expect(ticked).to_have_value("verified", timeout=20_000)
    status = page.get_by_label("Improve personal effectiveness at work in a contact centre · T/503/0342")
    choose(status, "assessed")
    expect(page.get_by_text("Rules not yet met: 3 units to start, 80 guided hours").first).to_be_visible()
    expect(page.get_by_text("Awaiting internal quality assurance:")).to_be_visible()


def test_a_click_on_a_learner_or_on_one_of_their_units_opens_the_learner(page: Page, url: str) -> None:
    opened(page, url, table([row for name in ("L1", "L2", "L3") for row in rows(name, BEST[:2])]))

    def click(number: int, x: float, y: float) -> None:
        canvas = page.get_by_test_id("stDataFrame").nth(number).locator("canvas").first
        still(page)
        page.wait_for_function(INKED, arg=canvas.element_handle())
        canvas.click(position={"x": x, "y": y}, force=True)  # a layer above it takes the click

    expect(page.get_by_role("button", name="L2")).to_be_hidden()  # there is room for the table
    click(0, 60, 35 * 2.5)  # below the header and the first learner, each 35 pixels high
    expect(page.get_by_role("heading", name="The verdict on L2")).to_be_visible()
    assert page.url.endswith("/audit?learner=2")
    page.go_back()
    unfold(page, "How far every unit is")
    grid = page.get_by_test_id("stDataFrame").nth(1)
    box = grid.bounding_box()
    assert box is not None
    click(1, 230 + (box["width"] - 230) * 5 / 6, 80)  # the last of three columns beside the units'
    expect(page.get_by_role("heading", name="The verdict on L3")).to_be_visible()
    assert page.url.endswith("/audit?learner=3")


def test_on_a_telephone_who_needs_what_stands_uncut_one_below_another_and_opens_the_learner(
    page: Page, url: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    units = [row for name in ("L1", "L2") for row in rows(name, BEST[:2], "submitted")]
    opened(page, url, table([*units, *rows("L2", BEST[2:6], "assessed")]))
    expect(page.locator(".st-key-learner-table")).to_be_hidden()
    second = page.get_by_role("button", name="L2")
    lacks = "2 begun units to finish and 1 more to start, 36 hours"
    expect(second).to_have_text(f"L2 Not yet: {lacks} Needs from you: assess 2 units; quality assure 4 units")
    for line in second.locator("p").all():
        assert line.evaluate("e => e.scrollWidth <= e.clientWidth && e.getBoundingClientRect().right < 390")
    second.click()
    expect(page.get_by_role("heading", name="The verdict on L2")).to_be_visible()


def test_what_is_typed_is_in_the_record(page: Page, url: str, tmp_path: Path, real: Qualification) -> None:
    opened(page, url, table(rows("L1", BEST)))
    unfold(page, "Evidence, assessor")
    choose(page.get_by_label("Unit", exact=True), BEST[0])
    page.get_by_label("Evidence (its references)").fill("E1, E2")
    page.keyboard.press("Tab")
    page.keyboard.type("Bo Example")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Save it or download the record")).to_be_visible()
    (portfolio,), _ = read_portfolios(real, "before.csv", table(rows("L1", BEST)))
    expected = changes.with_entry(portfolio, BEST[0], evidence="E1, E2", assessor="Bo Example")
    # The server takes one thing after another: once it shows another unit it has all that was typed.
    choose(page.get_by_label("Unit", exact=True), BEST[1])
    expect(page.get_by_label("Assessor", exact=True)).to_have_value("A. Assessor")
    (found,), _ = read_portfolios(real, "record.xlsx", record_of(page, tmp_path))
    assert found == expected


def everything(real: Qualification) -> bytes:
    """A file with two learners of whom one has whatever the page can show."""
    header = ("learner", "name", "ref", "status", "evidence", "assessor", "date")
    lines = [*rows(LONG, list(real.by_ref)[:30], name=LONG), *rows(LONG, ["J/502/4299"], name=LONG)]
    lines += [*rows(LONG, ["M/502/4300"], "assessed"), *rows("L2", BEST[:3], "in progress")]
    lines += [("L2", "", LONG, "verified", "", "", ""), ("L2", "", BEST[4], "verified", "", "", "soon")]
    return table(lines, header)


CUT = """width => [...document.querySelectorAll('[data-testid=stMain] *')].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width > 0 && e.textContent.trim() && (box.right > width + 1 || box.left < -1);
}).map(e => e.textContent.slice(0, 60))"""
"""The texts that stand beside the window."""


def assert_nothing_is_cut(page: Page) -> None:
    still(page)
    page.evaluate("document.querySelectorAll('details:not([open]) > summary').forEach(e => e.click())")
    expect(page.get_by_role("button", name="Start again")).to_be_visible()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        still(page)
        assert page.evaluate(CUT, width) == [], width


@pytest.mark.long
def test_nothing_is_cut_off(page: Page, url: str, real: Qualification) -> None:
    opened(page, url, everything(real))
    assert_nothing_is_cut(page)
    choose(page.get_by_label("Open a learner"), LONG[:20])
    unfold(page, "Decisions")
    choose(page.get_by_label("Unit that then counts as achieved"), "Y/502/4291")
    page.get_by_label("Reason").fill(LONG)
    page.get_by_label("Your name").fill(LONG)
    page.get_by_role("button", name="Add the decision").click()
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_label("Who withdraws it?")).to_be_visible()
    assert_nothing_is_cut(page)


CASES = Path(__file__).with_name("fixtures") / "cases"


def test_the_files_of_centres_lead_to_the_verdict_in_two_actions(page: Page, url: str) -> None:
    for name, met in (("20-tracker-matrix.xlsx", "2 of 6"), ("21-log-own-words.xlsx", "0 of 2")):
        page.goto(f"{url}/audit")
        settled(page, "Are the rules met?")
        read(page, (CASES / name).read_bytes(), name)
        still(page)
        page.get_by_role("button", name="Read the file with these").click()
        expect(page.get_by_text(f"Rules met now: {met} learners.")).to_be_visible()
        expect(page.get_by_text("Not judged")).to_have_count(0)
    page.goto(f"{url}/centre")
    settled(page, "Who needs what?")
    read(page, (CASES / "23-cohort-of-45.xlsx").read_bytes(), "23-cohort-of-45.xlsx", "A table of learners")
    for label, value in (("Have a plan", "38"), ("Have none", "3"), ("Rows to mend", "4")):
        figure(page, label, value)
    page.get_by_text("How the file was read").click()
    expect(page.get_by_text("“Start date” was read as start")).to_be_visible()
