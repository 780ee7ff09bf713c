"""What several tests need: the real qualification, small data folders, the programs tests drive."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import settings

from planner import Qualification, load

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

# The same draws every day and on every machine: a run that fails can be had again.
settings.register_profile("same draws", derandomize=True, deadline=None)
settings.load_profile("same draws")

HEADER = "qualification,group,barred_set,ref,title,level,credits,glh,strategy,level_confidence,tags"

SMALL_UNITS = (
    "Q1,M,,M1,Main unit,2,4,10,A,high,",
    "Q1,O,,O1,First option,2,3,9,A,high,core",
    "Q1,O,S,O2,Second option,3,3,8,B,low,",
    "Q1,O,S,O3,Third option,1,5,20,B,medium,core soft",
)

SMALL_RULES = """
id = "Q1"
title = "A small qualification"
source = "invented for the tests"
verified = 2026-11-22

[[rule]]
id = "total"
text = "at least 7 credits"
count = "credits"
at_least = 7

[[rule]]
id = "main"
text = "the main unit"
where = { group = "M" }
all = true
"""


def write_data(folder: Path, units: str | None = None, **rules: str) -> Path:
    """A data folder with the small qualification, or with what is given in its place."""
    (folder / "qualifications").mkdir(parents=True, exist_ok=True)
    text = "\n".join([HEADER, *SMALL_UNITS]) if units is None else units
    (folder / "units.csv").write_text(text, encoding="utf-8")
    for name, content in (rules or {"small": SMALL_RULES}).items():
        (folder / "qualifications" / f"{name}.toml").write_text(content, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def real() -> Qualification:
    """The qualification that ships with the package."""
    return load()


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small data folder; see `write_data`."""

    def write(units: str | None = None, **rules: str) -> Path:
        return write_data(tmp_path / "data", units, **rules)

    return write


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests of browsers first: each takes long, and one that begins last is waited for alone.

    Those marked `long` are skipped where somebody waits, and say so.
    """
    items.sort(key=lambda item: not item.path.stem.endswith("_e2e"))
    if os.environ.get("CI") != "true" and not {"NVQ_DEEP", "NVQ_LONG"} & os.environ.keys():
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes long: runs with CI=true and in make deep"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests measured and do not judge, whichever process ran them."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "printed":
                terminalreporter.write_line(f"[{text}]")


@pytest.fixture(scope="session", autouse=True)
def looked_through_once() -> None:
    """Has Streamlit look through the installed packages once, not for each page that a test opens.

    It looks for those that bring parts of pages; that took five sixths of the time of a page's tests.
    """
    if "streamlit.testing.v1" in sys.modules:
        from streamlit.components.v2 import manifest_scanner

        manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def own_register(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Gives each test a register of its own, in which nothing is kept yet: never that of who runs it.

    Nor is anything written beside that one, such as copies made before a restore.
    """
    own = tmp_path_factory.getbasetemp() / uuid4().hex
    monkeypatch.setenv("NVQ_PLANNER_REGISTER", f"{own}.sqlite3")
    monkeypatch.setenv("XDG_DATA_HOME", str(own))


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the program's main module back after a page was drawn in its place.

    Processes started later import the main module, and must not draw the page.
    """
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def _program(names: tuple[str, ...], package: str) -> str:
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        message = f"needs {names[0]} (Debian package {package})"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; without one the test is skipped, in continuous integration it fails."""
    from tests.browser import CHROMIUMS

    return _program(CHROMIUMS, "chromium-headless-shell")


@pytest.fixture(scope="session")
def soffice() -> str:
    """Path of LibreOffice; without one the test is skipped, in continuous integration it fails."""
    return _program(("soffice", "libreoffice"), "libreoffice-calc")


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running page, started as a user starts it, from a folder of its own; none of its tests saves.

    The tests of a process share it: to start it takes as long as three pages.
    """
    from tests.browser import served

    with served(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A Chromium of a module's own: while one runs, no other test of its process can run a loop of asyncio."""
    from tests.browser import launched

    with launched(chromium) as running:
        yield running


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """What the pages of a module share, as tabs do: what the browser has fetched once it need not compile again."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as opened:
        yield opened


@pytest.fixture
def page(context: BrowserContext, url: str) -> Iterator[Page]:
    """An empty page; at its end nothing was asked of any other machine and no error was logged."""
    from tests.browser import PATIENCE

    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    foreign: list[str] = []
    errors: list[str] = []
    opened.on(
        "request", lambda r: foreign.append(r.url) if not r.url.startswith((url, "data:", "blob:")) else None
    )
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    opened.close()
    assert foreign == []
    assert errors == []
