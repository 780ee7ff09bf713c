"""What a visit to the portfolio page holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from planner.catalogue.qualification import Qualification
from planner.errors import Problem
from planner.files.tables import SheetRead
from planner.pages.my_units import decisions
from planner.pages.shared.file_reading import Source
from planner.records.portfolio_files import portfolio_file
from planner.records.portfolios import Portfolio

BLANK = Portfolio("-", recorded=False)
"""What the page starts with: nobody's portfolio, nothing in it."""


Offer = frozenset[str] | None


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Visit:
    """The portfolios of this visit, in the file's order; one is shown.

    `filed` holds each portfolio as a file last held it, so that what differs would be lost with the page.
    """

    portfolios: tuple[Portfolio, ...] = (BLANK,)
    filed: tuple[Portfolio, ...] = (BLANK,)
    shown: int = 0
    source: str = ""
    problems: tuple[Problem, ...] = ()
    sheets: tuple[SheetRead, ...] = ()
    unknown: tuple[str, ...] = ()
    """Words of the file for how far units are that nobody has said the meaning of."""
    under: str = ""
    """The number of the qualification whose rules judge them; none while there is nothing to judge."""

    @property
    def portfolio(self) -> Portfolio:
        """The portfolio shown."""
        return self.portfolios[self.shown]

    @property
    def blank(self) -> bool:
        """Whether there is nothing to judge yet."""
        return self.portfolios == (BLANK,)

    @property
    def unfiled(self) -> tuple[str, ...]:
        """The learners whose portfolios no file holds as they are now."""
        pairs = zip(self.portfolios, self.filed, strict=True)
        return tuple(now.learner for now, then in pairs if now != then)

    def changed(self, number: int, change: decisions.Change) -> Visit:
        """The visit after a change to one portfolio."""
        found = list(self.portfolios)
        before, found[number] = found[number], change(found[number])
        if not before.entries and found[number].entries:  # a person has said what no row did
            found[number] = replace(found[number], doubt="")
        return replace(self, portfolios=tuple(found))

    def downloaded(self, number: int, portfolio: Portfolio) -> Visit:
        """The visit after one portfolio went into a file."""
        return replace(self, filed=(*self.filed[:number], portfolio, *self.filed[number + 1 :]))


def loaded(qualification: Qualification, file: Source) -> Visit:
    """The visit that starts with a file.

    Raises
    ------
    DataError
        Nothing in the file can be answered.
    """
    read = portfolio_file(qualification, file.name, file.content, wording=file.wording, same=file.same)
    people = read.portfolios
    return Visit(
        people, people, 0, file.name, read.problems, read.sheets, read.unknown_statuses, qualification.id
    )
