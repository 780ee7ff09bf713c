"""Small limits at their number and one beyond, and what is said while somebody waits."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st

from planner import Qualification, Wishes, plan
from planner.catalogue.sentences import worked_out
from planner.cli import console, terminal
from planner.errors import Problem, nearest
from planner.files.sheets import _in_words
from planner.pages.development import cpd
from planner.pages.learners import invented
from planner.pages.my_units import plan_bar, plan_rows, portfolio, portfolio_answers
from planner.pages.shared import (
    address,
    file_reading,
    register_desk,
    register_said,
    second_choice,
    session_store,
)
from planner.pages.shared.words import shortened
from planner.planning.reasons import _quoted
from planner.recognition import load_recognitions
from planner.recognition.schemes import impossible_facts
from planner.records.registrations import as_break
from tests.test_cli import Run, run

__all__ = ["run"]


def broken_off(days: int) -> str:
    """What is said of a break whose last day is so many days after its first."""
    problems: list[Problem] = []
    as_break(f"2026-01-01:{date(2026, 1, 1) + timedelta(days)}", "--break", problems)
    return " ".join(problem.message for problem in problems)


def changed(count: int) -> list[str]:
    """What the bar says of so many units that came."""
    named: Any = SimpleNamespace(qualification=SimpleNamespace(short_name=str.upper))
    return plan_bar._signed("+", named, "abcdefg"[:count])


def unknown(count: int) -> list[str]:
    return [
        problem.message for problem in address.few("abcdef"[:count], lambda text: Problem("", f"no {text}"))
    ]


def impossible(value: int) -> int:
    """The problems of somebody who counted so many months of service."""
    return len(list(impossible_facts(load_recognitions()["icco"], {"service": value})))


LONGEST_BREAK = "must be its first and last day, such as 2026-08-01:2026-08-14"


@pytest.mark.parametrize(
    ("said", "at", "beyond"),
    [
        (lambda more: nearest("w" * (99 + more) + "y", ["w" * 100]) != "", True, False),
        (lambda more: broken_off(1_000 + more), "", LONGEST_BREAK),
        (lambda more: broken_off(-more), "", LONGEST_BREAK),
        (lambda more: shortened("w" * (80 + more)), "w" * 80, "w" * 79 + "…"),
        (lambda more: file_reading._short("w" * (60 + more)), "w" * 60, "w" * 59 + "…"),
        (lambda more: worked_out("1+" * 49 + "10" + "0" * more) is not None, True, False),
        (lambda more: changed(3 + more), ["+A", "+B", "+C"], ["+A", "+B", "+C", "+1 more"]),
        (
            lambda more: unknown(3 + more),
            ["no a", "no b", "no c"],
            ["no a", "no b", "no c", "1 more like this"],
        ),
        (
            lambda more: second_choice._named("abcdef"[: 5 + more]),
            "a, b, c, d, e",
            "a, b, c, d, e and 1 more",
        ),
        (lambda more: _quoted("abcd"[: 3 + more]), "“a”, “b” and “c”", "“a”, “b”, “c” and others"),
        (lambda more: impossible(1_000_000 + more), 0, 1),
        (lambda more: impossible(-more), 0, 1),
    ],
)
def test_a_limit_holds_at_its_number_and_not_one_beyond(
    said: Callable[[int], object], at: object, beyond: object
) -> None:
    assert said(0) == at
    assert said(1) == beyond


def test_of_many_problems_and_disputes_the_first_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[object]] = []
    monkeypatch.setattr(terminal, "print_list", lambda lines, head: told.append(list(lines)))
    for count in (100, 101):
        terminal.show_problems([Problem("a", "b")] * count)
    assert [(len(lines), lines[-1]) for lines in told] == [(100, Problem("a", "b")), (101, "and 1 more")]
    drawn: list[str] = []
    monkeypatch.setattr(st, "markdown", drawn.append)
    register_said.listed(["w"] * 50)
    assert drawn == ["- w"] * 50
    drawn.clear()
    register_said.listed(["w"] * 52)
    assert drawn == [*["- w"] * 50, "- and 2 more"]


def test_who_waits_on_a_page_is_told_for_what(real: Qualification, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    @contextmanager
    def spinner(text: str) -> Iterator[None]:
        shown.append(text)
        yield

    monkeypatch.setattr(st, "spinner", spinner)
    monkeypatch.setattr(portfolio_answers, "_remembered", lambda name, keys, make: keys)
    waiting: Any = [object()] * 3
    portfolio_answers.judgements_of(real, waiting, real)  # type: ignore[arg-type]
    monkeypatch.setattr(session_store, "remembered", lambda key, make: [])
    monkeypatch.setattr(cpd, "_key", lambda intent: ())
    under: Any = SimpleNamespace(intent=None)
    cpd._plans(under, [])
    monkeypatch.setattr(invented, "_begin", lambda: None)
    monkeypatch.setattr(invented, "in_force", lambda: None)
    monkeypatch.setattr(register_desk, "in_use", lambda: "a register")
    monkeypatch.setattr(portfolio, "held", lambda: SimpleNamespace(unfiled=()))
    monkeypatch.setattr(st, "button", lambda *words, **named: True)
    monkeypatch.setattr(st, "switch_page", lambda page: None)
    there: Any = None
    invented.offer(there)
    assert shown == ["Judging 3 learners", "Planning under every reading", "Inventing a centre"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("unexpected end of data", "a quotation mark is opened and never closed"),
        ("',' expected after '\"'", "text stands after a closing quotation mark"),
        (
            "field larger than field limit (131072)",
            f"a cell has more than {csv.field_size_limit():,} characters, or a quotation mark is never closed",
        ),
        ("line contains NUL", "is not CSV (line contains NUL)"),
    ],
)
def test_what_is_no_csv_is_told_in_our_words(error: str, words: str) -> None:
    assert _in_words(csv.Error(error)) == words


def test_who_says_that_a_unit_is_achieved_keeps_how_others_were(
    real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, other = "D/503/0352", "T/503/0342"
    made = plan(real, held=[f"{held}=rpl"])
    told: dict[str, Wishes] = {}
    monkeypatch.setattr(plan_rows, "_choice", lambda plan, label, wishes, key: told.update({label: wishes}))
    plan_rows._details(made, real.by_ref[other])
    assert told["I have achieved it"].held == {held, other}
    assert told["I have achieved it"].ways == {(held, "rpl")}


def test_who_waits_for_a_file_is_told_for_which(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown: list[tuple[str, bool]] = []

    @contextmanager
    def progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
        shown.append((what, quiet))
        yield lambda done, total: None

    monkeypatch.setattr(console, "progress", progress)
    file = tmp_path / "some.csv"
    file.write_text("learner,ref,status\nL1,D/503/0352,planned\n", encoding="utf-8")
    kept = ("--register", str(tmp_path / "kept.sqlite3"), "--as", "Ann Example")
    run("register", "import", str(file), *kept)
    run("timeline", str(file), "--json")
    assert shown == [("Reading some.csv", False), ("Learners", True)]
