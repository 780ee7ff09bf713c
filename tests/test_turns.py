"""Turns of pages: one is drawn after the other, in the order they came, and none waits for one that takes long."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import pytest
from streamlit.testing.v1 import AppTest

from planner.pages.shared import looks, turns


def waiting(begun: list[int], number: int, drawn: Event) -> Thread:
    """A page that waits for its turn, notes that it has it, and is drawn until told."""

    def page() -> None:
        with turns.turn():
            begun.append(number)
            drawn.wait(timeout=30)

    thread = Thread(target=page)
    thread.start()
    while thread.is_alive() and number not in begun and len(turns._changed._waiters) < number:  # type: ignore[attr-defined]
        thread.join(timeout=0.001)
    return thread


def test_pages_are_drawn_one_after_the_other_in_the_order_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 60.0)
    begun: list[int] = []
    ends = [Event() for _ in range(4)]
    pages = [waiting(begun, number, end) for number, end in enumerate(ends)]
    for number, (page, end) in enumerate(zip(pages, ends, strict=True)):
        while len(begun) <= number:
            assert page.is_alive()
            page.join(timeout=0.001)
        assert begun == list(range(number + 1))
        end.set()
        page.join(timeout=30)
    assert not turns._drawn


def test_nobody_waits_for_a_page_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    with ExitStack() as slow:
        for _ in range(3):
            slow.enter_context(turns.turn())
        assert len(turns._drawn) == 3
    assert not turns._drawn


def test_the_page_takes_a_turn_and_gives_it_back_also_where_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def noted() -> None:
        drawn.append(len(turns._drawn))
        raise ZeroDivisionError

    monkeypatch.setattr(looks, "dress", noted)
    app = AppTest.from_file(str(Path(__file__).parent.parent / "app.py"), default_timeout=60)
    assert app.run().exception
    assert drawn == [1]
    assert not turns._drawn
