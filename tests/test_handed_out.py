"""Files behind buttons: a run of the page that a press begins comes after the making of the file."""

from __future__ import annotations

from threading import Thread

import pytest
from streamlit.testing.v1 import AppTest

from planner.pages.shared import page_shell
from planner.pages.shared.page_shell import LastMade, handed_out


def test_the_run_that_a_press_begins_waits_until_the_file_is_made() -> None:
    happened: list[str] = []

    def content() -> bytes:
        happened.append("made")
        return b"a file"

    make, told = handed_out(content, lambda: happened.append("taken"), LastMade())
    run = Thread(target=told)
    run.start()
    run.join(0.05)
    assert run.is_alive()
    assert happened == []
    assert make() == b"a file"
    run.join(10)
    assert happened == ["made", "taken"]


def test_a_file_that_is_not_made_was_not_taken_and_nobody_waits_for_it() -> None:
    taken: list[bool] = []

    def content() -> bytes:
        raise PermissionError("what they may do has changed")

    make, told = handed_out(content, lambda: taken.append(True), LastMade())
    with pytest.raises(PermissionError, match="has changed"):
        make()
    run = Thread(target=told, daemon=True)
    run.start()
    run.join(10)
    assert not run.is_alive()
    assert taken == []


def test_a_file_that_nobody_asks_for_was_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_shell, "MADE_SECONDS", 0.01)
    taken: list[bool] = []
    _, told = handed_out(bytes, lambda: taken.append(True), LastMade())
    told()
    assert taken == []


def test_where_nobody_asks_whether_it_was_taken_no_run_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr("streamlit.download_button", lambda label, **given: said.append(given["on_click"]))
    page_shell.download("Download", bytes, "plan.csv", "plan")
    assert said == ["ignore"]


def test_a_file_of_a_run_before_is_handed_out_and_nobody_waits_but_it_holds_less() -> None:
    taken: list[str] = []
    last = LastMade()
    before, _ = handed_out(lambda: b"before", lambda: taken.append("before"), last)
    now, told = handed_out(lambda: b"now", lambda: taken.append("now"), last)
    assert before() == b"before"
    told()
    assert taken == []
    assert now() == b"now"
    told()
    assert taken == ["now"]


def test_what_was_said_since_a_file_was_made_is_not_saved() -> None:
    def page() -> None:
        import streamlit as st

        from planner.pages.shared import session_store

        nothing: tuple[str, ...] = ()
        session_store.change("said", nothing, ("first",))
        session_store.change("said", nothing, ("first", "second"))
        for held in (("first",), ("first", "second")):
            session_store.saved("said", nothing, held)
            st.text(f"unsaved: {session_store.unsaved('said')}")

    app = AppTest.from_function(page).run()
    assert [text.value for text in app.text] == ["unsaved: True", "unsaved: False"]
