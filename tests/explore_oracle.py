"""The second way to what surrounds a plan: prices, alternatives, frontiers, losses, conflicts and repairs.

On the real qualification a dynamic program over the oracle's tables; on small ones every selection is
tried. Shares no line with `planner`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests import oracle
from tests.oracle import MANDATORY, ROWS, Row, RuleDict, UnitDict

NEEDED = (oracle.TOTAL_CREDITS, oracle.GROUP_B_CREDITS, oracle.LEVEL_2_CREDITS)
"""The credits a selection needs: in all, of group B, at level 2."""

_IMPOSSIBLE = 10**15

_Cost = Callable[[Row], int]
_Table = NDArray[np.int64]


def given(row: Row) -> tuple[int, int, int]:
    """What a unit gives of the credits needed."""
    return row.credits, row.credits * (row.group == "B"), row.credits * (row.level >= 2)


def choices(pins: Collection[str], excludes: Collection[str]) -> list[list[str | None]]:
    """Of each list at most one may count (exactly one, where there is no None); every unit is in one."""
    must = set(pins) | set(MANDATORY)
    paired = {ref for pair in oracle.BARRED.values() for ref in pair}
    lists: list[list[str | None]] = []
    for members in (*oracle.BARRED.values(), *((ref,) for ref in ROWS if ref not in paired)):
        pinned = [ref for ref in members if ref in must]
        allowed: list[str | None] = [None] if not pinned else []
        for ref in members:
            if ref not in excludes and (not pinned or pinned == [ref]):
                allowed.append(ref)
        lists.append(allowed)
    return lists


class RealTables:
    """Least costs under wishes on the real qualification, units taken from the last to the first.

    `table[position][a, b, c]` is the least cost of choices from `position` on that give at least so many
    credits, credits of group B and credits at level 2.
    """

    def __init__(
        self,
        cost: _Cost,
        pins: Collection[str] = (),
        excludes: Collection[str] = (),
        needed: tuple[int, int, int] = NEEDED,
    ) -> None:
        self.cost = cost
        self.needed = needed
        self.lists = choices(pins, excludes)
        self.tables = self._filled(self.lists[::-1])[::-1]

    def _filled(self, lists: Iterable[list[str | None]]) -> list[_Table]:
        shape = [size + 1 for size in self.needed]
        empty = np.full(shape, _IMPOSSIBLE, dtype=np.int64)
        empty[0, 0, 0] = 0
        tables = [empty]
        for allowed in lists:
            after = np.full(shape, _IMPOSSIBLE, dtype=np.int64)
            for ref in allowed:
                after = np.minimum(after, self._with(tables[-1], ref))
            tables.append(after)
        return tables

    def _with(self, table: _Table, ref: str | None) -> _Table:
        """The table once `ref` counts besides."""
        if ref is None:
            return table
        left = [
            np.maximum(np.arange(n + 1) - g, 0) for n, g in zip(self.needed, given(ROWS[ref]), strict=True)
        ]
        found: _Table = table[np.ix_(*left)] + self.cost(ROWS[ref])
        return found

    @property
    def least(self) -> int | None:
        """The least cost of a valid selection under the wishes."""
        return _possible(int(self.tables[0][self.needed]))

    @cached_property
    def by_choice(self) -> list[dict[str | None, int | None]]:
        """For each list of choices, the least cost with each of its members (None: with none of them)."""
        before = self._filled(self.lists)
        found: list[dict[str | None, int | None]] = []
        for position, allowed in enumerate(self.lists):
            values: dict[str | None, int | None] = {}
            for ref in allowed:
                rest = self._with(self.tables[position + 1], ref)
                # What comes before gives at least (a, b, c), the rest at least what is then missing.
                sums = before[position] + rest[::-1, ::-1, ::-1]
                values[ref] = _possible(int(sums.min()))
            found.append(values)
        return found

    def with_each(self) -> dict[str, tuple[int | None, int | None]]:
        """For each unit the least cost if it counts besides and if it does not."""
        found: dict[str, tuple[int | None, int | None]] = dict.fromkeys(ROWS, (None, self.least))
        for values in self.by_choice:
            for ref in values:
                if ref is not None:
                    others = [v for other, v in values.items() if other != ref and v is not None]
                    found[ref] = values[ref], min(others, default=None)
        return found

    def selections(self, up_to: int) -> Iterator[tuple[frozenset[str], int]]:
        """Every valid selection under the wishes that costs at most `up_to`, with its cost.

        Choice after choice; what cannot become valid at that cost any more is left.
        """

        def extended(
            position: int, missing: tuple[int, ...], chosen: tuple[str, ...], cost: int
        ) -> Iterator[tuple[frozenset[str], int]]:
            if cost + self.tables[position][missing] > up_to:
                return
            if position == len(self.lists):
                yield frozenset(chosen), cost
                return
            for ref in self.lists[position]:
                if ref is None:
                    yield from extended(position + 1, missing, chosen, cost)
                else:
                    row = ROWS[ref]
                    left = tuple(max(m - g, 0) for m, g in zip(missing, given(row), strict=True))
                    yield from extended(position + 1, left, (*chosen, ref), cost + self.cost(row))

        return extended(0, self.needed, (), 0)


def _possible(cost: int) -> int | None:
    return None if cost > _IMPOSSIBLE // 2 else cost


def hours_cost(held: Collection[str] = ()) -> _Cost:
    """New guided hours."""
    return lambda row: 0 if row.ref in held else row.glh


def fit_cost(evidence: Collection[str], held: Collection[str] = ()) -> _Cost:
    """Ten thousand for each new unit without evidence (mandatory ones aside), and the hours."""

    def cost(row: Row) -> int:
        missing = row.ref not in MANDATORY and row.ref not in evidence
        return 0 if row.ref in held else 10_000 * missing + row.glh

    return cost


def _least_sums(
    pins: Collection[str],
    excludes: Collection[str],
    counter: Callable[[str], int],
    cost: Callable[[str], tuple[int, ...]],
) -> dict[int, tuple[int, ...]]:
    """For each sum of `counter` the least costs (compared one after the other) of a valid selection."""
    states: dict[tuple[int, tuple[int, ...]], tuple[int, ...]] = {(0, NEEDED): ()}
    for allowed in choices(pins, excludes):
        after: dict[tuple[int, tuple[int, ...]], tuple[int, ...]] = {}
        for (number, missing), so_far in states.items():
            for ref in allowed:
                key, then = (number, missing), so_far
                if ref is not None:
                    left = tuple(max(m - g, 0) for m, g in zip(missing, given(ROWS[ref]), strict=True))
                    more = cost(ref)
                    then = tuple(map(sum, zip(so_far, more, strict=True))) if so_far else more
                    key = number + counter(ref), left
                if key not in after or then < after[key]:
                    after[key] = then
        states = after
    return {number: costs for (number, missing), costs in states.items() if not any(missing)}


def real_frontier(
    evidence: Collection[str],
    pins: Collection[str] = (),
    excludes: Collection[str] = (),
    held: Collection[str] = (),
) -> list[tuple[int, int]]:
    """The pairs of units without evidence and hours that no plan beats in both."""
    lacking = {ref for ref in ROWS if ref not in MANDATORY and ref not in evidence and ref not in held}
    hours = hours_cost(held)
    sums = _least_sums(pins, excludes, lambda ref: ref in lacking, lambda ref: (hours(ROWS[ref]),))
    return pareto((number, costs[0]) for number, costs in sums.items())


def real_least_changes(
    keep: Collection[str],
    pins: Collection[str] = (),
    excludes: Collection[str] = (),
    held: Collection[str] = (),
) -> tuple[int, int, int] | None:
    """The fewest units dropped from `keep`, then fewest added to it, then the least hours."""

    def cost(ref: str) -> tuple[int, ...]:
        new = ref not in held
        return -(ref in keep), int(new and ref not in keep), ROWS[ref].glh * new

    sums = _least_sums(pins, excludes, lambda ref: 0, cost)
    if not sums:
        return None
    kept, added, hours = sums[0]
    return len(set(keep)) + kept, added, hours


def pareto(points: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The points beaten by no other in both figures, sorted."""
    every = set(points)
    return sorted(p for p in every if not any(q != p and q[0] <= p[0] and q[1] <= p[1] for q in every))


class _Way(NamedTuple):
    """One way with a barred pair or another unit: the credits it gives, the most that a loss takes, the cost."""

    gives: tuple[int, ...]
    takes: tuple[int, ...]
    cost: int


def _ways(
    members: Sequence[str], cost: _Cost, pins: Collection[str], gone: Collection[str], held: Collection[str]
) -> Iterator[_Way]:
    """The ways with units of which one may count; others stand by. Of a pair one gives at least as much."""
    gifts = {ref: given(ROWS[ref]) for ref in members}
    for number in range(len(members) + 1):
        for planned in combinations([ref for ref in members if ref not in gone], number):
            if not {ref for ref in members if ref in pins} <= set(planned):
                continue
            by_gift = sorted(planned, key=lambda ref: gifts[ref])
            first = gifts[by_gift[-1]] if planned else (0, 0, 0)
            second = gifts[by_gift[-2]] if number > 1 else (0, 0, 0)
            assert all(a >= b for a, b in zip(first, second, strict=True))
            fails = planned and by_gift[-1] not in MANDATORY and by_gift[-1] not in held
            lost = tuple(a - b for a, b in zip(first, second, strict=True)) if fails else (0, 0, 0)
            yield _Way(first, lost, sum(cost(ROWS[ref]) for ref in planned))


def real_least_surviving_one(
    cost: _Cost,
    pins: Collection[str] = (),
    excludes: Collection[str] = (),
    held: Collection[str] = (),
) -> int | None:
    """The least cost of a plan after which the loss of any one new optional unit leaves a valid selection.

    Units of barred pairs must be neither pinned nor held. For every guess of the most that one loss takes of
    each kind of credits: no way from which more could be taken is gone, and so much more is needed. Wishes
    need not hold after a loss, so that what is held and left out gives its credits then.
    """
    pairs = list(oracle.BARRED.values())
    paired = {ref for pair in pairs for ref in pair}
    assert not paired & {*pins, *held}
    must = {*pins, *MANDATORY}
    if must & set(excludes):
        return None
    lists = [
        list(_ways(members, cost, must, excludes, held))
        for members in [*pairs, *((ref,) for ref in ROWS if ref not in paired)]
    ]
    in_hand = [sum(given(ROWS[ref])[kind] for ref in set(held) & set(excludes)) for kind in range(3)]
    found = []
    for most in product(*(sorted({way.takes[k] for ways in lists for way in ways}) for k in range(3))):
        more = [max(0, m - h) for m, h in zip(most, in_hand, strict=True)]
        needed = [n + m for n, m in zip(NEEDED, more, strict=True)]
        table = np.full([n + 1 for n in needed], _IMPOSSIBLE, dtype=np.int64)
        table[0, 0, 0] = 0
        for ways in lists:
            after = [
                table[
                    np.ix_(
                        *(np.maximum(np.arange(n + 1) - g, 0) for n, g in zip(needed, way.gives, strict=True))
                    )
                ]
                + way.cost
                for way in ways
                if all(t <= m for t, m in zip(way.takes, most, strict=True))
            ]
            table = np.minimum.reduce(after) if after else np.full_like(table, _IMPOSSIBLE)
        found.append(_possible(int(table[tuple(needed)])))
    return min((value for value in found if value is not None), default=None)


# Small qualifications, by trying every selection.


class Request(NamedTuple):
    """A request to a small qualification. `evidence` are the units that the job gives evidence for."""

    units: Sequence[UnitDict]
    rules: Sequence[RuleDict]
    goals: Sequence[str] = ("glh", "units")
    pins: Collection[str] = ()
    excludes: Collection[str] = ()
    held: Collection[str] = ()
    evidence: Collection[str] = ()
    keep: Collection[str] = ()
    survive: int = 0

    @property
    def refs(self) -> list[str]:
        """The refs of the units."""
        return [unit["ref"] for unit in self.units]


def optional(request: Request) -> set[str]:
    """The units not in every selection that is valid for a learner who holds nothing."""
    valid = oracle.accepted(request.refs, request.rules)
    return set(request.refs) - (frozenset.intersection(*valid) if valid else frozenset())


class Chosen(NamedTuple):
    """A plan: the units that count and those held in reserve beside them."""

    counted: frozenset[str]
    spare: frozenset[str] = frozenset()

    @property
    def planned(self) -> frozenset[str]:
        """The units that count and those in reserve."""
        return self.counted | self.spare


def surviving(request: Request, rules: Sequence[RuleDict] | None = None) -> set[Chosen]:
    """Every plan that keeps the rules and after any loss has a selection left that does; wishes aside.

    A reserve is of new units, and there is none where no loss is to be survived.
    """
    accepted = oracle.accepted(request.refs, request.rules if rules is None else rules, request.held)
    if not request.survive:
        return {Chosen(counted) for counted in accepted}
    held = frozenset(request.held)
    can_fail = optional(request) - held

    def survives(planned: frozenset[str]) -> bool:
        return all(
            any(selection <= (planned | held) - set(loss) for selection in accepted)
            for number in range(request.survive + 1)
            for loss in combinations(sorted(planned & can_fail), number)
        )

    safe = [planned for planned in oracle.subsets(request.refs) if survives(planned)]
    return {
        Chosen(counted, planned - counted)
        for planned in safe
        for counted in accepted
        if counted <= planned and not (planned - counted) & held
    }


def figures(request: Request, goal: str, chosen: Chosen, optional_refs: Collection[str]) -> list[int]:
    """What a goal comes to, as numbers to be compared one after the other; the reserve included."""
    new = chosen.planned - set(request.held)
    if goal == "fit":
        return [len((new & set(optional_refs)) - set(request.evidence))]
    if goal == "changes":
        return [len(set(request.keep) - chosen.planned), len(new - set(request.keep))]
    return [oracle.goal_value(goal, request.units, chosen.planned, request.held)]


def ranked(request: Request) -> list[Chosen]:
    """Every plan for the request, the best first; see `oracle.best_plan` for the canonical order.

    Of plans with a reserve the smallest is the best, then the first list of what is planned, then the one in
    which the fewest hours count.
    """
    optional_refs = optional(request)
    credits = {unit["ref"]: unit["credits"] for unit in request.units}
    held = set(request.held)

    def rank(chosen: Chosen) -> tuple[object, ...]:
        values = [figures(request, goal, chosen, optional_refs) for goal in request.goals]
        return (
            values,
            len(chosen.spare),
            sorted(chosen.planned - held),
            oracle.goal_value("glh", request.units, chosen.counted, held),
            sorted(chosen.counted - held),
            -sum(credits[ref] for ref in chosen.counted & held),
            sorted(chosen.counted),
        )

    return sorted((c for c in surviving(request) if not violated(request, c)), key=rank)


def hours(request: Request, chosen: Chosen) -> int:
    """New guided hours, those of the reserve included."""
    return oracle.goal_value("glh", request.units, chosen.planned, request.held)


def prices(request: Request) -> dict[str, tuple[int | None, int | None]]:
    """For each unit the price of pinning and of excluding it, in hours of the best plan then."""
    plans = ranked(request)
    best = hours(request, plans[0])

    def price(allowed: Iterable[Chosen]) -> int | None:
        first = next(iter(allowed), None)
        return None if first is None else hours(request, first) - best

    return {
        ref: (
            price(p for p in plans if ref in p.counted),
            price(p for p in plans if ref not in p.counted and (ref not in p.spare)),
        )
        for ref in request.refs
    }


def alternatives(request: Request, within: int) -> list[Chosen]:
    """The best plan of each set of new units that is as good before the hours and not too long."""
    plans = ranked(request)
    optional_refs = optional(request)
    goals = list(request.goals)
    before = goals[: goals.index("glh")] if "glh" in goals else goals

    def values(chosen: Chosen) -> list[list[int]]:
        return [figures(request, goal, chosen, optional_refs) for goal in before]

    limit = hours(request, plans[0]) + within
    seen: dict[frozenset[str], Chosen] = {}
    for chosen in plans:
        if values(chosen) == values(plans[0]) and hours(request, chosen) <= limit:
            seen.setdefault(chosen.planned - set(request.held), chosen)
    return list(seen.values())


def frontier(request: Request) -> list[tuple[int, int, Chosen]]:
    """The pairs of units without evidence and hours that no plan beats, each with its first plan."""
    optional_refs = optional(request)
    points: dict[tuple[int, int], Chosen] = {}
    for chosen in ranked(request._replace(goals=("fit", "glh", "units"))):
        (lacking,) = figures(request, "fit", chosen, optional_refs)
        points.setdefault((lacking, hours(request, chosen)), chosen)
    return [(*point, points[point]) for point in pareto(points)]


def hitting_sets(sets: Iterable[Collection[str]], members: Sequence[str]) -> set[frozenset[str]]:
    """Every inclusion-minimal set of members that shares one with each of the sets; all are tried."""
    bits = {member: 1 << position for position, member in enumerate(members)}
    masks = {sum(bits[member] for member in chosen) for chosen in sets}
    found: list[int] = []
    for mask in sorted(range(1 << len(members)), key=int.bit_count):
        if all(mask & other for other in masks) and not any(mask & small == small for small in found):
            found.append(mask)
    return {frozenset(m for m in members if bits[m] & mask) for mask in found}


def asked(request: Request) -> list[str]:
    """The wishes by name."""
    return [
        *(f"pin {ref}" for ref in sorted(request.pins)),
        *(f"exclude {r}" for r in sorted(request.excludes)),
    ]


def violated(request: Request, chosen: Chosen) -> frozenset[str]:
    """The wishes that a plan leaves unmet: what is left out is not held in reserve either."""
    unpinned = {f"pin {ref}" for ref in request.pins if ref not in chosen.counted}
    return frozenset(unpinned | {f"exclude {ref}" for ref in request.excludes if ref in chosen.planned})


def repairs(request: Request) -> set[frozenset[str]]:
    """Every inclusion-minimal set of wishes whose giving up makes the request possible."""
    unmet = {violated(request, chosen) for chosen in surviving(request)}
    return {names for names in unmet if not any(other < names for other in unmet)}


def conflicts(request: Request) -> set[frozenset[str]]:
    """Every inclusion-minimal set of wishes that no selection meets: no selection's unmet ones are outside."""
    unmet = {violated(request, chosen) for chosen in surviving(request)}
    return hitting_sets(unmet, asked(request))


def clash(request: Request, names: Collection[str], cited: Collection[str]) -> bool:
    """Whether these wishes cannot be met under the cited rules (`survive n` among them, or not)."""
    rules = [rule for rule in request.rules if rule["id"] in cited]
    survive = next((int(m[1]) for m in (re.fullmatch(r"survive (\d+)", name) for name in cited) if m), 0)
    # Which units can fail follows from all the rules, cited or not.
    if survive:
        accepted = surviving(request._replace(survive=survive), rules)
    else:
        accepted = {Chosen(counted) for counted in oracle.accepted(request.refs, rules, request.held)}
    return not any(not violated(request, chosen) & set(names) for chosen in accepted)


def given_up(request: Request, names: Collection[str]) -> Request:
    """The request without some of its wishes."""
    pins = {ref for ref in request.pins if f"pin {ref}" not in names}
    return request._replace(pins=pins, excludes={r for r in request.excludes if f"exclude {r}" not in names})


def swaps(request: Request, plan: Chosen, ref: str) -> Mapping[str, int]:
    """The units that can take the place of `ref`, all others staying, and their price in hours."""
    valid = set(ranked(request))
    found = {}
    for other in set(request.refs) - plan.planned:
        changed = plan._replace(counted=plan.counted - {ref} | {other})
        if changed in valid:
            found[other] = hours(request, changed) - hours(request, plan)
    return found
