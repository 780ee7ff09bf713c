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
from planner.pages.my_units import decisions, person_address, second_file
from planner.pages.my_units.portfolio_answers import JUDGED, LATE
from planner.pages.my_units.portfolio_visit import Visit
from planner.pages.shared import page_shell, register_said, visit_memory
from planner.pages.shared.words import plain, shortened
from planner.records.portfolios import Portfolio

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register.side_by_side import SideBySide

HELD = "audit"
WAITING = "audit-waiting"
BEFORE = "audit-before"
SOURCE = "audit-source"
"""The names on the visit's shelf: the portfolios, a file that waits to be taken, what was here before the
last one; the file itself, to read it again as somebody says."""


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
        "" if visit.blank else "the portfolios you read in or entered",
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
    st.session_state["audit-start"] = st.session_state.get("audit-start", 0) + 1
    decisions.forget()
    register_said.forget()


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
        if not before.blank and not visit.blank and visit.differs_from(before):
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


def open_learner(visit: Visit, learner: str) -> None:
    """Shows one learner: of those here if they are the same, else of `visit`, unless that loses changes."""
    person_address.arriving()
    here = held()
    same = [each.learner for each in here.portfolios] == [each.learner for each in visit.portfolios]
    found = here if same and here.under == visit.under else visit
    number = next(n for n, each in enumerate(found.portfolios) if each.learner == learner)
    if found is here:
        choose(number)
    else:
        if visit.file is not None:
            visit_memory.put(SOURCE, visit.file, visit_memory.Worth.FILE)
        unless_lost(replace(visit, shown=number))


def keep() -> None:
    visit_memory.drop([WAITING, BEFORE])


def choose(number: int | None) -> None:
    """Shows one learner, or the list of all."""
    put(replace(held(), shown=number), known=True)
    decisions.forget()


def merging(
    qualification: Qualification, here: Visit, other: Visit
) -> tuple[SideBySide[Portfolio], Callable[[], None]]:
    """What differs in the learners of `other`, and what begins with both."""
    found = second_file.beside(qualification, here, other)
    return found, partial(start, second_file.together(here, other, found))


def listed(learners: Sequence[str]) -> str:
    """Learners by reference, the first few of many."""
    names = [plain(shortened(learner)) if learner != "-" else "this portfolio" for learner in learners]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


# A second file


def ask(qualification: Qualification, visit: Visit) -> None:
    """Asks whether changes may be lost; says what the last file stands in the place of."""
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
