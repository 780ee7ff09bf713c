"""The page for a career: where am I, what is next, what is missing; points for development; the job.

What says nothing of a person stands in the address; facts and the log of activities stay in the visit.
"""

from __future__ import annotations

import streamlit as st

from planner.cpd.scheme import Reading, load_readings
from planner.errors import DataError
from planner.pages.development import cpd, cpd_log, job, recognition
from planner.pages.shared import page_shell, session_store, unsaved_guard
from planner.recognition.job_profile import load_profile
from planner.recognition.scheme_file import load_recognitions

REACH, CPD, JOB = "reach", "cpd", "job"
PARTS = {REACH: "Where am I, what is next", CPD: "CPD plan and tracker", JOB: "The job"}


def show() -> None:
    """Draws the page."""
    session_store.come_back()
    st.title("Career and CPD")
    part = session_store.part(PARTS, session_store.WIDGET)
    try:
        if part == REACH:
            recognition.show(page_shell.loaded(load_recognitions), cpd.measured(_readings_if_any()))
        elif part == CPD:
            cpd.show(page_shell.loaded(load_readings))
        else:
            job.show(page_shell.loaded(load_profile), page_shell.loaded(load_recognitions))
    except DataError as error:
        st.error("The data cannot be read:\n" + page_shell.problem_list(error))
    unsaved_guard.mark("career", recognition.unsaved() or cpd_log.unsaved())


def _readings_if_any() -> dict[str, Reading]:
    """The readings, none where their files are wrong: the part that shows them says so."""
    try:
        return page_shell.loaded(load_readings)
    except DataError:
        return {}
