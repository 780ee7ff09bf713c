"""Portfolios: how far each unit of a learner is, and what an assessor decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from planner.catalogue.qualification import Qualification, in_words
from planner.records.registrations import Break
from planner.rules.rule import Way

EntryStatus = Literal[
    "planned", "in progress", "submitted", "assessed", "verified", "claimed", "rpl", "transferred", "exempt"
]


STATUSES: tuple[EntryStatus, ...] = (
    "planned",
    "in progress",
    "submitted",
    "assessed",
    "verified",
    "claimed",
    "rpl",
    "transferred",
    "exempt",
)
"""The status words of a unit, from the first step to the last; then those of units not assessed here."""


def rank(status: object) -> int:
    """How far a status is; one held in another way than by an assessment is as far as an assessed one."""
    if status not in STATUSES:
        return -1
    far = STATUSES.index(status)
    return far if far <= STATUSES.index("claimed") else STATUSES.index("assessed")


_WAYS: dict[EntryStatus, Way] = {"rpl": "rpl", "transferred": "transfer", "exempt": "exempt"}
"""The statuses that say how a unit came to be held."""


ACHIEVED: frozenset[EntryStatus] = frozenset({"assessed", "verified", "claimed", *_WAYS})
"""The statuses of an achieved unit; an assessed one awaits internal quality assurance."""


IN_HAND: frozenset[EntryStatus] = frozenset({"in progress", "submitted"})
"""The statuses of a unit that is being worked on."""


Day = date
"""The type of a date, under a name that no column has."""


DecisionKind = Literal["recognise", "transfer", "accept", "exempt", "waive"]


KINDS: dict[DecisionKind, str] = {
    "recognise": "recognise prior learning",
    "transfer": "credit transfer",
    "accept": "accept a unit from outside as equivalent",
    "exempt": "exempt from a unit",
    "waive": "waive a rule",
}
"""What an assessor can decide, in words."""

_DECIDED: dict[DecisionKind, Way] = {
    "recognise": "rpl", "transfer": "transfer", "accept": "transfer", "exempt": "exempt",
}  # fmt: skip
"""How a unit is held that a decision is about."""


TEXTS = ("evidence", "assessor", "iqa_sample", "iqa_outcome")


DATES = ("date", "started", "assessed", "verified")


DETAILS = ("name", "registration_number", "unique_learner_number", "employer", "centre", "centre_number")


REGISTRATION = ("start", "target", "hours_per_week", "assessor", "site")
"""What is known of a learner's registration: two dates, whole hours, two names."""


RECORD, PORTFOLIO, DECISIONS = "Record", "Portfolio", "Decisions"
"""The sheets of the planner's own workbooks: one learner's record, a table of many, what was decided."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit of a portfolio: how far it is, the refs of its evidence, who assessed it and when.

    `date` belongs to the status. `iqa_sample` and `iqa_outcome` are the internal quality assurer's words.
    `row` is where a file says it (the header is row 1), which is no part of what it says.
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
    progress: int | None = None
    """Percent of its work that is done, where the file says so."""
    row: int | None = field(default=None, compare=False)

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
            verb = {
                "recognise": "recognised prior learning for",
                "transfer": "transferred credit for",
                "accept": "accepted a unit from outside as",
                "exempt": "exempted from",
            }[self.kind]
            what = f"{verb} {qualification.named(self.subject)}"
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
    """Who the record is about, all optional: the learner's and the centre's header, and the registration.

    `start` and `target` are its first day and its planned end, `breaks` the weeks without work.
    """

    name: str = ""
    registration_number: str = ""
    unique_learner_number: str = ""
    employer: str = ""
    centre: str = ""
    centre_number: str = ""
    start: Day | None = None
    target: Day | None = None
    hours_per_week: int | None = None
    assessor: str = ""
    site: str = ""
    breaks: tuple[Break, ...] = ()

    @property
    def registration(self) -> dict[str, str]:
        """What is known of the registration, as text."""
        found = {name: getattr(self, name) for name in REGISTRATION}
        return {name: str(value) for name, value in found.items() if value not in (None, "")}


@dataclass(frozen=True)
class Portfolio:
    """One learner's units, each at most once, and the decisions on them.

    `recorded` says whether the source has a column for evidence, assessors or dates at all: a bare list
    of units is not blamed for lacking them. `rows_left_out` is how many of the learner's rows could not be
    read; `doubt` says why nobody may judge what was, and is empty where that may be.
    """

    learner: str
    entries: tuple[Entry, ...] = ()
    decisions: tuple[Decision, ...] = ()
    details: Details = Details()
    recorded: bool = True
    rows_left_out: int = 0
    doubt: str = ""
    outside: tuple[str, ...] = ()
    """The refs of achieved units that the qualification does not list and a rule asks for."""

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
    def ways(self) -> frozenset[tuple[str, str]]:
        """How achieved units came to be held, if not assessed here; also those outside the table."""
        decided = {d.subject: _DECIDED[d.kind] for d in self.decisions if d.in_force and d.kind in _DECIDED}
        stated = {entry.ref: _WAYS[entry.status] for entry in self.entries if entry.status in _WAYS}
        assessed = {e.ref for e in self.entries if e.achieved and e.status not in _WAYS}
        outside = dict.fromkeys(self.outside, "achieved")
        # What a row says of itself counts before what was decided of it, and an assessment before both.
        ways = {ref: way for ref, way in (decided | stated).items() if ref not in assessed}
        return frozenset((outside | ways).items())

    @cached_property
    def in_hand(self) -> frozenset[str]:
        """The units in progress or submitted, and not achieved."""
        return frozenset(e.ref for e in self.entries if e.status in IN_HAND) - self.achieved

    @cached_property
    def awaiting_iqa(self) -> tuple[str, ...]:
        """The units assessed but not yet verified by internal quality assurance."""
        return tuple(e.ref for e in self.entries if e.status == "assessed")
