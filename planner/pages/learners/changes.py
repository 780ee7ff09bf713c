"""What an assessor changes in a portfolio, as functions from a portfolio to a changed one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from planner.catalogue.qualification import Qualification
from planner.records.portfolios import Decision, DecisionKind, Entry, EntryStatus, Portfolio

DAY_OF: dict[EntryStatus, str] = {"in progress": "started", "assessed": "assessed", "verified": "verified"}
"""Where the date of a status belongs once the status has moved on."""


def with_status(
    qualification: Qualification,
    portfolio: Portfolio,
    ref: str,
    status: EntryStatus | None,
    by: str = "",
    on: date | None = None,
) -> Portfolio:
    """The portfolio with another status of one unit; None takes the unit out.

    The date of the old status is kept under its own name ("started", "assessed", "verified"). `by` is who
    does it, if that is known, and `on` the day: who assesses a unit that names no assessor is its assessor.
    """
    entries = {entry.ref: entry for entry in portfolio.entries}
    old = entries.pop(ref, None)
    if status is not None and old is not None and old.status == status:
        entries[ref] = old
    elif status is not None:
        moved = Entry(ref, status) if old is None else _moved_on(old, status)
        assessor = moved.assessor or (by if status == "assessed" else "")
        entries[ref] = replace(moved, date=on, assessor=assessor)
    return replace(portfolio, entries=_ordered(qualification, entries))


def _moved_on(entry: Entry, status: EntryStatus) -> Entry:
    named: dict[str, Any] = {}
    if entry.status in DAY_OF and getattr(entry, DAY_OF[entry.status]) is None:
        named[DAY_OF[entry.status]] = entry.date
    return replace(entry, status=status, date=None, **named)


def with_ticks(
    qualification: Qualification,
    portfolio: Portfolio,
    refs: Collection[str],
    statuses: Collection[EntryStatus],
    status: EntryStatus,
) -> Portfolio:
    """The portfolio in which exactly the units `refs` have one of `statuses`; `status` where newly ticked."""
    had = [entry.ref for entry in portfolio.entries if entry.status in statuses]
    for ref in set(had) - set(refs):
        portfolio = with_status(qualification, portfolio, ref, None)
    for ref in set(refs) - set(had):
        portfolio = with_status(qualification, portfolio, ref, status)
    return portfolio


def with_entry(portfolio: Portfolio, ref: str, **changes: Any) -> Portfolio:
    """The portfolio with other evidence, assessor or dates of one unit that is in it.

    From then on it counts as a record: what it lacks is remarked on.
    """
    entries = tuple(replace(entry, **changes) if entry.ref == ref else entry for entry in portfolio.entries)
    return replace(portfolio, entries=entries, recorded=True)


def with_details(portfolio: Portfolio, **changes: Any) -> Portfolio:
    """The portfolio with another header: who it is about, all optional."""
    learner = changes.pop("learner", portfolio.learner) or "-"
    return replace(portfolio, learner=learner, details=replace(portfolio.details, **changes))


def with_decision(portfolio: Portfolio, decision: Decision) -> Portfolio:
    """The portfolio with one decision more."""
    return replace(portfolio, decisions=(*portfolio.decisions, decision))


def with_withdrawn(portfolio: Portfolio, number: int, by: str, day: date) -> Portfolio:
    """The portfolio with its decision `number` (from 0) taken back; it stays in the list."""
    decisions = list(portfolio.decisions)
    decisions[number] = replace(decisions[number], withdrawn=day, withdrawn_by=by)
    return replace(portfolio, decisions=tuple(decisions))


def decision_problems(
    kind: DecisionKind, subject: str | None, outside: str, reason: str, by: str, day: date | None
) -> dict[str, str]:
    """What a decision still lacks, by field."""
    lacks = {
        "subject": (not subject, "Choose the rule." if kind == "waive" else "Choose the unit."),
        "outside": (kind == "accept" and not outside, "Say which unit from outside is accepted."),
        "reason": (not reason, "Give a reason: a decision without one cannot be checked."),
        "by": (not by, "Give your name: a decision is somebody's."),
        "date": (day is None, "Give the date."),
    }
    return {field: message for field, (missing, message) in lacks.items() if missing}


def _ordered(qualification: Qualification, entries: Mapping[str, Entry]) -> tuple[Entry, ...]:
    return tuple(entries[ref] for ref in qualification.by_ref if ref in entries)
