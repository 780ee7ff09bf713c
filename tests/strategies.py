"""Qualifications and wishes for tests, most of them drawn at random.

Small ones are drawn as the oracle's plain dicts; `Small.qualification` says the same in the planner's words.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypedDict

from hypothesis import strategies as st

from planner import Bound, Choice, Plan, Qualification, Rule, Unit
from planner.catalogue import Task
from planner.rules.rule import WAYS
from tests.explore_oracle import Chosen, Request
from tests.oracle import BoundDict, ChoiceDict, RuleDict, UnitDict


def deep(small: int, large: int) -> int:
    """How much to draw: `large` in `make deep`, `small` otherwise."""
    return large if os.environ.get("NVQ_DEEP") else small


GOALS = ("glh", "units", "credits", "strategies")


@dataclass(frozen=True)
class Small:
    """A qualification small enough to try every selection; `tasks` are the units each gives evidence for."""

    units: list[UnitDict]
    rules: list[RuleDict]
    tasks: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def refs(self) -> list[str]:
        """The refs in the order of the units."""
        return [unit["ref"] for unit in self.units]

    @property
    def speaks_of_held(self) -> bool:
        """Whether what is accepted depends on the units held."""
        return any(_speaks_of_held(rule) for rule in self.rules)

    def qualification(self) -> Qualification:
        """The same as the planner takes it."""
        return Qualification(
            id="small",
            title="A small qualification",
            source="drawn by Hypothesis",
            verified=date(2026, 1, 1),
            units=tuple(as_unit(unit) for unit in self.units),
            rules=tuple(as_rule(rule) for rule in self.rules),
            tasks={
                name: Task(name, f"Task {name}", {ref: f"{name} shows {ref}" for ref in refs})
                for name, refs in self.tasks.items()
            },
        )


def numbered(number: int) -> list[str]:
    """Refs whose sorted order is that of their numbers: U00, U01 and so on."""
    return [f"U{position:02}" for position in range(number)]


def of_hours(hours: Sequence[int], rules: Iterable[Rule]) -> Qualification:
    """A qualification of units with these hours, of one credit each."""
    units = [
        Unit(ref=ref, title=ref, group="A", level=2, credits=1, glh=glh)
        for ref, glh in zip(numbered(len(hours)), hours, strict=True)
    ]
    return Qualification(
        id="x", title="x", source="x", verified=date(2026, 1, 1), units=tuple(units), rules=tuple(rules)
    )


def exact_totals(electives: int, count: str = "units", spread: int = 1, drop: str = "") -> Qualification:
    """12 units, 4 core and 8 electives, each exactly; the form of many packaging rules.

    With `count` credits each unit has 3 (electives 3 and up to `spread` - 1 more) and the limits are 3 times
    as high. `drop` is a rule left out.
    """
    each = 3 if count == "credits" else 1
    core = [Unit(f"C{n}", f"Core {n}", "C", 2, each, 20 + n) for n in range(4)]
    others = [
        Unit(f"E{n:03}", f"Elective {n}", "E", 2 + n % 2, each + n % spread, 10 + 7 * n % 40)
        for n in range(electives)
    ]
    weights = {unit.ref: unit.credits if count == "credits" else 1 for unit in (*core, *others)}

    def exactly(name: str, units: Sequence[Unit], number: int) -> Bound:
        weighed = {unit.ref: weights[unit.ref] for unit in units}
        text = f"{number * each} {count} of {name}"
        return Bound(name, text, weighed, number * each, number * each, count)

    rules = [
        exactly("total", [*core, *others], 12), exactly("core", core, 4), exactly("electives", others, 8),
    ]  # fmt: skip
    return Qualification(
        id="exact",
        title="Exact totals",
        source="invented",
        verified=date(2026, 1, 1),
        units=(*core, *others),
        rules=tuple(rule for rule in rules if rule.id != drop),
    )


def at_least(number: int, refs: Iterable[str], name: str = "enough") -> Bound:
    """At least so many of the units count."""
    return Bound(name, name, dict.fromkeys(refs, 1), at_least=number)


class Asked(TypedDict):
    """The wishes of a request, as the keywords of `planner.plan`."""

    pin: list[str]
    exclude: list[str]
    held: list[str]


class AskedMore(Asked):
    """All that a request can say, as the keywords of `planner.plan`."""

    goals: list[str] | None
    tasks: list[str]
    keep: list[str]
    survive: int


def _speaks_of_held(rule: RuleDict) -> bool:
    if rule["kind"] == "choice":
        return any(_speaks_of_held(part) for part in rule["of"])
    return rule["held_only"]


def as_unit(unit: UnitDict) -> Unit:
    """A drawn unit as the planner's."""
    return Unit(
        ref=unit["ref"],
        title=f"Unit {unit['ref']}",
        group=unit["group"],
        level=unit["level"],
        credits=unit["credits"],
        glh=unit["glh"],
        barred_sets=tuple(unit["barred_sets"]),
        strategy=unit["strategy"],
    )


def as_rule(rule: RuleDict) -> Rule:
    """A drawn rule as the planner's."""
    name = rule["id"]
    if rule["kind"] == "choice":
        return Choice(name, f"text of {name}", tuple(as_rule(part) for part in rule["of"]), rule["at_least"])
    low, high = rule["at_least"], rule["at_most"]
    return Bound(
        name, f"text of {name}", rule["weights"], low, high, held=frozenset(WAYS if rule["held_only"] else ())
    )


def units() -> st.SearchStrategy[list[UnitDict]]:
    """Three to seven units; ties and zeros are frequent."""

    def named(drawn: list[tuple[str, int, int, int, str]], names: Sequence[str]) -> list[UnitDict]:
        return [
            {
                "ref": ref,
                "group": group,
                "level": level,
                "credits": credits,
                "glh": glh,
                "strategy": strategy,
                "barred_sets": [],
            }
            for ref, (group, level, credits, glh, strategy) in zip(names, drawn, strict=False)
        ]

    columns = st.tuples(
        st.sampled_from("ABC"),
        st.integers(1, 3),
        st.integers(1, 4),
        st.integers(0, 6),
        st.sampled_from(["", "X", "Y"]),
    )
    # The file's order is not the sorted one: the canonical order must not lean on it.
    order = st.permutations([f"U{number}" for number in range(1, 8)])
    return st.builds(named, st.lists(columns, min_size=3, max_size=7), order)


@st.composite
def _limits(draw: st.DrawFn, least: int, most: int) -> tuple[int | None, int | None]:
    """A minimum, a maximum or both, mostly within what the sum can reach."""
    low = draw(st.integers(least, most + 1))
    kind = draw(st.sampled_from(["min", "max", "range", "exactly"]))
    if kind == "min":
        return low, None
    if kind == "max":
        return None, low
    return low, low if kind == "exactly" else draw(st.integers(low, most + 2))


@st.composite
def bounds(draw: st.DrawFn, name: str, members: list[UnitDict]) -> BoundDict:
    """A bound over credits, units or hours of some of the units, or "this unit requires that one"."""
    kind = draw(st.sampled_from(["units", "credits", "glh", "requires", "signed"]))
    if kind == "requires":
        unit, required = draw(st.permutations(members))[:2]
        weights = {required["ref"]: 1, unit["ref"]: -1}
        limits: tuple[int | None, int | None] = (0, None)
    else:
        picked = draw(st.lists(st.sampled_from(members), min_size=1, unique_by=lambda unit: unit["ref"]))
        weights = {}
        for unit in picked:
            if kind == "signed":
                weights[unit["ref"]] = draw(st.integers(-3, 3).filter(bool))
            elif kind == "units":
                weights[unit["ref"]] = 1
            elif kind == "credits":
                weights[unit["ref"]] = unit["credits"]
            elif unit["glh"]:
                weights[unit["ref"]] = unit["glh"]
        least = sum(min(weight, 0) for weight in weights.values())
        most = sum(max(weight, 0) for weight in weights.values())
        limits = draw(_limits(least, most))
    return {
        "kind": "bound",
        "id": name,
        "weights": weights,
        "at_least": limits[0],
        "at_most": limits[1],
        "held_only": draw(st.sampled_from([False, False, False, True])),
    }


@st.composite
def rules(draw: st.DrawFn, name: str, members: list[UnitDict], depth: int = 2) -> RuleDict:
    """A bound, or a choice of up to three rules, nested at most twice."""
    if depth == 0 or draw(st.sampled_from([True, True, False])):
        return draw(bounds(name, members))
    of = [
        draw(rules(f"{name}.{number}", members, depth - 1))
        for number in range(1, draw(st.integers(1, 3)) + 1)
    ]
    choice: ChoiceDict = {
        "kind": "choice",
        "id": name,
        "of": of,
        "at_least": draw(st.integers(1, len(of))),
    }
    return choice


@st.composite
def small_qualifications(draw: st.DrawFn, most_rules: int = 4) -> Small:
    """Three to seven units, one to four rules and up to two barred sets."""
    members = draw(units())
    number = draw(st.integers(1, most_rules))
    drawn = [draw(rules(f"r{n}", members)) for n in range(1, number + 1)]
    for name in ("P", "Q")[: draw(st.integers(0, 2))]:
        barred = draw(
            st.lists(st.sampled_from(members), min_size=2, max_size=3, unique_by=lambda unit: unit["ref"])
        )
        for unit in barred:
            unit["barred_sets"].append(name)
        at_most_one: BoundDict = {
            "kind": "bound",
            "id": f"barred-{name}",
            "weights": {unit["ref"]: 1 for unit in barred},
            "at_least": None,
            "at_most": 1,
            "held_only": False,
        }
        drawn.append(at_most_one)
    return Small(members, drawn)


@st.composite
def small_exact_totals(draw: st.DrawFn) -> Small:
    """Units of which exactly so many credits or so many units count; groups, barred sets and choices besides.

    Of each group at least, at most or exactly so many count, or one of two groups is taken.
    """
    members = draw(units())
    by_credits = draw(st.booleans())
    weights = {unit["ref"]: unit["credits"] if by_credits else 1 for unit in members}
    chosen = draw(st.lists(st.sampled_from(members), min_size=1, unique_by=lambda unit: unit["ref"]))
    counted = {unit["ref"] for unit in chosen[: max(1, len(members) // 2)]}

    def limited(name: str, refs: Iterable[str], limits: str) -> BoundDict:
        """Limits that `counted` keeps."""
        of = {ref: weights[ref] for ref in refs}
        now = sum(weight for ref, weight in of.items() if ref in counted)
        low = None if limits == "most" else now
        high = None if limits == "least" else now
        return {
            "kind": "bound", "id": name, "weights": of, "at_least": low, "at_most": high, "held_only": False
        }  # fmt: skip

    drawn: list[RuleDict] = [limited("total", weights, "exactly")]
    groups: dict[str, list[str]] = {}
    for unit in members:
        groups.setdefault(unit["group"], []).append(unit["ref"])
    for group, refs in groups.items():
        if draw(st.booleans()):
            drawn.append(limited(group, refs, draw(st.sampled_from(["least", "most", "exactly"]))))
    if draw(st.booleans()):
        ways: list[RuleDict] = [limited(f"way {group}", refs, "least") for group, refs in groups.items()]
        drawn.append(
            {"kind": "choice", "id": "ways", "of": ways, "at_least": draw(st.integers(1, len(ways)))}
        )
    if draw(st.booleans()):
        pair = draw(st.permutations(sorted(weights)))[:2]
        if not set(pair) <= counted:
            drawn.append(
                limited("barred-P", pair, "most") | {"weights": dict.fromkeys(pair, 1), "at_most": 1}
            )
    return Small(members, drawn)


def goal_orders() -> st.SearchStrategy[list[str]]:
    """Any of the goals in any order, none at all included."""
    return st.lists(st.sampled_from(GOALS), unique=True)


@st.composite
def wishes(draw: st.DrawFn, refs: Sequence[str], contradictory: bool = False, crowded: bool = False) -> Asked:
    """What becomes of each unit, drawn unit by unit; pinned and excluded only if `contradictory`.

    If `crowded` most units are pinned or excluded.
    """
    asked: Asked = {"pin": [], "exclude": [], "held": []}
    free = 1 if crowded else 3
    states = ["free"] * free + ["pin", "exclude"] * (4 - free) + ["both"] * contradictory
    for ref in refs:
        state = draw(st.sampled_from(states))
        if state in ("pin", "both"):
            asked["pin"].append(ref)
        if state in ("exclude", "both"):
            asked["exclude"].append(ref)
        if draw(st.sampled_from([False, False, True])):
            asked["held"].append(ref)
    return asked


def as_chosen(plan: Plan) -> Chosen:
    """A plan of the planner as the oracle's."""
    return Chosen(frozenset(plan.units), frozenset(plan.spare))


def default_goals(tasks: Iterable[str], keep: Iterable[str]) -> list[str]:
    """The goals of a request that names none, as the documentation of `planner.plan` has them."""
    return [*["changes"] * bool(list(keep)), *["fit"] * bool(list(tasks)), "glh", "units"]


def as_request(small: Small, asked: AskedMore) -> Request:
    """The request as the oracle takes it."""
    goals = asked["goals"]
    return Request(
        units=small.units,
        rules=small.rules,
        goals=default_goals(asked["tasks"], asked["keep"]) if goals is None else goals,
        pins=asked["pin"],
        excludes=asked["exclude"],
        held=asked["held"],
        evidence={ref for task in asked["tasks"] for ref in small.tasks[task]},
        keep=asked["keep"],
        survive=asked["survive"],
    )


@st.composite
def asked_more(
    draw: st.DrawFn,
    small: Small,
    goals: bool = True,
    most_losses: int = 2,
    contradictory: bool = False,
    crowded: bool = False,
) -> AskedMore:
    """Wishes, tasks, a plan to keep and losses to survive; with `goals` any in any order, else the default."""
    plain = draw(wishes(small.refs, contradictory, crowded))
    tasks = draw(st.lists(st.sampled_from(sorted(small.tasks)), unique=True)) if small.tasks else []
    keep = draw(st.lists(st.sampled_from(small.refs), unique=True)) if draw(st.booleans()) else []
    known = [*GOALS, *["fit"] * bool(tasks), *["changes"] * bool(keep)]
    asked: AskedMore = {
        **plain,
        "goals": draw(st.lists(st.sampled_from(known), unique=True)) if goals else None,
        "tasks": tasks,
        "keep": keep,
        "survive": draw(st.sampled_from([0, 0, *range(1, most_losses + 1)])) if most_losses else 0,
    }
    return asked


@st.composite
def small_jobs(draw: st.DrawFn, most_rules: int = 4) -> Small:
    """A small qualification with up to three tasks; now and then a task gives evidence for nothing."""
    small = draw(small_qualifications(most_rules))
    names = ("calls", "letters", "sales")[: draw(st.integers(0, 3))]
    evidence = st.lists(st.sampled_from(small.refs), max_size=4, unique=True)
    return Small(small.units, small.rules, {name: draw(evidence) for name in names})


@st.composite
def with_room(draw: st.DrawFn) -> Small:
    """A small qualification that asks for little, so that a plan can do without some units."""
    small = draw(small_jobs())
    weights = {ref: draw(st.integers(1, 3)) for ref in small.refs}
    enough: BoundDict = {
        "kind": "bound",
        "id": "enough",
        "weights": weights,
        "at_least": draw(st.integers(1, sum(weights.values()) // 2)),
        "at_most": None,
        "held_only": False,
    }
    return Small([{**unit, "barred_sets": []} for unit in small.units], [enough], small.tasks)


def random_wishes(
    rng: random.Random, refs: Sequence[str], sizes: Sequence[int] = (0, 1, 2, 4, 8, 14)
) -> Asked:
    """Wishes over many units: some of the refs pinned, others excluded, any of them held."""
    names = rng.sample(sorted(refs), len(refs))
    pins, excludes = rng.choice(sizes), rng.choice(sizes)
    return {
        "pin": names[:pins],
        "exclude": names[pins : pins + excludes],
        "held": rng.sample(names, rng.choice(sizes)),
    }
