"""The ways into the portfolio page: what it answers, a field for files, empty tables, invented learners."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.pages.learners.portfolio_visit import EXAMPLE, example
from planner.pages.shared import faults, page_shell, register_desk
from planner.report.empty_portfolios import portfolio_template
from planner.report.record_book import record_template

Read = Callable[[str, bytes], None]
"""What takes a file, told its name and content."""


def teach(qualification: Qualification, read: Read) -> None:
    """What the page needs and what it gives, while nobody is here."""
    st.header("Are the rules met?")
    st.markdown(
        "Say which units a learner has achieved. This page then says at once whether the rules of the "
        "qualification are met, which units count and, if something is missing, the shortest way home."
    )
    field(read)
    st.markdown(
        "There are three ways in:\n"
        "1. **Tick units.** The quickest, for one learner.\n"
        "2. **Read a file.** For one learner or many: a table with the columns learner, ref and status "
        "(planned, in progress, submitted, assessed, verified or claimed), a tracker with units as columns, "
        "a cohort with the units held, or an achievement record from this page.\n"
        "3. **Fill in a table.** Download an empty one, fill it in, read it here."
    )
    st.markdown(
        "What you enter stays in this browser tab and is gone when you close it"
        f"{register_desk.unless_saved()}. The achievement record that "
        "you download holds everything and can be read here again."
    )
    content = partial(example, qualification)
    with st.container(horizontal=True):
        st.button(
            "Try it with two invented learners",
            key="audit-example",
            icon=":material/group:",
            on_click=faults.guarded(read),
            args=(EXAMPLE, example(qualification)),
        )
        page_shell.download("Download them as an example file", content, EXAMPLE, "audit-example-file")


def field(read: Read) -> None:
    """The field for a file."""
    st.markdown("**Read a file**")
    page_shell.upload(
        "A table of units achieved, or an achievement record (CSV or Excel)",
        ["csv", "xlsx"],
        "portfolio-file",
        read,
    )


def empty_tables(qualification: Qualification) -> None:
    """The tables to fill in."""
    st.markdown("**Fill in an empty table**")
    for label, make, name, key in (
        ("Achievement record for one learner", record_template, "achievement-record.xlsx", "template-record"),
        ("Table for many learners", portfolio_template, "portfolios.xlsx", "template-table"),
    ):
        page_shell.download(label, partial(make, qualification), name, key)
