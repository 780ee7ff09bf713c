"""An exact shortcut for many requests of one qualification: its minimal selections, listed once.

Where each rule either asks for enough (more units never break it) or forbids too much (fewer units never
break it), every valid selection contains a minimal one, which needs each of its units. With the pins added,
a minimal selection is valid wherever it breaks no limit from above; and where the goals grow with every new
unit, the new units of the best plan are those of such a selection. So the best plan is found by a scan over
arrays, and where the scan finds none, there is none.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from threading import Lock
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np

from planner.catalogue.qualification import Qualification
from planner.cohort.listing import (
    LARGEST_HOURS,
    LARGEST_SUM,
    Array,
    Bits,
    Listing,
    RequestBits,
    Sum,
    TooManyError,
    ones,
    rule_parts,
    union_of,
)
from planner.errors import DisagreementError, UndecidedError
from planner.planning.diagnosis import MOST, MOST_CORRECTIONS, diagnose
from planner.planning.result import Conflict, Repair
from planner.records.wishes import Wishes
from planner.rules.minimal import hitting_sets, minimal
from planner.rules.rule import Bound, speaks_of_held

MOST_UNITS = 64
"""Units of a qualification with a pool: a selection is the bits of one number."""

MOST_CONTESTED = 10
"""Held units in each other's way of which every combination is tried."""

MOST_IN_CONFLICT = 12
"""Wishes in minimal conflicts up to which `diagnose` is sure to find every conflict.

Of 12 wishes no more than 924 sets can be such that none contains another, and `hitting_sets` keeps 1,000 on
its way. Beyond, what it lists may depend on the order in which the solver finds the corrections.
"""

MOST_CONFLICTS = 3 * MOST
"""Conflicts of one request, beyond which the solver, which finds the corrections first, is faster."""

MOST_KNOWN = 5_000
"""Conflicts remembered for one offer, and offers for which conflicts are remembered."""

FIRST_SPAN = 2_048
"""Minimal selections, those of least hours, that a scan looks at before it asks how far it must go."""

_ALL = 2**64 - 1

_HOURS = -1
"""The goal of least new guided hours; any other goal is the mask of the new units it counts."""

Wish = tuple[Literal["pin", "exclude"], str]
"""A pin or an exclude, and the ref it is about."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best plan of a request: the refs that count, sorted, and its new guided hours."""

    units: tuple[str, ...]
    new_glh: int


class NoBest(Enum):
    """Why a pool gives no plan."""

    INFEASIBLE = "proven: no selection keeps the rules and the wishes"
    NOT_COVERED = "only the solver can tell"


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The minimal conflicts of a request as `diagnose` lists them, and whether these are all."""

    listed: tuple[Conflict, ...]
    complete: bool


_pools: WeakKeyDictionary[Qualification, Pool | None] = WeakKeyDictionary()
_building = Lock()


def pool_of(qualification: Qualification) -> Pool | None:
    """The pool of a qualification, listed on first use (600/5106/1: 0.1 s); None if it has none.

    It has one if hours are on file, each rule is a sum of positive weights that does not speak of held units,
    no unit has hours below zero or credits of zero or below, and the minimal selections are not too many.
    """
    with _building:  # of several threads one lists, the others wait for it
        if qualification not in _pools:
            _pools[qualification] = _listed(qualification)
        return _pools[qualification]


def _listed(qualification: Qualification) -> Pool | None:
    units = qualification.units
    sums = [
        rule.in_whole_numbers()
        for rule in qualification.rules
        if isinstance(rule, Bound) and not speaks_of_held(rule)
    ]
    # A weight below zero would let more units break what asks for enough, or mend what forbids too much: then
    # valid selections need not contain a minimal one that is.
    if (
        len(sums) < len(qualification.rules)
        or "glh" not in qualification.figures
        or len(units) > MOST_UNITS
        or any(weight < 0 for rule in sums for weight in rule.weights.values())
        or any(sum(rule.weights.values()) > LARGEST_SUM for rule in sums)
        or any(unit.glh < 0 or unit.credits <= 0 for unit in units)
        or sum(unit.glh for unit in units) >= LARGEST_HOURS
    ):
        return None
    bits = Bits(qualification)
    quotas = [Sum.of(rule.weights, rule.at_least, bits) for rule in sums if rule.at_least is not None]
    caps = [
        Sum.of(rule.weights, rule.at_most, bits)
        for rule in sums
        # A limit that all units together keep cannot be broken.
        if rule.at_most is not None and rule.at_most < sum(rule.weights.values())
    ]
    try:
        sets = Listing(len(units), quotas, caps).sets()
    except TooManyError:
        return None
    return Pool(qualification, quotas, caps, sets)


class Pool:
    """The minimal selections of one qualification, as arrays in order of hours; see `pool_of`."""

    def __init__(
        self, qualification: Qualification, quotas: Sequence[Sum], caps: Sequence[Sum], sets: Sequence[int]
    ) -> None:
        # No more than a reference: a pool is kept for as long as somebody else keeps its qualification.
        self._qualification = weakref.ref(qualification)
        self._quotas, self._caps = quotas, caps
        self._bits = bits = Bits(qualification)
        self._evidence = {name: bits.mask(task.evidence) for name, task in qualification.tasks.items()}
        self._memories: dict[frozenset[str], _Memory] = {}
        hours = [unit.glh for unit in bits.units]
        # The narrowest numbers that hold every sum: the scan is as fast as memory is read.
        narrow = sum(hours) < 2**14
        kind: Any = np.int16 if narrow else np.int32
        self._never: Any = kind(2**14 if narrow else LARGEST_HOURS)  # above every sum; both together fit
        masks = np.array(sets, dtype=np.uint64)
        # Selections as bits, one column of hours for each unit: its hours where the selection has it, else 0.
        columns = [
            (masks >> np.uint64(place) & np.uint64(1)).astype(kind) * kind(each)
            for place, each in enumerate(hours)
        ]
        total: Array = np.zeros(len(masks), kind)
        for column in columns:
            total += column
        order = np.argsort(total, kind="stable")
        self._masks: Array = masks[order]
        self._hours: Array = total[order]
        self._hours_of: list[Array] = [column[order] for column in columns]

    def __len__(self) -> int:
        """How many minimal selections there are."""
        return len(self._masks)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        """The minimal selections as sorted refs, those of least hours first."""
        return map(self._bits.refs, self._masks.tolist())

    def covers(self, wishes: Wishes) -> bool:
        """Whether the pool finds the best plan for such wishes, or that there is none.

        Each goal must be a sum over the new units, and one of them must grow with every unit.
        """
        # Else a selection with needless units could be as good as the minimal one in it, and the canonical
        # order might take it.
        grows = "units" in wishes.goals or ("glh" in wishes.goals and all(u.glh for u in self._bits.units))
        sums = all(goal in ("glh", "units", "fit") for goal in wishes.goals)
        return grows and sums and not wishes.survive and not wishes.closed & wishes.held

    def best(self, wishes: Wishes) -> Best | NoBest:
        """The plan that `solve.answer` finds for these wishes, the proof that there is none, or neither.

        Not covered are, beside what `covers` excludes, too many held units in each other's way.
        """
        if not self.covers(wishes):
            return NoBest.NOT_COVERED
        bits = self._bits
        pins, held, ruled_out = (bits.mask(refs) for refs in (wishes.pins, wishes.held, wishes.ruled_out))
        new = self._least(pins, ruled_out, held, self._goals(wishes, held))
        if new is None:
            return NoBest.INFEASIBLE
        counted = self._with_held(new, pins & held, held & ~ruled_out)
        if counted is None:
            return NoBest.NOT_COVERED
        return Best(bits.refs(counted), int(bits.total("glh", new)))

    def outside_offer(self, wishes: Wishes) -> tuple[str, ...]:
        """The fewest units outside the centre's offer that a plan needs, as `solve.answer` finds them.

        None if every unit is offered or more units do not help; for wishes that the pool covers.
        """
        bits = self._bits
        pins, held, excludes = (bits.mask(refs) for refs in (wishes.pins, wishes.held, wishes.excludes))
        closed = bits.mask(wishes.closed)
        if not closed:
            return ()
        new = self._least(pins, excludes, held, [closed, *self._goals(wishes, held)])
        return () if new is None else bits.refs(new & closed)

    def conflicts(self, wishes: Wishes, seconds: float) -> Conflicts | None:
        """The conflicts that `diagnose` finds for wishes that cannot be met.

        None where they are so many that `diagnose` might list a part of them only, or where it does not
        decide in so many seconds.
        """
        # By the offer: the same pins and excludes clash under one and not under another.
        memory = self._memories.get(wishes.closed)
        if memory is None or len(memory.known) > MOST_KNOWN:
            if len(self._memories) >= MOST_KNOWN:
                self._memories.clear()
            memory = self._memories[wishes.closed] = _Memory(self, wishes.closed)
        try:
            found = memory.conflicts(wishes, seconds)
        except UndecidedError:
            return None
        return None if found is None else Conflicts(tuple(found[:MOST]), len(found) <= MOST)

    def repairs(self, wishes: Wishes, conflicts: Conflicts) -> tuple[Repair, ...] | None:
        """The repairs that `solve.answer` lists for wishes that cannot be met, given all their conflicts.

        The smallest sets of wishes to give up are those that share one with each conflict (Reiter 1987).
        None where the pool cannot tell them all.
        """
        if not conflicts.complete:
            return None
        sets = [frozenset(_joined(conflict.pins, conflict.excludes)) for conflict in conflicts.listed]
        corrections, complete = hitting_sets(sets, MOST_CORRECTIONS)
        if not complete:
            return None
        found = []
        for pins, excludes in map(_split, corrections):
            best = self.best(wishes.without(pins, excludes))
            if not isinstance(best, Best):
                return None
            found.append(Repair(pins, excludes, best.new_glh))
        return tuple(sorted(found, key=Repair.order)[:MOST])

    @property
    def qualification(self) -> Qualification:
        """The qualification whose selections these are.

        Raises
        ------
        ReferenceError
            If nobody keeps it any more.
        """
        qualification = self._qualification()
        if qualification is None:
            raise ReferenceError("the qualification of this pool is gone")
        return qualification

    def clash(self, pins: Collection[str], ruled_out: Collection[str]) -> bool:
        """Whether no selection that keeps the rules counts all of `pins` and none of `ruled_out`."""
        asked = RequestBits.of(self._bits.mask(pins), self._bits.mask(ruled_out), 0, self._caps)
        # One selection that is possible is an answer, mostly one of few hours: the rest is seldom looked at.
        spans = (slice(0, FIRST_SPAN), slice(FIRST_SPAN, None))
        return asked is None or all(self._impossible(asked, span).all() for span in spans)

    def _goals(self, wishes: Wishes, held: int) -> list[int]:
        """The goals as `_HOURS` or the new units they count, the most important first.

        For `fit` the units of every valid selection, which `solve.without_evidence` leaves aside, are
        counted too: they add the same to each plan.
        """
        evidence = union_of(self._evidence[task] for task in wishes.tasks)
        # Held units are free of every goal: a mask without them counts new ones alone.
        of = {"glh": _HOURS, "units": _ALL & ~held, "fit": _ALL & ~held & ~evidence}
        return [of[goal] for goal in wishes.goals]

    def _least(self, pins: int, ruled_out: int, held: int, goals: Sequence[int]) -> int | None:
        """The new units of the best plan; None if there is none."""
        asked = RequestBits.of(pins, ruled_out, held, self._caps)
        chosen = None if asked is None else self._scan(asked, goals[0])
        if asked is None or chosen is None:
            return None
        for goal in goals[1:]:
            values = self._values(goal, asked, chosen)
            chosen = chosen[values == values.min()]
        # Of equally good ones the greatest number is the first sorted list (see `Bits`).
        return int(((self._masks[chosen] | np.uint64(pins)) & np.uint64(_ALL & ~held)).max())

    def _scan(self, asked: RequestBits, goal: int) -> Array | None:
        """The places of the selections that, with the pins, are best for one goal; None if none is possible.

        They stand in order of hours, and those from some place on have at least the hours of the first of
        them, less all that is pinned or held: where this is more than the best, none of them is as good.
        """
        # A selection has no fewer new hours than its own less all that is pinned or held.
        settled = sum(self._bits.units[place].glh for place in asked.settled)
        best, found = int(self._never), list[Array]()
        start, stop = 0, min(FIRST_SPAN, len(self)) if goal == _HOURS else len(self)
        while start < stop:
            span = slice(start, stop)
            # Impossible ones count as more than any sum: one array less than to filter them.
            values = self._values(goal, asked, span) + self._impossible(asked, span) * self._never
            least = int(np.minimum.reduce(values))
            if least <= best and least < self._never:
                places = (values == least).nonzero()[0] + start
                found = [*found, places] if least == best else [places]
                best = least
            # A number of their own kind, else the whole array is converted.
            most = self._hours.dtype.type(min(best + settled, int(self._never)))
            start, stop = stop, int(self._hours.searchsorted(most, side="right"))
        return np.concatenate(found) if found else None

    def _impossible(self, asked: RequestBits, span: slice) -> Array:
        """Which selections of a span no plan with these wishes contains."""
        masks = self._masks[span]
        impossible: Array = (masks & np.uint64(asked.ruled_out)) != 0
        for cap in asked.caps:
            impossible |= cap.totals(masks | np.uint64(asked.pins)) > cap.limit
        return impossible

    def _values(self, goal: int, asked: RequestBits, where: slice | Array) -> Array:
        """What a goal comes to for some selections with the pins, less what the pins add to each of them."""
        if goal == _HOURS:
            hours = self._hours[where]
            for place in asked.settled:
                hours = hours - self._hours_of[place][where]
            return hours
        return ones(self._masks[where] & np.uint64(goal & ~asked.pins))

    def _with_held(self, new: int, pins: int, held: int) -> int | None:
        """The plan with these new units and the best of the held ones; None if that takes too many tries.

        Best is: most credits, then the first sorted list. `pins` are held units that must count, `held` all
        that may.
        """
        full = new | held
        broken = [cap for cap in self._caps if not cap.kept(full)]
        if not broken:
            return full
        # Held units are free, so all count unless a cap is broken; then only those in a broken cap are in
        # doubt.
        contested = union_of(cap.mask for cap in broken) & held & ~pins
        if contested.bit_count() > MOST_CONTESTED:
            return None
        valid = [
            counted
            for counted in (full & ~contested | part for part in rule_parts(contested))
            if all(cap.kept(counted) for cap in broken)
            and all(quota.reached(counted) for quota in self._quotas)
        ]
        # As the solver's last stages: most held credits, then the first sorted list.
        return max(valid, key=lambda counted: (self._bits.total("credits", counted), counted))


class _Memory:
    """The minimal conflicts known so far among wishes under one offer, by their wishes."""

    def __init__(self, pool: Pool, closed: frozenset[str]) -> None:
        self.known: dict[frozenset[Wish], Conflict] = {}
        self._pool = pool
        self._closed = closed

    def conflicts(self, wishes: Wishes, seconds: float) -> list[Conflict] | None:
        """All minimal conflicts among the wishes, smallest first; None if they may be too many.

        Those already known are all there are if giving up any smallest set of wishes that shares one with
        each of them helps; where it does not, the wishes kept hold a conflict not known yet.

        Raises
        ------
        UndecidedError
            If the solver does not find in so many seconds which rules a conflict cites.
        """
        asked = frozenset(_joined(wishes.pins, wishes.excludes))
        helpful = set[frozenset[Wish]]()
        while True:
            inside = [names for names in list(self.known) if names <= asked]
            concerned = frozenset[Wish]().union(*inside)
            if len(inside) > MOST_CONFLICTS or len(concerned) > MOST_IN_CONFLICT:
                return None
            corrections, complete = hitting_sets(inside, MOST_CORRECTIONS)
            if not complete or len(corrections) == MOST_CORRECTIONS:
                return None
            # Dualize and advance (Bailey and Stuckey, PADL 2005): each smallest set that hits all conflicts
            # known is given up; what still clashes then is shrunk to a conflict not known yet, so that none
            # is missed.
            for kept in map(asked.difference, corrections):
                if kept not in helpful and self._clash(kept):
                    self._learn(minimal(sorted(kept), self._clash), seconds)
                    break
                helpful.add(kept)
            else:
                inside.sort(key=lambda names: (len(names), sorted(names)))
                return [self.known[names] for names in inside]

    def _clash(self, names: Iterable[Wish]) -> bool:
        pins, excludes = _split(names)
        return self._pool.clash(pins, self._closed.union(excludes))

    def _learn(self, names: Sequence[Wish], seconds: float) -> None:
        """Remembers a conflict with the rules that the solver cites for it.

        Raises
        ------
        DisagreementError
            If the solver does not find it a minimal conflict.
        """
        pins, excludes = _split(names)
        wishes = Wishes(frozenset(pins), frozenset(excludes), closed=self._closed)
        conflicts = diagnose(self._pool.qualification, wishes, seconds).conflicts
        if [(conflict.pins, conflict.excludes) for conflict in conflicts] != [(pins, excludes)]:
            raise DisagreementError(f"{names} is a minimal conflict to the pool, not to the solver")
        self.known[frozenset(names)] = conflicts[0]


def _joined(pins: Iterable[str], excludes: Iterable[str]) -> Iterator[Wish]:
    """Wishes, each with its kind."""
    yield from (("pin", ref) for ref in pins)
    yield from (("exclude", ref) for ref in excludes)


def _split(wishes: Iterable[Wish]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The pins and the excludes among wishes, each sorted."""
    ordered = sorted(wishes)
    pins, excludes = (tuple(ref for of, ref in ordered if of == kind) for kind in ("pin", "exclude"))
    return pins, excludes
