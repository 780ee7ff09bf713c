"""Picks units for a vocational qualification with a constraint solver and proves the answer best.

>>> from planner import load, plan
>>> answer = plan(load(), pin=["L/601/0933"])
>>> answer.status, answer.new_glh
('optimal', 111)

The names here are those that one needs first. Each room has more of them: `from planner.rules import audit`.
"""

from planner.authoring import check
from planner.catalogue import Qualification, Unit, load, load_all
from planner.cohort import Cohort, Delivery, deliver, plan_cohort, read_cohort
from planner.errors import DataError, DisagreementError, PlannerError, Problem
from planner.planning import Conflict, Exploration, Plan, Repair, instead, plan, swaps
from planner.planning.explore import explore
from planner.portfolio import Judgement, Portfolio, Standing, judge, read_portfolios, standings, transcript
from planner.records import Request, Wishes
from planner.rules import Bound, Choice, Finding, Rule

__version__ = "0.1.0"

__all__ = [
    "Bound",
    "Choice",
    "Cohort",
    "Conflict",
    "DataError",
    "Delivery",
    "DisagreementError",
    "Exploration",
    "Finding",
    "Judgement",
    "Plan",
    "PlannerError",
    "Portfolio",
    "Problem",
    "Qualification",
    "Repair",
    "Request",
    "Rule",
    "Standing",
    "Unit",
    "Wishes",
    "check",
    "deliver",
    "explore",
    "instead",
    "judge",
    "load",
    "load_all",
    "plan",
    "plan_cohort",
    "read_cohort",
    "read_portfolios",
    "standings",
    "swaps",
    "transcript",
]
