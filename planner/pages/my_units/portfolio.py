"""The page *Learners*: does each portfolio meet the rules, and if not, what is missing?

Several learners stand in a list, and each on a page of their own with an address of its own. Everything lives
in this visit's session, and in the register what somebody saves there: nothing else about a learner goes onto
a disk, and nothing into the address but a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.errors import DataError
from planner.pages.my_units import (
    decisions,
    learner_list,
    person_address,
    person_plan,
    register_panel,
    second_file,
    ways_in,
)
from planner.pages.my_units.portfolio_answers import JUDGED, LATE, judgements_of, late_by, person_calendar
from planner.pages.my_units.portfolio_visit import Offer, Visit, loaded, record_name
from planner.pages.my_units.verdict_panel import (
    achieved_units,
    learner_words,
    record_remarks,
    rests_on,
    verdict_message,
    way_home,
)
from planner.pages.shared import (
    file_reading,
    learners,
    offer,
    page_shell,
    register_desk,
    register_said,
    sign_in,
    unsaved_guard,
    visit_memory,
)
from planner.pages.shared.file_reading import Source
from planner.pages.shared.words import plain, shortened
from planner.portfolio.verdict import Judgement
from planner.records import portfolio_files
from planner.records.portfolios import DATES, REGISTRATION, TEXTS, Portfolio
from planner.report import portfolio_tables
from planner.report.record_book import record_workbook
from planner.rules.measure import numbered

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Kept
    from planner.register.side_by_side import SideBySide

TITLE = "Learners"
"""What the page is called."""

HELD = "audit"
WAITING = "audit-waiting"
BEFORE = "audit-before"
SOURCE = "audit-source"
"""The names on the visit's shelf: the portfolios, a file that waits to be taken, what was here before the
last one; the file itself, to read it again as somebody says."""

COLUMNS = tuple(dict.fromkeys((*portfolio_files.COLUMNS, "name", *TEXTS, *DATES, *REGISTRATION)))
"""The columns that a portfolio file may have."""


def page() -> st.Page:
    """The page, as what leads to it names it."""
    return st.Page(show, title=TITLE, url_path="audit")


def show() -> None:
    """Draws the page."""
    visit = held()
    bound = _bound(visit)
    qualification = page_shell.qualification(bound)
    visit = register_panel.renewed(qualification, visit, partial(_put, known=True))
    if visit.blank:
        person_address.to_open(qualification)
        register_desk.go_on(qualification, partial(_went_on, qualification))
    elif (asked := person_address.asked(visit)) != visit.shown:
        _choose(asked)
        visit = held()
    unsaved_guard.mark("audit", bool(visit.unfiled))
    if _headed(qualification, visit):
        page_shell.heading(TITLE, qualification, bound)
        _how_read(qualification, visit)
    offered = offer.chosen(qualification)
    _file_messages(qualification, visit)
    person_address.tell_gone(visit, HELD)
    if visit_memory.again(JUDGED, "The verdicts on these portfolios were", "Judge them again"):
        _judged(qualification, visit, offered)
    if not _headed(qualification, visit):
        if len(visit.portfolios) == 1:  # of several the list says it
            _how_read(qualification, visit)
        page_shell.under(qualification, bound)
    page_shell.small_print(qualification)


def _judged(qualification: Qualification, visit: Visit, offered: Offer) -> None:
    """The learners, or the one shown: the verdict, and beside it what it rests on."""
    judgements = [] if visit.blank else judgements_of(qualification, visit.portfolios, offered)
    late = late_by(judgements, visit.opened) if len(judgements) > 1 else []
    if visit.place is None:
        learner_list.show(judgements, late, _choose)
        _unsaved(visit)
        _register(qualification, visit)
        _others(qualification)
        return
    if late:
        learner_list.one_after_another(judgements, late, visit.place, _choose)
    if not visit.blank:
        _changed_verdict(judgements[visit.place])
    left, right = st.columns(2, gap="medium")
    with left:
        if visit.blank:
            begun = register_desk.holds(qualification)
            if begun:
                _register(qualification, visit)
            ways_in.teach(qualification, partial(_uploaded, qualification))
            if not begun:
                _register(qualification, visit)
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


def held() -> Visit:
    """What the page holds."""
    return visit_memory.get(HELD) or Visit()


def _put(visit: Visit, *, known: bool = False) -> None:
    """Keeps the portfolios as they are now; `known` where they are a change to what is here.

    Raises
    ------
    DataError
        There is no room for them.
    """
    visit_memory.put(
        HELD,
        visit,
        visit_memory.Worth.WORK if visit.unfiled else visit_memory.Worth.FILE,
        "" if visit.blank else "the portfolios you read in or entered",
        known=known,
    )


def start_empty() -> None:
    """Lets go all that the page holds."""
    _start(Visit())


def _bound(visit: Visit) -> page_shell.KeptWith | None:
    """What the page holds, and what would be lost with it; None while there is nothing to judge."""
    if visit.blank:
        return None
    if visit.source:
        what = f"{numbered(len(visit.portfolios), 'portfolio')} from {plain(shortened(visit.source))}."
    else:
        what = "a portfolio that you entered."
    lost = f" No file holds yet: {_listed(visit.unfiled)}." if visit.unfiled else ""
    return page_shell.KeptWith(visit.under, what + lost, partial(_start, Visit()))


def _start(visit: Visit) -> None:
    """Begins again with other portfolios; what was half typed for the old ones goes."""
    _keep()
    st.session_state["audit-error"] = ""
    try:
        _put(visit, known=visit.blank)
    except DataError as error:
        st.session_state["audit-error"] = page_shell.problem_list(error)
        return
    if visit.blank:
        person_address.leaving()
    visit_memory.drop([JUDGED, LATE])
    st.session_state["audit-start"] = st.session_state.get("audit-start", 0) + 1
    decisions.forget()
    register_said.forget()


# Files


def _uploaded(qualification: Qualification, name: str, content: bytes) -> None:
    _read(qualification, Source(name, content))


def _read(qualification: Qualification, file: Source) -> None:
    """Reads a file, perhaps again, as somebody has said what its words mean."""
    st.session_state["audit-error"] = ""
    st.session_state.pop("audit-refused", None)
    try:
        visit_memory.put(SOURCE, file, visit_memory.Worth.FILE)
        visit = loaded(qualification, file)
    except DataError as error:
        st.session_state["audit-error"] = page_shell.problem_list(error)
        st.session_state["audit-refused"] = error
        return
    _unless_lost(visit)


def _went_on(qualification: Qualification, kept: tuple[Kept, ...]) -> None:
    """Begins with what the register keeps."""
    _start(register_panel.of_kept(qualification, kept))
    st.session_state[learner_list.FIRST] = True


def _unless_lost(visit: Visit) -> None:
    """Begins again with `visit`; asks first where that would lose changes."""
    if held().unfiled:
        try:
            visit_memory.put(WAITING, visit, visit_memory.Worth.FILE)
        except DataError as error:
            st.session_state["audit-error"] = page_shell.problem_list(error)
    else:
        before = held()
        _start(visit)
        if not before.blank and not visit.blank and visit.differs_from(before):
            with suppress(DataError):  # no room: then what was here is gone
                visit_memory.put(BEFORE, before, visit_memory.Worth.FILE)


def _lose() -> None:
    """Begins again with what waits; if that had to make room the page keeps what it has."""
    waiting: Visit | None = visit_memory.get(WAITING)
    if waiting is not None:
        _start(waiting)


def open_all(visit: Visit) -> None:
    """Shows the list of learners of `visit`, unless that loses changes."""
    person_address.arriving()
    _unless_lost(visit)


def open_learner(visit: Visit, learner: str) -> None:
    """Shows one learner: of those here if they are the same, else of `visit`, unless that loses changes."""
    person_address.arriving()
    here = held()
    same = [each.learner for each in here.portfolios] == [each.learner for each in visit.portfolios]
    found = here if same and here.under == visit.under else visit
    number = next(n for n, each in enumerate(found.portfolios) if each.learner == learner)
    if found is here:
        _choose(number)
    else:
        if visit.file is not None:
            visit_memory.put(SOURCE, visit.file, visit_memory.Worth.FILE)
        _unless_lost(replace(visit, shown=number))


def _keep() -> None:
    visit_memory.drop([WAITING, BEFORE])


def _file_messages(qualification: Qualification, visit: Visit) -> None:
    """What was wrong with the last file; whether changes may be lost, and what it stands in the place of."""
    file: Source | None = visit_memory.get(SOURCE)
    again = partial(_read, qualification)
    if st.session_state.get("audit-error"):
        page_shell.not_read(st.session_state["audit-error"])
        if file is not None and "audit-refused" in st.session_state:
            file_reading.ask_columns(file, again, st.session_state["audit-refused"])
    visit_memory.tell(WAITING, "The file that waited was", "Read it again.")
    waiting: Visit | None = visit_memory.get(WAITING)
    if waiting is not None:
        what = f"Reading {plain(waiting.source)}" if waiting.source else "Starting again"
        lost = f"what no file holds yet: {_listed(visit.unfiled)}" if visit.unfiled else "nothing now"
        st.warning(f"{what} would lose {lost}.")
        if not waiting.blank:
            second_file.offer(*_merging(qualification, visit, waiting))
        with st.container(horizontal=True):
            st.button("Go on and lose it", key="lose", on_click=_lose)
            st.button("Keep what is here", key="keep-here", on_click=_keep)
    before: Visit | None = visit_memory.get(BEFORE)
    if before is not None and waiting is None:
        both = _merging(qualification, before, visit)
        second_file.instead(before.source or "your entries", visit.source, *both, _keep)


def _how_read(qualification: Qualification, visit: Visit) -> None:
    """What is asked of the file, what of it could not be read, which column was taken for what."""
    file: Source | None = visit_memory.get(SOURCE)
    again = partial(_read, qualification)
    if file is not None and file.name == visit.source:
        file_reading.ask(file, again, visit.problems, visit.unknown)
    learners.left_out(visit.problems, plain(visit.source), True, "problems")
    if file is not None and visit.sheets and file.name == visit.source:
        file_reading.show(file, again, visit.sheets, COLUMNS)


def _merging(
    qualification: Qualification, here: Visit, other: Visit
) -> tuple[SideBySide[Portfolio], Callable[[], None]]:
    """What differs in the learners of `other`, and what begins with both."""
    found = second_file.beside(qualification, here, other)
    return found, partial(_start, second_file.together(here, other, found))


def _listed(learners: Sequence[str]) -> str:
    """Learners by reference, the first few of many."""
    names = [plain(shortened(learner)) if learner != "-" else "this portfolio" for learner in learners]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


# Learners


def _choose(number: int | None) -> None:
    """Shows one learner, or the list of all."""
    _put(replace(held(), shown=number), known=True)
    decisions.forget()


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
        _register(judgement.qualification, visit)
        return
    if portfolio.in_hand:
        st.markdown("If everything in progress is achieved:")
        verdict_message(judgement.if_completed)
    if words := judgement.qualification.next_step(judgement.now.rules_met):
        page_shell.note(plain(words))
    way_home(judgement)
    person_plan.link(visit, judgement, offered)
    rests_on(judgement)
    _download(visit, judgement)
    _register(judgement.qualification, visit)
    person_calendar(judgement, visit.opened)
    page_shell.rules(judgement.now.findings, portfolio.waived)
    achieved_units(judgement)
    record_remarks(judgement)


def _download(visit: Visit, judgement: Judgement) -> None:
    st.download_button(
        "Download the achievement record",
        data=sign_in.checked(partial(record_workbook, judgement)),
        file_name=record_name(judgement.portfolio.learner),
        mime=page_shell.XLSX,
        on_click=_downloaded,
        args=(visit.place, judgement.portfolio),
        key="record",
        icon=":material/download:",
    )
    _unsaved(visit)


def _unsaved(visit: Visit) -> None:
    """Says whose portfolios no file holds as they are now, and what to do."""
    kept = register_desk.in_use() is not None
    how = "Save it or download the record" if kept else "This page keeps nothing: download the record"
    # Below the button: a click on its way to it must not miss it because a warning moved it.
    if visit.unfiled:
        st.warning(
            f"**Not saved yet.** {how} before you leave. Not in a file yet: {_listed(visit.unfiled)}.",
            icon=":material/save:",
        )


def _register(qualification: Qualification, visit: Visit) -> None:
    doors = register_panel.Doors(held, partial(_put, known=True), _unless_lost)
    register_panel.show(qualification, visit, doors)


def _downloaded(number: int, portfolio: Portfolio) -> None:
    _put(held().downloaded(number, portfolio), known=True)


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
        st.button("Start again", key="clear", on_click=_unless_lost, args=(Visit(),))
    _offer(qualification)


def _offer(qualification: Qualification) -> None:
    with st.expander("What the centre can assess", key="offer-folded"):
        offer.picker(qualification)


def _change(under: str, start: int, number: int, change: decisions.Change) -> None:
    """Carries out a change made `under` a qualification; one for portfolios no longer here is dropped."""
    if st.session_state.get("audit-start", 0) != start:
        return
    changed = held().changed(number, change)
    _put(replace(changed, under="" if changed.blank else under), known=True)
    st.session_state["audit-error"] = ""
