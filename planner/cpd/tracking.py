"""How far each area and year of a cycle has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.cpd.cycle_plan import SECONDS, CyclePlan
from planner.cpd.cycle_question import upper_limits
from planner.cpd.scheme import Reading
from planner.errors import DisagreementError
from planner.rules.goal import Stage
from planner.rules.model import Model
from planner.rules.rule import Bound, Rule

Area = tuple[str, ...]
"""Categories, in the reading's order; none: all."""


def area_of(reading: Reading, rule: Rule) -> tuple[Area, int | None] | None:
    """The area and the year (None: the whole cycle) a rule speaks of; None if it speaks of less or else."""
    if not isinstance(rule, Bound):
        return None
    picked = [reading.slots[name] for name in rule.weights]
    years = {year for _, year in picked}
    names = {activity.category for activity, _ in picked}
    if len(years) not in (1, reading.years):
        return None
    whole = [n for n, (a, year) in reading.slots.items() if year in years and a.category in names]
    # What is picked is a part of the whole area, so that equal numbers mean that it is all of it.
    if len(whole) != len(picked):
        return None
    area = tuple(name for name in reading.categories if name in names)
    everything = len(area) == len(reading.categories)
    return (() if everything else area), (None if len(years) == reading.years else min(years))


@dataclass(frozen=True, slots=True)
class Tracked:
    """Points of an area in a year of the cycle, or in all of it (`year` None), against their limits.

    An area is a category, several that a rule asks together, or all of them (`categories` empty). `earned`
    is what counts of what was done, `planned` what is still to do.
    """

    title: str
    categories: tuple[str, ...]
    year: int | None
    earned: int
    planned: int
    at_least: float | None
    at_most: float | None

    def to_json(self) -> dict[str, Any]:
        """The row as JSON; `category` is null of all categories together, `year` of the whole cycle."""
        return {
            "category": "+".join(self.categories) or None,
            "title": self.title,
            "year": self.year,
            "earned": self.earned,
            "planned": self.planned,
            "at_least": self.at_least,
            "at_most": self.at_most,
        }


def tracker(plan: CyclePlan) -> tuple[Tracked, ...]:
    """Points by area and year, earned and planned, against minima and maxima; empty without a plan."""
    if not plan.found:
        return ()
    reading = plan.reading
    limits = _area_limits(reading)
    together = [area for area, _ in limits if len(area) > 1]
    areas: list[Area] = [(name,) for name in reading.categories] + list(dict.fromkeys(together)) + [()]
    return tuple(
        _tracked(plan, area, year, *limits.get((area, year), (None, None)))
        for area in areas
        for year in (*range(1, reading.years + 1), None)
    )


def spread(plan: CyclePlan) -> dict[str, tuple[int, ...]]:
    """How many activities of each category are to be done in each year left; of categories with any."""
    times = Counter[tuple[str, int]]()
    for step in plan.steps:
        times[step.activity.category, step.year] += step.times
    years = range(plan.intent.year, plan.reading.years + 1)
    return {
        category: found
        for category in plan.reading.categories
        if any(found := tuple(times[category, year] for year in years))
    }


def _area_limits(reading: Reading) -> dict[tuple[Area, int | None], tuple[float | None, float | None]]:
    """Least and most points of areas and years, as far as single rules ask for exactly these."""
    found: dict[tuple[Area, int | None], tuple[float | None, float | None]] = {}
    for rule in reading.rules:
        key = area_of(reading, rule)
        if key is None or rule.count != "points":
            continue
        # Of several rules about one area and year the strictest.
        low, high = found.get(key, (None, None))
        lows = [limit for limit in (low, rule.at_least) if limit is not None]
        highs = [limit for limit in (high, rule.at_most) if limit is not None]
        found[key] = (max(lows, default=None), min(highs, default=None))
    return found


def _tracked(
    plan: CyclePlan, area: Area, year: int | None, at_least: float | None, at_most: float | None
) -> Tracked:
    names = area or tuple(plan.reading.categories)
    # An activity has one category, so that nothing is counted twice.
    earned = sum(plan.points_of(name, year, done=True) for name in names)
    planned = sum(plan.points_of(name, year) for name in names) - earned
    title = " + ".join(plan.reading.categories[name] for name in area) or "All together"
    return Tracked(title, area, year, earned, planned, at_least, at_most)


def most_points(reading: Reading, done: Mapping[str, int]) -> int:
    """The most points that count of what was done, in slots, under the upper limits of the reading.

    Raises
    ------
    DisagreementError
        If that is not decided in time.
    """
    # Under the upper limits alone: what a lower one lacks takes no point away.
    model = _achieved(reading, done)
    # Most points, as the least of their negative sum.
    worth = {name: -reading.slots[name][0].points for name in done}
    outcome = model.solve({}, [Stage("points", worth)], SECONDS)
    if outcome.decision != "optimal":
        raise DisagreementError(f"what counts of {done} is {outcome.decision}")
    return -int(outcome.values["points"])


def each_year_met(reading: Reading, done: Mapping[str, int]) -> bool:
    """Whether what was done, in slots, meets what the reading asks of every single year.

    Raises
    ------
    DisagreementError
        If that is not decided in time.
    """
    years = {((), year) for year in range(1, reading.years + 1)}
    yearly = [rule for rule in reading.rules if area_of(reading, rule) in years]
    decision = _achieved(reading, done, yearly).solve({}, seconds=SECONDS).decision
    if decision == "unknown":
        raise DisagreementError(f"whether {done} meets the rules of each year is {decision}")
    return decision != "infeasible"


def _achieved(reading: Reading, done: Mapping[str, int], rules: Sequence[Rule] = ()) -> Model:
    """How often each slot counts of what was done, under the upper limits and these rules."""
    # Done is not counted: each slot counts as often as it was done, or less.
    spans = {name: (0, done.get(name, 0)) for name in reading.slots}
    return Model(spans, [*upper_limits(reading.rules), *rules])
