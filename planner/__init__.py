"""Picks units for a vocational qualification with a constraint solver and proves the answer best.

>>> from planner import load, plan
>>> answer = plan(load(), pin=["L/601/0933"])
>>> answer.status, answer.new_glh
('optimal', 111)
"""

from planner.audit import Finding, audit
from planner.catalogue import DEFAULT_QUALIFICATION, load, load_all
from planner.errors import DataError, DisagreementError, PlannerError, Problem
from planner.qualification import Qualification
from planner.result import Conflict, GoalValue, Plan
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
    "Finding",
    "GoalValue",
    "Plan",
    "PlannerError",
    "Problem",
    "Qualification",
    "Rule",
    "Unit",
    "Wishes",
    "audit",
    "load",
    "load_all",
    "plan",
]
