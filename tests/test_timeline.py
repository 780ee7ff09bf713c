"""Timelines of learners: statuses, what stands in the way, what helps, who is behind, the command."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from planner import load, plan
from planner.cli import commands
from planner.cli.options import BAD_INPUT, NO, UNDECIDED, YES
from planner.errors import UndecidedError
from planner.planning.result import Plan
from planner.records.agreed import Agreed
from planner.records.portfolios import Details, Entry
from planner.records.wishes import Wishes
from planner.timeline import Learner, Terms, Timeline, timeline, timelines
from planner.timeline.clock import Clock
from planner.timeline.progress import progress

START = date(2026, 1, 5)
UNITS = ("D/503/0352", "T/503/0342", "K/503/0421")
"""Two credits, four and seven: 130 hours."""


def week(number: int) -> date:
    """The last day of a week, counted from 1."""
    return START + timedelta(7 * number - 1)


def learner(units: tuple[str, ...] = UNITS, held: tuple[str, ...] = (), **entries: Entry) -> Learner:
    plan = Plan(load(), Wishes(held=frozenset(held)), "optimal", (*units, *held))
    return Learner("L1", plan, Details(), held, entries={each.ref: each for each in entries.values()})


def terms(**more: Any) -> Terms:
    return Terms(**{"today": START, "start": START, "target": week(26), "hours_per_week": 10, **more})


def asked(known: Learner | None = None, agreed: Agreed | None = None, **more: Any) -> Timeline:
    return timeline(known or learner(), terms(**more), agreed)


def test_the_lowest_peak_is_taken_and_then_the_earliest_finish() -> None:
    """130 hours in 26 weeks are 5 a week, and no fewer."""
    found = asked()
    assert (found.status, found.hours_left, found.least_hours_per_week) == ("on track", 130, 5)
    assert found.finish == week(26)
    assert found.earliest_finish == week(13)  # at ten hours a week
    assert sum(unit.hours for unit in found.units) == 130


def test_nobody_has_a_calendar_without_dates_and_nobody_needs_one_with_everything_done() -> None:
    assert timeline(learner(), Terms(START, START)).status == "no dates"
    assert timeline(learner(()), Terms(START)).status == "complete"


def test_a_learner_without_a_verdict_is_undecided_and_says_why() -> None:
    nobody = Learner("L1", Plan(load(), Wishes(), "unknown"), doubt="two names")
    found = timeline(nobody, terms())
    assert (found.status, found.to_json()["not_judged"]) == ("undecided", "two names")


def test_progress_takes_hours_away_and_what_is_submitted_has_none() -> None:
    known = learner(
        a=Entry("T/503/0342", "in progress", progress=50), b=Entry("K/503/0421", "submitted", progress=10)
    )
    found = asked(known)
    assert found.hours_left == 20 + 20
    assert {unit.ref for unit in found.units} == {"D/503/0352", "T/503/0342"}
    assert found.to_json()["awaiting_credits"] == 7


@pytest.mark.parametrize(
    ("more", "limits", "changes"),
    [
        ({"target": week(12)}, {"target", "hours_per_week"}, {"hours_per_week", "target"}),
        (
            {"target": week(13), "visit_every": 4},
            {"target", "hours_per_week", "visits"},
            {"hours_per_week", "target"},
        ),
        (
            {"target": week(13), "breaks": ((week(2), week(2) + timedelta(1)),)},
            {"target", "hours_per_week", "break"},
            {"hours_per_week", "target", "break"},
        ),
        (
            {"target": week(11), "open_units": 1, "hours_per_week": None},
            {"target", "open"},
            {"target", "open"},
        ),
    ],
)
def test_what_stands_in_the_way_is_minimal_and_each_help_is_enough(
    more: dict[str, Any], limits: set[str], changes: set[str]
) -> None:
    found = asked(**more)
    assert found.status == "cannot finish"
    assert {limit for limit, _ in found.conflict} == limits
    assert {each.change for each in found.helps} - {"units"} == changes
    own = terms(**more)
    helped = 0
    for change, better in {
        "hours_per_week": replace(own, hours_per_week=found.least_hours_per_week),
        "target": replace(own, target=found.earliest_finish),
        "break": replace(own, breaks=()),
        "open": replace(own, open_units=3),
    }.items():
        if change in changes:
            assert timeline(learner(), better).status == "on track", change
            helped += 1
    assert helped == len(changes)


def test_another_choice_of_units_helps_where_it_takes_less_time() -> None:
    """30 credits are planned for fewest guided hours; with a unit of 5 credits for one of 6, a week less is enough."""
    held = ("D/601/0936", "J/502/8577", "T/503/0342")
    best = plan(load(), held=held)
    assert best.credits == 30
    counted = tuple(ref for ref in held if ref in best.units)
    slow = Learner("L1", best, Details(), counted)
    finish = asked(slow, target=week(60)).earliest_finish
    assert finish == date(2026, 4, 26)
    found = asked(slow, target=finish - timedelta(7))
    assert found.status == "cannot finish"
    (help_,) = (each for each in found.helps if each.change == "units")
    assert help_.words == (
        "Provide support through a contact centre for specified products and/or services (L/503/0413) instead of "
        "Support customers and colleagues when providing contact centre services (J/503/0426): finished by "
        "19 April 2026"
    )
    other = plan(load(), held=held, pin=["L/503/0413"], exclude=["J/503/0426"])
    assert set(other.units) == {*best.units, "L/503/0413"} - {"J/503/0426"}
    assert asked(Learner("L1", other, Details(), counted), target=finish - timedelta(7)).status == "on track"
    hopeless = asked(slow, target=finish - timedelta(70))
    assert [each.change for each in hopeless.helps if each.change == "units"] == []


def test_least_hours_and_earliest_finish_are_exact() -> None:
    found = asked(target=week(12))
    assert found.least_hours_per_week is not None
    assert found.earliest_finish is not None
    too_few = asked(target=week(12), hours_per_week=found.least_hours_per_week - 1)
    too_early = asked(target=found.earliest_finish - timedelta(1))
    assert (too_few.status, too_early.status) == ("cannot finish", "cannot finish")


def test_another_choice_of_units_is_one_that_meets_the_target() -> None:
    from planner import plan

    best = plan(load(), pin=["K/503/0421"])
    known = Learner("L1", best)
    hours = int(sum(load().by_ref[ref].credits for ref in best.new_units) * 10)
    shortened = timeline(known, terms(target=week(-(-hours // 10) - 1)))
    assert shortened.status == "cannot finish"


def test_who_is_behind_is_told_by_the_calendar_agreed_and_else_by_the_first_plan() -> None:
    agreed = {"D/503/0352": (START, week(4)), "T/503/0342": (START, week(8))}
    later: dict[str, Any] = {"today": week(10), "target": week(52)}
    assert asked(agreed=agreed, **later).status == "behind"
    found = asked(agreed=agreed, **later).progress
    assert found is not None
    assert (found.expected, found.achieved, found.weeks_behind) == (6, 0, 6)  # weeks 5 to 10
    submitted = learner(a=Entry("D/503/0352", "submitted"), b=Entry("T/503/0342", "submitted"))
    assert asked(submitted, agreed, **later).status == "on track"
    assert asked(today=START).status == "on track"
    assert asked(today=week(20), target=week(52), hours_per_week=10).progress is not None


def test_a_break_freezes_the_clock() -> None:
    due = {"a": week(4), "b": week(8)}
    credits = {"a": 2, "b": 3}
    clock = Clock(START, ((week(5), week(7)),))
    assert progress(due, credits, [], [], Clock(START), week(8)).weeks_behind == 4
    assert progress(due, credits, [], [], clock, week(8)).weeks_behind == 1
    assert progress(due, credits, ["a"], ["b"], clock, week(20)).behind is False


def test_a_calendar_agreed_is_kept_where_it_can_be() -> None:
    first = asked(target=week(40))
    agreed = {unit.ref: (unit.start, unit.finish) for unit in first.units}
    again = asked(agreed=agreed, target=week(40))
    assert {unit.ref: (unit.start, unit.finish) for unit in again.units} == agreed


PORTFOLIO = """learner,ref,status,start,target,hours_per_week,progress
L1,T/503/0342,verified,2026-01-05,2026-12-27,12,
L1,D/503/0352,in progress,2026-01-05,2026-12-27,12,50%
L2,D/503/0352,in progress,2026-01-05,2026-03-29,3,
"""


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["nvq-planner", "timeline", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        commands.main()
    assert isinstance(end.value.code, int)
    return end.value.code


def test_the_command_answers_writes_and_reads_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, book, diary = tmp_path / "p.csv", tmp_path / "t.xlsx", tmp_path / "t.ics"
    file.write_text(PORTFOLIO, encoding="utf-8")
    today = "--today=2026-01-05"
    assert run(monkeypatch, file, today, "--json", "--xlsx", book, "--calendar", diary) == NO
    first = json.loads(capsys.readouterr().out)
    one, two = first["learners"]
    assert (one["status"], two["status"]) == ("on track", "cannot finish")
    assert (one["achieved_credits"], one["hours_left"]) == (4, 230)
    assert {each["limit"] for each in two["conflict"]} >= {"target"}
    events = icalendar.Calendar.from_ical(diary.read_bytes()).walk("VEVENT")
    assert len(events) == len(one["units"]) + len(two["units"])
    assert run(monkeypatch, file, today, "--json", "--keep", book) == NO
    again = json.loads(capsys.readouterr().out)["learners"]
    keys = ("ref", "start", "finish", "hours")
    kept = [[[unit[key] for key in keys] for unit in each["units"]] for each in (one, again[0])]
    assert kept[0]
    assert kept[0] == kept[1]


def test_a_cohort_is_read_as_well_and_registrations_from_a_file_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cohort, beside = tmp_path / "c.csv", tmp_path / "r.csv"
    cohort.write_text("learner,pins,held\nL1,L/601/0933,\nL2,,T/503/0342\n", encoding="utf-8")
    beside.write_text("learner,start,target\nL1,2026-01-05,2026-12-27\n", encoding="utf-8")
    assert run(monkeypatch, cohort, "--learners", beside, "--today=2026-01-05", "--json") == YES
    found = json.loads(capsys.readouterr().out)["learners"]
    assert [each["status"] for each in found] == ["on track", "no dates"]
    assert found[1]["achieved_credits"] == 4
    assert run(monkeypatch, cohort, "--start=2026-01-05", "--target=2026-12-27", "--today=2026-01-05") == YES
    assert "on track" in capsys.readouterr().out


@pytest.mark.parametrize(
    "option", ["--break=2026-01-05", "--break=2026-02-05:2026-01-05", "--start=soon", "--open=0", "--today=x"]
)
def test_what_cannot_be_read_is_refused(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "p.csv"
    file.write_text(PORTFOLIO, encoding="utf-8")
    assert run(monkeypatch, file, option) == BAD_INPUT
    told = capsys.readouterr()
    assert option.partition("=")[0] in told.err
    assert not told.out


def test_of_two_breaks_each_alone_is_made_shorter_or_left_out() -> None:
    """130 hours take 13 weeks of ten: with two breaks of two weeks, one week too many to end after 16."""
    first, second = (week(2) + timedelta(1), week(4)), (week(6) + timedelta(1), week(8))
    found = asked(target=week(16), breaks=(first, second))
    assert found.status == "cannot finish"
    assert [(each.words, each.terms.breaks) for each in found.helps if each.change == "break"] == [
        (
            "the break from 19 January 2026 to 1 February 2026 to end on 25 January 2026",
            ((first[0], week(3)), second),
        ),
        (
            "the break from 16 February 2026 to 1 March 2026 to end on 22 February 2026",
            (first, (second[0], week(7))),
        ),
    ]
    found = asked(target=week(15), breaks=(first, second))
    assert [(each.words, each.terms.breaks) for each in found.helps if each.change == "break"] == [
        ("without the break from 19 January 2026 to 1 February 2026", (second,)),
        ("without the break from 16 February 2026 to 1 March 2026", (first,)),
    ]


def test_who_is_not_decided_in_time_has_a_code_of_their_own_unless_somebody_is_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_ended = {"L1"}
    decided = timelines._decided

    def in_time(found: Timeline, *rest: Any) -> Timeline:
        if found.learner.learner in open_ended:
            raise UndecidedError
        return decided(found, *rest)

    monkeypatch.setattr(timelines, "_decided", in_time)
    file = tmp_path / "p.csv"
    file.write_text(PORTFOLIO, encoding="utf-8")
    assert run(monkeypatch, file, "--today=2026-01-05", "--json") == NO
    found = json.loads(capsys.readouterr().out)["learners"]
    assert [each["status"] for each in found] == ["undecided", "cannot finish"]
    open_ended.add("L2")
    assert run(monkeypatch, file, "--today=2026-01-05", "--json") == UNDECIDED
