"""The verdicts on many portfolios as an Excel workbook: who is there, who is not, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from planner.errors import Problem
from planner.portfolio.verdict import Judgement, Verdict, Way
from planner.report import portfolio_tables, tables
from planner.report.cohort_book import rejected_sheet
from planner.report.workbook_kit import Book

REMARK = "Why not or shorter way"
"""The column that says why there is no way home, or what another would do otherwise in fewer hours."""

WIDTHS = {
    "Learner": 16,
    "Name": 22,
    "Now": 13,
    "If completed": 13,
    "To finish": 9,
    "To start": 9,
    "Not needed": 9,
    "To do": 9,
    "Hours missing": 9,
    "Rows left out": 9,
    REMARK: 60,
    "Ref": 13,
    "Title": 58,
    "Unit": 58,
    "Remark": 60,
    "Credits": 9,
    "Guided hours": 9,
    "Assessment strategy": 30,
}
"""Width of each column, in characters."""


def audit_workbook(
    judgements: Sequence[Judgement], problems: Sequence[Problem] = (), today: date | None = None
) -> bytes:
    """The judgements of one qualification's portfolios as the bytes of an .xlsx file.

    Sheets: Learners (the verdicts now and if everything in hand is achieved), Missing units (one row a
    learner and unit of the way home, or under way and not needed), Records (what the records lack),
    Rejected rows (`problems`) and About.

    Raises
    ------
    ValueError
        If there is no judgement: then there is no qualification to speak of.
    """
    if not judgements:
        raise ValueError("there is no judgement to write")
    qualification = judgements[0].qualification
    book = Book(f"Portfolios, {qualification.title}", qualification, today)
    met = sum(judgement.now.rules_met for judgement in judgements)
    _sheet(
        book,
        "Learners",
        f"Portfolios: {met} of {len(judgements)} meet the rules",
        "Now: assessed and verified units. If completed: those in progress and submitted as well.",
        _learners(judgements),
    )
    _sheet(
        book,
        "Missing units",
        "Missing units",
        "The way home that begins fewest units: those under way first, those it does without last.",
        _of_each(judgements, [_ways(judgement.now) for judgement in judgements]),
    )
    _sheet(
        book,
        "Records",
        "Findings of the records",
        "What a record lacks or says twice. None of it changes a verdict.",
        _of_each(judgements, [portfolio_tables.remarks_table(judgement) for judgement in judgements]),
    )
    rejected_sheet(book, book.sheet("Rejected rows"), problems)
    book.about(book.sheet("About"), [("Learners", len(judgements))])
    return book.content()


def _learners(judgements: Sequence[Judgement]) -> pd.DataFrame:
    frame = portfolio_tables.learners_table(judgements)
    frame[REMARK] = [_remark(judgement) for judgement in judgements]
    return frame


def _remark(judgement: Judgement) -> str:
    if not judgement.now.judged:
        return portfolio_tables.verdict_words(judgement.now)
    return tables.why_not_words(judgement.now.home) or portfolio_tables.shorter_words(judgement.now)


def _ways(found: Verdict) -> pd.DataFrame:
    """The units of the way home, and after them those under way that it does without."""
    left = tables.chosen_units_table(found.home.qualification, Way(found.home).not_needed)
    left["To do"] = pd.Series(["not needed"] * len(left), dtype=str)
    return pd.concat([portfolio_tables.missing_table(found), left], ignore_index=True)


def _of_each(judgements: Sequence[Judgement], frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The tables of single learners as one, the learner first."""
    whole = pd.concat(frames, ignore_index=True)
    learners = [
        judgement.portfolio.learner
        for judgement, frame in zip(judgements, frames, strict=True)
        for _ in range(len(frame))
    ]
    whole.insert(0, "Learner", learners)
    return whole


def _sheet(book: Book, name: str, title: str, hint: str, frame: pd.DataFrame) -> None:
    widths = {str(word): WIDTHS.get(str(word), 10) for word in frame.columns}
    book.listing(book.sheet(name), hint, frame, widths, title=title)
