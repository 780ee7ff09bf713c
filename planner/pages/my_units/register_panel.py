"""The register on the page: where work is kept, who acts, opening and saving, and what happened to a learner.

Its library takes a second to import, so that only what needs it does. Nothing is made before somebody saves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.loading import REGISTER_VARIABLE
from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.files.people import identity
from planner.pages.my_units.decisions import put
from planner.pages.my_units.portfolio_visit import Visit, loaded
from planner.pages.shared import faults, page_shell
from planner.pages.shared.words import plain
from planner.records.portfolios import Portfolio
from planner.records.registrations import LONGEST
from planner.records.wishes import Request, Wishes
from planner.rules.measure import numbered

if TYPE_CHECKING:
    from planner.register import Actor, Dispute, Kept, Person, Register

PERSON = "register-who"
"""Where the session has the name of who works here, once it is picked."""

SAID = "register-said"
"""Where the session has what came of the last saving or opening."""

ALONE = ("127.0.0.1", "::1", "localhost")
"""The addresses of a server that only this machine reaches: whoever comes from elsewhere is not signed in."""

WHO = "Who you are (this computer, not signed in)"

LATEST = 200
"""Events of a learner that are told, the latest first."""

MOST_DISPUTES = 50

THE_REGISTER = "the register"
"""What a visit that was opened from it names as its source."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of saving or opening: `kept` are the portfolios as they were then kept."""

    words: str
    problems: str = ""
    disputes: tuple[Dispute, ...] = ()
    kept: tuple[Portfolio, ...] = ()


@dataclass(frozen=True, slots=True)
class Doors:
    """How the panel comes to what the page holds: what is there now, a change to it, and a new beginning."""

    held: Callable[[], Visit]
    put: Callable[[Visit], None]
    start: Callable[[Visit], None]


def in_use() -> Register | None:
    """The register that the page works with; None where the server has none, or others reach it too."""
    address = os.environ.get(REGISTER_VARIABLE)
    if not address or page_shell.on_network() or st.get_option("server.address") not in ALONE:
        return None
    return _register(address)


@lru_cache(maxsize=4)
def _register(address: str) -> Register:
    from planner.register import Register

    return Register(address)


def show(qualification: Qualification, visit: Visit, doors: Doors) -> None:
    """Draws where work is kept and what can be done about it; nothing where there is no register."""
    register = in_use()
    if register is None:
        return
    with st.container(border=True, key="register"):
        st.markdown(f"Kept {plain(register.storage.words)}. Nothing is kept unless you save.")
        try:
            people = register.people()
        except DataError as error:
            st.error(page_shell.problem_list(error))
            return
        if people or not visit.blank:
            _who(people)
            with st.container(horizontal=True, vertical_alignment="bottom"):
                if not visit.blank:
                    save = partial(_save, register, qualification, doors)
                    _button("Save", "register-save", ":material/save:", register, save)
                if people:
                    _whose(people)
                    open_ = partial(_open, register, qualification, doors)
                    _button(
                        "Open from the register", "register-open", ":material/folder_open:", register, open_
                    )
            _told(visit)
            _history(register, _acting(people), visit)


def forget() -> None:
    """Drops what was said of the portfolios before."""
    st.session_state.pop(SAID, None)


def _button(label: str, key: str, icon: str, register: Register, act: Callable[[Actor], Said | None]) -> None:
    def clicked() -> None:
        forget()
        try:
            actor = _acting(register.people())
            said = Said("", "Say who you are first.") if actor is None else act(actor)
        except DataError as error:
            disputes = tuple(getattr(error, "disputes", ()))
            problems = "" if disputes else page_shell.problem_list(error)
            said = Said("Nothing was saved, and nothing of yours is lost", problems, disputes)
        if said is not None:
            st.session_state[SAID] = said

    st.button(label, key=key, icon=icon, on_click=faults.guarded(clicked))


# Who acts


def _acting(people: Sequence[Person]) -> Actor | None:
    """Who says that they work here; None until they do."""
    from planner.register import Actor

    state = st.session_state
    name = state.get("register-person" if people else "register-name") or ""
    role = state.get(f"register-role-{name}" if people else "register-as") or ""
    return Actor(name, role) if identity(name) else None


def _who(people: Sequence[Person]) -> None:
    """The choice of who works here, or the name of the first who does."""
    if not people:
        with st.container(horizontal=True):
            st.text_input(WHO, key="register-name", max_chars=LONGEST, placeholder="Your name")
            st.selectbox("Role", ("manager", "assessor", "IQA"), key="register-as")
        page_shell.note("The first person saved is the register's manager.")
        return
    roles = {person.name: person.roles for person in people if person.roles}
    known = st.session_state.get(PERSON)
    if known not in roles:
        known = next(iter(roles)) if len(roles) == 1 else None
    put("register-person", known)
    with st.container(horizontal=True):
        st.selectbox(
            WHO,
            list(roles),
            index=None,
            key="register-person",
            placeholder="Choose your name",
            on_change=lambda: st.session_state.update({PERSON: st.session_state["register-person"]}),
        )
        if known:
            st.selectbox("Role", _ranked(roles[known]), key=f"register-role-{known}")


def _ranked(roles: Iterable[str]) -> list[str]:
    from planner.register.roles import ROLES

    return sorted(roles, key=ROLES.index)


# Opening


def _whose(people: Sequence[Person]) -> None:
    assessors = ["", *(person.name for person in people if "assessor" in person.roles)]
    st.selectbox(
        "Which of those kept",
        assessors,
        format_func=lambda name: f"Those of {name}" if name else "All",
        key="register-of",
        width=260,
    )


def _open(register: Register, qualification: Qualification, doors: Doors, actor: Actor) -> Said | None:
    of = st.session_state["register-of"]
    chosen = None
    if of:
        mine = register.learners(actor, qualification=qualification.id, assessor=of)
        chosen = [each.registration for each in mine]
    kept = register.load(actor, qualification, registrations=chosen)
    if not kept:
        whose = f" whose assessor is {of}" if of else ""
        return Said(f"The register has no learner of this qualification{whose}.")
    people = tuple(each.portfolio for each in kept)
    doors.start(Visit(people, people, source=THE_REGISTER, under=qualification.id, opened=kept))
    return None


# Saving


def _save(register: Register, qualification: Qualification, doors: Doors, actor: Actor) -> Said:
    visit, disputes = saved(register, actor, qualification, doors.held())
    doors.put(visit)
    st.session_state.update({PERSON: actor.name, f"register-role-{actor.name}": actor.role})
    count = numbered(len(visit.opened), "learner")
    return Said(f"Saved: {count} in the register as shown here.", "", disputes, visit.portfolios)


def saved(
    register: Register, actor: Actor, qualification: Qualification, visit: Visit
) -> tuple[Visit, tuple[Dispute, ...]]:
    """The visit after its portfolios are saved, as they are then kept, and what of a file was not taken.

    A file is imported as it is, as the command does; what was changed since is saved on top of it. Of who is
    in doubt nothing is kept.

    Raises
    ------
    OvertakenError
        Somebody else has changed the same: what the page holds is not saved.
    DataError
        A text cannot be kept, or the actor may not do it.
    """
    if any(each.learner == "-" for each in visit.portfolios):
        message = "say whose portfolio it is, at the learner's details: what is kept is somebody's"
        raise DataError([Problem("This portfolio", message)])
    bases = {kept.learner: kept for kept in visit.opened}
    disputes: tuple[Dispute, ...] = ()
    if visit.file is not None:
        read, file = loaded(qualification, visit.file).portfolios, visit.file
        if [each.learner for each in read] == [each.learner for each in visit.portfolios]:
            disputes = register.import_file(
                actor,
                page_shell.on_file(),
                file.name,
                file.content,
                default=qualification.id,
                wording=file.wording,
                same=file.same,
            ).disputes
            bases = {each.learner: _base(qualification, each) for each in read}
    judged = [each for each in visit.portfolios if not each.doubt]
    mine = [each for each in judged if each.learner not in bases or bases[each.learner].portfolio != each]
    opened = [bases[each.learner] for each in mine if each.learner in bases]
    register.save(actor, qualification, mine, opened=opened)
    found = register.load(actor, qualification, [each.learner for each in judged])
    return as_kept(visit, found), disputes


def _base(qualification: Qualification, portfolio: Portfolio) -> Kept:
    """What a file has said of a learner, as what both sides know."""
    from planner.register import Kept

    return Kept("", qualification.id, portfolio, Request(portfolio.learner, Wishes()))


def as_kept(visit: Visit, found: Iterable[Kept]) -> Visit:
    """The visit with its portfolios as they are kept; whom the register does not have stays as they are."""
    kept = {identity(each.learner): each for each in found}
    now, filed = list(visit.portfolios), list(visit.filed)
    for number, portfolio in enumerate(visit.portfolios):
        here = kept.get(identity(portfolio.learner))
        if here is not None and not portfolio.doubt:
            now[number] = replace(here.portfolio, rows_left_out=portfolio.rows_left_out)
            filed[number] = now[number]
    return replace(visit, portfolios=tuple(now), filed=tuple(filed), opened=tuple(kept.values()), file=None)


# What is told


def _told(visit: Visit) -> None:
    said: Said | None = st.session_state.get(SAID)
    if said is None:
        return
    if said.problems:
        st.error(said.problems)
    if said.disputes:
        count = numbered(len(said.disputes), "value")
        st.warning(
            f"**{plain(said.words)}.** {count} differ from what somebody else has saved:"
            if not said.kept
            else f"{plain(said.words)} {count} of the file were not taken, what was kept stays:",
            icon=":material/call_merge:",
        )
        for dispute in said.disputes[:MOST_DISPUTES]:
            st.markdown(f"- {plain(str(dispute))}")
        if len(said.disputes) > MOST_DISPUTES:
            st.markdown(f"- and {len(said.disputes) - MOST_DISPUTES} more")
    elif said.words and said.kept in ((), visit.portfolios):
        (st.success if said.kept else st.info)(plain(said.words))


def _history(register: Register, actor: Actor | None, visit: Visit) -> None:
    """What happened to the learner shown, where the register has them."""
    of = identity(visit.portfolio.learner)
    kept = next((each for each in visit.opened if identity(each.learner) == of), None)
    if kept is None or actor is None:
        return
    folded = st.expander("What happened to this learner", key="register-history", on_change="rerun")
    if not folded.open:
        return
    with folded:
        try:
            events = register.history(actor, kept.registration, LATEST)
        except DataError as error:
            st.error(page_shell.problem_list(error))
            return
        for event in reversed(events):
            st.markdown(f"- {plain(str(event))}")
