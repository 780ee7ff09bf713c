"""The learners of a visit: their portfolios, what they ask for, and where both come from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from planner.catalogue.qualification import Qualification
from planner.errors import Problem
from planner.files.people import identity
from planner.files.tables import SheetRead
from planner.files.text_files import csv_bytes
from planner.pages.learners import decisions
from planner.pages.shared.file_reading import Source
from planner.pages.shared.register_desk import THE_REGISTER
from planner.planning.solve import plan as best_plan
from planner.records.agreed import Agreed
from planner.records.cohort_rows import REF_COLUMNS
from planner.records.learner_files import as_portfolio, learner_file
from planner.records.portfolio_files import portfolio_file
from planner.records.portfolios import Portfolio
from planner.records.wishes import Request, Wishes

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Kept

EXAMPLE = "invented-portfolios.csv"

BLANK = Portfolio("-", recorded=False)
"""What the page starts with: nobody's portfolio, nothing in it."""


Offer = frozenset[str] | None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Visit:
    """The portfolios of this visit, in the file's order, and what their learners ask for.

    `filed` holds each portfolio as a file or the register last held it, so that what differs would be lost
    with the page.
    """

    portfolios: tuple[Portfolio, ...] = (BLANK,)
    filed: tuple[Portfolio, ...] = (BLANK,)
    shown: int | None = None
    """The place of the one shown; None where all of several are listed."""
    source: str = ""
    problems: tuple[Problem, ...] = ()
    sheets: tuple[SheetRead, ...] = ()
    unknown: tuple[str, ...] = ()
    """Words of the file for how far units are that nobody has said the meaning of."""
    under: str = ""
    """The number of the qualification whose rules judge them; none while there is nothing to judge."""
    opened: tuple[Kept, ...] = ()
    """What the register kept of these learners when they were opened or saved."""
    sources: tuple[Source, ...] = ()
    """The files that they were read from."""
    taken_in: bool = False
    """Whether the register has taken these files in."""
    wished: Mapping[str, Request] = field(default_factory=dict)
    """What learners ask for beside the units of their portfolios, by reference."""
    rows: Mapping[str, Request] = field(default_factory=dict)
    """The row of wishes of each who was told in one alone, by reference: what it holds is the portfolio."""
    agreed: Mapping[str, Agreed] = field(default_factory=dict)
    """The calendars agreed, as a file tells them, by reference."""
    renamed: Mapping[int, str] = field(default_factory=dict)
    """The references by which the register knows portfolios that have another one now, by their number."""

    @property
    def place(self) -> int | None:
        """The place of the portfolio shown, which the only one always is; None for the list of all."""
        return 0 if len(self.portfolios) == 1 else self.shown

    @property
    def file(self) -> Source | None:
        """The file that they were read from, to read it again; None where that was none, or several."""
        only = self.sources[0] if len(self.sources) == 1 else None
        return only if only is not None and only.name == self.source else None

    @property
    def new_files(self) -> tuple[Source, ...]:
        """The files that the register has not taken in."""
        return () if self.taken_in else self.sources

    @property
    def learners(self) -> tuple[Portfolio | Request, ...]:
        """Everybody as plans are made for them: by their row of wishes, until more is known than that."""
        return tuple(self._told(each) for each in self.portfolios)

    def _told(self, one: Portfolio) -> Portfolio | Request:
        row = self.rows.get(one.learner)
        if row is None or one.decisions or one.doubt:
            return one
        own = as_portfolio(row)
        if (one.entries, one.outside) != (own.entries, own.outside):
            return one
        return replace(row, name=one.details.name, details=replace(one.details, name=row.details.name))

    def asks(self, number: int) -> Wishes | None:
        """What one of them asks for beside their units; None where nothing is known of it."""
        request = self.wished.get(self.portfolios[number].learner)
        return request.wishes if request else None

    def goals(self, number: int) -> tuple[str, ...]:
        """The goals of a plan for one of them, as their row of wishes has them; none for all others."""
        told = self._told(self.portfolios[number])
        return told.wishes.goals if isinstance(told, Request) else ()

    @property
    def portfolio(self) -> Portfolio:
        """The portfolio shown; the first while all are listed."""
        return self.portfolios[self.place or 0]

    def mark(self, number: int) -> str:
        """What stands for one of them in an address: the register's random number, else their place."""
        kept = self.kept.get(number)
        return (kept.registration if kept else "") or str(number + 1)

    def marked(self, mark: str) -> int | None:
        """The place of the one whom such a mark stands for; None if it does for nobody here."""
        if mark in (each.registration for each in self.opened):
            return next((n for n, each in self.kept.items() if each.registration == mark), None)
        place = int(mark) - 1 if mark.isdecimal() and len(mark) < 10 else -1
        return place if 0 <= place < len(self.portfolios) else None

    @property
    def blank(self) -> bool:
        """Whether there is nothing to judge yet."""
        return self.portfolios == (BLANK,)

    def differs_from(self, before: Visit) -> bool:
        """Whether it is of another file than the visit before, and not of the same one, read again."""
        if self.file is not None and before.file is not None:
            return self.file.content != before.file.content
        return self.source != before.source

    @property
    def unfiled(self) -> tuple[str, ...]:
        """The learners whose portfolios no file holds as they are now."""
        pairs = zip(self.portfolios, self.filed, strict=True)
        return tuple(now.learner for now, then in pairs if now != then)

    @property
    def kept(self) -> dict[int, Kept]:
        """What the register kept of the portfolios, by their number, also of those renamed."""
        by = {identity(each.learner): each for each in self.opened}
        found = {number: by[identity(learner)] for number, learner in self.renamed.items()}
        taken = {id(each) for each in found.values()}
        for number, each in enumerate(self.portfolios):
            there = by.get(identity(each.learner))
            if there is not None and id(there) not in taken:
                found[number] = there
        return found

    def changed(self, number: int, change: decisions.Change) -> Visit:
        """The visit after a change to one portfolio."""
        found = list(self.portfolios)
        before, found[number] = found[number], change(found[number])
        if not before.entries and found[number].entries:  # a person has said what no row did
            found[number] = replace(found[number], doubt="")
        old, new, renamed = before.learner, found[number].learner, dict(self.renamed)
        if old == new:
            return replace(self, portfolios=tuple(found))
        if number in (kept := self.kept):
            renamed[number] = kept[number].learner
        rows, wished, agreed = dict(self.rows), dict(self.wished), dict(self.agreed)
        for requests in (rows, wished):
            if old in requests:
                requests[new] = replace(requests.pop(old), learner=new)
        if old in agreed:
            agreed[new] = agreed.pop(old)
        now = replace(self, portfolios=tuple(found), renamed=renamed)
        return replace(now, rows=rows, wished=wished, agreed=agreed)

    def downloaded(self, number: int, portfolio: Portfolio) -> Visit:
        """The visit after one portfolio went into a file."""
        return replace(self, filed=(*self.filed[:number], portfolio, *self.filed[number + 1 :]))


def loaded(qualification: Qualification, file: Source, requests: bool = False) -> Visit:
    """The visit that starts with a file of portfolios, of a cohort, or of both; see `learner_file`.

    Raises
    ------
    DataError
        Nothing in the file can be answered.
    """
    read = learner_file(
        qualification, file.name, file.content,
        wording=file.wording, same=file.same, requests=requests,
    )  # fmt: skip
    rows = all(isinstance(each, Request) for each in read.learners)
    columns = {column for sheet in read.sheets for column in sheet.columns.values()}
    if rows and not requests and not columns & {"held", "tasks", *REF_COLUMNS}:
        # A learner alone may be any file's: it is said what a file of portfolios has.
        portfolio_file(qualification, file.name, file.content, wording=file.wording, same=file.same)
    return of_learners(
        Visit(
            source=file.name,
            problems=read.problems,
            sheets=read.sheets,
            unknown=read.unknown_statuses,
            under=qualification.id,
            sources=(file,),
            wished=read.wished,
            agreed=read.agreed,
        ),
        read.learners,
    )


def of_learners(visit: Visit, learners: Iterable[Portfolio | Request]) -> Visit:
    """The visit with these learners in place of its own, as they are held; it knows what some ask for."""
    told = tuple(learners)
    people = tuple(as_portfolio(each) if isinstance(each, Request) else each for each in told)
    rows = {each.learner: each for each in told if isinstance(each, Request)}
    asked = {**visit.wished, **rows}
    wished = {each.learner: _beside(asked[each.learner], each) for each in people if each.learner in asked}
    return replace(visit, portfolios=people, filed=people, wished=wished, rows=rows)


def of_kept(qualification: str, kept: tuple[Kept, ...]) -> Visit:
    """The visit that starts with what the register keeps for the qualification of this number.

    Units that a row of wishes holds are among those of the portfolio.
    """
    people = tuple(map(_with_held, kept))
    asked = {each.learner: each.request for each in kept if each.wished}
    alone = {each.learner for each in kept if not each.portfolio.entries and not each.portfolio.decisions}
    return Visit(
        people,
        people,
        source=THE_REGISTER,
        under=qualification,
        opened=kept,
        wished={each.learner: _beside(asked[each.learner], each) for each in people if each.learner in asked},
        rows={learner: each for learner, each in asked.items() if learner in alone},
        agreed={each.learner: each.calendar for each in kept if each.calendar},
    )


def _with_held(kept: Kept) -> Portfolio:
    portfolio, own = kept.portfolio, as_portfolio(kept.request)
    known = {each.ref for each in portfolio.entries}
    more = tuple(each for each in own.entries if each.ref not in known) if kept.wished else ()
    outside = tuple(dict.fromkeys((*portfolio.outside, *(own.outside if kept.wished else ()))))
    if not more and outside == portfolio.outside:
        return portfolio
    recorded = portfolio.recorded and bool(known)
    return replace(portfolio, entries=(*portfolio.entries, *more), outside=outside, recorded=recorded)


def _beside(request: Request, portfolio: Portfolio) -> Request:
    """What a request says beside the units that its learner's portfolio has."""
    known = {*portfolio.achieved, *portfolio.outside}
    held, ways = request.wishes.held - known, frozenset(w for w in request.wishes.ways if w[0] not in known)
    return replace(request, wishes=replace(request.wishes, held=held, ways=ways))


def example(qualification: Qualification) -> bytes:
    """A portfolio file of two invented learners: one lacks a unit, the other begins with what is left."""
    refs = best_plan(qualification).units or tuple(qualification.by_ref)
    rows: list[tuple[object, ...]] = [("learner", "name", "ref", "status", "evidence", "assessor", "date")]
    for learner, name, done in (
        ("L01", "Ada Example", len(refs) - 1),
        ("L02", "Ben Example", len(refs) // 2),
    ):
        for number, ref in enumerate(refs[: done + 1], start=1):
            achieved = number <= done
            status = "verified" if achieved else "in progress"
            evidence, assessor = (f"E{number}", "Ann Example") if achieved else ("", "")
            rows.append((learner, name, ref, status, evidence, assessor, date.today()))
    return csv_bytes(rows)


def record_name(learner: str) -> str:
    """The name of a record's file: with the learner's reference if it is a plain one, else without."""
    fits = re.fullmatch(r"[A-Za-z0-9_-]{1,40}", learner) and learner != "-"
    return f"achievement-record-{learner}.xlsx" if fits else "achievement-record.xlsx"
