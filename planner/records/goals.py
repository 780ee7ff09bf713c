"""The goals of a plan, each in one place: its words, what the solver minimises, its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from planner.catalogue.qualification import Qualification
from planner.catalogue.units import Unit, credits_of
from planner.rules.goal import Goal, Stage

if TYPE_CHECKING:
    from planner.records.wishes import Wishes


@dataclass(frozen=True)
class Asked:
    """What goals look at: one request, and which units of its qualification are optional, once needed."""

    qualification: Qualification
    wishes: Wishes
    optional: Callable[[], frozenset[str]]
    _stages: dict[str, Sequence[Stage]] = field(default_factory=dict, compare=False)

    def stages(self, goal: str) -> Sequence[Stage]:
        """What the solver minimises for a goal, worked out once."""
        if goal not in self._stages:
            self._stages[goal] = EVERY_GOAL[goal].stages(self)
        return self._stages[goal]

    @cached_property
    def new(self) -> list[Unit]:
        """The units not yet achieved, by ref."""
        units = (unit for unit in self.qualification.units if unit.ref not in self.wishes.held)
        return sorted(units, key=lambda unit: unit.ref)

    @cached_property
    def unshown(self) -> frozenset[str]:
        """The units the job gives no evidence for; held ones and those of every valid selection aside."""
        shown = self.qualification.evidence(self.wishes.tasks)
        return self.optional().difference(self.wishes.held, shown)

    def among(self, chosen: frozenset[str]) -> list[Unit]:
        """The new units among those chosen."""
        return [unit for unit in self.new if unit.ref in chosen]


def _weighted(name: str, weigh: Callable[[Unit], int]) -> Callable[[Asked], list[Stage]]:
    """The stage that sums a figure of new units."""
    return lambda asked: [Stage(name, {u.ref: weigh(u) for u in asked.new if weigh(u)})]


def _strategies(asked: Asked) -> dict[str, list[str]]:
    """A variable for each assessment strategy of new units, and the units that use it."""
    found: dict[str, list[str]] = {}
    for unit in asked.new:
        found.setdefault(f"strategy {unit.strategy}", []).append(unit.ref)
    return dict(sorted(found.items()))


def _changes(asked: Asked) -> list[Stage]:
    """The units of the present plan that are dropped, counted by those kept, then the units added."""
    keep = asked.wishes.keep
    # Dropped are all units to keep (the goal's `constant`) less those that stay, so that each of these weighs
    # -1.
    added = {unit.ref: 1 for unit in asked.new if unit.ref not in keep}
    return [Stage("dropped", dict.fromkeys(sorted(keep), -1)), Stage("added", added)]


def _changed(asked: Asked, chosen: frozenset[str]) -> int:
    keep, held = asked.wishes.keep, asked.wishes.held
    return len(keep - chosen) + len(chosen - keep - held)


BEGIN: Goal[Asked] = Goal(
    "begin",
    "fewest units to begin",
    "fewer units to begin",
    "unit",
    lambda asked: [Stage("begin", {u.ref: 1 for u in asked.new if u.ref not in asked.wishes.begun})],
    lambda asked, chosen: len([u for u in asked.among(chosen) if u.ref not in asked.wishes.begun]),
    rest="to begin",
)
"""The first goal of a way home: it needs units under way, which only portfolios have."""

_ASKED_FOR: tuple[Goal[Asked], ...] = (
    Goal(
        "glh",
        "least new guided hours",
        "fewer hours to do",
        "guided hour",
        _weighted("glh", lambda unit: unit.glh),
        lambda asked, chosen: sum(unit.glh for unit in asked.among(chosen)),
    ),
    Goal(
        "units",
        "fewest new units",
        "fewer new units",
        "unit",
        _weighted("units", lambda unit: 1),
        lambda asked, chosen: len(asked.among(chosen)),
    ),
    Goal(
        "credits",
        "fewest credits in all",
        "fewer credits",
        "credit",
        lambda asked: [Stage("credits", {unit.ref: unit.credits for unit in asked.qualification.units})],
        lambda asked, chosen: credits_of(asked.qualification.by_ref[ref] for ref in chosen),
    ),
    Goal(
        "strategies",
        "fewest assessment strategies among new units",
        "fewer assessment strategies",
        "assessment strategy",
        lambda asked: [Stage("strategies", dict.fromkeys(_strategies(asked), 1))],
        lambda asked, chosen: len({unit.strategy for unit in asked.among(chosen)}),
        groups=_strategies,
    ),
    Goal(
        "fit",
        "fewest new units without evidence from the job",
        "fewer units without evidence from the job",
        "unit",
        lambda asked: [Stage("fit", dict.fromkeys(sorted(asked.unshown), 1))],
        lambda asked, chosen: len(asked.unshown & chosen),
        rest="without evidence from your work",
        needs="what the learner does at work",
    ),
    Goal(
        "changes",
        "fewest units dropped from the plan to keep, then fewest added to it",
        "fewer changes to the plan to keep",
        "change",
        _changes,
        _changed,
        rest="to your plan",
        constant=lambda asked: len(asked.wishes.keep),
        needs="a plan to keep",
    ),
)

GOALS: Mapping[str, Goal[Asked]] = MappingProxyType({goal.id: goal for goal in _ASKED_FOR})
"""The goals one can ask for, by id."""

EVERY_GOAL: Mapping[str, Goal[Asked]] = MappingProxyType({**GOALS, BEGIN.id: BEGIN})
"""Those, and the one of a way home."""
