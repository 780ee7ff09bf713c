"""Picks units for a vocational qualification with a constraint solver and proves the answer best.

>>> from planner import load, plan
>>> answer = plan(load(), pin=["L/601/0933"])
>>> answer.status, answer.new_glh
('optimal', 111)
"""

from planner.audit import Finding, audit
from planner.catalogue import DEFAULT_QUALIFICATION, load, load_all
from planner.errors import DataError, DisagreementError, PlannerError, Problem
from planner.explore import Exploration, Instead, Outlook, Swap, explore, instead, swaps
from planner.qualification import Qualification, Task
from planner.result import Conflict, GoalValue, Plan, Repair
from planner.rules import Bound, Choice, Rule
from planner.solve import plan
from planner.units import Unit
from planner.wishes import GOALS, Wishes

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_QUALIFICATION",
    "GOALS",
    "Bound",
    "Choice",
    "Conflict",
    "DataError",
    "DisagreementError",
    "Exploration",
    "Finding",
    "GoalValue",
    "Instead",
    "Outlook",
    "Plan",
    "PlannerError",
    "Problem",
    "Qualification",
    "Repair",
    "Rule",
    "Swap",
    "Task",
    "Unit",
    "Wishes",
    "audit",
    "explore",
    "instead",
    "load",
    "load_all",
    "plan",
    "swaps",
]
