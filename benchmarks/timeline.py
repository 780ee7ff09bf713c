"""The benchmark of calendars: a cohort's timelines, least hours a week beside plain CP-SAT, who is behind."""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from ortools.sat.python import cp_model
from rich.console import Console
from rich.table import Table

import planner
from planner.records.agreed import Agreed
from planner.records.portfolios import Details, Entry
from planner.timeline import CalendarSearch, Learner, Limits, Terms, UnitLeft, timeline
from planner.timeline.clock import Clock
from planner.timeline.progress import progress
from planner.timeline.questions import CalendarQuestion

SEED = 600
LEARNERS, QUICK_LEARNERS = 200, 10
RACED, QUICK_RACED = 20, 2
REGISTRATIONS, QUICK_REGISTRATIONS = 10_000, 100
RIVAL_SECONDS = 20.0
ONE_TARGET, COHORT_TARGET, BEHIND_TARGET = 0.2, 20.0, 2.0
"""Seconds that one calendar may take (the median), a cohort of 200, and who is behind of 10,000."""

TODAY = date(2026, 9, 7)

MIX = (
    "Learners hold 0 to 3 units, have 26 to 60 weeks of 5 to 12 hours, 1 to 4 units open at a time, a visit "
    "every week or every fourth, half of them a break of two weeks; half have a calendar agreed when they "
    "started and are behind or before it. A timeline is the calendar, what is expected, the least hours a "
    "week, the earliest finish, until when one slip does no harm, and for who cannot finish the conflict and "
    "what would help."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A timeline asked for."""

    learner: Learner
    terms: Terms
    agreed: Agreed | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the timelines took, in seconds, and how they ended."""

    learners: int
    median: float
    p95: float
    worst: float
    total: float
    statuses: dict[str, int]


def run(names: Sequence[str], quick: bool, console: Console) -> tuple[dict[str, Any], list[str]]:
    """Times the timelines and prints the tables; gives the figures for JSON and what went wrong."""
    qualification = planner.load()
    drawn = random.Random(SEED)
    asked = [_drawn(qualification, n, drawn) for n in range(QUICK_LEARNERS if quick else LEARNERS)]
    figures, wrong = _cohort(asked, console)
    raced = _race(asked[: QUICK_RACED if quick else RACED], console, wrong)
    seconds = _behind(asked, QUICK_REGISTRATIONS if quick else REGISTRATIONS, console, wrong)
    report = {"targets": [ONE_TARGET, COHORT_TARGET, BEHIND_TARGET], **asdict(figures), "behind": seconds}
    return report | {"plain_cpsat": raced}, wrong


def _cohort(asked: Sequence[Asked], console: Console) -> tuple[Figures, list[str]]:
    took, statuses, wrong = [], Counter[str](), []
    for each in asked:
        began = time.perf_counter()
        found = timeline(each.learner, each.terms, each.agreed)
        took.append(time.perf_counter() - began)
        statuses[found.status] += 1
        if found.status == "undecided":
            wrong.append(f"{each.learner.learner}: undecided")
    took.sort()
    p95 = took[int(0.95 * (len(took) - 1))]
    figures = Figures(len(took), statistics.median(took), p95, took[-1], sum(took), dict(statuses))
    answers = ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    milliseconds = (f"{1000 * each:,.0f}" for each in (figures.median, p95, figures.worst))
    title = f"Timelines, {figures.learners} learners, one after the other"
    heads = ("median, ms", "95%, ms", "worst, ms", "all, s", "answers")
    _print(console, title, heads, [(*milliseconds, f"{figures.total:.1f}", answers)])
    targets = f"{1000 * ONE_TARGET:.0f} ms for one and {COHORT_TARGET:.0f} s for {LEARNERS}"
    console.print(f"The targets are {targets}.", highlight=False)
    console.print(MIX, style="dim", highlight=False)
    return figures, wrong


def _drawn(qualification: planner.Qualification, number: int, drawn: random.Random) -> Asked:
    held = drawn.sample(sorted(qualification.by_ref), drawn.randint(0, 3))
    plan = planner.plan(qualification, held=held)
    counted = tuple(sorted(set(held) & set(plan.units)))
    start = TODAY - timedelta(7 * drawn.randint(0, 8))
    away = TODAY + timedelta(7 * drawn.randint(4, 12))
    terms = Terms(
        TODAY,
        start,
        start + timedelta(7 * drawn.randint(26, 60) - 1),
        drawn.randint(5, 12),
        ((away, away + timedelta(13)),) if drawn.random() < 0.5 else (),
        drawn.choice([1, 2, 3, 3, 3, 4]),
        visit_every=drawn.choice([1, 1, 4]),
    )
    learner = Learner(f"Learner {number}", plan, Details(), counted, frozenset(counted))
    if drawn.random() < 0.5:
        return Asked(learner, terms, None)
    first = timeline(learner, Terms(**{**_fields(terms), "today": start}))
    agreed = {unit.ref: (unit.start, unit.finish) for unit in first.units}
    entries = {
        unit.ref: Entry(unit.ref, "in progress", progress=drawn.randint(0, 60))
        for unit in first.units
        if unit.start < TODAY
    }
    learner = Learner(learner.learner, plan, Details(), counted, frozenset(counted), entries)
    return Asked(learner, terms, agreed or None)


def _fields(terms: Terms) -> dict[str, Any]:
    return {name: getattr(terms, name) for name in Terms.__slots__}


# Plain CP-SAT


@dataclass(frozen=True, slots=True)
class Raced:
    """Seconds that the planner and plain CP-SAT took over one question; whether the latter decided it."""

    question: str
    planner: float
    plain: float
    decided: bool


def _race(asked: Sequence[Asked], console: Console, wrong: list[str]) -> list[dict[str, Any]]:
    """The least hours a week, by the planner and by a plain model; both prove it, and agree."""
    hours = (50, 40, 40, 30, 30, 30, 20, 20, 10, 10)
    one = Limits(tuple(UnitLeft(f"u{place}", amount, 4) for place, amount in enumerate(hours)), 1)
    questions = [("one unit open, 280 hours in 52 weeks", one, 52, 168)]
    for each in asked:
        question = CalendarQuestion(each.learner.works(each.terms), each.terms)
        if question.works and question.weeks > 0:
            questions.append((each.learner.learner, question.search().limits, question.weeks, 168))
    results = []
    for name, limits, weeks, most in questions:
        began = time.perf_counter()
        found = CalendarSearch(limits).lowest_peak(weeks, most)
        ours = time.perf_counter() - began
        began = time.perf_counter()
        peak, decided = _plain(limits, weeks, most)
        theirs = time.perf_counter() - began
        if decided and peak != (None if found is None else found.peak):
            wrong.append(f"{name}: {peak} hours a week by plain CP-SAT, not {found and found.peak}")
        results.append(Raced(name, ours, theirs, decided))
    first, *others = results
    both = [[1000 * each.planner for each in others], [1000 * each.plain for each in others]]
    ratio = statistics.median(each.plain / each.planner for each in others)
    undecided = sum(not each.decided for each in others)
    seconds = f"{1000 * first.plain:,.0f}"
    rows = [
        (
            first.question,
            f"{1000 * first.planner:.1f}",
            seconds if first.decided else f"undecided after {seconds}",
            "",
        ),
        (
            f"{len(others)} of the learners, median",
            *(f"{statistics.median(times):,.1f}" for times in both),
            f"{ratio:,.0f}, {undecided} undecided",
        ),
    ]
    title = "The least hours a week, proven"
    _print(console, title, ("question", "planner, ms", "plain CP-SAT, ms", "median ratio"), rows)
    return [asdict(each) for each in results]


def _plain(limits: Limits, weeks: int, most: int) -> tuple[int | None, bool]:
    """The least peak as CP-SAT's manual would have it: hours of each week, one block of weeks a unit."""
    model = cp_model.CpModel()
    peak = model.new_int_var(0, most, "peak")
    by_week: list[list[Any]] = [[] for _ in range(weeks)]
    states: list[list[Any]] = [[] for _ in range(weeks)]
    spans = {}
    for work in limits.works:
        start = model.new_int_var(0, weeks, "")
        size = model.new_int_var(work.least_weeks, weeks, "")
        end = model.new_int_var(0, weeks, "")
        model.new_interval_var(start, size, end, "")
        spans[work.ref] = start, end
        if limits.visits is not None:
            places = [visit + 1 for visit in limits.visits if visit < weeks]
            model.add_linear_expression_in_domain(end, cp_model.Domain.from_values(places))
        hours = [model.new_int_var(0, work.hours, "") for _ in range(weeks)]
        model.add(sum(hours) == work.hours)
        opens = list(_opens(model, start, end, hours))
        for week in range(weeks):
            by_week[week].append(hours[week])
            states[week].append(opens[week])
    for work in limits.works:
        for ref in work.after & spans.keys():
            model.add(spans[ref][1] <= spans[work.ref][0])
    for week in range(weeks):
        model.add(sum(by_week[week]) <= peak)
        model.add(sum(states[week]) <= limits.open_units)
    model.minimize(peak)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = RIVAL_SECONDS
    status = solver.solve(model)
    if status == cp_model.OPTIMAL:
        return round(solver.objective_value), True
    return None, status == cp_model.INFEASIBLE


def _opens(model: Any, start: Any, end: Any, hours: Sequence[Any]) -> Iterator[Any]:
    for week, amount in enumerate(hours):
        begun, over, state = (model.new_bool_var("") for _ in range(3))
        model.add(start <= week).only_enforce_if(begun)
        model.add(start > week).only_enforce_if(~begun)
        model.add(end <= week).only_enforce_if(over)
        model.add(end > week).only_enforce_if(~over)
        model.add(state == begun - over)
        model.add(amount >= 1).only_enforce_if(state)
        model.add(amount == 0).only_enforce_if(~state)
        yield state


# Who is behind


def _behind(asked: Sequence[Asked], number: int, console: Console, wrong: list[str]) -> float:
    """Seconds that it takes to say who is behind, by arithmetic on calendars kept."""
    credits = {ref: unit.credits for ref, unit in planner.load().by_ref.items()}
    found = [timeline(each.learner, each.terms, each.agreed) for each in asked]
    kept = [each for each in found if each.progress is not None]
    clocks = [Clock(each.terms.start or TODAY, each.terms.breaks, each.terms.visit_every) for each in kept]
    told = []
    began = time.perf_counter()
    for place in range(number):
        each = kept[place % len(kept)]
        known, clock = each.learner, clocks[place % len(kept)]
        told.append(progress(each.due, credits, known.counted, known.awaiting, clock, each.terms.today))
    seconds = time.perf_counter() - began
    for each, by_arithmetic in zip(kept, told, strict=False):
        if by_arithmetic != each.progress:
            wrong.append(f"{each.learner.learner}: arithmetic on the kept calendar says something else")
    behind = sum(each.behind for each in told)
    row = (f"{number:,}", f"{seconds:.2f}", f"{BEHIND_TARGET:.0f}", f"{behind:,}")
    _print(console, "Who is behind", ("registrations", "s", "target, s", "behind"), [row])
    return seconds


def _print(console: Console, title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table(title=title)
    for head in heads:
        table.add_column(head, justify="right")
    for row in rows:
        table.add_row(*row)
    console.print(table)
