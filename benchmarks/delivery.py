"""Delivering a cohort: the planner against the plain model in CP-SAT and in HiGHS, the same time for each.

The plain model is what one would write down first: a 0/1 variable for each learner and unit, a whole number
of groups for each unit, the rules of each learner, the seats of each unit; the least delivered guided hours.
Each learner has a job, and sits in no more units without evidence from it than in the plan that fits best.
Each way runs in a process of its own (`python -m benchmarks.delivery WAY LEARNERS SECONDS`).
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

import planner
from benchmarks.plan import whole
from benchmarks.race import RivalError
from planner.cohort.seat_question import SearchProgress, misfits_of
from planner.records.wishes import Request, Wishes
from planner.rules.rule import Bound

SEED = 600_5106
GROUP_SIZE = 12
LEARNERS, SECONDS = 200, 60.0
QUICK_LEARNERS, QUICK_SECONDS = 30, 5.0
MANY_LEARNERS, MANY_SECONDS = 1_000, 300.0

WAYS = {
    "planner": "the planner",
    "cpsat": "plain model, CP-SAT",
    "highs": "plain model, HiGHS",
}

TARGET = 0.005
"""The gap within which 200 learners shall be proven in a minute on two cores; told, not asserted."""


class Found(NamedTuple):
    """What a way found: delivered hours (None: no plan), the proven bound, the seconds of the whole call.

    `proven` are the seconds until the least hours were proven; None where they were not. The planner goes
    on then to its other goals, the learners' hours and the units run.
    """

    value: int | None
    bound: float | None
    seconds: float
    proven: float | None = None

    @property
    def gap(self) -> float | None:
        """What the value may be above the least, as a share of it."""
        if not self.value or self.bound is None:
            return None
        return max(0.0, self.value - self.bound) / self.value


def run(names: Sequence[str], quick: bool, console: Console) -> tuple[dict[str, Any], list[str]]:
    """Runs every way and prints the tables; gives the figures for JSON and bounds that contradict values.

    `names` are rivals of other benchmarks.
    """
    learners, seconds = (QUICK_LEARNERS, QUICK_SECONDS) if quick else (LEARNERS, SECONDS)
    found = {way: _in_a_process(way, learners, seconds) for way in WAYS}
    title = f"{learners} learners, groups of {GROUP_SIZE}, {seconds:.0f} s for each way"
    console.print(_table(title, {WAYS[way]: figures for way, figures in found.items()}))
    report: dict[str, Any] = {"learners": learners, "seconds": seconds, "ways": _as_json(found)}
    if not quick:
        many = {"planner": _in_a_process("planner", MANY_LEARNERS, MANY_SECONDS)}
        title = f"{MANY_LEARNERS:,} learners, groups of {GROUP_SIZE}, {MANY_SECONDS:.0f} s"
        console.print(_table(title, {WAYS["planner"]: many["planner"]}))
        report["many"] = {"learners": MANY_LEARNERS, "seconds": MANY_SECONDS, "ways": _as_json(many)}
        console.print(f"The target is a gap of at most {TARGET:.1%} for {LEARNERS} learners.")
    return report, list(_contradictions(found))


def cohort(qualification: planner.Qualification, number: int, jobs: bool = False) -> list[Request]:
    """So many learners, the same in every run, each with a plan: up to 2 pins, 4 units left out, 3 held.

    With `jobs` each does 3 to 7 things at work.
    """
    rng, of_jobs = random.Random(SEED), random.Random(SEED)
    optional = sorted(unit.ref for unit in qualification.units if unit.group != "A")
    found: list[Request] = []
    while len(found) < number:
        pins = rng.choices((0, 1, 2), (5, 4, 2))[0]
        names = rng.sample(optional, pins + rng.randint(0, 4))
        held = rng.sample(sorted(qualification.by_ref), rng.choices((0, 1, 2, 3), (6, 2, 1, 1))[0])
        wishes = Wishes(frozenset(names[:pins]), frozenset(names[pins:]), frozenset(held))
        if jobs:
            wishes = replace(
                wishes, tasks=tuple(of_jobs.sample(list(qualification.tasks), of_jobs.randint(3, 7)))
            )
        if planner.plan(qualification, pin=wishes.pins, exclude=wishes.excludes, held=held).found:
            found.append(Request(f"Learner {len(found) + 1}", wishes))
    return found


def _contradictions(found: dict[str, Found]) -> Iterator[str]:
    """Values below what another way has proven impossible."""
    for way, figures in found.items():
        for other, proven in found.items():
            if figures.value is not None and proven.bound is not None and figures.value < proven.bound - 0.01:
                yield f"{way} found {figures.value} hours, {other} proved at least {proven.bound:g}"


def _as_json(found: dict[str, Found]) -> dict[str, Any]:
    return {way: {**figures._asdict(), "gap": figures.gap} for way, figures in found.items()}


def _table(title: str, rows: dict[str, Found]) -> Table:
    drawn = Table(title=title, title_justify="left", box=None, pad_edge=False)
    drawn.add_column("way", no_wrap=True)
    for heading in ("hours", "at least", "gap", "proven after s", "seconds"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for name, figures in rows.items():
        value = "none" if figures.value is None else f"{figures.value:,}"
        bound = "none" if figures.bound is None else f"{figures.bound:,.1f}"
        gap = "" if figures.gap is None else f"{figures.gap:.2%}"
        proven = "-" if figures.proven is None else f"{figures.proven:.1f}"
        drawn.add_row(name, value, bound, gap, proven, f"{figures.seconds:.1f}")
    return drawn


def _in_a_process(way: str, learners: int, seconds: float) -> Found:
    command = [sys.executable, "-m", "benchmarks.delivery", way, str(learners), str(seconds)]
    try:
        ended = subprocess.run(
            command,
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            timeout=2 * seconds + 120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise RivalError(f"{way} did not end") from None
    if ended.returncode:
        raise RivalError(f"{way} failed: {ended.stderr[-2000:]}")
    return Found(**json.loads(ended.stdout.splitlines()[-1]))


def main(way: str, learners: int, seconds: float) -> None:
    """Runs one way and prints its figures as a line of JSON."""
    qualification = planner.load()
    requests = cohort(qualification, learners, jobs=True)
    ways = {"planner": _planner, "cpsat": _cpsat, "highs": _highs}
    print(json.dumps(ways[way](qualification, requests, seconds)._asdict()))


def _planner(qualification: planner.Qualification, requests: Sequence[Request], seconds: float) -> Found:
    start = time.perf_counter()
    steps: list[SearchProgress] = []
    found = planner.deliver(
        qualification, requests, group_size=GROUP_SIZE, seconds=seconds, progress=steps.append
    )
    proven = next((step.seconds for step in steps if step.value == step.bound), None)
    return Found(found.delivered_glh, found.bound, time.perf_counter() - start, proven)


class Plain(NamedTuple):
    """The plain model as a matrix: columns x[learner, unit], then one of groups for each unit."""

    costs: list[int]
    highest: list[int]
    lowest: list[int]
    rows: list[tuple[dict[int, int], int | None, int | None]]


def plain(qualification: planner.Qualification, requests: Sequence[Request]) -> Plain:
    """The plain model of a cohort."""
    refs = list(qualification.by_ref)
    width = len(refs)
    costs = [0] * (len(requests) * width) + [qualification.by_ref[ref].glh for ref in refs]
    lowest, highest = [0] * len(costs), [1] * (len(requests) * width) + [len(requests)] * width
    rows: list[tuple[dict[int, int], int | None, int | None]] = []
    for number, request in enumerate(requests):
        column = {ref: number * width + place for place, ref in enumerate(refs)}
        for ref in request.wishes.pins:
            lowest[column[ref]] = 1
        for ref in request.wishes.excludes:
            highest[column[ref]] = 0
        for rule in qualification.rules_given(request.wishes.held):
            assert isinstance(rule, Bound)
            weights, low, high = whole(rule)
            rows.append(({column[ref]: weight for ref, weight in weights.items()}, low, high))
        unfit = {column[ref]: 1 for ref in misfits_of(qualification, request.wishes)}
        rows.append((unfit, None, _fewest_misfits(qualification, request.wishes)))
    for place, ref in enumerate(refs):
        seats = {
            number * width + place: 1
            for number, request in enumerate(requests)
            if ref not in request.wishes.held
        }
        rows.append(({**seats, len(requests) * width + place: -GROUP_SIZE}, None, 0))
    return Plain(costs, highest, lowest, rows)


def _fewest_misfits(qualification: planner.Qualification, wishes: Wishes) -> int:
    best = planner.plan(
        qualification,
        pin=wishes.pins,
        exclude=wishes.excludes,
        held=wishes.held,
        tasks=wishes.tasks,
        goals=["fit"],
    )
    return int(best.goals[0].value)


def _cpsat(qualification: planner.Qualification, requests: Sequence[Request], seconds: float) -> Found:
    from ortools.sat.python import cp_model

    start = time.perf_counter()
    matrix = plain(qualification, requests)
    model = cp_model.CpModel()
    bounds = zip(matrix.lowest, matrix.highest, strict=True)
    columns = [model.new_int_var(low, high, f"c{n}") for n, (low, high) in enumerate(bounds)]
    for weights, at_least, at_most in matrix.rows:
        total = cp_model.LinearExpr.weighted_sum([columns[c] for c in weights], list(weights.values()))
        low = cp_model.INT_MIN if at_least is None else at_least
        high = cp_model.INT_MAX if at_most is None else at_most
        model.add_linear_constraint(total, low, high)
    model.minimize(cp_model.LinearExpr.weighted_sum(columns, matrix.costs))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    status = solver.solve(model)
    value = round(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None
    taken = time.perf_counter() - start
    return Found(value, solver.best_objective_bound, taken, taken if status == cp_model.OPTIMAL else None)


def _highs(qualification: planner.Qualification, requests: Sequence[Request], seconds: float) -> Found:
    """In one more process: where OR-Tools is loaded, HiGHS fails."""
    matrix = plain(qualification, requests)
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.delivery_highs"],
        input=json.dumps({"seconds": seconds, **matrix._asdict()}),
        capture_output=True,
        text=True,
        timeout=2 * seconds + 60,
        check=True,
    )
    found = Found(**json.loads(ended.stdout.splitlines()[-1]))
    # Hours are whole: a bound above the next lower hour is a proof.
    proven = found.value is not None and found.bound is not None and found.bound > found.value - 1
    return found._replace(proven=found.seconds if proven else None)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
