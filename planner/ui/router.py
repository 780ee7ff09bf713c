"""Which page is shown; `app.py` calls `run`."""

from __future__ import annotations

import streamlit as st

from planner.ui import audit, centre, plan, qualifications


def run() -> None:
    """Draws the page the address asks for."""
    st.set_page_config(page_title="NVQ planner", page_icon="📋", layout="wide")
    pages = [
        st.Page(plan.show, title="Plan your units", url_path="plan", default=True),
        st.Page(audit.show, title="Check a portfolio", url_path="audit"),
        st.Page(centre.show, title="Plan a cohort", url_path="centre"),
        st.Page(qualifications.show, title="Qualifications", url_path="qualifications"),
    ]
    st.navigation(pages, position="top").run()
