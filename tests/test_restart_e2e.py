"""A server that goes away and comes back, as a real Chromium sees it: nothing dead looks alive, nothing is silent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from planner.catalogue.loading import shipped
from tests import test_e2e
from tests.browser import PATIENCE, free_port, settled, still, wait
from tests.test_audit_page import BEST, rows, table
from tests.test_centre_e2e import figure, opened, read
from tests.test_centre_e2e import table as cohort

ADA = ("L1", "Ada Example", "", "", "", "")
BAR = "#planner-offline"
GONE = "The server was restarted, and what it held for you is gone:"


@contextmanager
def killed_at_the_end(folder: Path, port: int) -> Iterator[str]:
    """A server on a given port that ends as if the power went."""
    log = folder / f"log-{port}"
    command = [sys.executable, "-m", "streamlit", "run", str(shipped("app.py")), "--server.headless=true"]
    with log.open("a") as printed:
        server = subprocess.Popen(
            [*command, f"--server.port={port}"],
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        try:
            wait(server, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait(timeout=30)


@pytest.fixture
def port() -> Iterator[int]:
    with free_port() as found:
        yield found


@pytest.fixture
def alone(browser: Browser) -> Iterator[Page]:
    """A page of a server that the test ends and starts by itself."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(PATIENCE)
    yield opened
    opened.close()


def dead(page: Page) -> None:
    """Waits until the page says that the connection is lost, and sees that nothing can be pressed."""
    expect(page.locator(BAR)).to_have_text(
        "The connection to the planner is lost. It is tried again by itself; until then nothing can be clicked.",
        timeout=PATIENCE,
    )
    main = page.get_by_test_id("stMainBlockContainer")
    assert main.evaluate("main => main.inert")
    button = main.get_by_role("button", name="Download as Excel workbook", include_hidden=True).first
    # As a mouse, a finger or Enter would: the element itself takes neither click nor focus.
    assert button.evaluate("button => { button.focus(); return document.activeElement !== button; }")
    box = button.bounding_box()
    assert box is not None
    place = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    assert not button.evaluate("(button, [x, y]) => button.contains(document.elementFromPoint(x, y))", place)


def alive(page: Page) -> None:
    """Waits until the page has been drawn anew by a server that is there."""
    expect(page.locator(BAR)).to_have_count(0, timeout=PATIENCE)
    settled(page)
    assert not page.get_by_test_id("stMainBlockContainer").evaluate("main => main.inert")


def test_after_a_restart_the_page_asks_for_the_file_again(alone: Page, port: int, tmp_path: Path) -> None:
    with killed_at_the_end(tmp_path, port) as address:
        opened(alone, address)
        read(alone, cohort(ADA))
        figure(alone, "Have a plan", "1")
        still(alone)
    dead(alone)
    with killed_at_the_end(tmp_path, port):
        alive(alone)
        told = alone.get_by_test_id("stAlert").filter(has_text=GONE)
        expect(told).to_have_text(
            f"restart_alt{GONE} the learners you read in or entered. Read your file again."
        )
        expect(alone.get_by_role("heading", name="The answer")).to_have_count(0)
        expect(alone.get_by_role("button", name="Download as Excel workbook")).to_have_count(0)
        read(alone, cohort(ADA))
        figure(alone, "Have a plan", "1")
        expect(told).to_be_visible()  # until it has been seen
        alone.get_by_role("button", name="I have seen this").click()
        expect(told).to_have_count(0)


@pytest.mark.long
def test_work_that_no_file_held_is_named_on_whatever_page_one_is(
    alone: Page, port: int, tmp_path: Path
) -> None:
    with killed_at_the_end(tmp_path, port) as address:
        alone.goto(f"{address}/audit")
        settled(alone, "Are the rules met?")
        field = alone.get_by_test_id("stFileUploader").filter(has_text="A table of units")
        file = {"name": "portfolio.csv", "mimeType": "text/csv", "buffer": table(rows("L1", BEST))}
        field.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        expect(alone.get_by_text("Rules met: 7 units count")).to_be_visible()
        alone.get_by_role("link", name="My units", exact=True).click()
        settled(alone, "What do you do at work?")
        still(alone)
    expect(alone.locator(BAR)).to_be_visible(timeout=PATIENCE)
    with killed_at_the_end(tmp_path, port):
        alive(alone)
        expect(alone.get_by_text("the learners you read in or entered")).to_be_visible()
        expect(alone.get_by_role("heading", name="My units")).to_be_visible()


def test_a_connection_lost_for_a_moment_loses_nothing_and_says_nothing_of_a_loss(
    alone: Page, port: int, tmp_path: Path
) -> None:
    with killed_at_the_end(tmp_path, port) as address:
        alone.add_init_script(
            """window.sockets = [];
            const Socket = window.WebSocket;
            window.WebSocket = class extends Socket {
              constructor(...given) { super(...given); window.sockets.push(this); }
            };"""
        )
        opened(alone, address)
        read(alone, cohort(ADA))
        alone.evaluate("window.sockets.forEach(socket => socket.close())")
        alone.wait_for_function("window.sockets.length > 1")
        alive(alone)
        figure(alone, "Have a plan", "1")
        expect(alone.get_by_text("what it held for you")).to_have_count(0)


@pytest.mark.long
def test_a_visit_that_held_nothing_goes_on_without_a_word(alone: Page, port: int, tmp_path: Path) -> None:
    with killed_at_the_end(tmp_path, port) as address:
        alone.goto(f"{address}/plan?pin=L/601/0933")
        test_e2e.hours(alone, "111")
        still(alone)  # the script that watches is drawn last
    expect(alone.locator(BAR)).to_be_visible(timeout=PATIENCE)
    with killed_at_the_end(tmp_path, port):
        alive(alone)
        test_e2e.hours(alone, "111")
        expect(alone.get_by_text("what it held for you")).to_have_count(0)
        test_e2e.choice(alone, "Give customers a positive impression", "Planner")
        test_e2e.hours(alone, "93")
