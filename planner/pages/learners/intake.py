"""Learners as every page about many takes them in: of a file, of the register, of the list of portfolios.

They stand on the visit's shelf once, whichever page they came in by. Everything lives in this visit's
session, and in the register what somebody saves there: nothing about a learner goes into the address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.pages.learners import learners_here, portfolio, register_panel
from planner.pages.learners.portfolio_visit import Visit, of_kept
from planner.pages.shared import faults, file_reading, page_shell, register_desk, unsaved_guard, visit_memory
from planner.pages.shared.file_reading import Source
from planner.pages.shared.register_desk import DeskWork
from planner.pages.shared.register_said import Said
from planner.records.learner_files import as_request
from planner.records.portfolios import Portfolio
from planner.records.wishes import Request, closed_units

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Actor, Kept, Register

    Agree = Callable[[Register, Actor], Said]

TAKEN = "audit-taken"
"""The name on the visit's shelf of the learners as pages about many see them, beside whom they are."""

KEEPS_NOTHING = (
    "This page keeps nothing: what you read in stays in this browser tab's session and is gone with it."
)

SAVE_FIRST = "Save these learners first: what was changed or read in is not in the register yet."

Offer = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Taken:
    """The learners of a visit as pages about many see them.

    `key` stands for them and all that is known of them; `learners` are as plans are made for them.
    """

    visit: Visit
    key: str
    learners: tuple[Portfolio | Request, ...]

    @property
    def name(self) -> str:
        """Where they come from."""
        return self.visit.source or "your entries"

    @property
    def unsaved(self) -> bool:
        """Whether anything is known of them that the register does not keep yet."""
        visit = self.visit
        return bool(visit.new_files or visit.unfiled or visit.renamed or not visit.opened)

    @property
    def wished(self) -> Mapping[str, Request]:
        """What each asks for, by reference."""
        return self.visit.wished

    def requests(self, qualification: Qualification, offer: Offer) -> list[Request]:
        """What each learner asks for, within a centre's offer; without those whom a doubt is about."""
        wished = {learner: request.wishes for learner, request in self.wished.items()}
        found = [
            each if isinstance(each, Request) else as_request(qualification, each, wished.get(each.learner))
            for each in self.learners
            if isinstance(each, Request) or not each.doubt
        ]
        return [
            replace(each, wishes=replace(wishes, closed=closed_units(qualification, offer, held)))
            for each in found
            for wishes in [each.wishes]
            for held in [wishes.held | wishes.begun]
        ]


def taken() -> Taken | None:
    """The learners of this visit; None where nobody is here."""
    visit = learners_here.held()
    if visit.blank:
        return None
    known: Taken | None = visit_memory.get(TAKEN)
    if known is None or known.visit is not visit:
        known = of_visit(visit)
        visit_memory.put(TAKEN, known, visit_memory.Worth.ANSWER, counted=known.key)
    return known


def of_visit(visit: Visit) -> Taken:
    """The learners of a visit; its key tells whether what is known of them is other than before."""
    learners, source = visit.learners, (visit.under, visit.source, visit.problems)
    told = repr((source, learners, visit.wished, visit.agreed, visit.opened))
    return Taken(visit, hashlib.sha256(told.encode()).hexdigest(), learners)


@dataclass(frozen=True, slots=True)
class Place:
    """A page that learners come in by: its words, its files to download, and what it finds out about them.

    `clear` drops all that; `requests` says whether it looks for a cohort; `columns` are those that its files
    may have.
    """

    key: str
    title: str
    upload: str
    template: Callable[[Qualification], bytes]
    template_name: str
    example: Callable[[Qualification], bytes]
    example_name: str
    example_words: str
    columns: tuple[str, ...]
    clear: Callable[[], None]
    requests: bool = False


def begin(place: Place) -> tuple[Qualification, Taken | None]:
    """Draws the head of a page, and gives whom it is about: the qualification, and the learners if any."""
    visit, state = learners_here.held(), st.session_state
    bound = learners_here.bound(visit)
    qualification = page_shell.qualification(bound)
    before = state.get(f"{place.key}-of", "")
    renewed = register_panel.renewed(qualification, visit)
    now = taken()
    key = "" if now is None else now.key
    if before != key and not (renewed is not visit and before):
        place.clear()
    state[f"{place.key}-of"] = key
    unsaved_guard.mark("audit", bool(renewed.unfiled))
    page_shell.heading(place.title, qualification, bound)
    learners_here.ask(qualification, renewed, place.requests)
    visit_memory.tell(learners_here.HELD, "The learners you read in were", "Read your file again.")
    return qualification, now


def go_on_with(place: str, qualification: Qualification, kept: tuple[Kept, ...]) -> str:
    """Goes on with the same learners as they are kept now; what was found out on the page `place` stays.

    Gives the key of what is known of them now.
    """
    here = learners_here.held()
    learners_here.put(replace(of_kept(qualification.id, kept), shown=here.shown), known=True)
    return _stays(place)


def _stays(place: str) -> str:
    """Has what was found out on a page stay with the learners as they are now."""
    now = taken()
    st.session_state[f"{place}-of"] = key = now.key if now else ""
    return key


# Ways in


def _forget() -> None:
    learners_here.unless_lost(Visit())


def _read(place: Place, qualification: Qualification, source: Source) -> None:
    learners_here.read(qualification, source, place.requests)


def ways_in(place: Place, qualification: Qualification) -> None:
    """The field for a file, and the empty table."""
    page_shell.upload(
        place.upload,
        ["csv", "xlsx"],
        f"{place.key}-file",
        lambda name, content: _read(place, qualification, Source(name, content)),
    )
    page_shell.download(
        "Download an empty table to fill in",
        partial(place.template, qualification),
        place.template_name,
        f"{place.key}-template",
    )


def first(place: Place, qualification: Qualification) -> None:
    """Every way in, while nobody is here; the register first, once it has somebody."""
    begun = register_desk.holds(qualification)
    if begun:
        kept(place, qualification, None)
    ways_in(place, qualification)
    st.button(
        place.example_words,
        key=f"{place.key}-example",
        icon=":material/group:",
        on_click=faults.guarded(_read),
        args=(place, qualification, Source(place.example_name, place.example(qualification))),
    )
    page_shell.download(
        "Download them as an example file",
        partial(place.example, qualification),
        place.example_name,
        f"{place.key}-example-file",
    )
    if not begun:
        kept(place, qualification, None)


def kept(place: Place, qualification: Qualification, taken: Taken | None, agree: Agree | None = None) -> None:
    """Where learners are kept, opening and saving; that nothing is kept, where there is no register.

    `agree` keeps what a page has found out about learners whom the register keeps.
    """
    register = register_desk.in_use()
    if register is None:
        page_shell.note(KEEPS_NOTHING)
        return
    save: Agree | None = None
    if taken is not None:
        save = partial(_save, place, qualification) if taken.unsaved else agree
    visit = learners_here.held()
    back = register_panel.going_back(visit)
    work = DeskWork(visit.portfolios, save, partial(register_panel.begin, qualification), back)
    if taken is None:
        with st.container(border=True, key="register"):
            register_desk.show(register, qualification, work)
        return
    words = "Not kept unless you save · **save**" if save else "Nothing to save here · **open others**"
    with st.expander(words, key="register-folded", icon=":material/save:"):
        register_desk.show(register, qualification, work)


def _save(place: Place, qualification: Qualification, register: Register, actor: Actor) -> Said:
    """Saves the learners; what was found out about them on the page stays."""
    said = register_panel.keep(qualification, register, actor)
    _stays(place.key)
    return said


def files(
    place: Place,
    qualification: Qualification,
    taken: Taken,
    label: str,
    beside: Callable[[], None] | None = None,
    agree: Agree | None = None,
) -> None:
    """Who is here, in one line that unfolds to change it; where they are kept; what the file leaves open.

    `beside` draws what else can be changed, `agree` is that of `kept`.
    """
    with st.expander(label, key=f"{place.key}-files", icon=":material/description:"):
        columns = st.columns(2, gap="medium") if beside else [st.container()]
        with columns[0]:
            ways_in(place, qualification)
            st.button("Forget these learners", key=f"{place.key}-forget", on_click=_forget)
        if beside:
            with columns[1]:
                beside()
    kept(place, qualification, taken, agree)
    visit, file = taken.visit, taken.visit.file
    if file is not None:
        file_reading.ask(file, partial(_read, place, qualification), visit.problems, visit.unknown)


def how_read(place: Place, qualification: Qualification, taken: Taken) -> None:
    """Which column of the file was taken for what."""
    file, sheets = taken.visit.file, taken.visit.sheets
    if file is not None and sheets:
        file_reading.show(file, partial(_read, place, qualification), sheets, place.columns)


def opens(
    learner: str,
    key: str,
    label: str = "Open this learner",
    kind: Literal["secondary", "tertiary"] = "secondary",
) -> None:
    """The way to the page of one learner."""
    if st.button(label, key=key, icon=":material/person:", type=kind):
        learners_here.open_learner(learner)
        st.switch_page(portfolio.page())


def opens_one_of(names: Mapping[str, str], key: str) -> None:
    """The way to the page of one of many learners, who are called so."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        learner = st.selectbox(
            "Learner", list(names), format_func=names.__getitem__, key=f"{key}-which", width=320
        )
        opens(learner, key)
