"""The page of internal quality assurance: what to sample, and who can be claimed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.files.text_files import csv_bytes
from planner.pages.assurance import claims_panel, desk, sampling_panel, second_files
from planner.pages.learners import intake, learners_here
from planner.pages.learners.intake import Place
from planner.pages.shared import page_shell, session_store
from planner.pages.shared.words import plain
from planner.planning.solve import plan as best_plan
from planner.records import portfolio_files
from planner.records.portfolios import DATES, DETAILS, REGISTRATION, TEXTS
from planner.report.empty_portfolios import portfolio_template

SAMPLE, CLAIM = "sample", "claims"
PARTS = {SAMPLE: "What to sample", CLAIM: "Who can be claimed"}

EXAMPLE = "invented-assessments.csv"
COLUMNS = (
    *("learner", "name", "ref", "status", "assessor", "assessed", "verified", "start"),
    *("iqa_sample", "unique_learner_number"),
)


def show() -> None:
    """Draws the page."""
    qualification, taken = intake.begin(PLACE)
    handed_in = desk.desk()
    part = session_store.part(PARTS, "assurance-part")
    if taken is None and (part == CLAIM or not handed_in.assessments):
        _teach(qualification, part)
    else:
        if taken is not None:
            intake.files(PLACE, qualification, taken, f"{plain(taken.name)} · **change**")
        kept = sampling_panel.samples_of(qualification, taken)
        second_files.show(sampling_panel.rules_of(handed_in, kept), taken)
        if part == SAMPLE:
            sampling_panel.show(qualification, taken, handed_in)
        elif taken is not None:
            claims_panel.show(qualification, taken, handed_in)
        if taken is not None and (part == CLAIM or not handed_in.assessments):
            intake.how_read(PLACE, qualification, taken)
    page_shell.small_print(qualification)


def forget() -> None:
    """Lets go what was handed in, the learners too."""
    learners_here.start_empty()
    desk.forget()


def _teach(qualification: Qualification, part: str) -> None:
    """What the page needs and what it gives, while nothing was handed in."""
    if part == SAMPLE:
        st.header("What must be sampled?")
        st.markdown(
            "Read in your learners, or a table of the assessments made so far. This page then says which to "
            "sample: the fewest that keep your policy, drawn by chance."
        )
    else:
        st.header("Who can be claimed?")
        st.markdown(
            "Read in your learners. This page then says who is ready, and what each other one lacks: rules "
            "not met, units not verified or not sampled, dates that cannot be."
        )
    left, right = st.columns(2, gap="medium")
    with left:
        intake.first(PLACE, qualification)
    if part == SAMPLE:
        with right:
            sampling_panel.teach()


def example(qualification: Qualification) -> bytes:
    """Six invented learners: ready, not all verified, not all achieved, dates in the wrong order."""
    refs = best_plan(qualification).units or tuple(qualification.by_ref)
    today = date.today()
    today = min(today, qualification.ends or today)
    rows: list[Sequence[object]] = [COLUMNS]
    for number, name in enumerate(("Ada", "Ben", "Cara", "Dev", "Eve", "Finn")):
        start = today - timedelta(weeks=40 - number)
        for place, ref in enumerate(refs[: len(refs) - 2 if name == "Cara" else len(refs)]):
            assessed = start + timedelta(weeks=4 * place + 4)
            verified = assessed + timedelta(-3 if name == "Dev" and not place else 7)
            status = "assessed" if name == "Ben" and place > 2 else "verified"
            who = ("Ann Example", "Bo Example")[number % 2]
            sampled = "yes" if place == number else ""
            rows.append(
                (f"L{number + 1:02}", f"{name} Example", ref, status, who, assessed,
                 verified if status == "verified" else "", start, sampled, f"12345678{number:02}")
            )  # fmt: skip
    return csv_bytes(rows)


PLACE = Place(
    "assurance",
    "Quality assurance",
    "Your learners' units (CSV or Excel)",
    portfolio_template,
    "portfolio.xlsx",
    example,
    EXAMPLE,
    "Try it with invented learners",
    tuple(dict.fromkeys((*portfolio_files.COLUMNS, *DETAILS, *TEXTS, *DATES, *REGISTRATION))),
    desk.clear,
)
"""How learners come in by this page."""
