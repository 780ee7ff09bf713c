"""A running page and a Chromium that looks at it, for the tests of pages and for the pictures of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Page, expect

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

PATIENCE = 60_000
"""Milliseconds that a page may take to draw itself, on a machine that does other things too."""


@contextmanager
def served(folder: Path, port: int | None = None) -> Iterator[str]:
    """The address of a running page, started as a user starts it, from a folder of its own."""
    asked = [] if port is None else ["--port", str(port)]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "planner", "app", "--no-browser", "--json", *asked],
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert server.stdout is not None
        lines = []
        for line in server.stdout:
            lines.append(line)
            if line == "}\n":
                break
        address: str = json.loads("".join(lines))["url"]
        _wait(server, address, folder / "log")
        try:
            yield address
        finally:
            server.send_signal(2)
            ended = server.wait(timeout=30)
            server.stdout.close()
        assert ended == 0


def _wait(server: subprocess.Popen[str], address: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urlopen(f"{address}/_stcore/health", timeout=5) as answer:
                assert answer.status == 200
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)


def settled(page: Page, heading: str = "") -> None:
    """Waits until the page has been drawn and nothing of it runs any more.

    `heading` is one of its headings: a page that has not begun to run does not run either.
    """
    if heading:
        expect(page.get_by_role("heading", name=heading, exact=True).first).to_be_visible(timeout=PATIENCE)
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=PATIENCE)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)
