"""Continuing professional development: schemes, logs, plans of a cycle."""
