"""One learner: the plan, prices and alternatives, robustness, reasons."""

from planner.planning.explore import Exploration, Instead, Swap, instead, swaps
from planner.planning.prices import Outlook
from planner.planning.result import Conflict, GoalValue, Plan, Repair
from planner.planning.solve import plan

__all__ = [
    "Conflict",
    "Exploration",
    "GoalValue",
    "Instead",
    "Outlook",
    "Plan",
    "Repair",
    "Swap",
    "instead",
    "plan",
    "swaps",
]
