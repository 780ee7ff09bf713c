"""Units, sums and requests as bits, and the minimal selections of a qualification, listed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from planner.catalogue.qualification import Qualification

MOST_SETS = 200_000
"""Minimal selections worth keeping; the largest qualification on file has 36,406."""


MOST_NODES = 500_000
"""Selections begun while the minimal ones are listed: some seconds, then the qualification has no pool."""


LARGEST_SUM = 2**60
"""Of a rule's weights: what fits into the numbers of an array, and of the solver."""


LARGEST_HOURS = 2**30
"""Guided hours of all units together: what fits twice into the widest numbers the scan uses."""


Array = NDArray[Any]


class Bits:
    """The units of a qualification as bits, the first ref in sorted order being the highest.

    Of two selections that do not contain each other, the greater number is then the first sorted list.
    """

    def __init__(self, qualification: Qualification) -> None:
        self.units = sorted(qualification.units, key=lambda unit: unit.ref, reverse=True)
        self._bit = {unit.ref: 1 << place for place, unit in enumerate(self.units)}

    def mask(self, refs: Iterable[str]) -> int:
        """The refs as one number."""
        mask = 0
        for ref in refs:
            mask |= self._bit[ref]
        return mask

    def refs(self, mask: int) -> tuple[str, ...]:
        """The refs of a number, sorted."""
        # Turned round, as the highest place is the first ref.
        return tuple([self.units[place].ref for place in places_of(mask)])[::-1]

    def total(self, figure: Literal["credits", "glh"], mask: int) -> float:
        """The credits or the guided hours of the units of a number."""
        return float(sum(getattr(self.units[place], figure) for place in places_of(mask)))


@dataclass(frozen=True, slots=True)
class Sum:
    """A weighted sum of units and its limit; `parts` are bits with their weights, `mask` is all the bits."""

    parts: tuple[tuple[int, int], ...]
    mask: int
    limit: int
    single: bool
    """Whether the sum is at most the limit exactly where at most one of its units counts."""

    @classmethod
    def of(cls, weights: Mapping[str, float], limit: float, bits: Bits) -> Sum:
        """The sum of a rule in whole numbers."""
        parts = tuple((bits.mask([ref]), int(weight)) for ref, weight in weights.items())
        # Any one unit stays within the limit, and the two lightest together do not.
        ordered = sorted(weights.values())
        single = len(ordered) > 1 and ordered[-1] <= limit < ordered[0] + ordered[1]
        return cls(parts, bits.mask(weights), int(limit), single)

    def total(self, units: int) -> int:
        """The sum over a selection."""
        return sum(weight for bit, weight in self.parts if units & bit)

    def totals(self, masks: Array) -> Array:
        """The sum over each selection of an array."""
        totals = np.zeros(len(masks), np.int64)
        for bit, weight in self.parts:
            totals += ((masks & np.uint64(bit)) != 0) * np.int64(weight)
        return totals

    def reached(self, units: int) -> bool:
        """Whether the sum is at least the limit."""
        return self.total(units) >= self.limit

    def kept(self, units: int) -> bool:
        """Whether the sum is at most the limit."""
        if self.single:
            # No bit is left once the lowest one is taken off.
            inside = units & self.mask
            return not inside & (inside - 1)
        return self.total(units) <= self.limit


@dataclass(frozen=True, slots=True)
class RequestBits:
    """A request as bits.

    `ruled_out` are the units that cannot count, those barred beside a pin included; `caps` are the other
    caps that speak of a pin; `settled` are the places of what is pinned or held: every plan has its hours,
    or they are done.
    """

    pins: int
    ruled_out: int
    caps: tuple[Sum, ...]
    settled: tuple[int, ...]

    @classmethod
    def of(cls, pins: int, ruled_out: int, held: int, caps: Iterable[Sum]) -> RequestBits | None:
        """The request; None if its pins alone are impossible."""
        if pins & ruled_out:
            return None
        others = []
        for cap in caps:
            if cap.mask & pins:
                if not cap.kept(pins):
                    return None
                if cap.single:
                    ruled_out |= cap.mask & ~pins
                else:
                    others.append(cap)
        return cls(pins, ruled_out, tuple(others), tuple(places_of(pins | held)))


class TooManyError(Exception):
    """There are more minimal selections than are worth keeping; never leaves the module."""


class Listing:
    """Lists, depth first, the minimal selections that reach the quotas and keep the caps.

    What a selection adds to the quotas is packed into one number, a field for each quota. A field plus its
    offset reaches the field's top bit, the flag, exactly where the quota is reached.
    """

    def __init__(self, count: int, quotas: Sequence[Sum], caps: Sequence[Sum]) -> None:
        self._caps = [cap for cap in caps if not cap.single]
        self._found: list[int] = []
        self._nodes = 0
        weights = dict.fromkeys((1 << place for place in range(count)), 0)
        counts_in = dict(weights)  # the flags of the quotas that a unit adds to
        self._flags, self._offset = 0, 0
        shift = 0
        for quota in quotas:
            # Field of a quota: total + (2**top - limit) has the bit `top` exactly where total >= limit; one
            # addition and one mask test all quotas at once (Knuth, *The Art of Computer Programming* 4A,
            # 7.1.3, broadword computing).
            top = max(quota.total(quota.mask), quota.limit).bit_length()
            self._flags |= 1 << shift + top
            self._offset += ((1 << top) - max(quota.limit, 0)) << shift
            for bit, weight in quota.parts:
                weights[bit] += weight << shift
                counts_in[bit] |= 1 << shift + top
            shift += top + 1
        every = sum(weights.values())
        # What no quota can do without comes first, then what fills the quotas fastest.
        pull = {bit: sum(dict(quota.parts).get(bit, 0) for quota in quotas) for bit in weights}
        # False stands before True: first the units without which the others do not fill some quota.
        self._order = sorted(weights, key=lambda bit: (self._reached(every - weights[bit]), -pull[bit], bit))
        self._weights = [weights[bit] for bit in self._order]
        self._counts_in = [counts_in[bit] for bit in self._order]
        single = [cap.mask for cap in caps if cap.single]
        self._bars = [union_of(mask for mask in single if mask & bit) & ~bit for bit in self._order]
        self._left = [every]  # what the units from each place on add to the quotas
        for weight in self._weights:
            self._left.append(self._left[-1] - weight)

    def sets(self) -> list[int]:
        """The minimal selections.

        Raises
        ------
        TooManyError
            If they are more than are worth keeping.
        """
        if all(cap.kept(0) for cap in self._caps):
            self._grow((), 0, 0, 0)
        return self._found

    def _grow(self, chosen: tuple[int, ...], units: int, barred: int, total: int) -> None:
        """Lists the minimal selections of the units at the places `chosen` and of units after them."""
        self._nodes += 1
        if self._nodes > MOST_NODES or len(self._found) > MOST_SETS:
            raise TooManyError
        reached = total + self._offset & self._flags
        if reached == self._flags:
            # Minimal: no unit can be left out. What contains these units cannot be, so the branch ends here.
            if not any(self._reached(total - self._weights[place]) for place in chosen):
                self._found.append(units)
            return
        for place in range(chosen[-1] + 1 if chosen else 0, len(self._order)):
            # Not even all that is left fills the quotas, and from later places on there is less.
            if not self._reached(total + self._left[place]):
                return
            bit = self._order[place]
            # A unit that only adds to quotas already reached would not be needed.
            if bit & barred or not self._counts_in[place] & ~reached:
                continue
            if all(cap.kept(units | bit) for cap in self._caps):
                self._grow(
                    (*chosen, place), units | bit, barred | self._bars[place], total + self._weights[place]
                )

    def _reached(self, total: int) -> bool:
        """Whether a packed total reaches every quota."""
        return total + self._offset & self._flags == self._flags


def places_of(mask: int) -> Iterator[int]:
    """The places of the bits set in a number, the lowest first."""
    while mask:
        # Two's complement: only the lowest bit set is in both.
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def rule_parts(mask: int) -> Iterator[int]:
    """Every number whose bits are all set in `mask`."""
    part = mask
    while part:
        yield part
        # The next smaller number within the mask: the borrow runs through the bits outside it (Knuth, 7.1.3).
        part = (part - 1) & mask
    yield 0


def union_of(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


_ONES_OF_A_BYTE = np.array([byte.bit_count() for byte in range(256)], dtype=np.uint8)


def ones(masks: Array) -> Array:
    """How many bits are set in each number of an array."""
    if hasattr(np, "bitwise_count"):  # since NumPy 2.0
        counts: Array = np.bitwise_count(masks)
    else:
        # Each number as its eight bytes: in which order they stand does not matter to their sum.
        counts = _ONES_OF_A_BYTE[masks.view(np.uint8)].reshape(-1, 8).sum(axis=1, dtype=np.uint8)
    return counts
