"""An invented centre to try the planner with: 45 learners half-way through their year.

Everything comes from rules, a fixed seed and the day, so that the centre never ages. It goes into a register
by the ways that real work goes: files of those who do it, and what they say on a page, each at its time.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Literal

from planner.catalogue.loading import DEMO_FILE
from planner.catalogue.qualification import Qualification
from planner.files.text_files import csv_bytes
from planner.planning.solve import answer
from planner.records.portfolios import STATUSES, Decision, DecisionKind, Entry, EntryStatus, Portfolio
from planner.records.wishes import Wishes, default_goals
from planner.register.changes import Actor
from planner.register.rows import Kept
from planner.register.service import Register

LEARNERS = 45
"""How many the centre has; the seed, too."""

CENTRE = "Example centre"

MANAGER = Actor("Max Manager", "manager")
IQA = Actor("Ivy Verifier", "IQA")
ASSESSORS = ("Amy Assessor", "Ben Assessor", "Cas Assessor")

_GIVEN = (
    "Ada",
    "Bo",
    "Cara",
    "Dev",
    "Eve",
    "Finn",
    "Gita",
    "Hugo",
    "Ines",
    "Jo",
    "Kofi",
    "Lena",
    "Mo",
    "Nia",
)
_FAMILY = ("Example", "Sample", "Invented", "Specimen")
_EVIDENCE = ("recorded call", "witness statement", "work product", "professional discussion", "observation")

_WEEKS, _SHORTEST, _LONGEST = 52, 22, 30
"""Of a learner's year, and of what is over of it: about half."""

_PACES = (1.1, 1.2, 1.3)
"""How fast most work, beside what their year asks for."""

_EVERY = 4
"""Weeks from one time at which everybody records what was done to the next."""

_CANNOT, _BEHIND, _FAST, _AWAY = 17, frozenset((5, 11, 23, 29, 38)), frozenset((3, 20, 41)), 8
"""Who has far too few hours a week; who works at half the pace; who is nearly done; who was away."""

_SITES = ("North Street", "South Street")

_BACK = "The second call is not dated, and nothing shows how the caller's identity was checked."
"""Why the IQA sends a unit back."""

_DECISIONS: tuple[tuple[DecisionKind, str, str], ...] = (
    ("recognise", "Three years in the same job: two work products and a discussion cover all of it.", ""),
    ("transfer", "Achieved elsewhere, the certificate was seen.", "the same unit, Invented College"),
    ("accept", "The contents were compared.", "in-house course, Invented Calls Ltd"),
)
"""What assessors decide, why, and of which unit from outside; the last is withdrawn."""


@dataclass(frozen=True)
class _Invented:
    """An invented learner: the job, the year, and the units in the order in which they are worked."""

    number: int
    tasks: tuple[str, ...]
    units: tuple[str, ...]
    start: date
    hours: int
    pace: float
    qualification: Qualification

    @property
    def reference(self) -> str:
        return f"L{self.number:02}"

    @property
    def name(self) -> str:
        number = self.number - 1
        return f"{_GIVEN[number % len(_GIVEN)]} {_FAMILY[number // len(_GIVEN)]}"

    @property
    def target(self) -> date:
        return self.start + timedelta(weeks=_WEEKS)

    @property
    def assessor(self) -> str:
        return ASSESSORS[self.number % len(ASSESSORS)]

    @property
    def away(self) -> str:
        """The weeks without work of the one who has such."""
        first = self.target - timedelta(weeks=8)
        return f"{first}:{first + timedelta(days=20)}" if self.number == _AWAY else ""

    @cached_property
    def steps(self) -> dict[str, dict[EntryStatus, date]]:
        """When each unit came, or will come, to each status; those without credits take equally long."""
        weights = [self.qualification.by_ref[ref].credits or 1 for ref in self.units]
        weeks = _WEEKS / self.pace / sum(weights)
        found, done = {}, 0.0
        for ref, weight in zip(self.units, weights, strict=True):
            begun = max(0.0, done - 1) * weeks
            done += weight
            submitted = max(done * weeks, begun + 4)
            assessed = submitted + 1 + self.number % 3
            # Claims are made together, some weeks after the last unit of a batch is verified.
            at = (0, begun, submitted, assessed, assessed + 3, assessed + 10)
            found[ref] = {s: self.start + timedelta(weeks=w) for s, w in zip(STATUSES, at, strict=False)}
        return found

    def status(self, ref: str, day: date) -> EntryStatus:
        """How far a unit was on a day, as an assessor may say."""
        since = self.steps[ref]
        return next((s for s in ("assessed", "submitted", "in progress") if since[s] <= day), "planned")

    def progress(self, ref: str, day: date) -> int:
        """Percent of a unit's work that was done on a day."""
        begun, submitted = (self.steps[ref][status] for status in ("in progress", "submitted"))
        return min(100, max(5, (day - begun).days * 100 // (submitted - begun).days // 5 * 5))

    def evidence(self, ref: str) -> str:
        place = self.units.index(ref)
        kinds = (_EVIDENCE[(self.number + place + more) % len(_EVIDENCE)] for more in range(2))
        return "; ".join(f"E{place + 1}{letter} {kind}" for letter, kind in zip("ab", kinds, strict=True))


@dataclass(slots=True)
class _Centre:
    """The register as it is filled; `verified` are the learners' units that are, by reference and ref."""

    register: Register
    qualification: Qualification
    learners: tuple[_Invented, ...]
    verified: set[tuple[str, str]] = field(default_factory=set)

    def take(self, actor: Actor, source: str, rows: Sequence[Sequence[object]]) -> None:
        """Imports a file, unless it has a header alone."""
        if len(rows) > 1:
            known = {self.qualification.id: self.qualification}
            self.register.import_file(actor, known, source, csv_bytes(rows))

    def kept(self) -> tuple[Kept, ...]:
        """What is kept of everybody."""
        return self.register.load(MANAGER, self.qualification)

    def save(self, actor: Actor, opened: Kept, said: Portfolio, reason: str = "") -> None:
        """Saves a portfolio as a page does."""
        self.register.save(actor, self.qualification, [said], opened=[opened], reason=reason)


_KEEPER = """
import shutil, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.stdin.read()
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""
"""A program that waits for the end of what comes in, which is that of the caller, and removes a folder."""

_kept: list[subprocess.Popen[bytes]] = []
_made: dict[tuple[str, date], str] = {}
_lock = Lock()


def in_passing(qualification: Qualification, today: date) -> str:
    """The address of an invented centre that goes with this program, however that ends; made once a day."""
    key = (qualification.id, today)
    with _lock:
        if key not in _made:
            address = _passing_folder() / DEMO_FILE
            invent(address, qualification, today)
            _made[key] = str(address)
        return _made[key]


def _passing_folder() -> Path:
    """A folder that is gone once this program is: somebody else waits for that, as who is killed cannot."""
    folder = tempfile.mkdtemp(prefix="nvq-planner-")
    try:
        keeper = subprocess.Popen(  # noqa: S603  this very Python, and a path of our own
            [sys.executable, "-I", "-S", "-c", _KEEPER, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _kept.append(keeper)
    return Path(folder)


def invent(address: str | Path, qualification: Qualification, today: date) -> None:
    """Puts the invented centre as it is `today` into a register that holds nothing yet."""
    last = day = today - timedelta(days=1)
    ticks = count()

    def clock() -> datetime:
        return datetime.combine(day, time(9), UTC) + timedelta(seconds=next(ticks))

    centre = _Centre(Register(address, clock=clock), qualification, tuple(_learners(qualification, last)))
    for weeks in range(_LONGEST, -1, -1):
        day = last - timedelta(weeks=weeks)
        centre.take(MANAGER, "registrations.csv", _registrations(centre, day))
        if weeks % _EVERY == 0:
            for name in ASSESSORS:
                source = f"{name.split()[0]}'s tracker.csv"
                centre.take(Actor(name, "assessor"), source, _tracker(centre, name, day))
            centre.take(IQA, "sampled.csv", _moved(centre, "verified", day))
            centre.take(MANAGER, "claimed.csv", _moved(centre, "claimed", day))
        if weeks == 2:
            _decide(centre, day)
        elif weeks == 1:
            _withdraw(centre, day)
    _send_back(centre, day)


def _learners(qualification: Qualification, last: date) -> Iterator[_Invented]:
    drawn = random.Random(LEARNERS)  # noqa: S311  no secret
    for number in range(1, LEARNERS + 1):
        tasks, units = _job(drawn, qualification)
        start = last - timedelta(weeks=drawn.randrange(_SHORTEST, _LONGEST + 1))
        pace = 0.5 if number in (_CANNOT, *_BEHIND) else 3.0 if number in _FAST else drawn.choice(_PACES)
        hours = 2 if number == _CANNOT else 12 if number in _BEHIND else drawn.randrange(7, 11)
        yield _Invented(number, tasks, units, start, hours, pace, qualification)


def _job(drawn: random.Random, qualification: Qualification) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What somebody does at work, and the units of the plan that fits it."""
    known = sorted(qualification.tasks)
    tasks = tuple(sorted(drawn.sample(known, min(3, len(known)))))
    found = answer(qualification, Wishes(tasks=tasks, goals=default_goals(qualification, tasks)))
    units = list(found.units)
    drawn.shuffle(units)
    return tasks, tuple(units)


# The files


def _registrations(centre: _Centre, day: date) -> list[tuple[object, ...]]:
    """The manager's file of those who begin on a day."""
    rows: list[tuple[object, ...]] = [
        ("learner", "name", "tasks", "start", "target", "hours_per_week", "assessor", "iqa", "site", "centre",
         "breaks")
    ]  # fmt: skip
    for each in centre.learners:
        if each.start == day:
            site = _SITES[each.number % len(_SITES)]
            rows.append((
                each.reference, each.name, " ".join(each.tasks), day, each.target, each.hours, each.assessor,
                IQA.name, site, CENTRE, each.away,
            ))  # fmt: skip
    return rows


def _tracker(centre: _Centre, assessor: str, day: date) -> list[tuple[object, ...]]:
    """An assessor's file on a day: each unit that nobody has verified, as far as an assessor says."""
    rows: list[tuple[object, ...]] = [
        ("learner", "ref", "status", "date", "started", "assessed", "evidence", "assessor", "progress")
    ]
    for each in centre.learners:
        if each.assessor != assessor or each.start > day:
            continue
        for ref in each.units:
            if (each.reference, ref) in centre.verified:
                continue
            steps, status = each.steps[ref], each.status(ref, day)
            if status == "planned":
                rows.append((each.reference, ref, status, *[""] * 6))
                continue
            assessed = steps["assessed"] if status == "assessed" else ""
            rows.append((
                each.reference, ref, status, steps[status], steps["in progress"], assessed,
                each.evidence(ref), assessor, each.progress(ref, day),
            ))  # fmt: skip
    return rows


def _moved(centre: _Centre, status: Literal["verified", "claimed"], day: date) -> list[tuple[object, ...]]:
    """The file of those who bring units on: what has come to a status since their last one."""
    rows: list[tuple[object, ...]] = [("learner", "ref", "status", "date", "verified", "iqa_outcome")]
    for each in centre.learners:
        for ref in each.units:
            since = each.steps[ref][status]
            if day - timedelta(weeks=_EVERY) < since <= day:
                key = (each.reference, ref)
                centre.verified.add(key)
                rows.append((*key, status, since, *((since, "agreed") if status == "verified" else ("", ""))))
    return rows


# What is said on a page


def _of_status(
    learners: Sequence[_Invented], kept: Sequence[Kept], status: EntryStatus
) -> Iterator[tuple[_Invented, Kept, Entry]]:
    """The last unit of this status of each learner who has one."""
    by_reference = {each.learner: each for each in kept}
    for each in learners:
        here = by_reference[each.reference]
        units = [entry for entry in here.portfolio.entries if entry.status == status]
        yield from ((each, here, unit) for unit in units[-1:])


def _decide(centre: _Centre, day: date) -> None:
    """Assessors decide of units that nobody began."""
    people = _of_status(centre.learners[20:], centre.kept(), "planned")
    for (each, here, unit), (kind, reason, outside) in zip(people, _DECISIONS, strict=False):
        decision = Decision(kind, unit.ref, reason, each.assessor, day, outside)
        centre.save(Actor(each.assessor, "assessor"), here, replace(here.portfolio, decisions=(decision,)))


def _withdraw(centre: _Centre, day: date) -> None:
    """The manager takes the last decision back."""
    *_, here = (each for each in centre.kept() if each.portfolio.decisions)
    (decision,) = here.portfolio.decisions
    back = replace(decision, withdrawn=day, withdrawn_by=MANAGER.name)
    centre.save(MANAGER, here, replace(here.portfolio, decisions=(back,)))


def _send_back(centre: _Centre, day: date) -> None:
    """The IQA sends a unit back to its assessor."""
    _, here, unit = next(_of_status(centre.learners, centre.kept(), "assessed"))
    back = replace(unit, status="in progress", date=day, assessed=None, progress=80, iqa_outcome=_BACK)
    entries = (back if each.ref == unit.ref else each for each in here.portfolio.entries)
    centre.save(IQA, here, replace(here.portfolio, entries=tuple(entries)), _BACK)
