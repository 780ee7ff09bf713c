"""The plan page in a real Chromium: what a click and a first visit take there."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Error, Page, sync_playwright

import planner
from benchmarks.page import Answer, Click, Server, server
from benchmarks.race import RivalError

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

QUIET = 300
"""Milliseconds without a message and without a change after which the page is complete."""

MOST_REPEATED = 2
"""How often a click that met no button is made again."""

WATCH = """() => {
  const watched = window.watched = {clicked: 0, sent: [], received: [], hours: [], changed: 0};
  watched.now = () => {
    for (const metric of document.querySelectorAll('[data-testid=stMetric]'))
      if (metric.textContent.includes('Guided hours to do'))
        return metric.querySelector('[data-testid=stMetricValue]').textContent;
    return '';
  };
  watched.quiet = ms => {
    const last = watched.received.length ? watched.received[watched.received.length - 1][0] : 0;
    return performance.now() - Math.max(last, watched.changed) > ms;
  };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', event => watched.received.push([performance.now(), event.data]));
    }
    send(data) {
      watched.sent.push(performance.now());
      super.send(data);
    }
  };
  document.addEventListener('click', event => { watched.clicked = event.timeStamp; }, true);
  let shown = '';
  new MutationObserver(() => {
    const time = performance.now(), value = watched.now();
    watched.changed = time;
    if (value !== shown) { shown = value; watched.hours.push([time, value]); }
  }).observe(document, {childList: true, subtree: true, characterData: true});
}"""
"""Put into the page before anything of it runs: notes when it was clicked, sent, received and changed."""

RESULT = """() => {
  const {clicked, sent, received, hours, changed} = window.watched;
  const told = received.filter(([, data]) => new TextDecoder('latin1').decode(data)
    .includes('Guided hours to do'));
  return {
    clicked, changed, sent,
    received: received.map(([time, data]) => [time, data.byteLength]),
    told: told.map(([time]) => time),
    hours
  };
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium without a window.

    Raises
    ------
    RivalError
        None is installed, or the page did not show in time what it should.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        raise RivalError("the page is timed in Chromium, and there is none (Debian package chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        except Error as error:
            raise RivalError(f"the page in Chromium: {error}") from error
        finally:
            browser.close()


def _empty_page(browser: Browser) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.add_init_script(f"({WATCH})()")
    page.set_default_timeout(30_000)
    return page


def _shown(page: Page, hours: str) -> None:
    page.wait_for_function("hours => window.watched && window.watched.now() === hours", arg=hours)


def _complete(page: Page) -> None:
    page.wait_for_function("ms => window.watched.quiet(ms)", arg=QUIET)


# First paint


def first_paints(browser: Browser, times: int, hours: str) -> dict[str, list[float]]:
    """Seconds to the first plan shown: from the start of the server's process, and from a server that runs.

    With the running server, from asking for the address: with an empty cache of the browser, and again
    with the same browser. `hours` are those of the plan shown.
    """
    cold, warm, again, ready = list[float](), list[float](), list[float](), list[float]()
    for _ in range(times):
        with server() as running:
            ready.append(_listening(running))
            page = _empty_page(browser)
            page.goto(running.page)
            _shown(page, hours)
            cold.append(time.perf_counter() - running.started)
            page.context.close()
            for seconds, empty in ((warm, True), (again, False)):
                if empty:
                    page = _empty_page(browser)
                page.goto(running.page)
                _shown(page, hours)
                seconds.append(page.evaluate("() => window.watched.hours.at(-1)[0]") / 1000)
                _complete(page)
            page.context.close()
    return {
        "cold start: process started to listening": ready,
        "cold start: process started to plan shown": cold,
        "running server, new browser: plan shown": warm,
        "running server, page loaded again: plan shown": again,
    }


def _listening(running: Server) -> float:
    """Seconds from the start of the server's process until it takes a connection."""
    while time.perf_counter() < running.started + 60:
        try:
            socket.create_connection(("127.0.0.1", running.port), timeout=5).close()
        except OSError:
            time.sleep(0.01)
        else:
            return time.perf_counter() - running.started
    raise RivalError("the server did not start")


# Clicks


def seconds_of_clicks(
    browser: Browser, url: str, clicks: Sequence[Click]
) -> tuple[list[Answer], dict[str, list[float]], int, list[str]]:
    """What each click took, its parts until the new hours, how many were repeated, and what is wrong."""
    page = _empty_page(browser)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"in the browser: {error}"))
    page.goto(url)
    page.wait_for_function("() => window.watched && window.watched.now()")
    _complete(page)
    answers = []
    repeated = 0
    parts: dict[str, list[float]] = {"sending": [], "waiting": [], "drawing": []}
    for click in clicks:
        found = _clicked(page, click)
        repeated += found["repeated"]
        start, sent, told, shown = found["clicked"], found["sent"][0], found["told"][0], found["hours"][-1]
        for name, seconds in (
            ("sending", sent - start),
            ("waiting", told - sent),
            ("drawing", shown[0] - told),
        ):
            parts[name].append(seconds / 1000)
        sizes = [size for _, size in found["received"]]
        page_seconds = (found["changed"] - start) / 1000
        answers.append(Answer((shown[0] - start) / 1000, page_seconds, len(sizes), sum(sizes)))
        if len(found["sent"]) != 1:
            errors.append(f"{click.title}, {click.choice}: {len(found['sent'])} reruns for one click")
    page.context.close()
    return answers, parts, repeated, errors


def _clicked(page: Page, click: Click) -> dict[str, Any]:
    """Makes a choice as a user does, with the mouse; gives what the page noted until it was complete.

    A click of the mouse that nothing in the page takes is made again, and its time not counted.
    """
    control = page.locator(f".st-key-choice-{click.ref.replace('/', '-')}")
    if not control.is_visible():  # the units of a group are drawn once it is unfolded
        group = planner.load().by_ref[click.ref].group
        page.locator(f".st-key-group-{group}-False summary").click()
        control.wait_for()
    button = control.get_by_role("radio", name=click.choice, exact=True)
    button.scroll_into_view_if_needed()
    _complete(page)
    page.evaluate("() => Object.assign(window.watched, {sent: [], received: [], hours: []})")
    repeated = 0
    button.click()
    while not _taken(page) and repeated < MOST_REPEATED:
        repeated += 1
        button.click()
    _shown(page, str(click.hours))
    _complete(page)
    found: dict[str, Any] = page.evaluate(RESULT)
    return {**found, "repeated": repeated}


def _taken(page: Page) -> bool:
    """Whether the page sent anything after a click, within some seconds."""
    try:
        page.wait_for_function("() => window.watched.sent.length > 0", timeout=5_000)
    except Error:
        return False
    return True
