"""The commands for assessors and centres: audit, cohort, deliver, and the offer."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pandas as pd
import pytest

from planner import Qualification, judge, plan, read_portfolios
from planner.cli import centre_commands
from planner.report.record_book import record_workbook
from tests import oracle
from tests.test_cli import Run, run
from tests.test_solver_against_oracle import BEST

__all__ = ["run"]

COHORT = """learner,name,pins,excludes,held,tasks
L1,Ada Example,L/601/0933,,,
L2,Ben Example,,D/503/0352,,
L3,Cy Example,L/601/0993,,,
L4,Dee Example,,,t5030342; d5030352,telesales
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def as_file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return as_file


def portfolio(*statuses: tuple[str, str, str]) -> str:
    return "\n".join(["learner,ref,status", *(",".join(row) for row in statuses)])


def as_json(run: Run, *arguments: object) -> tuple[int, dict[str, Any], str]:
    code, out, err = run(*arguments, "--json")
    return code, json.loads(out), err


# Audit


def way(
    to_finish: Sequence[str] = (), to_start: Sequence[str] = (), credits: int = 0, glh: int = 0
) -> dict[str, object]:
    """The JSON of a way home with nothing under way that it does without."""
    refs: dict[str, object] = {"to_finish": list(to_finish), "to_start": list(to_start), "not_needed": []}
    return refs | {"units": sorted([*to_finish, *to_start]), "credits": credits, "glh": glh}


def test_audit_answers_each_learner_as_contracted(run: Run, write: Callable[[str, str], Path]) -> None:
    rows = [("L1", ref, "verified") for ref in BEST] + [("L2", ref, "verified") for ref in BEST[1:]]
    path = write("p.csv", portfolio(*rows, ("L2", BEST[0], "submitted"), ("L3", "D/503/0353", "verified")))
    code, found, err = as_json(run, "audit", path)
    assert (code, err) == (1, "")
    assert set(found) == {"qualification", "learners", "problems", "sheets", "mapping", "data"}
    first, second, third = found["learners"]
    assert (third["rules_met"], third["rows_left_out"], third["counted"]) == (None, 1, [])
    assert third["not_judged"] == "its only row could not be read"
    assert (first["learner"], first["rules_met"], first["counted"]) == ("L1", True, sorted(BEST))
    assert first["missing"] == way(credits=0, glh=0)
    assert (second["rules_met"], second["missing"]) == (
        False,
        way(to_finish=[BEST[0]], credits=2, glh=9),
    )
    assert second["if_completed"]["rules_met"] is True
    assert "if_completed" not in second["if_completed"]
    keys = {"rules_met", "counted", "surplus", "findings", "missing", "shortest", "conflicts"}
    assert keys <= set(second) & set(second["if_completed"])
    assert [(p["row"], p["field"], p["value"]) for p in found["problems"]] == [(16, "ref", "D/503/0353")]


def test_audit_of_units_is_a_transcript(run: Run) -> None:
    units = [argument for ref in BEST for argument in ("--unit", ref.replace("/", "").lower())]
    code, found, _ = as_json(run, "audit", *units)
    assert code == 0
    assert [learner["learner"] for learner in found["learners"]] == ["-"]
    code, out, err = run("audit", "--unit", BEST[0])
    assert (code, err) == (1, "")
    assert "Rules not yet met: 5 units to start, 97 guided hours." in out
    assert "only the awarding organisation" in " ".join(out.split())


def test_audit_needs_a_file_or_units(run: Run, tmp_path: Path) -> None:
    assert run("audit")[0] == 2
    code, out, err = run("audit", tmp_path / "p.csv", "--unit", BEST[0])
    assert (code, out) == (2, "")
    assert "and not both" in err
    assert "there is no such file" in run("audit", tmp_path / "p.csv")[2]
    assert "must end in .xlsx" in run("audit", "--unit", BEST[0], "--xlsx", "a.pdf")[2]


def test_audit_writes_a_record_that_reads_back(
    run: Run, write: Callable[[str, str], Path], tmp_path: Path, real: Qualification
) -> None:
    rows = [("L1", ref, "assessed") for ref in BEST]
    path = write("p.csv", portfolio(*rows))
    assert run("audit", path, "--xlsx", tmp_path / "record.xlsx")[0] == 0
    read, problems = read_portfolios(real, "record.xlsx", (tmp_path / "record.xlsx").read_bytes())
    expected, _ = read_portfolios(real, "p.csv", path.read_bytes())
    assert problems == ()
    assert read[0].entries == expected[0].entries
    assert run("audit", tmp_path / "record.xlsx")[0] == 0


def test_audit_of_several_learners_writes_a_table_of_them(
    run: Run, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    path = write("p.csv", portfolio(("L1", BEST[0], "verified"), ("=L2", BEST[1], "planned"), ("", "x", "y")))
    code, out, _ = run("audit", path, "--xlsx", tmp_path / "audit.xlsx")
    assert code == 1
    assert "Could not be read, or is doubted:" in out
    book = openpyxl.load_workbook(tmp_path / "audit.xlsx")
    assert book.sheetnames == ["Learners", "Missing units", "Records", "Rejected rows", "About"]
    learners = [row[0].value for row in book["Learners"].iter_rows(min_row=6)]
    assert learners == ["L1", "=L2"]
    assert {cell.data_type for row in book["Learners"].iter_rows() for cell in row} <= {"s", "n"}
    missing = list(book["Missing units"].iter_rows(min_row=6, values_only=True))
    assert sum(row[0] == "L1" for row in missing) == 5
    assert sum(row[0] == "=L2" for row in missing) == 6
    assert {row[-1] for row in missing} == {"start"}
    rejected = list(book["Rejected rows"].iter_rows(min_row=6, values_only=True))
    assert {row[0] for row in rejected} == {4}


def test_decisions_of_a_record_are_shown_and_count(
    run: Run, tmp_path: Path, real: Qualification, write: Callable[[str, str], Path]
) -> None:
    path = write("p.csv", portfolio(*(("L1", ref, "verified") for ref in BEST[1:])))
    (held,), _ = read_portfolios(real, "p.csv", path.read_bytes())
    book = openpyxl.load_workbook(io.BytesIO(record_workbook(judge(real, held))))
    sheet = book["Decisions"]
    place = {
        str(cell.value).casefold().replace(" ", "_"): (cell.row, cell.column)
        for row in sheet.iter_rows(max_row=20)
        for cell in row
        if cell.value
    }
    decided = {
        "decision": "recognise prior learning",
        "unit_or_rule": BEST[0],
        "reason": "certificate seen",
        "by": "Ann Example",
        "date": "2026-02-03",
    }
    for word, value in decided.items():
        row, column = place[word]
        sheet.cell(row + 1, column).value = value
    book.save(tmp_path / "record.xlsx")
    code, out, _ = run("audit", tmp_path / "record.xlsx")
    assert code == 0
    words = " ".join(out.split())
    assert "Decision: Ann Example recognised prior learning for Comply with health" in words
    assert "on 3 February 2026: certificate seen" in words


# Cohort


def test_cohort_answers_the_good_rows_in_the_files_order(
    run: Run, write: Callable[[str, str], Path], real: Qualification
) -> None:
    code, found, err = as_json(run, "cohort", write("c.csv", COHORT))
    assert (code, err) == (0, "")
    names = {"qualification", "rows", "learners", "problems", "reproducible", "sheets", "mapping", "data"}
    assert set(found) == names
    answers = [(a["learner"], a["status"], a["new_glh"]) for a in found["learners"]]
    last = plan(real, held=oracle.MANDATORY, tasks=["telesales"]).new_glh
    assert answers == [("L1", "optimal", 111), ("L2", "infeasible", None), ("L4", "optimal", last)]
    assert found["learners"][1]["conflicts"] == [
        {"rules": ["mandatory"], "pins": [], "excludes": ["D/503/0352"]}
    ]
    assert [(p["row"], p["field"], p["value"]) for p in found["problems"]] == [(4, "pins", "L/601/0993")]


def test_cohort_writes_a_workbook_and_a_table(
    run: Run, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    path = write("c.csv", COHORT)
    assert run("cohort", path, "--out", tmp_path / "c.xlsx")[0] == 0
    assert "Rejected rows" in openpyxl.load_workbook(tmp_path / "c.xlsx").sheetnames
    assert run("cohort", path, "--out", tmp_path / "out.csv")[0] == 0
    table = pd.read_csv(tmp_path / "out.csv", encoding="utf-8-sig", engine="python")
    assert list(table["learner"]) == ["L1", "L2", "L4"]
    code, out, err = run("cohort", path, "--out", tmp_path / "c.pdf")
    assert (code, out) == (2, "")
    assert "must end in .xlsx or .csv" in err


def test_cohort_shared_by_two_processes_gives_the_same_answers(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    path = write("c.csv", COHORT)
    assert as_json(run, "cohort", path, "--workers", 2) == as_json(run, "cohort", path)


def test_a_scheduler_that_is_not_there_is_said(run: Run, write: Callable[[str, str], Path]) -> None:
    code, out, err = run("cohort", write("c.csv", COHORT), "--scheduler", "tcp://127.0.0.1:9")
    assert (code, out) == (2, "")
    assert "127.0.0.1:9" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("command", ["cohort", "deliver"])
def test_a_file_that_cannot_be_read_is_bad_input(
    run: Run, write: Callable[[str, str], Path], command: str, tmp_path: Path
) -> None:
    assert "there is no such file" in run(command, tmp_path / "none.csv")[2]
    code, out, err = run(command, write("bad.csv", "pins,excludes\nA,B\n"))
    assert (code, out) == (2, "")
    assert "learner" in err


# Delivery


def test_deliver_answers_as_contracted(run: Run, write: Callable[[str, str], Path]) -> None:
    path = write("c.csv", COHORT)
    code, found, err = as_json(run, "deliver", path, "--time-limit", 20)
    assert (code, err) == (0, "")
    assert {
        "status", "delivered_glh", "bound", "learner_glh", "own_best_delivered_glh", "units", "learners",
        "left_out", "problems",
    } <= set(found)  # fmt: skip
    # L4 sells by telephone: to share the hours of L1, L4 would take units without evidence from that.
    assert (found["status"], found["delivered_glh"], found["bound"]) == ("optimal", 189, 189)
    forced = {"learner": "L4", "ref": "K/503/0421", "price": None, "decided": True}  # by the rules
    assert found["misfits"] == [forced]
    assert found["misfits_needed"] is None
    assert found["allowances"][0] == {"misfits": 0, "delivered_glh": 189, "bound": 189}
    assert found["allowances"][-1] == {"misfits": None, "delivered_glh": 111, "bound": 111}
    assert [entry["learner"] for entry in found["learners"]] == ["L1", "L4"]
    assert [entry["learner"] for entry in found["left_out"]] == ["L2"]
    assert [problem["row"] for problem in found["problems"]] == [4]
    hours = json.loads(run("plan", "--pin", "L/601/0933", "--json")[1])["new_glh"]
    assert found["delivered_glh"] <= found["own_best_delivered_glh"]
    assert hours <= found["learner_glh"]


def test_deliver_keeps_the_limits_or_says_which_clash(
    run: Run, write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    path = write("c.csv", COHORT)
    limits = ("--group-size", 1, "--time-limit", 20)
    code, found, _ = as_json(run, "deliver", path, *limits, "--assessor-hours", "B=33")
    assert (code, found["status"]) == (0, "optimal")
    code, found, _ = as_json(run, "deliver", path, *limits, "--assessor-hours", "b=32,E=0")
    assert (code, found["status"], found["units"]) == (1, "infeasible", [])
    assert len(found["clash"]) == 1
    assert "32 delivered guided hours" in found["clash"][0]
    few = ("--max-units", 8, "--out", tmp_path / "d.xlsx")
    code, out, _ = run("deliver", path, *limits, *few)
    assert code == 1
    assert "The fewest such seats that suffice: 1." in " ".join(out.split())
    code, out, _ = run("deliver", path, *limits, *few, "--misfits", 1)
    assert code == 0
    assert "If everybody followed their own best plan" in " ".join(out.split())
    assert "Groups" in openpyxl.load_workbook(tmp_path / "d.xlsx").sheetnames


@pytest.mark.parametrize("text", ["B", "B=", "=4", "B=-1", "B=1,B=2", "B=1.5", "Z=4"])
def test_assessor_hours_that_make_no_sense_are_bad_input(
    run: Run, write: Callable[[str, str], Path], text: str
) -> None:
    code, out, err = run("deliver", write("c.csv", COHORT), "--assessor-hours", text)
    assert (code, out) == (2, "")
    assert "hours" in err
    assert "Traceback" not in err


def test_an_assessment_strategy_with_hours_twice_is_told_as_that(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    code, _, err = run("deliver", write("c.csv", COHORT), "--assessor-hours", "B=1;b=2")
    assert (code, " ".join(err.split())) == (
        2,
        "error: --assessor-hours = 'b=2': names a strategy a second time",
    )


def test_strategies_are_typed_in_any_case() -> None:
    file: Any = SimpleNamespace(units=[SimpleNamespace(strategy="Ab"), SimpleNamespace(strategy="")])
    assert centre_commands._assessor_hours("AB=3;ab2=4", file) == {"Ab": 3, "ab2": 4}


def test_interrupting_a_delivery_keeps_the_best_so_far(
    write: Callable[[str, str], Path], tmp_path: Path
) -> None:
    rows = "\n".join(
        f"L{n},,{'' if n % 3 else 'L/503/0394'},{'L/601/0933' if n % 7 else ''}" for n in range(90)
    )
    path = write("many.csv", "learner,pins,excludes,held\n" + rows)
    out = tmp_path / "d.xlsx"
    command = [sys.executable, "-m", "planner", "deliver", str(path), "--time-limit", "600"]
    code = (
        "import sys, threading, signal, os\n"
        "from planner.cli import centre_commands, commands\n"
        "from planner.cohort import delivery\n"
        "real = delivery.deliver\n"
        "def begun(*given, **named):\n"
        "    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "    return real(*given, **named)\n"
        "centre_commands.plan_delivery = begun\n"
        f"sys.argv = {['nvq-planner', *command[3:], '--out', str(out), '--json']!r}\n"
        "commands.main()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["status"] in ("feasible", "optimal")
    assert found["bound"] <= found["delivered_glh"] <= found["own_best_delivered_glh"]
    assert out.is_file()


def test_interrupting_a_cohort_leaves_no_file(write: Callable[[str, str], Path], tmp_path: Path) -> None:
    path = write("c.csv", COHORT)
    code = (
        "import sys\n"
        "from planner.cli import centre_commands, commands\n"
        "def interrupted(*given, **named):\n"
        "    raise KeyboardInterrupt\n"
        "centre_commands.plan_cohort = interrupted\n"
        f"sys.argv = ['nvq-planner', 'cohort', {str(path)!r}, '--out', {str(tmp_path / 'c.xlsx')!r}]\n"
        "commands.main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 128 + signal.SIGINT
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.iterdir()) == [path]


# The offer


def test_an_offer_file_restricts_every_command(
    run: Run, write: Callable[[str, str], Path], real: Qualification
) -> None:
    offer = write("offer.csv", "ref\n" + "\n".join(r for r in real.by_ref if r != "L/503/0394") + "\nX/1\n")
    code, found, err = as_json(run, "plan", "--offer", offer)
    assert (code, found["new_glh"]) == (0, 105)
    assert "L/503/0394" not in found["units"]
    assert "left out:" in err
    assert "X/1" in err
    _, found, _ = as_json(run, "explore", "--offer", offer)
    assert next(u for u in found["units"] if u["ref"] == "L/503/0394")["state"] == "impossible"
    _, found, _ = as_json(run, "audit", "--unit", BEST[0], "--offer", offer)
    assert "L/503/0394" not in found["learners"][0]["missing"]["units"]
    cohort = write("c.csv", COHORT)
    _, found, _ = as_json(run, "cohort", cohort, "--offer", offer)
    assert not any("L/503/0394" in learner["units"] for learner in found["learners"])
    _, found, _ = as_json(run, "deliver", cohort, "--offer", offer, "--time-limit", 20)
    assert "L/503/0394" not in {unit["ref"] for unit in found["units"]}


def test_a_cohort_says_which_unit_outside_the_offer_a_learner_needs(
    run: Run, write: Callable[[str, str], Path], real: Qualification, tmp_path: Path
) -> None:
    offer = write("offer.txt", "\n".join(ref for ref in real.by_ref if ref != "L/503/0394"))
    cohort = write("c.csv", "learner,pins\nL1,\nL2,L/503/0394\n")
    _, found, _ = as_json(run, "cohort", cohort, "--offer", offer)
    assert [learner["outside_offer"] for learner in found["learners"]] == [[], ["L/503/0394"]]
    _, out, _ = run("cohort", cohort, "--offer", offer, "--out", tmp_path / "c.csv.csv")
    assert "Outside the centre's offer, and needed" in " ".join(out.replace("│", " ").split())
    table = pd.read_csv(tmp_path / "c.csv.csv", encoding="utf-8-sig", engine="python")
    assert "(L/503/0394)" in table["why_not"][1]


def test_a_plan_that_needs_a_unit_outside_the_offer_says_which(
    run: Run, write: Callable[[str, str], Path]
) -> None:
    offer = write("offer.txt", "\n".join(BEST[1:]))
    code, out, _ = run("plan", "--offer", offer)
    assert code == 1
    words = " ".join(out.split())
    assert "Outside the centre's offer, and needed: Comply with health and safety procedures" in words


def test_a_terminal_shows_value_and_bound_while_a_delivery_is_searched(
    write: Callable[[str, str], Path],
) -> None:
    pty = pytest.importorskip("pty", reason="needs a terminal of a Unix system")
    rows = "\n".join(
        f"L{n},{'L/601/0933' if n % 2 else ''},{'' if n % 3 else 'L/503/0394'}" for n in range(40)
    )
    path = write("many.csv", "learner,pins,excludes\n" + rows)
    command = [
        sys.executable,
        "-m",
        "planner",
        "deliver",
        str(path),
        "--group-size",
        "7",
        "--time-limit",
        "4",
    ]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment) as ended:
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal's end on Linux
            while part := os.read(ours, 10_000):
                shown += part
        out = ended.stdout.read().decode() if ended.stdout else ""
    os.close(ours)
    assert ended.returncode == 0
    steps = re.findall(rb"(\d+) delivered hours, proven least (\d+)", shown)
    assert steps
    assert all(int(value) >= int(bound) for value, bound in steps)
    assert f"{int(steps[-1][0])} delivered guided hours" in " ".join(out.split())
