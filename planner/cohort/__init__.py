"""Many learners: the batch plan, minimal selections, delivery in groups."""

from planner.cohort.batch import Answer, Cohort, plan_cohort
from planner.cohort.delivery import deliver
from planner.cohort.delivery_answer import Delivery
from planner.records.cohort_rows import read_cohort

__all__ = ["Answer", "Cohort", "Delivery", "deliver", "plan_cohort", "read_cohort"]
