"""What the linear relaxation of rules says: what each limit is worth, and what items cost in its light.

The dual values of the relaxation are prices. With them every selection has a bound that is no higher than its
sum (Lagrangean relaxation: Geoffrion, Mathematical Programming Study 2, 1974, 82-114), and the bound is a sum
over blocks of items: those that rules of few items tie together, those that are alike, and every other item
for itself. All is whole numbers: prices are rounded, and bounds remain bounds whatever the prices are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]

from planner.rules.rule import Bound, Rule

Array = NDArray[np.int64]

PARTS = 10_000
"""Parts of one to which prices are rounded."""

LARGEST = 2**60
"""Above every sum, and every sum of bounds: the numbers of an array hold it."""

FEW, LARGEST_BLOCK = 5, 8
"""Items of a rule that ties them together, and of a block: all selections from it are tried."""


@dataclass(frozen=True, slots=True, eq=False)
class LimitRow:
    """What is left of a rule for the items still free; a limit that cannot be broken is None."""

    weights: Mapping[str, int]
    least: int
    most: int
    low: int | None
    high: int | None

    @classmethod
    def of(cls, rule: Bound, settled: Mapping[str, bool]) -> LimitRow:
        """The rule, in whole numbers, once some items are in or out."""
        weights = {ref: int(weight) for ref, weight in rule.weights.items() if ref not in settled}
        done = sum(int(weight) for ref, weight in rule.weights.items() if settled.get(ref))
        # The sums that the free items can reach: with all of one sign in and all of the other out.
        least = sum(weight for weight in weights.values() if weight < 0)
        most = sum(weight for weight in weights.values() if weight > 0)
        low = None if rule.at_least is None or rule.at_least - done <= least else int(rule.at_least) - done
        high = None if rule.at_most is None or rule.at_most - done >= most else int(rule.at_most) - done
        return cls(weights, least, most, low, high)

    @property
    def possible(self) -> bool:
        """Whether some selection reaches the lower limit, and some keeps the upper one."""
        return (self.low is None or self.low <= self.most) and (self.high is None or self.high >= self.least)

    @property
    def forced(self) -> Iterator[tuple[str, bool]]:
        """The items that have to be in, or out, for a limit to be kept."""
        for ref, weight in self.weights.items():
            # The greatest sum has the items of positive weight in and those of negative weight out. Where it
            # falls below the lower limit once one item is the other way, that item stays as it is there. Of
            # the least sum and the upper limit all is the other way round.
            if self.low is not None and self.most - abs(weight) < self.low:
                yield ref, weight > 0
            if self.high is not None and self.least + abs(weight) > self.high:
                yield ref, weight < 0

    @property
    def lowest(self) -> int:
        """The lower limit, as a number in any case."""
        # Twice the largest: a step taken off it leaves it below every sum, and within 64 bits.
        return -2 * LARGEST if self.low is None else self.low

    @property
    def highest(self) -> int:
        """The upper limit, as a number in any case."""
        return 2 * LARGEST if self.high is None else self.high

    def column(self, refs: Iterable[str]) -> Array:
        """The weights of some items."""
        return np.array([self.weights.get(ref, 0) for ref in refs], dtype=np.int64)


def ways(rules: Sequence[Rule]) -> Iterator[list[Bound]]:
    """Every way to keep the rules: all bounds, and of each choice as many rules as it asks for."""
    for way in product(*map(_ways_of, rules)):
        yield [bound for part in way for bound in part]


def _ways_of(rule: Rule) -> Iterator[list[Bound]]:
    if isinstance(rule, Bound):
        yield [rule.in_whole_numbers()]
    else:
        # As many as are asked for and no more: who keeps others too keeps these.
        for some in combinations(rule.of, rule.at_least):
            yield from ways(some)


def settle(rules: Sequence[Bound], settled: dict[str, bool]) -> list[LimitRow] | None:
    """What is left of rules once all that they force is added to `settled`; None if they cannot be kept."""
    # Bound propagation to a fixed point, as a solver does it: what one rule forces may force more in another.
    while True:
        before = len(settled)
        rows = []
        for rule in rules:
            row = LimitRow.of(rule, settled)
            if not row.possible:
                return None
            settled.update(row.forced)
            rows.append(row)
        if len(settled) == before:
            return [row for row in rows if row.low is not None or row.high is not None]


def prices(costs: Mapping[str, int], rows: Sequence[LimitRow]) -> list[int] | None:
    """What one more of each row's limit is worth, in parts; above zero it is the lower limit's.

    None where the relaxation has no solution, or numbers are too large.
    """
    program = pywraplp.Solver.CreateSolver("GLOP")
    infinity = program.infinity()
    variables = {ref: program.NumVar(0, 1, "") for ref in costs}
    constraints = []
    for row in rows:
        low, high = -infinity if row.low is None else row.low, infinity if row.high is None else row.high
        constraints.append(program.Constraint(low, high))
        for ref, weight in row.weights.items():
            constraints[-1].SetCoefficient(variables[ref], weight)
    for ref, cost in costs.items():
        program.Objective().SetCoefficient(variables[ref], cost)
    if program.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    found = []
    for row, constraint in zip(rows, constraints, strict=True):
        price = round(PARTS * constraint.dual_value())
        # The sign says which limit binds: above zero the lower one, whose rise would cost, below zero the
        # upper one.
        # A limit that is not there is worth nothing, whatever floating point numbers say.
        found.append(min(price, 0) if row.low is None else max(price, 0) if row.high is None else price)
    # Above whatever a bound adds up to: costs, and each price times its row's sums and limits.
    size = PARTS * sum(map(abs, costs.values()))
    for row, price in zip(rows, found, strict=True):
        size += (1 + abs(price)) * (row.most - row.least + abs(row.low or 0) + abs(row.high or 0))
    return found if size < LARGEST else None


@dataclass(frozen=True, slots=True)
class Block:
    """Items and the selections from them: `counts` has a line for each selection, a column for each item.

    `sums` is what each selection costs, then what it adds to each row. Of items that are `alike` only the
    number matters.
    """

    refs: Sequence[str]
    counts: Array
    sums: Array
    alike: bool

    def having(self, ref: str, counts: bool) -> Array:
        """Which selections have an item, or lack it; of items alike any can stand for it."""
        if not self.alike:
            return np.flatnonzero(self.counts[:, self.refs.index(ref)] == counts)
        return np.flatnonzero(self.counts.any(axis=1) if counts else ~self.counts.all(axis=1))


class Ties:
    """Which items are tied together: by `rows` of few items, as long as the blocks remain small."""

    def __init__(self, costs: Mapping[str, int], rows: Sequence[LimitRow]) -> None:
        self._costs = costs
        self._members = {ref: [ref] for ref in costs}
        """The items of each one's block; one list for all of a block."""
        self.rows: list[LimitRow] = []
        # Small rows first, so that many of them fit into blocks: what a block keeps by itself needs no price,
        # and its bound is exact there (the more rows stay inside, the stronger the Lagrangean bound:
        # Geoffrion 1974).
        for row in sorted(rows, key=lambda row: len(row.weights)):
            together = {id(self._members[ref]): self._members[ref] for ref in row.weights}
            members = [ref for part in together.values() for ref in part]
            if len(row.weights) <= FEW and len(members) <= LARGEST_BLOCK:
                self._members |= dict.fromkeys(members, members)
                self.rows.append(row)

    def blocks(self, others: Sequence[LimitRow]) -> list[Block]:
        """The blocks, with what they add to the other rows; one without any selection cannot be kept."""
        tied = {ref for row in self.rows for ref in row.weights}
        groups: dict[object, list[str]] = {}
        for ref, members in self._members.items():
            # Items in no tied row are alike where cost and all weights in the others are the same.
            figures = (self._costs[ref], *(row.weights.get(ref, 0) for row in others))
            groups.setdefault(id(members) if ref in tied else figures, []).append(ref)
        return [self._block(refs, others, refs[0] not in tied) for refs in groups.values()]

    def _block(self, refs: Sequence[str], others: Sequence[LimitRow], alike: bool) -> Block:
        if alike:
            # Of items alike only how many matters: n + 1 selections instead of 2**n.
            counts = np.tri(len(refs) + 1, len(refs), -1, dtype=np.int64)
        else:
            counts = np.array(list(product((0, 1), repeat=len(refs))), dtype=np.int64)
            for row in self.rows:
                if not row.weights.keys().isdisjoint(refs):
                    sums = counts @ row.column(refs)
                    counts = counts[(row.lowest <= sums) & (sums <= row.highest)]
        # Selections × items, times items × (cost and rows), is selections × (cost and rows).
        costs = np.array([self._costs[ref] for ref in refs], dtype=np.int64)
        figures = np.column_stack([costs, *(row.column(refs) for row in others)])
        return Block(refs, counts, counts @ figures, alike)
