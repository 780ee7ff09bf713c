"""When: calendars of weeks, who is behind, what would help."""

from planner.timeline.calendars import CalendarSearch
from planner.timeline.timelines import Learner, Terms, Timeline, timeline
from planner.timeline.weeks import Limits, Weeks, Work

__all__ = ["CalendarSearch", "Learner", "Limits", "Terms", "Timeline", "Weeks", "Work", "timeline"]
