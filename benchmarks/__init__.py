"""Benchmarks: what the planner takes, beside other solvers that answer the same question.

`python -m benchmarks` runs them; README.md says what is timed and what is not.
"""
