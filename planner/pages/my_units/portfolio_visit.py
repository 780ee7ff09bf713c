"""What a visit to the portfolio page holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.files.people import identity
from planner.files.tables import SheetRead
from planner.files.text_files import csv_bytes
from planner.pages.my_units import decisions
from planner.pages.shared.file_reading import Source
from planner.planning.solve import plan as best_plan
from planner.records.cohort_rows import REF_COLUMNS, cohort_file
from planner.records.learner_files import as_portfolio, perhaps_a_cohort
from planner.records.portfolio_files import portfolio_file
from planner.records.portfolios import Portfolio

if TYPE_CHECKING:  # its library takes a second to import
    from planner.register import Kept

EXAMPLE = "invented-portfolios.csv"

BLANK = Portfolio("-", recorded=False)
"""What the page starts with: nobody's portfolio, nothing in it."""


Offer = frozenset[str] | None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Visit:
    """The portfolios of this visit, in the file's order.

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
    file: Source | None = None
    """The file that they were read from, until it has been taken into the register."""
    renamed: Mapping[int, str] = field(default_factory=dict)
    """The references by which the register knows portfolios that have another one now, by their number."""

    @property
    def place(self) -> int | None:
        """The place of the portfolio shown, which the only one always is; None for the list of all."""
        return 0 if len(self.portfolios) == 1 else self.shown

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
        renamed = dict(self.renamed)
        if before.learner != found[number].learner and number in (kept := self.kept):
            renamed[number] = kept[number].learner
        return replace(self, portfolios=tuple(found), renamed=renamed)

    def downloaded(self, number: int, portfolio: Portfolio) -> Visit:
        """The visit after one portfolio went into a file."""
        return replace(self, filed=(*self.filed[:number], portfolio, *self.filed[number + 1 :]))


def loaded(qualification: Qualification, file: Source) -> Visit:
    """The visit that starts with a file: of portfolios, or of a cohort, of which the units held count.

    Raises
    ------
    DataError
        Nothing in the file can be answered.
    """
    try:
        read = portfolio_file(qualification, file.name, file.content, wording=file.wording, same=file.same)
    except DataError as error:
        if not perhaps_a_cohort(error):
            raise
        return _of_cohort(qualification, file, error)
    people = read.portfolios
    return Visit(
        people,
        people,
        source=file.name,
        problems=read.problems,
        sheets=read.sheets,
        unknown=read.unknown_statuses,
        under=qualification.id,
        file=file,
    )


def _of_cohort(qualification: Qualification, file: Source, refused: DataError) -> Visit:
    """The visit that starts with a cohort; whose wishes no verdict heeds is said."""
    try:
        read = cohort_file(qualification, file.name, file.content, wording=file.wording, same=file.same)
    except DataError:
        raise refused from None
    columns = {column for sheet in read.sheets for column in sheet.columns.values()}
    if not columns & {"held", "tasks", *REF_COLUMNS}:  # a learner alone may be any file's
        raise refused
    asking = [each.learner for each in read.requests if each.wishes.pins or each.wishes.excludes]
    message = "what these learners ask for counts at *Delivery*; here count the units that they hold"
    wished = Problem(file.name, message, field="learner", value=", ".join(asking))
    people = tuple(map(as_portfolio, read.requests))
    problems = (*read.problems, *([wished] if asking else ()))
    # Without the file: saved are the units that are shown, not what the file asks for.
    return Visit(
        people, people, source=file.name, problems=problems, sheets=read.sheets, under=qualification.id
    )


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
