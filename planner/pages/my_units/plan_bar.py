"""The bar that stays in sight below: what the plan comes to, and what the last choice changed in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import streamlit as st

from planner.pages.shared.words import plain
from planner.planning.result import Plan
from planner.rules.measure import numbered

SEEN = "plan-seen"
"""Where the session has the plan that was last shown, and the one before it."""

MOST_CHANGES = 3
"""Units that are named of those that went, and of those that came."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The units of the plan that is shown and of the one before, for one qualification."""

    number: str
    now: frozenset[str]
    before: frozenset[str]


def show(plan: Plan, call: str = "", go: Callable[[], None] | None = None) -> None:
    """Draws the bar, with a button that leads on if there is one."""
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", key="plan-bar"):
        changed = _changed(plan)
        words = f"**{plain(sum_words(plan))}**" + (f" :small[· {plain(changed)}]" if changed else "")
        st.markdown(words, width="stretch")
        if go is not None:
            st.button(call, key="go-on", type="primary", on_click=go)


def sum_words(plan: Plan) -> str:
    """What a plan comes to, as short as can be: 7 units · 105 h."""
    if not plan.found:
        return "No plan" if plan.status == "infeasible" else "Not decided"
    units = numbered(len(plan.to_achieve), "unit")
    return f"{units} · {plan.new_glh} h" if "glh" in plan.qualification.figures else units


def _changed(plan: Plan) -> str:
    """What has gone and come since the plan before."""
    number, now = plan.qualification.id, frozenset(plan.planned)
    seen: Seen | None = st.session_state.get(SEEN)
    if seen is None or seen.number != number:
        seen = Seen(number, now, now)
    elif seen.now != now:
        seen = Seen(number, now, seen.now)
    st.session_state[SEEN] = seen
    words = [*_signed("−", plan, seen.before - now), *_signed("+", plan, now - seen.before)]
    return f"changed: {', '.join(words)}" if words else ""


def _signed(sign: str, plan: Plan, refs: Iterable[str]) -> list[str]:
    words = [f"{sign}{plan.qualification.short_name(ref)}" for ref in sorted(refs)]
    more = len(words) - MOST_CHANGES
    return [*words[:MOST_CHANGES], *([f"{sign}{more} more"] if more > 0 else [])]
