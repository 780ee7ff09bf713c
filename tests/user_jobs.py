"""Counts what the main job of each user costs: actions, and screens scrolled.

`python -m tests.user_jobs` prints the table; `tests/test_user_jobs.py` keeps the limits. An action is a click, a tap,
a text typed or a file handed in. Screens are how far the page had to be scrolled to see the next target, in heights of
the window; what is in sight costs nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from planner import load
from planner.register import Actor, Register
from tests.browser import served, settled, still
from tests.pictures import running

SIZES: Mapping[str, tuple[int, int]] = {"telephone": (390, 844), "laptop": (1280, 900)}
"""The windows in which the jobs are done, in pixels."""

CASES = Path(__file__).parent / "fixtures" / "cases"
TRACKER, INITIALS = CASES / "02-one-sheet-a-learner.xlsx", CASES / "20-tracker-matrix.xlsx"
"""Trackers as somebody kept them: a sheet for each learner; learners in rows, units in columns, initials in cells."""

SCROLL = """(target, own) => {
  const main = document.querySelector('[data-testid=stMain]');
  const bar = document.querySelector('[data-testid=stBottomBlockContainer]');
  const head = document.querySelector('[data-testid=stHeader]');
  const box = target.getBoundingClientRect();
  const top = head ? head.getBoundingClientRect().bottom : 0;
  const end = bar && !bar.contains(target) ? bar.getBoundingClientRect().top : window.innerHeight;
  const seen = Math.min(box.bottom, box.top + (end - top));  // what is taller than the window is seen from its top
  if (box.top >= 0 && seen <= end) return 0;
  const before = main.scrollTop;
  main.scrollTop += box.top < 0 ? box.top - top : seen - end;
  return Math.abs(main.scrollTop - before) / window.innerHeight;
}"""
"""Scrolls as little as shows the target; how many heights of the window that was."""


@dataclass(slots=True)
class Walk:
    """One user's way through the pages, counted."""

    page: Page
    url: str
    actions: int = 0
    screens: float = 0.0
    reached: float = 0.0
    """Screens at which the answer began."""

    def open(self, path: str, heading: str) -> None:
        """Opens an address, which is no action: somebody sent it, or it is a bookmark."""
        self.page.goto(self.url + path)
        self.settle(heading)

    def settle(self, heading: str = "") -> None:
        """Waits until the page is at rest."""
        settled(self.page, heading)
        still(self.page)

    def see(self, target: Locator) -> None:
        """Scrolls to what is to be seen."""
        target.wait_for()
        self.screens += float(target.evaluate(SCROLL))

    def act(self, target: Locator, heading: str = "") -> None:
        """Clicks."""
        self.see(target)
        target.click()
        self.actions += 1
        self.settle(heading)

    def hand_in(self, field: Locator, path: Path, heading: str) -> None:
        """Hands in a file."""
        self.see(field.locator("xpath=ancestor::*[@data-testid='stFileUploader']"))
        field.set_input_files(path)
        self.actions += 1
        self.settle(heading)


def learner(walk: Walk) -> None:
    """From the first page to a plan that fits the job: all of its units seen."""
    walk.open("/", "Who are you?")
    walk.act(walk.page.get_by_role("button", name="I am a learner"), "What do you do at work?")
    walk.act(walk.page.get_by_role("button", name="phone calls", exact=True))
    walk.act(walk.page.get_by_role("button", name="Show my units"), "Your plan")
    rows = walk.page.get_by_test_id("stMain").get_by_role("button", name="Details")
    walk.see(rows.first)
    walk.reached = walk.screens
    walk.see(rows.last)


def _list(page: Page) -> Locator:
    """Who is in the list of learners: its table, or the first of those one below another on a telephone."""
    found = page.locator(".st-key-learner-table, .st-key-learners-narrow button")
    return found.filter(visible=True).first


def assessor(walk: Walk) -> None:
    """From the first page and a tracker as it is to the first verdict."""
    walk.open("/", "Who are you?")
    walk.act(walk.page.get_by_role("button", name="I am an assessor"), "Are the rules met?")
    walk.hand_in(walk.page.locator("input[type=file]").first, TRACKER, "All learners")
    walk.see(walk.page.get_by_text("Rules met now:"))
    walk.reached = walk.screens
    walk.see(_list(walk.page))


def assessor_of_initials(walk: Walk) -> None:
    """The same, of a tracker whose initials for how far units are somebody has to confirm."""
    walk.open("/", "Who are you?")
    walk.act(walk.page.get_by_role("button", name="I am an assessor"), "Are the rules met?")
    walk.hand_in(walk.page.locator("input[type=file]").first, INITIALS, "All learners")
    walk.act(walk.page.get_by_role("button", name="Read the file with these"))
    walk.see(walk.page.get_by_text("Rules met now:"))
    walk.reached = walk.screens
    walk.see(_list(walk.page))


def manager(walk: Walk) -> None:
    """From the first page, where a register is kept, to the list of who needs something."""
    walk.open("/", "Who are you?")
    walk.act(walk.page.get_by_role("button", name="Continue: "), "All learners")
    walk.see(walk.page.get_by_text("learners need something from you"))
    walk.reached = walk.screens
    expect(walk.page.get_by_role("radio", name="Needs something", checked=True)).to_be_visible()
    walk.see(_list(walk.page))


BEFORE = {
    ("learner", "telephone"): (4, 3.3),
    ("learner", "laptop"): (4, 0.4),
    ("assessor", "telephone"): (2, 2.0),
    ("assessor", "laptop"): (2, 0.6),
}
"""Actions and screens to the answer before the pages were put around people; the learner had two tasks to tick."""

JOBS: Mapping[str, Callable[[Walk], None]] = {
    "learner": learner,
    "assessor": assessor,
    "assessor, initials": assessor_of_initials,
    "manager": manager,
}


def keep(register: Path) -> None:
    """A register of 45 invented learners; an assessor has something to do for a third of them."""
    status = ("in progress", "submitted", "verified")
    lines = [
        f"E{n:02},{ref},{status[n % 3]}"
        for n in range(45)
        for ref in ("D/503/0352", "T/503/0342", "K/503/0385")
    ]
    content = "\n".join(["learner,ref,status", *lines]).encode()
    one = load()
    Register(str(register)).import_file(Actor("Max Example"), {one.id: one}, "portfolio.csv", content)


def walked(browser: Browser, url: str, size: str, job: Callable[[Walk], None]) -> Walk:
    """A job done in a window of its own."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_default_timeout(60_000)
    walk = Walk(page, url)
    job(walk)
    page.close()
    return walk


def main() -> None:
    """Prints what each job costs in each window, and what it cost before."""
    with tempfile.TemporaryDirectory() as home:
        register = Path(home) / "kept.sqlite"
        keep(register)
        with served(Path(home), "--register", str(register)) as url, running() as browser:
            for name, job in JOBS.items():
                for size in SIZES:
                    _told(name, size, walked(browser, url, size, job))


def _told(name: str, size: str, walk: Walk) -> None:
    before = BEFORE.get((name, size))
    was = f" (before: {before[0]} actions, {before[1]} screens)" if before else ""
    print(
        f"{name:19}{size:10}{walk.actions} actions, {walk.reached:.1f} screens to the answer, "
        f"{walk.screens:.1f} to its end{was}"
    )


if __name__ == "__main__":
    main()
