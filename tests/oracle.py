"""The second way to every answer: reads the unit file itself and shares no line with `planner`.

The numbers of the qualification (600/5106/1) are copied by hand from its page, not from its rule file:
"learners must achieve 28 credits, 15 of which must be at level 2. 6 credits from both of the mandatory
units, a minimum of 12 credits from Optional Group B", and at most one unit of each barred set.

For rule sets small enough to try every selection, rules are plain dicts, evaluated here.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

UNITS_FILE = Path(__file__).parent.parent / "data" / "units.csv"

MANDATORY = ("D/503/0352", "T/503/0342")
TOTAL_CREDITS = 28
GROUP_B_CREDITS = 12
LEVEL_2_CREDITS = 15
BARRED = {
    "C1": ("F/502/4396", "L/601/1225"),
    "C2": ("J/502/4299", "M/502/4300"),
    "C3": ("A/502/4378", "F/502/4379"),
    "C4": ("A/502/4297", "T/502/4296"),
    "C5": ("D/502/4292", "Y/502/4291"),
}
RULES = ("total", "mandatory", "group-b", "level-2", *(f"barred-{name}" for name in BARRED))


class Row(NamedTuple):
    """A unit as its row of the file says it."""

    ref: str
    group: str
    level: int
    credits: int
    glh: int
    strategy: str


def read_rows(path: Path = UNITS_FILE) -> dict[str, Row]:
    """The rows of the qualification, by ref."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            line["ref"]: Row(
                line["ref"],
                line["group"],
                int(line["level"]),
                int(line["credits"]),
                int(line["glh"]),
                line["strategy"],
            )
            for line in csv.DictReader(file)
            if line["qualification"] == "600/5106/1"
        }


ROWS = read_rows()


def broken_rules(counted: Collection[str], rows: Mapping[str, Row] = ROWS) -> set[str]:
    """The rules of the qualification that a selection breaks."""
    units = [rows[ref] for ref in counted]
    broken = set()
    if sum(unit.credits for unit in units) < TOTAL_CREDITS:
        broken.add("total")
    if not set(MANDATORY) <= set(counted):
        broken.add("mandatory")
    if sum(unit.credits for unit in units if unit.group == "B") < GROUP_B_CREDITS:
        broken.add("group-b")
    if sum(unit.credits for unit in units if unit.level >= 2) < LEVEL_2_CREDITS:
        broken.add("level-2")
    for name, members in BARRED.items():
        if len(set(members) & set(counted)) > 1:
            broken.add(f"barred-{name}")
    return broken


# The dynamic program. A cell of the table holds the least cost of the units seen so far that give at least
# so many credits, credits of group B and credits at level 2; one step is a look-up in the table before.

_SHAPE = (TOTAL_CREDITS + 1, GROUP_B_CREDITS + 1, LEVEL_2_CREDITS + 1)
_IMPOSSIBLE = 10**15

_Table = NDArray[np.int64]


def _step(table: _Table, row: Row, cost: int) -> _Table:
    """The table once `row` counts."""
    given = (row.credits, row.credits * (row.group == "B"), row.credits * (row.level >= 2))
    needed = [np.maximum(np.arange(size) - less, 0) for size, less in zip(_SHAPE, given, strict=True)]
    found: _Table = table[np.ix_(*needed)] + cost
    return found


def _alternatives(rows: Mapping[str, Row], in_force: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Sets of refs of which at most one may count; most of them have one member."""
    together = {ref: name for name, pair in BARRED.items() for ref in pair if f"barred-{name}" in in_force}
    yield from (members for name, members in BARRED.items() if f"barred-{name}" in in_force)
    yield from ((ref,) for ref in rows if ref not in together)


def _least_cost(
    cost: Callable[[Row], int],
    pins: Collection[str],
    excludes: Collection[str],
    rows: Mapping[str, Row],
    rules: Collection[str],
) -> int | None:
    must = set(pins) | (set(MANDATORY) if "mandatory" in rules else set())
    if must & set(excludes):
        return None
    table = np.full(_SHAPE, _IMPOSSIBLE, dtype=np.int64)
    table[0, 0, 0] = 0
    for members in _alternatives(rows, rules):
        pinned = [ref for ref in members if ref in must]
        if len(pinned) > 1:
            return None
        choices = [] if pinned else [table]
        for ref in pinned or members:
            if ref not in excludes:
                choices.append(_step(table, rows[ref], cost(rows[ref])))
        table = np.minimum.reduce(choices)
    credits = TOTAL_CREDITS if "total" in rules else 0
    group_b = GROUP_B_CREDITS if "group-b" in rules else 0
    level_2 = LEVEL_2_CREDITS if "level-2" in rules else 0
    least = int(table[credits, group_b, level_2])
    return None if least > _IMPOSSIBLE // 2 else least


def least_hours(
    pins: Collection[str] = (),
    excludes: Collection[str] = (),
    held: Collection[str] = (),
    rows: Mapping[str, Row] = ROWS,
    rules: Collection[str] = RULES,
) -> int | None:
    """The fewest new guided hours of any plan under the wishes, None if there is no plan.

    `rules` names the rules in force, so that one can ask which of them make a request impossible.
    """
    return _least_cost(lambda row: 0 if row.ref in held else row.glh, pins, excludes, rows, rules)


def least_hours_and_units(
    pins: Collection[str] = (),
    excludes: Collection[str] = (),
    held: Collection[str] = (),
    rows: Mapping[str, Row] = ROWS,
) -> tuple[int, int] | None:
    """The fewest new guided hours and, among plans with so many, the fewest new units."""
    # One hour costs more than all the units together.
    cost = _least_cost(lambda row: 0 if row.ref in held else row.glh * 1000 + 1, pins, excludes, rows, RULES)
    return None if cost is None else divmod(cost, 1000)


def way_home(
    held: Collection[str], begun: Collection[str], evidence: Collection[str] | None = None
) -> tuple[int, int, int]:
    """What the best way home begins, its new units without `evidence`, and its new hours, in this order.

    With `evidence` None the job is not known and the second figure is 0.
    """
    least = _least_begun_unfit_hours((), (), held, begun, evidence)
    assert least is not None
    return least


def least_misfits_and_hours(
    pins: Collection[str], excludes: Collection[str], evidence: Collection[str] | None
) -> tuple[int, int] | None:
    """The fewest units without `evidence` and, among such plans, the fewest hours; None without a plan."""
    least = _least_begun_unfit_hours(pins, excludes, (), ROWS, evidence)
    return None if least is None else least[1:]


def _least_begun_unfit_hours(
    pins: Collection[str],
    excludes: Collection[str],
    held: Collection[str],
    begun: Collection[str],
    evidence: Collection[str] | None,
) -> tuple[int, int, int] | None:
    """The mandatory units are in every plan, so no job is blamed for giving no evidence for them."""

    def cost(row: Row) -> int:
        if row.ref in held:
            return 0
        unfit = evidence is not None and row.ref not in evidence and row.ref not in MANDATORY
        return ((row.ref not in begun) * 1000 + unfit) * 10_000 + row.glh

    least = _least_cost(cost, pins, excludes, ROWS, RULES)
    if least is None:
        return None
    counts, hours = divmod(least, 10_000)
    return (*divmod(counts, 1000), hours)


def least_of_goal(
    goal: str, pins: Collection[str] = (), excludes: Collection[str] = (), held: Collection[str] = ()
) -> int | None:
    """The least value of a goal over all plans under the wishes, None if there is no plan."""
    if goal == "credits":
        return _least_cost(lambda row: row.credits, pins, excludes, ROWS, RULES)
    if goal == "units":
        return _least_cost(lambda row: row.ref not in held, pins, excludes, ROWS, RULES)
    if goal == "glh":
        return least_hours(pins, excludes, held)
    letters = sorted({row.strategy for row in ROWS.values()})
    for number in range(len(letters) + 1):
        for allowed in combinations(letters, number):
            others = {row.ref for row in ROWS.values() if row.strategy not in allowed}
            if least_hours(pins, set(excludes) | (others - set(held)), held) is not None:
                return number
    return None


def canonical_plan(
    goals: Sequence[str],
    pins: Collection[str] = (),
    excludes: Collection[str] = (),
    held: Collection[str] = (),
) -> list[str] | None:
    """The one plan that is best for the goals (`strategies` left out) and first in canonical order.

    Found by asking for one unit after the other whether the best plans still include one with it.
    """

    def cost(row: Row) -> int:
        new = row.ref not in held
        parts = {"glh": row.glh * new, "units": int(new), "credits": row.credits}
        total = 0
        for part in (*(parts[goal] for goal in goals), row.credits * (new - 1)):
            total = total * 2000 + part  # no goal of all 39 units together comes to 2000
        return total

    def least(counting: Collection[str], left_out: Collection[str]) -> int | None:
        return _least_cost(cost, counting, left_out, ROWS, RULES)

    def best_value(counting: Collection[str], left_out: Collection[str]) -> int | None:
        """The value of the goals alone, most held credits left aside."""
        found = least(counting, left_out)
        return None if found is None else -(-found // 2000)

    counting, left_out = set(pins), set(excludes)
    best = best_value(counting, left_out)
    if best is None:
        return None
    new = sorted(set(ROWS) - set(held))
    for position, ref in enumerate(new):
        if best_value(counting, left_out | set(new[position:]) - counting) == best and not (
            counting & set(new[position:])
        ):
            left_out |= set(new[position:])
            break
        if best_value(counting | {ref}, left_out) == best:
            counting.add(ref)
        else:
            left_out.add(ref)
    most_held = least(counting, left_out)
    for ref in sorted(set(held) - left_out - counting):
        if least(counting | {ref}, left_out) == most_held:
            counting.add(ref)
        else:
            left_out.add(ref)
    return sorted(counting)


def _tally(keep_credits: bool, hours_up_to: int, rows: Mapping[str, Row] = ROWS) -> Counter[tuple[int, int]]:
    """How many valid selections have so many credits and hours.

    Credits above 28 are all tallied as 28 unless `keep_credits`; selections of more than `hours_up_to`
    hours are left out.
    """
    states: Counter[tuple[int, int, int, int]] = Counter({(0, 0, 0, 0): 1})
    for members in _alternatives(rows, RULES):
        after: Counter[tuple[int, int, int, int]] = Counter()
        if not set(members) & set(MANDATORY):
            after.update(states)
        for row in (rows[ref] for ref in members):
            for (credits, group_b, level_2, hours), number in states.items():
                if hours + row.glh <= hours_up_to:
                    credits_then = credits + row.credits
                    if not keep_credits:
                        credits_then = min(credits_then, TOTAL_CREDITS)
                    group_b_then = min(group_b + row.credits * (row.group == "B"), GROUP_B_CREDITS)
                    level_2_then = min(level_2 + row.credits * (row.level >= 2), LEVEL_2_CREDITS)
                    after[credits_then, group_b_then, level_2_then, hours + row.glh] += number
        if keep_credits:
            after = Counter({state: n for state, n in after.items() if state[0] <= TOTAL_CREDITS})
        states = after
    found: Counter[tuple[int, int]] = Counter()
    for (credits, group_b, level_2, hours), number in states.items():
        if credits >= TOTAL_CREDITS and group_b >= GROUP_B_CREDITS and level_2 >= LEVEL_2_CREDITS:
            found[credits, hours] += number
    return found


def selections_of_exactly_28_credits() -> Counter[int]:
    """How many valid selections of exactly 28 credits there are, by guided hours."""
    return Counter({hours: n for (_, hours), n in _tally(True, 10**6).items()})


def selections_by_hours(up_to: int) -> Counter[int]:
    """How many valid selections of any credits there are, by guided hours."""
    return Counter({hours: n for (_, hours), n in _tally(False, up_to).items()})


# Small rule sets, by trying every selection.


class UnitDict(TypedDict):
    """A unit of a small qualification."""

    ref: str
    group: str
    level: int
    credits: int
    glh: int
    strategy: str
    barred_sets: list[str]


class BoundDict(TypedDict):
    """`at_least <= sum of the weights of what counts <= at_most`; of held units only, if so said."""

    kind: Literal["bound"]
    id: str
    weights: dict[str, int]
    at_least: int | None
    at_most: int | None
    held_only: bool


class ChoiceDict(TypedDict):
    """At least so many of the rules in `of` hold."""

    kind: Literal["choice"]
    id: str
    of: list[RuleDict]
    at_least: int


RuleDict = BoundDict | ChoiceDict


def rule_holds(rule: RuleDict, counted: Collection[str], held: Collection[str] = ()) -> bool:
    """Whether one rule holds over what counts."""
    if rule["kind"] == "choice":
        return [rule_holds(part, counted, held) for part in rule["of"]].count(True) >= rule["at_least"]
    total = 0
    for ref in counted:
        if ref in rule["weights"] and (ref in held or not rule["held_only"]):
            total += rule["weights"][ref]
    if rule["at_least"] is not None and total < rule["at_least"]:
        return False
    return rule["at_most"] is None or total <= rule["at_most"]


def subsets(refs: Iterable[str]) -> Iterator[frozenset[str]]:
    """Every subset of the refs."""
    names = sorted(refs)
    for size in range(len(names) + 1):
        yield from map(frozenset, combinations(names, size))


def accepted(
    refs: Iterable[str], rules: Sequence[RuleDict], held: Collection[str] = ()
) -> set[frozenset[str]]:
    """Every selection of the refs under which all rules hold."""
    return {chosen for chosen in subsets(refs) if all(rule_holds(rule, chosen, held) for rule in rules)}


def possible(
    refs: Iterable[str],
    rules: Sequence[RuleDict],
    pins: Collection[str] = (),
    excludes: Collection[str] = (),
    held: Collection[str] = (),
) -> bool:
    """Whether any selection keeps the rules and the wishes."""
    return any(set(pins) <= chosen and not set(excludes) & chosen for chosen in accepted(refs, rules, held))


def goal_value(
    goal: str, units: Sequence[UnitDict], counted: Collection[str], held: Collection[str] = ()
) -> int:
    """What a goal comes to: hours, number or strategies of the new units; credits of all."""
    new = [unit for unit in units if unit["ref"] in counted and unit["ref"] not in held]
    if goal == "glh":
        return sum(unit["glh"] for unit in new)
    if goal == "units":
        return len(new)
    if goal == "strategies":
        return len({unit["strategy"] for unit in new})
    if goal == "credits":
        return sum(unit["credits"] for unit in units if unit["ref"] in counted)
    raise ValueError(goal)


def best_plan(
    units: Sequence[UnitDict],
    rules: Sequence[RuleDict],
    goals: Sequence[str],
    pins: Collection[str] = (),
    excludes: Collection[str] = (),
    held: Collection[str] = (),
) -> frozenset[str] | None:
    """The best selection, goal after goal, then in canonical order; None if there is none.

    Canonical order: the first sorted list of new refs, then the most held credits, then the first sorted
    list of refs. Lists are compared as Python compares them: a list comes before its own continuations.
    """

    def rank(chosen: frozenset[str]) -> tuple[list[int], list[str], int, list[str]]:
        held_credits = sum(u["credits"] for u in units if u["ref"] in chosen and u["ref"] in held)
        values = [goal_value(goal, units, chosen, held) for goal in goals]
        return values, sorted(chosen - set(held)), -held_credits, sorted(chosen)

    candidates = [
        chosen
        for chosen in accepted([unit["ref"] for unit in units], rules, held)
        if set(pins) <= chosen and not set(excludes) & chosen
    ]
    return min(candidates, key=rank) if candidates else None
