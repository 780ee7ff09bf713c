"""An assessor's month, a cohort's line, thresholds and what choices cost: sums made anew from the answers."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import icalendar
import openpyxl
import pytest

from planner import DataError, load, plan
from planner.cli.options import BAD_INPUT, NO
from planner.errors import UndecidedError
from planner.planning.explore import instead
from planner.records.portfolios import Details, Entry, EntryStatus
from planner.timeline import Learner, Timeline, timeline
from planner.timeline.choices import choice_costs
from planner.timeline.clock import Clock
from planner.timeline.line import cohort_line
from planner.timeline.months import month_of
from planner.timeline.progress import progress
from planner.timeline.thresholds import load_thresholds
from tests.strategies import deep
from tests.test_timeline import START, learner, run, terms

CREDITS = {
    "D/503/0352": 2,
    "T/503/0342": 4,
    "K/503/0421": 7,
    "J/503/0426": 5,
    "K/503/0385": 5,
    "L/503/0394": 5,
}
"""The units of the shortest way and their credits, copied by hand."""

STATUSES: tuple[EntryStatus, ...] = ("planned", "in progress", "submitted", "assessed", "verified")


def drawn(number: int) -> Timeline:
    """Somebody in the middle of the shortest way, on some day."""
    draw = random.Random(number)
    today = START + timedelta(draw.randint(0, 200))
    entries = {}
    for ref in draw.sample(sorted(CREDITS), draw.randint(0, 5)):
        day = today - timedelta(draw.randint(0, 100)) if draw.random() < 0.8 else None
        who = draw.choice(["Ada Example", "Bo Example", ""])
        entries[ref] = Entry(ref, draw.choice(STATUSES), date=day, assessor=who)
    held = tuple(sorted(ref for ref, entry in entries.items() if entry.achieved))
    best = plan(load(), held=held, pin=sorted(CREDITS))
    details = Details(assessor=draw.choice(["Ada Example", ""]))
    known = Learner(f"L{number}", best, details, held, entries=entries)
    agreed = (
        {ref: (START, START + timedelta(draw.randint(30, 300))) for ref in CREDITS} if number % 2 else None
    )
    return timeline(known, terms(today=today, target=START + timedelta(363)), agreed)


def test_a_month_has_every_hour_of_its_weeks_and_everything_that_waits() -> None:
    """Month by month the hours add up to all hours, and each unit is due once."""
    found = [drawn(number) for number in range(deep(12, 300))]
    days = [date(2026 + month // 12, month % 12 + 1, 15) for month in range(36)]
    months = [month_of(found, day) for day in days]
    assert sum(month.hours for month in months) == sum(unit.hours for each in found for unit in each.units)
    due = [(task.learner, task.ref) for month in months for task in month.tasks if task.what == "due"]
    assert sorted(due) == sorted((each.learner.learner, unit.ref) for each in found for unit in each.units)
    assert len(due) > 20
    for what, status in {"waiting for assessment": "submitted", "waiting for IQA": "assessed"}.items():
        wanted = sorted(
            (each.learner.learner, ref)
            for each in found
            for ref, entry in each.learner.entries.items()
            if entry.status == status
        )
        assert wanted
        assert all(
            sorted((task.learner, task.ref) for task in month.tasks if task.what == what) == wanted
            for month in months
        )


def test_a_unit_is_due_in_the_month_of_its_last_day_be_it_the_first_or_the_last() -> None:
    one = drawn(1)
    for day, due in ((30, []), (31, ["due"]), (61, ["due"]), (62, [])):
        unit = replace(one.units[0], finish=date(2026, 3, 31) + timedelta(day))  # of May: 1 May is day 31
        found = month_of([replace(one, units=(unit,))], date(2026, 5, 15)).tasks
        assert [task.what for task in found if (task.ref, task.what) == (unit.ref, "due")] == due


def test_the_months_of_all_assessors_together_are_the_month() -> None:
    found = [drawn(number) for number in range(12)]
    whole = month_of(found, date(2026, 5, 1))
    parts = [month_of(found, date(2026, 5, 1), name) for name in ("ada example", "BO EXAMPLE")]
    named = [task for task in whole.tasks if task.assessor]
    assert named
    assert sorted(map(str, named)) == sorted(str(task) for part in parts for task in part.tasks)


def test_twins_are_told_apart_by_level_in_a_month() -> None:
    best = plan(load(), pin=["M/502/4300"])
    email = Learner("L1", best, entries={"M/502/4300": Entry("M/502/4300", "submitted")})
    found = timeline(email, terms(today=START, target=START + timedelta(363)))
    (task,) = [t for t in month_of([found], START).tasks if t.what == "waiting for assessment"]
    assert task.title == "Using Email, level 2"


def test_who_assesses_is_who_the_file_names_for_the_unit_and_else_the_only_one() -> None:
    ada, bo = Entry("D/503/0352", "planned", assessor="Ada"), Entry("T/503/0342", "planned", assessor="Bo")
    assert learner(a=ada).assessor_of("K/503/0421") == "Ada"
    assert learner(a=ada, b=bo).assessor_of("K/503/0421") == ""
    assert learner(a=ada, b=bo).assessor_of("T/503/0342") == "Bo"


def test_a_line_is_the_sum_of_what_each_learner_should_have_and_has() -> None:
    """Today's point is the sum of the progress of all; the expected line is counted anew on every day."""
    found = [drawn(number) for number in range(deep(12, 300))]
    compared = 0
    for each in found:
        assert each.progress is not None
        (now,) = [point for point in cohort_line([each]) if point.day == each.terms.today]
        assert (now.expected, now.reached) == (
            each.progress.expected,
            each.progress.achieved + each.progress.awaiting,
        )
        for point in cohort_line([each]):
            due = sum(CREDITS[ref] for ref, day in each.due.items() if day < point.day)
            beside = sum(CREDITS[ref] for ref in each.learner.counted if ref not in each.due)
            assert point.expected == due + beside
            assert (point.reached is None) == (point.day > each.terms.today)
            compared += 1
    assert compared > 100
    same_day = [each for each in found if each.terms.today == found[0].terms.today]
    assert cohort_line(same_day)[-1].expected >= max(cohort_line([each])[-1].expected for each in same_day)


def test_kept_calendars_tell_by_arithmetic_who_is_behind() -> None:
    """As recomputing them does; expected credits, and whether, are counted anew as well."""
    behind = 0
    credits = {ref: unit.credits for ref, unit in load().by_ref.items()}
    for number in range(1, deep(24, 600), 2):
        again = drawn(number)
        known, own = again.learner, again.terms
        kept = progress(again.due, credits, known.counted, known.awaiting, Clock(START), own.today)
        assert kept == again.progress
        expected = sum(CREDITS[ref] for ref, day in again.due.items() if day < own.today)
        done = sum(CREDITS[ref] for ref, e in known.entries.items() if e.achieved or e.status == "submitted")
        assert kept.behind == (done < expected)
        assert again.status in {"cannot finish", "complete", "behind" if kept.behind else "on track"}
        behind += kept.behind
    assert behind


def test_a_break_is_not_time_without_activity() -> None:
    active = Entry("D/503/0352", "in progress", date=date(2026, 3, 1))
    more: dict[str, Any] = {"today": date(2026, 5, 5), "target": date(2027, 1, 3)}

    def ids(**other: Any) -> set[str]:
        return {flag.id for flag in timeline(learner(a=active), terms(**more, **other)).flags}

    assert "no-activity" in ids()
    assert "no-activity" not in ids(breaks=((date(2026, 4, 1), date(2026, 4, 6)),))
    assert "no-activity" in ids(breaks=((date(2026, 4, 1), date(2026, 4, 5)),))  # sixty days and no fewer


THRESHOLDS = """[[threshold]]
id = "quiet"
text = "a fortnight without anything"
measure = "days without activity"
limit = 14
"""


def test_thresholds_are_data(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text(THRESHOLDS, encoding="utf-8")
    (own,) = load_thresholds(path)
    for days, reached in ((13, False), (14, True)):
        entry = Entry("D/503/0352", "in progress", date=START)
        found = timeline(learner(a=entry), terms(today=START + timedelta(days), thresholds=(own,)))
        assert [flag.text for flag in found.flags] == (["a fortnight without anything"] if reached else [])
    path.write_text(THRESHOLDS * 2 + "limits = 3\n", encoding="utf-8")
    with pytest.raises(DataError, match="limits"):
        load_thresholds(path)
    path.write_text(THRESHOLDS * 2, encoding="utf-8")
    with pytest.raises(DataError, match="another threshold"):
        load_thresholds(path)


def test_what_a_choice_costs_is_what_the_plan_with_it_takes() -> None:
    """The plan with the wish is asked for anew; its calendar at so many hours finishes so many weeks later."""
    best = plan(load())
    own = terms(hours_per_week=10)
    before = timeline(Learner("L", best), own).earliest_finish
    assert before is not None
    found = choice_costs(Learner("L", best), own)
    assert len(found) > 20
    assert {each.counts for each in found} == {True, False}
    hours = sum(load().by_ref[ref].glh for ref in best.units)
    for each in found[:: deep(6, 1)]:
        other = plan(load(), **{"pin" if each.counts else "exclude": [each.ref]})  # type: ignore[arg-type]
        assert each.price == sum(load().by_ref[ref].glh for ref in other.units) - hours
        after = timeline(Learner("L", other), own).earliest_finish
        assert after == each.finish
        assert each.finish is not None
        assert each.weeks == (each.finish - before).days // 7
    assert any(each.weeks for each in found)


FILE = """learner,ref,status,date,start,target,hours_per_week,assessor
L1,D/503/0352,in progress,2026-01-09,2026-01-05,2026-12-27,12,Ada Example
L2,D/503/0352,submitted,2026-01-12,2026-01-05,2026-06-29,8,Bo Example
L2,K/503/0421,assessed,2026-01-12,2026-01-05,2026-06-29,8,Bo Example
"""


def answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object
) -> Mapping[str, Any]:
    run(monkeypatch, *arguments, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_command_shows_prints_and_files_a_month(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, book, diary = tmp_path / "p.csv", tmp_path / "t.xlsx", tmp_path / "t.ics"
    file.write_text(FILE, encoding="utf-8")
    said = (file, "--today=2026-01-20", "--assessor=ada example", "--month=2026-05")
    found = answered(monkeypatch, capsys, *said, "--xlsx", book, "--calendar", diary)["month"]
    assert {task["learner"] for task in found["tasks"]} == {"L1"}
    due = [task["ref"] for task in found["tasks"] if task["what"] == "due"]
    events = icalendar.Calendar.from_ical(diary.read_bytes()).walk("VEVENT")
    assert len(events) == len(due) > 0
    sheet = openpyxl.load_workbook(book).active
    assert sheet is not None
    assert sheet.title == "Month"
    assert sheet.page_setup.orientation == "landscape"
    assert [row[4].value for row in sheet.iter_rows(min_row=6)] == [task["ref"] for task in found["tasks"]]
    waiting = answered(monkeypatch, capsys, file, "--today=2026-01-20", "--assessor=Bo Example")["month"]
    assert waiting["month"] == "2026-01"
    assert {"waiting for assessment", "waiting for IQA"} <= {task["what"] for task in waiting["tasks"]}
    assert run(monkeypatch, *said[:3]) == NO
    assert "January 2026" in capsys.readouterr().out


def test_the_command_prices_choices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "c.csv"
    file.write_text("learner,start,target\nL1,2026-01-05,2026-12-27\nL2,,\n", encoding="utf-8")
    one, two = answered(monkeypatch, capsys, file, "--today=2026-01-05", "--choices")["learners"]
    assert one["choices"]
    assert two["choices"] == []
    weeks = {each["weeks"]: date.fromisoformat(each["finish"]) for each in one["choices"]}
    assert len(weeks) > 1
    (first, *more) = sorted(weeks)
    assert all((weeks[each] - weeks[first]).days == 7 * (each - first) for each in more)
    run(monkeypatch, file, "--today=2026-01-05", "--choices")
    assert "Weeks" in capsys.readouterr().out


def test_a_choice_that_cannot_be_priced_in_time_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*asked: Any) -> Any:
        return replace(instead(*asked), price=None)

    own = terms(start=START)
    assert choice_costs(learner(), own)
    monkeypatch.setattr("planner.timeline.choices.instead", late)
    with pytest.raises(UndecidedError):
        choice_costs(learner(), own)


@pytest.mark.parametrize("option", ["--month=March", "--assessor=Nobody", "--thresholds=absent.toml"])
def test_what_cannot_be_asked_for_is_refused(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.csv"
    file.write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, file, option) == BAD_INPUT
    assert option.partition("=")[2] in capsys.readouterr().err
