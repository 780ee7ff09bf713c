"""What people hand in, as data."""

from planner.records.goals import GOALS
from planner.records.wishes import Request, Wishes

__all__ = ["GOALS", "Request", "Wishes"]
