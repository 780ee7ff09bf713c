"""Who is ready to be claimed and what the others lack, in tables and words, and as a workbook."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from planner.assurance.claim_format import ClaimFile
from planner.assurance.claims import SHEET, STAGES, Claim, ClaimTerms
from planner.catalogue.qualification import Qualification, in_words
from planner.errors import Problem
from planner.report.cohort_book import rejected_sheet
from planner.report.tables import NO, YES
from planner.report.workbook_kit import Book
from planner.rules.measure import numbered

READY_MEANS = (
    "Ready means that nothing on record stands in the way of a claim. Evidence is judged by people, and only "
    "the awarding organisation certifies."
)


def claims_words(claims: Sequence[Claim]) -> str:
    """How many are ready, and where the others are, in one sentence."""
    ready = sum(claim.ready for claim in claims)
    made = sum(claim.stage not in ("registered", "achieved") for claim in claims)
    lacking = sum(bool(claim.lacking) for claim in claims)
    rest = [f"{lacking} {'lacks' if lacking == 1 else 'lack'} something"] if lacking else []
    rest += [f"{made} {'was' if made == 1 else 'were'} claimed before"] if made else []
    first = f"{ready} of {numbered(len(claims), 'learner')} ready to be claimed"
    return f"{', '.join([first, *rest])}."


def asked_words(terms: ClaimTerms) -> list[str]:
    """What is asked besides the rules of combination, and what nobody has said."""
    words = ["Every counted unit verified by internal quality assurance, with dates in order."]
    if terms.policy is None:
        words.append("No sampling policy was given: nothing is asked of samples.")
    else:
        words.append(f"Sampled as the policy asks: {terms.policy.title}.")
    if terms.certification_ends:
        words.append(f"Certificates can be claimed until {in_words(terms.certification_ends)}, as was said.")
    return words


def file_words(found: ClaimFile) -> str:
    """Who is in the claim file, in one sentence."""
    left = f"; {len(found.left_out)} left out, as a value does not fit" if found.left_out else ""
    return f"{numbered(len(found.learners), 'learner')} in the claim file{left}."


def claims_table(claims: Sequence[Claim]) -> pd.DataFrame:
    """One row a learner: whether ready, how far, and the day of each stage."""
    rows = [
        (
            claim.portfolio.learner,
            claim.portfolio.details.name,
            YES if claim.ready else NO,
            claim.stage,
            *(claim.days[stage] for stage in STAGES),
            "; ".join(claim.lacks),
        )
        for claim in claims
    ]
    heads = [
        "Learner",
        "Name",
        "Ready",
        "Stage",
        *(stage.capitalize() for stage in STAGES),
        "What is lacking",
    ]
    return pd.DataFrame(rows, columns=heads, dtype=object)


def lacking_table(claims: Sequence[Claim]) -> pd.DataFrame:
    """One row for each thing that a learner lacks."""
    rows = [
        (claim.portfolio.learner, claim.portfolio.details.name, each.ref, each.words)
        for claim in claims
        for each in claim.lacking
    ]
    return pd.DataFrame(rows, columns=["Learner", "Name", "Ref", "What is lacking"], dtype=object)


def claims_workbook(
    qualification: Qualification,
    claims: Sequence[Claim],
    terms: ClaimTerms,
    problems: Sequence[Problem] = (),
    found: ClaimFile | None = None,
) -> bytes:
    """The claims as the bytes of an .xlsx file.

    Days typed under Claimed, Received and Issued are read from it again.
    """
    book = Book("Claims", qualification, terms.today)
    sheets = book.add(SHEET, "Lacking", "Rejected rows", "About")
    hint = (
        f"{claims_words(claims)} Note when claims are made, received and issued, and hand the file in again."
    )
    widths = {"Learner": 16, "Name": 20, "Ready": 8, "Stage": 12}
    widths |= dict.fromkeys((stage.capitalize() for stage in STAGES), 12)
    table = claims_table(claims).drop(columns="What is lacking")
    book.listing(sheets[SHEET], hint, table, widths)
    book.dates_to_type(sheets[SHEET], table, ("Claimed", "Received", "Issued"))
    widths = {"Learner": 16, "Name": 20, "Ref": 14, "What is lacking": 80}
    book.listing(sheets["Lacking"], READY_MEANS, lacking_table(claims), widths, none="Nothing.")
    rejected_sheet(book, sheets["Rejected rows"], (*problems, *(found.problems if found else ())))
    asked = [("Asked", words) for words in asked_words(terms)]
    facts = [*asked, *([("Claim file", f"{found.format.title}: {file_words(found)}")] if found else [])]
    book.about(sheets["About"], facts)
    return book.content(first=SHEET)
