"""Which page is shown; `app.py` calls `run`."""

from __future__ import annotations

from functools import partial

import streamlit as st

from planner.pages.assurance import assurance_page
from planner.pages.delivery import cohorts
from planner.pages.development import career
from planner.pages.learners import invented, learners_here, portfolio, time_page
from planner.pages.my_units import plan
from planner.pages.reference import qualifications
from planner.pages.shared import (
    looks,
    offered_files,
    page_shell,
    session_store,
    sign_in,
    turns,
    unsaved_guard,
    way_back,
)
from planner.pages.start import home
from planner.pages.start.home import Door

HOLDING = {
    "audit": (("audit",), learners_here.start_empty),
    "centre": (("audit", "delivery"), learners_here.start_empty),
    "time": (("audit",), learners_here.start_empty),
    "assurance": (("audit", "assurance-"), assurance_page.forget),
    "career": ((session_store.SHELF,), session_store.forget),
}
"""What pages hold in the visit: how its names begin, and what lets it go."""


def run() -> None:
    """Draws the page the address asks for, when it is its turn."""
    offered_files.keep()
    with turns.turn():
        _run()


def _run() -> None:
    st.set_page_config(page_title="NVQ planner", page_icon="📋", layout="wide")
    looks.dress()
    admitted = sign_in.admitted()
    planning = st.Page(plan.show, title="My units", url_path="plan", default=page_shell.on_network())
    alone = page_shell.on_network()
    page = st.navigation([planning], position="hidden") if alone else _places(planning, admitted)
    if not admitted:
        return
    invented.banner()
    holds, drop = HOLDING.get(page.url_path, ((), None))
    way_back.draw(way_back.ShownPage(page.url_path, page.run, holds, drop))
    unsaved_guard.guard()


def _places(planning: st.Page, admitted: bool) -> st.Page:
    """Every page, and the one that the address asks for; at the door no way to them is drawn."""
    checking = portfolio.page()
    cohort = st.Page(cohorts.show, title=cohorts.PLACE.title, url_path="centre")
    in_time = st.Page(time_page.show, title="Who is behind", url_path="time")
    assuring = st.Page(assurance_page.show, title="Quality assurance", url_path="assurance")
    catalogue = st.Page(qualifications.show, title="Qualifications", url_path="qualifications")
    careers = st.Page(career.show, title="Career and CPD", url_path="career")
    doors = (
        Door(
            planning,
            "I am a learner",
            "Say what you do at work, and see which units fit it and need the fewest hours.",
            ":material/person:",
        ),
        Door(
            checking,
            "I am an assessor",
            "Read in what a learner has achieved, and see whether the rules are met and what is missing.",
            ":material/fact_check:",
        ),
        Door(
            cohort,
            "I am a training centre",
            "Read in one file with all your learners, and see who needs what and which units to run.",
            ":material/groups:",
        ),
    )
    more = (
        Door(
            in_time,
            "Who is behind?",
            "Read in your tracker. See who is behind, who cannot finish in time and what would help, and "
            "what each assessor has to do in a month.",
            ":material/schedule:",
        ),
        Door(
            assuring,
            "Quality assurance",
            "See which assessments to sample, the fewest that keep your policy, and who can be claimed.",
            ":material/verified:",
        ),
        Door(
            catalogue,
            "Qualifications",
            "Rules, units and dates of every qualification on file, and where your units could lead.",
            ":material/menu_book:",
        ),
        Door(
            careers,
            "Career and CPD",
            "Which recognition you have reached, what is next, and a plan of your continuing professional "
            "development (CPD).",
            ":material/trending_up:",
        ),
    )

    def first() -> None:
        home.show(planning, checking, doors, more, partial(invented.offer, checking))

    welcome = st.Page(first, title="Start", url_path="home", default=True)
    # Without sections: Streamlit draws those as lists whose items are none, which screen readers miscount.
    places = [welcome, planning, checking, cohort, in_time, assuring, catalogue, careers]
    return st.navigation(places, position="top" if admitted else "hidden")
