"""The page *Learners*: does each portfolio meet the rules, and if not, what is missing?

Several learners stand in a list, and each on a page of their own with an address of its own. Everything lives
in this visit's session, and in the register what somebody saves there: nothing else about a learner goes onto
a disk, and nothing into the address but a number.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.pages.learners import (
    decisions,
    learner_list,
    learners_here,
    person_address,
    person_plan,
    register_panel,
    ways_in,
)
from planner.pages.learners.portfolio_answers import JUDGED, judgements_of, late_by, person_calendar
from planner.pages.learners.portfolio_visit import Offer, Visit, of_kept, record_name
from planner.pages.learners.verdict_panel import (
    achieved_units,
    learner_words,
    record_remarks,
    rests_on,
    verdict_message,
    way_home,
    wishes_line,
)
from planner.pages.shared import (
    file_reading,
    learners,
    offer,
    page_shell,
    register_desk,
    unsaved_guard,
    visit_memory,
)
from planner.pages.shared.file_reading import Source
from planner.pages.shared.words import plain
from planner.portfolio.verdict import Judgement
from planner.records import cohort_rows, portfolio_files
from planner.records.portfolios import DATES, REGISTRATION, TEXTS, Portfolio
from planner.report import portfolio_tables
from planner.report.record_book import record_workbook

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Kept

TITLE = "Learners"
"""What the page is called."""

COLUMNS = tuple(
    dict.fromkeys(
        (
            *portfolio_files.COLUMNS,
            "name",
            *TEXTS,
            *DATES,
            *REGISTRATION,
            *cohort_rows.COLUMNS,
            *cohort_rows.OPTIONAL_COLUMNS,
        )
    )
)
"""The columns that a file of portfolios or of a cohort may have."""


def page() -> st.Page:
    """The page, as what leads to it names it."""
    return st.Page(show, title=TITLE, url_path="audit")


def show() -> None:
    """Draws the page."""
    visit = learners_here.held()
    bound = learners_here.bound(visit)
    qualification = page_shell.qualification(bound)
    visit = register_panel.renewed(qualification, visit)
    if visit.blank:
        person_address.to_open(qualification)
        register_desk.go_on(qualification, partial(_went_on, qualification))
    elif (asked := person_address.asked(visit)) != visit.shown:
        learners_here.choose(asked)
        visit = learners_here.held()
    unsaved_guard.mark("audit", bool(visit.unfiled))
    if _headed(qualification, visit):
        page_shell.heading(TITLE, qualification, bound)
        _how_read(qualification, visit)
    offered = offer.chosen(qualification)
    learners_here.ask(qualification, visit)
    person_address.tell_gone(visit, learners_here.HELD)
    if visit_memory.again(JUDGED, "The verdicts on these portfolios were", "Judge them again"):
        _judged(qualification, visit, offered)
    if not _headed(qualification, visit):
        if len(visit.portfolios) == 1:  # of several the list says it
            _how_read(qualification, visit)
        page_shell.under(qualification, bound)
    page_shell.small_print(qualification)


def _judged(qualification: Qualification, visit: Visit, offered: Offer) -> None:
    """The learners, or the one shown: the verdict, and beside it what it rests on."""
    judgements = [] if visit.blank else judgements_of(qualification, visit, offered)
    late = late_by(judgements, visit.opened) if len(judgements) > 1 else []
    if visit.place is None:
        if judgements:
            learner_list.show(judgements, late, learners_here.choose)
        else:
            st.markdown("No learner could be read.")
        _unsaved(visit)
        register_panel.show(qualification, visit)
        _others(qualification)
        return
    if late:
        learner_list.one_after_another(judgements, late, visit.place, learners_here.choose)
    if not visit.blank:
        _changed_verdict(judgements[visit.place])
    left, right = st.columns(2, gap="medium")
    with left:
        if visit.blank:
            begun = register_desk.holds(qualification)
            if begun:
                register_panel.show(qualification, visit)
            ways_in.teach(qualification, partial(_uploaded, qualification))
            if not begun:
                register_panel.show(qualification, visit)
        else:
            _answer(visit, judgements[visit.place], offered)
    with right:
        _inputs(qualification, visit)


def _headed(qualification: Qualification, visit: Visit) -> bool:
    """Whether the page begins with its name and the qualification; else it does with a person's verdict."""
    person = visit.source and visit.place is not None
    return not person or not page_shell.is_chosen(qualification)


def _changed_verdict(judgement: Judgement) -> None:
    """Says what the last action made of the verdict, which may be out of sight."""
    subject = (st.session_state.get("audit-start", 0), judgement.portfolio.learner)
    words = portfolio_tables.verdict_words(judgement.now)
    before: tuple[object, str] | None = st.session_state.get("audit-said")
    st.session_state["audit-said"] = (subject, words)
    if before is not None and before[0] == subject and before[1] != words:
        st.toast(plain(words), icon=":material/edit_note:")


# Files


def _uploaded(qualification: Qualification, name: str, content: bytes) -> None:
    learners_here.read(qualification, Source(name, content))


def _went_on(qualification: Qualification, kept: tuple[Kept, ...]) -> None:
    """Begins with what the register keeps."""
    learners_here.start(of_kept(qualification.id, kept))
    st.session_state[learner_list.FIRST] = True


def _how_read(qualification: Qualification, visit: Visit) -> None:
    """What is asked of the file, what of it could not be read, which column was taken for what."""
    file, again = visit.file, partial(learners_here.read, qualification)
    if file is not None:
        file_reading.ask(file, again, visit.problems, visit.unknown)
    learners.left_out(visit.problems, plain(visit.source), True, "problems")
    if file is not None and visit.sheets:
        file_reading.show(file, again, visit.sheets, COLUMNS)


# The answer


def _answer(visit: Visit, judgement: Judgement, offered: Offer) -> None:
    """What is known of one learner, what to do next first."""
    portfolio = judgement.portfolio
    heading = st.header if _headed(judgement.qualification, visit) else st.title
    heading(
        "The verdict" if portfolio.learner == "-" else f"The verdict on {plain(learner_words(portfolio))}"
    )
    verdict_message(judgement.now)
    if not judgement.now.judged:
        register_panel.show(judgement.qualification, visit)
        return
    if portfolio.in_hand:
        st.markdown("If everything in progress is achieved:")
        verdict_message(judgement.if_completed)
    if words := judgement.qualification.next_step(judgement.now.rules_met):
        page_shell.note(plain(words))
    wishes_line(judgement, visit.asks(visit.place or 0))
    way_home(judgement)
    _other_wishes(visit, judgement)
    person_plan.link(visit, judgement, offered)
    rests_on(judgement)
    _download(visit, judgement)
    register_panel.show(judgement.qualification, visit)
    person_calendar(judgement, visit.opened)
    page_shell.rules(judgement.now.findings, portfolio.waived)
    achieved_units(judgement)
    record_remarks(judgement)


def _other_wishes(visit: Visit, judgement: Judgement) -> None:
    """Where to ask for something else, while what somebody asks for leaves no way."""
    if not judgement.now.by_wishes:
        return
    row = visit.wished[judgement.portfolio.learner].row
    if visit.file is None or row is None:
        page_shell.note("Change what they ask for in a file, read it in and save it.")
    else:
        page_shell.note(f"Change row {row} of {plain(visit.source)} and read the file in again.")


def _download(visit: Visit, judgement: Judgement) -> None:
    page_shell.download(
        "Download the achievement record",
        partial(record_workbook, judgement),
        record_name(judgement.portfolio.learner),
        "record",
        partial(_downloaded, visit.place or 0, judgement.portfolio),
    )
    _unsaved(visit)


def _unsaved(visit: Visit) -> None:
    """Says whose portfolios no file holds as they are now, and what to do."""
    kept = register_desk.in_use() is not None
    how = "Save it or download the record" if kept else "This page keeps nothing: download the record"
    # Below the button: a click on its way to it must not miss it because a warning moved it.
    if visit.unfiled:
        st.warning(
            f"**Not saved yet.** {how} before you leave. Not in a file yet: "
            f"{learners_here.listed(visit.unfiled)}.",
            icon=":material/save:",
        )


def _downloaded(number: int, portfolio: Portfolio) -> None:
    learners_here.put(learners_here.held().downloaded(number, portfolio), known=True)


# The inputs


def _inputs(qualification: Qualification, visit: Visit) -> None:
    apply: decisions.Apply = partial(
        _change, qualification.id, st.session_state.get("audit-start", 0), visit.place or 0
    )
    portfolio = visit.portfolio
    # In the heading, so that nothing moves when it appears: a click on its way must not miss its aim.
    st.header("The portfolio" + (" :orange-badge[:material/save: Not saved yet]" if visit.unfiled else ""))
    if not portfolio.recorded:
        decisions.ticks(qualification, portfolio, apply)
    if visit.blank:
        ways_in.empty_tables(qualification)
    else:
        decisions.statuses(qualification, portfolio, apply)
        decisions.evidence(qualification, portfolio, apply)
    today = date.today()
    decisions.decisions(qualification, portfolio, apply, today)
    others = [other.learner for number, other in enumerate(visit.portfolios) if number != visit.place]
    decisions.details(portfolio, others, apply)
    if visit.blank:
        _offer(qualification)
    else:
        _others(qualification)


def _others(qualification: Qualification) -> None:
    """The ways to other learners, and what the centre can assess, folded."""
    with st.expander("Another file, an empty table, or start again", key="files"):
        ways_in.field(partial(_uploaded, qualification))
        ways_in.empty_tables(qualification)
        st.button("Start again", key="clear", on_click=learners_here.unless_lost, args=(Visit(),))
    _offer(qualification)


def _offer(qualification: Qualification) -> None:
    with st.expander("What the centre can assess", key="offer-folded"):
        offer.picker(qualification)


def _change(under: str, start: int, number: int, change: decisions.Change) -> None:
    """Carries out a change made `under` a qualification; one for portfolios no longer here is dropped."""
    if st.session_state.get("audit-start", 0) != start:
        return
    changed = learners_here.held().changed(number, change)
    learners_here.put(replace(changed, under="" if changed.blank else under), known=True)
    st.session_state["audit-error"] = ""
