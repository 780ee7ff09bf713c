"""What is seldom said: the sentences to which only odd input leads, each once."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import planner
from planner import DataError, Problem, Qualification
from planner.authoring.lint import check
from planner.files.text_files import read_text
from planner.records.agreed import read_agreed
from planner.records.cohort_rows import read_cohort
from planner.records.portfolio_files import portfolio_file
from planner.records.wishes import read_held
from tests.conftest import SMALL_RULES
from tests.test_cli import Run, run

__all__ = ["run"]

Small = Callable[..., Path]


def said(problems: object) -> list[str]:
    return [str(problem) for problem in problems]  # type: ignore[attr-defined]


def refused(act: Callable[[], object]) -> list[str]:
    with pytest.raises(DataError) as told:
        act()
    return said(told.value.problems)


def test_rows_of_one_learner_that_disagree_about_the_registration(real: Qualification) -> None:
    rows = (
        "learner,ref,status,site,hours_per_week\n"
        "L1,D/503/0352,assessed,Leeds,7\nL1,L/601/0933,planned,York,169\nL1,H/503/0403,planned,Leeds,\n"
    )
    found = portfolio_file(real, "p.csv", rows.encode())
    assert said(found.problems) == [
        "p.csv, row 3, hours_per_week = '169': must be whole hours from 1 to 168; the row is read without it",
        "p.csv, row 3, site = 'York': another row of this learner says Leeds, which is taken",
    ]
    (portfolio,) = found.portfolios
    assert (portfolio.details.site, portfolio.details.hours_per_week, len(portfolio.entries)) == (
        "Leeds",
        7,
        3,
    )


def test_units_held_in_a_way_that_is_none(real: Qualification) -> None:
    held, ways = read_held(real, ["D/503/0352=RPL", "H/503/0403"], "--held")
    assert held == {"D/503/0352", "H/503/0403"}
    assert dict(ways)["D/503/0352"] == "rpl"
    ways_known = "achieved, rpl, transfer, exempt"
    assert refused(lambda: read_held(real, ["D/503/0352=luck", "Z/1=rpl"], "--held")) == [
        f"--held = 'D/503/0352=luck': must be a ref alone, or with how it came to be held: {ways_known}",
        "--held = 'Z/1': no unit of this qualification has this ref",
    ]


def test_a_cohort_that_names_several_things_that_are_not_there(real: Qualification) -> None:
    rows = "learner,held,tasks,pins\nL1,Z/111/1111=rpl,juggling;fencing,\nL2,,,X/1;Y/2\nL3,,,\n"
    requests, problems = read_cohort(real, "c.csv", rows.encode())
    assert said(problems) == [
        "c.csv, row 2, held = 'Z/111/1111': no unit of this qualification has this ref; did you mean M/601/1511?",
        "c.csv, row 2, tasks = 'juggling;fencing': no such task; a task is written as its id, such as inbound-calls",
        "c.csv, row 3, pins = 'X/1;Y/2': no unit of this qualification has this ref: X/1, Y/2",
    ]
    assert [request.learner for request in requests] == ["L3"]


def test_a_file_that_is_a_folder(tmp_path: Path) -> None:
    assert refused(lambda: read_text(tmp_path)) == [f"{tmp_path}: cannot be read: Is a directory"]


def test_a_calendar_agreed_that_ends_before_it_begins(real: Qualification) -> None:
    rows = (
        "learner,ref,start,finish\nL1,D/503/0352,2026-03-02,2026-03-01\nL1,Z/1,2026-03-02,2026-03-09\n"
        "L1,H/503/0403,2026-03-02,2026-03-02\n"
    )
    agreed, problems = read_agreed(real, "a.csv", rows.encode())
    assert said(problems) == [
        "a.csv, row 2, finish = '2026-03-01': lies before start",
        "a.csv, row 3, ref = 'Z/1': no unit of this qualification has this ref",
    ]
    assert agreed == {"L1": {"H/503/0403": (date(2026, 3, 2), date(2026, 3, 2))}}


def test_problems_cross_to_another_process_whole() -> None:
    error = DataError([Problem("file.csv", "is odd", 3, "ref", "x", code="read")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


# The lint


def test_what_an_award_asks_for_outside_and_by_shares_is_counted_among_the_achieved(small: Small) -> None:
    text = """
[[rule]]
id = "first"
text = "O1 counts only once X9 is achieved"
unit = "O1"
requires_held = "X/900/0009"
[[rule]]
id = "new"
text = "at least 50% of the credits are new"
count = "credits"
at_least_percent = 50
where = { held = false }
[[rule]]
id = "core"
text = "O1"
where = { ref = "O1" }
all = true
"""
    found = {
        remark.id: remark.text
        for remark in check(planner.load("Q1", small(small=SMALL_RULES + text))).remarks
    }
    words = "The rules can only be met with units already achieved (1 at least); figures and rules were not looked at."
    assert found["needs-achieved"] == words


def test_a_share_that_a_sentence_says_otherwise_or_in_words_that_nobody_reads(small: Small) -> None:
    rule = """
[[rule]]
id = "part"
text = "at least {} of the credits are of group O"
count = "credits"
at_least_percent = 50
where = {{ group = "O" }}
"""

    def remarks(amount: str) -> list[tuple[str, str]]:
        found = check(planner.load("Q1", small(small=SMALL_RULES + rule.format(amount))))
        return [(each.severity, each.text) for each in found.remarks if each.id == "sentence-part"]

    assert remarks("50%") == []
    assert remarks("half") == []
    wrong = "“at least 40% of the credits are of group O” says 40% and not what the rule asks (50%)."
    assert remarks("40%") == [("error", wrong)]
    unread = (
        "“at least two thirds of the credits are of group O” names an amount that was not read (2 thirds)"
    )
    assert remarks("two thirds") == [("notice", f"{unread}, so nobody has compared it.")]


# The command line


def test_more_breaks_than_are_read_are_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("learner,ref,status\nL1,D/503/0352,planned\n", encoding="utf-8")
    breaks = [part for day in range(1, 29) for part in ("--break", f"2026-02-{day:02}:2026-02-{day:02}")][:14]
    code, _, err = run(
        "timeline", tmp_path / "t.csv", "--start", "2026-01-05", "--target", "2026-12-18", *breaks
    )
    assert (code, err) == (2, "error: --break: may be given 6 times at most\n")


def test_a_register_that_is_up_to_date_says_so(run: Run) -> None:
    code, out, err = run("register", "update", "--as", "Mia Example")
    assert (code, out, err) == (0, "The register is up to date.\n", "")


def test_learners_of_a_qualification_that_is_not_on_file_are_not_left_out_in_silence(
    run: Run, small: Small, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("learner,ref,status\nL1,D/503/0352,planned\n", encoding="utf-8")
    assert run("register", "import", tmp_path / "t.csv", "--as", "Mia Example")[0] == 0
    out = tmp_path / "all.xlsx"
    code, _, err = run("register", "export", out, "--as", "Mia Example", "--data", small())
    message = "is not on file, and learners are registered for it: give its data folder with --data"
    assert (code, err) == (2, f"error: 600/5106/1: {message}\n")
    assert not out.exists()
