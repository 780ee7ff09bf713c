"""What somebody asks for: units that must count, must not, or are already achieved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from planner.errors import DataError, Problem, nearest
from planner.qualification import Qualification
from planner.rules import Bound

GOALS = {
    "glh": "least new guided hours",
    "units": "fewest new units",
    "credits": "fewest credits in all",
    "strategies": "fewest assessment strategies among new units",
}
"""The goals one can ask for, by id, in words."""

DEFAULT_GOALS = ("glh", "units")


@dataclass(frozen=True, slots=True)
class Wishes:
    """The wishes of one request, as refs of one qualification.

    Parameters
    ----------
    pins
        Units that must count towards the award.
    excludes
        Units that must not count.
    held
        Units already achieved: free, and allowed not to count.
    goals
        Ids from `GOALS`, the most important first.
    """

    pins: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    goals: tuple[str, ...] = DEFAULT_GOALS

    @classmethod
    def read(
        cls,
        qualification: Qualification,
        pin: Iterable[str] = (),
        exclude: Iterable[str] = (),
        held: Iterable[str] = (),
        goals: Iterable[str] = DEFAULT_GOALS,
    ) -> Wishes:
        """The wishes that a user's own spelling means.

        Raises
        ------
        DataError
            With every unknown ref and goal, each with its nearest match.
        """
        problems: list[Problem] = []
        refs: dict[str, frozenset[str]] = {}
        for source, texts in (("--pin", pin), ("--exclude", exclude), ("--held", held)):
            refs[source] = frozenset()
            try:
                refs[source] = frozenset(qualification.resolve(list(texts), source))
            except DataError as error:
                problems += error.problems
        asked = tuple(dict.fromkeys(goals))
        for goal in asked:
            if goal not in GOALS:
                message = f"no such goal{nearest(goal, list(GOALS))} (goals: {', '.join(GOALS)})"
                problems.append(Problem("--goal", message, value=goal or "(empty)"))
        if problems:
            raise DataError(problems)
        return cls(refs["--pin"], refs["--exclude"], refs["--held"], asked)

    @property
    def fixed(self) -> dict[str, bool]:
        """Which units must (True) and must not (False) count; only for wishes without contradiction."""
        return dict.fromkeys(self.excludes, False) | dict.fromkeys(self.pins, True)

    @property
    def contradictory(self) -> tuple[str, ...]:
        """The units both pinned and excluded, sorted."""
        return tuple(sorted(self.pins & self.excludes))

    def as_rules(self, qualification: Qualification) -> tuple[Bound, ...]:
        """Each wish as a rule, so that findings and conflicts name it like any other rule."""
        pins = (pin_rule(qualification, ref) for ref in sorted(self.pins))
        excludes = (exclude_rule(qualification, ref) for ref in sorted(self.excludes))
        return (*pins, *excludes)


def pin_rule(qualification: Qualification, ref: str) -> Bound:
    """The wish that `ref` must count."""
    title = qualification.by_ref[ref].title
    return Bound(f"pin {ref}", f"you asked for {title} ({ref})", {ref: 1}, at_least=1)


def exclude_rule(qualification: Qualification, ref: str) -> Bound:
    """The wish that `ref` must not count."""
    title = qualification.by_ref[ref].title
    return Bound(f"exclude {ref}", f"you left out {title} ({ref})", {ref: 1}, at_most=0)
