"""The invented centre: it is whole and alive on any day, and nothing of it outlives the program that made it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from planner import Qualification
from planner.catalogue.loading import REGISTER_VARIABLE, load_all
from planner.cli import serve
from planner.portfolio.verdict import judge
from planner.records.portfolios import STATUSES
from planner.register import Kept, Register
from planner.register.demo import ASSESSORS, IQA, MANAGER, invent
from planner.timeline.questions import Learner, Terms
from planner.timeline.timelines import timeline
from tests.test_numbers import Run, run

__all__ = ["run"]

TODAY = date(2026, 11, 30)

Centre = tuple[Register, tuple[Kept, ...]]


def invented(folder: Path, qualification: Qualification, today: date) -> Centre:
    invent(folder / "centre.sqlite3", qualification, today)
    register = Register(folder / "centre.sqlite3")
    return register, register.load(MANAGER, qualification)


@pytest.fixture(scope="module")
def centre(real: Qualification, tmp_path_factory: pytest.TempPathFactory) -> Centre:
    return invented(tmp_path_factory.mktemp("centre"), real, TODAY)


def test_the_invented_centre_has_45_learners_with_units_of_every_status(centre: Centre) -> None:
    register, kept = centre
    assert len({each.learner for each in kept}) == len({each.request.name for each in kept}) == 45
    assert Counter(entry.status for each in kept for entry in each.portfolio.entries) == {
        "planned": 98, "in progress": 56, "submitted": 7, "assessed": 18, "verified": 50, "claimed": 85,
    }  # fmt: skip
    assert [(person.name, person.roles) for person in register.people(MANAGER)] == [
        *((name, ("assessor",)) for name in ASSESSORS), (IQA.name, ("IQA",)), (MANAGER.name, ("manager",)),
    ]  # fmt: skip
    assert Counter(each.portfolio.details.assessor for each in kept) == dict.fromkeys(ASSESSORS, 15)
    assert {each.iqa for each in kept} == {IQA.name}
    assert [each.learner for each in kept if each.breaks] == ["L08"]
    assert all(each.wished and each.request.wishes.tasks for each in kept)
    assert {each.portfolio.details.hours_per_week for each in kept} == {2, 7, 8, 9, 10, 12}


def test_its_assessors_decided_one_decision_was_withdrawn_and_one_unit_sent_back(centre: Centre) -> None:
    register, kept = centre
    decisions = [decision for each in kept for decision in each.portfolio.decisions]
    assert [(decision.kind, decision.in_force) for decision in decisions] == [
        ("recognise", True), ("transfer", True), ("accept", False),
    ]  # fmt: skip
    told = [str(event) for event in register.history(MANAGER)]
    (back,) = [words for words in told if "status from assessed to in progress" in words]
    assert back.startswith("2026-11-29 09:0")
    assert "Ivy Verifier (IQA)" in back
    assert back.endswith(
        "because: The second call is not dated, and nothing shows how the caller's identity was checked."
    )


def test_its_history_is_whole_and_spread_over_seven_months(centre: Centre) -> None:
    register, _ = centre
    found = register.verify(MANAGER)
    assert (found.intact, found.events) == (True, 1297)
    days = [event.at.date() for event in register.history(MANAGER)]
    assert days == sorted(days)
    assert (days[0], days[-1]) == (date(2026, 5, 3), date(2026, 11, 29))
    assert {day.month for day in days} == set(range(5, 12))


def test_every_step_of_a_unit_was_taken_in_order_and_none_after_today(centre: Centre) -> None:
    register, kept = centre
    steps = 0
    for each in kept:
        for entry in each.portfolio.entries:
            dates = [day for day in (entry.started, entry.assessed, entry.verified) if day]
            assert dates == sorted(dates)
            assert all(day < TODAY for day in (*dates, *([entry.date] if entry.date else [])))
            assert bool(entry.evidence) == (entry.status != "planned")
            assert (entry.verified is not None) == (entry.status in ("verified", "claimed"))
            steps += len(dates)
        statuses = [event for event in register.history(MANAGER, each.registration) if "status" in str(event)]
        assert all("assessed to claimed" not in str(event) for event in statuses)
    assert steps == 3 * (50 + 85) + 2 * 18 + 7 + 56


def test_some_are_behind_one_cannot_finish_and_three_are_done(centre: Centre, real: Qualification) -> None:
    _, kept = centre
    found = {
        each.learner: timeline(Learner.judged(judge(real, each.portfolio, today=TODAY)), Terms(TODAY)).status
        for each in kept
    }
    assert Counter(found.values()) == {"on track": 34, "behind": 7, "complete": 3, "cannot finish": 1}
    assert found["L17"] == "cannot finish"
    assert {"L05", "L11", "L23", "L29", "L38"} < {
        name for name, status in found.items() if status == "behind"
    }


def test_the_centre_is_the_same_on_another_day_with_all_dates_moved(
    centre: Centre, real: Qualification, tmp_path: Path
) -> None:
    def told(kept: tuple[Kept, ...], today: date) -> list[object]:
        found: list[object] = []
        for each in kept:
            details = each.portfolio.details
            assert details.start
            found.append(
                (each.learner, details.name, details.assessor, today - details.start, each.request.wishes)
            )
            found += [
                (entry.ref, entry.status, entry.evidence, entry.progress, today - (entry.date or today))
                for entry in each.portfolio.entries
            ]
        return found

    later = TODAY + timedelta(days=500)
    _, kept = invented(tmp_path, real, later)
    assert told(kept, later) == told(centre[1], TODAY)


@pytest.mark.parametrize("number", ["601/0143/X", "603/3646/8"])
def test_it_is_alive_under_the_other_qualifications_on_file(number: str, tmp_path: Path) -> None:
    register, kept = invented(tmp_path, load_all()[number], TODAY)
    assert len(kept) == 45
    assert register.verify(MANAGER).intact
    found = Counter(entry.status for each in kept for entry in each.portfolio.entries)
    assert found.keys() == set(STATUSES[:6])


# It goes with the program

PROGRAM = """
import sys, time
from datetime import date
from planner import load
from planner.register import demo
demo.invent = lambda address, *_: open(address, "w").close()
print(demo.in_passing(load(), date(2026, 11, 30)), flush=True)
assert demo.in_passing(load(), date(2026, 11, 30)) == demo.in_passing(load(), date(2026, 11, 30))
time.sleep(float(sys.argv[1]))
"""


@contextmanager
def program(seconds: float) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A program with an invented centre, in a session of its own, and where the centre is kept."""
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert running.stdout is not None
        yield running, Path(running.stdout.readline().strip())
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate(timeout=30)


@pytest.mark.parametrize("number", [None, signal.SIGINT, signal.SIGKILL])
def test_nothing_of_it_is_left_however_the_program_ends(number: signal.Signals | None) -> None:
    with program(300 if number else 0) as (running, kept):
        assert kept.name == "invented-centre.sqlite3"
        if number:
            assert kept.exists()
            os.killpg(running.pid, number)  # as a terminal does: to every process of the program
        running.wait(timeout=60)
        deadline = time.monotonic() + 60
        while kept.parent.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)


# The command


def test_the_page_is_opened_with_the_invented_centre(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.sqlite3"
    found: list[str] = []
    monkeypatch.setenv(REGISTER_VARIABLE, str(mine))
    monkeypatch.setattr("planner.register.demo.in_passing", lambda found, today: f"{found.id} of {today}")
    monkeypatch.setattr(serve, "_run", lambda *_: found.append(os.environ[REGISTER_VARIABLE]))
    code, out, _ = run("app", "--demo", "--no-browser")
    assert (code, found) == (0, [f"600/5106/1 of {datetime.now():%Y-%m-%d}"])
    end = r" with an invented centre, which is thrown away at the end \(end it with Ctrl-C\)\.\n"
    assert re.fullmatch(rf"The planner opens at http://[\w.:]+{end}", out)
    assert not mine.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--register", "x.sqlite3"], "--register"),
        (["--no-register"], "--no-register"),
        (["--on-network"], "--on-network"),
        (["--register", "x.sqlite3", "--allow-host", "a.example"], "--register and --allow-host"),
    ],
)
def test_a_centre_in_two_places_at_once_is_refused_in_one_sentence(
    options: list[str], words: str, run: Run
) -> None:
    code, out, err = run("app", "--demo", "--no-browser", *options)
    assert (code, out) == (2, "")
    assert err == f"error: --demo: is a register of its own, for this machine alone: leave out {words}\n"
