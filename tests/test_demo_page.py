"""The invented centre on the page: one click from the first page, every page alive, and left again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from planner.catalogue.loading import NETWORK_VARIABLE, REGISTER_VARIABLE
from planner.errors import DataError, Problem
from planner.pages.learners import invented, learners_here
from planner.pages.learners.portfolio_visit import Visit
from planner.pages.shared import visit_memory
from planner.records.portfolios import Entry, Portfolio
from planner.register import Actor, Register, demo
from tests.browser import served, settled
from tests.seen import everything, said, words
from tests.test_centre_e2e import figure
from tests.test_home_page import headings, opened

BADGE = "Invented centre, thrown away in the end"

MINE = Actor("Ann Example")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where the centre is made in these tests: in a folder of theirs, in place of one that another process keeps."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(demo, "_passing_folder", lambda: tmp_path_factory.mktemp("passing"))
        patched.setattr(demo, "_made", {})
        yield


def held(app: AppTest, name: str) -> object:
    shelf: visit_memory.Shelf = app.session_state[visit_memory.SHELF]
    return shelf.items[name].value if name in shelf.items else None


def tried(app: AppTest) -> AppTest:
    app = app.button(key="demo").click().run(timeout=180)
    assert not app.exception
    return app


@pytest.mark.usefixtures("made")
def test_one_click_on_the_first_page_fills_every_page_about_learners() -> None:
    app = tried(opened())
    assert headings(app)[:2] == ["Learners", "All learners"]
    assert "Rules met now: 3 of 45 learners." in words(app)
    assert BADGE in words(app)
    visit = held(app, learners_here.HELD)
    assert isinstance(visit, Visit)
    assert len(visit.learners) == len(visit.portfolios) == 45
    assert not visit.unfiled
    assert app.selectbox(key="register-person").value == "Max Manager"
    assert app.selectbox(key="register-role-Max Manager").value == "manager"
    assert "Kept in the invented centre, for now." in words(app)


@pytest.mark.usefixtures("made")
def test_what_is_saved_in_the_invented_centre_is_not_in_ones_own_register_that_leaving_goes_back_to() -> None:
    own = Register(os.environ[REGISTER_VARIABLE])
    own.add_person(MINE, MINE.name, ["manager", "assessor"])
    app = tried(opened())
    ref = demo_unit(app)
    app.selectbox(key="learner").set_value(0).run()
    app.selectbox(key=f"status-{ref}").set_value("submitted").run()
    app.button(key="register-save").click().run()
    assert "Saved: 45 learners" in everything(app)
    assert own.learners(MINE) == ()
    app.button(key="invented-leave").click().run()
    assert not app.exception
    assert BADGE not in words(app)
    assert headings(app)[:2] == ["Learners", "Are the rules met?"]
    assert held(app, learners_here.HELD) == Visit()
    assert app.selectbox(key="register-person").value == "Ann Example"


def demo_unit(app: AppTest) -> str:
    """A unit of the first learner that is in progress."""
    visit = held(app, learners_here.HELD)
    assert isinstance(visit, Visit)
    return next(entry.ref for entry in visit.portfolios[0].entries if entry.status == "in progress")


def test_work_that_is_not_saved_is_not_lost_to_the_invented_centre() -> None:
    app = opened()
    app.button(key="door-audit").click().run()
    shelf: visit_memory.Shelf = app.session_state[visit_memory.SHELF]
    mine = Visit((Portfolio("L1", (Entry("D/503/0352", "planned"),)),), (Portfolio("L1"),))
    shelf.items[learners_here.HELD] = visit_memory.Shelved(mine, visit_memory.Worth.WORK, "", 0, 0)
    fresh = opened()
    fresh.session_state[visit_memory.SHELF] = shelf
    fresh = tried(fresh)
    assert invented.LOSES in said(fresh, "warning")
    assert headings(fresh)[0] == "NVQ planner"
    assert held(fresh, learners_here.HELD) is mine


def test_a_centre_that_cannot_be_invented_is_told_and_nothing_else_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> str:
        raise DataError([Problem("the invented centre", "no room is left on the disk")])

    monkeypatch.setattr(demo, "in_passing", full)
    app = tried(opened())
    assert said(app, "error") == "- the invented centre: no room is left on the disk"
    assert headings(app)[0] == "NVQ planner"
    assert BADGE not in words(app)
    assert held(app, learners_here.HELD) is None


def test_where_others_reach_the_page_the_command_is_said_in_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(REGISTER_VARIABLE)
    app = opened()
    assert not [button for button in app.button if button.key == "demo"]
    assert "`nvq-planner app --demo` on your own computer opens 45 invented learners" in words(app)
    monkeypatch.setenv(REGISTER_VARIABLE, "x.sqlite3")
    monkeypatch.setenv(NETWORK_VARIABLE, "1")
    assert "invented" not in everything(opened())


@pytest.mark.usefixtures("made")
def test_a_page_that_was_opened_with_the_invented_centre_says_so_and_cannot_leave_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from planner import load

    monkeypatch.setenv(REGISTER_VARIABLE, demo.in_passing(load(), date.today()))
    app = opened()
    assert BADGE in words(app)
    app = tried(app)
    assert "Rules met now: 3 of 45 learners." in words(app)
    assert not [button for button in app.button if button.key == "invented-leave"]


def go(page: Page, title: str) -> None:
    page.get_by_role("link", name=title).first.click()
    settled(page, title)


@pytest.mark.long
def test_every_page_is_alive_with_the_invented_centre_in_a_browser(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setenv("TMPDIR", str(passing))
    monkeypatch.setenv(REGISTER_VARIABLE, str(tmp_path / "mine.sqlite3"))
    with served(tmp_path) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(url)
        settled(page, "Who are you?")
        assert not list(passing.iterdir())
        page.get_by_role("button", name="Try with an invented centre").click()
        settled(page, "All learners")
        expect(page.get_by_text("Rules met now: 3 of 45 learners.")).to_be_visible()
        go(page, "Delivery")
        expect(page.get_by_text("the register · 45 learners")).to_be_visible()
        figure(page, "Have a plan", "45")
        go(page, "Who is behind")
        expect(page.get_by_text("Of 45 learners")).to_contain_text("1 cannot finish in time, 7 are behind")
        assert len(list(passing.iterdir())) == 1
        page.get_by_role("button", name="Leave it").click()
        settled(page, "Who makes it in time?")
        expect(page.get_by_text(BADGE)).to_have_count(0)
    assert not (tmp_path / "mine.sqlite3").exists()
    wait_until_gone(passing)


def wait_until_gone(folder: Path) -> None:
    deadline = time.monotonic() + 60
    while list(folder.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
