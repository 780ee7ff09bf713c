"""The one idea: a weighted sum between two limits, measured, told to the solver, and explained."""

from planner.rules.measure import Finding, Verdicts, audit, audit_many
from planner.rules.rule import Bound, Choice, Item, Rule

__all__ = ["Bound", "Choice", "Finding", "Item", "Rule", "Verdicts", "audit", "audit_many"]
