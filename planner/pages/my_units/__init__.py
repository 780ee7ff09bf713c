"""The plan of one learner."""
