"""The first page: who are you?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import streamlit as st

from planner.catalogue.qualification import in_words
from planner.pages.shared import address, page_shell, register_desk
from planner.pages.shared.words import plain
from planner.rules.measure import numbered

LED = "home-led"
"""Where the session remembers the choices with which it was led to the plan page."""


@dataclass(frozen=True, slots=True)
class Door:
    """A way from the first page to another: who takes it, and for what."""

    page: st.Page
    who: str
    what: str
    icon: str


def show(
    plan: st.Page,
    learners: st.Page,
    doors: Sequence[Door],
    more: Sequence[Door],
    trial: Callable[[], None],
) -> None:
    """Draws the page; an address with choices of units is led to `plan`, the page they belong to.

    `learners` is the page that goes on with those whom the register keeps, `trial` draws the way to something
    to look around in.
    """
    _lead_on(plan)
    st.title("NVQ planner")
    _go_on(learners)
    _qualification()
    st.header("Who are you?")
    for door in doors:
        with st.container(border=True):
            _door(door, "primary")
            st.markdown(door.what)
    trial()
    if words := page_shell.in_use().next_step(rules_met=False):
        page_shell.note(plain(words))
    page_shell.note(
        "**Nothing you enter is stored unless you save it**: keep the link or the file that a page gives, "
        "the rest is gone when you close the tab."
    )
    st.subheader("Or look something up")
    for door in more:
        _door(door, "secondary")
        page_shell.note(door.what)


def _go_on(learners: st.Page) -> None:
    """The way back to what is kept, where anything is."""
    kept = register_desk.glance(page_shell.in_use())
    if kept is None:
        return
    people = numbered(kept.learners, "learner") if kept.learners else "the learners of the register"
    words = plain(", ".join(filter(None, (kept.centre, people, _when(kept.saved)))))
    if st.button(f"Continue: {words}", key="home-continue", icon=":material/history:", type="primary"):
        st.session_state[page_shell.CHOSEN] = page_shell.in_use().id  # this page has named it
        st.session_state[register_desk.GO_ON] = True
        st.switch_page(learners)


def _when(saved: datetime | None) -> str:
    """When something was saved last, as a day on this computer."""
    if saved is None:
        return ""
    day = saved.astimezone().date()
    near = {0: "saved today", 1: "saved yesterday"}
    return near.get((date.today() - day).days, f"saved on {in_words(day)}")


def _door(door: Door, kind: Literal["primary", "secondary"]) -> None:
    if st.button(door.who, key=f"door-{door.page.url_path}", icon=door.icon, type=kind):
        st.session_state[page_shell.CHOSEN] = page_shell.in_use().id  # this page has named it
        st.switch_page(door.page)


def _qualification() -> None:
    """Names the qualification that all pages begin with, and says whether it is open and what replaces it."""
    found, names = page_shell.in_use(), page_shell.on_file()
    page_shell.status(found, f"Units for **{plain(found.title)}** · {plain(found.id)}  \n")
    if len(names) > 1:
        with st.popover("Another qualification", icon=":material/swap_horiz:"):
            st.session_state["home-qualification"] = found.id
            st.radio(
                "Qualification",
                list(names),
                format_func=lambda number: f"{plain(names[number].title)} · {plain(number)}",
                key="home-qualification",
                on_change=_chosen,
            )


def _chosen() -> None:
    st.session_state[page_shell.CHOSEN] = st.session_state["home-qualification"]


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
