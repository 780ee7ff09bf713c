"""The page for a career: where am I, what is next, what is missing; points for development; the job.

What says nothing of a person stands in the address; facts and the log of activities stay in the visit.
"""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from planner.catalogue.loading import DATA_VARIABLE
from planner.cpd.scheme import Reading, load_readings
from planner.errors import DataError
from planner.pages.development import cpd, cpd_log, job, recognition
from planner.pages.shared import address, page_shell, session_store, unsaved_guard
from planner.recognition.job_profile import JobProfile, load_profile
from planner.recognition.scheme_file import load_recognitions
from planner.recognition.schemes import Recognition

REACH, CPD, JOB = "reach", "cpd", "job"
PARTS = {REACH: "Where am I, what is next", CPD: "CPD plan and tracker", JOB: "The job"}


def show() -> None:
    """Draws the page."""
    session_store.come_back()
    st.title("Career and CPD")
    part = _part()
    try:
        if part == REACH:
            recognition.show(_recognitions(_folder()), cpd.measured(_readings_if_any()))
        elif part == CPD:
            cpd.show(_readings(_folder()))
        else:
            job.show(_profile(_folder()), _recognitions(_folder()))
    except DataError as error:
        st.error("The data cannot be read:\n" + page_shell.problem_list(error))
    unsaved_guard.mark("career", recognition.unsaved() or cpd_log.unsaved())


def _part() -> str:
    """The part of the page that is shown; the first unless the address names another."""
    named = session_store.chosen(session_store.PART, tuple(PARTS), "no such part of the page")
    part = named[0] if named else REACH
    st.session_state[session_store.WIDGET] = part
    st.segmented_control(
        "What do you want to see?",
        list(PARTS),
        format_func=PARTS.__getitem__,
        required=True,
        key=session_store.WIDGET,
        on_change=lambda: address.put(part=st.session_state[session_store.WIDGET].replace(REACH, "")),
    )
    return part


def _folder() -> str | None:
    return os.environ.get(DATA_VARIABLE)


def _path(data: str | None) -> Path | None:
    return None if data is None else Path(data)


@st.cache_resource(show_spinner=False)
def _recognitions(data: str | None) -> dict[str, Recognition]:
    return load_recognitions(_path(data))


@st.cache_resource(show_spinner=False)
def _readings(data: str | None) -> dict[str, Reading]:
    return load_readings(_path(data))


@st.cache_resource(show_spinner=False)
def _profile(data: str | None) -> JobProfile | None:
    return load_profile(_path(data))


def _readings_if_any() -> dict[str, Reading]:
    """The readings, none where their files are wrong: the part that shows them says so."""
    try:
        return _readings(_folder())
    except DataError:
        return {}
