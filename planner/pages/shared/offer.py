"""The centre's offer: which units it can assess, chosen by hand or from a file; kept in the address."""

from __future__ import annotations

from functools import partial

import streamlit as st

from planner.catalogue.offer import offer_file
from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.pages.shared import address, file_reading, page_shell
from planner.pages.shared.words import plain

FILE_TYPES = ["txt", "csv", "xlsx"]


def chosen(qualification: Qualification) -> frozenset[str] | None:
    """The units a centre can assess, None where all are offered; says what in the address makes no sense."""
    problems: list[Problem] = []
    offered = address.read_offer(qualification, problems)
    page_shell.left_out(problems)
    return offered


def picker(qualification: Qualification) -> None:
    """Draws the choice of the units a centre can assess."""
    offered = address.read_offer(qualification, [])  # whoever draws the page has told the problems
    st.session_state["offer"] = [] if offered is None else sorted(offered)
    st.multiselect(
        "Units the centre can assess (none chosen: all)",
        list(qualification.by_ref),
        format_func=qualification.named,
        key="offer",
        wrap=True,
        placeholder="All units",
        on_change=_picked,
    )
    if page_shell.on_network():
        return
    page_shell.upload(
        "Or read them from a file: one ref a line, or a column ref",
        FILE_TYPES,
        "offer-file",
        partial(_uploaded, qualification),
    )
    for text in st.session_state.get("offer-problems", ()):
        st.warning(text)
    file_reading.told(st.session_state.get("offer-read", ()))


def _uploaded(qualification: Qualification, source: str, content: bytes) -> None:
    try:
        found = offer_file(qualification, source, content)
    except DataError as error:
        st.session_state["offer-problems"] = [page_shell.problem_list(error)]
        return
    st.session_state["offer-problems"] = [plain(str(problem)) for problem in found.problems]
    st.session_state["offer-read"] = found.sheets
    address.write_offer(found.refs)


def _picked() -> None:
    for name in ("offer-problems", "offer-read"):
        st.session_state.pop(name, None)
    address.write_offer(st.session_state["offer"] or None)
