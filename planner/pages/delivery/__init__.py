"""What a cohort needs, and what a centre runs for it."""
