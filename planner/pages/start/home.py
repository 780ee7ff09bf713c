"""The first page: who are you, and what do you want to do?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from planner.pages.shared import address, page_shell
from planner.pages.shared.words import plain

LED = "home-led"
"""Where the session remembers the choices with which it was led to the plan page."""


@dataclass(frozen=True, slots=True)
class Door:
    """A way from the first page to another: who takes it, for what, and how it is called."""

    page: st.Page
    who: str
    what: str
    call: str
    icon: str


def show(plan: st.Page, doors: Sequence[Door], more: Sequence[Door]) -> None:
    """Draws the page; an address with choices of units is led to `plan`, the page they belong to."""
    _lead_on(plan)
    st.title("NVQ planner")
    st.markdown(
        "This planner finds the units of a vocational qualification that need the fewest hours with an "
        "assessor or tutor (guided learning hours, GLH), and says which rule is in the way when something "
        "cannot be done. **Nothing you enter is stored**: keep the link or the file that a page gives you, "
        "the rest is gone when you close the tab."
    )
    st.header("Who are you?")
    _doors(doors)
    st.header("Or do you want to look something up?")
    _doors(more)


def _lead_on(plan: st.Page) -> None:
    """Leads an address that holds choices of units, as links did before this page was here, to the plan.

    Who then goes back arrives here with the same address and stays.
    """
    choices = {key: st.query_params.get_all(key) for key in st.query_params if key in PLANS}
    if choices and st.session_state.get(LED) != choices:
        st.session_state[LED] = choices
        st.switch_page(plan, query_params=choices)
    if choices:
        st.page_link(
            plan, label=":blue[**Go on to your plan**]", icon=":material/route:", query_params=choices
        )


PLANS = frozenset({*address.KEYS, page_shell.QUALIFICATION})
"""The parameters of an address that belong to the plan page."""


def _doors(doors: Sequence[Door]) -> None:
    for column, door in zip(st.columns(len(doors), gap="medium"), doors, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.subheader(plain(door.who))
            st.markdown(door.what)
            if st.button(door.call, key=f"door-{door.page.url_path}", icon=door.icon, type="primary"):
                st.switch_page(door.page)
