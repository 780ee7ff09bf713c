"""Continuing professional development: schemes, logs, plans of a cycle."""

from planner.cpd.contradictions import SchemeReport, check_schemes
from planner.cpd.cycle_plan import Clash, CyclePlan, Step, plan_cycle, plan_readings
from planner.cpd.intent import Intent, intent_of
from planner.cpd.log import CpdLog, LogEntry, points_since, read_log
from planner.cpd.scheme import Reading, load_readings

__all__ = [
    "Clash",
    "CpdLog",
    "CyclePlan",
    "Intent",
    "LogEntry",
    "Reading",
    "SchemeReport",
    "Step",
    "check_schemes",
    "intent_of",
    "load_readings",
    "plan_cycle",
    "plan_readings",
    "points_since",
    "read_log",
]
