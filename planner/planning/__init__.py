"""One learner: the plan, prices and alternatives, robustness, reasons."""

from planner.planning.explore import Exploration, Instead, Outlook, Swap, instead, swaps
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
