"""Internal quality assurance: what to sample, and what is ready to be claimed."""

from __future__ import annotations

from planner.assurance.policy import Policy, load_policy
from planner.assurance.sampling import Assessment, Sample, draw_sample, read_assessments

__all__ = ["Assessment", "Policy", "Sample", "draw_sample", "load_policy", "read_assessments"]
