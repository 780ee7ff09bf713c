"""Turns of pages: some are drawn at once, the others wait, but not for ever."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Event, Thread

import pytest

from planner.pages.my_units import plan
from planner.pages.shared import turns
from tests import test_page


def test_a_page_waits_for_those_before_it() -> None:
    drawn = Event()

    def page() -> None:
        with turns.turn():
            drawn.set()

    waiting = Thread(target=page)
    with ExitStack() as before:
        for _ in range(turns.TURNS):
            before.enter_context(turns.turn())
        waiting.start()
        assert not drawn.wait(0.1)
    waiting.join(timeout=30)
    assert drawn.is_set()


def test_a_page_does_not_wait_for_ever_and_gives_back_no_turn_it_had_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    with ExitStack() as before:
        for _ in range(turns.TURNS):
            before.enter_context(turns.turn())
        with turns.turn():
            pass
        assert not turns._free.acquire(blocking=False)
    assert [turns._free.acquire(blocking=False) for _ in range(turns.TURNS + 1)] == [True] * turns.TURNS + [
        False
    ]
    turns._free.release(turns.TURNS)


def test_the_plan_page_takes_a_turn_and_gives_it_back_also_where_it_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    with ExitStack() as before:
        for _ in range(turns.TURNS - 1):
            before.enter_context(turns.turn())
        free: list[bool] = []

        def noted(*_: object) -> None:
            free.append(turns._free.acquire(blocking=False))
            raise ZeroDivisionError

        monkeypatch.setattr(plan, "_planned", noted)
        assert test_page.opened().exception
        assert free == [False]
        assert turns._free.acquire(blocking=False)
        turns._free.release()
