"""Portfolios as centres hand them in: entries, decisions, their readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

from planner.catalogue.qualification import Qualification, in_words
from planner.catalogue.units import find_ref
from planner.errors import DataError, Problem, nearest
from planner.files.dates import as_date
from planner.files.sheets import Grid, grids, one_of, table
from planner.files.text_files import Table

EntryStatus = Literal["planned", "in progress", "submitted", "assessed", "verified"]


STATUSES: tuple[EntryStatus, ...] = ("planned", "in progress", "submitted", "assessed", "verified")
"""The status words of a unit, from the first step to the last."""


ACHIEVED: frozenset[EntryStatus] = frozenset({"assessed", "verified"})
"""The statuses of an achieved unit; an assessed one awaits internal quality assurance."""


IN_HAND: frozenset[EntryStatus] = frozenset({"in progress", "submitted"})
"""The statuses of a unit that is being worked on."""


Day = date
"""The type of a date, under a name that no column has."""


DecisionKind = Literal["recognise", "transfer", "accept", "waive"]


KINDS: dict[DecisionKind, str] = {
    "recognise": "recognise prior learning",
    "transfer": "credit transfer",
    "accept": "accept a unit from outside as equivalent",
    "waive": "waive a rule",
}
"""What an assessor can decide, in words."""


LONGEST = 4_000
"""Characters of one cell; a longer one is refused, so that nothing is cut off unseen."""


COLUMNS = ("learner", "ref", "status")


TEXTS = ("evidence", "assessor", "iqa_sample", "iqa_outcome")


DATES = ("date", "started", "assessed", "verified")


DETAILS = ("name", "registration_number", "unique_learner_number", "employer", "centre", "centre_number")


DECISION_COLUMNS = ("decision", "unit_or_rule", "reason", "by", "date")


DECISION_OPTIONAL = ("learner", "outside", "withdrawn", "withdrawn_by")


RECORD, PORTFOLIO, DECISIONS = "Record", "Portfolio", "Decisions"
"""The sheets that are read: one learner's achievement record, or a table of many; and the decisions."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit of a portfolio: how far it is, the refs of its evidence, who assessed it and when.

    `date` belongs to the status. `iqa_sample` and `iqa_outcome` are the internal quality assurer's words.
    """

    ref: str
    status: EntryStatus
    evidence: str = ""
    assessor: str = ""
    date: Day | None = None
    started: Day | None = None
    assessed: Day | None = None
    verified: Day | None = None
    iqa_sample: str = ""
    iqa_outcome: str = ""

    @property
    def achieved(self) -> bool:
        """Whether an assessor has passed the unit."""
        return self.status in ACHIEVED


@dataclass(frozen=True, slots=True)
class Decision:
    """What an assessor decided, with reason, name and date; reversible, never erased.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    subject
        The ref of the unit that counts as achieved by it; with `waive` the id of the rule.
    reason, by, date
        Why, who and when.
    outside
        The unit from outside that is accepted or transferred, in the assessor's words.
    withdrawn, withdrawn_by
        When and by whom it was taken back; None while in force.
    """

    kind: DecisionKind
    subject: str
    reason: str
    by: str
    date: Day
    outside: str = ""
    withdrawn: Day | None = None
    withdrawn_by: str = ""

    @property
    def in_force(self) -> bool:
        """Whether it has not been taken back."""
        return self.withdrawn is None

    def in_words(self, qualification: Qualification) -> str:
        """The decision as verdicts show it."""
        if self.kind == "waive":
            texts = {rule.id: rule.text for rule in qualification.rules}
            what = f"waived the rule “{texts.get(self.subject, self.subject)}”"
        else:
            unit = qualification.by_ref[self.subject]
            verb = {
                "recognise": "recognised prior learning for",
                "transfer": "transferred credit for",
                "accept": "accepted a unit from outside as",
            }[self.kind]
            what = f"{verb} {unit.title} ({unit.ref})"
        outside = f" (from outside: {self.outside})" if self.outside else ""
        words = f"{self.by} {what}{outside} on {in_words(self.date)}: {self.reason}"
        if self.withdrawn is None:
            return words
        by = f" by {self.withdrawn_by}" if self.withdrawn_by else ""
        return f"{words} (withdrawn{by} on {in_words(self.withdrawn)})"

    def to_json(self) -> dict[str, Any]:
        """The decision as JSON."""
        return {
            "decision": self.kind,
            "unit_or_rule": self.subject,
            "outside": self.outside,
            "reason": self.reason,
            "by": self.by,
            "date": self.date.isoformat(),
            "withdrawn": self.withdrawn.isoformat() if self.withdrawn else None,
            "withdrawn_by": self.withdrawn_by,
        }


@dataclass(frozen=True, slots=True)
class Details:
    """Who the record is about, all optional: the learner's and the centre's header."""

    name: str = ""
    registration_number: str = ""
    unique_learner_number: str = ""
    employer: str = ""
    centre: str = ""
    centre_number: str = ""


@dataclass(frozen=True)
class Portfolio:
    """One learner's units, each at most once, and the decisions on them.

    `recorded` says whether the source has a column for evidence, assessors or dates at all: a bare list
    of units is not blamed for lacking them.
    """

    learner: str
    entries: tuple[Entry, ...] = ()
    decisions: tuple[Decision, ...] = ()
    details: Details = Details()
    recorded: bool = True

    @cached_property
    def recognised(self) -> frozenset[str]:
        """The units that count as achieved by a decision in force."""
        return frozenset(d.subject for d in self.decisions if d.in_force and d.kind != "waive")

    @cached_property
    def waived(self) -> frozenset[str]:
        """The ids of the rules waived by a decision in force."""
        return frozenset(d.subject for d in self.decisions if d.in_force and d.kind == "waive")

    @cached_property
    def achieved(self) -> frozenset[str]:
        """The units assessed, verified or recognised."""
        return frozenset(e.ref for e in self.entries if e.achieved) | self.recognised

    @cached_property
    def in_hand(self) -> frozenset[str]:
        """The units in progress or submitted, and not achieved."""
        return frozenset(e.ref for e in self.entries if e.status in IN_HAND) - self.achieved

    @cached_property
    def awaiting_iqa(self) -> tuple[str, ...]:
        """The units assessed but not yet verified by internal quality assurance."""
        return tuple(e.ref for e in self.entries if e.status == "assessed")


@dataclass(slots=True)
class _Draft:
    """A portfolio while its rows are read."""

    learner: str
    entries: dict[str, tuple[int, Entry]] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    details: Details = Details()
    recorded: bool = True

    def portfolio(self, order: Mapping[str, int]) -> Portfolio:
        entries = sorted((entry for _, entry in self.entries.values()), key=lambda e: order[e.ref])
        return Portfolio(self.learner, tuple(entries), tuple(self.decisions), self.details, self.recorded)


def read_portfolios(
    qualification: Qualification, source: str, content: bytes
) -> tuple[tuple[Portfolio, ...], tuple[Problem, ...]]:
    """The portfolios of a file, in its order, and what of it could not be read.

    The file is a table with the columns learner, ref and status (others optional), one row a learner and
    unit, or one learner's achievement record. Decisions stand on a sheet of their own.

    Raises
    ------
    DataError
        Nothing in the file can be answered.
    """
    return _Reader(qualification, source).read(grids(source, content))


def as_status(text: str) -> EntryStatus | None:
    """The status that a typed word means; None if it means none."""
    word = re.sub(r"[\s_-]+", " ", text.strip()).casefold()
    return next((status for status in STATUSES if status == word), None)


class _Reader:
    """Collects portfolios and problems, row by row."""

    def __init__(self, qualification: Qualification, source: str) -> None:
        self.qualification = qualification
        self.source = source
        self.problems: list[Problem] = []
        self.drafts: dict[str, _Draft] = {}

    def read(self, sheets: Sequence[Grid]) -> tuple[tuple[Portfolio, ...], tuple[Problem, ...]]:
        record = one_of(sheets, RECORD)
        if record is not None:
            self._record(record)
        else:
            grid = one_of(sheets, PORTFOLIO) or sheets[0]
            found = table(grid, self.source, COLUMNS, (*TEXTS, *DATES, "name"))
            self._rows(found, lambda row: row["learner"])
        decisions = one_of(sheets, DECISIONS)
        if decisions is not None:
            self._decisions(decisions)
        if not self.drafts:
            raise DataError(self.problems or [Problem(self.source, "lists no unit of any learner")])
        order = {ref: number for number, ref in enumerate(self.qualification.by_ref)}
        return tuple(draft.portfolio(order) for draft in self.drafts.values()), tuple(self.problems)

    def _record(self, grid: Grid) -> None:
        """One learner's achievement record: a header of labels and values, then a row for each unit."""
        labels = {_label(word.replace("_", " ")): word for word in ("learner", *DETAILS)}
        values: dict[str, str] = {}
        for number, cells in grid.rows[:50]:
            word = labels.get(_label(cells[0])) if cells else None
            if word is None or word in values:
                continue
            text = next((cell for cell in cells[1:] if cell), "")
            values[word] = text if self._check_length(number, word, text) else ""
        learner = values.pop("learner", "") or "-"
        self.drafts[learner] = _Draft(learner, details=Details(**values))
        found = table(grid, self.source, COLUMNS[1:], (*TEXTS, *DATES))
        self._rows(found, lambda _: learner, blank_status_means_none=True)

    def _rows(
        self,
        found: Table,
        learner_of: Callable[[Mapping[str, str]], str],
        blank_status_means_none: bool = False,
    ) -> None:
        self.problems += found.problems
        for number, row in found.rows:
            if blank_status_means_none and not row["status"] and not self._filled_in(row):
                continue
            before = len(self.problems)
            learner = learner_of(row)
            if not learner:
                self._problem(number, "learner", "", "must not be empty")
            status = as_status(row["status"])
            if status is None:
                hint = nearest(row["status"], STATUSES) if row["status"] else ""
                message = f"must be one of: {', '.join(STATUSES)}{hint}"
                self._problem(number, "status", row["status"], message)
            ref = self._ref(number, "ref", row["ref"])
            texts: dict[str, Any] = {name: row.get(name, "") for name in TEXTS}
            for name, text in (*texts.items(), ("learner", learner), ("name", row.get("name", ""))):
                self._check_length(number, name, text)
            if len(self.problems) > before or ref is None or status is None:
                continue
            draft = self.drafts.setdefault(learner, _Draft(learner))
            draft.recorded = any(name in row for name in ("evidence", "assessor", *DATES))
            if ref in draft.entries:
                message = f"row {draft.entries[ref][0]} gives this learner this unit already"
                self._problem(number, "ref", row["ref"], message)
                continue
            cells: dict[str, Any] = {
                name: self._date(number, name, row.get(name, ""), "; the row is read without it")
                for name in DATES
            }
            draft.entries[ref] = (number, Entry(ref, status, **texts, **cells))
            if row.get("name") and not draft.details.name:
                draft.details = replace(draft.details, name=row["name"])

    def _filled_in(self, row: Mapping[str, str]) -> bool:
        """Whether a record's row of a unit holds more than the unit."""
        named = find_ref(row["ref"], self.qualification.by_ref) is not None
        return named and any(row.get(name) for name in (*TEXTS, *DATES))

    def _decisions(self, grid: Grid) -> None:
        found = table(grid, self.source, DECISION_COLUMNS, DECISION_OPTIONAL)
        self.problems += found.problems
        for number, row in found.rows:
            only = next(iter(self.drafts)) if len(self.drafts) == 1 else ""
            learner = row.get("learner") or only
            before = len(self.problems)
            if learner not in self.drafts:
                hint = nearest(learner, list(self.drafts)) if learner else ""
                self._problem(number, "learner", learner, f"no such learner in this file{hint}")
            decision = self._decision(number, row)
            if decision is not None and len(self.problems) == before:
                self.drafts[learner].decisions.append(decision)

    def _decision(self, number: int, row: Mapping[str, str]) -> Decision | None:
        before = len(self.problems)
        kind = _kind(row["decision"])
        if kind is None:
            words = ", ".join((*KINDS, *KINDS.values()))
            self._problem(number, "decision", row["decision"], f"must be one of: {words}")
        for name in ("reason", "by"):
            if not row[name]:
                self._problem(number, name, "", "a decision needs a reason and a name")
        texts = ("reason", "by", "outside", "withdrawn_by")
        for name in texts:
            self._check_length(number, name, row.get(name, ""))
        subject: str | None = ""
        if kind == "waive":
            subject = self._rule(number, row["unit_or_rule"])
        elif kind is not None:
            subject = self._ref(number, "unit_or_rule", row["unit_or_rule"])
        day = self._date(number, "date", row["date"])
        if not row["date"]:
            self._problem(number, "date", "", "a decision needs a date")
        withdrawn = self._date(number, "withdrawn", row.get("withdrawn", ""))
        if len(self.problems) > before or kind is None or not subject or day is None:
            return None
        reason, by, outside, withdrawn_by = (row.get(name, "") for name in texts)
        return Decision(kind, subject, reason, by, day, outside, withdrawn, withdrawn_by)

    def _ref(self, number: int, name: str, text: str) -> str | None:
        known = list(self.qualification.by_ref)
        ref = find_ref(text, known)
        if ref is None:
            hint = nearest(text, known) if text else ""
            message = f"no unit of this qualification has this ref{hint}"
            self._problem(number, name, text, message)
        return ref

    def _rule(self, number: int, text: str) -> str | None:
        rules = {rule.id.casefold(): rule.id for rule in self.qualification.rules}
        rules |= {rule.text.casefold(): rule.id for rule in self.qualification.rules}
        known = [rule.id for rule in self.qualification.rules]
        found = rules.get(text.casefold())
        if found is None:
            hint = nearest(text, known)
            message = f"no rule of this qualification has this id{hint} (rules: {', '.join(known)})"
            self._problem(number, "unit_or_rule", text, message)
        return found

    def _date(self, number: int, name: str, text: str, without: str = "") -> date | None:
        """A date; one that is not understood is a problem. `without` says what is read without it."""
        found = as_date(text)
        if found is None and text:
            self._problem(number, name, text, f"is not a date such as 2026-11-22 or 22/11/2026{without}")
        return found

    def _check_length(self, number: int, name: str, text: str) -> bool:
        """Whether a text is short enough; one that is not is a problem."""
        if len(text) > LONGEST:
            self._problem(number, name, text, f"is longer than {LONGEST:,} characters")
        return len(text) <= LONGEST

    def _problem(self, number: int, name: str, value: str, message: str) -> None:
        self.problems.append(Problem(self.source, message, row=number, field=name, value=value or "(empty)"))


def _label(text: str) -> str:
    return re.sub(r"[\s:_-]+", " ", text).strip().casefold()


def _kind(text: str) -> DecisionKind | None:
    words: dict[str, DecisionKind] = {kind: kind for kind in KINDS}
    words |= {phrase: kind for kind, phrase in KINDS.items()}
    return words.get(_label(text))
