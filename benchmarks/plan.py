"""The benchmark of one plan: request in, proven answer out, all rivals warm."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

import planner
from benchmarks.problem import Limits, Problem, random_requests
from benchmarks.race import Answer, Race, race
from benchmarks.rivals import OURS, RIVALS

SEED = 5106
REQUESTS, ROUNDS = 60, 5
QUICK_REQUESTS, QUICK_ROUNDS = 8, 1

NOTE = (
    "Ratio: a rival's time by the planner's, median over the requests. Rivals only find the least hours, "
    "or that there is no plan. The planner also finds the fewest units and the canonical order among the "
    "shortest plans and audits its plan; where there is none, it finds every minimal conflict and "
    "every repair."
)


@dataclass(frozen=True, slots=True)
class Figures:
    """A rival's figures over some requests; `ratio` is to the planner, None without it.

    `proven` counts answers with a proof, of `answers`.
    """

    median_seconds: float
    p95_seconds: float
    ratio: float | None
    proven: int
    answers: int


def run(names: Sequence[str], quick: bool, console: Console) -> tuple[dict[str, Any], list[str]]:
    """Runs the race and prints its tables; gives the figures for JSON and what is wrong with the answers."""
    problem = real_problem()
    count, rounds = (QUICK_REQUESTS, QUICK_ROUNDS) if quick else (REQUESTS, ROUNDS)
    requests = random_requests(list(problem.glh), count, SEED)
    done = race(names, problem, requests, rounds)
    wrong = disagreements(done, [str(request) for request in requests])
    reference = done.answers[names[0]]
    feasible = [index for index in range(count) if reference[index][0].hours is not None]
    infeasible = [index for index in range(count) if index not in feasible]
    report: dict[str, Any] = {"requests": count, "seed": SEED, "rounds": rounds, "versions": done.versions}
    for key, title, indices in (
        ("feasible", f"One plan, rounds: {rounds}, requests that have one: {len(feasible)}", feasible),
        (
            "infeasible",
            f"No plan, rounds: {rounds}, requests that cannot be met: {len(infeasible)}",
            infeasible,
        ),
    ):
        if indices:
            rows = {name: figures(done, name, indices) for name in names}
            console.print(table(title, rows, done.versions))
            report[key] = {
                "requests": len(indices),
                "rivals": {
                    name: {f: getattr(row, f) for f in Figures.__slots__} for name, row in rows.items()
                },
            }
    console.print(NOTE, style="dim", highlight=False)
    return report, wrong


def real_problem() -> Problem:
    """The default qualification as plain data.

    Raises
    ------
    TypeError
        If it has a rule the rivals' models do not know.
    """
    qualification = planner.load()
    rules = []
    for rule in qualification.rules:
        if not isinstance(rule, planner.Bound) or rule.held or not rule.weights:
            raise TypeError(f"the rivals' models have no rule like {rule.id!r}")
        rules.append(Limits(rule.id, *whole(rule)))
    return Problem(qualification.id, {unit.ref: unit.glh for unit in qualification.units}, rules)


def whole(rule: planner.Bound) -> tuple[dict[str, int], int | None, int | None]:
    """The weights and the limits of a rule without halves."""
    low, high = (None if limit is None else int(limit) for limit in (rule.at_least, rule.at_most))
    return {ref: int(weight) for ref, weight in rule.weights.items()}, low, high


def disagreements(done: Race, requests: Sequence[str]) -> list[str]:
    """What is wrong with the answers, one line a request: different hours, or no proof."""
    lines = []
    for index, request in enumerate(requests):
        found = {
            name: {a.hours if a.proven else "not proven" for a in rows[index]}
            for name, rows in done.answers.items()
        }
        different = set().union(*found.values())
        if len(different) > 1 or "not proven" in different:
            each = "; ".join(f"{name}: {', '.join(map(str, hours))}" for name, hours in found.items())
            lines.append(f"request {index + 1} ({request}): {each}")
    return lines


def figures(done: Race, name: str, indices: Sequence[int]) -> Figures:
    """A rival's figures over the requests at `indices`."""
    answers = [answer for index in indices for answer in done.answers[name][index]]
    seconds = sorted(answer.seconds for answer in answers)
    ratio = None
    if OURS in done.answers:
        ratio = statistics.median(
            _typical(done.answers[name][index]) / _typical(done.answers[OURS][index]) for index in indices
        )
    return Figures(
        statistics.median(seconds),
        seconds[math.ceil(0.95 * len(seconds)) - 1],
        ratio,
        sum(answer.proven for answer in answers),
        len(answers),
    )


def table(title: str, rows: dict[str, Figures], versions: dict[str, str]) -> Table:
    """The figures as a table, the rivals in the order given."""
    drawn = Table(title=title, title_justify="left", box=None, pad_edge=False)
    drawn.add_column("rival", no_wrap=True)
    drawn.add_column("version", no_wrap=True)
    for heading in ("median ms", "p95 ms", "ratio", "proven"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for name, row in rows.items():
        drawn.add_row(
            RIVALS[name].label,
            versions[name],
            f"{row.median_seconds * 1000:.2f}",
            f"{row.p95_seconds * 1000:.2f}",
            "-" if row.ratio is None else f"{row.ratio:.1f}",
            f"{row.proven} of {row.answers}",
        )
    return drawn


def _typical(rounds: Sequence[Answer]) -> float:
    """The median over the rounds of one request, in seconds."""
    return statistics.median(answer.seconds for answer in rounds)
