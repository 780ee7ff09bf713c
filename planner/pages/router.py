"""Which page is shown; `app.py` calls `run`."""

from __future__ import annotations

import streamlit as st

from planner.pages.development import career
from planner.pages.learners import cohorts
from planner.pages.my_units import plan, portfolio
from planner.pages.reference import qualifications
from planner.pages.shared import session_store, unsaved_guard, way_back
from planner.pages.start import home
from planner.pages.start.home import Door

HOLDING = {
    "audit": (("audit",), portfolio.start_empty),
    "centre": (("cohort-file", "delivery"), cohorts.forget),
    "career": (("kept-",), session_store.forget),
}
"""What pages hold in the visit: how its names begin, and what lets it go."""


def run() -> None:
    """Draws the page the address asks for."""
    st.set_page_config(page_title="NVQ planner", page_icon="📋", layout="wide")
    planning = st.Page(plan.show, title="Plan your units", url_path="plan")
    checking = st.Page(portfolio.show, title="Check a portfolio", url_path="audit")
    cohort = st.Page(cohorts.show, title="Plan a cohort", url_path="centre")
    catalogue = st.Page(qualifications.show, title="Qualifications", url_path="qualifications")
    careers = st.Page(career.show, title="Career and CPD", url_path="career")
    doors = (
        Door(
            planning,
            "I am a learner",
            "See the shortest way to your qualification. Say which units you want, which you do not want and "
            "what you do at work; see what each choice costs before you make it.",
            "Plan your units",
            ":material/route:",
        ),
        Door(
            checking,
            "I am an assessor",
            "Tick the units a learner has achieved, or read in a file. See at once whether the rules are "
            "met, which units count and the shortest way to what is missing.",
            "Check a portfolio",
            ":material/fact_check:",
        ),
        Door(
            cohort,
            "I am a training centre",
            "Read in one file with all your learners. See who has a plan, who cannot have one and why, and "
            "which units to run in which groups.",
            "Plan a cohort",
            ":material/groups:",
        ),
    )
    more = (
        Door(
            catalogue,
            "Qualifications",
            "Rules, units and dates of every qualification on file, and where your units could lead.",
            "Look at the qualifications",
            ":material/menu_book:",
        ),
        Door(
            careers,
            "My career and CPD",
            "Which level of recognition you have reached and what is next, and a plan and a log of your "
            "continuing professional development (CPD).",
            "Look at your career",
            ":material/trending_up:",
        ),
    )

    def first() -> None:
        home.show(planning, doors, more)

    welcome = st.Page(first, title="Home", url_path="home", default=True)
    page = st.navigation([welcome, planning, checking, cohort, catalogue, careers], position="top")
    holds, drop = HOLDING.get(page.url_path, ((), None))
    way_back.draw(way_back.Place(page.url_path, page.run, holds, drop))
    unsaved_guard.guard()
