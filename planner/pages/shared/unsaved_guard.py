"""Warns before work goes that no file holds, and says so where the server no longer has what it had.

Streamlit has neither, so this is the one place of the page that brings a line of script: it asks the browser
to ask before a reload or a closed tab, and it watches the connection. While that is lost nothing can be
clicked, as nothing would come of it; once it is back the server is told which visit this was. Moving between
the planner's own pages loses nothing and asks nothing. The script also shows another person, or another step,
from its top: the browser holds on to what both have in common.
"""

from __future__ import annotations

import secrets

import streamlit as st

from planner.pages.shared import visit_memory
from planner.pages.shared.words import plain

UNSAVED = "unsaved"
"""Where the session keeps the names of the pages whose work no file holds."""

VISIT = "visit"
"""Where the session has the word that tells this visit from others."""

TURN = "visit-turn"
"""Where the session counts how often it was drawn, so that the script hears of every time."""

LOST = "visit-lost"
"""Where the session notes what is gone with another visit of the same tab."""

OWN = (UNSAVED, VISIT, TURN, LOST)
"""What this module keeps in the session."""

VIEWS = ("learner", "step")
"""The parameters of an address that say what of a page is shown."""

SERVER = secrets.token_hex(8)
"""The word that tells this run of the server from others."""

SCRIPT = """
const MAIN = '[data-testid="stMainBlockContainer"], [data-testid="stHeader"]';
const STATE = 'data-test-connection-state';
const WORDS = 'The connection to the planner is lost. '
  + 'It is tried again by itself; until then nothing can be clicked.';
const LOOK = 'position:fixed;z-index:999999;inset:auto 0 0 0;padding:0.75rem 1rem;text-align:center;'
  + 'background:#7a2e00;color:#ffffff;font:600 1rem sans-serif';
const visit = {data: {}, lost: false, watch: null, view: null};
const ask = event => { event.preventDefault(); event.returnValue = true; };

function off(lost) {
  for (const part of document.querySelectorAll(MAIN)) {
    part.inert = lost;
    part.style.opacity = lost ? 0.5 : '';
  }
  document.getElementById('planner-offline')?.remove();
  if (!lost) return;
  const bar = document.createElement('div');
  bar.id = 'planner-offline';
  bar.setAttribute('role', 'alert');
  bar.style.cssText = LOOK;
  bar.textContent = WORDS;
  document.body.append(bar);
}

export default function ({data, setTriggerValue}) {  // called again for every time the page is drawn
  if (data.unsaved) window.addEventListener('beforeunload', ask);
  else window.removeEventListener('beforeunload', ask);
  if (visit.data.turn !== data.turn || visit.data.visit !== data.visit) off(false);
  visit.data = data;
  if (visit.view !== null && visit.view !== data.view)
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  visit.view = data.view;
  visit.watch?.disconnect();
  const app = document.querySelector(`[${STATE}]`);
  visit.watch = new MutationObserver(() => {
    const connected = app.getAttribute(STATE) === 'CONNECTED';
    if (!connected && !visit.lost) off(true);
    if (connected && visit.lost)
      setTriggerValue('back', {visit: data.visit, server: data.server, holds: data.holds});
    visit.lost = !connected;
  });
  if (app) visit.watch.observe(app, {attributes: true, attributeFilter: [STATE]});
  return () => { window.removeEventListener('beforeunload', ask); visit.watch.disconnect(); };
}
"""
"""What the browser does; the page stays off from the loss of the connection until it has been drawn anew."""


def mark(page: str, unsaved: bool) -> None:
    """Notes whether a page holds work that would be lost with the tab; it stays noted on every other page."""
    names: set[str] = st.session_state.setdefault(UNSAVED, set())
    if unsaved:
        names.add(page)
    else:
        names.discard(page)


def told() -> None:
    """Says what is gone because the visit before, in the same tab, is."""
    lost: tuple[bool, list[str]] | None = st.session_state.get(LOST)
    if lost is None:
        return
    restarted, holds = lost
    why = "The server was restarted" if restarted else "This tab was away for too long"
    gone = plain(" and ".join(holds))
    st.warning(
        f"**{why}, and what it held for you is gone:** {gone}. Read your file again.",
        icon=":material/restart_alt:",
    )
    st.button("I have seen this", key="lost-seen", on_click=st.session_state.pop, args=(LOST, None))


def guard() -> None:
    """Draws the script, which cannot be seen; begins anew where it tells of a visit that is gone."""
    visit: str = st.session_state.setdefault(VISIT, secrets.token_hex(8))
    st.session_state[TURN] = turn = st.session_state.get(TURN, 0) + 1
    watch = st.components.v2.component("leaving", js=SCRIPT)
    data = {
        "visit": visit,
        "server": SERVER,
        "holds": visit_memory.worth_naming(),
        "unsaved": bool(st.session_state.get(UNSAVED)),
        "turn": turn,
        "view": " ".join(st.query_params.get(key, "") for key in VIEWS),
    }
    back = watch(key="leaving", height=0, data=data, on_back_change=lambda: None).get("back")
    if back and back["visit"] != visit and back["holds"]:
        st.session_state[LOST] = (back["server"] != SERVER, [str(words) for words in back["holds"]])
        st.rerun()
