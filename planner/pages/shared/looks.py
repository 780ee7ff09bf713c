"""What the library's looks lack: readable chosen options, a word in the navigation, a page to print."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

SHEET = Path(__file__).with_name("looks.css")
"""The style sheet. It names what the library draws by the library's own marks, which a test looks for."""


def dress() -> None:
    """Adds the style sheet to the page."""
    st.html(SHEET)
