"""A plan, and what lies around it: worked out when a part of the page that is open needs it."""

from __future__ import annotations

from planner.planning.explore import Exploration, explored
from planner.planning.result import Plan


class Surroundings:
    """The best plan for some wishes; its exploration takes twenty times as long and is found on first use.

    One that no limit of time cut short is kept.
    """

    def __init__(self, best: Plan) -> None:
        self.best = best
        self._found: Exploration | None = None

    @property
    def found(self) -> Exploration:
        """States and prices of all units, and other plans; its own plan is "unknown" where time ran out."""
        if self._found is None or self._found.best.status == "unknown":
            self._found = explored(self.best)
        return self._found
