"""How learners and long tables are shown on the pages for training centres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import streamlit as st

from planner.cohort.batch import Answer
from planner.errors import Problem
from planner.pages.shared import page_shell
from planner.pages.shared.words import plain, shortened
from planner.planning.result import Plan, Repair
from planner.records.wishes import Request
from planner.report import tables
from planner.rules.measure import numbered

FEW = 5
"""Most problems, or learners without a plan, that are shown unfolded."""

MOST_PROBLEMS = 100
"""Problems of a file that are listed; of more the number is said."""

MOST_ROWS = 40
"""Rows up to which a table is drawn whole; a longer one scrolls in itself."""


def called(request: Request) -> str:
    """A learner by reference and, where there is one, name."""
    return f"{request.learner} · {request.name}" if request.name else request.learner


def listing(content: pd.DataFrame, alt: str, below: str = "") -> None:
    """A table whose text stays text; a long one scrolls in itself.

    The words of the column `below` stand beneath those of the first where there is room for lines.
    """
    shown = content.rename(columns={"Title": "Unit", "Guided hours": "Hours"})
    if len(shown) > MOST_ROWS:
        st.dataframe(shown, hide_index=True, placeholder="", alt=alt)
        return
    for column in shown.columns:
        shown[column] = shown[column].map(lambda cell: "" if pd.isna(cell) else plain(str(cell)))
    if below:
        words = shown.pop(below)
        shown[shown.columns[0]] += words.map(lambda text: f"  \n*{text}*" if text else "")
    st.table(shown, border="horizontal", hide_index=True, alt=alt)


def columns(held: Mapping[str, str], alt: str) -> None:
    """What each column of a file holds, while nobody has read one in."""
    table = pd.DataFrame(held.items(), columns=["Column", "What it holds"])
    st.table(table, border="horizontal", hide_index=True, alt=alt)


def left_out(problems: Sequence[Problem], where: str, answered: bool, key: str) -> None:
    """What of a file could not be read or is doubted, the first of it in a table; nothing if all is well."""
    if not problems:
        return
    number = len(problems)
    verb = "is" if number == 1 else "are"
    st.warning(
        f"{numbered(number, 'thing')} in {where} could not be read or {verb} doubted. "
        + ("All other rows are answered." if answered else "No row is left to answer.")
    )
    with st.expander("What could not be read", expanded=number <= FEW, key=key):
        table = tables.problems_table(problems[:MOST_PROBLEMS])
        table["Value"] = table["Value"].map(shortened)
        listing(table, "What could not be read in the file")
        if number > MOST_PROBLEMS:
            st.markdown(f"And {number - MOST_PROBLEMS:,} more.")


def way_out(found: Plan | Answer, repairs: Iterable[Repair]) -> None:
    """Why no plan is possible, in the words of the rules, and which wishes would have to be given up."""
    qualification = found.qualification
    if clashes := [f"- {plain(conflict.in_words(qualification))}" for conflict in found.conflicts]:
        st.markdown("\n".join(clashes))
    if not found.conflicts_complete:
        page_shell.note(tables.MORE_CONFLICTS)
    if found.outside_offer:
        st.markdown(plain(tables.outside_words(found)))
    if helps := [f"- {plain(repair.in_words(qualification))}" for repair in repairs]:
        st.markdown("**What would help**, the shortest plan first; each of these is enough:")
        st.markdown("\n".join(helps))


def reasons(pairs: Iterable[tuple[str, str]]) -> None:
    """Whom or what a sentence is about, and the sentence, as a list; a long one as a table that scrolls."""
    found = list(pairs)
    if len(found) > MOST_ROWS:
        listing(pd.DataFrame(found, columns=["Who", "Why not"]), "Who has no plan, and why")
    else:
        st.markdown("\n".join(f"- **{plain(who)}:** {plain(why)}" for who, why in found))
