"""What to do where a second file stands in the place of what was here: go on with both, or with it alone."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from planner.pages.shared import faults


def merge_button(key: str, merge: Callable[[], None]) -> None:
    """Draws the way to both."""
    st.button(
        "Merge both",
        key=key,
        icon=":material/call_merge:",
        type="primary",
        on_click=faults.guarded(merge),
    )


def replace_button(key: str, leave: Callable[[], None]) -> None:
    """Draws the way to the second file alone."""
    st.button("Replace: the second file alone", key=key, on_click=leave)
