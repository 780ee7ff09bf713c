"""A cohort on a real Dask cluster: scheduler and workers are processes of their own on this machine."""

from __future__ import annotations

import gc
import json
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from distributed import Client
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker, WorkerState

from planner import DataError, Qualification
from planner.cli import commands
from planner.cohort import batch, cluster
from planner.cohort.batch import plan_cohort
from planner.cohort.cluster import cluster_executor
from tests.test_cohort import random_cohort

START_SECONDS = 120.0


@contextmanager
def running(log: Path, module: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A program of the cluster as a process, which is ended at the end; what it prints goes to `log`."""
    with log.open("w") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler without workers."""
    file = tmp_path_factory.mktemp("cluster") / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    log = file.with_name("log")
    with running(log, "dask_scheduler", *options) as process:
        yield address_in(file, process, log)


def address_in(file: Path, process: subprocess.Popen[bytes], log: Path) -> str:
    """The address that a starting scheduler writes to a file."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return str(json.loads(file.read_text(encoding="utf-8"))["address"])
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.05)
    raise AssertionError(f"the scheduler did not start:\n{log.read_text()}")


@contextmanager
def two_workers(scheduler: str, folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Two workers of one thread each, without a nanny: one that is killed stays dead."""
    options = (
        "--host",
        "127.0.0.1",
        "--nthreads",
        "1",
        "--no-nanny",
        "--no-dashboard",
        "--death-timeout",
        "120",
    )
    with ExitStack() as stack:
        workers = [
            stack.enter_context(
                running(
                    folder / f"{name}.log",
                    "dask_worker",
                    scheduler,
                    *options,
                    "--local-directory",
                    str(folder / name),
                )
            )
            for name in ("first", "second")
        ]
        with Client(scheduler, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            try:
                client.wait_for_workers(2, START_SECONDS)
            except TimeoutError:
                told = "\n".join(file.read_text() for file in folder.glob("*.log"))
                pytest.fail(f"the workers did not start:\n{told}")
        yield workers


@pytest.mark.long
def test_a_cohort_survives_the_death_of_a_worker_with_nothing_lost(
    real: Qualification, scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "ENOUGH_FOR_POOL", 10**9)  # the solver, so that it lasts a while
    requests = random_cohort(real, 400, seed=1)
    here = plan_cohort(real, requests)
    reports = list[int]()
    with two_workers(scheduler, tmp_path) as workers, cluster_executor(scheduler) as executor:

        def kill_one(done: int, _: int) -> None:
            if not reports:
                workers[0].send_signal(signal.SIGKILL)
                workers[0].wait()
            reports.append(done)

        planned = plan_cohort(real, requests, executor=executor, progress=kill_one)
        assert workers[1].poll() is None
    assert workers[0].returncode == -signal.SIGKILL
    assert reports[0] < 200  # half of the parts were the dead one's
    assert reports[-1] == 400
    assert planned == here


@pytest.mark.long
def test_the_workers_of_a_cluster_use_the_pool_as_this_process_does(
    real: Qualification, scheduler: str, tmp_path: Path
) -> None:
    requests = random_cohort(real, 400, seed=2)
    with two_workers(scheduler, tmp_path), cluster_executor(scheduler) as executor:
        assert plan_cohort(real, requests, executor=executor) == plan_cohort(real, requests)


def test_workers_that_die_of_the_work_are_told_of_in_words(scheduler: str, tmp_path: Path) -> None:
    with two_workers(scheduler, tmp_path), pytest.raises(DataError) as caught, cluster_executor(scheduler):
        raise KilledWorker("part 1", cast(WorkerState, SimpleNamespace(address="tcp://127.0.0.1:1")), 3)
    (problem,) = caught.value.problems
    assert (problem.source, problem.value) == ("scheduler", scheduler)
    assert "its workers died of a part of the work" in problem.message


def test_a_scheduler_without_workers_is_waited_for_and_told_of_in_words(
    scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "WORKER_SECONDS", 3)
    told = list[str]()
    with (
        pytest.raises(DataError, match="the scheduler there has no workers, for 3 s now") as caught,
        cluster_executor(scheduler, told.append),
    ):
        raise AssertionError("an executor without workers")
    assert told == [f"waiting for workers of {scheduler} (0 there), giving up after 3 s"]
    assert caught.value.problems[0].value == scheduler


def test_workers_that_come_while_they_are_waited_for_do_the_work(
    real: Qualification, scheduler: str, tmp_path: Path
) -> None:
    requests = random_cohort(real, 20, seed=4)
    told = list[str]()
    with ExitStack() as stack:

        def start_workers(words: str) -> None:
            told.append(words)
            stack.enter_context(two_workers(scheduler, tmp_path))

        with cluster_executor(scheduler, start_workers) as executor:
            planned = plan_cohort(real, requests, executor=executor)
    assert planned == plan_cohort(real, requests)
    assert len(told) == 1


@pytest.mark.long
@pytest.mark.parametrize("lost", ["workers", "scheduler"])
def test_a_cluster_that_is_lost_in_the_middle_is_given_up_in_time(
    real: Qualification,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    lost: str,
) -> None:
    monkeypatch.setattr(batch, "ENOUGH_FOR_POOL", 10**9)  # the solver, so that it lasts a while
    monkeypatch.setattr(cluster, "WORKER_SECONDS", 3)
    requests = random_cohort(real, 400, seed=5)
    file, log = tmp_path / "scheduler.json", tmp_path / "log"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    told, reports = list[str](), list[int]()
    with running(log, "dask_scheduler", *options) as process:
        address = address_in(file, process, log)
        with two_workers(address, tmp_path) as workers:

            def end_it(done: int, _: int) -> None:
                if not reports:
                    for each in workers if lost == "workers" else [process]:
                        each.send_signal(signal.SIGKILL)
                        each.wait()
                reports.append(done)

            with pytest.raises(DataError) as caught, cluster_executor(address, told.append) as executor:
                plan_cohort(real, requests, executor=executor, progress=end_it)
    assert 0 < reports[-1] < 400
    assert [record for record in caplog.records if record.exc_info] == []
    (problem,) = caught.value.problems
    if lost == "workers":
        # Told again where the scheduler had not yet missed them when it was asked.
        assert set(told) == {f"waiting for workers of {address} (0 there), giving up after 3 s"}
        assert (problem.source, problem.value) == ("scheduler", address)
        assert problem.message == "it has had no workers for 3 s: not every learner was answered"
    else:
        assert (problem.source, problem.message[:40]) == (
            "workers",
            "ended before every learner was answered;",
        )


def test_only_what_a_lost_cluster_says_is_left_out_of_the_event_loops_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = logging.getLogger("tornado.application")
    with cluster._tracebacks_left_out():
        lost = CommClosedError("the scheduler"), FutureCancelledError("answered-1", "unknown")
        for error in (*lost, ValueError("something else")):
            loop.error("Exception in callback", exc_info=error)
        loop.error("in words")
    loop.error("later", exc_info=CommClosedError("the scheduler"))
    said = [
        (record.message, type(record.exc_info[1]) if record.exc_info else None) for record in caplog.records
    ]
    assert said == [
        ("Exception in callback", ValueError),
        ("in words", None),
        ("later", CommClosedError),
    ]


def test_the_command_says_on_stderr_what_it_waits_for(
    scheduler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "WORKER_SECONDS", 1)
    (tmp_path / "cohort.csv").write_text("learner\nLearner 7\n", encoding="utf-8")
    monkeypatch.setattr(
        sys,
        "argv",
        ["nvq-planner", "cohort", str(tmp_path / "cohort.csv"), "--json", "--scheduler", scheduler],
    )
    with pytest.raises(SystemExit) as end:
        commands.main()
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert err.splitlines() == [
        f"waiting for workers of {scheduler} (0 there), giving up after 1 s",
        f"error: --scheduler = '{scheduler}': the scheduler there has no workers, for 1 s now",
    ]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("127.0.0.1:1", "no Dask scheduler answers at this address within 1 s"),
        ("tcp://nobody.invalid:8786", "no Dask scheduler answers at this address within 1 s"),
        ("not an address", "is not the address of a scheduler: missing port number"),
        ("", "is not the address of a scheduler: missing port number"),
        ("carrier-pigeon://here:1", "is not the address of a scheduler: unknown address scheme"),
    ],
)
def test_an_address_where_no_scheduler_answers_is_told_of_in_words(
    address: str, message: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    started = time.monotonic()
    with pytest.raises(DataError) as caught, cluster_executor(address):
        raise AssertionError("an executor without a scheduler")
    assert time.monotonic() - started < 10
    (problem,) = caught.value.problems
    assert (problem.source, problem.value) == ("scheduler", address or "(empty)")
    assert problem.message.startswith(message)
    gc.collect()
    assert "Traceback" not in capfd.readouterr().err


def test_another_server_at_the_address_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:  # accepts, and says nothing
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(DataError, match="no Dask scheduler answers"), cluster_executor(address):
            raise AssertionError("an executor without a scheduler")


def test_without_the_cluster_extra_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DataError, match=r"pip install 'nvq-planner\[cluster\]'"), cluster_executor("x:1"):
        raise AssertionError("an executor without the package")


def test_importing_the_planner_does_not_import_the_cluster() -> None:
    code = "import sys, planner.cohort.batch; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
