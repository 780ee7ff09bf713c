"""Brute force over cycles of professional development: every count of every activity in every year.

Reads the files itself, and shares no code with the planner.
"""

from __future__ import annotations

import csv
import itertools
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Slot = tuple[str, int]
Counts = NDArray[np.int64]


@dataclass
class Ask:
    """What a member has done and wishes, in the oracle's own words."""

    done: Mapping[Slot, int] = field(default_factory=dict)
    year: int = 1
    pins: Mapping[str, int] = field(default_factory=dict)
    excludes: Collection[str] = ()
    minutes: Mapping[str, int] = field(default_factory=dict)


class Brute:
    """Every cycle of a small scheme."""

    def __init__(self, folder: Path, name: str, ask: Ask, most: int) -> None:
        self.entry = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        with (folder / "activities.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["scheme"] == self.entry["scheme"]]
        self.rows = {row["ref"]: row for row in rows}
        self.worth = {row["ref"]: int(row["points"]) for row in rows} | self.entry.get("points", {})
        self.slots: list[Slot] = [(ref, y) for y in range(1, self.entry["years"] + 1) for ref in self.rows]
        self.ask = ask
        ranges = [range(ask.done.get(slot, 0) + most + 1) for slot in self.slots]
        self.counts = np.array(list(itertools.product(*ranges)), dtype=np.int64)
        done = np.array([ask.done.get(slot, 0) for slot in self.slots])
        self.new = np.maximum(0, self.counts - done)
        self.ids = [rule["id"] for rule in self.entry["rule"]] + list(self._limits())

    def _limits(self) -> dict[str, tuple[list[bool], int]]:
        """Which slots a limit of an activity sums up, and the limit."""
        found = {}
        for ref, row in self.rows.items():
            if row["per_cycle"]:
                found[f"limit-{ref}"] = ([s[0] == ref for s in self.slots], int(row["per_cycle"]))
            if row["per_year"] and not (row["per_cycle"] and int(row["per_cycle"]) <= int(row["per_year"])):
                for year in range(1, self.entry["years"] + 1):
                    picked = [s == (ref, year) for s in self.slots]
                    found[f"limit-{ref}-year-{year}"] = (picked, int(row["per_year"]))
        return found

    def _measure(self, rule: Mapping[str, Any]) -> NDArray[np.int64]:
        where = rule.get("where", {})
        weights = []
        for ref, year in self.slots:
            row = self.rows[ref]
            group, tag = where.get("group"), where.get("tag")
            groups = [group] if isinstance(group, str) else group
            fits = (groups is None or row["category"] in groups) and (tag in (None, ref, f"year-{year}"))
            weights.append(fits * (self.worth[ref] if rule["count"] == "points" else 1))
        found: NDArray[np.int64] = self.counts @ np.array(weights)
        return found

    def _asked(self, rule: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Where the lower limit of a rule is kept."""
        if "any" in rule:
            kept = sum(self._asked(part) & self._capped(part) for part in rule["any"])
            return np.asarray(kept >= rule.get("at_least", 1))
        return np.asarray(self._measure(rule) >= rule.get("at_least", 0))

    def _capped(self, rule: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Where the upper limit of a rule is kept."""
        if "at_most" not in rule:
            return np.ones(len(self.counts), dtype=bool)
        return np.asarray(self._measure(rule) <= rule["at_most"])

    def _doable(self, excludes: Collection[str], over: Collection[int]) -> NDArray[np.bool_]:
        good = np.ones(len(self.counts), dtype=bool)
        for place, (ref, year) in enumerate(self.slots):
            if year in over or ref in excludes:
                good &= self.new[:, place] == 0
        for ref, row in self.rows.items():
            if row["plannable"] == "no":
                places = [n for n, (other, _) in enumerate(self.slots) if other == ref]
                done = sum(times for (other, _), times in self.ask.done.items() if other == ref)
                good &= self.new[:, places].sum(axis=1) <= max(0, self.ask.pins.get(ref, 0) - done)
        return good

    def _pinned(self, ref: str) -> NDArray[np.bool_]:
        places = [n for n, (other, _) in enumerate(self.slots) if other == ref]
        return np.asarray(self.counts[:, places].sum(axis=1) >= self.ask.pins[ref])

    def possible(
        self, rules: Collection[str], pins: Collection[str], excludes: Collection[str], over: Collection[int]
    ) -> bool:
        """Whether any cycle keeps just these rules and wishes."""
        good = self._doable(excludes, over)
        for rule in self.entry["rule"]:
            if rule["id"] in rules:
                good &= self._asked(rule) & self._capped(rule)
        for name, (picked, most) in self._limits().items():
            if name in rules:
                good &= self.counts @ np.array(picked, dtype=int) <= most
        for ref in pins:
            good &= self._pinned(ref)
        return bool(good.any())

    def best(self, goals: Collection[str]) -> tuple[bool, int, list[int]]:
        """Whether all can be met, how few rules and pins have to go, and the least values of the goals.

        The last two values are, among such cycles, the minutes of the calmest busiest year, and under that how
        often anything is done in one year.
        """
        good = self._doable(self.ask.excludes, range(1, self.ask.year))
        lost = np.zeros(len(self.counts), dtype=int)
        for rule in self.entry["rule"]:
            good &= self._capped(rule)
            lost += ~self._asked(rule)
        for picked, most in self._limits().values():
            good &= self.counts @ np.array(picked, dtype=int) <= most
        for ref in self.ask.pins:
            lost += ~self._pinned(ref)
        fewest = int(lost[good].min())
        good &= lost == fewest
        minutes = np.array(
            [self.ask.minutes.get(ref, int(self.rows[ref]["minutes"])) for ref, _ in self.slots]
        )
        sums = {"hours": self.new @ minutes, "activities": self.new.sum(axis=1)}
        values = []
        for goal in goals:
            least = int(sums[goal][good].min())
            good &= sums[goal] == least
            values.append(least)
        if "activities" not in goals:
            good &= sums["activities"] == sums["activities"][good].min()
        years = [np.array([year == y for _, year in self.slots]) for y in range(1, self.entry["years"] + 1)]
        busiest = np.max([self.new @ (minutes * year) for year in years], axis=0)
        values.append(int(busiest[good].min()))
        good &= busiest == values[-1]
        values.append(int(self.new.max(axis=1)[good].min()))
        self.finest = good & (self.new.max(axis=1) == values[-1])
        return fewest == 0, fewest, values

    def evenest(self, counted: Mapping[Slot, int]) -> int:
        """How little the years left can differ where the same is done as often as in a cycle that is best.

        They differ by how many activities of a category the fullest and the emptiest have, summed over the
        categories; what counts of what was done stays. After `best`.
        """
        (place,) = np.flatnonzero((self.counts == [counted.get(slot, 0) for slot in self.slots]).all(axis=1))
        alike = self.finest & ((self.counts - self.new) == (self.counts - self.new)[place]).all(axis=1)
        assert alike[place]
        for ref in self.rows:
            times = self.new @ np.array([ref == other for other, _ in self.slots], dtype=int)
            alike &= times == times[place]
        spread = np.zeros(len(self.counts), dtype=int)
        years = range(self.ask.year, self.entry["years"] + 1)
        for category in {row["category"] for row in self.rows.values()}:
            fits = [self.rows[ref]["category"] == category for ref, _ in self.slots]
            each = [
                self.new
                @ np.array([fit and of == year for fit, (_, of) in zip(fits, self.slots, strict=True)], int)
                for year in years
            ]
            if each:
                spread += np.max(each, axis=0) - np.min(each, axis=0)
        return int(spread[alike].min())

    def least_points(self) -> int | None:
        """The least points of any cycle that keeps the scheme's rules; None if none does."""
        good = np.ones(len(self.counts), dtype=bool)
        for rule in self.entry["rule"]:
            good &= self._asked(rule) & self._capped(rule)
        for picked, most in self._limits().values():
            good &= self.counts @ np.array(picked, dtype=int) <= most
        points = self.counts @ np.array([self.worth[ref] for ref, _ in self.slots])
        return int(points[good].min()) if good.any() else None
