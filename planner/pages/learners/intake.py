"""Learners as every page about many takes them in: of a file, of the register, of the list of portfolios.

They stand on the visit's shelf once, whichever page they came in by. Everything lives in this visit's
session, and in the register what somebody saves there: nothing about a learner goes into the address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.files.tables import SheetRead
from planner.pages.my_units import learners_here, portfolio, second_file
from planner.pages.my_units.portfolio_visit import Visit
from planner.pages.shared import faults, file_reading, page_shell, register_desk, register_said, visit_memory
from planner.pages.shared.file_reading import Source
from planner.pages.shared.register_desk import THE_REGISTER, DeskWork
from planner.pages.shared.register_said import Said
from planner.pages.shared.words import plain, shortened
from planner.records.agreed import Agreed
from planner.records.learner_files import as_portfolio, as_request, learner_file
from planner.records.portfolios import Portfolio
from planner.records.wishes import Request, closed_units
from planner.rules.measure import numbered

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Actor, Kept, Register
    from planner.register.side_by_side import SideBySide

    Agree = Callable[[Register, Actor], Said]

FILE, BEFORE = "learners-file", "learners-file-before"
"""The names on the visit's shelf of the learners taken in, and of those in whose place they stand."""

KEEPS_NOTHING = (
    "This page keeps nothing: what you read in stays in this browser tab's session and is gone with it."
)

Offer = frozenset[str] | None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Taken:
    """Learners that were taken in, and the qualification whose rules they are read under.

    `key` stands for them and all that was said of them; `sources` are the files that they were read from,
    what these say is `wished` beside units, and the calendars `agreed`; `opened` what the register keeps.
    """

    name: str
    under: str
    key: str
    learners: tuple[Portfolio | Request, ...]
    problems: tuple[Problem, ...] = ()
    sheets: tuple[SheetRead, ...] = ()
    unknown: tuple[str, ...] = ()
    """Words of the file for how far units are that nobody has said the meaning of."""
    sources: tuple[Source, ...] = ()
    opened: tuple[Kept, ...] = ()
    wished: Mapping[str, Request] = field(default_factory=dict)
    agreed: Mapping[str, Agreed] = field(default_factory=dict)

    @property
    def source(self) -> Source | None:
        """The file that they were read from; None where that was none, or several."""
        return self.sources[0] if len(self.sources) == 1 and not self.opened else None

    def requests(self, qualification: Qualification, offer: Offer) -> list[Request]:
        """What each learner asks for, within a centre's offer; without those whom a doubt is about."""
        wished = {learner: request.wishes for learner, request in self.wished.items()}
        wished |= {kept.learner: kept.request.wishes for kept in self.opened if kept.wished}
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

    def visit(self) -> Visit:
        """The same learners as the list of portfolios holds them."""
        people = tuple(as_portfolio(each) if isinstance(each, Request) else each for each in self.learners)
        has_wishes = any(isinstance(each, Request) for each in self.learners)
        return Visit(
            people,
            people,
            source=self.name,
            problems=self.problems,
            sheets=self.sheets,
            unknown=self.unknown,
            under=self.under,
            opened=self.opened,
            file=None if has_wishes else self.source,
        )


def of_file(qualification: Qualification, source: Source, requests: bool = False) -> Taken:
    """The learners of a file; see `learner_file`.

    Raises
    ------
    DataError
        Nothing in the file can be answered.
    """
    read = learner_file(
        qualification, source.name, source.content,
        wording=source.wording, same=source.same, requests=requests,
    )  # fmt: skip
    said = repr((qualification.id, source.name, source.wording, source.same)).encode()
    key = hashlib.sha256(said + b"\0" + source.content).hexdigest()
    return Taken(
        source.name,
        qualification.id,
        key,
        read.learners,
        read.problems,
        read.sheets,
        read.unknown_statuses,
        (source,),
        wished=read.wished,
        agreed=read.agreed,
    )


def of_kept(qualification: Qualification, kept: tuple[Kept, ...]) -> Taken:
    """The learners that the register keeps."""
    learners = tuple(
        each.portfolio if each.portfolio.entries or not each.wished else each.request for each in kept
    )
    return Taken(THE_REGISTER, qualification.id, _digest(kept), learners, opened=kept)


def of_visit(visit: Visit) -> Taken:
    """The learners of the list of portfolios, as they are there now."""
    name, people = visit.source or "your entries", visit.portfolios
    return Taken(name, visit.under, _digest(people), people, visit.problems)


def together(here: Taken, other: Taken, found: SideBySide[Portfolio | Request]) -> Taken:
    """The learners of two files as one: saved, each file is taken as it is, which comes to the same."""
    kept = all(each.sources or each.opened for each in (here, other))
    return Taken(
        " and ".join(dict.fromkeys((here.name, other.name))),
        here.under,
        _digest((here.key, other.key)),
        found.learners,
        (*here.problems, *other.problems),
        sources=(*here.sources, *other.sources) if kept else (),
        opened=here.opened,
        wished={**other.wished, **here.wished},
        agreed={**other.agreed, **here.agreed},
    )


def _digest(what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


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
    taken: Taken | None = visit_memory.get(FILE)
    state, of = st.session_state, f"{place.key}-of"
    key = "" if taken is None else taken.key
    if state.get(of, "") != key:
        place.clear()
    state[of] = key
    bound = None
    if taken is not None:
        holds = f"the learners of {plain(shortened(taken.name))}."
        bound = page_shell.KeptWith(taken.under, holds, forget)
    qualification = page_shell.qualification(bound)
    page_shell.heading(place.title, qualification, bound)
    if error := state.get(f"{place.key}-error"):
        page_shell.not_read(error)
        if refused := state.get(f"{place.key}-refused"):
            file_reading.ask_columns(refused[0], partial(read, place, qualification), refused[1])
    visit_memory.tell(FILE, "The learners you read in were", "Read your file again.")
    return qualification, taken


def read(place: Place, qualification: Qualification, source: Source) -> None:
    """Takes a file if anything in it can be answered; else leaves all as it was and says why."""
    state = st.session_state
    state[f"{place.key}-error"], state[f"{place.key}-refused"] = "", None
    before: Taken | None = visit_memory.get(FILE)
    try:
        taken = of_file(qualification, source, place.requests)
        take(taken)
        again = before is not None and before.source is not None and before.source.content == source.content
        if before is not None and not again:
            with suppress(DataError):  # no room: then what was here is gone
                visit_memory.put(BEFORE, before, visit_memory.Worth.FILE)
    except DataError as error:
        state[f"{place.key}-error"] = page_shell.problem_list(error)
        state[f"{place.key}-refused"] = (source, error)


def take(taken: Taken) -> None:
    """Makes these the learners of every page about many."""
    visit_memory.put(FILE, taken, visit_memory.Worth.FILE, "the learners you read in")
    visit_memory.drop([BEFORE])
    register_said.forget()


def go_on_with(place: Place, taken: Taken, words: str) -> Said:
    """Goes on with the same learners as they are kept now; what was chosen on the page stays.

    Gives `words` to be said of them.
    """
    take(taken)
    st.session_state[f"{place.key}-of"] = taken.key
    return Said(words, about=taken.key)


def here() -> tuple[Kept, ...]:
    """What the register keeps of the learners taken in, as of when they were."""
    taken: Taken | None = visit_memory.get(FILE)
    return () if taken is None else taken.opened


def forget() -> None:
    """Lets the learners go."""
    visit_memory.drop([FILE, BEFORE])
    register_said.forget()


# Ways in


def ways_in(place: Place, qualification: Qualification) -> None:
    """The field for a file, and the empty table."""
    page_shell.upload(
        place.upload,
        ["csv", "xlsx"],
        f"{place.key}-file",
        lambda name, content: read(place, qualification, Source(name, content)),
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
        kept(qualification, None)
    ways_in(place, qualification)
    visit = learners_here.held()
    if not visit.blank and visit.under == qualification.id:
        people = numbered(len(visit.portfolios), "learner")
        whose = f"{people} from Learners" if visit.source else f"{people} that you entered"
        st.button(
            f"Go on with the {whose}",
            key=f"{place.key}-visit",
            icon=":material/group:",
            type="primary",
            on_click=faults.guarded(_go_on),
        )
    st.button(
        place.example_words,
        key=f"{place.key}-example",
        icon=":material/group:",
        on_click=faults.guarded(read),
        args=(place, qualification, Source(place.example_name, place.example(qualification))),
    )
    page_shell.download(
        "Download them as an example file",
        partial(place.example, qualification),
        place.example_name,
        f"{place.key}-example-file",
    )
    if not begun:
        kept(qualification, None)


def _go_on() -> None:
    take(of_visit(learners_here.held()))


def kept(qualification: Qualification, taken: Taken | None, agree: Agree | None = None) -> None:
    """Where learners are kept, opening and saving; that nothing is kept, where there is no register.

    `agree` keeps what a page has found out about learners whom the register keeps.
    """
    register = register_desk.in_use()
    if register is None:
        page_shell.note(KEEPS_NOTHING)
        return
    save: Agree | None = None
    if taken is not None:
        save = partial(_save, qualification, taken) if taken.sources else agree
    about = taken.key if taken else ""
    work = DeskWork(about, save, lambda found: take(of_kept(qualification, found)))
    if taken is None:
        with st.container(border=True, key="register"):
            register_desk.show(register, qualification, work)
        return
    words = "Not kept unless you save · **save**" if save else "Nothing to save here · **open others**"
    with st.expander(words, key="register-folded", icon=":material/save:"):
        register_desk.show(register, qualification, work)


def _save(qualification: Qualification, taken: Taken, register: Register, actor: Actor) -> Said:
    merged = [register_desk.imported(register, actor, qualification, each) for each in taken.sources]
    kinds = ("new", "changed", "unchanged")
    counts = ", ".join(f"{sum(getattr(each, kind) for each in merged)} {kind}" for kind in kinds)
    people = numbered(len(taken.learners), "learner")
    rows = "the file's rows" if len(merged) == 1 else "the files' rows"
    disputes = tuple(dispute for each in merged for dispute in each.disputes)
    return Said(f"Saved: {people}; of {rows} {counts}.", "", disputes, taken.key)


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
    _second(qualification, taken)
    with st.expander(label, key=f"{place.key}-files", icon=":material/description:"):
        columns = st.columns(2, gap="medium") if beside else [st.container()]
        with columns[0]:
            ways_in(place, qualification)
            st.button("Forget these learners", key=f"{place.key}-forget", on_click=forget)
        if beside:
            with columns[1]:
                beside()
    kept(qualification, taken, agree)
    if taken.source is not None:
        again = partial(read, place, qualification)
        file_reading.ask(taken.source, again, taken.problems, taken.unknown)


def _second(qualification: Qualification, taken: Taken) -> None:
    """That these learners stand in the place of others, and the way to go on with both."""
    before: Taken | None = visit_memory.get(BEFORE)
    if before is None or before.under != taken.under:
        return
    from planner.register.side_by_side import side_by_side

    found = side_by_side(qualification, before.learners, taken.learners, taken.name)
    merge = partial(take, together(before, taken, found))
    second_file.instead(before.name, taken.name, found, merge, partial(visit_memory.drop, [BEFORE]))


def how_read(place: Place, qualification: Qualification, taken: Taken) -> None:
    """Which column of the file was taken for what."""
    if taken.source is not None:
        file_reading.show(taken.source, partial(read, place, qualification), taken.sheets, place.columns)


def opens(taken: Taken, learner: str, key: str) -> None:
    """The way to the page of one learner."""
    if st.button("Open this learner", key=key, icon=":material/person:"):
        learners_here.open_learner(taken.visit(), learner)
        st.switch_page(portfolio.page())
