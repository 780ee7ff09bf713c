"""A running page and a Chromium that looks at it, for the tests of pages and for the pictures of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Programs that are a Chromium, the one without a window first: the others draw the buttons of one too, which takes as long
as half a page does.
"""

PATIENCE = 120_000
"""Milliseconds that a page may take to draw itself, on a machine that does other things too."""

expect.set_options(timeout=PATIENCE / 2)


@contextmanager
def free_port() -> Iterator[int]:
    """A port that nobody else gets until a server has taken it: bound, but nobody listens there."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@contextmanager
def served(folder: Path, *options: str, before: Callable[[int], None] = lambda port: None) -> Iterator[str]:
    """The address of a running page, started as a user starts it, from a folder of its own.

    `before` is told the port, for files that name it.

    Raises
    ------
    AssertionError
        The server ended early, did not answer or did not end well: with all that it printed.
    """
    log = folder / "log"
    with free_port() as port, log.open("w") as printed:
        before(port)
        server = subprocess.Popen(
            [sys.executable, "-m", "planner", "app", "--no-browser", "--port", str(port), *options],
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            wait(server, address, log)
            yield address
        finally:
            server.send_signal(signal.SIGINT)
            ended = server.wait(timeout=30)
        assert ended == 0, f"the server ended with {ended}:\n{log.read_text()}"


def wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Waits until a server answers.

    Raises
    ------
    AssertionError
        It ended, or did not answer: with all that it printed.
    """
    deadline = time.monotonic() + 60
    while True:
        ended = server.poll()
        assert ended is None, f"the server ended early, with {ended}:\n{log.read_text()}"
        assert time.monotonic() < deadline, f"the server did not answer:\n{log.read_text()}"
        try:
            with urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                assert answer.status == 200
            return
        except OSError:
            time.sleep(0.2)


HEAR = """(() => {
  window.unanswered = false;
  function begins(message) {
    for (let at = 0; at < message.length;) {
      const number = () => {
        let value = 0, step = 1;
        for (;;) {
          const byte = message[at++];
          value += (byte & 127) * step;
          step *= 128;
          if (byte < 128) return value;
        }
      };
      const tag = number();
      if (tag >> 3 === 4) return true;
      const size = number();
      if ((tag & 7) === 2) at += size;
    }
    return false;
  }
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({data}) => {
        if (data instanceof ArrayBuffer && begins(new Uint8Array(data))) window.unanswered = false;
      });
    }
    send(data) {
      if (data[0] === (11 << 3 | 2)) window.unanswered = true;
      super.send(data);
    }
  };
})()"""
"""Notes whether the page has asked to be run and has not been told that a run began.

Streamlit says on the page that it runs once the server has told it so, and a busy server takes a while to. Its messages are
protocol buffers: `rerun_script` is field 11 of what is sent, `new_session` field 4 of what comes back.
"""


@contextmanager
def launched(chromium: str | None) -> Iterator[Browser]:
    """A Chromium whose every page notes what it asked for."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))

        def heard(context: BrowserContext) -> None:
            context.add_init_script(HEAR)

        browser.on("context", heard)
        yield browser
        browser.close()


def settled(page: Page, heading: str = "") -> None:
    """Waits until the page has been drawn and nothing of it runs any more.

    `heading` is one of its headings: a page that has not begun to run does not run either.
    """
    if heading:
        expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("window.unanswered === false", timeout=PATIENCE)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=PATIENCE)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)


MOVING = """() => document.getAnimations().some(
  animation => animation.playState === 'running' && animation.effect?.getComputedTiming().endTime !== Infinity)"""
"""Whether anything still unfolds, fades or slides; what turns for ever, such as a spinner, does not count."""

DRAWN = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"""
"""Comes back when what has changed has been laid out and drawn."""


def still(page: Page) -> None:
    """Waits until the page has been laid out anew and nothing of it moves.

    What was clicked last is let through first: only then has the page asked to be run.
    """
    page.evaluate(DRAWN)
    settled(page)
    page.wait_for_function(f"!({MOVING})()", timeout=PATIENCE)
    page.evaluate(DRAWN)


def downloaded(button: Locator, folder: Path) -> Path:
    """The file that a button hands out, asked for once nothing runs: a run that begins takes back what was offered before."""
    still(button.page)
    with button.page.expect_download() as download:
        button.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def to_place(page: Page, name: str) -> None:
    """Goes to a page by the navigation of a wide window."""
    page.get_by_test_id("stHeader").get_by_role("link", name=name, exact=True).click()
