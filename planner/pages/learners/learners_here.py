"""The learners of this visit on its shelf: who is here, beginning with others, asking before any are lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.errors import DataError
from planner.pages.learners import decisions, learner_list, person_address, second_file
from planner.pages.learners.portfolio_answers import JUDGED, LATE
from planner.pages.learners.portfolio_visit import Visit, loaded
from planner.pages.shared import file_reading, page_shell, register_said, visit_memory
from planner.pages.shared.file_reading import Source
from planner.pages.shared.words import plain, shortened
from planner.records.portfolios import Portfolio
from planner.records.wishes import Request
from planner.rules.measure import numbered

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register.side_by_side import SideBySide

HELD = "audit"
WAITING = "audit-waiting"
BEFORE = "audit-before"
REFUSED = "audit-refused"
"""The names on the visit's shelf: the learners, those of a file that waits to be taken, those who were here
before the last one; a file of which nothing could be answered, and why."""


def held() -> Visit:
    """What the page holds."""
    return visit_memory.get(HELD) or Visit()


def put(visit: Visit, *, known: bool = False) -> None:
    """Keeps the portfolios as they are now; `known` where they are a change to what is here.

    Raises
    ------
    DataError
        There is no room for them.
    """
    visit_memory.put(
        HELD,
        visit,
        visit_memory.Worth.WORK if visit.unfiled else visit_memory.Worth.FILE,
        "" if visit.blank else "the learners you read in or entered",
        known=known,
    )


def start_empty() -> None:
    """Lets go all that the page holds."""
    start(Visit())


def start(visit: Visit) -> None:
    """Begins again with other portfolios; what was half typed for the old ones goes."""
    keep()
    st.session_state["audit-error"] = ""
    try:
        put(visit, known=visit.blank)
    except DataError as error:
        st.session_state["audit-error"] = page_shell.problem_list(error)
        return
    if visit.blank:
        person_address.leaving()
    visit_memory.drop([JUDGED, LATE])
    # A browser keeps what a field holds unless the field is told something else.
    st.session_state.update(learner_list.NO_FILTER)
    st.session_state["audit-start"] = st.session_state.get("audit-start", 0) + 1
    decisions.forget()
    register_said.forget()


def bound(visit: Visit) -> page_shell.KeptWith | None:
    """What a visit holds, and what would be lost with it; None while nobody is here."""
    if visit.blank:
        return None
    if visit.source:
        what = f"{numbered(len(visit.portfolios), 'learner')} from {plain(shortened(visit.source))}."
    else:
        what = "a portfolio that you entered."
    lost = f" No file holds yet: {listed(visit.unfiled)}." if visit.unfiled else ""
    return page_shell.KeptWith(visit.under, what + lost, start_empty)


def read(qualification: Qualification, file: Source, requests: bool = False) -> None:
    """Begins with the learners of a file, perhaps read again as somebody has said what its words mean.

    If nothing in it can be answered all stays as it was, and is said why; `requests` is that of `loaded`.
    """
    st.session_state["audit-error"] = ""
    visit_memory.drop([REFUSED])
    try:
        visit = loaded(qualification, file, requests)
    except DataError as error:
        st.session_state["audit-error"] = page_shell.problem_list(error)
        with suppress(DataError):  # no room: then it is read in anew once its columns are named
            visit_memory.put(REFUSED, (file, error), visit_memory.Worth.FILE, counted=file)
        return
    unless_lost(visit)


def unless_lost(visit: Visit) -> None:
    """Begins again with `visit`; asks first where that would lose changes."""
    if held().unfiled:
        try:
            visit_memory.put(WAITING, visit, visit_memory.Worth.FILE)
        except DataError as error:
            st.session_state["audit-error"] = page_shell.problem_list(error)
    else:
        before = held()
        start(visit)
        if held() is visit and not before.blank and not visit.blank and visit.differs_from(before):
            with suppress(DataError):  # no room: then what was here is gone
                visit_memory.put(BEFORE, before, visit_memory.Worth.FILE)


def lose() -> None:
    """Begins again with what waits; if that had to make room the page keeps what it has."""
    waiting: Visit | None = visit_memory.get(WAITING)
    if waiting is not None:
        start(waiting)


def open_all(visit: Visit) -> None:
    """Shows the list of learners of `visit`, unless that loses changes."""
    person_address.arriving()
    unless_lost(visit)


def open_learner(learner: str) -> None:
    """Has one learner shown."""
    person_address.arriving()
    choose(next(n for n, each in enumerate(held().portfolios) if each.learner == learner))


def keep() -> None:
    visit_memory.drop([WAITING, BEFORE])


def choose(number: int | None) -> None:
    """Shows one learner, or the list of all."""
    put(replace(held(), shown=number), known=True)
    decisions.forget()


def merging(
    qualification: Qualification, here: Visit, other: Visit
) -> tuple[SideBySide[Portfolio | Request], Callable[[], None]]:
    """What differs in the learners of `other`, and what begins with both."""
    found = second_file.beside(qualification, here, other)
    return found, partial(start, second_file.together(here, other, found))


def listed(learners: Sequence[str]) -> str:
    """Learners by reference, the first few of many."""
    names = [plain(shortened(learner)) if learner != "-" else "this portfolio" for learner in learners]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


# A second file


def ask(qualification: Qualification, visit: Visit, requests: bool = False) -> None:
    """Says what was wrong with the last file; asks whether changes may be lost, and which of two counts.

    `requests` is that of `loaded`.
    """
    state = st.session_state
    if state.get("audit-error"):
        page_shell.not_read(state["audit-error"])
        if refused := visit_memory.get(REFUSED):
            file, error = refused
            file_reading.ask_columns(file, partial(read, qualification, requests=requests), error)
    visit_memory.tell(WAITING, "The file that waited was", "Read it again.")
    waiting: Visit | None = visit_memory.get(WAITING)
    if waiting is not None:
        what = f"Reading {plain(waiting.source)}" if waiting.source else "Starting again"
        lost = f"what no file holds yet: {listed(visit.unfiled)}" if visit.unfiled else "nothing now"
        st.warning(f"{what} would lose {lost}.")
        if not waiting.blank:
            second_file.offer(*merging(qualification, visit, waiting))
        with st.container(horizontal=True):
            st.button("Go on and lose it", key="lose", on_click=lose)
            st.button("Keep what is here", key="keep-here", on_click=keep)
    before: Visit | None = visit_memory.get(BEFORE)
    if before is not None and waiting is None:
        both = merging(qualification, before, visit)
        second_file.instead(before.source or "your entries", visit.source, *both, keep)
