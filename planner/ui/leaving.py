"""Warns before a reload or a closed tab loses work that no file holds yet.

Streamlit has no such warning, so this is the one place of the page that brings a line of script: it asks the
browser to ask. Moving between the planner's own pages loses nothing and asks nothing.
"""

from __future__ import annotations

import streamlit as st

UNSAVED = "unsaved"
"""Where the session keeps the names of the pages whose work no file holds."""

ASK = """
export default function () {
  const ask = event => { event.preventDefault(); event.returnValue = true; };
  window.addEventListener("beforeunload", ask);
  return () => window.removeEventListener("beforeunload", ask);
}
"""


def mark(page: str, unsaved: bool) -> None:
    """Notes whether a page holds work that would be lost with the tab; it stays noted on every other page."""
    names: set[str] = st.session_state.setdefault(UNSAVED, set())
    if unsaved:
        names.add(page)
    else:
        names.discard(page)


def guard() -> None:
    """Draws the warning, which cannot be seen, while any page of the visit holds such work."""
    if not st.session_state.get(UNSAVED):
        return
    ask = st.components.v2.component("leaving", js=ASK)
    ask(key="leaving", height=0)
