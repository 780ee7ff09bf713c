"""The register on the portfolio page: what is opened, what is saved, and what happened to a learner."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.files.people import identity
from planner.pages.my_units.portfolio_visit import Visit, loaded
from planner.pages.shared import page_shell, register_desk, register_said
from planner.pages.shared.register_desk import THE_REGISTER, DeskWork
from planner.pages.shared.register_said import Said
from planner.pages.shared.words import plain
from planner.records.portfolios import Portfolio, rank
from planner.records.wishes import Request, Wishes
from planner.rules.measure import numbered

if TYPE_CHECKING:
    from planner.register import Actor, Dispute, Kept, Register
    from planner.register.merging import Settled

LATEST = 200
"""Events of a learner that are told, the latest first."""


SEEN = "audit-seen"
"""Where the session has the head of the history as of which the learners here are known."""


@dataclass(frozen=True, slots=True)
class Doors:
    """How the panel comes to what the page holds: what is there now, a change to it, and a new beginning."""

    held: Callable[[], Visit]
    put: Callable[[Visit], None]
    start: Callable[[Visit], None]


def show(qualification: Qualification, visit: Visit, doors: Doors) -> None:
    """Draws where work is kept and what can be done about it; nothing where there is no register."""
    register = register_desk.in_use()
    if register is None:
        return
    save = None if visit.blank else partial(_save, qualification, doors)
    with st.container(border=True, key="register"):
        _renaming(visit)
        work = DeskWork(
            visit.portfolios, save, lambda kept: doors.start(of_kept(qualification, kept)), going_back(visit)
        )
        _history(register, register_desk.show(register, qualification, work), visit)


def of_kept(qualification: Qualification, kept: tuple[Kept, ...]) -> Visit:
    """The visit that starts with what the register keeps."""
    people = tuple(each.portfolio for each in kept)
    return Visit(people, people, source=THE_REGISTER, under=qualification.id, opened=kept)


def renewed(qualification: Qualification, visit: Visit, put: Callable[[Visit], None]) -> Visit:
    """The visit with what others have saved since; whoever is shown stays so.

    What is changed here and not saved yet stays as it is: saving tells what differs.
    """
    if visit.unfiled or visit.renamed or len(visit.opened) != len(visit.portfolios):
        return visit
    found = register_desk.renewed(qualification, visit.opened, SEEN)
    if found == visit.opened:
        return visit
    shown = visit.kept[visit.shown].registration if visit.shown in visit.kept else ""
    places = {each.registration: place for place, each in enumerate(found)}
    now = replace(of_kept(qualification, found), shown=places.get(shown)) if found else Visit()
    put(now)
    return now


def _renaming(visit: Visit) -> None:
    """What becomes of learners whose reference was changed: they stay who they are."""
    for number, old in visit.renamed.items():
        new = visit.portfolios[number].learner
        if identity(new) != identity(old):
            st.info(
                f"{plain(old)} is **{plain(new)}** once you save: the same person, with all that is kept. "
                "For somebody else put the old reference back and start again."
            )


# Saving


def _save(qualification: Qualification, doors: Doors, register: Register, actor: Actor) -> Said:
    reason = st.session_state.get(register_desk.REASON, "")
    visit, disputes = saved(register, actor, qualification, doors.held(), reason, register_said.settled())
    doors.put(visit)
    count = numbered(len(visit.opened), "learner")
    return Said(f"Saved: {count} in the register as shown here.", "", disputes, visit.portfolios)


def saved(
    register: Register,
    actor: Actor,
    qualification: Qualification,
    visit: Visit,
    reason: str = "",
    settled: Settled | None = None,
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
    bases = {visit.portfolios[number].learner: kept for number, kept in visit.kept.items()}
    disputes: tuple[Dispute, ...] = ()
    if visit.file is not None:
        read, file = loaded(qualification, visit.file).portfolios, visit.file
        if [each.learner for each in read] == [each.learner for each in visit.portfolios]:
            disputes = register_desk.imported(register, actor, qualification, file).disputes
            bases = {each.learner: _base(qualification, each) for each in read}
    judged = [each for each in visit.portfolios if not each.doubt]
    mine = [each for each in judged if each.learner not in bases or bases[each.learner].portfolio != each]
    opened = {each.learner: bases[each.learner] for each in mine if each.learner in bases}
    renamed = {new: kept.learner for new, kept in opened.items() if identity(new) != identity(kept.learner)}
    register.save(
        actor, qualification, mine, opened=opened.values(), reason=reason, renamed=renamed, settled=settled
    )
    found = register.load(actor, qualification, [each.learner for each in judged])
    return as_kept(visit, found), disputes


def going_back(visit: Visit) -> bool:
    """Whether a unit is less far than it was opened, or gone: the register asks why."""
    for number, kept in visit.kept.items():
        now = {entry.ref: entry.status for entry in visit.portfolios[number].entries}
        if any(rank(entry.status) > rank(now.get(entry.ref)) for entry in kept.portfolio.entries):
            return True
    return False


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
    return replace(
        visit,
        portfolios=tuple(now),
        filed=tuple(filed),
        opened=tuple(kept.values()),
        file=None,
        renamed={},
    )


def _history(register: Register, actor: Actor | None, visit: Visit) -> None:
    """What happened to the learner shown, where the register has them."""
    kept = visit.kept.get(visit.place or 0)
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
