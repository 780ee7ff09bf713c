"""One address for one person: a number in it says whom of the list the page shows, and nothing about them."""

from __future__ import annotations

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.pages.learners.portfolio_visit import Visit
from planner.pages.shared import address, register_desk, visit_memory

LEARNER = "learner"
"""The parameter of the address that says whom the page shows; without it all are listed."""

WRITTEN = "audit-address"
"""Where the session has the number that the page wrote last: another one was asked for since."""

GONE = "audit-gone"
"""Where the session notes that an address asked for a person of a file that is not here any more."""

TRIED = "audit-tried"
"""Where the session has the number for which the register was opened."""


def asked(visit: Visit) -> int | None:
    """The place of whom the page shows, None for the list; the address says the same from now on.

    An address that somebody came by, or went back to, counts; else what the page did since.
    """
    mark, state = st.query_params.get(LEARNER, ""), st.session_state
    number = visit.marked(mark) if mark != state.get(WRITTEN, "") else visit.shown
    wanted = "" if number is None or len(visit.portfolios) == 1 else visit.mark(number)
    if wanted != mark:
        address.put(**{LEARNER: wanted})
    state[WRITTEN] = wanted
    state.pop(GONE, None)
    return number


def arriving() -> None:
    """Says that the page is gone to: its address does not say yet whom it is to show."""
    st.session_state[WRITTEN] = ""


def leaving() -> None:
    """Takes the number out of the address, as nobody is here any more."""
    address.put(**{LEARNER: ""})


def to_open(qualification: Qualification) -> None:
    """Has the register opened for an address of one person where nobody is here; any other one is mended."""
    mark, state = st.query_params.get(LEARNER, ""), st.session_state
    if not mark:
        return
    if state.get(TRIED) != mark and not mark.isdecimal() and register_desk.holds(qualification):
        state[TRIED], state[register_desk.GO_ON] = mark, True
    elif not state.get(register_desk.GO_ON):
        state[GONE] = mark.isdecimal()  # other marks are the register's, which says so itself
        address.put(**{LEARNER: ""})


def tell_gone(visit: Visit, name: str) -> None:
    """Says that whom the page showed had to make room, or is gone with the visit before, and what to do."""
    if visit_memory.tell(name, "The learners you read in were", "Read your file again."):
        return
    if visit.blank and st.session_state.get(GONE):
        st.info(
            "**The learner whom this address showed is not open any more.** A page loaded anew starts empty, "
            "as nothing of a file is kept. Read your file again.",
            icon=":material/restart_alt:",
        )
