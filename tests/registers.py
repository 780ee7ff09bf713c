"""Registers for tests, each empty: on SQLite, and on PostgreSQL where an address of one is given."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st

from planner import Portfolio, Qualification, Request, Wishes
from planner.records.portfolios import DETAILS, STATUSES, Decision, DecisionKind, Details, Entry
from planner.register import Actor, Register
from planner.register.rows import of_plan

POSTGRESQL = "NVQ_PLANNER_POSTGRESQL"
"""The variable with the address of a PostgreSQL database in which tests may make schemas."""

KINDS = ("sqlite", "postgresql")

ADA = Actor("Ada Example")
"""Who makes a register in tests, and so is its manager."""


@contextmanager
def empty(kind: str, folder: Path) -> Iterator[str]:
    """The address of a register in which nothing is kept yet."""
    if kind == "sqlite":
        yield str(folder / f"{secrets.token_hex(4)}.sqlite3")
        return
    base = os.environ.get(POSTGRESQL)
    if not base:
        message = f"needs PostgreSQL: {POSTGRESQL} is not set (.ci/postgresql starts one)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    import psycopg

    def execute(
        statement: str,
    ) -> None:  # a test may have hundreds of registers, no server as many connections
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(statement)

    name = f"t{secrets.token_hex(6)}"
    execute(f"CREATE SCHEMA {name}")
    try:
        yield f"{base}?options=-csearch_path%3D{name}"
    finally:
        execute(f"DROP SCHEMA {name} CASCADE")


def ticking() -> Callable[[], datetime]:
    """A clock that goes on by a minute whenever it is read."""
    now = [datetime(2026, 11, 22, 9, 0, tzinfo=UTC)]

    def read() -> datetime:
        now[0] += timedelta(minutes=1)
        return now[0]

    return read


def register(address: str) -> Register:
    """A register with a clock of its own."""
    return Register(address, clock=ticking())


# What is drawn

_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)
TEXTS = st.lists(_WORDS, max_size=3).map(" ".join)
NAMED = st.lists(_WORDS, min_size=1, max_size=2).map(" ".join)
DAYS = st.dates(date(1890, 1, 1), date(2090, 12, 31))
MAYBE = st.none() | DAYS


@st.composite
def portfolios(draw: st.DrawFn, qualification: Qualification, learner: str) -> Portfolio:
    """Anything that a portfolio may hold."""
    refs = draw(st.lists(st.sampled_from(list(qualification.by_ref)), unique=True, max_size=4))
    order = list(qualification.by_ref)
    entries = tuple(draw(units(ref)) for ref in sorted(refs, key=order.index))
    decisions = tuple(
        Decision(draw(_OF_UNITS), ref, draw(NAMED), draw(NAMED), draw(DAYS), draw(TEXTS), *draw(_WITHDRAWN))
        for ref in draw(st.lists(st.sampled_from(order), max_size=2))
    )
    return Portfolio(learner, entries, decisions, draw(details()), draw(st.booleans()))


_OF_UNITS: st.SearchStrategy[DecisionKind] = st.sampled_from(("recognise", "transfer", "accept", "exempt"))
_WITHDRAWN = st.just((None, "")) | st.tuples(DAYS, TEXTS)


@st.composite
def plans(draw: st.DrawFn, qualification: Qualification) -> dict[str, str]:
    """Any plan and calendar agreed, as the register keeps them."""
    refs = draw(st.sets(st.sampled_from(list(qualification.by_ref)), max_size=4))
    spans = {ref: tuple(sorted((draw(DAYS), draw(DAYS)))) for ref in refs if draw(st.booleans())}
    return of_plan(refs, spans)  # type: ignore[arg-type]


def units(ref: str) -> st.SearchStrategy[Entry]:
    """Anything that may be said of a unit."""
    texts = dict.fromkeys(("evidence", "assessor", "iqa_sample", "iqa_outcome"), TEXTS)
    days = dict.fromkeys(("date", "started", "assessed", "verified"), MAYBE)
    done = st.none() | st.integers(0, 100)
    drawn = st.builds(Entry, st.just(ref), st.sampled_from(STATUSES), **texts, **days, progress=done)
    # None is claimed without evidence, or recorded as verified where nobody is named who assessed it.
    return drawn.map(lambda e: replace(e, evidence=e.evidence or "E1", assessor=e.assessor or "Bob"))


def details() -> st.SearchStrategy[Details]:
    """Anything that may be known of a learner."""
    texts = dict.fromkeys((*DETAILS, "assessor", "site"), TEXTS)
    hours = st.none() | st.integers(1, 168)
    return st.builds(Details, **texts, start=MAYBE, target=MAYBE, hours_per_week=hours)


@st.composite
def requests(draw: st.DrawFn, qualification: Qualification, learner: str, known: Details) -> Request:
    """Anything that may be wished."""
    refs = st.sets(st.sampled_from(list(qualification.by_ref)), max_size=3)
    pins, excludes, held, keep = (frozenset(draw(refs)) for _ in range(4))
    tasks = tuple(draw(st.lists(st.sampled_from(list(qualification.tasks)), unique=True, max_size=2)))
    goals = tuple(draw(st.permutations(("glh", "units", "credits")))[: draw(st.integers(1, 3))])
    ways = frozenset((ref, draw(st.sampled_from(("rpl", "transfer", "exempt")))) for ref in list(held)[:1])
    wishes = Wishes(pins, excludes, held, goals, tasks, keep, draw(st.integers(0, 3)), ways=ways)
    return Request(learner, wishes, known.name, details=known)
