"""Rule files: the lint, a new qualification, two versions compared."""

from planner.authoring.lint import Report, check
from planner.authoring.new_qualification import draft
from planner.authoring.revision import Difference, Effect, differences, effects

__all__ = ["Difference", "Effect", "Report", "check", "differences", "draft", "effects"]
