"""One learner: the plan, and the units achieved."""
