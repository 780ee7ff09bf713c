"""The least sum with each item in, and with each item out, for all of them at once.

The selections whose bounds in the relaxation (see `relaxation`) are within a margin of the least bound are
listed by adding up what each block loses against its own best. They are few, because only blocks that lose
little take part: the core (Balas and Zemel, Operations Research 28, 1980, 1130-1154; to list all that the gap
leaves is how Baldacci, Christofides and Mingozzi close it, Mathematical Programming 115, 2008, 351-385).

One list serves every item. With the item's own block set to what is asked and the others as listed, the least
sum that keeps the rules is proven where it is no higher than the bound of anything that is not in the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import gcd

import numpy as np

from planner.rules.model import Model
from planner.rules.relaxation import LARGEST, PARTS, Array, Block, LimitRow, Ties, prices, settle, ways
from planner.rules.rule import Rule

Setting = tuple[str, bool]
"""An item, and whether it is to be in or out."""

FIRST_LISTED, MOST_LISTED = 500, 10_000
"""About how many selections are listed, at first and at most."""

WORTH_LISTING = 100
"""Selections of a longer list for each setting still open: beyond, the solver is faster."""

MOST_WAYS = 16
"""Ways through the choices among the rules; each has a list of its own."""

A_MOMENT = 0.5
"""Seconds to prove that there is no selection on a way whose relaxation has none."""

_EXTRA, _TOTAL, _SUMS = 0, 1, 2
"""Rows of a list: bound above the least bound, sum; from the third on what the rules measure, then notes."""

_NOTES = 62
"""Blocks noted in one number."""

_AT_ONCE = 1_024
"""Selections looked at together."""

_WIDE = 2**20
"""A row whose figures span more is numbered anew, so that numbers of several rows fit into one."""


@dataclass(frozen=True, slots=True)
class Between:
    """The least sum is `at_least` so much and, where a selection is known, `at_most` so much."""

    at_least: int
    at_most: int | None

    @property
    def settled(self) -> bool:
        """Whether both are the same."""
        return self.at_least == self.at_most


LeastSum = Between | None
"""What is known of a least sum; None: no selection has one."""


def least_each(
    settings: Iterable[Setting],
    costs: Mapping[str, int],
    rules: Sequence[Rule],
    fixed: Mapping[str, bool],
    least: int,
) -> dict[Setting, LeastSum]:
    """The limits of the least sum of `costs` with each setting kept; empty where nothing is found out.

    `costs` are those of all items, `fixed` are in or out in any case, `least` is the least sum without any
    setting.
    """
    unit = gcd(*costs.values()) or 1  # all sums are multiples of it: bounds may be rounded up to the next
    lists = _lists({ref: cost // unit for ref, cost in costs.items()}, rules, fixed)
    known: dict[Setting, int | None] = dict.fromkeys(settings)
    if lists is None:
        return {}
    found = _asked(lists, known, list(known), FIRST_LISTED, least // unit)
    still = [setting for setting, limits in found.items() if limits and not limits.settled]
    longer = min(MOST_LISTED, WORTH_LISTING * len(still))
    if longer > FIRST_LISTED:
        found |= _asked(lists, known, still, longer, least // unit)
    return {setting: limits and _times(limits, unit) for setting, limits in found.items()}


def _times(limits: Between, unit: int) -> Between:
    return Between(limits.at_least * unit, None if limits.at_most is None else limits.at_most * unit)


def _asked(
    lists: Sequence[_List], known: dict[Setting, int | None], todo: Sequence[Setting], most: int, least: int
) -> dict[Setting, LeastSum]:
    """What is found with longer lists, where they may help; `known` are the least sums so far, updated."""
    for each in lists:
        asked = [setting for setting in todo if each.may_have_less(setting, known[setting])]
        if asked:
            each.fill(most, least)
        for setting in asked:
            known[setting] = each.least(setting, known[setting])
    found: dict[Setting, LeastSum] = {}
    for setting in todo:
        sums = [known[setting], *(each.beyond(setting) for each in lists)]
        at_least = min((total for total in sums if total is not None), default=None)
        found[setting] = None if at_least is None else Between(at_least, known[setting])
    return found


def _lists(costs: Mapping[str, int], rules: Sequence[Rule], fixed: Mapping[str, bool]) -> list[_List] | None:
    """A list for each way to keep the rules that is not plainly impossible; None where one is too much."""
    every = list(islice(ways(rules), MOST_WAYS + 1))
    if len(every) > MOST_WAYS or PARTS * sum(map(abs, costs.values())) >= LARGEST:
        return None
    lists = []
    for way in every:
        settled = dict(fixed)
        rows = settle(way, settled)
        if rows is None:
            continue
        free = {ref: cost for ref, cost in costs.items() if ref not in settled}
        worth = prices(free, rows)
        if worth is None and Model(list(costs), way).solve(fixed, seconds=A_MOMENT).decision == "infeasible":
            continue  # the relaxation says so in floating point numbers, which is no proof
        if worth is None:
            return None
        ties = Ties(free, rows)
        priced = {row: price for row, price in zip(rows, worth, strict=True) if row not in ties.rows}
        blocks = ties.blocks(list(priced))
        if all(len(block.counts) for block in blocks):
            total = sum(costs[ref] for ref, counts in settled.items() if counts)
            lists.append(_List(blocks, priced, settled, total))
    return lists


class _List:
    """The selections whose bounds are within a margin of the least bound.

    Of several that measure the same one may stand for all; see `_merged`.

    Parameters
    ----------
    blocks
        All free items, each in one block.
    priced
        The rows that blocks do not keep by themselves, with their prices.
    settled
        The items in or out in any case.
    total
        What these cost.
    """

    def __init__(
        self, blocks: Sequence[Block], priced: Mapping[LimitRow, int], settled: Mapping[str, bool], total: int
    ) -> None:
        self._settled = settled
        self._blocks = blocks
        self._number_of = {ref: number for number, block in enumerate(blocks) for ref in block.refs}
        # Rows × 1, to be compared with rows × selections.
        self._low = np.array([[row.lowest] for row in priced], dtype=np.int64).reshape(-1, 1)
        self._high = np.array([[row.highest] for row in priced], dtype=np.int64).reshape(-1, 1)
        worth = np.array(list(priced.values()), dtype=np.int64)
        self._unpriced = worth[:, None] == 0
        self._least = PARTS * total
        for row, price in priced.items():
            if price:
                # The constant of the bound: each price times the limit that its sign speaks of.
                self._least += price * (row.lowest if price > 0 else row.highest)
        self._best: list[int] = []
        """The selection from each block whose bound is least."""
        self._steps: list[Array] = []
        """A line for each selection from a block: by how much it differs from the best one."""
        self._start = np.zeros(_SUMS + len(priced), dtype=np.int64)
        self._start[_TOTAL] = total
        for block in blocks:
            # Lagrangean bound of each selection: its cost less what it is paid for the limits it helps to
            # keep. The limits themselves are in `_least`, once.
            bounds = PARTS * block.sums[:, 0] - block.sums[:, 1:] @ worth
            best = int(bounds.argmin())
            self._best.append(best)
            self._least += int(bounds[best])
            self._start[_TOTAL:] += block.sums[best]  # the cost first, then the rows, as in a list
            self._steps.append(np.column_stack([bounds - bounds[best], block.sums - block.sums[best]]))
        self._rows = len(self._start)
        self._listed = np.zeros((self._rows, 0), dtype=np.int64)
        self._places: dict[int, int] = {}
        """Where the notes say whether a block, by its number, is other than at its best."""
        self._margin = -1
        self._whole = False

    def beyond(self, setting: Setting) -> int | None:
        """What a selection not in the list that keeps a setting comes to at least; None if there is none."""
        steps = self._keeping(setting)
        if self._whole or not len(steps):
            return None
        # Whatever is not in the list is more than the margin above the least bound, and this block adds its
        # own step.
        bound = self._least + int(steps[:, _EXTRA].min()) + self._margin + 1
        return -(-bound // PARTS)

    def may_have_less(self, setting: Setting, than: int | None) -> bool:
        """Whether a selection not in the list may keep a setting with a lower sum."""
        beyond = self.beyond(setting)
        return beyond is not None and (than is None or beyond < than)

    def least(self, setting: Setting, known: int | None) -> int | None:
        """The least sum of a listed selection with its block changed to keep a setting, or the one known."""
        place = self._places.get(self._number_of.get(setting[0], -1))
        for step in self._keeping(setting):
            known = self._first(step, place, known)
        return known

    def _keeping(self, setting: Setting) -> Array:
        """The steps of an item's block that keep a setting."""
        ref, counts = setting
        if ref in self._settled:
            return np.zeros((int(self._settled[ref] == counts), self._rows), dtype=np.int64)
        number = self._number_of[ref]
        return self._steps[number][self._blocks[number].having(ref, counts)]

    def _first(self, step: Array, place: int | None, known: int | None) -> int | None:
        """The least sum after a step of the block at a place, at its best before; or the one known."""
        low, high = self._low - step[_SUMS:, None], self._high - step[_SUMS:, None]
        # In portions, as most searches end in the first: what comes later has a higher sum.
        for begin in range(0, self._listed.shape[1], _AT_ONCE):  # in order of their sums
            part = self._listed[:, begin : begin + _AT_ONCE]
            if known is not None and part[_TOTAL, 0] + step[_TOTAL] >= known:
                return known
            sums = part[_SUMS : self._rows]
            kept = ((low <= sums) & (sums <= high)).all(axis=0)
            if place is not None:
                kept &= part[self._rows + place // _NOTES] & (1 << place % _NOTES) == 0
            if kept.any():
                total = int(part[_TOTAL, kept.argmax()] + step[_TOTAL])
                return total if known is None else min(total, known)
        return known

    def fill(self, most: int, least: int) -> None:
        """Lists so many selections or up to twice as many, and notes within which margin all are listed.

        `least` is the least sum of all. Blocks that lose much come first: the list is short meanwhile.
        """
        # The gap of the relaxation: no best selection has a bound further above the least one.
        gap = max(PARTS * least - self._least, PARTS)
        within = max(2 * self._margin, PARTS) if self._places else 4 * gap
        near = self._near(within)
        self._places = {number: place for place, (number, _) in enumerate(near)}
        self._margin = within
        # Nothing is further away than with every block at its worst.
        self._whole = within >= sum(int(steps[:, _EXTRA].max()) for steps in self._steps)
        listed = np.zeros((self._rows + len(near) // _NOTES + 1, 1), dtype=np.int64)
        listed[: self._rows, 0] = self._start
        for place, ((_, steps), (up, down)) in enumerate(zip(near, self._reach(near), strict=True)):
            listed = np.concatenate([listed, *_stepped(listed, steps, place, within)], axis=1)
            # Cut at twice the number wanted, from what costs nothing to what costs proof: first what can no
            # longer keep the rows, then what another stands for, and only then what is furthest away, which
            # narrows the margin.
            if listed.shape[1] > 2 * most:
                listed = self._hopeful(listed, up, down)
            if listed.shape[1] > 2 * most:
                listed = self._merged(listed, up, down)
            if listed.shape[1] > 2 * most:
                nearest = np.argpartition(listed[_EXTRA], most)
                within = int(listed[_EXTRA, nearest[most]])
                listed = listed[:, nearest[:most]]
                self._margin = within - 1  # of those that are as far as `within` some are left out
                self._whole = False
        self._listed = listed[:, np.argsort(listed[_TOTAL], kind="stable")]

    def _near(self, within: int) -> list[tuple[int, Array]]:
        """The blocks that can lose no more than a margin, by number, with steps; what loses most first."""
        near = []
        for number, (steps, best) in enumerate(zip(self._steps, self._best, strict=True)):
            others = np.delete(steps, best, axis=0)
            others = others[others[:, _EXTRA] <= within]
            if len(others):
                near.append((number, others))
        return sorted(near, key=lambda each: -int(each[1][:, _EXTRA].min()))

    def _reach(self, near: Sequence[tuple[int, Array]]) -> list[tuple[Array, Array]]:
        """After each block: how far steps of those that follow, and one of any, raise and lower the rows."""
        # One step of any block on top: that of a setting asked for later.
        every = np.concatenate([np.zeros((1, self._rows), dtype=np.int64), *self._steps])[:, _SUMS:]
        up, down = every.max(axis=0), every.min(axis=0)
        reach = []
        for _, steps in reversed(near):
            reach.append((up[:, None], down[:, None]))
            up = up + np.maximum(steps[:, _SUMS:].max(axis=0), 0)
            down = down + np.minimum(steps[:, _SUMS:].min(axis=0), 0)
        return reach[::-1]

    def _hopeful(self, listed: Array, up: Array, down: Array) -> Array:
        """The selections of a list that can still come to keep the rows."""
        sums = listed[_SUMS : self._rows]
        found: Array = listed[:, ((sums + up >= self._low) & (sums + down <= self._high)).all(axis=0)]
        return found

    def _merged(self, listed: Array, up: Array, down: Array) -> Array:
        """A list without selections that another can stand for: one that measures the same and is no dearer.

        What a row without a price measures is of no account where it cannot be broken any more. So bounds are
        in the order of sums among those that measure the same. Each block that is at its best in some of them
        is so in one that is kept: in the first, or in the first that changes the same of the blocks that it
        changes.
        """
        listed = listed[:, np.argsort(listed[_EXTRA], kind="stable")]
        sums = listed[_SUMS : self._rows]
        safe = self._unpriced & (sums + down >= self._low) & (sums + up <= self._high)
        # One figure for all that are safe in a row, which no other selection has there.
        measured = np.where(safe, sums.max(axis=1, keepdims=True) + 1, sums)
        _, first, same = np.unique(_numbered(measured), return_index=True, return_inverse=True)
        notes = listed[self._rows :]
        # Bits of the blocks that both this selection and the first of its equals have changed.
        shared = notes & notes[:, first[same]]
        _, kept = np.unique(_numbered(np.concatenate([same[None, :], shared])), return_index=True)
        found: Array = listed[:, kept]
        return found


def _stepped(listed: Array, steps: Array, place: int, within: int) -> Iterator[Array]:
    """What a list becomes by each step of the block at a place, as far as that is within the margin."""
    for step in steps:
        changed = listed[:, listed[_EXTRA] <= within - step[_EXTRA]]
        changed[: len(step)] += step[:, None]
        changed[len(step) + place // _NOTES] |= 1 << place % _NOTES  # a bit: this block is not at its best
        yield changed


def _numbered(figures: Array) -> Array:
    """A number for each column, the same for equal columns only."""
    numbers: Array = np.zeros(figures.shape[1], dtype=np.int64)
    size = 1
    # The rows are digits of mixed radix. Where the next one would not fit, all so far are numbered anew, by
    # which equal columns stay equal.
    for row in figures:
        digit, width = row - row.min(), int(row.max() - row.min()) + 1
        if width > _WIDE:
            (_, digit), width = np.unique(row, return_inverse=True), len(row)
        if size * width > LARGEST:
            (_, numbers), size = np.unique(numbers, return_inverse=True), len(row)
        numbers, size = numbers * width + digit, size * width
    return numbers
