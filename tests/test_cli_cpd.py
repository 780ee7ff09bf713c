"""The command `cpd`, and what `check` says of schemes: options, JSON, exit codes and messages."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.cli import commands
from planner.cpd import cycle_plan
from planner.cpd.cycle_plan import CyclePlan, plan_cycle
from planner.cpd.intent import Intent
from planner.cpd.scheme import Reading, load_readings
from planner.report.cpd_tables import (
    cycle_words,
    readings_table,
    steps_table,
    surplus_words,
    time_words,
)
from tests.conftest import write_data
from tests.cpd_files import reading, rule, write_scheme

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in this process: exit code, stdout with single blanks, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nvq-planner", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as end:
            commands.main()
        out, err = capsys.readouterr()
        code = end.value.code
        return code if isinstance(code, int) else 0, " ".join(out.split()), err

    return call


def answer(run: Run, *arguments: object) -> tuple[int, dict[str, Any]]:
    code, out, err = run("cpd", "--json", *arguments)
    assert err == ""
    return code, json.loads(out)


@pytest.fixture(scope="module")
def default() -> Reading:
    return load_readings()["ccmg-ccop-plan"]


def test_a_plan_from_nothing_as_json(run: Run) -> None:
    code, found = answer(run)
    assert code == 0
    assert set(found) == {
        "scheme", "status", "year", "activities", "points", "new_minutes", "findings", "goals", "conflict",
        "lost", "data", "tracker", "readings", "last_12_months", "problems", "sheets",
    }  # fmt: skip
    assert (found["status"], found["points"], found["new_minutes"]) == ("optimal", 106, 9600)
    assert found["goals"][0] == {"id": "hours", "value": 9600, "bound": 9600, "proven": True}
    assert found["scheme"]["region"] == "South Africa, NQF level 4"
    whole = [row for row in found["tracker"] if row["category"] is None and row["year"] is None]
    assert whole == [
        {"category": None, "title": "All together", "year": None, "earned": 0, "planned": 106,
         "at_least": 105, "at_most": None}
    ]  # fmt: skip
    assert found["readings"] == found["problems"] == found["sheets"] == []
    assert found["conflict"] is found["last_12_months"] is None


def test_the_answer_stands_first_in_words(run: Run) -> None:
    code, out, _ = run("cpd")
    assert code == 0
    assert out.startswith("Contact Centre Operational Professional (CCOP), Contact Centre Management Group")
    assert "South Africa" in out.split("160 h still to do")[0]
    order = ["160 h still to do; 106 points will count; no plan is better, this is proven.", "To do now, year 1",
             "Later, year 2", "Points: earned + planned", "Rules of the scheme", "no certificate: only the Contact Centre Management Group"]  # fmt: skip
    places = [out.index(words) for words in order]
    assert places == sorted(places)
    assert "What each reading would cost" not in out


def test_every_reading_is_shown_if_asked_for(run: Run) -> None:
    code, found = answer(run, "--readings")
    assert code == 0
    assert {row["id"]: row["new_minutes"] for row in found["readings"]}["ccmg-ccop-every"] == 30690
    _, out, _ = run("cpd", "--readings")
    assert "What each reading would cost" in out
    assert "ccmg-ccop-sections-table" in out
    assert "Cannot be met" not in out


def test_a_log_counts_and_its_bad_rows_are_told(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("activity,year,times\narticle,1,20\nartikle,1,1\n", encoding="utf-8")
    code, found = answer(run, log)
    assert code == 0
    assert found["new_minutes"] < 9600
    assert found["problems"] == [
        {"row": 3, "field": "activity", "value": "artikle",
         "message": "no activity of this scheme has this ref or title; did you mean article?"}
    ]  # fmt: skip
    assert found["last_12_months"]["undated"] == 1
    _, out, _ = run("cpd", log)
    assert "5 of those done do not count." in out
    assert "did you mean article?" in out
    assert "Last 12 months: 0 points" in out


def test_what_of_a_log_is_read_under_another_name_and_what_is_not_is_told(run: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (["What", "When", "Weather"], ["article", "2026-03-02", "fine"]):
        book.worksheets[0].append(cells)
    book.create_sheet("Bills").append(["Paid", "Owed"])
    book.worksheets[1].append(["1", "2"])
    log = tmp_path / "log.xlsx"
    book.save(log)
    how = ("--map", "What=activity", "--map", "When=date", "--start", "2026-01-01")
    first, second = answer(run, log, *how)[1]["sheets"]
    assert (first["read"], first["columns"]) == (True, {"What": "activity", "When": "date", "Weather": None})
    assert (second["sheet"], second["read"]) == ("Bills", False)
    _, out, _ = run("cpd", log, *how)
    assert "“What” was read as activity; “When” was read as date; not read: “Weather”." in " ".join(
        out.split()
    )
    assert "Sheets not read: Bills (" in out


@pytest.mark.parametrize("command", [["cpd"], ["career", "--scheme", "ccop", "--cpd"]])
def test_a_log_of_which_nothing_can_be_read_is_refused(run: Run, tmp_path: Path, command: list[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text("activity,date\narticle,2025-03-01\narticle,2025-04-01\n", encoding="utf-8")
    for extra in ([], ["--json"]):
        code, out, err = run(*command, log, *extra)
        assert (code, out) == (2, "")
        assert err.count("needs the first day of the cycle, or a column year") == 2
    log.write_text("activity,date\n", encoding="utf-8")
    assert run(*command, log)[0] == 0


def test_wishes_change_the_plan(run: Run) -> None:
    _, found = answer(
        run, "--pin", "show=2", "--exclude", "ccmg-event", "--minutes", "blog=1", "--goal", "activities"
    )
    refs = {row["ref"]: row for row in found["activities"]}
    assert sum(row["new"] for row in found["activities"] if row["ref"] == "show") == 2
    assert "ccmg-event" not in refs
    assert [goal["id"] for goal in found["goals"]] == ["activities"]
    assert found["findings"][-1]["rule"] == "pin show"


def test_rules_that_cannot_be_met_end_with_code_1_and_say_why(run: Run) -> None:
    code, found = answer(run, "--year", "3")
    assert (code, found["status"], found["lost"]) == (1, "infeasible", ["year-1", "year-2"])
    assert found["conflict"] == {"rules": ["year-2"], "pins": [], "excludes": [], "years": [2]}
    code, out, _ = run("cpd", "--year", "3")
    assert code == 1
    assert "The rules cannot all be met; this is proven." in out
    assert "Year 2 is over. This cannot stand under: “At least 35 points a year: year 2”." in out
    assert "cannot be met: At least 35 points a year: year 1" in out


def test_what_is_not_decided_ends_with_code_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycle_plan.plan_cycle, "__defaults__", (0.0,))
    code, out, _ = run("cpd")
    assert (code, "Not decided in the time given." in out) == (3, True)
    code, found = answer(run)
    assert (code, found["points"], found["tracker"]) == (3, None, [])


def test_the_start_of_the_cycle_gives_the_running_year(run: Run) -> None:
    assert answer(run, "--start", "2099-01-01")[1]["year"] == 1
    code, found = answer(run, "--start", "01/01/2000")
    assert (code, found["year"]) == (1, 4)
    assert {row["new"] for row in found["activities"]} <= {0}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--reading", "x"], "--reading = 'x': no reading has this id"),
        (["--start", "soon"], "--start = 'soon': must be a date such as 2026-11-22"),
        (["--year", "9"], "--year = '9': must be from 1 to 3"),
        (["--goal", "points"], "--goal = 'points': must be one of hours, activities"),
        (["--pin", "artikle"], "--pin = 'artikle': no activity of this scheme has this ref or title; did you mean"),
        (["--exclude", ""], "--exclude = '(empty)'"),
        (["--minutes", "article"], "--minutes = 'article'"),
        (["nowhere.csv"], "nowhere.csv: there is no such file"),
        (["--data", "/nowhere"], "--data: this folder holds no CPD scheme"),
    ],
)  # fmt: skip
def test_bad_input_is_told_on_stderr_with_code_2(run: Run, arguments: list[str], words: str) -> None:
    for extra in ([], ["--json"]):
        code, out, err = run("cpd", *arguments, *extra)
        assert (code, out) == (2, "")
        assert words in err
        assert "Traceback" not in err


def test_a_year_before_those_of_the_log_is_refused(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("activity,year\narticle,2\n", encoding="utf-8")
    code, _, err = run("cpd", log, "--year", "1")
    assert (code, "--year = '1': the log holds activities of year 2" in err) == (2, True)
    assert answer(run, log)[1]["year"] == 2


def test_check_reports_the_schemes_too(run: Run) -> None:
    for all_of_them in ([], ["--all"]):
        code, out, _ = run("check", "--json", *all_of_them)
        found = json.loads(out)
        (scheme,) = found["schemes"]
        assert code == 0
        assert ("reports" in found) is bool(all_of_them)
        assert ("qualification" in found) is not bool(all_of_them)
        assert (scheme["scheme"], scheme["ok"], len(scheme["readings"])) == ("ccmg-ccop", True, 9)
        assert {"severity", "id", "text"} == set(scheme["remarks"][0])
    _, out, _ = run("check")
    assert "23 times 2 is 46, 1 more than 45" in out
    assert "CPD plan; last compared with it" in " ".join(out.split())  # the source of the default reading
    assert "0 errors, 19 notices in 9 readings of ccmg-ccop." in out


def test_check_of_a_folder_without_schemes_says_nothing_of_them(run: Run, tmp_path: Path) -> None:
    folder = write_data(tmp_path)
    code, out, _ = run("check", "--data", folder, "--qualification", "Q1", "--json")
    assert (code, json.loads(out)["schemes"]) == (0, [])
    code, out, _ = run("check", "--data", folder, "--qualification", "Q1")
    assert (code, "readings of" in out) == (0, False)


def test_check_finds_an_error_in_a_scheme(run: Run, tmp_path: Path) -> None:
    folder = write_scheme(
        write_data(tmp_path), [reading("[published]\nmin_points = 3\n", rule("total", at_least=5))]
    )
    code, out, _ = run("check", "--data", folder, "--qualification", "Q1")
    assert (code, "min_points 3 does not come out" in out) == (1, True)


def test_a_scheme_that_cannot_be_read_is_bad_input(run: Run, tmp_path: Path) -> None:
    folder = write_scheme(write_data(tmp_path), ["nonsense ="])
    for command in (["check", "--qualification", "Q1"], ["cpd"]):
        code, out, err = run(*command, "--data", folder)
        assert (code, out) == (2, "")
        assert "r1.toml" in err


def test_another_scheme_needs_no_line_of_code(run: Run, tmp_path: Path) -> None:
    write_scheme(tmp_path, [reading(rule("total", at_least=5), years=1)])
    _, found = answer(run, "--data", tmp_path)
    assert {row["ref"]: row["new"] for row in found["activities"]} == {"talk": 2, "read": 1}
    assert found["new_minutes"] == 2 * 60 + 30


# --- The tables that screen and workbook share ------------------------------------------------------------


@pytest.fixture(scope="module")
def plan(default: Reading) -> CyclePlan:
    done = {"ccmg-event in year 1": 17, "membership in year 1": 1, "article in year 1": 20}
    return plan_cycle(default, Intent(done, year=2))


def test_the_steps_add_up_to_the_plan(plan: CyclePlan) -> None:
    frame = steps_table(plan)
    assert frame["Minutes"].sum() == plan.minutes
    assert set(frame.loc[frame["When"] == "now", "Year"]) == {2}
    assert frame["Year"].is_monotonic_increasing


def test_tables_without_a_plan_keep_their_columns(default: Reading, plan: CyclePlan) -> None:
    none = CyclePlan(default, Intent(), "unknown")
    empty, full = steps_table(none), steps_table(plan)
    assert list(empty.columns) == list(full.columns)
    assert (len(empty), len(full) > 0) == (0, True)
    assert readings_table([none])["Points"].isna().all()


def test_words_of_hours_and_answers(default: Reading, plan: CyclePlan) -> None:
    assert [time_words(n) for n in (0, 30, 60, 90)] == ["0 h", "30 min", "1 h", "1 h 30 min"]
    assert surplus_words(plan) == [
        "Read an article and answer the CCMG's questions on it: 5 of those done do not count"
    ]
    assert cycle_words(CyclePlan(default, Intent(), "unknown")) == "Not decided in the time given."
    over = plan_cycle(default, Intent(year=4))
    assert "this is proven" in cycle_words(over)
