"""Internal quality assurance: what to sample, and what is ready to be claimed."""

from __future__ import annotations

from planner.assurance.claim_format import ClaimFile, ClaimFormat, claim_file, load_format
from planner.assurance.claim_steps import read_steps
from planner.assurance.claims import Claim, ClaimTerms, claims_of
from planner.assurance.policy import Policy, load_policy
from planner.assurance.sampling import Assessment, Sample, draw_sample, read_assessments

__all__ = [
    "Assessment",
    "Claim",
    "ClaimFile",
    "ClaimFormat",
    "ClaimTerms",
    "Policy",
    "Sample",
    "claim_file",
    "claims_of",
    "draw_sample",
    "load_format",
    "load_policy",
    "read_assessments",
    "read_steps",
]
