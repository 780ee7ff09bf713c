"""A day of an assessor with the register, in a real Chromium: nothing is lost, and its clicks are counted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from planner import Portfolio, Qualification
from planner.pages.learners import changes
from planner.records.portfolio_files import read_portfolios
from planner.records.portfolios import Decision
from planner.register import Register
from tests.browser import PATIENCE, served, settled, still
from tests.test_audit_page import BEST, rows, table

LEARNERS = tuple(f"L{number:02}" for number in range(1, 19))
FILE = table([row for number, each in enumerate(LEARNERS) for row in rows(each, BEST[: 1 + number % 7])])


@dataclass
class Hands:
    """What somebody does at a page: clicks and typed fields are counted; a chosen option is a click more."""

    page: Page
    clicks: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)

    def click(self, target: Locator, what: str) -> None:
        """Clicks what stands in sight and at rest: scrolling closes a list, and moves what is clicked."""
        target.evaluate("it => it.scrollIntoView({block: 'center'})")
        still(self.page)
        target.click()
        self.clicks.append(what)
        still(self.page)

    def type(self, target: Locator, text: str, what: str) -> None:
        target.fill(text)
        self.typed.append(what)

    def choose(self, target: Locator, option: str, what: str) -> None:
        """Opens a choice and clicks an option, which is found by what it is called in part."""
        self.click(target, what)
        self.click(self.page.get_by_role("option").filter(has_text=option).first, f"{what}: {option}")

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True), name)

    def words(self) -> str:
        return f"{len(self.clicks)} clicks and {len(self.typed)} typed fields"


def at(browser: Browser, url: str) -> Hands:
    """A browser that has only just been opened."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{url}/audit")
    settled(page, "Are the rules met?")
    return Hands(page)


def command(*words: str) -> str:
    """What a command of the register answers."""
    ran = subprocess.run(
        [sys.executable, "-m", "planner", "register", *words, "--json"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def first_day(hands: Hands) -> None:
    """18 learners are read in, one decision is made, all is saved."""
    field = hands.page.get_by_test_id("stFileUploader").filter(has_text="A table of units")
    content = {"name": "portfolios.csv", "mimeType": "text/csv", "buffer": FILE}
    field.locator("input[type=file]").set_input_files(content)  # type: ignore[arg-type]
    hands.clicks.append("the file")
    still(hands.page)
    hands.choose(hands.page.get_by_label("Open a learner"), "L01", "the learner")
    expect(hands.page.get_by_role("heading", name="The verdict on L01")).to_be_visible()
    still(hands.page)
    hands.click(hands.page.locator("summary").filter(has_text="Decisions").first, "Decisions")
    hands.choose(hands.page.get_by_label("Unit that then counts as achieved"), "T/503/0342", "the unit")
    hands.type(hands.page.get_by_label("Reason"), "Seen at work", "the reason")
    hands.type(hands.page.get_by_label("Your name"), "Ann Example", "who decides")
    hands.button("Add the decision")
    hands.type(hands.page.get_by_label("Who you are"), "Ann Example", "who saves")
    hands.button("Save")
    expect(hands.page.get_by_text("Saved: 18 learners in the register as shown here.")).to_be_visible()
    expect(hands.page.get_by_text("Not saved yet")).to_have_count(0)


def second_day(hands: Hands) -> None:
    """What was kept is opened, one unit goes on, and is saved."""
    hands.button(f"Learners of the register ({len(LEARNERS)})")
    hands.choose(hands.page.get_by_label("Open a learner"), "L02", "the learner")
    expect(hands.page.get_by_role("heading", name="The verdict on L02")).to_be_visible()
    hands.click(hands.page.locator("summary").filter(has_text="Mandatory Group A"), "the group")
    unit = "Improve personal effectiveness at work in a contact centre · T/503/0342"
    hands.choose(hands.page.get_by_label(unit), "in progress", "the status")
    hands.button("Save")
    expect(hands.page.get_by_text("Saved: 18 learners in the register as shown here.")).to_be_visible()


def expected(real: Qualification) -> tuple[Portfolio, ...]:
    """The portfolios after both days, without page and register."""
    read, problems = read_portfolios(real, "portfolios.csv", FILE)
    assert not problems
    decision = Decision("recognise", "T/503/0342", "Seen at work", "Ann Example", date.today())
    first, second, *others = read
    return (
        changes.with_decision(first, decision),
        changes.with_status(real, second, "T/503/0342", "in progress"),
        *others,
    )


def kept(register: str, real: Qualification) -> tuple[Portfolio, ...]:
    return tuple(each.portfolio for each in Register(register).load(None, real))


@pytest.mark.long
def test_a_day_of_an_assessor_loses_nothing(
    browser: Browser,
    tmp_path: Path,
    real: Qualification,
    record_property: Callable[[str, object], None],
) -> None:
    register, elsewhere = str(tmp_path / "register.sqlite3"), str(tmp_path / "elsewhere.sqlite3")
    counted: list[str] = []
    for name, day in (("read in, decide, save", first_day), ("come back, go on, save", second_day)):
        with served(tmp_path, "--register", register) as url:
            hands = at(browser, url)
            day(hands)
            counted.append(f"{name}: {hands.words()}")
            hands.page.context.close()
    assert kept(register, real) == expected(real)
    book = str(tmp_path / "register.xlsx")
    assert json.loads(command("export", book, "--register", register))["registrations"] == len(LEARNERS)
    merged = json.loads(command("import", book, "--register", elsewhere, "--as", "Ann Example"))
    assert (merged["conflicts"], merged["problems"]) == ([], [])
    assert kept(elsewhere, real) == expected(real)
    assert json.loads(command("verify", "--register", register))["intact"]
    record_property("printed", "; ".join(counted))
