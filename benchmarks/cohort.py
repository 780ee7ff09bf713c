"""The benchmark of many: a cohort planned and claims audited at once, beside one after the other."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

import planner
from benchmarks.race import RivalError
from planner.cohort.batch import Cohort, plan_cohort
from planner.records.wishes import Request, Wishes, default_goals
from planner.rules import audit
from planner.rules.measure import audit_many

SEED = 600
LEARNERS, ROUNDS = 10_000, 3
QUICK_LEARNERS, QUICK_ROUNDS = 300, 1
GROWTH, QUICK_GROWTH = (1_000, 10_000, 100_000), (300, 1_000)
CLAIMS, QUICK_CLAIMS = 1_000_000, 20_000
SINGLE_CLAIMS, QUICK_SINGLE_CLAIMS = 20_000, 1_000

PLANS_TARGET, AUDIT_TARGET = 10, 100
"""How many times faster than one after the other a cohort and an audit of claims should be."""

GROWTH_SECONDS = 600.0
"""How long one size of the growth may take."""

MIX = (
    "Learners ask for 0 to 3 units, leave out 0 to 5, hold 0 to 4 (fewer more often), and three in ten name "
    "2 to 6 tasks of their job; three in a hundred ask for both units of a barred set or leave out a "
    "mandatory one. No two ask the same."
)

NOTE = (
    "The cohort's time includes listing the minimal selections, from a qualification just loaded. One plan "
    "after the other is timed warm. Where there is no plan, a single call also solves every repair, which a "
    "cohort does not list; the second ratio leaves the single calls without a plan out, the cohort's not."
)

PINS, EXCLUDES, HELD = (40, 30, 20, 10), (30, 25, 20, 12, 8, 5), (40, 25, 15, 12, 8)
"""Of a hundred learners, how many ask for 0, 1, 2 ... units, leave out so many, hold so many."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What a cohort of so many learners took in a process of its own; memory in megabytes at its peak."""

    learners: int
    seconds: float
    a_second: float
    peak_megabytes: float


def run(names: Sequence[str], quick: bool, console: Console) -> tuple[dict[str, Any], list[str]]:
    """Times cohorts and audits and prints the tables; gives the figures for JSON and what differs.

    `names` are rivals, of which there are none here.
    """
    learners, rounds = (QUICK_LEARNERS, QUICK_ROUNDS) if quick else (LEARNERS, ROUNDS)
    planning, wrong = planned(learners, rounds)
    console.print(planning_table(planning))
    console.print(MIX, NOTE, style="dim", highlight=False)
    growth = [grown(size) for size in (QUICK_GROWTH if quick else GROWTH)]
    console.print(growth_table(growth))
    claims, single = (QUICK_CLAIMS, QUICK_SINGLE_CLAIMS) if quick else (CLAIMS, SINGLE_CLAIMS)
    auditing, differing = audited(claims, single)
    console.print(audit_table(auditing))
    report = {
        "seed": SEED,
        "mix": MIX,
        "planning": planning,
        "growth": [asdict(row) for row in growth],
        "audit": auditing,
    }
    return report, [*wrong, *differing]


def random_learners(qualification: planner.Qualification, number: int) -> list[Request]:
    """So many learners as `MIX` says, the same in every run."""
    rng = random.Random(SEED)
    barred = list(qualification.barred.values())
    mandatory = [unit.ref for unit in qualification.units if unit.group == "A"]
    optional = sorted(set(qualification.by_ref) - set(mandatory))
    learners: dict[Wishes, Request] = {}
    while len(learners) < number:
        sizes = [rng.choices(range(len(shares)), shares)[0] for shares in (PINS, EXCLUDES, HELD)]
        drawn = rng.sample(optional, sizes[0] + sizes[1])
        pins, excludes = drawn[: sizes[0]], drawn[sizes[0] :]
        for pair in barred:
            if set(pair) <= set(pins):
                pins.remove(rng.choice(pair))
        if rng.random() < 0.03:
            if rng.random() < 0.5:
                pins = [*pins, *(ref for ref in rng.choice(barred) if ref not in pins)]
                excludes = [ref for ref in excludes if ref not in pins]
            else:
                excludes = [*excludes, rng.choice(mandatory)]
        held = rng.sample(sorted(qualification.by_ref), sizes[2])
        tasks = rng.sample(sorted(qualification.tasks), rng.randint(2, 6)) if rng.random() < 0.3 else []
        wishes = Wishes(
            frozenset(pins),
            frozenset(excludes),
            frozenset(held),
            default_goals(qualification, tasks),
            tuple(tasks),
        )
        learners.setdefault(wishes, Request(f"Learner {len(learners) + 1}", wishes))
    return list(learners.values())


def planned(number: int, rounds: int) -> tuple[dict[str, Any], list[str]]:
    """Seconds of a cohort at once and one by one, and the learners whose answers differ.

    The two take turns: a cohort, then a part of the single plans.
    """
    qualification = planner.load()
    requests = random_learners(qualification, number)
    planner.plan(qualification)
    at_once, alone, plans = list[float](), list[float](), list[planner.Plan]()
    for turn in range(rounds):
        fresh = planner.load()
        start = time.perf_counter()
        cohort = plan_cohort(fresh, requests)
        at_once.append(time.perf_counter() - start)
        for request in requests[turn * number // rounds : (turn + 1) * number // rounds]:
            wishes = request.wishes
            start = time.perf_counter()
            plan = planner.plan(
                qualification,
                pin=wishes.pins,
                exclude=wishes.excludes,
                held=wishes.held,
                tasks=wishes.tasks,
            )
            alone.append(time.perf_counter() - start)
            plans.append(plan)
    seconds = statistics.median(at_once)
    found = sum(second for second, plan in zip(alone, plans, strict=True) if plan.found)
    return {
        "learners": number,
        "statuses": Counter(answer.status for answer in cohort.answers),
        "cohort_seconds": seconds,
        "single_seconds": sum(alone),
        "ratio": sum(alone) / seconds,
        "ratio_to_plans_found": found / seconds,
        "target": PLANS_TARGET,
    }, disagreements(cohort, plans)


def disagreements(cohort: Cohort, plans: Sequence[planner.Plan]) -> list[str]:
    """The learners whose answers differ in status, hours or units, a line each."""
    return [
        f"{given.request.learner}: at once {given.status} {given.new_glh} {' '.join(given.units)}, "
        f"alone {plan.status} {plan.new_glh} {' '.join(plan.units)}"
        for given, plan in zip(cohort.answers, plans, strict=True)
        if (given.status, given.new_glh, given.units) != (plan.status, plan.new_glh, plan.units)
    ]


def grown(number: int) -> Growth:
    """A cohort of so many learners, planned in a process of its own.

    Raises
    ------
    RivalError
        If that process fails or takes too long.
    """
    command = [sys.executable, "-m", "benchmarks.cohort", str(number)]
    try:
        done = subprocess.run(
            command,
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=GROWTH_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise RivalError(f"{number} learners took more than {GROWTH_SECONDS:.0f} s") from None
    except subprocess.CalledProcessError as error:
        raise RivalError(f"{number} learners failed: {error.stderr}") from None
    return Growth(**json.loads(done.stdout))


def measured(number: int) -> Growth:
    """A cohort of so many learners, planned here, in a process that has done nothing else."""
    import resource  # not on every system

    qualification = planner.load()
    requests = random_learners(qualification, number)
    start = time.perf_counter()
    plan_cohort(qualification, requests)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return Growth(number, seconds, number / seconds, peak / 1e6)


def random_claims(qualification: planner.Qualification, number: int) -> NDArray[np.bool_]:
    """So many claims, learners times units: real plans, each unit of which changes now and then."""
    rng = np.random.default_rng(SEED)
    refs = list(qualification.by_ref)
    cohort = plan_cohort(qualification, random_learners(qualification, 500))
    plans = np.array([[ref in answer.units for ref in refs] for answer in cohort.answers if answer.found])
    claims: NDArray[np.bool_] = plans[rng.integers(len(plans), size=number)]
    claims ^= rng.random(claims.shape, dtype=np.float32) < 0.02
    return claims


def audited(number: int, singles: int) -> tuple[dict[str, Any], list[str]]:
    """Seconds of an audit of so many claims at once and of `singles` calls, and the claims that differ."""
    qualification = planner.load()
    refs = list(qualification.by_ref)
    claims = random_claims(qualification, number)
    start = time.perf_counter()
    verdicts = audit_many(qualification.rules, refs, claims)
    at_once = time.perf_counter() - start
    counted = [[refs[place] for place in np.flatnonzero(row)] for row in claims[:singles]]
    start = time.perf_counter()
    findings = [audit(qualification.rules, units) for units in counted]
    alone = time.perf_counter() - start
    wrong = [
        f"claim {row}: at once and alone are measured differently ({' '.join(counted[row])})"
        for row, found in enumerate(findings)
        if [finding.measured for finding in found] != verdicts.measured[row].tolist()
        or [finding.holds for finding in found] != verdicts.holds[row].tolist()
    ]
    return {
        "claims": number,
        "claims_met": int(verdicts.met.sum()),
        "seconds": at_once,
        "single_calls": singles,
        "single_seconds": alone,
        "ratio": alone / singles * number / at_once,
        "target": AUDIT_TARGET,
    }, wrong


def planning_table(figures: dict[str, Any]) -> Table:
    """The two ways to plan a cohort as a table."""
    learners = figures["learners"]
    statuses = ", ".join(f"{number:,} {status}" for status, number in sorted(figures["statuses"].items()))
    drawn = _table(
        f"{learners:,} learners ({statuses})", "way", "seconds", "ms a learner", "ratio", "to plans found"
    )
    ways = (("cohort", figures["cohort_seconds"]), ("one plan after the other", figures["single_seconds"]))
    for (way, seconds), ratios in zip(
        ways, (("1", "1"), (f"{figures['ratio']:.1f}", f"{figures['ratio_to_plans_found']:.1f}")), strict=True
    ):
        drawn.add_row(way, f"{seconds:.2f}", f"{seconds / learners * 1000:.3f}", *ratios)
    drawn.caption = f"The target is a ratio of at least {figures['target']}."
    return drawn


def growth_table(rows: Sequence[Growth]) -> Table:
    """The growth as a table."""
    drawn = _table("Cohorts that grow", "learners", "seconds", "learners a second", "peak MB")
    for row in rows:
        drawn.add_row(
            f"{row.learners:,}", f"{row.seconds:.2f}", f"{row.a_second:,.0f}", f"{row.peak_megabytes:.0f}"
        )
    return drawn


def audit_table(figures: dict[str, Any]) -> Table:
    """The two ways to audit claims as a table."""
    claims, singles = figures["claims"], figures["single_calls"]
    drawn = _table(f"{claims:,} claims ({figures['claims_met']:,} meet the rules)", "way", "seconds", "ratio")
    drawn.add_row("all at once", f"{figures['seconds']:.2f}", "1")
    scaled = figures["single_seconds"] / singles * claims
    drawn.add_row(f"one after the other (from {singles:,})", f"{scaled:.1f}", f"{figures['ratio']:.0f}")
    drawn.caption = f"The target is a ratio of at least {figures['target']}."
    return drawn


def _table(title: str, first: str, *others: str) -> Table:
    drawn = Table(title=title, title_justify="left", caption_justify="left", box=None, pad_edge=False)
    drawn.add_column(first, no_wrap=True)
    for heading in others:
        drawn.add_column(heading, justify="right", no_wrap=True)
    return drawn


if __name__ == "__main__":
    print(json.dumps(asdict(measured(int(sys.argv[1])))))
