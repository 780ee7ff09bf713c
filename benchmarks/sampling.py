"""The benchmark of samples: the proven smallest beside a greedy choice, and a random one of the same size."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table

from planner.assurance import Assessment, Policy, draw_sample, load_policy
from planner.assurance.policy import PolicyRule
from planner.assurance.sampling import strata_of

SEED = 600
SIZES, QUICK_SIZES = (60, 120, 400, 1_200), (30,)
TABLES, QUICK_TABLES = 10, 2
DRAWS, QUICK_DRAWS = 50, 5
SECONDS = 60.0

MIX = (
    "Tables are invented: an assessor for each thirty assessments, 25 units, learners with some eight "
    "assessments each, three sites, one in six at high risk. The example policy is the one that ships; the "
    "other asks for one of each learner, one of each unit at each site, a tenth of each assessor's and half "
    "of what is at high risk of each assessor. Greedy takes again and again the assessment that serves most "
    "strata which still want some. Missed are the strata that a random choice of the same size serves less "
    "than asked."
)

Wanted = Sequence[tuple[frozenset[int], int]]
"""The members of each stratum, and how many of them are wanted."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over tables of one size; `greedy` by the smallest, `missed` as a share of the strata."""

    policy: str
    assessments: int
    strata: int
    smallest: int
    seconds: float
    greedy: float
    greedy_worst: float
    missed: float
    missed_least: float
    missed_most: float


def run(names: Sequence[str], quick: bool, console: Console) -> tuple[dict[str, Any], list[str]]:
    """Draws the samples and prints the table; gives the figures for JSON and what went wrong."""
    drawn, wrong = random.Random(SEED), list[str]()
    tables = QUICK_TABLES if quick else TABLES
    found = [
        _size(policy, size, tables, QUICK_DRAWS if quick else DRAWS, drawn, wrong)
        for policy in (load_policy(), OTHER)
        for size in (QUICK_SIZES if quick else SIZES)
    ]
    table = Table(title=f"Samples, {tables} tables of each size, medians", title_justify="left")
    for head in ("policy", "of", "strata", "smallest", "s", "greedy", "worst", "missed", "least", "most"):
        table.add_column(head, no_wrap=True)
    for each in found:
        ratios = (f"{each.greedy:.2f}", f"{each.greedy_worst:.2f}")
        shares = (f"{100 * share:.0f}%" for share in (each.missed, each.missed_least, each.missed_most))
        sizes = (
            each.policy,
            f"{each.assessments:,}",
            str(each.strata),
            str(each.smallest),
            f"{each.seconds:.2f}",
        )
        table.add_row(*sizes, *ratios, *shares)
    console.print(table)
    console.print(MIX, style="dim", highlight=False)
    return {"samples": [asdict(each) for each in found]}, wrong


def _rule(name: str, **keys: Any) -> PolicyRule:
    return PolicyRule(id=name, text=name, **keys)


OTHER = Policy(
    id="other",
    title="An invented policy whose strata overlap",
    rule=[
        _rule("learner", each=["learner"], at_least=1),
        _rule("unit-at-site", each=["ref", "site"], at_least=1),
        _rule("assessor", each=["assessor"], percent=10),
        _rule("risk", each=["assessor"], where={"risk": ["high"]}, percent=50),
    ],
)


def _size(
    policy: Policy, size: int, tables: int, draws: int, drawn: random.Random, wrong: list[str]
) -> Figures:
    strata, sizes, seconds, ratios, missed = [], [], [], [], []
    for number in range(tables):
        assessments = _assessments(size, drawn)
        wanted = _wanted(policy, assessments)
        began = time.perf_counter()
        sample = draw_sample(policy, assessments, seed=number, seconds=SECONDS)
        seconds.append(time.perf_counter() - began)
        chosen = {assessments.index(each) for each in sample.sample}
        greedy = _greedy(wanted)
        for name, rows in (("the smallest sample", chosen), ("the greedy one", greedy)):
            if _missed(wanted, rows):
                wrong.append(f"{size} assessments, table {number}: {name} does not keep the policy")
        if sample.status != "optimal" or len(greedy) < len(chosen):
            wrong.append(f"{size} assessments, table {number}: {len(chosen)} is not proven smallest")
        strata.append(len(wanted))
        sizes.append(len(chosen))
        ratios.append(len(greedy) / len(chosen))
        missed += [
            _missed(wanted, drawn.sample(range(size), len(chosen))) / len(wanted) for _ in range(draws)
        ]
    middle = statistics.median
    return Figures(
        policy.id, size, round(middle(strata)), round(middle(sizes)), middle(seconds), middle(ratios),
        max(ratios), middle(missed), min(missed), max(missed),
    )  # fmt: skip


def _assessments(size: int, drawn: random.Random) -> list[Assessment]:
    people, assessors = max(2, size // 8), max(2, size // 30)
    units = [f"U{number:02}" for number in range(25)]
    return [
        Assessment(
            f"L{drawn.randrange(people)}",
            drawn.choice(units),
            f"Assessor {drawn.randrange(assessors)}",
            date(2026, 1, 1) + timedelta(number),
            cells={
                "risk": "high" if drawn.random() < 1 / 6 else "low",
                "site": drawn.choice(["Leeds", "Hull", "York"]),
            },
            row=number,
        )
        for number in range(size)
    ]


def _wanted(policy: Policy, assessments: Sequence[Assessment]) -> Wanted:
    items = {str(number): each for number, each in enumerate(assessments)}
    return [
        (frozenset(map(int, members)), rule.needed(len(members)))
        for rule, _, members in strata_of(policy, items)
    ]


def _missed(wanted: Wanted, chosen: Collection[int]) -> int:
    """How many strata have fewer of the chosen than they want."""
    rows = frozenset(chosen)
    return sum(len(members & rows) < number for members, number in wanted)


def _greedy(wanted: Wanted) -> set[int]:
    """One after the other the assessment that serves most strata which want some; the first of equals."""
    chosen: set[int] = set()
    while short := [members for members, number in wanted if len(members & chosen) < number]:
        gains: dict[int, int] = {}
        for members in short:
            for row in members - chosen:
                gains[row] = gains.get(row, 0) + 1
        chosen.add(min(gains, key=lambda row: (-gains[row], row)))
    return chosen
