"""A centre's internal quality assurance."""
