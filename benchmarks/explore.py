"""The benchmark of exploring: all states, prices and ties, beside one plan and the naive way, and by size."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from rich.console import Console
from rich.table import Table

import planner
from benchmarks import growth
from benchmarks.problem import Request, random_requests
from benchmarks.race import RivalError

SEED = 5106
WISHES, ROUNDS = 8, 10
QUICK_WISHES, QUICK_ROUNDS = 2, 1

PLANS = 10
"""Plans a turn times: one alone is too short to be timed well."""

TARGET = 20
"""How many times one plan exploring may take where there are no wishes."""

NOTE = (
    "Processor time: other work on the machine does not count. Ratios: median over the requests of the "
    "ratio of the medians of each. The naive way makes one plan for each unit pinned and one for each unit "
    "excluded, and knows the prices only; explore lists all ties as well. Where such a plan cannot exist, "
    "the naive way also waits for every conflict and every repair."
)

Prices = dict[str, tuple[int | None, int | None]]
"""The price of pinning and of excluding each unit; None where that is impossible."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way took over some requests; the ratios are to one plan and to `explore`."""

    median_seconds: float
    p95_seconds: float
    by_plan: float
    by_explore: float


def run(names: Sequence[str], quick: bool, console: Console) -> tuple[dict[str, Any], list[str]]:
    """Times exploring and prints its tables; gives the figures for JSON and the prices that differ.

    `names` are rivals, of which there are none here.
    """
    qualification = planner.load()
    count, rounds = (QUICK_WISHES, QUICK_ROUNDS) if quick else (WISHES, ROUNDS)
    requests = [Request(), *islice(feasible_wishes(qualification), count)]
    seconds, wrong = timed(qualification, requests, rounds)
    report: dict[str, Any] = {"seed": SEED, "rounds": rounds, "plans_a_turn": PLANS, "target": TARGET}
    for key, title, indices in (
        ("no_wishes", f"Exploring without wishes, rounds: {rounds}", range(1)),
        ("wishes", f"Exploring, rounds: {rounds}, requests with wishes: {count}", range(1, count + 1)),
    ):
        rows = {way: figures(seconds, way, indices) for way in seconds}
        console.print(table(title, rows))
        report[key] = {"requests": len(indices), "ways": {way: asdict(row) for way, row in rows.items()}}
    ratio = report["no_wishes"]["ways"]["explore"]["by_plan"]
    console.print(
        f"Without wishes explore took {ratio:.1f} times one plan; the target is at most {TARGET}.",
        highlight=False,
    )
    console.print(NOTE, style="dim", highlight=False)
    report["growth"], differing = growth.run(quick, console)
    return report, wrong + differing


def feasible_wishes(qualification: planner.Qualification) -> Iterator[Request]:
    """Random wishes that can be met, the same ones in every run."""
    for request in random_requests(list(qualification.by_ref), 100, SEED)[1:]:
        if plan(qualification, request).found:
            yield request


def plan(
    qualification: planner.Qualification, request: Request, pin: str = "", exclude: str = ""
) -> planner.Plan:
    """One plan through the public interface, with one more unit pinned or excluded."""
    return planner.plan(
        qualification,
        pin=[*request.pins, pin] if pin else request.pins,
        exclude=[*request.excludes, exclude] if exclude else request.excludes,
        held=request.held,
    )


def explored(qualification: planner.Qualification, request: Request) -> Prices:
    """All prices, by `explore`."""
    found = planner.explore(qualification, pin=request.pins, exclude=request.excludes, held=request.held)
    if found.best.status != "optimal" or not found.complete:
        raise RivalError(f"explore did not finish ({request})")
    return {unit.ref: (unit.pin_price, unit.exclude_price) for unit in found.units}


def naive(qualification: planner.Qualification, request: Request) -> Prices:
    """All prices, by one plan for each unit pinned and one for each unit excluded.

    Only what is already wished for, or the contrary of it, needs no plan.
    """
    best = plan(qualification, request)

    def price(pin: str = "", exclude: str = "") -> int | None:
        other = plan(qualification, request, pin, exclude)
        if other.status not in ("optimal", "infeasible"):
            raise RivalError(f"a plan was not proven best in time ({request})")
        if other.new_glh is None or best.new_glh is None:
            return None
        return other.new_glh - best.new_glh

    prices: Prices = {}
    for ref in qualification.by_ref:
        if ref in request.pins:
            prices[ref] = (0, None)
        elif ref in request.excludes:
            prices[ref] = (None, 0)
        else:
            prices[ref] = (price(pin=ref), price(exclude=ref))
    return prices


def timed(
    qualification: planner.Qualification, requests: Sequence[Request], rounds: int
) -> tuple[dict[str, list[list[float]]], list[str]]:
    """Seconds of the processor by way, request and call, and what is wrong with the prices.

    In each round, the first of which does not count, the three ways take turns over each request, begun
    by another one each time. A plan that does not count opens each turn.
    """
    ways: dict[str, tuple[int, Callable[[planner.Qualification, Request], object]]] = {
        "plan": (PLANS, plan),
        "explore": (1, explored),
        "naive": (1, naive),
    }
    names = list(ways)
    seconds: dict[str, list[list[float]]] = {name: [[] for _ in requests] for name in names}
    wrong = dict[str, None]()
    turns = 0
    for number in range(rounds + 1):
        for index, request in enumerate(requests):
            first = turns % len(names)
            turns += 1
            found: dict[str, object] = {}
            for name in names[first:] + names[:first]:
                calls, way = ways[name]
                plan(qualification, request)
                for _ in range(calls):
                    start = time.process_time()
                    found[name] = way(qualification, request)
                    if number > 0:
                        seconds[name][index].append(time.process_time() - start)
            wrong |= dict.fromkeys(disagreements(request, found["explore"], found["naive"]))
    return seconds, list(wrong)


def disagreements(request: Request, explored: Any, naive: Any) -> list[str]:
    """The units whose prices differ, a line each."""
    return [
        f"request ({request}), unit {ref}: explore {explored.get(ref)}, naive {naive.get(ref)}"
        for ref in sorted(explored.keys() | naive.keys())
        if explored.get(ref, ()) != naive.get(ref, ())
    ]


def figures(seconds: dict[str, list[list[float]]], way: str, indices: Sequence[int]) -> Figures:
    """What a way took over the requests at `indices`."""
    taken = sorted(second for index in indices for second in seconds[way][index])

    def ratio(other: str) -> float:
        typical = statistics.median
        return typical(typical(seconds[way][i]) / typical(seconds[other][i]) for i in indices)

    p95 = taken[math.ceil(0.95 * len(taken)) - 1]
    return Figures(statistics.median(taken), p95, ratio("plan"), ratio("explore"))


def table(title: str, rows: dict[str, Figures]) -> Table:
    """The figures as a table."""
    drawn = Table(title=title, title_justify="left", box=None, pad_edge=False)
    drawn.add_column("way", no_wrap=True)
    for heading in ("median ms", "p95 ms", "to plan", "to explore"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for way, row in rows.items():
        drawn.add_row(
            way,
            f"{row.median_seconds * 1000:.2f}",
            f"{row.p95_seconds * 1000:.2f}",
            f"{row.by_plan:.1f}",
            f"{row.by_explore:.2f}",
        )
    return drawn
