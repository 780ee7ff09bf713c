"""Handing the plan on: its link, a page of paper, and a picture that telephones read the link from."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import streamlit as st

from planner.pages.shared import page_shell
from planner.pages.shared.words import plain
from planner.planning.result import Plan
from planner.report.plan_book import plan_workbook

OWN_NAMES = ("", "localhost", "127.0.0.1", "::1")
"""The names under which nobody else can open a link."""

HTML = """
<button type="button" data-do="copy">Copy link</button>
<button type="button" data-do="share" hidden>Share …</button>
<span role="status"></span>
"""


def show(plan: Plan, work: str, called: Mapping[str, str]) -> None:
    """Draws the ways to hand a plan on; `work` and `called` are words for the page of paper."""
    st.subheader("Share")
    host = urlsplit(st.context.url or "").hostname or ""
    if host in OWN_NAMES:
        page_shell.note(
            "This link opens on this computer only. Hand on the page as PDF; or have the planner started for "
            "the telephones in the house (the guide for learners says how)."
        )
    else:
        page_shell.note("The link holds your choices and nothing else.")
    with st.container(horizontal=True, vertical_alignment="center"):
        _link()
        page_shell.download(
            "One page as PDF", lambda: _sheet(plan, work, called), "my-units.pdf", "plan-sheet"
        )
        workbook(plan)
    if page_shell.on_network():
        _picture(link())


def _sheet(plan: Plan, work: str, called: Mapping[str, str]) -> bytes:
    from planner.report.plan_sheet import plan_sheet  # its library is slow to load, and seldom asked for

    return plan_sheet(plan, work, called)


def workbook(plan: Plan) -> None:
    """Draws the download of the workbook."""
    page_shell.download(
        "Download as Excel workbook", lambda: plan_workbook(plan), "unit-plan.xlsx", "download"
    )


@lru_cache(maxsize=1)
def _looks() -> tuple[str, str]:
    """Style and script of the buttons."""
    css, js = (
        Path(__file__).with_name(f"share.{kind}").read_text(encoding="utf-8") for kind in ("css", "js")
    )
    return css, js


def _link() -> None:
    css, js = _looks()
    st.components.v2.component("share", html=HTML, css=css, js=js)(key="share")


def link() -> str:
    """The address of the page with all choices, as the browser has it."""
    choices = [(key, text) for key in st.query_params for text in st.query_params.get_all(key)]
    return f"{st.context.url or ''}?{urlencode(choices, safe=',/')}"


def _picture(address: str) -> None:
    """Draws an address, and a picture that telephones read it from (a QR code) if one can hold it."""
    import segno

    page_shell.note(f"For another telephone in this network: {plain(address)}")
    with suppress(segno.DataOverflowError):
        drawn = segno.make(address, micro=False)
        st.image(drawn.svg_data_uri(scale=4, border=4, light="white"), width=220)
