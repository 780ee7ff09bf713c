"""How learners and long tables are shown on the pages for training centres."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from planner.pages.shared.words import plain
from planner.records.wishes import Request

MOST_ROWS = 40
"""Rows up to which a table is drawn whole; a longer one scrolls in itself."""


def called(request: Request) -> str:
    """A learner by reference and, where there is one, name."""
    return f"{request.learner} · {request.name}" if request.name else request.learner


def listing(content: pd.DataFrame, alt: str) -> None:
    """A table whose text stays text; a long one scrolls in itself."""
    shown = content.rename(columns={"Title": "Unit", "Guided hours": "Hours"})
    if len(shown) > MOST_ROWS:
        st.dataframe(shown, hide_index=True, placeholder="", alt=alt)
        return
    for column in shown.columns:
        shown[column] = shown[column].map(lambda cell: "" if pd.isna(cell) else plain(str(cell)))
    st.table(shown, border="horizontal", hide_index=True, alt=alt)


def reasons(pairs: Iterable[tuple[str, str]]) -> None:
    """Whom or what a sentence is about, and the sentence, as a list; a long one as a table that scrolls."""
    found = list(pairs)
    if len(found) > MOST_ROWS:
        listing(pd.DataFrame(found, columns=["Who", "Why not"]), "Who has no plan, and why")
    else:
        st.markdown("\n".join(f"- **{plain(who)}:** {plain(why)}" for who, why in found))
