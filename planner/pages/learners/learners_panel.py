"""The learners of a cohort, one a row, and the plan of the one chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from planner.cohort.batch import Answer, Cohort
from planner.pages.shared import page_shell
from planner.pages.shared.learners import called, listing, way_out
from planner.pages.shared.words import plain
from planner.planning.result import Repair
from planner.planning.solve import answer as solved
from planner.report import cohort_tables, tables
from planner.rules.measure import numbered

WHOLE_TABLE = 15
"""Learners up to which their table is as high as its rows."""


ANSWER_WIDTH = 105
"""Pixels that the longest answer needs."""


FILTERS = {"all": "All", "planned": "Planned", "not": "Not possible"}


NO_FILTER = {"cohort-search": "", "cohort-filter": "all", "cohort-unit": None, "cohort-all": False}
"""The fields that choose what is shown of a cohort, as they are at first."""


Offer = frozenset[str] | None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Planned:
    """A cohort answered; `key` is the digest of the learners, the offer and the data it is the answer to.

    `file` says whether `source`, where they come from, is one.
    """

    key: str
    source: str
    offered: Offer
    cohort: Cohort
    file: bool = True


def learner_list(planned: Planned, opens: Callable[[str], None]) -> None:
    """Draws the learners and the one chosen; `opens` draws the way to a learner's own page."""
    st.header("Learners")
    cohort = planned.cohort
    st.session_state.setdefault("cohort-filter", NO_FILTER["cohort-filter"])
    with st.container(horizontal=True):
        search = st.text_input(
            "Find a learner",
            key="cohort-search",
            placeholder="reference or name",
            live=True,
            type="search",
            width=260,
        )
        state = st.segmented_control(
            "Show", list(FILTERS), format_func=FILTERS.__getitem__, key="cohort-filter"
        )
        ref = st.selectbox(
            "Who needs a unit",
            list(cohort.unit_demand),
            index=None,
            format_func=cohort.qualification.named,
            placeholder="Any unit",
            key="cohort-unit",
            width=320,
        )
    kept = [
        number
        for number, answer in enumerate(cohort.answers)
        if _matches(answer, search or "", state or "all", ref)
    ]
    if not kept:
        st.info("No learner matches all of these.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        if len(kept) < len(cohort.answers):
            page_shell.note(f"{len(kept)} of {len(cohort.answers)} learners")
        _learner_table(cohort, kept)
    with right:
        opens(_one_learner(planned, kept))


def _matches(answer: Answer, search: str, state: str, ref: str | None) -> bool:
    asked = f"{answer.request.learner} {answer.request.name}".casefold()
    return (
        all(word in asked for word in search.casefold().split())
        and (state == "all" or answer.found == (state == "planned"))
        and (ref is None or ref in answer.new_units)
    )


def _learner_table(cohort: Cohort, kept: Sequence[int]) -> None:
    """The learners kept by the filters; a click on one shows the plan, as choosing the learner does."""
    answers = [cohort.answers[number] for number in kept]
    table = cohort_tables.cohort_table(answers)
    table["Learner"] = [called(each.request) for each in answers]  # so that a telephone shows all columns
    table = table.drop(columns=["Name", "Refs to achieve"]).rename(columns={"Guided hours": "Hours"})

    def clicked() -> None:
        cells = st.session_state["cohort-table"].selection.cells
        if cells:
            st.session_state["cohort-learner"] = kept[cells[0][0]]

    st.dataframe(
        table,
        hide_index=True,
        key="cohort-table",
        on_select=clicked,
        selection_mode="single-cell",
        height="content" if len(table) <= WHOLE_TABLE else 560,
        placeholder="",
        column_config={"Answer": st.column_config.Column(width=ANSWER_WIDTH)},
        alt="Learners, one a row: " + ", ".join(map(str, table.columns[1:])),
    )


def _one_learner(planned: Planned, kept: Sequence[int]) -> str:
    """The plan of the learner chosen, whose reference is given."""
    answers = planned.cohort.answers
    labels = {number: called(answers[number].request) for number in kept}
    if st.session_state.get("cohort-learner") not in kept:
        st.session_state["cohort-learner"] = kept[0]
    number = st.selectbox("Learner", kept, format_func=labels.__getitem__, key="cohort-learner")
    answer = answers[number]
    if answer.found:
        _plan(answer)
    elif answer.status == "unknown":
        st.warning("Not decided in the time given: a plan may or may not exist.")
    else:
        _no_plan(planned, number)
    return answer.request.learner


def _plan(answer: Answer) -> None:
    new = len(answer.new_units)
    if new:
        hours = answer.qualification.figure_words(glh=answer.new_glh)
        figures = ", ".join([f"{numbered(new, 'unit')} to achieve", *hours])
        whole = f", about {answer.learning_hours} hours of learning in all"
        st.markdown(f"**{figures}**{whole if len(answer.qualification.figures) == 2 else ''}.")
    else:
        st.markdown("**The rules are met by what is already achieved.**")
    if answer.status == "feasible":
        st.markdown("Not proven best: the search ended before.")
    table = cohort_tables.answer_table(answer)
    table["Title"] += " (" + table["Ref"] + ")"
    table["Title"] += table["State"].map({"new": "", "achieved": ", already achieved"})
    columns = tables.shown(answer.qualification, ("Title", "Credits", "Guided hours"))
    listing(table[columns], "The units that count for this learner")


def _no_plan(planned: Planned, number: int) -> None:
    """The conflicts of one learner in words, and what would help."""
    answer = planned.cohort.answers[number]
    st.error("**No plan is possible with these wishes.** This is proven, not a guess.")
    way_out(answer, _repairs(planned, number))
    row = answer.request.row
    if planned.file:
        where = "the learner's row" if row is None else f"row {row}"
        page_shell.note(f"Change {where} of {plain(planned.source)} and read the file in again.")
    else:
        page_shell.note("Change what they ask for in a file, read it in and save it.")


def _repairs(planned: Planned, number: int) -> tuple[Repair, ...]:
    """What one learner could give up; found out when first asked for, a tenth of a second."""
    known: dict[int, tuple[Repair, ...]] = st.session_state.setdefault("cohort-repairs", {})
    if number not in known:
        answer = planned.cohort.answers[number]
        known[number] = solved(answer.qualification, answer.request.wishes).repairs
    return known[number]
