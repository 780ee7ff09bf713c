"""How far each area and year of a cycle has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.cpd.cycle_plan import Area, CyclePlan, area_of
from planner.cpd.scheme import Reading


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
    at_least: int | None = None
    at_most: int | None = None

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


def _area_limits(reading: Reading) -> dict[tuple[Area, int | None], tuple[int | None, int | None]]:
    """Least and most points of areas and years, as far as single rules ask for exactly these."""
    found: dict[tuple[Area, int | None], tuple[int | None, int | None]] = {}
    for rule in reading.rules:
        key = area_of(reading, rule)
        if key is None or rule.count != "points":
            continue
        low, high = found.get(key, (None, None))
        lows = [limit for limit in (low, rule.at_least) if limit is not None]
        highs = [limit for limit in (high, rule.at_most) if limit is not None]
        found[key] = (max(lows, default=None), min(highs, default=None))
    return found


def _tracked(
    plan: CyclePlan, area: Area, year: int | None, at_least: int | None, at_most: int | None
) -> Tracked:
    names = area or tuple(plan.reading.categories)
    earned = sum(plan.points_of(name, year, done=True) for name in names)
    planned = sum(plan.points_of(name, year) for name in names) - earned
    title = " + ".join(plan.reading.categories[name] for name in area) or "All together"
    return Tracked(title, area, year, earned, planned, at_least, at_most)
