"""A centre's learners."""
