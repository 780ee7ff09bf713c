"""JSON and sentences of professional development, recognition, the diary and standings, by literal values.

The answers are those of `tests.by_hand`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from planner.catalogue.remarks import Remark
from planner.cpd.contradictions import SchemeReport
from planner.cpd.cycle_plan import Clash, CyclePlan, Step
from planner.cpd.intent import Intent
from planner.cpd.log import CpdLog, LogEntry, Recent, to_csv
from planner.cpd.tracking import tracker
from planner.errors import DataError
from planner.portfolio.progression import Standing
from planner.recognition.renewals import Appointment, appointments
from planner.timeline.choices import ChoiceCost
from tests.by_hand import (
    ALL_POINTS,
    CAREER,
    CYCLE_PLAN,
    ESSAY,
    JUDGEMENT,
    LOG,
    NO_PLAN,
    READING,
    SCHEME,
    TALKS_2,
    TEA,
    TODAY,
)
from tests.test_careertables import PROFILE

READING_JSON = {
    "scheme": "tea",
    "reading": "plain",
    "title": "The plain reading",
    "designation": "Master of Tea",
    "body": "Body of Tea",
    "region": "Nowhere",
    "source": "the book of tea",
    "verified": "2026-11-21",
}


def finding(
    rule: str, text: str, measured: int, low: int | None, high: int | None, holds: bool
) -> dict[str, Any]:
    return {
        "rule": rule,
        "text": text,
        "measured": measured,
        "at_least": low,
        "at_most": high,
        "holds": holds,
    }


# Cycles


def activity(ref: str, year: int, done: int, counted: int, new: int, points: int) -> dict[str, Any]:
    return {"ref": ref, "year": year, "done": done, "counted": counted, "new": new, "points": points}


def test_the_json_of_a_cycle() -> None:
    assert CYCLE_PLAN.to_json() == {
        "scheme": READING_JSON,
        "status": "infeasible",
        "year": 2,
        "activities": [
            activity("speech", 1, 3, 2, 0, 6),
            activity("essay", 1, 1, 1, 0, 5),
            activity("speech", 2, 0, 1, 1, 3),
            activity("essay", 2, 0, 1, 1, 5),
        ],
        "points": 19,
        "new_minutes": 135,
        "findings": [
            finding("year-1", "8 points in year 1", 11, 8, None, True),
            finding("talks-2", "no more than 9 points of talks in year 2", 3, None, 9, True),
            finding("work", "15 to 40 points of talks and essays", 19, 15, 40, True),
            finding("all", "20 points in all", 19, 20, None, False),
            finding("twice", "a speech counts twice in year 1", 2, None, 2, True),
        ],
        "goals": [
            {"id": "hours", "value": 135, "bound": 135, "proven": True},
            {"id": "activities", "value": 2, "bound": 1, "proven": False},
        ],
        "conflict": {"rules": ["all"], "pins": [], "excludes": ["prize"], "years": [1]},
        "lost": ["all"],
        "data": "fedcba9876543210",
    }
    assert CYCLE_PLAN.summary() == {"id": "plain", "status": "infeasible", "points": 19, "new_minutes": 135}


def test_the_json_of_a_cycle_that_is_not_decided() -> None:
    none = CyclePlan(READING, Intent({"prize in year 1": 1}), "unknown")
    found = none.to_json()
    assert found["activities"] == [activity("prize", 1, 1, 0, 0, 0)]
    assert (found["points"], found["new_minutes"], found["conflict"]) == (None, None, None)
    assert none.summary() == {"id": "plain", "status": "unknown", "points": None, "new_minutes": None}
    assert none.surplus == {}
    assert tracker(none) == ()


def test_the_json_of_the_tracker() -> None:
    told = [cell.to_json() for cell in tracker(CYCLE_PLAN)]
    assert len(told) == 5 * 3  # three categories, two of them together, all; two years and the cycle
    assert told[9:12] == [
        {"category": "talk+alone", "title": "Talks + Alone", "year": year, "earned": earned, "planned": planned,
         "at_least": low, "at_most": high}
        for year, earned, planned, low, high in ((1, 11, 0, None, None), (2, 0, 8, None, None), (None, 11, 8, 15, 40))
    ]  # fmt: skip
    assert told[12] == {
        "category": None, "title": "All together", "year": 1, "earned": 11, "planned": 0, "at_least": 8,
        "at_most": None,
    }  # fmt: skip
    assert told[1]["at_most"] == 9


def test_points_of_a_category_and_a_year() -> None:
    assert [CYCLE_PLAN.points_of(year=year) for year in (1, 2)] == [11, 8]
    assert [CYCLE_PLAN.points_of(name) for name in ("talk", "alone", "cups")] == [9, 10, 0]
    assert CYCLE_PLAN.points_of("talk", 2, done=True) == 0
    assert CYCLE_PLAN.points_of(done=True) == 11
    assert Step(ESSAY, 2, 3, 135).points == 15


@pytest.mark.parametrize(
    ("clash", "words"),
    [
        (Clash((ALL_POINTS, TALKS_2)),
         "No choice of activities meets these rules: “20 points in all”; “no more than 9 points of talks in year 2”."),
        (Clash((ALL_POINTS,), excludes=("prize",)),
         "You left out “Win a prize”. This cannot stand under: “20 points in all”."),
        (Clash((ALL_POINTS,), years=(1, 2)),
         "Year 1 is over and year 2 is over. These cannot stand together under: “20 points in all”."),
        (Clash((), ("essay", "speech"), ("speech",), (1,), (1, 3)),
         "You asked for “Write an essay”, you asked for “Give a speech”, 3 times, you left out “Give a speech” and "
         "year 1 is over. These cannot stand together."),
    ],
)  # fmt: skip
def test_a_clash_is_said_in_words(clash: Clash, words: str) -> None:
    assert clash.in_words(READING) == words


def test_the_points_of_the_last_year_in_words_and_as_json() -> None:
    recent = Recent(date(2025, 11, 23), TODAY, 8, 2, 0)
    assert recent.in_words == "8 points from 2025-11-23 to 2026-11-22."
    assert replace(recent, undated=1).in_words == (
        "8 points from 2025-11-23 to 2026-11-22; 1 entry without a date is left out."
    )
    assert replace(recent, undated=2).in_words == (
        "8 points from 2025-11-23 to 2026-11-22; 2 undated entries are left out."
    )
    assert replace(recent, undated=2).to_json() == {
        "first": "2025-11-23", "last": "2026-11-22", "points": 8, "dated": 2, "undated": 2,
    }  # fmt: skip


def test_a_log_row_by_row() -> None:
    assert to_csv(LOG).decode("utf-8-sig").splitlines() == [
        "activity,date,year,times,minutes,note",
        "speech,2025-05-01,1,2,200,in the hall",
        "speech,,1,1,,",
        "essay,2025-06-01,1,1,,",
    ]
    assert LOG.done == {"speech in year 1": 3, "essay in year 1": 1}
    assert (LOG.last_year, CpdLog(READING).last_year) == (1, 1)
    assert CpdLog(READING, (LogEntry("speech", 2), LogEntry("essay", 1))).last_year == 2


def test_the_json_of_a_scheme() -> None:
    report = SchemeReport("tea", (READING,), (Remark("notice", "n", "x"), Remark("fine", "f", "y")))
    assert report.to_json() == {
        "scheme": "tea",
        "ok": True,
        "readings": [{**READING_JSON, "data": "fedcba9876543210"}],
        "remarks": [
            {"severity": "notice", "id": "n", "text": "x"},
            {"severity": "fine", "id": "f", "text": "y"},
        ],
    }
    assert not replace(report, remarks=(Remark("error", "e", "x"),)).ok


# Recognition


def test_the_json_of_a_career() -> None:
    told = CAREER.to_json(TODAY)
    awards = told.pop("awards")
    assert told == {
        "scheme": "cup",
        "title": "Order of the Cup",
        "body": "Body of Tea",
        "region": "Nowhere",
        "about": "person",
        "source": "the book of cups",
        "verified": "2026-11-21",
        "facts": {"signed": 1, "service": 22, "age": 0, "exams": 2, "rest": 7},
        "said": ["signed", "service", "exams", "rest"],
        "reached": ["bronze", "plain"],
        "next": "still",
        "notes": ["Cups are lent."],
        "data": "",
    }
    assert awards[1] == {
        "id": "silver",
        "title": "Silver cup",
        "reached": False,
        "held": False,
        "decides": "The king decides.",
        "findings": [
            finding("signature", "It is signed", 1, 1, None, True),
            finding("served", "Two years of service", 22, 24, None, False),
        ],
        "missing": [{"fact": "service", "have": 22, "need": 24, "text": "Months of service"}],
        "unsaid": [],
        "earliest": "2027-01-22",
    }
    assert [(a["reached"], a["held"], a["missing"], a["unsaid"], a["earliest"]) for a in awards[:1] + awards[2:]] == [
        (True, True, [], [], None),
        (False, False, None, ["age"], None),
        (True, False, [], [], None),
        (False, False, [], ["rest"], None),
    ]  # fmt: skip
    assert replace(CAREER, reaches=CAREER.reaches[:1]).to_json(TODAY)["next"] is None


def test_the_json_of_a_job_profile() -> None:
    assert PROFILE.to_json() == {
        "title": "Tea taster",
        "other_names": ["Sipper", "Nipper"],
        "region": "Nowhere",
        "summary": "Tastes tea.",
        "salary_gbp": {"starter": 9_000, "experienced": 21_000},
        "hours_a_week": {"least": 30, "most": 40},
        "patterns": ["in the morning"],
        "environment": "in a kitchen",
        "career_tips": ["Stay awake"],
        "bodies": ["Body of Tea"],
        "skills": ["patience"],
        "day": [{"text": "sip", "tasks": ["pour"]}, {"text": "spit", "tasks": []}],
        "groups": [],
        "attribution": "Invented for the tests",
        "source": "the book of jobs",
        "verified": "2026-11-21",
    }


# The diary


def test_an_appointment_as_json_and_the_name_that_calendars_know_it_by() -> None:
    found = Appointment(date(2027, 1, 1), SCHEME, SCHEME.awards[1], SCHEME.recurring[0])
    assert found.to_json() == {
        "day": "2027-01-01",
        "title": "Polish due: Order of the Cup",
        "scheme": "cup",
        "award": "silver",
        "source": "the book of cups (compared on 21 November 2026)",
    }
    # Of 3:cup6:silver6:Polish1:610:2027-01-01. Another name would put a second appointment into every calendar.
    assert found.uid == "059cc9837a2b3a281a30ce582bb09979@nvq-planner"


def test_what_is_wrong_with_an_appointment_has_field_and_value() -> None:
    for award, granted, field, value in (
        ("sliver", TODAY, "award", "sliver"),
        ("silver", date(9999, 12, 1), "granted", "9999-12-01"),
    ):
        with pytest.raises(DataError) as refused:
            appointments(SCHEME, award, granted, 1)
        (problem,) = refused.value.problems
        assert (problem.source, problem.field, problem.value) == ("cup", field, value)


# Standings


def test_the_json_of_a_standing() -> None:
    told = Standing(TEA, JUDGEMENT.now).to_json()
    assert told.pop("qualification")["id"] == "Q/7"
    assert told == {
        "rules_met": False,
        "decided": True,
        "counted": ["A/1", "B/3"],
        "surplus": ["B/2"],
        "missing": {
            "units": ["A/4"],
            "to_finish": [],
            "to_start": ["A/4"],
            "not_needed": [],
            "credits": 5,
            "glh": 17,
        },
        "conflicts": [],
        "figures_differ": [],
        "data": "0123456789abcdef",
    }
    lost = Standing(TEA, replace(JUDGEMENT.now, home=NO_PLAN)).to_json()
    assert lost["missing"] == {
        "units": [],
        "to_finish": [],
        "to_start": [],
        "not_needed": [],
        "credits": None,
        "glh": None,
    }
    assert lost["conflicts"][1] == {"rules": ["main"], "pins": [], "excludes": ["A/1"]}
    assert Standing(TEA, JUDGEMENT.now).achieved == ("A/1", "B/2", "B/3")


@pytest.mark.parametrize(("finish", "told"), [(date(2027, 3, 21), "2027-03-21"), (None, None)])
def test_the_json_of_what_a_choice_costs(finish: date | None, told: str | None) -> None:
    assert ChoiceCost("A/4", True, 6, 2, finish).to_json() == {
        "ref": "A/4",
        "counts": True,
        "price": 6,
        "weeks": 2,
        "finish": told,
    }
