"""The worker processes of a cohort end with the command that started them, however it ends."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from planner import DataError, Problem, Qualification
from tests.processes import alive
from tests.test_cohort import random_cohort

PROGRAM = """
import sys
from planner.cli import commands
from planner.cohort import batch

if __name__ == "__main__":
    batch.ENOUGH_FOR_POOL = 10**9  # the workers have enough to do
    sys.argv = ["nvq-planner", "cohort", sys.argv[1], "--workers", "2"]
    commands.main()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_caller(number: signal.Signals, real: Qualification, tmp_path: Path) -> None:
    wishes = [request.wishes for request in random_cohort(real, 3000, seed=3)]
    rows = [f"L{n},{' '.join(each.pins)},{' '.join(each.excludes)}" for n, each in enumerate(wishes)]
    (tmp_path / "cohort.csv").write_text("\n".join(["learner,pins,excludes", *rows]), encoding="utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    caller = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py"), str(tmp_path / "cohort.csv")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until(
            lambda: len(alive(caller.pid)) >= 4, caller
        )  # the caller, two workers, what counts their resources
        caller.send_signal(number)
        caller.wait(timeout=120)
        until(lambda: not alive(caller.pid))
    finally:
        for process in alive(caller.pid):
            os.kill(process, signal.SIGKILL)
        caller.wait(timeout=30)


def until(so: Callable[[], bool], running: subprocess.Popen[bytes] | None = None) -> None:
    """Waits until something is so, for as long as a loaded machine may need; while a process runs."""
    deadline = time.monotonic() + 120
    while not so():
        assert running is None or running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_problems_cross_to_another_process_whole() -> None:
    error = DataError([Problem("file.csv", "is odd", 3, "ref", "x", code="read")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
