"""The catalogue in a real Chromium: its links, the keyboard, both widths."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import test_e2e
from tests.browser import still, to_place
from tests.test_audit_e2e import choose, read
from tests.test_audit_e2e import opened as portfolios
from tests.test_audit_page import BEST, rows, table

AWARD = "Active IQ Level 3 Award in Education and Training (QCF)"


def opened(page: Page, url: str, query: str = "") -> None:
    """The catalogue, all of it drawn."""
    page.goto(f"{url}/qualifications{query}")
    settled(page)


def settled(page: Page) -> None:
    """Waits until all of the catalogue is drawn."""
    expect(page.get_by_role("heading", name="What no computer checks")).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def link(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stMain").get_by_role("link", name=name).first


def test_a_qualification_is_chosen_and_leads_to_its_plan_and_back(page: Page, url: str) -> None:
    opened(page, url)
    choose(page.get_by_label("Show in detail"), AWARD)
    expect(page.get_by_role("heading", name=AWARD)).to_be_visible()
    assert page.url.endswith("/qualifications?qualification=601%2F0143%2FX")
    # Opened in a new tab a link follows its own address, which is relative: right behind a sub-path too.
    carried = "?qualification=601%2F0143%2FX"
    expect(link(page, "Plan its units")).to_have_attribute("href", f"plan{carried}")
    expect(link(page, "Check portfolios")).to_have_attribute("href", f"audit{carried}")
    assert link(page, "Plan its units").evaluate("a => a.href") == f"{url}/plan{carried}"
    link(page, "Plan its units").click()
    test_e2e.hours(page, "48")
    assert page.url == f"{url}/plan{carried}"
    page.go_back()
    expect(page.get_by_role("heading", name=AWARD)).to_be_visible()
    settled(page)
    link(page, "Check portfolios").click()
    expect(page.get_by_role("heading", name="Are the rules met?")).to_be_visible()
    assert page.url == f"{url}/audit{carried}"
    expect(page.get_by_label("Qualification", exact=True)).to_have_value(f"{AWARD} · 601/0143/X")


@pytest.mark.long
def test_units_are_typed_by_keyboard_and_lead_to_a_plan_with_them(page: Page, url: str) -> None:
    opened(page, url)
    page.locator("summary").filter(has_text="Where do my units lead?").focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("combobox", name="Units already achieved")
    expect(field).to_be_visible()
    still(page)
    field.focus()
    page.keyboard.type("d5030352, t5030342")
    expect(page.get_by_role("option", name="Add: d5030352, t5030342")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Rules not yet met: 5 units to start, 69 guided hours.")).to_be_visible()
    expect(field).to_be_focused()
    assert page.url.endswith("?held=D%2F503%2F0352%2CT%2F503%2F0342")
    page.reload()
    expect(page.get_by_text("Rules not yet met: 5 units to start, 69 guided hours.")).to_be_visible(
        timeout=30_000
    )
    settled(page)
    link(page, "Plan with these units").click()
    test_e2e.hours(page, "69")


def test_a_portfolio_is_read_and_leads_on(page: Page, url: str) -> None:
    opened(page, url)
    page.locator("summary").filter(has_text="Where do my units lead?").click()
    expect(page.get_by_text("Or read them from one learner's portfolio")).to_be_visible()
    content = b"learner,ref,status\nL7,D/503/0352,verified\nL7,H/505/0053,assessed\n"
    read(page, content, label="Or read them from one learner")
    expect(page.get_by_text("Rules not yet met: 2 units to start, 36 guided hours.")).to_be_visible()
    assert page.url.endswith("?held=H%2F505%2F0053%2CD%2F503%2F0352")


@pytest.mark.long
def test_a_file_outlives_the_choice_of_another_qualification_until_it_is_let_go(page: Page, url: str) -> None:
    portfolios(page, url, table(rows("L1", BEST)))
    met = page.get_by_text("Rules met: 7 units count, 28 credits.")
    picker = page.get_by_label("Qualification", exact=True)
    for _ in range(2):  # the same choice a second time asks a second time
        choose(picker, AWARD)
        expect(page.get_by_text(f"You chose {AWARD}, and nothing has changed yet.")).to_be_visible()
        expect(picker).to_have_value(re.compile("600/5106/1"))
        expect(met).to_be_visible()
        page.get_by_role("button", name="Stay with 600/5106/1").click()
        expect(page.get_by_text("You chose")).to_have_count(0)
    page.get_by_test_id("stMainBlockContainer").wait_for()
    page.get_by_role("link", name="My units", exact=True).click()
    page.get_by_role("button", name="Another qualification").click()
    page.get_by_role("button", name="This one: 601/0143/X").click()
    test_e2e.hours(page, "48")
    to_place(page, "Learners")
    expect(page.get_by_text(f"You chose {AWARD}, and nothing has changed yet.")).to_be_visible()
    expect(met).to_be_visible()
    page.get_by_role("button", name="Let it go and start with 601/0143/X").click()
    expect(page.get_by_role("heading", name="Are the rules met?")).to_be_visible()
    expect(picker).to_have_value(f"{AWARD} · 601/0143/X")


def test_nothing_is_cut_off(page: Page, url: str) -> None:
    opened(page, url, "?held=D/503/0352,H/505/0053,A/502/4378,F/502/4379")
    page.evaluate("document.querySelectorAll('details:not([open]) > summary').forEach(e => e.click())")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        still(page)
        cut = page.evaluate(
            """width => [...document.querySelectorAll('[data-testid=stMain] *')].filter(e => {
                 const box = e.getBoundingClientRect();
                 return box.width > 0 && e.textContent.trim() && !e.closest('[data-testid=stMultiSelectTagsContainer]')
                   && (box.right > width + 1 || box.left < -1
                       || (getComputedStyle(e).textOverflow === 'ellipsis' && e.scrollWidth > e.clientWidth));
               }).map(e => e.textContent.slice(0, 60))""",
            width,
        )
        assert cut == [], width
