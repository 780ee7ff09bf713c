"""One person's time: how they stand, and the calendar of what is left."""

from __future__ import annotations

import streamlit as st

from planner.pages.shared import charts
from planner.pages.shared.learners import listing
from planner.pages.shared.words import plain
from planner.report import timeline_tables
from planner.timeline.timelines import Timeline


def calendar(found: Timeline) -> None:
    """Draws the calendar as bars, and folded as a table; nothing where there is none."""
    if not found.units:
        return
    named = found.learner.plan.qualification.named
    spans = [(named(unit.ref), unit.start, unit.finish) for unit in found.units]
    marks = {"today": found.terms.today, "planned end": found.terms.target}
    title = f"The calendar of {found.learner.learner}"
    charts.spans(spans, {word: day for word, day in marks.items() if day}, title)
    with st.expander("The same as a table", key="time-table"):
        listing(timeline_tables.calendar_page_table(found), title)


def told(found: Timeline) -> None:
    """Says how they stand, what stands in the way and what would help, in sentences."""
    st.markdown(plain(timeline_tables.person_words(found)))
    if found.helps:
        st.markdown("Each of these is enough:\n\n" + "\n".join(f"- {plain(h.words)}" for h in found.helps))
