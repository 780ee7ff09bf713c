"""Nothing is lost: links, reload, the way back, a second tab, and a warning before unsaved work goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browser import settled, to_place
from tests.test_audit_e2e import choose, record_of, unfold
from tests.test_e2e import choice, hours

MET = "Rules not yet met: 5 units to start, 69 guided hours."
UNITS = "?held=D%2F503%2F0352%2CT%2F503%2F0342"


@pytest.mark.parametrize(
    ("door", "heading", "path"),
    [
        ("I am a learner", "What do you do at work?", "/plan"),
        ("I am an assessor", "Are the rules met?", "/audit"),
        ("I am a training centre", "Who needs what?", "/centre"),
        ("Qualifications", "What no computer checks", "/qualifications"),
        ("Who is behind?", "Who makes it in time?", "/time"),
        ("Quality assurance", "What must be sampled?", "/assurance"),
    ],
)
def test_the_first_page_leads_on_in_one_click(
    page: Page, url: str, door: str, heading: str, path: str
) -> None:
    page.goto(url)
    settled(page, "Who are you?")
    page.get_by_role("button", name=door, exact=True).click()
    settled(page, heading)
    assert page.url == url + path
    page.go_back()
    settled(page, "Who are you?")


def test_an_old_link_leads_to_the_plan_with_its_choices_and_the_way_back_is_open(
    page: Page, url: str
) -> None:
    page.goto(f"{url}/?pin=L/601/0933&exclude=L/503/0394")
    hours(page, "111")
    assert page.url == f"{url}/plan?pin=L%2F601%2F0933&exclude=L%2F503%2F0394"
    page.go_back()
    settled(page, "Who are you?")
    page.get_by_role("link", name="Go on to your plan").click()
    hours(page, "111")


def test_reload_back_and_a_second_tab_lose_no_choice_of_units(page: Page, browser: Browser, url: str) -> None:
    page.goto(f"{url}/plan?pin=L/601/0933")
    hours(page, "111")
    choice(page, "Give customers a positive impression", "Planner")
    hours(page, "93")
    page.go_back()
    hours(page, "111")
    page.reload()
    hours(page, "111")
    to_place(page, "Learners")
    settled(page, "Are the rules met?")
    page.go_back()
    hours(page, "111")
    second = page.context.new_page()
    second.goto(page.url)
    hours(second, "111")
    second.close()


@pytest.mark.long
def test_reload_back_and_a_second_tab_lose_no_achieved_units(page: Page, browser: Browser, url: str) -> None:
    page.goto(f"{url}/qualifications{UNITS}")
    expect(page.get_by_text(MET)).to_be_visible()
    page.reload()
    expect(page.get_by_text(MET)).to_be_visible()
    settled(page)
    page.get_by_test_id("stMain").get_by_role("link", name="Plan with these units").first.click()
    hours(page, "69")
    page.go_back()
    expect(page.get_by_text(MET)).to_be_visible()
    second = page.context.new_page()
    second.goto(page.url)
    expect(second.get_by_text(MET)).to_be_visible()
    second.close()


ASKS = """() => {
  const leaving = new Event('beforeunload', {cancelable: true});
  window.dispatchEvent(leaving);
  return leaving.defaultPrevented;
}"""
"""Whether the page would have the browser ask; it comes last of all that is drawn."""


RELOAD = "() => { setTimeout(() => location.reload(), 0); }"


def stays(page: Page) -> None:
    """Reloads; sees that the browser asks before, and stays."""
    with page.expect_event("dialog", lambda dialog: dialog.type == "beforeunload") as asked:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.evaluate(RELOAD)
    assert asked.value.type == "beforeunload"


def goes(page: Page) -> None:
    """Reloads; sees that the browser does so and asks nothing."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    with page.expect_navigation():
        page.evaluate(RELOAD)
    page.remove_listener("dialog", stay)
    assert asked == []


@pytest.mark.long
def test_the_browser_asks_before_work_goes_that_no_file_holds(page: Page, url: str, tmp_path: Path) -> None:
    page.goto(f"{url}/audit")
    settled(page, "Are the rules met?")
    page.get_by_role("button", name="Try it with two invented learners").click()
    settled(page, "All learners")
    choose(page.get_by_label("Open a learner"), "L01")
    unfold(page, "Learner and centre")
    page.get_by_label("Employer").fill("Example Ltd")
    page.keyboard.press("Tab")
    heading = page.get_by_role("heading").filter(has_text="The portfolio")
    expect(heading.filter(has_text="Not saved yet")).to_be_visible()
    page.wait_for_function(ASKS)
    stays(page)
    expect(page.get_by_label("Employer")).to_have_value("Example Ltd")
    # The session holds it on every page, so a reload loses it on every page.
    to_place(page, "My units")
    settled(page, "What do you do at work?")
    page.wait_for_function(ASKS)
    stays(page)
    to_place(page, "Learners")
    settled(page, "All learners")
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    choose(page.get_by_label("Open a learner"), "L01")
    record_of(page, tmp_path)
    expect(page.get_by_text("Not saved yet")).to_have_count(0)
    page.wait_for_function(f"!({ASKS})()")
    goes(page)
    settled(page, "Are the rules met?")
