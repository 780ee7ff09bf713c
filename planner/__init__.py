"""Picks units for a vocational qualification with a constraint solver and proves the answer best.

>>> from planner import load, plan
>>> answer = plan(load(), pin=["L/601/0933"])
>>> answer.status, answer.new_glh
('optimal', 111)
"""

from planner.authoring.draft import draft
from planner.authoring.lint import Report, check
from planner.authoring.revision import Difference, Effect, differences, effects
from planner.catalogue.loading import DEFAULT_QUALIFICATION, load, load_all
from planner.catalogue.qualification import Qualification, Task
from planner.catalogue.units import Unit
from planner.cohort.batch import Cohort, plan_cohort, read_cohort
from planner.cohort.delivery import Delivery, deliver
from planner.cpd.contradictions import check_schemes
from planner.cpd.cycle_plan import CyclePlan, Intent, intent_of, plan_cycle, plan_readings
from planner.cpd.log import CpdLog, points_since, read_log
from planner.cpd.scheme import Reading, load_readings
from planner.errors import DataError, DisagreementError, PlannerError, Problem
from planner.planning.explore import Exploration, Instead, Outlook, Swap, explore, instead, swaps
from planner.planning.result import Conflict, GoalValue, Plan, Repair
from planner.planning.solve import plan
from planner.portfolio.progression import Standing, standings
from planner.portfolio.verdict import (
    Decision,
    Entry,
    Judgement,
    Portfolio,
    Verdict,
    judge,
    read_portfolios,
    transcript,
)
from planner.recognition.career import Career, Recognition, career, load_recognitions
from planner.recognition.eligibility import measured_of, with_measured
from planner.recognition.job_profile import load_profile
from planner.recognition.renewals import appointments, calendar_file
from planner.records.goals import GOALS
from planner.records.wishes import Request, Wishes
from planner.rules.measure import Finding, Verdicts, audit, audit_many
from planner.rules.rule import Bound, Choice, Rule

__version__ = "0.1.0"

__all__ = [
    "DEFAULT_QUALIFICATION",
    "GOALS",
    "Bound",
    "Career",
    "Choice",
    "Cohort",
    "Conflict",
    "CpdLog",
    "CyclePlan",
    "DataError",
    "Decision",
    "Delivery",
    "Difference",
    "DisagreementError",
    "Effect",
    "Entry",
    "Exploration",
    "Finding",
    "GoalValue",
    "Instead",
    "Intent",
    "Judgement",
    "Outlook",
    "Plan",
    "PlannerError",
    "Portfolio",
    "Problem",
    "Qualification",
    "Reading",
    "Recognition",
    "Repair",
    "Report",
    "Request",
    "Rule",
    "Standing",
    "Swap",
    "Task",
    "Unit",
    "Verdict",
    "Verdicts",
    "Wishes",
    "appointments",
    "audit",
    "audit_many",
    "calendar_file",
    "career",
    "check",
    "check_schemes",
    "deliver",
    "differences",
    "draft",
    "effects",
    "explore",
    "instead",
    "intent_of",
    "judge",
    "load",
    "load_all",
    "load_profile",
    "load_readings",
    "load_recognitions",
    "measured_of",
    "plan",
    "plan_cohort",
    "plan_cycle",
    "plan_readings",
    "points_since",
    "read_cohort",
    "read_log",
    "read_portfolios",
    "standings",
    "swaps",
    "transcript",
    "with_measured",
]
