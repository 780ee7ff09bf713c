"""The benchmark of the plan page: a click in a real Chromium, a cold start, many users at once."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

import planner
from benchmarks.race import RivalError
from planner.planning.explore import exploration
from planner.records.wishes import Wishes

NEEDS = ("playwright", "streamlit", "websockets")
"""What must be installed to run it, beside a Chromium."""

SEED = 600
CLICKS, QUICK_CLICKS = 50, 4
USERS, QUICK_USERS = 50, 5
ROUNDS, QUICK_ROUNDS = 5, 1
STARTS, QUICK_STARTS = 5, 1

WARM_UP = 5
"""Clicks that come first and do not count."""

MOST_CHOSEN = 5
"""Choices a walk makes before it only takes some back."""

PATH = "plan"
"""The path of the plan page."""

STEP = "step=units"
"""What the address asks for: the plan, and not first what its questions ask."""

START_SECONDS = 60.0
"""How long the server may take to start."""

FREE, MUST, OUT, HELD = "Planner", "Must", "Leave out", "Achieved"

NOTE = (
    "Each click changes one unit (must, leave out, achieved, or back to the planner) so that the hours of "
    "the plan change. The server's share is measured from outside, on the same clicks: a client that speaks "
    "the page's protocol, beside nothing else, waits for the new hours and for the end of the page script. "
    "Every answer is compared with `planner.plan`. Server, browser and users share the machine."
)


@dataclass(frozen=True, slots=True)
class Click:
    """One choice for one unit, and the new guided hours of the best plan after it."""

    ref: str
    title: str
    choice: str
    hours: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What one click took, in seconds: until the new hours, until the whole page; and its messages."""

    hours: float
    page: float
    messages: int
    size: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of several goes at one thing."""

    median: float
    worst: float
    number: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Figures:
        """The figures of these seconds."""
        return cls(statistics.median(seconds), max(seconds), len(seconds))


@dataclass(frozen=True, slots=True)
class Server:
    """A running page: address, process, what it prints, and when it was started (`time.perf_counter`)."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    started: float

    @property
    def page(self) -> str:
        """The address of the plan page."""
        return f"{self.url}/{PATH}?{STEP}"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])

    def wait(self) -> None:
        """Returns once the server answers.

        Raises
        ------
        RivalError
            It does not; with all that it printed.
        """
        while self.process.poll() is None and time.perf_counter() < self.started + START_SECONDS:
            try:
                with urlopen(f"{self.url}/_stcore/health", timeout=5):
                    return
            except OSError:
                time.sleep(0.02)
        raise RivalError(f"the server did not start:\n{self.log.read_text()}")


def run(names: Sequence[str], quick: bool, console: Console) -> tuple[dict[str, Any], list[str]]:
    """Times the page and prints the tables; gives the figures for JSON and what went wrong.

    `names` are rivals, of which there are none here.
    """
    from benchmarks.page_browser import chromium, first_paints, seconds_of_clicks
    from benchmarks.page_users import alone, crowd

    clicks, users, rounds, starts = (
        (QUICK_CLICKS, QUICK_USERS, QUICK_ROUNDS, QUICK_STARTS) if quick else (CLICKS, USERS, ROUNDS, STARTS)
    )
    qualification = planner.load()
    way = walk(qualification, WARM_UP + clicks, SEED)
    load = os.getloadavg()[0]
    with chromium() as browser:
        paints = first_paints(browser, starts, str(planner.plan(qualification).new_glh))
        with server() as running:
            running.wait()
            shown, parts, repeated, wrong = seconds_of_clicks(browser, running.page, way)
    explored = explorations(qualification, way)
    with server() as running:
        running.wait()
        served, errors = alone(running, way)
        walks = [walk(qualification, 1 + rounds, SEED + 1 + user) for user in range(users)]
        crowded, failed = crowd(running, walks)
    wrong += [*errors, *failed]
    report: dict[str, Any] = {
        "seed": SEED,
        "load_before": load,
        "load_after": os.getloadavg()[0],
        "clicks_repeated": repeated,
        "clicks": {
            "chromium": _both(shown[WARM_UP:]),
            "server": _both(served[WARM_UP:]),
            "explore": Figures.of(explored[WARM_UP:]),
            **{name: Figures.of(seconds[WARM_UP:]) for name, seconds in parts.items()},
        },
        "first_paint": {name: Figures.of(seconds) for name, seconds in paints.items()},
        "crowd": {"users": users, "rounds": rounds, "errors": len(failed), **_both(crowded)},
    }
    _print(report, console)
    return json.loads(json.dumps(report, default=asdict)), wrong


def missing() -> list[str]:
    """What is not installed of what this benchmark needs."""
    return [name for name in NEEDS if importlib.util.find_spec(name) is None]


# The clicks


def walk(qualification: planner.Qualification, clicks: int, seed: int) -> list[Click]:
    """Random clicks one after the other, the same for the same seed; each changes the hours of the plan."""
    rng = random.Random(seed)
    refs = list(qualification.by_ref)
    chosen: dict[str, str] = {}
    hours = planner.plan(qualification).new_glh
    found: list[Click] = []
    while len(found) < clicks:
        if chosen and (len(chosen) >= MOST_CHOSEN or rng.random() < 0.4):
            ref, choice = rng.choice(list(chosen)), FREE
        else:
            ref, choice = rng.choice(refs), rng.choice((MUST, OUT, HELD))
        after = {**chosen, ref: choice}
        if choice == FREE:
            del after[ref]
        plan = planner.plan(qualification, **_asked(after))  # type: ignore[arg-type]
        if plan.new_glh is None or plan.new_glh == hours:
            continue
        chosen, hours = after, plan.new_glh
        found.append(Click(ref, qualification.by_ref[ref].title, choice, hours))
    return found


def _asked(chosen: dict[str, str]) -> dict[str, list[str]]:
    names = {MUST: "pin", OUT: "exclude", HELD: "held"}
    return {name: [ref for ref, of in chosen.items() if of == choice] for choice, name in names.items()}


def explorations(qualification: planner.Qualification, clicks: Sequence[Click]) -> list[float]:
    """Seconds of the planner's answer to each click, in this process, without any page."""
    chosen: dict[str, str] = {}
    seconds = []
    for click in clicks:
        chosen[click.ref] = click.choice
        kinds = _asked(chosen)
        wishes = replace(
            Wishes(),
            pins=frozenset(kinds["pin"]),
            excludes=frozenset(kinds["exclude"]),
            held=frozenset(kinds["held"]),
        )
        start = time.perf_counter()
        exploration(qualification, wishes)
        seconds.append(time.perf_counter() - start)
    return seconds


# The server


@contextmanager
def server() -> Iterator[Server]:
    """A page of its own on a free port, started as a user starts it; ended, and nothing else, at the end."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log, _held() as port:
        command = [sys.executable, "-m", "planner", "app", "--no-browser", "--json", "--port", str(port)]
        source = str(Path(__file__).parent.parent)
        environment = {**os.environ, "HOME": folder, "PYTHONPATH": source}
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield Server(f"http://127.0.0.1:{port}", process, Path(folder) / "log", started)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def _held() -> Iterator[int]:
    """A free port that nobody else gets until the server has taken it: bound, but nobody listens there."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


# The tables


def _both(answers: Sequence[Answer]) -> dict[str, Any]:
    return {
        "hours": Figures.of([answer.hours for answer in answers]),
        "page": Figures.of([answer.page for answer in answers]),
        "messages": statistics.median(answer.messages for answer in answers),
        "bytes": statistics.median(answer.size for answer in answers),
    }


def _print(report: dict[str, Any], console: Console) -> None:
    clicks, paint, crowd = report["clicks"], report["first_paint"], report["crowd"]
    sizes = (
        f"{clicks['server']['messages']:.0f} messages, {clicks['server']['bytes'] / 1000:.0f} kB "
        f"(median of a click)"
    )
    rows = {
        "in Chromium: new hours shown": clicks["chromium"]["hours"],
        "  of it: click to the message sent": clicks["sending"],
        "  of it: message sent to hours received": clicks["waiting"],
        "  of it: hours received to shown": clicks["drawing"],
        "in Chromium: page complete": clicks["chromium"]["page"],
        "server alone: new hours sent": clicks["server"]["hours"],
        "server alone: page script ended": clicks["server"]["page"],
        "the planner's answer alone (explore)": clicks["explore"],
    }
    title = f"A click, warm: {rows['in Chromium: new hours shown'].number} clicks"
    console.print(_table(title, rows))
    console.print(
        f"A click brings {sizes}. Clicks that met no button and were repeated: {report['clicks_repeated']}.",
        highlight=False,
    )
    console.print(_table("First paint", paint))
    title = f"{crowd['users']} users clicking at once, rounds: {crowd['rounds']}"
    rows = {"new hours": crowd["hours"], "page complete": crowd["page"]}
    console.print(_table(title, rows))
    console.print(
        f"Errors among the users: {crowd['errors']}. "
        f"Load before {report['load_before']:.1f}, after {report['load_after']:.1f}.",
        highlight=False,
    )
    console.print(NOTE, style="dim", highlight=False)


def _table(title: str, rows: dict[str, Figures]) -> Table:
    drawn = Table(title=title, title_justify="left", box=None, pad_edge=False)
    drawn.add_column("", no_wrap=True)
    for heading in ("median ms", "worst ms", "of"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for name, row in rows.items():
        drawn.add_row(name, f"{row.median * 1000:.0f}", f"{row.worst * 1000:.0f}", str(row.number))
    return drawn
