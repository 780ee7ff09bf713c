"""Many learners: the batch plan, minimal selections, delivery in groups."""

from planner.cohort.batch import Answer, Cohort, plan_cohort, read_cohort
from planner.cohort.delivery import Delivery, deliver

__all__ = ["Answer", "Cohort", "Delivery", "deliver", "plan_cohort", "read_cohort"]
