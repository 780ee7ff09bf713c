"""Portfolios, requests and decisions as the rows that keep them, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from planner.files.dates import date_text
from planner.records.portfolios import (
    DATES,
    DETAILS,
    REGISTRATION,
    TEXTS,
    Decision,
    Details,
    Entry,
    Portfolio,
)
from planner.records.registrations import breaks_in
from planner.records.wishes import Request, Wishes
from planner.register.sample_rows import Sampled, of_sampled

OF_PERSON = ("name", "unique_learner_number")
OF_REGISTRATION = (
    *(name for name in DETAILS if name not in OF_PERSON),
    "start", "target", "hours_per_week", "assessor", "iqa", "site", "breaks",
)  # fmt: skip
OF_UNIT = ("status", *TEXTS, *DATES, "progress")
OF_PLAN = ("wishes", "units", "calendar")
OF_DECISION = ("kind", "subject", "outside", "reason", "decided_by", "date", "withdrawn", "withdrawn_by")

Values = dict[str, Any]
"""What is said of one thing, by column: texts, dates as text, a number or None."""

Calendar = Mapping[str, tuple[date, date]]
"""Of units the first and the last day that were agreed."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the register keeps of one person for one qualification.

    Parameters
    ----------
    registration
        Its random id, which addresses of pages may carry.
    qualification
        The number of the qualification.
    portfolio, request
        The units with their statuses, and the decisions; what is wished of a plan.
    wished
        Whether anything is wished; else `request` has what is taken for granted.
    agreed, calendar
        The units of the plan that was agreed, and from when to when each is worked on.
    iqa, breaks
        Who assures the assessor's work; weeks without work, as texts such as 2026-12-21:2027-01-03.
    samples
        The assessments that were drawn to be sampled, in the order of their draws.
    """

    registration: str
    qualification: str
    portfolio: Portfolio
    request: Request
    wished: bool = False
    agreed: tuple[str, ...] = ()
    calendar: Calendar = field(default_factory=dict)
    iqa: str = ""
    breaks: str = ""
    samples: tuple[Sampled, ...] = ()

    @property
    def learner(self) -> str:
        """The learner's reference."""
        return self.portfolio.learner


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody says of one learner: None where nothing is said.

    `rows` are those of a file, by ref; `sample_rows` those of its samples, by ref and moment. `plan` has
    `wishes`, `units` and `calendar`, or some of them. `known_as` is the reference that the register knows
    where `learner` is to be the one from now on; empty where it stays.
    """

    learner: str
    person: Values | None = None
    registration: Values | None = None
    units: Mapping[str, Values] | None = None
    decisions: tuple[Values, ...] | None = None
    plan: Values | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    known_as: str = ""
    samples: tuple[Values, ...] | None = None
    sample_rows: Mapping[tuple[str, str], int] = field(default_factory=dict)


def of_portfolio(portfolio: Portfolio) -> Wanted:
    """What a portfolio says."""
    person, registration = _of_details(portfolio.details, portfolio.details.name)
    return Wanted(
        portfolio.learner,
        person,
        {**registration, "recorded": int(portfolio.recorded)},
        {entry.ref: of_entry(entry) for entry in as_entries(portfolio)},
        tuple(map(of_decision, portfolio.decisions)),
        rows={entry.ref: entry.row for entry in portfolio.entries if entry.row},
    )


def as_entries(portfolio: Portfolio) -> tuple[Entry, ...]:
    """The units of a portfolio, those too that the qualification does not list and a rule asks for."""
    return (*portfolio.entries, *(Entry(ref, "verified") for ref in portfolio.outside))


def of_request(request: Request) -> Wanted:
    """What a row of a cohort says; of what cohorts have no column for it says nothing."""
    _, registration = _of_details(request.details, request.name)
    registration = {name: registration[name] for name in REGISTRATION}
    rows = {"": request.row} if request.row else {}
    plan = {"wishes": of_wishes(request.wishes)}
    return Wanted(request.learner, {"name": request.name}, registration, plan=plan, rows=rows)


def of_kept(kept: Kept) -> Wanted:
    """Everything that is kept of a learner."""
    said = of_portfolio(kept.portfolio)
    registration = {**(said.registration or {}), "iqa": kept.iqa, "breaks": kept.breaks}
    return Wanted(
        said.learner,
        said.person,
        registration,
        said.units,
        said.decisions,
        {
            "wishes": of_wishes(kept.request.wishes) if kept.wished else "",
            **of_plan(kept.agreed, kept.calendar),
        },
        said.rows,
        samples=tuple(map(of_sampled, kept.samples)),
    )


def _of_details(details: Details, name: str) -> tuple[Values, Values]:
    person = {"name": name, "unique_learner_number": details.unique_learner_number}
    own = ("registration_number", "employer", "centre", "centre_number", "assessor", "site")
    registration: Values = {field: getattr(details, field) for field in own}
    registration |= {field: date_text(getattr(details, field)) for field in ("start", "target")}
    return person, {**registration, "hours_per_week": details.hours_per_week}


def of_entry(entry: Entry) -> Values:
    """One unit."""
    texts = {name: getattr(entry, name) for name in TEXTS}
    days = {name: date_text(getattr(entry, name)) for name in DATES}
    return {"status": entry.status, **texts, **days, "progress": entry.progress}


def of_decision(decision: Decision) -> Values:
    """What an assessor decided."""
    return {
        "kind": decision.kind,
        "subject": decision.subject,
        "outside": decision.outside,
        "reason": decision.reason,
        "decided_by": decision.by,
        "date": date_text(decision.date),
        "withdrawn": date_text(decision.withdrawn),
        "withdrawn_by": decision.withdrawn_by,
    }


def of_wishes(wishes: Wishes) -> str:
    """Wishes as one text; what a centre offers, and what is begun, is not the learner's."""
    found: Values = {name: sorted(getattr(wishes, name)) for name in ("pins", "excludes", "held", "keep")}
    found |= {name: list(getattr(wishes, name)) for name in ("goals", "tasks")}
    found |= {"survive": wishes.survive, "ways": sorted(wishes.ways)}
    return json.dumps(found, ensure_ascii=False)


def as_wishes(text: str) -> Wishes:
    """The wishes that a text keeps; none for an empty one."""
    if not text:
        return Wishes()
    found = json.loads(text)
    sets = {name: frozenset(found[name]) for name in ("pins", "excludes", "held", "keep")}
    ways = frozenset((ref, way) for ref, way in found["ways"])
    goals, tasks = tuple(found["goals"]), tuple(found["tasks"])
    return Wishes(**sets, goals=goals, tasks=tasks, survive=found["survive"], ways=ways)


def of_plan(units: Iterable[str], calendar: Calendar) -> Values:
    """The plan agreed, as texts; empty ones where nothing is."""
    days = {ref: [day.isoformat() for day in calendar[ref]] for ref in sorted(calendar)}
    return {
        "units": " ".join(sorted(units)),
        "calendar": json.dumps(days, ensure_ascii=False) if days else "",
    }


def as_calendar(text: str) -> dict[str, tuple[date, date]]:
    """The calendar that a text keeps."""
    days = {ref: [date.fromisoformat(day) for day in span] for ref, span in json.loads(text or "{}").items()}
    return {ref: (first, last) for ref, (first, last) in days.items()}


def as_details(person: Mapping[str, Any], registration: Mapping[str, Any], assessor: str) -> Details:
    """What is known of a person and a registration."""
    days: Values = {name: as_day(registration[name]) for name in ("start", "target")}
    own = ("registration_number", "employer", "centre", "centre_number", "hours_per_week", "site")
    return Details(
        name=person["name"],
        unique_learner_number=person["unique_learner_number"],
        assessor=assessor,
        breaks=breaks_in(registration.get("breaks", ""), "", []),
        **{name: registration[name] for name in own},
        **days,
    )


def as_entry(row: Mapping[str, Any]) -> Entry:
    """The unit that a row keeps."""
    days: Values = {name: as_day(row[name]) for name in DATES}
    texts: Values = {name: row[name] for name in TEXTS}
    return Entry(row["ref"], row["status"], **texts, **days, progress=row["progress"])


def as_decision(row: Mapping[str, Any]) -> Decision:
    """The decision that a row keeps."""
    day = as_day(row["date"])
    assert day is not None
    return Decision(
        row["kind"],
        row["subject"],
        row["reason"],
        row["decided_by"],
        day,
        row["outside"],
        as_day(row["withdrawn"]),
        row["withdrawn_by"],
    )


def in_order(refs: Iterable[str], rows: Mapping[str, Mapping[str, Any]]) -> tuple[Entry, ...]:
    """Units in the order of a qualification, those that it does not know last."""
    known = [ref for ref in refs if ref in rows]
    return tuple(as_entry(rows[ref]) for ref in (*known, *sorted(rows.keys() - set(known))))


def as_day(text: str) -> date | None:
    """The date that a text keeps."""
    return date.fromisoformat(text) if text else None
