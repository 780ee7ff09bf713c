"""Samples and claims as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from planner.assurance.claim_format import ClaimFile
from planner.assurance.claims import Claim, ClaimTerms
from planner.assurance.sampling import AssessmentFile, Sample
from planner.catalogue.qualification import Qualification
from planner.cli.console import print_frame, print_line, print_list
from planner.cli.terminal import show_heading, show_problems
from planner.files.dates import date_text
from planner.records.portfolio_files import PortfolioFile
from planner.report import claims_tables, sampling_tables


def print_sample(sample: Sample, read: AssessmentFile) -> None:
    """What to sample, and what of the policy no sample can serve."""
    print_line(sample.policy.title, "bold")
    print_line(sampling_tables.sample_words(sample), "bold")
    frame = sampling_tables.sample_table(sample)
    if not frame.empty:
        print_frame(frame.astype(str), None)
    print_list(map(sampling_tables.unmet_words, sample.unmet), "Asked for by the policy, but not there:")
    actions = sampling_tables.actions_table(sample, date.today())
    if not actions.empty:
        print_frame(actions, "Actions still to be done")
    show_problems(read.problems, read.sheets)


def print_claims(
    qualification: Qualification,
    claims: Sequence[Claim],
    terms: ClaimTerms,
    read: PortfolioFile,
    found: ClaimFile | None = None,
) -> None:
    """Who is ready to be claimed, what each other one lacks, and whom the claim file leaves out."""
    show_heading(qualification, terms.today)
    print_line(claims_tables.claims_words(claims), "bold")
    table = claims_tables.claims_table(claims)
    days = [claim.days[claim.stage] for claim in claims]
    table["Since"] = list(map(date_text, days))
    print_frame(table[["Learner", "Ready", "Stage", "Since"]], None)
    for claim in claims:
        print_list(claim.lacks, f"{claim.portfolio.learner} lacks:")
    if found is not None:
        print_line(claims_tables.file_words(found), "bold")
    for words in (*claims_tables.asked_words(terms), claims_tables.READY_MEANS):
        print_line(words, "dim")
    show_problems((*read.problems, *(found.problems if found else ())), read.sheets)
