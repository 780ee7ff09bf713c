"""Files of learners of either kind: portfolios, or the requests of a cohort; or both beside each other."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Problem
from planner.files.headers import HEADER_WITHIN, MISSING, one_of
from planner.files.people import identity
from planner.files.sheets import Grid, grids
from planner.files.tables import SheetRead, together, unread
from planner.files.wording import Wording, folded
from planner.records.agreed import CALENDAR, Agreed, agreed_on
from planner.records.cohort_rows import SHEET, CohortFile, requests_on
from planner.records.goals import BEGIN
from planner.records.portfolio_files import PortfolioFile, portfolios_on
from planner.records.portfolios import Details, Entry, EntryStatus, Portfolio
from planner.records.wishes import Request, Wishes, default_goals
from planner.rules.measure import numbered

Offer = Collection[str] | None

QUALIFICATION = "qualification"
"""The column that names a qualification beside each learner."""

NUMBER = re.compile(r"\d{3}/?\d{4}/?[\dX]", re.IGNORECASE)
"""A number that Ofqual gave a qualification, as registers and exports write it."""


@dataclass(frozen=True, slots=True)
class LearnerFile:
    """The learners of a file, in its order, what of it could not be read, and how it was read.

    `unknown_statuses` are its words for how far units are that nobody has said the meaning of, `wished` what
    a sheet of learners asks for beside their units, `agreed` the calendars that were agreed.
    """

    learners: tuple[Portfolio | Request, ...]
    problems: tuple[Problem, ...]
    sheets: tuple[SheetRead, ...]
    unknown_statuses: tuple[str, ...] = ()
    wished: Mapping[str, Request] = field(default_factory=dict)
    agreed: Mapping[str, Agreed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sheets:
    """How the sheets of one file are read."""

    qualification: Qualification
    source: str
    offer: Offer
    wording: Wording | None
    same: Collection[str]

    def portfolios(self, sheets: Sequence[Grid]) -> PortfolioFile:
        return portfolios_on(self.qualification, self.source, sheets, wording=self.wording, same=self.same)

    def requests(self, sheets: Sequence[Grid]) -> CohortFile:
        return requests_on(
            self.qualification, self.source, sheets, self.offer, wording=self.wording, same=self.same
        )


def learner_file(
    qualification: Qualification,
    source: str,
    content: bytes,
    offer: Offer = None,
    *,
    wording: Wording | None,
    same: Collection[str],
    requests: bool = False,
) -> LearnerFile:
    """The portfolios of a file; where it has none of their columns, the requests of a cohort.

    A workbook may have both: what its sheet of the cohort says of a learner stands beside the units, as in
    what the register writes. So may a calendar agreed, on a sheet of its own.

    Parameters
    ----------
    qualification, source, content, offer, wording, same
        As `cohort_file` takes them.
    requests
        Whether a cohort is looked for: its columns are then asked for where the file has no known ones.

    Raises
    ------
    DataError
        Nothing in the file can be answered.
    """
    reading = _Sheets(qualification, source, offer, wording, same)
    given = grids(source, content)
    sheets, problems, parted = _of_qualification(qualification, source, given)
    agreed: Mapping[str, Agreed] = {}
    told: tuple[SheetRead, ...] = ()
    if len(sheets) > 1 and (calendar := one_of(sheets, CALENDAR)):
        try:
            agreed, wrong, told = agreed_on(qualification, source, [calendar], wording=wording, same=same)
        except DataError:  # a sheet of that name need not be one of these
            pass
        else:
            sheets = [sheet for sheet in sheets if sheet is not calendar]
            problems += wrong
    found = _learners(reading, sheets, requests)
    read = by_qualification((*found.sheets, *told), given if parted else ())
    return replace(found, problems=(*problems, *found.problems), sheets=read, agreed=agreed)


def _learners(reading: _Sheets, sheets: Sequence[Grid], requests: bool) -> LearnerFile:
    cohort = one_of(sheets, SHEET)
    others = [sheet for sheet in sheets if sheet is not cohort] or sheets
    try:
        read = reading.portfolios(others)
    except DataError as error:
        if not perhaps_a_cohort(error):
            raise
        try:
            asked = reading.requests(sheets)
        except DataError:
            if requests:
                raise
            raise error from None
        return LearnerFile(asked.requests, asked.problems, asked.sheets)
    found = LearnerFile(read.portfolios, read.problems, read.sheets, read.unknown_statuses)
    if cohort is None or len(others) == len(sheets):
        return found
    try:
        beside = reading.requests([cohort])
    except DataError:  # it is no sheet of learners; what was read of the others stands
        return replace(found, sheets=(*unread(reading.source, [cohort]), *found.sheets))
    keys = {identity(each.learner): each.learner for each in read.portfolios}
    return replace(
        found,
        learners=tuple(_beside(read.portfolios, beside.requests)),
        wished={keys[identity(r.learner)]: r for r in beside.requests if identity(r.learner) in keys},
        problems=(*beside.problems, *found.problems),
        sheets=(*beside.sheets, *found.sheets),
    )


def _beside(portfolios: Iterable[Portfolio], requests: Iterable[Request]) -> list[Portfolio | Request]:
    """Portfolios with what a sheet of learners says, which goes before; who has none asks for a plan."""
    of = {identity(each.learner): each for each in portfolios}
    found: list[Portfolio | Request] = []
    for request in requests:
        portfolio = of.pop(identity(request.learner), None)
        if portfolio is None:
            found.append(request)
            continue
        said, own = replace(request.details, name=request.name), portfolio.details
        names = [each.name for each in fields(Details)]
        details = replace(own, **{name: getattr(said, name) or getattr(own, name) for name in names})
        found.append(replace(portfolio, details=details))
    return [*found, *of.values()]


def qualification_rows(sheet: Grid) -> tuple[int, list[str]] | None:
    """Where the header of a sheet is that names a qualification beside each learner, and what each row below
    it says; None where there is no such column, or nothing in it.
    """
    heads = [[folded(cell) for cell in cells] for _, cells in sheet.rows[:HEADER_WITHIN]]
    index = next((i for i, words in enumerate(heads) if {QUALIFICATION, "learner"} <= set(words)), None)
    if index is None:
        return None
    place = heads[index].index(QUALIFICATION)
    texts = [cells[place] if place < len(cells) else "" for _, cells in sheet.rows[index + 1 :]]
    return (index, texts) if any(texts) else None


def by_qualification(read: Iterable[SheetRead], sheets: Iterable[Grid]) -> tuple[SheetRead, ...]:
    """How a file was read of whose `sheets` a column told the rows of each qualification: that one, too."""
    names = {sheet.name for sheet in sheets if qualification_rows(sheet)}
    return together(
        each.also({head: QUALIFICATION for head in each.columns if folded(head) == QUALIFICATION})
        if each.name in names
        else each
        for each in read
    )


def _of_qualification(
    qualification: Qualification, source: str, sheets: Sequence[Grid]
) -> tuple[list[Grid], list[Problem], bool]:
    """The sheets without the rows of other qualifications; how many those are; and whether a column tells.

    It does where it names this qualification, or others by their numbers: beside that it may hold anything.

    Raises
    ------
    DataError
        No row is of this qualification.
    """
    own, found, problems = folded(qualification.id), list[Grid](), list[Problem]()
    parts = [(sheet, qualification_rows(sheet)) for sheet in sheets]
    named = [text for _, part in parts if part for text in part[1]]
    if not any(folded(text) == own or NUMBER.fullmatch(text) for text in named):
        return list(sheets), [], False
    for sheet, part in parts:
        if part is None:
            found.append(sheet)
            continue
        index, texts = part
        head, below = sheet.rows[: index + 1], sheet.rows[index + 1 :]
        rows = [row for row, text in zip(below, texts, strict=True) if folded(text) in ("", own)]
        if others := len(below) - len(rows):
            message = f"{numbered(others, 'row')} of other qualifications: left out"
            problems.append(Problem(source, message, sheet=sheet.name))
        if rows or not others:
            found.append(replace(sheet, rows=(*head, *rows)))
    if not found:
        raise DataError(problems)
    return found, problems, True


def perhaps_a_cohort(error: DataError) -> bool:
    """Whether a file that holds no portfolio may be a cohort: it has neither units nor statuses."""
    places = [set(p.data["places"]) for p in error.problems if p.code == MISSING]
    return bool(places) and not any(found & {"ref", "status"} for found in places)


def as_request(qualification: Qualification, portfolio: Portfolio, wishes: Wishes | None) -> Request:
    """What somebody with a portfolio asks for, beside their own wishes.

    Achieved units are held, and the plan begins as few units as it can, as the way home does.
    """
    asked = wishes or Wishes(goals=default_goals(qualification))
    return Request(
        portfolio.learner,
        replace(
            asked,
            held=asked.held | portfolio.achieved,
            ways=asked.ways | portfolio.ways,
            begun=portfolio.in_hand,
            goals=(BEGIN.id, *asked.goals),
        ),
        portfolio.details.name,
        details=portfolio.details,
    )


def as_portfolio(request: Request) -> Portfolio:
    """What a learner has who asks for a plan: the units that the request says are held."""
    words: dict[str, EntryStatus] = {"rpl": "rpl", "transfer": "transferred", "exempt": "exempt"}
    ways = request.wishes.ways_held
    entries = tuple(Entry(ref, words.get(ways[ref], "verified")) for ref in sorted(request.wishes.held))
    outside = tuple(sorted(ref for ref, way in request.wishes.ways if way == "achieved"))
    details = replace(request.details, name=request.name)
    return Portfolio(request.learner, entries, (), details, recorded=False, outside=outside)
