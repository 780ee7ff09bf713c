"""Takes a picture of every page and main state of it, narrow to wide, light and dark: `make pictures`.

For looking at, by people. What of it can be tested is in `test_layout_e2e.py`.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page

from tests.browser import CHROMIUMS, launched, served, settled, still, to_place

WIDTHS = (390, 768, 1280, 1920)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

TALLEST = 8_000
"""Pixels of the tallest picture; what is below is left out."""

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "build" / "pictures"
DOCUMENTS = ROOT / "docs" / "pictures"

TASKS = "inbound-calls,complaints,telesales"

Step = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class State:
    """A page in one state: its address, a heading that shows it has come, what is done there first."""

    name: str
    address: str
    heading: str
    step: Step | None = None


def clicked(name: str, heading: str) -> Step:
    """A step: press a button and wait for a heading."""

    def step(page: Page) -> None:
        page.get_by_role("button", name=name).click()
        settled(page, heading)

    return step


def _unfold(*labels: str) -> Step:
    """A step: unfold what has these labels."""

    def step(page: Page) -> None:
        for label in labels:
            page.locator("details:not([open]) > summary").filter(has_text=label).first.click()
        settled(page)

    return step


def _searched(page: Page) -> None:
    """The invented cohort with a delivery plan."""
    clicked("Try it with 12 invented learners", "The answer")(page)
    page.get_by_text("Groups taught together").click()
    page.get_by_role("radio", name="10 seconds").click()
    page.get_by_role("button", name="Search", exact=True).click()
    settled(page, "Units to run")


def _told(page: Page) -> None:
    """What somebody does at work, and does not."""
    for answer in ("phone calls", "complaints", "I don't sell"):
        page.get_by_role("button", name=answer, exact=True).click()
        settled(page)


def detailed(page: Page) -> None:
    """The details of a unit of the plan."""
    page.get_by_role("button", name="Details").nth(2).click()
    settled(page)


def listed_example(page: Page) -> None:
    """The invented learners in a list, with how far every unit is."""
    clicked("Try it with two invented learners", "All learners")(page)
    _unfold("How far every unit is")(page)


def opened_example(page: Page) -> None:
    """The first of the invented learners."""
    clicked("Try it with two invented learners", "All learners")(page)
    field = page.get_by_label("Open a learner")
    still(page)
    field.click()
    page.get_by_role("option").first.wait_for()  # before that Enter chooses nothing
    field.press("Enter")
    settled(page, "The verdict on L01 · Ada Example")


def unfolded_example(page: Page) -> None:
    """One of the invented learners, with what an assessor changes unfolded."""
    opened_example(page)
    _unfold("Mandatory Group A", "Decisions", "Learner and centre")(page)


def kept_sample(page: Page) -> None:
    """The invented centre at quality assurance, with a sample that its register keeps."""
    clicked("Try with an invented centre", "All learners")(page)
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": WIDTHS[-1], "height": size["height"]})  # the navigation is in sight
    to_place(page, "Quality assurance")
    settled(page, "The answer")
    page.set_viewport_size(size)
    keep = page.get_by_role("button", name="Keep this sample in the register")
    if keep.count():  # there is one centre for all who look
        keep.click()
        still(page)
    page.get_by_text("Nothing more is to be drawn").wait_for()


ASSURING = (
    State("assurance", "/assurance", "What must be sampled?"),
    State(
        "assurance-answer",
        "/assurance",
        "What must be sampled?",
        clicked("Try it with invented learners", "The answer"),
    ),
    State("assurance-kept", "/", "Who are you?", kept_sample),
    State(
        "assurance-claims",
        "/assurance?part=claims",
        "Who can be claimed?",
        clicked("Try it with invented learners", "The answer"),
    ),
)
"""The page of quality assurance: empty, a sample drawn, one that is kept, claims."""

STATES = (
    State("home", "/", "Who are you?"),
    State("home-invented", "/", "Who are you?", clicked("Try with an invented centre", "All learners")),
    State("qualification", "/plan", "Which qualification are you registered for?"),
    State("work", "/plan?step=work", "What do you do at work?"),
    State("work-answered", "/plan?step=work", "What do you do at work?", _told),
    State("plan", "/plan?step=units", "Your plan"),
    State("plan-choices", "/plan?pin=L/601/0933&exclude=L/503/0394&held=D/503/0352", "Your plan"),
    State(
        "plan-job",
        f"/plan?task={TASKS}",
        "Your plan",
        _unfold("Other plans", "All rules met"),
    ),
    State("plan-details", f"/plan?task={TASKS}", "Your plan", detailed),
    State("plan-impossible", "/plan?pin=J/502/4299,M/502/4300", "What would help"),
    State("audit", "/audit", "Are the rules met?"),
    State("audit-list", "/audit", "Are the rules met?", listed_example),
    State("audit-answer", "/audit", "Are the rules met?", unfolded_example),
    State("centre", "/centre", "Who needs what?"),
    State("centre-answer", "/centre", "Who needs what?", _searched),
    State("time", "/time", "Who makes it in time?"),
    State(
        "time-answer",
        "/time",
        "Who makes it in time?",
        clicked("Try it with invented learners", "The answer"),
    ),
    *ASSURING,
    State("qualifications", "/qualifications", "What no computer checks"),
    State("career", "/career", "Career and CPD"),
    State("career-country", "/career?part=cpd", "In which country do you work?"),
    State("career-cpd", "/career?part=cpd&country=ccmg-ccop", "Your plan"),
    State("career-job", "/career?part=job", "Career and CPD"),
    State("qualifications-leads", "/qualifications?held=D/503/0352,H/505/0053", "What no computer checks"),
)

SHOWN = {
    ("home", 1280, "light"): "home-page",
    ("plan", 1280, "light"): "plan-page",
    ("plan-choices", 390, "dark"): "plan-phone",
    ("audit-answer", 1280, "light"): "portfolio-page",
    ("centre-answer", 1280, "light"): "cohort-page",
    ("career-cpd", 1280, "light"): "cpd-page",
}
"""The pictures that documents show, by their names there: of these the first screen only."""


def main() -> None:
    """Takes the pictures and says where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for the pictures")
    parser.add_argument("--only", default="", help="pages whose name begins so")
    parser.add_argument(
        "--shown", action="store_true", help="only those that documents show, to docs/pictures"
    )
    asked = parser.parse_args()
    folder: Path = DOCUMENTS if asked.shown else asked.out
    folder.mkdir(parents=True, exist_ok=True)
    register = ("--register", "register.sqlite3")  # no picture shows where this machine keeps things
    with tempfile.TemporaryDirectory() as home, served(Path(home), *register) as url, running() as browser:
        for width in WIDTHS:
            for scheme in SCHEMES:
                states = [state for state in STATES if state.name.startswith(asked.only)]
                if asked.shown:
                    states = [state for state in states if (state.name, width, scheme) in SHOWN]
                _take(browser, url, states, width, scheme, folder, whole=not asked.shown)
    print(f"The pictures are in {folder}")


@contextmanager
def running() -> Iterator[Browser]:
    """A Chromium that runs."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with launched(found) as browser:
        yield browser


def _take(
    browser: Browser,
    url: str,
    states: Sequence[State],
    width: int,
    scheme: Literal["light", "dark"],
    folder: Path,
    whole: bool,
) -> None:
    height = 844 if width < 500 else 1100
    for state in states:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
        page = context.new_page()
        page.goto(f"{url}{state.address}")
        settled(page, state.heading)
        if state.step:
            state.step(page)
        if whole:
            page.wait_for_timeout(500)  # what unfolds is still moving
            tall = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
            page.set_viewport_size({"width": width, "height": max(height, min(tall, TALLEST))})
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        page.mouse.move(0, 0)
        page.wait_for_timeout(700)  # charts are drawn, what unfolds has come to rest
        picture = f"{state.name}-{width}-{scheme}"
        page.screenshot(path=folder / f"{picture if whole else SHOWN[state.name, width, scheme]}.png")
        context.close()


if __name__ == "__main__":
    main()
