"""Portfolio files as centres send them: tables of many, trackers with units across, achievement records."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from planner.catalogue.qualification import Qualification
from planner.catalogue.refs import UNIT, Refs
from planner.errors import DataError, Hints, Problem, nearest
from planner.files.headers import Shape
from planner.files.people import People, identity, no_key, spoiled
from planner.files.sheets import Grid, grids
from planner.files.tables import Part, Row, SheetRead, read_tables
from planner.files.wording import Wording, folded
from planner.records.decision_rows import DECISION_COLUMNS, DECISION_OPTIONAL, decisions_of, placed
from planner.records.portfolios import (
    ACHIEVED,
    DATES,
    DECISIONS,
    DETAILS,
    PORTFOLIO,
    RECORD,
    REGISTRATION,
    STATUSES,
    TEXTS,
    Decision,
    Details,
    Entry,
    EntryStatus,
    Portfolio,
)
from planner.records.registrations import LONGEST, Cells

COLUMNS = ("learner", "ref", "status")
TRACKER = "Tracker"
"""A table with learners down and units across."""

UNKNOWN_STATUS = "unknown status"
"""The code of a problem; its data is the word."""

DOUBTED = "doubted learner"
"""The code of a problem: two learners may be one, or one two; its data are the learners."""


@dataclass(frozen=True, slots=True)
class PortfolioFile:
    """The portfolios of a file, in its order, what of it could not be read, and how its sheets were read."""

    portfolios: tuple[Portfolio, ...]
    problems: tuple[Problem, ...]
    sheets: tuple[SheetRead, ...]

    @property
    def unknown_statuses(self) -> tuple[str, ...]:
        """The words for how far a unit is that nobody has said the meaning of."""
        words = (p.data["word"] for p in self.problems if p.code == UNKNOWN_STATUS and p.value != "(empty)")
        return tuple(dict.fromkeys(words))


def read_portfolios(
    qualification: Qualification, source: str, content: bytes
) -> tuple[tuple[Portfolio, ...], tuple[Problem, ...]]:
    """The portfolios of a file, in its order, and what of it could not be read; see `portfolio_file`."""
    found = portfolio_file(qualification, source, content)
    return found.portfolios, found.problems


def portfolio_file(
    qualification: Qualification,
    source: str,
    content: bytes,
    *,
    wording: Wording | None = None,
    same: Collection[str] = (),
    noun: str = UNIT,
) -> PortfolioFile:
    """The portfolios of a file, and how it was read.

    Each sheet is a table with the columns learner, ref and status (others optional), one row a learner and
    unit; a tracker with a column learner and units as columns; or one learner's achievement record. Decisions
    stand on a sheet of their own.

    Parameters
    ----------
    qualification
        The qualification whose units and rules the file names.
    source, content
        The file's name, whose suffix says what kind it is, and its bytes.
    wording
        What headers and status words mean.
    same
        Whom somebody has confirmed to be one person; see `People`.
    noun
        What problems call a unit that has a known ref.

    Raises
    ------
    DataError
        Nothing in the file can be answered.
    """
    sheets = grids(source, content)
    return portfolios_on(qualification, source, sheets, wording=wording, same=same, noun=noun)


def portfolios_on(
    qualification: Qualification,
    source: str,
    sheets: Sequence[Grid],
    *,
    wording: Wording | None,
    same: Collection[str],
    known: Collection[str] = (),
    noun: str = UNIT,
) -> PortfolioFile:
    """The portfolios on some sheets of a file; `known` are learners whom others of its sheets list."""
    sheets_read = _PortfolioSheets(qualification, source, wording or Wording(), same, noun)
    for learner in known:
        sheets_read.draft(learner)
    return sheets_read.read(sheets)


def as_status(text: str) -> EntryStatus | None:
    """The status that a typed word means; None if it means none."""
    return _FOLDED.get(folded(text))


_FOLDED: dict[str, EntryStatus] = {folded(status): status for status in STATUSES}


@dataclass(slots=True)
class _Draft:
    """A portfolio while its rows are read: every row that was, and how many were not."""

    rows: dict[str, list[tuple[Row, Entry]]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    details: Details = field(default_factory=Details)
    recorded: bool = True
    left_out: int = 0

    def named(self, name: str) -> None:
        """Notes that a row of this learner has this name."""
        if name:
            self.names.setdefault(identity(name).casefold(), name)


class _PortfolioSheets:
    """Collects portfolios and problems, sheet by sheet."""

    def __init__(
        self, qualification: Qualification, source: str, wording: Wording, same: Collection[str], noun: str
    ) -> None:
        self.qualification = qualification
        self.source = source
        self.wording = wording
        self.people = People(same)
        titles = qualification.titled_refs
        self.refs = Refs({**titles, **dict.fromkeys(qualification.outside, "")}, noun)
        self.statuses = Hints(STATUSES)
        self.problems: list[Problem] = []
        self.drafts: dict[str, _Draft] = {}

    def read(self, sheets: Sequence[Grid]) -> PortfolioFile:
        self.wording.check_statuses(STATUSES)
        found = read_tables(self.source, sheets, self._shapes(), self.wording)
        self.problems += found.problems
        for part in found.parts:
            if part.shape.name == RECORD:
                self._record(part, sum(other.shape.name == RECORD for other in found.parts) > 1)
            elif part.shape.name != DECISIONS:
                self._rows(part, "")
        for part in found.of(DECISIONS):
            self._decisions(part)
        if found.of(RECORD) and not found.of(DECISIONS):
            message = f"has no sheet {DECISIONS}: what was decided for this learner is not known"
            self.problems.append(Problem(self.source, message))
        if not self.drafts:
            raise DataError(self.problems or [Problem(self.source, "lists no unit of any learner")])
        portfolios = tuple(self._portfolios())
        order = {sheet.name: number for number, sheet in enumerate(found.sheets)}
        problems = sorted(self.problems, key=lambda problem: (order.get(problem.sheet, 0), problem.row or 0))
        return PortfolioFile(portfolios, tuple(problems), found.sheets)

    def _shapes(self) -> tuple[Shape, ...]:
        def is_ref(text: str) -> bool:
            return self.refs.one(text)[0] is not None

        def is_status(text: str) -> bool:
            return as_status(self.wording.status(text)) is not None

        def ref(header: str) -> str | None:
            return self.refs.one(header)[0]

        looks = {"ref": is_ref, "status": is_status}
        more = (*TEXTS, *DATES, "progress")
        registration = tuple(name for name in REGISTRATION if name != "assessor")
        return (
            Shape(DECISIONS, DECISION_COLUMNS, DECISION_OPTIONAL, role="decisions"),
            Shape(PORTFOLIO, COLUMNS, (*more, *DETAILS, *registration), looks),
            Shape(TRACKER, COLUMNS[:1], ("name", *REGISTRATION), across=ref),
            Shape(RECORD, COLUMNS[1:], more, looks, beside=frozenset(("learner", *DETAILS))),
        )

    # Rows of units

    def _rows(self, part: Part, learner: str) -> None:
        """Reads rows of units; all of them are of `learner` if one is given."""
        cells = Cells(part, (*DATES, "start", "target"))
        for row in part.left_out:
            self._left_out(learner or row["learner"], row["name"])
        for row in part.rows:
            if learner and not row["status"] and not self._filled_in(row):
                continue
            before = len(self.problems)
            known = learner or row["learner"]
            if not known:
                message = "must not be empty; for several rows type it in each, or merge its cells"
                self.problems.append(row.problem("learner", message))
            status, day = self._status(row, part.shape.name == TRACKER)
            ref, wrong = self.refs.one(row["ref"])
            if ref is None:
                self.problems.append(row.problem("ref", wrong))
            too_long = [cells.too_long(row, name) for name in (*TEXTS, "learner", *DETAILS, "site")]
            if len(self.problems) > before or ref is None or status is None or any(too_long):
                self._left_out(known, row["name"])
                continue
            texts: dict[str, Any] = {name: row[name] for name in TEXTS}
            if part.shape.name == TRACKER:
                texts["assessor"] = ""
            dates: dict[str, Any] = {name: cells.date(row, name) for name in DATES}
            if day and not dates["date"]:
                dated = Row(row.source, row.number, {"date": day}, row.sheet)
                dates["date"] = cells.date(dated, "date", "; the status is read without it")
            done = cells.percent(row, "progress")
            draft = self.draft(known)
            draft.recorded = part.has("evidence", "assessor", *DATES) and part.shape.name != TRACKER
            draft.rows.setdefault(ref, []).append(
                (row, Entry(ref, status, **texts, **dates, progress=done, row=row.number))
            )
            self._details(draft, row, cells, row["assessor"] if part.shape.name == TRACKER else "")
        self.problems += cells.problems

    def _details(self, draft: _Draft, row: Row, cells: Cells, assessor: str) -> None:
        """What the row says of the learner; what an earlier row has said stays."""
        draft.named(row["name"])
        said = {**cells.registration(row), "assessor": assessor, **{name: row[name] for name in DETAILS}}
        for name, value in said.items():
            present = getattr(draft.details, name)
            if value and not present:
                draft.details = replace(draft.details, **{name: value})
            elif value and name != "name" and value != present:
                message = f"another row of this learner says {present}, which is taken"
                cells.problems.append(row.problem(name, message, code="read"))

    def _left_out(self, learner: str, name: str) -> None:
        if learner and not no_key(learner) and len(learner) <= LONGEST:
            draft = self.draft(learner)
            draft.left_out += 1
            draft.named("" if spoiled(name) else name)

    def draft(self, learner: str) -> _Draft:
        """The portfolio of a learner, as far as it is read."""
        known = self.people.known(learner)
        return self.drafts.setdefault(known, _Draft())

    def _status(self, row: Row, tracker: bool) -> tuple[EntryStatus | None, str]:
        """How far the unit is, and the date beside it where a tracker has one: A 12/03/2026."""
        text = row["status"]
        found = as_status(self.wording.status(text))
        if found is not None:
            return found, ""
        word, _, day = text.partition(" ")
        if parted := re.fullmatch(r"(.*?\D)[\s:,(–-]+(\d.*?)\)?", text):
            word, day = parted[1].strip(" ("), parted[2]
        found = as_status(self.wording.status(word)) if re.match(r"\d", day) else None
        if found is not None:
            return found, day
        message = f"must be one of: {', '.join(STATUSES)}{self.statuses.of(text)}"
        shown = word if re.match(r"\d", day) else text
        field = row["ref"] if tracker else "status"
        self.problems.append(row.problem(field, message, text, code=UNKNOWN_STATUS, word=shown))
        return None, ""

    def _filled_in(self, row: Row) -> bool:
        """Whether a record's row of a unit holds more than the unit."""
        return self.refs.one(row["ref"])[0] is not None and any(row[name] for name in (*TEXTS, *DATES))

    # Records

    def _record(self, part: Part, several: bool) -> None:
        """One learner's achievement record: a header of labels and values, then a row for each unit."""
        values = self._labels(part)
        cells = Cells(part)
        row = Row(self.source, 0, values, part.grid.name if several else "")
        if "learner" not in values:
            here = [cell for _, cells_ in part.grid.rows[:50] for cell in cells_ if cell]
            message = f"names no learner: the label is missing{nearest('learner', here)}"
            self.problems.append(Problem(self.source, message, field="learner", sheet=row.sheet))
            if several:
                return
        learner = values.pop("learner", "") or "-"
        if message := no_key(learner):
            self.problems.append(row.problem("learner", message, learner))
            learner = "-"
        draft = self.draft(learner)
        known: dict[str, Any] = {name: values[name] for name in DETAILS if name in values}
        draft.details = replace(
            Details(**known), **cells.registration(row), assessor=values.get("assessor", "")
        )
        self.problems += cells.problems
        self._rows(part, learner)

    def _labels(self, part: Part) -> dict[str, str]:
        """The values beside the labels above the table, wherever they stand."""
        labels = {folded(word): word for word in ("learner", *DETAILS, *REGISTRATION)}
        values: dict[str, str] = {}
        for number, cells in part.grid.rows:
            if number >= part.header:
                break
            for place, cell in enumerate(cells):
                word = labels.get(folded(cell))
                if not cell or word is None or word in values:
                    continue
                following = next((other for other in cells[place + 1 :] if other), "")
                # Another label says that this one has no value; a label does not repeat itself.
                text = "" if labels.get(folded(following), word) != word else following
                row = Row(self.source, number, {word: text})
                limits = Cells(part)
                values[word] = "" if limits.too_long(row, word) else text
                self.problems += limits.problems
        return values

    # Decisions

    def _decisions(self, part: Part) -> None:
        """Reads decisions; one that is not understood is left out of whoever it is about."""
        only = next(iter(self.drafts)) if len(self.drafts) == 1 else ""
        found, problems = decisions_of(part, self.qualification, self.refs)
        self.problems += problems
        for row, decision in [*found, *((row, None) for row in part.left_out)]:
            named = row["learner"] or only
            draft = self.drafts.get(self.people.known(named)) if named else None
            if draft is not None and decision is not None:
                draft.decisions.append(decision)
            elif draft is not None:
                draft.left_out += 1
            elif row not in part.left_out:
                hint = nearest(named, list(self.drafts)) if named else ""
                self.problems.append(row.problem("learner", f"no such learner in this file{hint}"))

    # Learners

    def _portfolios(self) -> list[Portfolio]:
        order = {ref: number for number, ref in enumerate(self.qualification.by_ref)}
        doubts = self._doubts()
        found = []
        for learner, draft in self.drafts.items():
            found_entries = [self._entry(learner, rows) for rows in draft.rows.values()]
            entries = sorted((e for e in found_entries if e.ref in order), key=lambda e: order[e.ref])
            outside = tuple(sorted(e.ref for e in found_entries if e.ref not in order and e.achieved))
            doubt = doubts.get(learner, "")
            if not doubt and draft.left_out and not entries and not draft.decisions:
                rows = "its only row" if draft.left_out == 1 else f"none of its {draft.left_out} rows"
                doubt = f"{rows} could {'not ' if draft.left_out == 1 else ''}be read"
            found.append(
                Portfolio(
                    learner,
                    tuple(entries),
                    tuple(placed(draft.decisions, self.qualification)),
                    draft.details,
                    draft.recorded,
                    draft.left_out,
                    doubt,
                    outside,
                )
            )
        return found

    def _entry(self, learner: str, rows: Sequence[tuple[Row, Entry]]) -> Entry:
        """The entry that counts, which is said: the latest if all rows have a date, else the furthest."""
        if len(rows) == 1:
            return rows[0][1]
        dated = all(entry.date for _, entry in rows)
        at = max(range(len(rows)), key=lambda place: _rank(rows[place][1], dated))
        row, entry = rows[at]
        others = [other for other in rows if other is not rows[at]]
        if all(other == entry for _, other in others):
            said = "say the same"
        else:
            which = "the latest" if dated else "the furthest, as not all have a date"
            said = f"differ: row {row.number} counts ({entry.status}), {which}"
        if len({other.status in ACHIEVED for _, other in rows}) > 1:
            said += "; they differ in whether the unit is achieved"
        numbers = ", ".join(str(each.number) for each, _ in rows)
        message = f"rows {numbers} give {learner} this unit, and {said}"
        self.problems.append(row.problem("ref", message, code="read"))
        return entry

    def _doubts(self) -> dict[str, str]:
        """Why some learners cannot be judged: who may be one person, and who may be two."""
        doubts: dict[str, str] = {}
        for learner, others in self.people.alike(self.drafts).items():
            if not all(self.people.confirmed(text) for text in (learner, *others)):
                named = " and ".join(f"“{text}”" for text in (learner, *others))
                doubts[learner] = (
                    f"{named} may be one person: say so, or give two people references that differ more"
                )
        for learner, draft in self.drafts.items():
            if len(draft.names) > 1 and not self.people.confirmed(learner):
                named = " and ".join(f"“{name}”" for name in draft.names.values())
                doubts[learner] = (
                    f"{named} share the reference “{learner}”: say that they are one person, or mend it"
                )
        for learner, doubt in doubts.items():
            alike = self.people.alike(self.drafts).get(learner, ())
            self.problems.append(
                Problem(
                    self.source,
                    doubt,
                    field="learner",
                    value=learner,
                    code=DOUBTED,
                    data={"learners": (learner, *alike)},
                )
            )
        return doubts


def _rank(entry: Entry, dated: bool) -> tuple[int, int]:
    """The latest entry has the most, or the furthest; the other decides between equals."""
    day = entry.date.toordinal() if entry.date else 0
    status = STATUSES.index(entry.status)
    return (day, status) if dated else (status, day)
