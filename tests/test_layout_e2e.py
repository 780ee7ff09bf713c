"""Every page and main state at the widths of a telephone, a tablet, a laptop and a wide screen, light and dark.

Nothing reaches beyond the window, no text is cut off, text stands out from what is behind it, and axe-core finds
nothing grave.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import settled, still
from tests.pictures import ASSURING, SCHEMES, WIDTHS, State, clicked, detailed, unfolded_example

STATES = (
    State("home", "/", "Who are you?"),
    State("home-invented", "/", "Who are you?", clicked("Try with an invented centre", "All learners")),
    State("qualification", "/plan", "Which qualification are you registered for?"),
    State("work", "/plan?step=work&task=complaints", "What do you do at work?"),
    State("plan", "/plan?pin=L/601/0933&task=telesales", "Your plan", detailed),
    State("plan-units", "/plan?step=units", "Your plan"),
    State("plan-choices", "/plan?pin=L/601/0933&exclude=L/503/0394&held=D/503/0352", "Your plan"),
    State("plan-impossible", "/plan?pin=J/502/4299,M/502/4300", "What would help"),
    State("audit", "/audit", "Are the rules met?"),
    State("audit-answer", "/audit", "Are the rules met?", unfolded_example),
    State("centre", "/centre", "Who needs what?"),
    State("time", "/time", "Who makes it in time?"),
    *ASSURING,
    State("career", "/career", "Career and CPD"),
    State("career-country", "/career?part=cpd", "In which country do you work?"),
    State("career-cpd", "/career?part=cpd&country=ccmg-ccop", "Your plan"),
    State("career-job", "/career?part=job", "Career and CPD"),
    State("qualifications", "/qualifications?held=D/503/0352,H/505/0053", "What no computer checks"),
)

MEASURED = """() => {
  const wide = window.innerWidth, found = {beyond: [], cut: [], pale: []};
  const main = document.querySelector('[data-testid=stMain]');
  if (main.scrollWidth > main.clientWidth || document.documentElement.scrollWidth > wide)
    found.beyond.push('the page scrolls sideways');
  const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const over = (colours) => {
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const contrast = (element) => {
    const behind = ['#fff'], chain = [];
    for (let e = element; e; e = e.parentElement) chain.unshift(getComputedStyle(e).backgroundColor);
    behind.push(...chain);
    const back = luminance(over(behind));
    const front = luminance(over([...behind, getComputedStyle(element).color]));
    return (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
  };
  for (const e of document.querySelectorAll('[data-testid=stApp] *')) {
    const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim()).join('');
    if (!text || e.closest('svg, canvas, style, [data-testid=stIconMaterial]')) continue;
    if (e.closest('details:not([open]) [data-testid=stExpanderDetails]')) continue;
    if (wide < 600 && e.closest('[data-testid=stSidebar]')) continue;  // the menu, folded away
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (box.width < 2 || box.height < 2 || style.visibility === 'hidden') continue;
    if (box.right > wide + 1 || box.left < -1) found.beyond.push(text.slice(0, 60));
    if (style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1)
      found.cut.push(text.slice(0, 60));
    const ratio = contrast(e);
    if (ratio < 4.5 && !e.closest('[disabled], [aria-disabled=true]'))
      found.pale.push(`${ratio.toFixed(2)} ${style.color} ${e.tagName} ${text.slice(0, 60)}`);
  }
  return found;
}"""
"""What reaches beyond the window, what is cut off, and text with less than 4.5 to 1 to what is behind it."""

NOTHING: dict[str, list[str]] = {"beyond": [], "cut": [], "pale": []}

GROUNDS: dict[Literal["light", "dark"], str] = {"light": "rgb(255, 255, 255)", "dark": "rgb(11, 17, 23)"}
"""What is behind all text, by scheme."""


@pytest.fixture(scope="module", params=STATES, ids=lambda state: state.name)
def reached(context: BrowserContext, url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page as wide as they come, brought into one of the states: the tests that follow share it."""
    state: State = request.param
    page = context.new_page()
    page.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    page.goto(f"{url}{state.address}")
    settled(page, state.heading)
    if state.step:
        state.step(page)
    yield page
    page.close()


def scheme(page: Page, wanted: Literal["light", "dark"]) -> None:
    """Has the browser ask for a scheme, and waits until the page has followed."""
    page.emulate_media(color_scheme=wanted)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", GROUNDS[wanted])


def test_nothing_is_cut_off_and_all_text_stands_out(reached: Page) -> None:
    for width in WIDTHS:  # the dark page is looked at below, with every fold open
        reached.set_viewport_size({"width": width, "height": 900})
        if width >= 600:  # the folded menu of a telephone is let go a moment later
            expect(reached.get_by_test_id("stSidebar")).to_have_count(0)
        still(reached)
        assert reached.evaluate(MEASURED) == NOTHING, width


GRAVE = ("serious", "critical")


def violations(page: Page) -> dict[str, list[str]]:
    """What axe-core finds grave on the page as it stands and is ours: the elements by rule."""
    found: dict[str, list[str]] = {}
    for violation in Axe().run(page).response["violations"]:
        for node in violation["nodes"] if violation["impact"] in GRAVE else ():
            told = f"{node['html'][:120]} {node['failureSummary']}"
            found.setdefault(violation["id"], []).append(told)
    return found


def unfold(page: Page) -> None:
    """Opens every fold of the page, those within folds too."""
    folds = page.locator("details:not([open]) > summary:visible")
    for _ in range(5):
        if not folds.count():
            return
        folds.evaluate_all("folds => folds.forEach(fold => fold.click())")
        settled(page)
    raise AssertionError("there are folds without end")


def test_axe_finds_nothing_grave_with_every_fold_open(reached: Page) -> None:
    reached.set_viewport_size({"width": 1280, "height": 1400})
    unfold(reached)
    for wanted, width in zip(SCHEMES, (1280, 390), strict=True):
        scheme(reached, wanted)
        reached.set_viewport_size({"width": width, "height": 1400})
        still(reached)
        assert reached.evaluate(MEASURED) == NOTHING
        assert violations(reached) == {}


def test_axe_does_find_what_is_grave(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    page.goto(url)
    settled(page, "Who are you?")
    page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<input id=unlabelled>')")
    assert list(violations(page)) == ["label"]
    page.close()


@pytest.mark.parametrize("wanted", SCHEMES)
def test_the_page_follows_the_scheme_of_the_browser(
    context: BrowserContext, url: str, wanted: Literal["light", "dark"]
) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=wanted)
    page.goto(url)
    settled(page, "Who are you?")
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", GROUNDS[wanted])
    assert page.evaluate(MEASURED) == NOTHING  # what only a wide page has, as the places at its head
    page.close()


def test_the_menu_of_a_telephone_has_a_word_and_a_plan_prints_light_on_one_page_without_controls(
    browser: Browser, url: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.goto(f"{url}/plan?task=inbound-calls,complaints")
    settled(page, "Your plan")
    word = page.get_by_test_id("stExpandSidebarButton").evaluate(
        "button => getComputedStyle(button, '::after').content"
    )
    assert word == '"Menu"'
    printed = page.pdf(format="A4", print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.emulate_media(media="print")
    assert page.locator("button:visible, input:visible, summary:visible, a[href]:visible").count() == 0
    texts = page.get_by_text("your phone calls")
    assert texts.count() >= 3
    for text in texts.all():
        expect(text).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.get_by_text("9 hours · 2 credits")).to_be_visible()
    page.close()
