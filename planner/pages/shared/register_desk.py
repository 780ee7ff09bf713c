"""The register on a page: where work is kept, who works here, opening and saving, and what came of it.

Its library takes a second to import, so that only what needs it does. Nothing is made before somebody saves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.loading import DEMO_FILE, REGISTER_VARIABLE
from planner.catalogue.qualification import Qualification
from planner.errors import DataError
from planner.files.people import identity
from planner.pages.shared import faults, page_shell, register_said, sign_in
from planner.pages.shared.file_reading import Source
from planner.pages.shared.register_said import SAID, Said
from planner.pages.shared.words import plain
from planner.records.registrations import LONGEST
from planner.records.sign_in import in_force, is_guarded

if TYPE_CHECKING:
    from planner.register import Actor, Kept, Merged, Person, Register
    from planner.register.glance import Glance

PERSON, ROLES = "register-who", "register-roles"
"""Where the session has the name of who works here, once it is picked, and the role of each who did."""

INVENTED = "register-invented"
"""Where the session has the address of the invented centre, once a visit tries it."""

GO_ON = "register-go-on"
"""Where the session notes that the first page was asked to go on with the register's learners."""

ALONE = ("127.0.0.1", "::1", "localhost")
"""The addresses of a server that only this machine reaches: whoever comes from elsewhere is not signed in."""

WHO = "Who you are (this computer, not signed in)"

STAFF = ("assessor", "IQA", "manager")
"""The roles that a page may make somebody known in."""

REASON = "register-reason"
"""The key of the field for why a unit goes back."""

NOBODY = "The register has no such learner of this qualification for you."

THE_REGISTER = "the register"
"""What is opened from it names as its source."""


@dataclass(frozen=True, slots=True)
class DeskWork:
    """What a page does with the register.

    `about` stands for what it holds; `save` keeps that, and is None where nothing is to be kept; `start`
    begins with what was opened; `back` says whether a unit goes back, which needs a reason.
    """

    about: object
    save: Callable[[Register, Actor], Said] | None
    start: Callable[[tuple[Kept, ...]], None]
    back: bool = False


def in_use() -> Register | None:
    """The register that the page works with; None where the server has none, or others reach it too."""
    address = _address()
    return None if address is None else sign_in.kept_at(address)


def is_invented() -> bool:
    """Whether that is the one of the invented centre."""
    address = _address()
    return address is not None and address.endswith(DEMO_FILE)


def _address() -> str | None:
    address = os.environ.get(REGISTER_VARIABLE)
    if in_force() is not None:
        return address
    if not address or page_shell.on_network() or not _alone():
        return None
    return str(st.session_state.get(INVENTED, address))


def _alone() -> bool:
    """Whether this machine alone reaches the page; Streamlit's own server may answer to any name."""
    hosts = set(st.get_option("server.allowedHosts"))
    others = not hosts or hosts - set(ALONE)
    return st.get_option("server.address") in ALONE and (is_guarded() or not others)


def glance(qualification: Qualification) -> Glance | None:
    """How much the register keeps for a qualification of whom who works here may see.

    None where that is nobody, or the register cannot be read; nobody and no day where it is not known yet who
    works here.
    """
    address = _address()
    if address is None or ("://" not in address and not Path(address).expanduser().is_file()):
        return None  # said without the library
    register = sign_in.kept_at(address)
    try:
        people = _people(register)
        found = _glance(register, people, qualification) if people else None
    except DataError:
        return None
    return found if found and (found.learners or _acting(people) is None) else None


def _glance(register: Register, people: Sequence[Person], qualification: Qualification) -> Glance:
    from planner.register.glance import Glance

    actor = _acting(people)
    return Glance() if actor is None else register.glance(qualification.id, actor)


def holds(qualification: Qualification) -> bool:
    """Whether the register keeps anybody for a qualification."""
    return glance(qualification) is not None


def go_on(qualification: Qualification, start: Callable[[tuple[Kept, ...]], None]) -> None:
    """Opens everybody where the first page was asked to, as soon as it is known who works here."""
    register = in_use()
    if register is None or not st.session_state.get(GO_ON):
        return
    try:
        actor = _acting(_people(register))
        if actor is None:
            st.session_state[SAID] = Said("Say who you are, and the learners are opened.")
            return
        if found := opened(register, qualification, actor):
            start(found)
            register_said.forget()
        else:
            st.session_state[SAID] = Said(NOBODY)
    except DataError as error:
        st.session_state[SAID] = Said("", page_shell.problem_list(error))
    del st.session_state[GO_ON]
    st.rerun()


def renewed(qualification: Qualification, opened: tuple[Kept, ...], key: str) -> tuple[Kept, ...]:
    """Who was opened, as they are kept now, where somebody has changed anything since.

    `key` names the place of the page that has them open. Whom somebody who has signed in may not see any more
    is not among them.
    """
    register = in_use() if opened else None
    if register is None:
        return opened
    try:
        actor = _acting(_people(register))
        head = "" if actor is None else register.head(actor)
        if not head or st.session_state.get(key) == head:
            return opened
        here = [each.registration for each in opened]
        found = register.load(actor, qualification, registrations=here)
    except DataError:
        return opened
    st.session_state[key] = head
    if in_force() is None:  # who says to be somebody else does not lose what is open
        now = {each.registration: each for each in found}
        found = tuple(now.get(each.registration, each) for each in opened)
    return found


def unless_saved() -> str:
    """How a sentence goes on that says that nothing is kept; empty where nothing can be."""
    return ", unless you save it" if in_use() else ""


def show(register: Register, qualification: Qualification, work: DeskWork) -> Actor | None:
    """Draws where work is kept and what can be done about it, and gives who works here, if that is said."""
    st.markdown(f"Kept {_where(register)}. Nothing is kept unless you save.")
    try:
        people = _people(register)
        kept = glance(qualification)
    except DataError as error:
        st.error(page_shell.problem_list(error))
        return None
    if people or work.save:
        _who(register, people)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if work.back or register_said.undoes():
                st.text_input("Why a unit goes back", key=REASON, max_chars=LONGEST)
            if work.save is not None:
                button("Save", "register-save", ":material/save:", register, partial(work.save, register))
            if kept is not None and _sees_all():
                _whose(people)
            if kept is not None:
                label = "Learners of the register" + (f" ({kept.learners})" if kept.learners else "")
                opened = partial(_open, register, qualification, work)
                button(label, "register-open", ":material/folder_open:", register, opened)
    if work.save is not None:
        save = partial(work.save, register)
        settle = partial(button, "Save as chosen", "register-settle", ":material/save:", register, save)
    register_said.tell(work.about, settle if work.save else lambda: None)
    return _acting(people)


def _where(register: Register) -> str:
    """Where work is kept, as a sentence goes on; whoever comes from elsewhere is not told a path."""
    if in_force() is not None:
        return "in the register of the centre"
    return "in the invented centre, for now" if is_invented() else plain(register.storage.words)


def _sees_all() -> bool:
    """Whether who works here may see the learners of every assessor."""
    if in_force() is None:
        return True
    from planner.register.roles import may

    found = sign_in.person()
    return found is not None and any(may(role, "read") == "any" for role in found.roles)


def button(label: str, key: str, icon: str, register: Register, act: Callable[[Actor], Said | None]) -> None:
    def clicked() -> None:
        try:
            actor = _acting(_people(register))
            said = Said("", "Say who you are first.") if actor is None else act(actor)
            if actor is not None and identity(actor.name):
                st.session_state[PERSON] = actor.name
                st.session_state.setdefault(ROLES, {})[actor.name] = actor.role
        except DataError as error:
            overtaken = tuple(getattr(error, "disputes", ()))
            problems = "" if overtaken else page_shell.problem_list(error)
            said = Said("Nothing was saved, and nothing of yours is lost", problems, overtaken=overtaken)
        register_said.forget()
        if said is not None:
            st.session_state[SAID] = said

    st.button(label, key=key, icon=icon, on_click=faults.guarded(clicked))


# Who acts


def _people(register: Register) -> tuple[Person, ...]:
    """Who works with learners, as far as whoever looks may know: without signing in they say who they are."""
    if in_force() is None:
        return register.who_may_act()
    actor = _signed_in()
    return () if actor is None else register.people(actor)


def _signed_in() -> Actor | None:
    """Who has signed in, in the role that they chose; None where people do not, or nobody has."""
    account = sign_in.account()
    if not account:
        return None
    from planner.register import Actor

    return Actor("", st.session_state.get(ROLES, {}).get(account, ""), account)


def _acting(people: Sequence[Person]) -> Actor | None:
    """Who has signed in, or says that they work here; None until they do."""
    if in_force() is not None:
        return _signed_in()
    from planner.register import Actor

    state = st.session_state
    if not people:
        name, role = state.get("register-name") or "", state.get("register-as") or ""
    else:
        name = state.get("register-person") or _known(people) or ""
        role = state.get(f"register-role-{name}") or state.get(ROLES, {}).get(name, "")
    return Actor(name, role) if identity(name) else None


def _known(people: Sequence[Person]) -> str | None:
    """Who was picked before, on whichever page; the only one there is; the manager of the invented centre."""
    names = [person.name for person in people if person.roles]
    picked: str | None = st.session_state.get(PERSON)
    if picked not in names and is_invented():
        return next((person.name for person in people if "manager" in person.roles), None)
    return picked if picked in names else names[0] if len(names) == 1 else None


def _who(register: Register, people: Sequence[Person]) -> None:
    """The choice of who works here, or the name of the first who does."""
    if not people:
        with st.container(horizontal=True):
            st.text_input(WHO, key="register-name", max_chars=LONGEST, placeholder="Your name")
            st.selectbox("Role", ("manager", "assessor", "IQA"), key="register-as")
        page_shell.note("The first person saved is the register's manager.")
        return
    if in_force() is not None:
        _in_role(register, people)
        return
    roles = {person.name: _ranked(person) for person in people if person.roles}
    known, state = _known(people), st.session_state
    page_shell.put("register-person", known)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            WHO,
            list(roles),
            index=None,
            key="register-person",
            placeholder="Choose your name",
            on_change=lambda: state.update({PERSON: state["register-person"]}),
        )
        if known:
            _role(known, roles[known])
        with st.popover("Add a person", icon=":material/person_add:"):
            _adding(register, people)


def _in_role(register: Register, people: Sequence[Person]) -> None:
    """The role of who has signed in, where there are several; to a manager who may do what."""
    found = sign_in.person()
    if found is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(found.roles) > 1:
            _role(sign_in.account(), _ranked(found))
        if "manager" in found.roles:
            with st.popover("Who may do what", icon=":material/person_add:"):
                _adding(register, people)


def _ranked(person: Person) -> list[str]:
    from planner.register.roles import ROLES as RANKED

    return sorted(person.roles, key=RANKED.index)


def _role(who: str, roles: Sequence[str]) -> None:
    """The role in which somebody acts."""
    state = st.session_state
    chosen, key = state.setdefault(ROLES, {}), f"register-role-{who}"
    page_shell.put(key, chosen[who] if chosen.get(who) in roles else roles[0])
    st.selectbox("Role", roles, key=key, on_change=lambda: chosen.update({who: state[key]}))


def _adding(register: Register, people: Sequence[Person]) -> None:
    """The name and the roles of somebody whom the register does not know yet."""

    def clicked() -> None:
        state = st.session_state
        name, roles = state["register-new"], state["register-new-as"]
        actor = _acting(_people(register))
        known = identity(name).casefold() in {identity(person.name).casefold() for person in people}
        signing = in_force() is not None
        problem = (
            "Give a name and at least one role."
            if not identity(name) or (not roles and not (known and signing))
            else "The register knows this name already."
            if known and not signing
            else "Say first who you are."
            if actor is None
            else ""
        )
        if not problem:
            try:
                account = state["register-new-account"].strip() if signing else ""
                register.add_person(actor, name, roles, account or None)
                may = f"is known now, as {' and '.join(roles)}" if roles else "may do nothing here any more"
                st.session_state[SAID] = Said(f"{name} {may}.")
                state["register-new"], state["register-new-as"], state["register-new-account"] = "", [], ""
                return
            except DataError as error:
                problem = page_shell.problem_list(error)
        st.session_state[SAID] = Said("", problem)

    st.text_input("Name", key="register-new", max_chars=LONGEST)
    st.multiselect("May act as", STAFF, key="register-new-as")
    if in_force() is not None:
        st.text_input(
            "Signs in as", key="register-new-account", max_chars=LONGEST, placeholder="ada@example.org"
        )
        page_shell.note("Of somebody known already the roles are these then; left empty, the account stays.")
    st.button("Add", key="register-add", icon=":material/person_add:", on_click=faults.guarded(clicked))
    page_shell.note("A manager adds people; whom a saved learner names as assessor is known by that.")


# Opening and saving


def _whose(people: Sequence[Person]) -> None:
    assessors = ["", *(person.name for person in people if "assessor" in person.roles)]
    if len(assessors) > 1:
        st.selectbox(
            "Which of those kept",
            assessors,
            format_func=lambda name: f"Those of {name}" if name else "All",
            key="register-of",
            width=260,
        )


def _open(register: Register, qualification: Qualification, work: DeskWork, actor: Actor) -> Said | None:
    kept = opened(register, qualification, actor, st.session_state.get("register-of", ""))
    if not kept:
        return Said(NOBODY)
    work.start(kept)
    return None


def opened(register: Register, qualification: Qualification, actor: Actor, of: str = "") -> tuple[Kept, ...]:
    """What is kept of all learners of a qualification, or of those of one assessor."""
    chosen = None
    if of:
        mine = register.learners(actor, qualification=qualification.id, assessor=of)
        chosen = [each.registration for each in mine]
    return register.load(actor, qualification, registrations=chosen)


def imported(register: Register, actor: Actor, qualification: Qualification, file: Source) -> Merged:
    """A file taken into the register as it is, as the command does."""
    return register.import_file(
        actor,
        page_shell.on_file(),
        file.name,
        file.content,
        default=qualification.id,
        wording=file.wording,
        same=file.same,
    )
