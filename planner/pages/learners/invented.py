"""The invented centre on the page: tried for a visit, with every page alive, and left again."""

from __future__ import annotations

import os
from datetime import date

import streamlit as st

from planner.catalogue.loading import REGISTER_VARIABLE
from planner.errors import DataError
from planner.pages.learners import learners_here
from planner.pages.learners.portfolio_visit import of_kept
from planner.pages.shared import page_shell, register_desk
from planner.records.sign_in import in_force

LOSES = "On **Learners** something is not saved yet: save it or download it first."


def offer(shown: st.Page) -> None:
    """Draws the way in, which leads to the page `shown`; the command where others reach this page too."""
    if in_force() is not None:
        return  # who signs in comes for the register of the centre
    what = "45 invented learners half-way through their year, with assessors, decisions and history"
    if register_desk.in_use() is None:
        page_shell.note(f"To look around: `nvq-planner app --demo` on your own computer opens {what}.")
        return
    if st.button("Try with an invented centre", key="demo", icon=":material/auto_awesome:"):
        if learners_here.held().unfiled:
            st.warning(LOSES)
            return
        try:
            with st.spinner("Inventing a centre"):
                _begin()
        except DataError as error:
            st.error(page_shell.problem_list(error))
            return
        st.switch_page(shown)
    page_shell.note(f"{what}. They stand apart from your own work and are gone when the planner ends.")


def _begin() -> None:
    """Takes the invented centre's learners in, on every page that is about learners."""
    from planner.register.demo import MANAGER, in_passing  # its library takes a second to import

    qualification = page_shell.in_use()
    st.session_state[register_desk.INVENTED] = in_passing(qualification, date.today())
    register = register_desk.in_use()
    assert register is not None
    learners_here.open_all(of_kept(qualification.id, register.load(MANAGER, qualification)))


def banner() -> None:
    """Says on every page that this is the invented centre, while it is, and offers to leave it."""
    if not register_desk.is_invented():
        return
    with st.container(horizontal=True, vertical_alignment="center", key="invented"):
        st.markdown(
            ":violet-badge[:material/auto_awesome: Invented centre, thrown away in the end]", width="content"
        )
        if st.session_state.get(register_desk.INVENTED, "") not in ("", os.environ.get(REGISTER_VARIABLE)):
            st.button("Leave it", key="invented-leave", type="tertiary", on_click=_leave)


def _leave() -> None:
    del st.session_state[register_desk.INVENTED]
    learners_here.start_empty()
