"""The command line: contracts of options, JSON, exit codes and messages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner import DisagreementError
from planner.cli import commands, learner_commands
from planner.planning.result import Plan
from tests.conftest import SMALL_RULES

Run = Callable[..., tuple[int, str, str]]

BEST = ["D/503/0352", "H/503/0403", "H/600/9660", "J/503/0426", "K/503/0385", "L/503/0394", "T/503/0342"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in this process: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["nvq-planner", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            commands.main()
        out, err = capsys.readouterr()
        code = end.value.code
        return code if isinstance(code, int) else 0, out, err

    return call


def answer(run: Run, *arguments: object) -> dict[str, Any]:
    _, out, err = run("plan", "--json", *arguments)
    assert err == ""
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_best_plan_as_json(run: Run) -> None:
    code, out, _ = run("plan", "--json")
    found = json.loads(out)
    assert code == 0
    assert set(found) == {
        "qualification",
        "status",
        "units",
        "new_units",
        "spare",
        "glh",
        "new_glh",
        "credits",
        "findings",
        "goals",
        "conflicts",
        "conflicts_complete",
        "repairs",
        "repairs_complete",
        "outside_offer",
        "reproducible",
        "data",
    }
    assert found["status"] == "optimal"
    assert found["units"] == found["new_units"] == BEST
    assert (found["glh"], found["new_glh"], found["credits"]) == (93, 93, 28)
    assert found["goals"] == [
        {"id": "glh", "value": 93, "bound": 93, "proven": True},
        {"id": "units", "value": 7, "bound": 7, "proven": True},
    ]
    assert found["qualification"] == {
        "id": "600/5106/1",
        "title": "IQ Level 2 NVQ Certificate in Contact Centre Operations (QCF)",
        "status": "closed",
        "ends": "2013-12-31",
        "source": found["qualification"]["source"],
        "verified": "2026-11-22",
    }
    assert found["findings"][2] == {
        "rule": "group-b",
        "text": "a minimum of 12 credits from Optional Group B",
        "measured": 19,
        "at_least": 12,
        "at_most": None,
        "holds": True,
    }
    assert found["conflicts"] == []


def test_wishes_turn_up_in_the_findings(run: Run) -> None:
    found = answer(run, "--pin", "l6010933", "--exclude", "L/503/0394")
    assert [f["rule"] for f in found["findings"][-2:]] == ["pin L/601/0933", "exclude L/503/0394"]
    assert all(f["holds"] for f in found["findings"])


def test_options_repeat_and_cells_of_several_refs_are_read(run: Run) -> None:
    repeated = answer(run, "--held", "J/502/4299", "--held", "M/502/4300")
    assert answer(run, "--held", "j5024299; m5024300") == repeated
    assert repeated["new_glh"] < 93


def test_a_unit_pinned_and_excluded_is_an_infeasible_request(run: Run) -> None:
    code, out, _ = run("plan", "--json", "--pin", "L/601/0933", "--exclude", "l6010933")
    found = json.loads(out)
    assert code == 1
    assert found["status"] == "infeasible"
    assert found["units"] == []
    assert found["glh"] is found["new_glh"] is found["credits"] is None
    assert found["conflicts"] == [{"rules": [], "pins": ["L/601/0933"], "excludes": ["L/601/0933"]}]


def test_a_conflict_is_told_in_words(run: Run) -> None:
    code, out, _ = run("plan", "--pin", "J/502/4299", "--pin", "M/502/4300")
    words = " ".join(out.split())
    assert code == 1
    assert "No plan exists for these wishes; this is proven." in words
    assert (
        "You asked for Using Email, level 1 (J/502/4299) and Using Email, level 2 (M/502/4300). These cannot stand together"
        in words
    )
    assert "only one unit of barred set C2 can count" in words


def test_the_plan_in_a_terminal_says_what_matters(run: Run) -> None:
    code, out, _ = run("plan")
    words = " ".join(out.split())
    assert code == 0
    for text in (
        "Closed: registration for this qualification ended on 31 December 2013.",
        "7 units to achieve, 93 guided hours. Proven: no valid plan has fewer hours",
        "about 280 hours of learning",
        "19 of 12 credits",
        "0 of at most 1 unit ",
        "only the awarding organisation certifies",
        *BEST,
    ):
        assert text in words


def test_titles_are_not_read_as_terminal_markup(run: Run, small: Callable[..., Path]) -> None:
    folder = small()
    text = (folder / "units.csv").read_text().replace("Main unit", "[red]Main[/red] unit")
    (folder / "units.csv").write_text(text)
    assert "[red]Main[/red]" in run("plan", "--qualification", "Q1", "--data", folder)[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["plan", "--pin", "L/601/0999"], "--pin = 'L/601/0999': no unit of this qualification has this ref; did you mean L/601/0933?"),
        (["plan", "--exclude", "nonsense"], "--exclude = 'nonsense': no unit of this qualification has this ref"),
        (["plan", "--held", ""], "--held = '(empty)': no unit of this qualification has this ref"),
        (["plan", "--goal", "glhs"], "--goal = 'glhs': no such goal; did you mean glh?"),
        (["plan", "--qualification", "600/5106/9"], "--qualification = '600/5106/9': no qualification on file"),
        (["check", "--qualification", "x"], "--qualification = 'x': no qualification on file"),
        (["check", "--data", "/nowhere"], "/nowhere/units.csv: there is no such file"),
        (["plan", "--xlsx", "plan.csv"], "--xlsx = 'plan.csv': must end in .xlsx"),
        (["plan", "--xlsx", "/nowhere/plan.xlsx"], "/nowhere/plan.xlsx: cannot be written: No such file or directory"),
        (["app", "--data", "/nowhere"], "/nowhere/units.csv: there is no such file"),
        (["plan", "--pinn", "x"], "No such option: --pinn"),
        (["plann"], "No such command 'plann'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("as_json", [False, True])
def test_bad_input_ends_with_a_message_and_exit_code_2(
    run: Run, arguments: list[str], message: str, as_json: bool
) -> None:
    code, out, err = run(*arguments, *(["--json"] if as_json else []))
    assert code == 2
    assert out == ""
    assert message in " ".join(err.split())
    assert "Traceback" not in err


def test_every_problem_of_a_request_is_told(run: Run) -> None:
    _, _, err = run("plan", "--pin", "X1", "--pin", "X2", "--exclude", "X3", "--goal", "x")
    assert len(err.splitlines()) == 4


def test_a_broken_rule_file_ends_with_exit_code_2(run: Run, small: Callable[..., Path]) -> None:
    folder = small(small=SMALL_RULES + "= broken")
    code, out, err = run("plan", "--data", folder, "--json")
    assert (code, out) == (2, "")
    assert f"{folder}/qualifications/small.toml: is not TOML" in err


def test_another_data_folder_is_read_instead(run: Run, small: Callable[..., Path]) -> None:
    found = answer(run, "--data", small(), "--qualification", "q1")
    assert found["qualification"]["id"] == "Q1"
    assert found["qualification"]["status"] == "open"
    assert found["qualification"]["ends"] is None
    # By hand: M1 (10 h, 4 credits) and 3 credits more: O2 has 8 hours, O1 has 9.
    assert (found["units"], found["glh"]) == (["M1", "O2"], 18)


def test_undecided_ends_with_exit_code_3(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def undecided(qualification: Any, **_: object) -> Plan:
        return Plan(qualification, cli_wishes(), "unknown", seconds=0.5)

    monkeypatch.setattr(learner_commands, "solve", undecided)
    code, out, _ = run("plan")
    assert code == 3
    assert "Not decided in 0.5 seconds: a plan may or may not exist." in " ".join(out.split())
    code, out, _ = run("plan", "--json")
    assert code == 3
    assert json.loads(out)["status"] == "unknown"


def cli_wishes() -> Any:
    from planner import Wishes

    return Wishes()


def test_check_agrees_with_93_and_explains_172(run: Run) -> None:
    code, out, _ = run("check", "--json")
    report = json.loads(out)
    remarks = {remark["id"]: remark for remark in report["remarks"]}
    assert code == 0
    assert report["ok"]
    assert remarks["published-min_glh"]["severity"] == "fine"
    assert remarks["published-max_glh"]["severity"] == "notice"
    assert "158 guided hours" in remarks["published-max_glh"]["text"]
    assert remarks["status"]["severity"] == "notice"
    level = remarks["idle-level-2"]["text"]
    assert "at least 16 credits where 15 are asked" in level
    assert "(K/503/0421, L/503/0413)" in level


def test_check_in_a_terminal_counts_errors_and_notices(run: Run) -> None:
    code, out, _ = run("check")
    assert code == 0
    assert "0 errors, 4 notices." in out


def test_check_ends_with_exit_code_1_on_an_error(run: Run, small: Callable[..., Path]) -> None:
    folder = small(small=SMALL_RULES + "[published]\nmin_glh = 99\n")
    code, out, _ = run("check", "--data", folder, "--qualification", "Q1")
    assert code == 1
    assert "1 error, " in out


def test_the_workbook_is_written_and_replaces_the_old_one(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    path.write_text("old")
    code, out, _ = run("plan", "--xlsx", path)
    assert code == 0
    assert f"Workbook written: {path}" in "".join(out.splitlines())
    assert openpyxl.load_workbook(path).sheetnames == ["Plan", "Rules", "Units", "About"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["plan.xlsx"]


def test_with_json_only_json_stands_on_stdout(run: Run, tmp_path: Path) -> None:
    _, out, _ = run("plan", "--json", "--xlsx", tmp_path / "plan.xlsx")
    assert json.loads(out)["status"] == "optimal"


def test_help_and_version_need_no_command(run: Run) -> None:
    assert run("--version")[:2] == (0, "nvq-planner 0.1.0\n")
    assert "--survive" in run("explore", "--help")[1]
    assert "--pin" in run("plan", "--help")[1]


def test_interrupted_is_neither_yes_nor_no(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(learner_commands, "solve", interrupted)
    assert run("plan")[0] == 130


def test_a_bug_of_ours_is_neither_yes_nor_no(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def disagrees(*_: object, **__: object) -> None:
        raise DisagreementError("93 is not 94")

    monkeypatch.setattr(learner_commands, "solve", disagrees)
    code, _, err = run("plan")
    assert code == 70
    assert "a bug of the planner" in err


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_terminal_without_unicode_still_gets_the_answer(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for command in (["why"], ["check", "--json"], ["plan", "--pin", "J/502/4299", "--pin", "M/502/4300"]):
        ran = subprocess.run(
            [sys.executable, "-m", "planner", *command], capture_output=True, env=environment, check=False
        )
        assert ran.returncode == (1 if "--pin" in command else 0), ran.stderr
        assert b"Traceback" not in ran.stderr
        if "--json" in command:
            assert "“15 of which must be at level 2”" in ran.stdout.decode("ascii").encode().decode(
                "unicode_escape"
            )


def test_explore_as_json(run: Run) -> None:
    code, out, _ = run("explore", "--json", "--within", "3")
    found = json.loads(out)
    assert code == 0
    assert list(found) == [
        "qualification", "status", "units", "alternatives", "complete", "price_unit", "reproducible",
        "conflicts", "conflicts_complete", "repairs", "repairs_complete", "data",
    ]  # fmt: skip
    assert len(found["units"]) == 39
    assert {"ref": "D/503/0352", "state": "forced", "pin_price": 0, "exclude_price": None} in found["units"]
    assert {"ref": "L/601/0933", "state": "possible", "pin_price": 18, "exclude_price": 0} in found["units"]
    assert [other["new_glh"] for other in found["alternatives"]] == [93, 96]
    assert found["alternatives"][0] == {"units": BEST, "spare": [], "new_glh": 93, "credits": 28}
    assert found["complete"]


def test_explore_of_the_impossible_has_conflicts_and_repairs_only(run: Run) -> None:
    code, out, _ = run("explore", "--json", "--pin", "J/502/4299", "--pin", "M/502/4300")
    found = json.loads(out)
    assert code == 1
    assert (found["units"], found["alternatives"]) == ([], [])
    assert found["conflicts"] == [
        {"rules": ["barred-C2"], "pins": ["J/502/4299", "M/502/4300"], "excludes": []}
    ]
    assert found["repairs"] == [
        {"unpin": ["J/502/4299"], "allow": [], "new_glh": 98},
        {"unpin": ["M/502/4300"], "allow": [], "new_glh": 106},
    ]
    assert found["conflicts_complete"]
    assert found["repairs_complete"]


def test_explore_in_a_terminal_names_states_and_prices(run: Run) -> None:
    _, out, _ = run("explore", "--task", "telesales", "--task", "inbound-calls", "--within", "2")
    for text in ("forced", "possible", "not possible", "no extra", "Fit against hours", "105", "all of them"):
        assert text in out


def test_a_job_puts_fit_first_and_says_why(run: Run) -> None:
    found = answer(run, "--task", "telesales", "--task", "inbound-calls")
    assert [goal["id"] for goal in found["goals"]] == ["fit", "glh", "units"]
    assert (found["goals"][0]["value"], found["new_glh"]) == (0, 105)
    _, out, _ = run("plan", "--task", "telesales", "--task", "inbound-calls")
    assert "Evidence" in out
    assert "none from" in out


def test_tasks_are_listed_with_their_evidence(run: Run) -> None:
    listed = json.loads(run("tasks", "--json")[1])["tasks"]
    assert len(listed) == 28
    assert listed[0]["task"] == "inbound-calls"
    assert listed[0]["evidence"]["F/601/1223"] == "Answering calls is what this unit is about"
    assert "inbound-calls" in run("tasks")[1]


def test_survive_and_keep_reach_the_planner(run: Run) -> None:
    assert answer(run, "--survive", "1")["new_glh"] == 120
    kept = answer(run, *[word for ref in BEST for word in ("--keep", ref)], "--exclude", "L/503/0394")
    assert kept["goals"][0] == {"id": "changes", "value": 2, "bound": 2, "proven": True}


def test_a_crowded_impossible_request_is_answered_in_words(run: Run) -> None:
    pins = ["J/502/4299", "M/502/4300", "F/502/4396", "L/601/1225", "L/601/0933"]
    out_refs = [
        "L/601/0933",
        "K/503/0421",
        "L/503/0394",
        "K/503/0385",
        "J/503/0426",
        "J/503/0362",
        "H/503/0403",
        "T/503/0342",
    ]
    wishes = [w for ref in pins for w in ("--pin", ref)] + [w for ref in out_refs for w in ("--exclude", ref)]
    found = answer(run, *wishes)
    assert found["conflicts_complete"]
    assert len(found["conflicts"]) == 10
    assert len(found["repairs"]) == 20
    assert not found["repairs_complete"]
    hours = [repair["new_glh"] for repair in found["repairs"]]
    assert hours == sorted(hours)
    code, out, _ = run("plan", *wishes)
    assert code == 1
    assert "What would help, shortest plan first:" in out
    assert "There are more ways than these." in out


def test_the_module_runs_like_the_script_and_the_same_everywhere() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "planner", "plan", "--json"], check=True, capture_output=True, text=True
        ).stdout
        for _ in range(3)
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["units"] == BEST
