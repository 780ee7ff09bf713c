"""The centre's offer: which units it can assess, chosen by hand or from a file; kept in the address."""

from __future__ import annotations

import streamlit as st

from planner.errors import DataError, Problem
from planner.offer import read_offer
from planner.qualification import Qualification
from planner.ui import address, frame
from planner.ui.words import plain

FILE_TYPES = ["txt", "csv", "xlsx"]


def picker(qualification: Qualification) -> frozenset[str] | None:
    """Draws the choice of the units a centre can assess; returns them, None where all are offered."""
    problems: list[Problem] = []
    offered = address.read_offer(qualification, problems)
    st.session_state["offer"] = [] if offered is None else sorted(offered)
    st.multiselect(
        "Units the centre can assess (none chosen: all)",
        list(qualification.by_ref),
        format_func=lambda ref: f"{qualification.by_ref[ref].title} ({ref})",
        key="offer",
        placeholder="All units",
        on_change=lambda: address.write_offer(st.session_state["offer"] or None),
    )
    upload = st.file_uploader(
        "Or read them from a file: one ref a line, or a column ref",
        type=FILE_TYPES,
        key="offer-file",
        on_change=_uploaded,
        args=(qualification,),
    )
    if upload is None:
        st.session_state.pop("offer-problems", None)
    for text in st.session_state.get("offer-problems", ()):
        st.warning(text)
    return offered


def _uploaded(qualification: Qualification) -> None:
    upload = st.session_state["offer-file"]
    if upload is None:
        return
    try:
        refs, problems = read_offer(qualification, upload.name, upload.getvalue())
    except DataError as error:
        st.session_state["offer-problems"] = [frame.problem_list(error)]
        return
    st.session_state["offer-problems"] = [plain(str(problem)) for problem in problems]
    address.write_offer(refs)
