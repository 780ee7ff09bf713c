"""The register on the portfolio page: what is opened, what is saved, and what happened to a learner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial, reduce
from typing import TYPE_CHECKING

import streamlit as st

from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.files.people import identity
from planner.pages.learners import learners_here, second_file
from planner.pages.learners.portfolio_visit import Visit, loaded, of_kept
from planner.pages.shared import page_shell, register_desk, register_said
from planner.pages.shared.register_desk import DeskWork
from planner.pages.shared.register_said import Said
from planner.pages.shared.words import plain
from planner.records.portfolios import Portfolio, rank
from planner.records.wishes import Request, Wishes
from planner.rules.measure import numbered

if TYPE_CHECKING:
    from planner.register import Actor, Kept, Register
    from planner.register.merging import Merged, Settled

LATEST = 200
"""Events of a learner that are told, the latest first."""


SEEN = "audit-seen"
"""Where the session has the head of the history as of which the learners here are known."""


def show(qualification: Qualification, visit: Visit) -> None:
    """Draws where work is kept and what can be done about it; nothing where there is no register."""
    register = register_desk.in_use()
    if register is None:
        return
    save = None if visit.blank else partial(keep, qualification)
    with st.container(border=True, key="register"):
        _renaming(visit)
        work = DeskWork(
            visit.portfolios,
            save,
            partial(begin, qualification),
            going_back(visit),
        )
        _history(register, register_desk.show(register, qualification, work), visit)


def begin(qualification: Qualification, kept: tuple[Kept, ...]) -> None:
    """Begins with what the register keeps, unless that loses changes."""
    learners_here.unless_lost(of_kept(qualification.id, kept))


def renewed(qualification: Qualification, visit: Visit) -> Visit:
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
    now = replace(of_kept(qualification.id, found), shown=places.get(shown)) if found else Visit()
    learners_here.put(now, known=True)
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


def keep(qualification: Qualification, register: Register, actor: Actor) -> Said:
    """Saves the learners of the visit."""
    reason = st.session_state.get(register_desk.REASON, "")
    visit, merged = saved(
        register, actor, qualification, learners_here.held(), reason, register_said.settled()
    )
    learners_here.put(visit, known=True)
    words = f"Saved: {numbered(len(visit.opened), 'learner')} in the register as shown here."
    if merged:
        kinds = ("new", "changed", "unchanged")
        counts = ", ".join(f"{sum(getattr(each, kind) for each in merged)} {kind}" for kind in kinds)
        words += f" Of {'the file' if len(merged) == 1 else 'the files'}: {counts}."
    disputes = tuple(dispute for each in merged for dispute in each.disputes)
    return Said(words, "", disputes, visit.portfolios)


def saved(
    register: Register,
    actor: Actor,
    qualification: Qualification,
    visit: Visit,
    reason: str = "",
    settled: Settled | None = None,
) -> tuple[Visit, list[Merged]]:
    """The visit after its learners are saved, as they are then kept, and what became of its files.

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
    judged = {each.learner for each in visit.portfolios if not each.doubt}
    bases = {visit.portfolios[number].learner: kept for number, kept in visit.kept.items()}
    before = {new: told for new, kept in bases.items() for told in of_kept(visit.under, (kept,)).learners}
    merged: list[Merged] = []
    if (both := _both(qualification, visit)) is not None:
        merged = [register_desk.imported(register, actor, qualification, each) for each in visit.new_files]
        before = {each.learner: each for each in both.learners}
        bases = {learner: _base(qualification, each) for learner, each in before.items()}
    mine = [
        said
        for each in visit.learners
        if each.learner in judged and each != before.get(each.learner)
        for said in _said(visit, each, before.get(each.learner))
    ]
    known = {each.learner for each in mine} & bases.keys()
    renamed = {new: bases[new].learner for new in known if identity(new) != identity(bases[new].learner)}
    opened = [bases[learner] for learner in known]
    register.save(actor, qualification, mine, opened=opened, reason=reason, renamed=renamed, settled=settled)
    return as_kept(visit, register.load(actor, qualification, list(judged))), merged


def _both(qualification: Qualification, visit: Visit) -> Visit | None:
    """What the register and the files say together, if the files can still be taken as they are."""
    if not visit.new_files:
        return None
    found = [loaded(qualification, each) for each in visit.new_files]
    if visit.opened:
        found.insert(0, of_kept(qualification.id, visit.opened))
    both = reduce(partial(_with, qualification), found)
    here = {each.learner for each in visit.portfolios}
    return both if {each.learner for each in both.portfolios} == here else None


def _with(qualification: Qualification, here: Visit, other: Visit) -> Visit:
    return second_file.together(here, other, second_file.beside(qualification, here, other))


def _said(
    visit: Visit, one: Portfolio | Request, before: Portfolio | Request | None
) -> Iterator[Portfolio | Request]:
    """What of one learner is to be saved; what is left of a row of wishes that has become a portfolio."""
    yield one
    beside = visit.wished.get(one.learner)
    if isinstance(one, Portfolio) and beside is not None and not isinstance(before, Portfolio):
        yield replace(beside, name=one.details.name, details=one.details)


def going_back(visit: Visit) -> bool:
    """Whether a unit is less far than it was opened, or gone: the register asks why."""
    for number, kept in visit.kept.items():
        now = {entry.ref: entry.status for entry in visit.portfolios[number].entries}
        if any(rank(entry.status) > rank(now.get(entry.ref)) for entry in kept.portfolio.entries):
            return True
    return False


def _base(qualification: Qualification, one: Portfolio | Request) -> Kept:
    """What a file has said of a learner, as what both sides know."""
    from planner.register import Kept

    if isinstance(one, Portfolio):
        return Kept("", qualification.id, one, Request(one.learner, Wishes()))
    details = replace(one.details, name=one.name)
    return Kept("", qualification.id, Portfolio(one.learner, details=details), one, wished=True)


def as_kept(visit: Visit, found: Iterable[Kept]) -> Visit:
    """The visit with its portfolios as they are kept; whom the register does not have stays as they are."""
    there = of_kept(visit.under, tuple(found))
    kept = {identity(each.learner): each for each in there.portfolios}
    now, filed = list(visit.portfolios), list(visit.filed)
    for number, portfolio in enumerate(visit.portfolios):
        here = kept.get(identity(portfolio.learner))
        if here is not None and not portfolio.doubt:
            now[number] = replace(here, rows_left_out=portfolio.rows_left_out)
            filed[number] = now[number]
    left = {each.learner for each in now} - {each.learner for each in there.portfolios}
    return replace(
        visit,
        portfolios=tuple(now),
        filed=tuple(filed),
        opened=there.opened,
        taken_in=True,
        renamed={},
        wished={**{name: each for name, each in visit.wished.items() if name in left}, **there.wished},
        rows={**{name: each for name, each in visit.rows.items() if name in left}, **there.rows},
        agreed={**visit.agreed, **there.agreed},
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
