"""The command `timeline` with the register: whose calendars it makes, what was agreed, and what is kept."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner import Wishes, load, load_all, plan
from planner.register import Actor, Register
from planner.register.rows import Wanted, of_plan, of_wishes
from tests.strategies import deep
from tests.test_numbers import Run, run

__all__ = ["run"]

REAL = load()
ADA = Actor("Ada Example")
HELD, BEGUN = "D/503/0352", "T/503/0342"
MANDATORY = {unit.ref for unit in REAL.units if unit.group == "A"}


def written(folder: Path, name: str, *rows: str) -> str:
    path = folder / name
    path.write_text("\n".join(rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def tracker(tmp_path: Path) -> str:
    """A learner who has a unit and has begun another."""
    rows = (f"L1,Ann Example,{HELD},assessed,2026-01-02", f"L1,Ann Example,{BEGUN},in progress,")
    return written(tmp_path, "tracker.csv", "learner,name,ref,status,date", *rows)


@pytest.fixture
def dates(tmp_path: Path) -> str:
    return written(
        tmp_path, "dates.csv", "learner,start,target,hours_per_week", "L1,2026-01-05,2027-01-03,10"
    )


@pytest.fixture
def kept(run: Run, tracker: str, dates: str, tmp_path: Path) -> str:
    """The address of a register with that learner."""
    address = str(tmp_path / "house.sqlite3")
    for file in (tracker, dates):
        assert run("register", "import", file, "--register", address, "--as", ADA.name)[0] == 0
    return address


def asked(run: Run, *arguments: str, code: int = 0) -> dict[str, Any]:
    found, out, err = run("timeline", *arguments, "--json")
    assert found == code, err
    return json.loads(out)  # type: ignore[no-any-return]


def test_without_a_file_the_learners_of_the_register_are_asked_about(
    run: Run, kept: str, tracker: str, dates: str
) -> None:
    from_file = asked(run, tracker, "--learners", dates, "--today", "2026-01-05")
    mine = asked(run, "--register", kept, "--today", "2026-01-05")
    assert mine["learners"] == from_file["learners"]
    assert [each["status"] for each in mine["learners"]] == ["on track"]
    assert "saved" not in mine


def test_behind_counts_from_the_calendar_agreed(run: Run, kept: str) -> None:
    saved = asked(run, "--register", kept, "--today", "2026-01-05", "--save")
    assert saved["saved"] == ["L1"]
    days = {unit["ref"]: (unit["start"], unit["finish"]) for unit in saved["learners"][0]["units"]}
    assert days["J/503/0426"] == ("2026-01-05", "2026-03-15")
    # The first unit was to be finished by 15 March. Three weeks later 5 credits are expected beside the 2 there are.
    (late,) = asked(run, "--register", kept, "--today", "2026-04-05", "--hours-per-week", "20", code=1)[
        "learners"
    ]
    assert (late["status"], late["expected_credits"], late["achieved_credits"]) == ("behind", 7, 2)
    assert late["weeks_behind"] == 3
    (in_time,) = asked(run, "--register", kept, "--today", "2026-03-15")["learners"]
    assert (in_time["expected_credits"], in_time["weeks_behind"]) == (2, 0)


def test_a_calendar_kept_is_told_with_who_and_another_one_agreed_begins_anew(run: Run, kept: str) -> None:
    asked(run, "--register", kept, "--today", "2026-01-05", "--save")
    (before,) = Register(kept).load(ADA, REAL)
    late = ("--register", kept, "--today", "2026-04-05", "--hours-per-week", "20")
    (new,) = asked(run, *late, "--save", code=1)["learners"]
    assert asked(run, *late)["learners"][0]["status"] == "on track"
    history = json.loads(run("register", "history", "L1", "--register", kept, "--json")[1])["events"]
    first, second = (each for each in history if "calendar agreed" in each["words"])
    assert first["by"] == second["by"] == ADA.name
    assert "J/503/0426 2026-01-05 to 2026-03-15" in first["words"]
    assert "J/503/0426 2026-05-18 to" in second["words"]
    assert "instead of 2026-01-05 to 2026-03-15" in second["words"]
    (found,) = Register(kept).load(ADA, REAL)
    now = [unit["ref"] for unit in new["units"] if unit["start"] == "2026-03-30"]
    assert now == ["K/503/0385"]  # worked on this week, as it was to be since 16 March
    assert found.calendar["K/503/0385"] == before.calendar["K/503/0385"]
    assert found.calendar["K/503/0385"][0] == date(2026, 3, 16)
    head = Register(kept).head(ADA)
    assert asked(run, *late, "--save")["saved"] == ["L1"]
    assert Register(kept).head(ADA) == head


def test_the_plan_agreed_goes_before_a_better_one(run: Run, kept: str) -> None:
    (own,) = asked(run, "--register", kept, "--today", "2026-01-05")["learners"]
    refs = {unit["ref"] for unit in own["units"]}
    other = plan(REAL, held=[HELD], pin=[BEGUN], exclude=[min(refs - {BEGUN, HELD} - MANDATORY)])
    assert set(other.new_units) != refs
    Register(kept).save_wanted(ADA, REAL, [Wanted("L1", plan=of_plan(other.units, {}))], {})
    (mine,) = asked(run, "--register", kept, "--today", "2026-01-05")["learners"]
    assert {unit["ref"] for unit in mine["units"]} == set(other.new_units)


def test_a_file_beside_the_register_has_its_calendars(run: Run, kept: str, tracker: str, dates: str) -> None:
    asked(run, "--register", kept, "--today", "2026-01-05", "--save")
    late = ("--today", "2026-04-05", "--hours-per-week", "20")
    mine = asked(run, "--register", kept, *late, code=1)
    beside = asked(run, tracker, "--learners", dates, "--register", kept, *late, code=1)
    assert beside["learners"] == mine["learners"]


def test_whom_the_register_does_not_know_is_named_and_not_kept(run: Run, kept: str, tmp_path: Path) -> None:
    other = written(tmp_path, "other.csv", "learner,start,target", "L9,2026-01-05,2027-01-03")
    code, _, err = run("timeline", other, "--register", kept, "--today", "2026-01-05", "--save")
    assert code == 0
    assert "L9 is not in the register: import a file first" in err
    assert [each.learner for each in Register(kept).learners(ADA)] == ["L1"]


def test_who_reads_only_keeps_no_calendar(run: Run, kept: str) -> None:
    Register(kept).add_person(ADA, "Eve Example", ["EQA"])
    code, out, err = run(
        "timeline", "--register", kept, "--as", "Eve Example", "--today", "2026-01-05", "--save"
    )
    assert (code, out) == (2, "")
    assert "Eve Example may not change what is kept as EQA" in err
    assert Register(kept).load(ADA, REAL)[0].calendar == {}


def test_an_empty_register_says_what_to_do(run: Run, tmp_path: Path) -> None:
    code, out, err = run("timeline", "--register", str(tmp_path / "none.sqlite3"))
    assert (code, out) == (2, "")
    assert "has no learner of 600/5106/1: import a file first, or give one here" in err


def test_the_breaks_of_a_registration_count(run: Run, kept: str, tracker: str, dates: str) -> None:
    def said(breaks: str) -> None:
        Register(kept).save_wanted(ADA, REAL, [Wanted("L1", registration={"breaks": breaks})], {})

    said("2026-03-02:2026-03-15 soon")
    mine = asked(run, "--register", kept, "--today", "2026-01-05")
    given = asked(
        run, tracker, "--learners", dates, "--today", "2026-01-05", "--break", "2026-03-02:2026-03-15"
    )
    assert mine["learners"] == given["learners"]
    assert [(each["value"], each["message"]) for each in mine["problems"]] == [
        ("soon", "must be its first and last day, such as 2026-08-01:2026-08-14")
    ]


@settings(max_examples=deep(8, 100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_expected_is_what_the_calendar_agreed_has_by_the_day(
    run: Run, tmp_path: Path, data: st.DataObject
) -> None:
    address = str(tmp_path / f"{uuid4()}.sqlite3")  # not drawn: what is drawn again finds what is there
    house, refs = Register(address), list(REAL.by_ref)
    day = st.dates(date(2026, 1, 5), date(2026, 12, 1))
    chosen = data.draw(st.lists(st.sampled_from(refs), min_size=1, max_size=5, unique=True))
    calendar = {ref: data.draw(day) for ref in chosen}
    within = data.draw(st.booleans())  # what is there was to be done by some day, or beside the calendar
    others = chosen if within else [ref for ref in refs if ref not in chosen]
    there = data.draw(st.sets(st.sampled_from(others), min_size=1, max_size=4))
    today = data.draw(day)
    rows = [
        f"L1,Ann,{ref},{data.draw(st.sampled_from(('assessed', 'submitted', 'verified')))}"
        for ref in sorted(there)
    ]
    written(tmp_path, "drawn.csv", "learner,name,ref,status", *rows)
    house.import_file(ADA, {REAL.id: REAL}, "drawn.csv", (tmp_path / "drawn.csv").read_bytes())
    spans = {ref: [(last - timedelta(34)).isoformat(), last.isoformat()] for ref, last in calendar.items()}
    house.save_wanted(ADA, REAL, [Wanted("L1", plan={"calendar": json.dumps(spans)})], {})
    dates = ("--start", "2026-01-05", "--target", "2027-12-31")
    code, out, _ = run("timeline", "--register", address, "--today", today.isoformat(), *dates, "--json")
    (found,) = json.loads(out)["learners"]
    due = sum(REAL.by_ref[ref].credits for ref, last in calendar.items() if last < today)
    beside = 0 if within else found["achieved_credits"] + found["awaiting_credits"]
    assert found["expected_credits"] == due + beside
    assert code == (1 if found["status"] in ("behind", "cannot finish") else 0)


def test_what_the_register_writes_has_dates_and_calendars_beside_the_units(
    run: Run, kept: str, dates: str, tmp_path: Path
) -> None:
    """A learner with units, wishes and a break, one without any, and one of another qualification."""
    other = next(number for number in load_all() if number != REAL.id)
    more = written(
        tmp_path, "more.csv", "learner,name,qualification,start,target,hours_per_week",
        f"L2,Ben Example,{REAL.id},2026-01-05,2027-03-07,12",
        f"L3,Cara Example,{other},2026-01-05,2027-03-07,12",
    )  # fmt: skip
    assert run("register", "import", more, "--register", kept, "--as", ADA.name)[0] == 0
    wishes = Wishes.read(REAL, pin=["L/601/0933"], tasks=["complaints"])
    said = Wanted("L1", registration={"breaks": "2026-05-04:2026-05-17"}, plan={"wishes": of_wishes(wishes)})
    Register(kept).save_wanted(ADA, REAL, [said], {})
    export = str(tmp_path / "export.xlsx")
    late = ("--today", "2026-04-05", "--hours-per-week", "20")
    found = []
    for save in ((), ("--save",)):
        asked(run, "--register", kept, "--today", "2026-01-05", *save)
        assert run("register", "export", export, "--register", kept)[0] == 0
        mine = asked(run, "--register", kept, *late, code=1)
        of_file = asked(run, export, *late, code=1)
        assert of_file["learners"] == mine["learners"]
        assert [each["learner"] for each in of_file["learners"]] == ["L1", "L2"]
        assert all(each["target"] and each["units"] for each in of_file["learners"])
        assert "L/601/0933" in {unit["ref"] for unit in of_file["learners"][0]["units"]}
        assert not [sheet for sheet in of_file["sheets"] if sheet["reason"] and sheet["sheet"] != "About"]
        found.append(of_file["learners"])
    assert found[0] != found[1]  # the calendar agreed is told from what the learner would agree on now


def test_a_file_says_breaks_and_what_is_none_is_told(run: Run, tmp_path: Path) -> None:
    head, row = "learner,start,target,hours_per_week,breaks", "L1,2026-01-05,2027-01-03,10"
    plain = written(tmp_path, "plain.csv", head, f"{row},")
    breaks = written(tmp_path, "breaks.csv", head, f"{row},2026-03-02:2026-03-15 soon")
    given = asked(run, plain, "--today", "2026-01-05", "--break", "2026-03-02:2026-03-15")
    found = asked(run, breaks, "--today", "2026-01-05")
    assert found["learners"] == given["learners"] != asked(run, plain, "--today", "2026-01-05")["learners"]
    (problem,) = found["problems"]
    assert (problem["row"], problem["field"], problem["value"]) == (2, "breaks", "soon")


def test_a_sheet_of_learners_beside_their_units_says_their_dates(run: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    units, people, notes = book.active, book.create_sheet("Cohort"), book.create_sheet("Calendar")
    assert units is not None
    units.title = "Units"
    for line in ("learner ref status", f"L1 {HELD} assessed", f"L3 {HELD} assessed"):
        units.append(line.split())
    days = [date(2026, 1, 5), date(2027, 1, 3)]
    for row in (["learner", "name", "start", "target"], ["L1", "Ada", *days], ["L2", "Ben", *days]):
        people.append(row)
    notes.append(["Holidays", "August"])
    book.save(tmp_path / "centre.xlsx")
    found = asked(run, str(tmp_path / "centre.xlsx"), "--today", "2026-01-05")["learners"]
    assert {each["learner"]: each["status"] for each in found} == {
        "L1": "on track", "L2": "on track", "L3": "no dates"
    }  # fmt: skip


def test_more_breaks_than_are_read_are_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("learner,ref,status\nL1,D/503/0352,planned\n", encoding="utf-8")
    breaks = [part for day in range(1, 29) for part in ("--break", f"2026-02-{day:02}:2026-02-{day:02}")][:14]
    file, days = str(tmp_path / "t.csv"), ("--start", "2026-01-05", "--target", "2026-12-18")
    code, _, err = run("timeline", file, *days, *breaks)
    assert (code, err) == (2, "error: --break: may be given 6 times at most\n")
