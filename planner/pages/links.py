"""Links from one page to another, with the qualification and the wishes they carry."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.pages.learners import portfolio
from planner.pages.my_units import plan
from planner.pages.shared import page_shell
from planner.pages.shared.words import plain


def to_plan(one: Qualification, label: str, wishes: Mapping[str, str]) -> None:
    """Draws a link to the plan of a qualification with wishes, as the address holds them."""
    plan.link(one, label, wishes)


def to_audit(one: Qualification, label: str) -> None:
    """Draws a link to the check of a portfolio of a qualification."""
    carried = {page_shell.QUALIFICATION: one.id}
    page, label = portfolio.page(), f":blue[**{label}**]"
    st.page_link(page, label=label, icon=":material/fact_check:", query_params=carried)


def caution(one: Qualification) -> None:
    """Says where a next step is advised that it is closed, and what its source names after it."""
    if one.status() == "closed":
        page_shell.note(plain(f"{one.status_sentence()} {one.next_step(rules_met=False)}"))
