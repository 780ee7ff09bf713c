"""The history of the register, in sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from planner.records.portfolios import KINDS
from planner.register.changes import Acting
from planner.register.enforcing import visible
from planner.register.roles import may
from planner.register.rows import OF_PLAN, Calendar, as_calendar
from planner.register.sample_rows import policy_title
from planner.register.schema import EVENT, EVENT_PAYLOAD, EVENTS, PERSON, REGISTRATION

ERASED = "what was done has been erased"


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: its number, when, who in which role, what in words, and the import it belongs to."""

    number: int
    at: datetime
    by: str
    role: str
    registration: str | None
    words: str
    import_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The event as JSON."""
        return {
            "event": self.number,
            "at": self.at.isoformat(),
            "by": self.by,
            "role": self.role,
            "words": self.words,
            "import": self.import_id,
        }

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}, {self.by} ({self.role}): {self.words}"


def people_named(connection: sa.Connection) -> dict[str, str]:
    """Everybody by id: the name, or else the reference."""
    return {row.id: row.name or row.reference for row in connection.execute(sa.select(PERSON))}


def told(
    connection: sa.Connection,
    acting: Acting,
    registration: str | None,
    most: int | None,
) -> tuple[Happened, ...]:
    """What happened to one registration, or at all; the latest last, at most so many of the latest.

    Who sees some learners alone is told of these, and of what they have imported.
    """
    names = people_named(connection)
    query = sa.select(EVENT, EVENT_PAYLOAD.c.payload).select_from(EVENTS).order_by(EVENT.c.number.desc())
    if registration is not None:
        owner = sa.select(REGISTRATION.c.person_id).where(REGISTRATION.c.id == registration).scalar_subquery()
        # What happened to the learner (a name, a reference) belongs to each of their registrations.
        of_person = (EVENT.c.kind == "person") & (EVENT.c.subject_id == owner)
        query = query.where((EVENT.c.registration_id == registration) | of_person)
    if may(acting.role, "read") != "any":
        mine = sa.select(REGISTRATION.c.id).where(visible(acting))
        people = sa.select(REGISTRATION.c.person_id).where(visible(acting))
        of_mine = (EVENT.c.kind == "person") & EVENT.c.subject_id.in_(people)
        own_import = (EVENT.c.kind == "import") & (EVENT.c.person_id == acting.person_id)
        query = query.where(EVENT.c.registration_id.in_(mine) | of_mine | own_import)
    events = map(dict, connection.execute(query.limit(most)).mappings())
    found = [happened(event, names) for event in events]
    return tuple(reversed(found))


def happened(event: Mapping[str, Any], names: Mapping[str, str]) -> Happened:
    """An event, with its payload and the names of people by id, as a sentence tells it."""
    payload = json.loads(event["payload"]) if event["payload"] else None
    words = ERASED if payload is None else _words(event, payload, names)
    at, who = datetime.fromisoformat(event["at"]), names.get(event["person_id"], "somebody")
    return Happened(
        event["number"], at, who, event["role"], event["registration_id"], words, event["import_id"]
    )


def _words(event: Mapping[str, Any], payload: Mapping[str, Any], people: Mapping[str, str]) -> str:
    before, after = payload.get("before") or {}, payload.get("after") or {}
    sentence = _SENTENCES.get(event["kind"])
    words = sentence(before, after, people) if sentence else str(payload.get("words", event["action"]))
    source = f" (from {payload['source']})" if payload.get("source") else ""
    reason = f"; because: {payload['reason']}" if payload.get("reason") else ""
    undone = "undone: " if event["action"] == "undone" and sentence else ""
    return f"{undone}{words}{source}{reason}"


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], people: Mapping[str, str]) -> str:
    """The values that differ, each from what to what."""
    parts = []
    for name in after or before:
        old, new = (_shown(name, side.get(name), people) for side in (before, after))
        if old == new or name in _UNSAID:
            continue
        word = name.removesuffix("_id").replace("_", " ")
        parts.append(f"{word} from {old} to {new}" if old and new else f"{word} {new or f'{old} taken away'}")
    return ", ".join(parts)


_UNSAID = frozenset(
    (
        "reference_key",
        "likeness",
        "staff_key",
        "registration_id",
        "person_id",
        "place",
        "ref",
        "recorded",
        "assessed_by_id",
    )
)
"""Columns that tell a reader nothing: they follow from the others."""


def _shown(name: str, value: Any, people: Mapping[str, str]) -> str:
    if value in ("", None):
        return ""
    if name.endswith("_id"):
        return people.get(value, "somebody")
    return str(value) if name not in _FREE else f"“{value}”"


_FREE = frozenset(
    (
        "evidence",
        "iqa_sample",
        "iqa_outcome",
        "outcome",
        "action",
        "name",
        "employer",
        "centre",
        "site",
        "wishes",
    )
)


State = Mapping[str, Any]
"""What a row was, or is: empty where there is none."""


def _unit(before: State, after: State, people: Mapping[str, str]) -> str:
    ref = (after or before)["ref"]
    if not after:
        return f"{ref} taken away (it was {before['status']})"
    return f"{ref}: {_changes(before, after, people)}"


def _decision(before: State, after: State, _people: Mapping[str, str]) -> str:
    row = after or before
    kind = next((words for name, words in KINDS.items() if name == row["kind"]), row["kind"])
    words = f"{kind}, {row['subject']}, by {row['decided_by']} on {row['date']}: {row['reason']}"
    if not after:
        return f"decision taken away: {words}"
    if row["withdrawn"]:
        by = f" by {row['withdrawn_by']}" if row["withdrawn_by"] else ""
        return f"decision withdrawn{by} on {row['withdrawn']}: {words}"
    return f"decided: {words}"


def _person(before: State, after: State, people: Mapping[str, str]) -> str:
    row = after or before
    who = row["reference"] or row["name"]
    if not before or not after:
        return f"{who} {'made known' if after else 'no longer known'} ({row['roles']})"
    return f"{who}: {_changes(before, after, people)}"


def _registration(before: State, after: State, people: Mapping[str, str]) -> str:
    if not after:
        return f"registration for {before['qualification']} taken away"
    return f"{'registration' if before else 'registered'}: {_changes(before, after, people)}"


def _plan(before: State, after: State, _people: Mapping[str, str]) -> str:
    old, new = ({name: side.get(name, "") for name in OF_PLAN} for side in (before, after))
    parts = []
    if old["wishes"] != new["wishes"]:
        did = "taken away" if not new["wishes"] else "changed" if old["wishes"] else "recorded"
        parts.append(f"wishes {did}")
    if old["units"] != new["units"]:
        parts.append(_units_agreed(old["units"].split(), new["units"].split()))
    if old["calendar"] != new["calendar"]:
        parts.append(_calendar_agreed(as_calendar(old["calendar"]), as_calendar(new["calendar"])))
    return "; ".join(parts)


def _units_agreed(old: Sequence[str], new: Sequence[str]) -> str:
    if not old:
        return f"units agreed: {', '.join(new)}"
    if not new:
        return f"units agreed taken away (they were {', '.join(old)})"
    more, fewer = ([ref for ref in one if ref not in other] for one, other in ((new, old), (old, new)))
    parts = [f"{word} {', '.join(refs)}" for word, refs in (("with", more), ("without", fewer)) if refs]
    return f"units agreed changed: {', '.join(parts)}"


def _calendar_agreed(old: Calendar, new: Calendar) -> str:
    if not new:
        return "calendar agreed taken away"
    changes = [f"{ref} {_span(new[ref])}" for ref in new if ref not in old]
    changes += [
        f"{ref} {_span(new[ref])} instead of {_span(old[ref])}"
        for ref in new
        if old.get(ref, new[ref]) != new[ref]
    ]
    changes += [f"without {ref}" for ref in old if ref not in new]
    return f"calendar agreed{' changed' if old else ''}: {', '.join(changes)}"


def _span(days: tuple[date, date]) -> str:
    return f"{days[0]} to {days[1]}"


def _sample(before: State, after: State, people: Mapping[str, str]) -> str:
    row = after or before
    if not after:
        return f"{row['ref']} no longer drawn to be sampled"
    words = []
    if not before:
        title = policy_title(row["policy"])
        seed = "" if row["seed"] is None else f" by the seed {row['seed']}"
        did = "chosen" if row["seed"] is None else "drawn"
        words = [f"{row['ref']} {did} to be sampled{seed}{f' for “{title}”' if title else ''}"]
    old, new = ({name: side.get(name, "") for name in _OF_SAMPLING} for side in (before, after))
    said = _changes(old, new, people)
    words += [said if words else f"{row['ref']} sampled: {said}"] if said else []
    return ", ".join(words)


_OF_SAMPLING = ("sampled_on", "sampled_by_id", "outcome", "action", "action_due", "action_done")

_SENTENCES = {
    "unit_status": _unit,
    "decision": _decision,
    "person": _person,
    "registration": _registration,
    "plan": _plan,
    "sample": _sample,
}
