"""A member's intent as variables, rules and stages: what is asked of the solver about a cycle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from planner.cpd.intent import Intent
from planner.cpd.scheme import Reading, Slot, slot
from planner.rules.goal import Stage
from planner.rules.measure import audit
from planner.rules.model import Model, Outcome, decided, switch
from planner.rules.packing import Span
from planner.rules.rule import Bound, Rule, bounds

_WIDEST = 2**50
"""How many values a stage of the canonical order has at most."""

_BUSIEST, _OFTENEST = "busiest", "oftenest"
"""Variables, and stages, of the minutes of the busiest year, and of how often one thing is done in a year."""

LOST = "lost"
"""The stage of the rules that are given up."""


T = TypeVar("T")


class CycleQuestion:
    """A member's intent as variables, rules and stages.

    Each slot has two variables: how often what was done counts (held is not counted), and how often it is
    still to be done.
    """

    def __init__(self, reading: Reading, intent: Intent) -> None:
        self.reading = reading
        self.intent = intent
        self.wishes = tuple(_pinned(reading, intent.pins))
        self.rules = (*reading.rules, *self.wishes)
        self.expected = dict(_expected(reading, intent))
        most = _most(self.rules)
        self.done = {name: _done(name) for name in reading.slots if intent.done.get(name)}
        self.new = {
            name: _new(name)
            for name, (activity, year) in reading.slots.items()
            if year >= intent.year
            and activity.ref not in intent.excludes
            and self.expected.get(activity.ref, most)
        }
        self.spans: dict[str, Span] = {_done(name): (0, intent.done[name]) for name in self.done}
        self.spans |= {_new(name): (0, most) for name in self.new}
        self.sums = {
            # What rules say of a slot is said of both its variables together: a name for their sum.
            name: [part for part in (self.done.get(name), self.new.get(name)) if part]
            for name in reading.slots
        }
        self._limits = [
            Bound(f"expected {ref}", "expected so often at most", parts, at_most=times, count="times")
            for ref, times in self.expected.items()
            # None where no year is left for it: no bound is of nothing.
            if (parts := {part: 1 for name, part in self.new.items() if reading.slots[name][0].ref == ref})
        ]
        by_year: dict[int, dict[str, int]] = {}
        for name, part in self.new.items():
            activity, year = reading.slots[name]
            # Minutes of a year are summed up; that the greatest year is made least spreads the work.
            by_year.setdefault(year, {})[part] = intent.minutes_of(activity)
        self._limits += self._highest(_BUSIEST, by_year.values(), most)
        self._limits += self._highest(_OFTENEST, ({part: 1} for part in self.new.values()), most)

    def _highest(self, name: str, sums: Iterable[Mapping[str, int]], most: int) -> Iterator[Bound]:
        """Makes `name` a variable that none of these sums of new activities, each `most` times, exceeds."""
        # The greatest of several sums as a linear goal: a variable above each of them that is made least.
        self.spans[name] = (0, 0)
        for number, weights in enumerate(sums):
            self.spans[name] = (0, max(self.spans[name][1], most * sum(weights.values())))
            above = {part: -weight for part, weight in weights.items() if weight}
            yield Bound(f"{name} {number}", "is the highest of some sums", {name: 1, **above}, at_least=0)

    def possible(self, seconds: float) -> bool:
        """Whether anything at all keeps the rules.

        Raises
        ------
        UndecidedError
            If the time did not suffice.
        """
        found = self._solved(self.spans, self._limits, [], seconds, giving_up=False)
        return decided(found).decision != "infeasible"

    def least(self, seconds: float, giving_up: bool = False) -> Outcome:
        """The counts of least effort, spread evenly; `giving_up` as few of the scheme's rules as it takes."""
        found = self._solved(self.spans, self._limits, list(self._stages()), seconds, giving_up)
        return self._evened(found, seconds, giving_up) if found.decision == "optimal" else found

    def _evened(self, found: Outcome, seconds: float, giving_up: bool) -> Outcome:
        """The same activities as often as found, each category as evenly over the years as can be.

        Apart, where all else is settled: as a stage of the first search it would take minutes to prove.
        """
        counts = found.counts
        spans = self.spans | {part: (counts[part], counts[part]) for part in self.done.values()}
        spans |= {name: (0, counts[name]) for name in (_BUSIEST, _OFTENEST)}
        limits = list(self._limits)
        for ref, parts in self._by(lambda each: each.activity.ref).items():
            times = sum(counts[part] for part in parts)
            # How often it is done stays in all; in which years is open.
            spans |= dict.fromkeys(parts, (0, times))
            limits.append(Bound(f"in all {ref}", "as often as found", parts, times, times, "times"))
        # How far the years of a category lie apart: a variable above all sums less one below them all.
        spread: dict[str, int] = {}
        for (category, year), parts in self._by(lambda each: (each.activity.category, each.year)).items():
            most, least = f"most {category}", f"least {category}"
            spans |= dict.fromkeys((most, least), (0, sum(counts[part] for part in self.new.values())))
            spread |= {most: 1, least: -1}
            for name, weights in (
                (most, {most: 1} | dict.fromkeys(parts, -1)),
                (least, parts | {least: -1}),
            ):
                limits.append(Bound(f"{name} {year}", "bounds the sums of all years", weights, at_least=0))
        stages = [Stage("spread", spread), *_canonical(list(self.new.values()), spans)]
        even = self._solved(spans, limits, stages, seconds, giving_up)
        return (
            replace(even, values=found.values, bounds=found.bounds) if even.decision == "optimal" else found
        )

    def _by(self, key: Callable[[Slot], T]) -> dict[T, dict[str, int]]:
        """What is new, in parts that have something in common, as the weights of a sum."""
        found: dict[T, dict[str, int]] = {}
        for name, part in self.new.items():
            found.setdefault(key(self.reading.slots[name]), {})[part] = 1
        return found

    def _solved(
        self,
        spans: Mapping[str, Span],
        limits: Sequence[Bound],
        stages: Sequence[Stage],
        seconds: float,
        giving_up: bool,
    ) -> Outcome:
        rules = list(self.rules)
        droppable: list[str] = []
        # Two limits in one rule would go together, though only the lower one may have to go.
        if giving_up:
            rules = [part for rule in self.rules for part in _parts(rule)]
            # As few as can be go, and none that counting less would keep.
            kept = {rule.id for rule in upper_limits(rules)}
            droppable = [rule.id for rule in rules if rule.id not in kept]
        model = Model(spans, [*rules, *limits], droppable, self.sums)
        lost = [Stage(LOST, {switch(name): -1 for name in droppable})] if giving_up else []
        return model.solve({}, [*lost, *stages], seconds, free=droppable)

    def switchable(self, wishes: Sequence[Rule]) -> Model:
        """The rules and these wishes as a model, each with a switch of its own."""
        rules = [*self.reading.rules, *wishes]
        return Model(self.spans, [*rules, *self._limits], [rule.id for rule in rules], self.sums)

    def _stages(self) -> Iterator[Stage]:
        """The goals, then the calmest busiest year, then least often in a year, then the canonical order.

        In that what was done counts first, then early years.
        """
        slots = self.reading.slots
        for goal in self.intent.goals:
            if goal == "hours":
                minutes = {name: self.intent.minutes_of(slots[name][0]) for name in self.new}
                yield Stage(goal, {self.new[name]: weight for name, weight in minutes.items() if weight})
            else:
                yield Stage(goal, dict.fromkeys(self.new.values(), 1))
        if "activities" not in self.intent.goals:  # what takes no time would pile up
            yield Stage("fewest", dict.fromkeys(self.new.values(), 1))
        yield from (Stage(name, {name: 1}) for name in (_BUSIEST, _OFTENEST))
        # Negative, as stages are made least: as many points as can be count of what was done.
        yield Stage("counted", {part: -slots[name][0].points for name, part in self.done.items()})
        yield from _canonical([*self.new.values(), *self.done.values()], self.spans)


def _canonical(names: Sequence[str], spans: Mapping[str, Span]) -> Iterator[Stage]:
    """Stages of which the least values belong to one plan alone: as often as can be, name by name."""
    weights: dict[str, int] = {}
    width = 1
    # Digits of mixed radix, the first name the highest; what is too wide for one stage stands in others.
    for name in reversed(names):
        if width * (spans[name][1] + 1) > _WIDEST:
            break
        weights[name] = -width
        width *= spans[name][1] + 1
    # Filled from the end, so that what is left are the first names: they decide, and come before.
    rest = names[: len(names) - len(weights)]
    if rest:
        yield from _canonical(rest, spans)
    if weights:
        yield Stage(f"order {len(rest)}", weights)


def _done(name: str) -> str:
    return f"done {name}"


def _new(name: str) -> str:
    return f"new {name}"


def _pinned(reading: Reading, pins: Mapping[str, int]) -> Iterator[Bound]:
    """The pins as rules; what is left out and what is over has no variable."""
    for ref, times in sorted(pins.items()):
        slots = {slot(ref, year): 1 for year in range(1, reading.years + 1)}
        text = f"You asked for {often(reading.activities[ref].title, times)}"
        yield Bound(f"pin {ref}", text, slots, at_least=times, count="times", kind="pin", subject=ref)


def often(title: str, times: int) -> str:
    """An activity and how often, where it is more than once."""
    return f"“{title}”, {times} times" if times > 1 else f"“{title}”"


def _expected(reading: Reading, intent: Intent) -> Iterator[tuple[str, int]]:
    """How often what cannot be planned may still happen: as often as it is asked for, and not yet done."""
    for ref, activity in reading.activities.items():
        if not activity.plannable:
            # A prize that was asked for and has come is expected no more.
            done = sum(intent.done.get(slot(ref, year), 0) for year in range(1, reading.years + 1))
            yield ref, max(0, intent.pins.get(ref, 0) - done)


def _parts(rule: Rule) -> Iterator[Rule]:
    """A rule, its two limits apart: the upper one can always be kept, by counting less."""
    if isinstance(rule, Bound) and rule.at_least is not None and rule.at_most is not None:
        yield replace(rule, at_most=None)
        yield replace(rule, id=f"{rule.id} at most", at_least=None)
    else:
        yield rule


def upper_limits(rules: Iterable[Rule]) -> list[Rule]:
    """The rules, and of those with two limits the parts, that hold where nothing counts."""
    # Measured rather than looked up, as a choice of rules may hold where nothing counts, too.
    return [part for rule in rules for part in _parts(rule) if audit([part], ())[0].holds]


def _most(rules: Iterable[Rule]) -> int:
    """More than any plan of least effort does of one thing: it alone would meet any rule."""
    limits = [int(bound.at_least or 0) for rule in rules for bound in bounds(rule)]
    return max([1, *limits])
