"""Files as the register takes them in: portfolios, records, cohorts, and its own workbook."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from planner.catalogue.qualification import Qualification
from planner.catalogue.refs import Refs
from planner.catalogue.units import split_refs
from planner.errors import DataError, Problem
from planner.files.dates import date_text
from planner.files.headers import MISSING, Shape, one_of
from planner.files.people import People, identity
from planner.files.sheets import Grid, grids
from planner.files.tables import SheetRead, read_tables, unread
from planner.files.text_files import whole
from planner.files.wording import Wording, folded
from planner.records.agreed import CALENDAR, agreed_on
from planner.records.cohort_rows import SHEET, requests_on
from planner.records.learner_files import by_qualification, perhaps_a_cohort, qualification_rows
from planner.records.portfolio_files import portfolios_on
from planner.records.portfolios import DETAILS
from planner.records.registrations import Cells
from planner.records.wishes import default_goals
from planner.register.rows import OF_PERSON, Values, Wanted, of_plan, of_portfolio, of_request, of_wishes
from planner.register.sample_rows import DAYS, OF_SAMPLE

BESIDE = (*DETAILS[1:], "iqa", "breaks", "recorded", "goals", "keep", "survive", "agreed", "wished")
"""What the register's own workbook says of learners beside what cohorts do; `wished`: whether any wish is."""

OF_LEARNER = ("learner", "qualification", *DETAILS, "assessor", "iqa", "start", "target", "hours_per_week",
              "site", "breaks", "recorded", "pins", "excludes", "held", "tasks", "goals", "keep", "survive",
              "agreed", "wished")  # fmt: skip
"""The columns of its sheet of learners."""

SAMPLES = "Samples"
"""Its sheet of what was drawn to be sampled."""

MOST_SEED = 10**9
"""The largest seed of a draw."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says: of learners by qualification, what could not be read of it, and how it was read."""

    wanted: Mapping[str, tuple[Wanted, ...]]
    problems: tuple[Problem, ...]
    sheets: tuple[SheetRead, ...]


@dataclass(slots=True)
class _FileRead:
    """A file as it is read: what it may speak of, and what is wrong with it so far."""

    qualifications: Mapping[str, Qualification]
    source: str
    wording: Wording
    same: Collection[str]
    problems: list[Problem] = field(default_factory=list)
    sheets: list[SheetRead] = field(default_factory=list)


def read_rows(
    qualifications: Mapping[str, Qualification],
    default: str,
    source: str,
    content: bytes,
    *,
    wording: Wording | None,
    same: Collection[str],
) -> Found:
    """What a file says of learners, for each qualification that it names; `default` where it names none.

    Raises
    ------
    DataError
        Nothing in the file can be read.
    """
    file = _FileRead(qualifications, source, wording or Wording(), same)
    sheets = grids(source, content)
    found: dict[str, tuple[Wanted, ...]] = {}
    for number, named in _named(file, sheets, default).items():
        found[number] = _one(file, qualifications[number], named)
    return Found(found, tuple(file.problems), by_qualification(file.sheets, sheets))


def _named(file: _FileRead, sheets: Sequence[Grid], default: str) -> dict[str, list[Grid]]:
    """The sheets of each qualification: of those with a column for it its rows alone."""
    parts = [(sheet, _by_qualification(file, sheet)) for sheet in sheets]
    if all(split is None for _, split in parts):
        return {default: list(sheets)}
    numbers = dict.fromkeys(number for _, split in parts for number in split or ())
    if not numbers:
        raise DataError(file.problems)
    return {
        number: [
            sheet if split is None else split[number]
            for sheet, split in parts
            if split is None or number in split
        ]
        for number in numbers
    }


def _by_qualification(file: _FileRead, sheet: Grid) -> dict[str, Grid] | None:
    """The rows of each qualification that a column names; None where no column names any."""
    named = qualification_rows(sheet)
    if named is None:
        return None
    index, texts = named
    known = {folded(n): n for n in file.qualifications}
    split: dict[str, list[Any]] = {number: [] for number in known.values()}
    for (number, cells), text in zip(sheet.rows[index + 1 :], texts, strict=True):
        if (found := known.get(folded(text))) is not None:
            split[found].append((number, cells))
        else:
            message = "is no qualification on file; the row is left out"
            problem = Problem(
                file.source, message, number, "qualification", text or "(empty)", sheet=sheet.name
            )
            file.problems.append(problem)
    head = sheet.rows[: index + 1]
    return {number: replace(sheet, rows=(*head, *rows)) for number, rows in split.items() if rows}


def _one(file: _FileRead, qualification: Qualification, sheets: Sequence[Grid]) -> tuple[Wanted, ...]:
    """What sheets say of the learners of one qualification: each learner once."""
    cohort = one_of(sheets, SHEET)
    others = [sheet for sheet in sheets if sheet is not cohort]
    found: dict[str, Wanted] = {}
    if cohort is not None:
        found = {identity(each.learner): each for each in _requests(file, qualification, [cohort])}
    calendar = one_of(others, CALENDAR)
    if calendar is not None and _agreed(file, qualification, calendar, found):
        others.remove(calendar)
    samples = one_of(others, SAMPLES)
    if samples is not None and _sampled(file, qualification, samples, found):
        others.remove(samples)
    try:
        known = [each.learner for each in found.values()]
        read = portfolios_on(
            qualification, file.source, others, wording=file.wording, same=file.same, known=known
        )
    except DataError as error:
        if found:
            wrong = (problem for problem in error.problems if problem.row and problem.code != MISSING)
            file.problems += wrong
            file.sheets += unread(file.source, others)
            return tuple(found.values())
        if cohort is not None or not perhaps_a_cohort(error):
            raise
        try:
            return tuple(_requests(file, qualification, others))
        except DataError:
            raise error from None
    file.problems += read.problems
    file.sheets += read.sheets
    for portfolio in read.portfolios:
        if portfolio.learner == "-":
            message = "names no learner: what is kept is somebody's; it is left out"
            file.problems.append(Problem(file.source, message, field="learner"))
        elif not portfolio.doubt:
            said, beside = of_portfolio(portfolio), found.get(identity(portfolio.learner))
            found[identity(portfolio.learner)] = said if beside is None else _together(said, beside)
    return tuple(found.values())


def _together(portfolio: Wanted, request: Wanted) -> Wanted:
    """What two sheets say of one learner; the sheet of learners knows the learner better."""

    def both(one: Values | None, other: Values | None) -> Values:
        said = {name: value for name, value in (other or {}).items() if value not in ("", None)}
        return {**(one or {}), **said}

    return replace(
        portfolio,
        person=both(portfolio.person, request.person),
        registration=both(portfolio.registration, request.registration),
        plan=request.plan,
        samples=request.samples,
        sample_rows=request.sample_rows,
        rows={**portfolio.rows, **request.rows},
    )


def _requests(file: _FileRead, qualification: Qualification, sheets: Sequence[Grid]) -> Iterable[Wanted]:
    read = requests_on(qualification, file.source, sheets, wording=file.wording, same=file.same)
    file.problems += read.problems
    beside = read_tables(file.source, sheets, [Shape(SHEET, ("learner",), BESIDE)], file.wording)
    both = zip(read.sheets, beside.sheets, strict=True)
    file.sheets += (sheet.also(other.columns) for sheet, other in both)
    more = {identity(row["learner"]): row.cells for row in beside.rows}
    for request in read.requests:
        cells = more.get(identity(request.learner), {})
        said = of_request(request)
        own = {name: cells[name] for name in (*DETAILS[1:], "iqa", "breaks") if cells.get(name)}
        person = {name: own.pop(name) for name in OF_PERSON if name in own}
        registration: Values = {**(said.registration or {}), **own}
        if cells.get("recorded"):
            registration["recorded"] = int(folded(cells["recorded"]) == "yes")
        wishes = request.wishes
        if "wished" in cells:
            wishes = replace(
                wishes,
                goals=tuple(split_refs(cells.get("goals", ""))) or default_goals(qualification, wishes.tasks),
                keep=frozenset(split_refs(cells.get("keep", ""))),
                survive=int(cells.get("survive", "") or 0),
            )
        plan = {} if folded(cells.get("wished", "")) == "no" else {"wishes": of_wishes(wishes)}
        if cells.get("agreed"):
            plan["units"] = " ".join(sorted(split_refs(cells["agreed"])))
        yield replace(said, person={**(said.person or {}), **person}, registration=registration, plan=plan)


def _sampled(file: _FileRead, qualification: Qualification, sheet: Grid, found: dict[str, Wanted]) -> bool:
    """Adds what a sheet says of samples to what is said of learners; whether it has such a table."""
    try:
        needed, rest = ("learner", *OF_SAMPLE[:2]), OF_SAMPLE[2:]
        read = read_tables(file.source, [sheet], [Shape(SAMPLES, needed, rest)], file.wording)
    except DataError:  # a sheet of that name need not be one of these
        return False
    file.problems += read.problems
    file.sheets += read.sheets
    refs = Refs(qualification.titled_refs)
    people = People(file.same)
    for part in read.parts:
        cells = Cells(part, DAYS)
        for row in part.rows:
            ref, wrong = refs.one(row["ref"])
            seed = whole(row["seed"], 0, MOST_SEED) if row["seed"] else None
            if ref is None:
                file.problems.append(row.problem("ref", wrong))
            elif not row["learner"] or not row["drawn"]:
                file.problems.append(row.problem("drawn", "must not be empty, nor learner"))
            elif row["seed"] and seed is None:
                file.problems.append(row.problem("seed", f"must be a whole number up to {MOST_SEED}"))
            else:
                learner = people.known(row["learner"])
                said = found.get(identity(learner), Wanted(learner))
                days = {name: cells.date(row, name, "") for name in DAYS}
                dated = {name: date_text(day) for name, day in days.items()}
                values = {name: row[name] for name in OF_SAMPLE} | dated | {"ref": ref, "seed": seed}
                rows = {**said.sample_rows, (ref, row["drawn"]): row.number}
                samples = (*(said.samples or ()), values)
                found[identity(learner)] = replace(said, samples=samples, sample_rows=rows)
        file.problems += cells.problems
    return True


def _agreed(file: _FileRead, qualification: Qualification, sheet: Grid, found: dict[str, Wanted]) -> bool:
    """Adds the calendars agreed that a sheet has to what is said of learners; whether it has such a table."""
    try:
        agreed, problems, sheets = agreed_on(
            qualification, file.source, [sheet], wording=file.wording, same=file.same
        )
    except DataError:  # a sheet of that name need not be one of these
        return False
    file.problems += problems
    file.sheets += sheets
    for learner, days in agreed.items():
        said = found.get(identity(learner), Wanted(learner))
        calendar = of_plan((), days)["calendar"]
        found[identity(learner)] = replace(said, plan={**(said.plan or {}), "calendar": calendar})
    return True
