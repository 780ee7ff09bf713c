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

from planner import DataError, Qualification, Wishes, plan
from planner.catalogue.sentences import worked_out
from planner.cli import console, terminal
from planner.cpd import scheme
from planner.cpd.scheme import unknown_activity
from planner.errors import Problem, nearest
from planner.files.headers import Shape
from planner.files.sheets import _in_words, grids
from planner.files.tables import read_tables
from planner.pages.development import cpd
from planner.pages.learners import invented, learners_here, portfolio_answers
from planner.pages.my_units import plan_bar, plan_rows
from planner.pages.shared import (
    address,
    faults,
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
from planner.register.texts import _wrong
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


def listed(count: int) -> tuple[int, str]:
    """How many lines are made of so many problems of a file, and the last."""
    lines = session_store._listed([Problem("a", "b")] * count).splitlines()
    return len(lines), lines[-1]


def hinted(length: int) -> bool:
    """Whether a text of so many letters, all but the last a title, is told what it is most like."""
    title = "w" * (length - 1)
    reading: Any = SimpleNamespace(activities={title: SimpleNamespace(title=title)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheme, "nearest", lambda text, known: "; like it")
        return unknown_activity(reading, f"{title}y").endswith("; like it")


def caused(count: int) -> int:
    """How many errors are told of so many that caused each other."""
    error: Exception | None = None
    for _ in range(count):
        after = ValueError()
        after.__cause__ = error
        error = after
    assert error is not None
    return faults.places(error).count("ValueError")


def called(count: int) -> int:
    """How many calls are told of an error so many calls deep."""

    def deeper(left: int) -> None:
        if left > 1:
            deeper(left - 1)
        raise ValueError

    try:
        deeper(count - 1)
    except ValueError as error:
        return faults.places(error).count(".py:")
    return 0


def header_found_at(row: int) -> bool:
    """Whether a table is read of which the header stands in this row, below others that say something else."""
    text = "note,\n" * (row - 1) + "learner,ref\nL1,R1\n"
    try:
        return bool(
            read_tables("t.csv", grids("t.csv", text.encode()), [Shape("Units", ("learner", "ref"))]).parts
        )
    except DataError:
        return False


def guessed_from(fitting: int) -> bool:
    """Whether a column without its name is known for what it holds, of which so many of ten values are like it."""
    values = [f"R{n}" if n < fitting else f"x{n}" for n in range(10)]
    text = "learner,what\n" + "".join(f"L{n},{value}\n" for n, value in enumerate(values))
    shape = Shape("Units", ("learner", "ref"), looks={"ref": lambda value: value.startswith("R")})
    try:
        return bool(read_tables("t.csv", grids("t.csv", text.encode()), [shape]).parts)
    except DataError:
        return False


LONGEST_BREAK = "must be its first and last day, such as 2026-08-01:2026-08-14"


@pytest.mark.parametrize(
    ("said", "at", "beyond"),
    [
        (lambda more: nearest("w" * (99 + more) + "y", ["w" * 100]) != "", True, False),
        (lambda more: broken_off(1_000 + more), "", LONGEST_BREAK),
        (lambda more: broken_off(-more), "", LONGEST_BREAK),
        (lambda more: shortened("w" * (80 + more)), "w" * 80, "w" * 79 + "…"),
        (lambda more: shortened("w" * (60 + more), file_reading.SHORT), "w" * 60, "w" * 59 + "…"),
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
        (lambda more: listed(20 + more), (20, "- a\\: b"), (21, "- and 1 more")),
        (lambda more: hinted(200 + more), True, False),
        (lambda more: len(_wrong("policy", "w" * (30_000 + more))), 0, 1),
        (lambda more: len(_wrong("note", "w" * (4_000 + more))), 0, 1),
        (lambda more: caused(5 + more), 5, 5),
        (lambda more: caused(5 - more), 5, 4),
        (lambda more: called(12 - more), 12, 11),
        (lambda more: called(12 + more), 12, 12),
        (lambda more: header_found_at(50 + more), True, False),
        (lambda more: guessed_from(8 - more), True, False),
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
    waiting: Any = SimpleNamespace(
        portfolios=[object()] * 3, asks=lambda number: None, goals=lambda number: ()
    )
    portfolio_answers.judgements_of(real, waiting, frozenset())
    monkeypatch.setattr(session_store, "remembered", lambda key, make: [])
    monkeypatch.setattr(cpd, "_key", lambda intent: ())
    under: Any = SimpleNamespace(intent=None)
    cpd._plans(under, [])
    monkeypatch.setattr(invented, "_begin", lambda: None)
    monkeypatch.setattr(invented, "in_force", lambda: None)
    monkeypatch.setattr(register_desk, "in_use", lambda: "a register")
    monkeypatch.setattr(learners_here, "held", lambda: SimpleNamespace(unfiled=()))
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
    def progress_bar(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
        shown.append((what, quiet))
        yield lambda done, total: None

    monkeypatch.setattr(console, "progress_bar", progress_bar)
    file = tmp_path / "some.csv"
    file.write_text("learner,ref,status\nL1,D/503/0352,planned\n", encoding="utf-8")
    kept = ("--register", str(tmp_path / "kept.sqlite3"), "--as", "Ann Example")
    run("register", "import", str(file), *kept)
    run("timeline", str(file), "--json")
    assert shown == [("Reading some.csv", False), ("Learners", True)]
