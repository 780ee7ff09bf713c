"""The benchmark of the register: a file in; an assessor's learners and an overview beside plain SQL."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

import planner
from planner.files.people import identity
from planner.register import Actor, Register

SEED = 19
LEARNERS, QUICK_LEARNERS = 10_000, 200
UNITS = 12
IMPORTED = 100_000
"""Rows of the file that is timed; the rest of the learners come from another one."""
ASSESSORS = 50
ROUNDS, QUICK_ROUNDS = 41, 3
RATIO_TARGET, ROWS_TARGET = 1.5, 5_000
"""Times the same query in plain SQL; rows a second of an import."""

ADA = Actor("Ada Example")

Ask = Callable[[], Any]

WAY = ("planned", "in progress", "submitted", "assessed", "verified", "claimed")

GLANCE = """
SELECT r.id, p.reference, p.name, r.qualification, coalesce(a.name, ''),
       (SELECT json_group_object(u.ref, u.status) FROM unit_status u WHERE u.registration_id = r.id)
FROM registration r JOIN person p ON p.id = r.person_id LEFT JOIN person a ON a.id = r.assessor_id
"""
ORDER = " ORDER BY p.reference_key, r.qualification"


@dataclass(frozen=True, slots=True)
class Asked:
    """Seconds of a question, by the planner and in plain SQL: medians of the rounds, as are the ratios."""

    question: str
    rows: int
    planner: float
    plain: float
    ratio: float
    processor_ratio: float


def run(names: Sequence[str], quick: bool, console: Console) -> tuple[dict[str, Any], list[str]]:
    """Fills a register, asks it, and prints the tables; gives the figures for JSON and what went wrong."""
    qualification, wrong = planner.load(), list[str]()
    before = os.getloadavg()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "register.sqlite3"
        register = Register(path)
        rows, seconds, processor = _fill(
            register, qualification, QUICK_LEARNERS if quick else LEARNERS, wrong
        )
        events = register.verify(ADA)
        if not events.intact:
            wrong.append("the history is not whole")
        asked = list(_questions(register, path, QUICK_ROUNDS if quick else ROUNDS, wrong))
    table = [(f"{rows:,}", f"{seconds:.1f}", f"{rows / seconds:,.0f}", f"{rows / processor:,.0f}")]
    heads = ("rows", "s", "rows a second", "of processor time")
    _print(console, "A file imported into an empty register, SQLite", heads, table)
    told = [
        (
            each.question,
            f"{each.rows:,}",
            f"{1000 * each.planner:,.1f}",
            f"{1000 * each.plain:,.1f}",
            f"{each.ratio:.2f}",
            f"{each.processor_ratio:.2f}",
        )
        for each in asked
    ]
    columns = ("question", "learners", "planner, ms", "plain, ms", "ratio", "processor")
    _print(console, f"Asked, {events.events:,} events", columns, told)
    after = os.getloadavg()
    words = f"The targets are {ROWS_TARGET:,} rows a second and a ratio of {RATIO_TARGET}."
    console.print(f"{words} Load before {before[0]:.1f}, after {after[0]:.1f}.", highlight=False)
    report = {
        "targets": [ROWS_TARGET, RATIO_TARGET],
        "import": {"rows": rows, "seconds": seconds, "processor_seconds": processor},
        "events": events.events,
        "asked": [asdict(each) for each in asked],
    }
    return report, wrong


# Filling


def _fill(
    register: Register, qualification: planner.Qualification, learners: int, wrong: list[str]
) -> tuple[int, float, float]:
    """Imports what learners have, the first file timed, their registrations, and how they have gone on."""
    drawn, refs = random.Random(SEED), list(qualification.by_ref)
    known = {
        number: {ref: drawn.randint(0, 4) for ref in drawn.sample(refs, UNITS)} for number in range(learners)
    }
    timed = min(learners, -(-IMPORTED // UNITS))

    def taken(header: str, rows: Sequence[str]) -> int:
        """Imports a file; how many rows it has."""
        content = "\n".join([header, *rows]).encode()
        found = register.import_file(ADA, {qualification.id: qualification}, "tracker.csv", content)
        if found.disputes or found.problems or found.new + found.changed + found.unchanged != len(rows):
            wrong.append(f"an import of {len(rows):,} rows was not taken whole")
        return len(rows)

    def tracker(numbers: Sequence[int], further: int) -> int:
        rows = [row for number in numbers for row in _rows(number, known[number], further)]
        return taken("learner,name,ref,status,evidence,assessor,date", rows)

    began = time.perf_counter(), time.process_time()
    rows = tracker(range(timed), 0)
    seconds, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    if timed < learners:
        tracker(range(timed, learners), 0)
    own = [f"L{number:05},Assessor {number % ASSESSORS},2026-01-05,2027-01-03" for number in range(learners)]
    taken("learner,assessor,start,target", own)
    tracker(range(learners), 1)
    return rows, seconds, processor


def _rows(number: int, units: dict[str, int], further: int) -> Iterator[str]:
    """Rows of a tracker; each third unit is one status further the second time."""
    for place, (ref, status) in enumerate(units.items()):
        word = WAY[status + (further if place % 3 == 0 else 0)]
        what = f"{ref},{word},E{place},Assessor {number % ASSESSORS},2026-0{status + 1}-{10 + place}"
        yield f"L{number:05},Learner {number},{what}"


# Asking


def _questions(register: Register, path: Path, rounds: int, wrong: list[str]) -> Iterator[Asked]:
    name = f"Assessor {SEED}"
    key = identity(name)

    def plain(statement: str) -> list[Any]:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(statement, [key] * statement.count("?")).fetchall()

    mine = f"{GLANCE} WHERE a.staff_key = ? {ORDER}"
    both: tuple[tuple[str, Ask, Ask], ...] = (
        ("one assessor's learners", lambda: register.learners(ADA, assessor=name), lambda: plain(mine)),
        ("the centre's overview", lambda: register.learners(ADA), lambda: plain(GLANCE + ORDER)),
    )
    for question, ours, theirs in both:
        yield _timed(question, ours, theirs, rounds, wrong)


def _timed(
    question: str,
    ours: Ask,
    theirs: Ask,
    rounds: int,
    wrong: list[str],
) -> Asked:
    """Both in turns; a round to warm up does not count."""
    took: list[tuple[float, ...]] = []
    found, plain = ours(), theirs()
    for _ in range(rounds):
        marks = [(time.perf_counter(), time.process_time())]
        for ask in (ours, theirs):
            ask()
            marks.append((time.perf_counter(), time.process_time()))
        took.append(tuple(b[i] - a[i] for a, b in pairwise(marks) for i in (0, 1)))
    told = [(row[1], json.loads(row[5])) for row in plain]
    if [(each.learner, each.units) for each in found] != told:
        wrong.append(f"{question}: plain SQL says something else")
    middle = [statistics.median(each) for each in zip(*took, strict=True)]
    ratios = [statistics.median(each[place] / each[place + 2] for each in took) for place in (0, 1)]
    return Asked(question, len(found), middle[0], middle[2], *ratios)


def _print(console: Console, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(title=title)
    for head in heads:
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(*row)
    console.print(table)
