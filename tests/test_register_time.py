"""*Who is behind* with the register: whose calendars are shown, which are agreed, and what is told by those."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner import Qualification, load, plan
from planner.pages.learners import time_page, timelines_panel
from planner.pages.shared import visit_memory
from planner.register import Actor, Kept, Register
from planner.register.rows import Wanted, of_plan
from tests.seen import everything
from tests.test_audit_page import BEST, one, opened, ran
from tests.test_register_learners import at, in_time, open_all
from tests.test_register_page import identified, open_register

ANN = Actor("Ann Example")
TODAY = date.today()
START, TARGET = TODAY - timedelta(7), TODAY + timedelta(7 * 52)

COHORT = "\n".join(
    ["learner,name,start,target,hours_per_week", f"L1,Ada Example,{START},{TARGET},10", "L2,Ben Example,,,"]
).encode()


@pytest.fixture
def house(real: Qualification) -> Register:
    """A register with one learner who has dates, and one who has none."""
    register = Register()
    register.import_file(ANN, {real.id: real}, "cohort.csv", COHORT)
    return register


def kept(house: Register) -> dict[str, Kept]:
    return {each.learner: each for each in house.load(ANN, load())}


def found(app: AppTest) -> dict[str, Any]:
    """The timelines that the page shows, by learner."""
    shelf: visit_memory.Shelf = app.session_state[visit_memory.SHELF]
    shown: timelines_panel.FoundTimelines = shelf.items[timelines_panel.FOUND].value
    return {each.learner.learner: each for each in shown.timelines}


def agreed(app: AppTest, name: str = ANN.name) -> AppTest:
    return ran(identified(app, name).button(key="register-save").click())


def said(house: Register, learner: str, **values: Any) -> None:
    house.save_wanted(ANN, load(), [Wanted(learner, **values)], {})


def test_calendars_shown_are_agreed_only_where_somebody_saves_them(house: Register) -> None:
    app = open_all(at(in_time))
    assert {learner: each.status for learner, each in found(app).items()} == {
        "L1": "on track",
        "L2": "no dates",
    }
    assert not any(each.calendar for each in kept(house).values())
    wanted = found(app)["L1"].as_agreed({})
    app = agreed(app)
    assert "Agreed and kept: 1 calendar. With 1 learner nothing is agreed: " in everything(app)
    now = kept(house)
    assert now["L1"].calendar == wanted
    assert now["L1"].agreed == tuple(sorted(found(app)["L1"].learner.plan.units))
    assert (now["L2"].calendar, now["L2"].agreed) == ({}, ())
    told = [each.words for each in house.history(ANN) if "calendar agreed" in each.words]
    assert len(told) == 1
    later = found(open_all(at(in_time)))["L1"]
    assert later.due == {ref: last for ref, (_, last) in wanted.items()}


def test_what_was_assumed_is_kept_with_the_calendar_and_nothing_else_changed(house: Register) -> None:
    app = open_all(at(in_time))
    app.date_input(key="time-start").set_value(TODAY)
    app.date_input(key="time-target").set_value(TARGET - timedelta(7))
    app.number_input(key="time-hours").set_value(12)
    app.number_input(key="time-open").set_value(2)
    app = ran(next(button for button in app.button if button.label == "Work it out with these").click())
    assert found(app)["L2"].status == "on track"
    app = agreed(app)
    assert "Agreed and kept: 2 calendars." in everything(app)
    first, second = (each.portfolio.details for each in kept(house).values())
    assert (first.start, first.target, first.hours_per_week) == (START, TARGET, 10)
    assert (second.start, second.target, second.hours_per_week) == (TODAY, TARGET - timedelta(7), 12)
    assert found(app)["L1"].terms.open_units == 2  # what was chosen for this visit stays
    assert found(open_all(at(in_time)))["L2"].status == "on track"
    head = house.head(ANN)
    agreed(app)
    assert house.head(ANN) == head


def test_the_breaks_of_a_registration_count_and_what_is_none_is_told(house: Register) -> None:
    pause = (TODAY + timedelta(14), TODAY + timedelta(27))
    said(house, "L1", registration={"breaks": f"{pause[0]}:{pause[1]} soon"})
    app = open_all(at(in_time))
    assert found(app)["L1"].terms.breaks == (pause,)
    assert "Could not be read, or is doubted: 1 thing" in everything(app)


def test_who_may_not_agree_keeps_nothing(house: Register) -> None:
    house.add_person(ANN, "Eve Example", ["EQA"])
    app = ran(identified(at(in_time), "Eve Example").button(key="register-open").click())
    app = agreed(app, "Eve Example")
    assert "Eve Example may not change what is kept as EQA" in everything(app)
    assert not any(each.calendar for each in kept(house).values())


def test_who_agrees_over_the_calendar_of_another_is_told(house: Register) -> None:
    app = open_all(at(in_time))
    other = {BEST[0]: (TODAY, TODAY + timedelta(40))}
    app = identified(app)
    said(house, "L1", plan=of_plan(BEST, other))
    app = ran(app.button(key="register-save").click())
    (choice,) = (each for each in app.radio if str(each.key).startswith("register-choice-"))
    assert choice.label.endswith("calendar")
    last = (TODAY + timedelta(40)).strftime("%-d %B %Y")
    assert choice.options[1] == f"Theirs: 1 unit until {last}"
    assert kept(house)["L1"].calendar == other
    choice.set_value("mine")
    ran(ran(app).button(key="register-settle").click())
    assert kept(house)["L1"].calendar.keys() != other.keys()


def test_the_list_of_learners_tells_who_is_behind_by_the_calendar_agreed(house: Register) -> None:
    late = {BEST[0]: (TODAY - timedelta(70), TODAY - timedelta(21))}
    said(house, "L1", plan=of_plan(BEST, late), units={BEST[1]: {"status": "in progress"}})
    app = open_all(at(in_time))
    assert found(app)["L1"].progress.weeks_behind == 3
    people = open_register(opened())
    assert "Behind: 1." in everything(people)
    (weeks, _) = people.dataframe[0].value["Weeks behind"]
    assert weeks == 3
    people.session_state["audit-time"] = True
    assert "3 weeks" in everything(one(people))


def test_the_invented_tracker_has_six_learners_by_the_weeks_they_are_in(real: Qualification) -> None:
    """By hand: weeks since the start and until the planned end, hours, the weeks from the start to each date."""
    today, refs = date.today(), list(plan(real).units)
    many = len(refs)
    expected: dict[str, tuple[int, int, int, list[int], str, str]] = {
        "L01,Ada Example": (20, 32, 8, [4, 8, 12, 16], "in progress", "Ann Example"),
        "L02,Ben Example": (50, 20, 16, [16, 33], "in progress", "Bo Example"),
        "L03,Cara Example": (40, 26, 6, [10, 20, 30], "submitted", "Ann Example"),
        "L04,Dev Example": (8, 44, 7, [2, 5], "submitted", "Bo Example"),
        "L05,Eve Example": (26, 16, 5, [13], "in progress", "Ann Example"),
        "L06,Finn Example": (
            44,
            8,
            8,
            [44 * n // (many + 1) for n in range(1, many + 1)],
            "assessed",
            "Bo Example",
        ),
    }
    rows = ["learner,name,ref,status,date,start,target,hours_per_week,progress,assessor"]
    for who, (since, until, hours, weeks, state, assessor) in expected.items():
        start, target = today - timedelta(7 * since), today + timedelta(7 * until)
        for place, after in enumerate(weeks, start=1):
            status = state if place == len(weeks) else "verified"
            day, done = start + timedelta(7 * after), "40%" if status == "in progress" else ""
            rows.append(f"{who},{refs[place - 1]},{status},{day},{start},{target},{hours},{done},{assessor}")
    assert time_page.example(real).decode("utf-8-sig").splitlines() == rows


def test_who_has_everything_is_counted_as_complete() -> None:
    rows = "\n".join(f"L1,{ref},verified" for ref in BEST)
    assert re.search(
        r"\b1 complete\b", everything(at(in_time, f"learner,ref,status\n{rows}".encode(), "t.csv"))
    )
