"""When: calendars of weeks, who is behind, what would help."""

from planner.timeline.calendars import CalendarSearch
from planner.timeline.choices import choice_costs
from planner.timeline.line import cohort_line
from planner.timeline.months import Month, month_of
from planner.timeline.questions import Learner, Terms
from planner.timeline.thresholds import load_thresholds
from planner.timeline.timelines import Timeline, timeline
from planner.timeline.weeks import Limits, UnitLeft, Weeks

__all__ = [
    "CalendarSearch",
    "Learner",
    "Limits",
    "Month",
    "Terms",
    "Timeline",
    "UnitLeft",
    "Weeks",
    "choice_costs",
    "cohort_line",
    "load_thresholds",
    "month_of",
    "timeline",
]
