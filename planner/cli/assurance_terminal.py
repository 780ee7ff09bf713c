"""Samples as a terminal shows them."""

from __future__ import annotations

from planner.assurance.sampling import AssessmentFile, Sample
from planner.cli.console import print_frame, print_line, print_list
from planner.cli.terminal import show_problems
from planner.report import sampling_tables


def print_sample(sample: Sample, read: AssessmentFile) -> None:
    """What to sample, and what of the policy no sample can serve."""
    print_line(sample.policy.title, "bold")
    print_line(sampling_tables.sample_words(sample), "bold")
    frame = sampling_tables.sample_table(sample)
    if not frame.empty:
        print_frame(frame.astype(str), None)
    print_list(map(sampling_tables.unmet_words, sample.unmet), "Asked for by the policy, but not there:")
    show_problems(read.problems, read.sheets)
