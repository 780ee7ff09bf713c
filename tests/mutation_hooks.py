"""What `tests.mutation` asks of pytest: to record what passes, and to run what was chosen in the order chosen."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

_seconds: dict[str, float] = {}
_failed: set[str] = set()


def pytest_configure() -> None:
    """Lets processes that tests start be measured as well, with the test as their context."""
    if "MUTATION_RECORD" in os.environ:
        os.environ["COVERAGE_PROCESS_START"] = str(Path("mutation.rc").resolve())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps the tests chosen, in the order chosen."""
    if chosen := os.environ.get("MUTATION_CHOSEN"):
        place = {test: at for at, test in enumerate(json.loads(Path(chosen).read_text()))}
        items[:] = sorted(
            (item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid]
        )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes how long a test takes, and whether it passes."""
    _seconds[report.nodeid] = _seconds.get(report.nodeid, 0) + report.duration
    if report.outcome != "passed":
        _failed.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes down what was noted: not in a worker, which knows of its own tests alone."""
    record = os.environ.get("MUTATION_RECORD")
    if record and not hasattr(session.config, "workerinput"):
        passed = {test: round(seconds, 4) for test, seconds in _seconds.items() if test not in _failed}
        Path(record).write_text(json.dumps(passed))
