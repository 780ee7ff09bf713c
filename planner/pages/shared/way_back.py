"""What every page is drawn within: whatever fails on it, the choices stay and the way back is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import streamlit as st

from planner.catalogue.units import split_refs
from planner.pages.shared import faults, page_shell, unsaved_guard, visit_memory
from planner.pages.shared.words import plain

HISTORY = "way-back"
"""Where the session has the states of the page in which all of it was drawn, the newest last."""

MOST_STATES = 20
"""States of the page that are remembered."""

MOST_SAID = 200
"""Characters of the address that are shown."""

SETTABLE = (str, int, float, tuple, list, frozenset, date, type(None))
"""What a widget holds that can be told to hold something; a button or a field for files cannot."""

UNDO, ANOTHER, AGAIN = "undo-last", "another-file", "start-again"
"""The keys of the buttons that lead back."""

NO_FIELDS = frozenset({HISTORY, faults.SLIP, UNDO, ANOTHER, AGAIN, *unsaved_guard.OWN})
"""What of the session no choice is."""

GONE = object()
"""What a field held that was not there."""


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page: its path, what draws it, and what it holds in the visit.

    `holds` are the beginnings of the names under which its files and work stand on the shelf; `drop` empties
    the page of them.
    """

    path: str
    draw: Callable[[], None]
    holds: tuple[str, ...] = ()
    drop: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class State:
    """A page as it was when all of it could be drawn: its address and its fields."""

    path: str
    address: dict[str, list[str]]
    fields: dict[str, object]


def draw(place: ShownPage) -> None:
    """Draws a page; where that fails, the way back in its stead."""
    faults.keep_values_out_of_logs()
    top = st.empty()  # what failed stands above what had been drawn by then
    try:
        unsaved_guard.told()
        _slipped()
        place.draw()
    except Exception as error:  # whatever it is: the page must not die of it
        mark = faults.logged(error, place.path)
        with top.container():
            _offer(place, mark)
        return
    _remember(place)


# The way back


def _offer(place: ShownPage, mark: str) -> None:
    """Says that the page failed, that nothing is lost, and how to go on."""
    st.error(
        "**This page could not be drawn: there is a fault in the planner.** Your choices are not lost: they "
        f"are in the address of this page. The server's log has more under fault {mark}.",
        icon=":material/build_circle:",
    )
    choices = _choices()
    if choices:
        told = "; ".join(f"{plain(key)}: {plain(', '.join(words)[:MOST_SAID])}" for key, words in choices)
        st.markdown(f"**What the address asks for:** {told}")
    last = _before(place)
    with st.container(horizontal=True):
        if last is not None or choices:
            st.button(
                "Undo the last choice",
                key=UNDO,
                icon=":material/undo:",
                type="primary",
                on_click=_undo,
                args=(place, last, {} if last is None else _changed(last)),
            )
        if place.drop is not None and visit_memory.items_of(place.holds):
            st.button("Read another file", key=ANOTHER, icon=":material/upload:", on_click=place.drop)
        st.button(
            "Start again",
            key=AGAIN,
            icon=":material/restart_alt:",
            on_click=_start_again,
            args=(place,),
        )
    unsaved = [
        item for item in visit_memory.items_of(place.holds).values() if item.worth is visit_memory.Worth.WORK
    ]
    if unsaved:
        st.warning(
            "This page holds work that no file holds yet. Undoing keeps it; the other ways lose it.",
            icon=":material/save:",
        )


def _slipped() -> None:
    """Says that the last click could not be carried out."""
    mark = st.session_state.pop(faults.SLIP, None)
    if mark is not None:
        st.error(
            "**That could not be carried out: there is a fault in the planner.** Everything else is as it "
            f"was. The server's log has more under fault {mark}.",
            icon=":material/build_circle:",
        )


def _address() -> dict[str, list[str]]:
    return {key: st.query_params.get_all(key) for key in st.query_params}


def _choices() -> list[tuple[str, list[str]]]:
    """What the address asks for, parameter by parameter; how the page is embedded is no choice."""
    return [
        (key, [part for text in texts for part in split_refs(text)])
        for key, texts in _address().items()
        if not key.startswith("embed")
    ]


def _fields() -> dict[str, object]:
    """What the fields of the page hold, those that can be told to hold something."""
    return {
        str(key): value
        for key, value in st.session_state.items()
        if isinstance(value, SETTABLE) and key not in NO_FIELDS
    }


def _remember(place: ShownPage) -> None:
    """Notes the state of the page, all of which was drawn; files and work of the newest only."""
    states: list[State] = st.session_state.setdefault(HISTORY, [])
    now = State(place.path, _address(), _fields())
    if states and states[-1].path != place.path:
        states.clear()
    if states and states[-1].address == now.address:
        states.pop()
    states[:] = [*states[1 - MOST_STATES :], now]
    visit_memory.note(place.holds)


def _before(place: ShownPage) -> State | None:
    """The last state in which the page could be drawn, if that is another than now."""
    states: list[State] = st.session_state.get(HISTORY, [])
    last = states[-1] if states and states[-1].path == place.path else None
    if last is None or last.address != _address() or _changed(last):
        return last
    return None if visit_memory.as_noted(place.holds) else last


def _changed(last: State) -> dict[str, object]:
    """The fields that hold something else than in a state before, with what they held then, if anything."""
    return {
        key: last.fields.get(key, GONE)
        for key, value in _fields().items()
        if last.fields.get(key, GONE) != value
    }


def _undo(place: ShownPage, last: State | None, changed: Mapping[str, object]) -> None:
    """Goes back to the last state that could be drawn; without one takes away the address's last word.

    Which fields have `changed` was seen when the page failed: those that it did not draw are forgotten now. A
    forgotten switch is off again; what was on may have been a button, which nobody but a person can press.
    """
    if last is None:
        _shorten()
        return
    st.session_state[HISTORY].pop()
    for key, before in changed.items():
        if key not in st.session_state and (before is GONE or isinstance(before, bool)):
            continue
        if before is GONE:
            del st.session_state[key]
        else:
            st.session_state[key] = before
    if not visit_memory.as_noted(place.holds):
        visit_memory.put_back(place.holds)
    st.query_params.from_dict(last.address)


def _shorten() -> None:
    """Takes the last word of the address away."""
    choices = dict(_choices())
    key = list(choices)[-1]
    left = choices[key][:-1]
    others = {name: texts for name, texts in _address().items() if name != key}
    st.query_params.from_dict(others | ({key: ",".join(left)} if left else {}))
    if key == page_shell.QUALIFICATION:
        st.session_state.pop(page_shell.CHOSEN, None)


def _start_again(place: ShownPage) -> None:
    """Empties the page and its address."""
    if place.drop is not None:
        place.drop()
    st.session_state.pop(HISTORY, None)
    st.session_state.pop(page_shell.CHOSEN, None)
    st.query_params.from_dict({k: texts for k, texts in _address().items() if k.startswith("embed")})
