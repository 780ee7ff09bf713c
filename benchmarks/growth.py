"""How exploring grows with the number of units: invented qualifications of several sizes."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count, islice
from typing import Any

from rich.console import Console
from rich.table import Table

import planner
from benchmarks.invented import invented
from planner.planning.prices import outlooks

SIZES, EACH, ROUNDS = (40, 80, 150, 300), 10, 3
QUICK_SIZES, QUICK_EACH, QUICK_ROUNDS = (40,), 2, 1

PLANS = 5
"""Plans a round times."""

CHECKED = 5
"""Units of each qualification whose prices are compared with those of a plan each."""

TARGET = 25
"""How many times one plan all states and prices may take."""

NOTE = (
    "Processor time, by that of one plan of the same qualification; medians of the rounds. `explore`, once, "
    "also makes the plan and lists every tie, up to 200 of them, each of which takes a solve at least."
)


@dataclass(frozen=True, slots=True)
class Row:
    """What exploring the qualifications of one size took; all but the first two are times one plan."""

    units: int
    plan_seconds: float
    prices: float
    worst_prices: float
    explore: float
    worst_explore: float


def run(quick: bool, console: Console) -> tuple[dict[str, Any], list[str]]:
    """Times exploring by size and prints the table; gives the figures for JSON and the prices that differ."""
    sizes, each, rounds = (QUICK_SIZES, QUICK_EACH, QUICK_ROUNDS) if quick else (SIZES, EACH, ROUNDS)
    rows, wrong = [], []
    for size in sizes:
        row, differing = timed(size, list(islice(feasible(size), each)), rounds)
        rows.append(row)
        wrong += differing
    console.print(table(f"Growth, invented qualifications of each size: {each}, rounds: {rounds}", rows))
    worst = max(row.worst_prices for row in rows)
    console.print(
        f"All states and prices took {worst:.1f} times one plan at worst; the target is at most {TARGET}.",
        highlight=False,
    )
    console.print(NOTE, style="dim", highlight=False)
    return {"each": each, "rounds": rounds, "target": TARGET, "sizes": [asdict(row) for row in rows]}, wrong


def feasible(size: int) -> Iterator[planner.Qualification]:
    """The first invented qualifications of a size that can be met."""
    for seed in count():
        qualification = invented(size, seed)
        if planner.plan(qualification).found:
            yield qualification


def timed(size: int, drawn: list[planner.Qualification], rounds: int) -> tuple[Row, list[str]]:
    """What exploring these qualifications takes, and the prices that differ from those of plans."""
    plans, prices, explored = [], [], []
    wrong: list[str] = []
    for qualification in drawn:
        planner.plan(qualification)
        start = time.process_time()
        found = planner.explore(qualification)
        whole = time.process_time() - start
        plan = _median(partial(planner.plan, qualification), rounds * PLANS)
        plans.append(plan)
        prices.append(_median(partial(outlooks, found.best), rounds) / plan)
        explored.append(whole / plan)
        wrong += disagreements(qualification, found)
    middle = statistics.median
    return Row(size, middle(plans), middle(prices), max(prices), middle(explored), max(explored)), wrong


def _median(call: Callable[[], object], times: int) -> float:
    """The median processor time of a call, in seconds."""
    seconds = []
    for _ in range(times):
        start = time.process_time()
        call()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def disagreements(qualification: planner.Qualification, found: planner.Exploration) -> list[str]:
    """The units drawn whose prices are not those of the plan with, and of the plan without them."""
    lines = []
    for ref in random.Random(qualification.id).sample(list(qualification.by_ref), CHECKED):
        for counts, price in ((True, found.by_ref[ref].pin_price), (False, found.by_ref[ref].exclude_price)):
            other = planner.instead(found.best, ref, counts)
            if other.price != price:
                lines.append(f"{qualification.id}, unit {ref}: explore {price}, a plan {other.price}")
    return lines


def table(title: str, rows: list[Row]) -> Table:
    """The figures as a table."""
    drawn = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for heading in ("units", "plan ms", "prices", "at worst", "explore", "at worst"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        ratios = (row.prices, row.worst_prices, row.explore, row.worst_explore)
        drawn.add_row(str(row.units), f"{row.plan_seconds * 1000:.1f}", *(f"{ratio:.1f}" for ratio in ratios))
    return drawn
