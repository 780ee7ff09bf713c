"""The command line on streams that fail: a reader who is gone, a full disk, nothing there at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli import commands
from tests.conftest import write_data

FORKED = """
import gc, importlib, json, os, pkgutil, sys
import planner.cli.commands

for module in pkgutil.walk_packages(planner.__path__, "planner."):
    if not module.name.startswith(("planner.pages.", "planner.__main__")):
        importlib.import_module(module.name)
gc.freeze()  # or each copy looks through all that was imported before it ends
for arguments in json.loads(sys.argv[1]):
    process = os.fork()
    if not process:
        sys.argv = ["nvq-planner", *arguments]
        planner.cli.commands.main()
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), file=sys.stderr)
"""
"""Runs commands in copies of one process, which has imported all of them; each ends as a program does."""


@pytest.fixture
def every_command(tmp_path: Path) -> list[list[str]]:
    """Every command with what it needs, as a table and as JSON, and what is printed without one."""
    folder = tmp_path
    data = str(write_data(folder / "data"))
    (folder / "cohort.csv").write_text("learner\nLearner 7\n", encoding="utf-8")
    text = "learner,ref,assessor,date\nLearner 7,M1,Jane Example,2026-03-02\n"
    (folder / "assessments.csv").write_text(text, encoding="utf-8")
    (folder / "portfolio.csv").write_text("learner,ref,status\nLearner 7,M1,verified\n", encoding="utf-8")
    (folder / "units.csv").write_text("ref,title,level,credits,glh\nN1,Unit,2,4,10\n", encoding="utf-8")
    small, cohort = ["--data", data, "--qualification", "Q1"], str(folder / "cohort.csv")
    new = ["new", str(folder / "units.csv"), "--id", "N", "--title", "New", "--credits", "4", "--out"]
    named = [
        ["plan", *small],
        ["explore", *small],
        ["audit", "--unit", "M1", *small],
        ["cohort", cohort, *small],
        ["deliver", cohort, "--time-limit", "5", *small],
        ["sample", str(folder / "assessments.csv"), "--seed", "1"],
        ["claims", str(folder / "portfolio.csv"), *small],
        ["timeline", cohort, *small],
        ["tasks"],
        ["check", *small],
        ["why", *small],
        ["whatif", "--unit", "M1", "--data", data],
        ["change", data, data, "--qualification", "Q1"],
        [*new, str(folder / "new")],
        ["career", "--profile"],
        ["cpd"],
        ["app", "--no-browser", *small],
    ]
    assert {words[0] for words in named} == commands.COMMANDS.keys() - {"register"}
    as_json = [[*words, "--json"] for words in named if words[0] != "new"]
    return [*named, *as_json, [*new, str(folder / "json"), "--json"], ["--version"], ["plan", "--help"]]


def exit_codes(every_command: list[list[str]], stdout: int) -> tuple[dict[str, int], str]:
    """How each command ends that prints to this file descriptor, and what they print on stderr besides."""
    ran = subprocess.run(
        [sys.executable, "-c", FORKED, json.dumps(every_command)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=300,
        check=True,
    )
    lines = ran.stderr.splitlines()
    codes = [int(line) for line in lines if line.isdigit()]
    return dict(zip(map(" ".join, every_command), codes, strict=True)), "\n".join(
        line for line in lines if not line.isdigit()
    )


@pytest.mark.long
def test_a_reader_who_is_gone_is_neither_yes_nor_no_and_told_to_nobody(
    every_command: list[list[str]],
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    codes, told = exit_codes(every_command, writer)
    os.close(writer)
    assert codes == dict.fromkeys(codes, 74)
    assert told == ""


@pytest.mark.long
def test_a_full_disk_behind_stdout_is_told_in_words(every_command: list[list[str]]) -> None:
    with Path("/dev/full").open("w") as full:
        codes, told = exit_codes(every_command, full.fileno())
    assert codes == dict.fromkeys(codes, 74)
    assert told.splitlines() == ["error: cannot print: No space left on device"] * len(every_command)


@pytest.mark.parametrize("redirection", [">&-", ">&- 2>&-", "2>&- >/dev/full"])
@pytest.mark.parametrize("command", ["plan", "plan --json", "--version", "app --no-browser"])
def test_a_closed_stream_is_neither_yes_nor_no(command: str, redirection: str) -> None:
    ran = shell(f'"$0" -m planner {command} {redirection}')
    assert (ran.returncode, ran.stdout) == (74, "")
    assert ran.stderr in ("", "error: cannot print: Bad file descriptor\n")


def test_a_reader_who_leaves_after_the_first_letter_is_noticed() -> None:
    for command in (["explore", "--within", "5"], ["check", "--all", "--json"]):
        ran = subprocess.Popen(
            [sys.executable, "-m", "planner", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pipesize=4096,  # less than the answer: what the pipe holds nobody misses
        )
        assert ran.stdout is not None
        assert len(ran.stdout.read(1)) == 1
        ran.stdout.close()
        assert ran.communicate(timeout=120)[1] == b""
        assert ran.returncode == 74


def test_errors_that_nobody_can_read_keep_away_from_stdout() -> None:
    ran = shell('"$0" -m planner plan --pin X/1 --json 2>&-')
    assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", "")


@pytest.mark.parametrize("command", ["plan --pin X/1", "plann"])
def test_errors_whose_reader_is_gone_are_not_the_answer_no(command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)  # before anything is written
    ran = subprocess.run(
        [sys.executable, "-m", "planner", *command.split()],
        stdout=subprocess.DEVNULL,
        stderr=writer,
        timeout=120,
        check=False,
    )
    os.close(writer)
    assert ran.returncode == 74


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """A line of a shell; $0 in it is this Python."""
    return subprocess.run(
        ["bash", "-c", line, sys.executable], capture_output=True, text=True, timeout=120, check=False
    )
