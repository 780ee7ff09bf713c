"""Everything that a register holds about one person: to be given to them, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from planner.errors import DataError, Problem
from planner.files.people import identity
from planner.register.changes import Acting, Row
from planner.register.enforcing import Rights, visible
from planner.register.erasing import Place, events_about, named_as, naming, registration_of
from planner.register.history import Happened, happened, people_named
from planner.register.roles import may
from planner.register.schema import EVENT, EVENT_PAYLOAD, EVENTS, PERSON, REGISTRATION


@dataclass(frozen=True, slots=True)
class Event:
    """One event as a sentence, and each value that it changed: its column, what was there, what is."""

    happened: Happened
    changes: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True, slots=True)
class About:
    """Everything about one learner, or about somebody who works with learners.

    Parameters
    ----------
    learner
        The reference, or the name.
    rows
        What is kept now, as it is kept: the table and the row, with names in the place of people's ids.
    events
        What happened, the first one first.
    elsewhere
        Where texts of others name them: table, random id and column; what these say is the others'.
    """

    learner: str
    rows: tuple[tuple[str, Row], ...]
    events: tuple[Event, ...]
    elsewhere: tuple[Place, ...]

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "learner": self.learner,
            "rows": [{"table": table, **row} for table, row in self.rows],
            "events": [
                {
                    **each.happened.to_json(),
                    "changes": [
                        {"field": name, "before": old, "after": new} for name, old, new in each.changes
                    ],
                }
                for each in self.events
            ],
            "named_elsewhere": [
                {"table": table, "id": row, "field": name} for table, row, name in self.elsewhere
            ],
        }


def nobody(learner: str) -> DataError:
    """That there is no such learner, or none whom somebody may see: which of the two is not told."""
    return DataError([Problem(learner, "is no learner of this register whom you may see")])


def about(connection: sa.Connection, acting: Acting, learner: str) -> About:
    """What somebody may see of everything about a learner.

    Who sees some of the registrations alone is told of these, and not where else the learner is named.

    Raises
    ------
    DataError
        They see no such learner.
    """
    key = sa.select(PERSON).where(PERSON.c.reference_key == identity(learner))
    found = connection.execute(key).mappings().first()
    if found is None:
        return _of_staff(connection, acting, learner)
    if not Rights(connection, acting).sees(found["id"], None):
        raise nobody(learner)
    person = dict(found)
    everything = may(acting.role, "read") == "any"
    named, names = named_as(connection, person), people_named(connection)
    mine = visible(acting) & (REGISTRATION.c.person_id == person["id"])
    seen = set(connection.execute(sa.select(REGISTRATION.c.id).where(mine)).scalars())
    told_of = set(seen)
    own, others = events_about(connection, person["id"], told_of, named)
    events = [
        event
        for event in _events(connection, own)
        if everything or event["registration_id"] in seen or event["subject_id"] == person["id"]
    ]
    rows = [("person", person)]
    elsewhere = []
    for kind, row, places in naming(connection, named):
        if registration_of(kind, row) in seen:
            rows.append((kind, row))
        elif everything:
            elsewhere += places
    if everything:
        elsewhere += [("event", subject, kind) for kind, subject in sorted(set(others.values()))]
    return About(
        person["reference"],
        tuple((kind, _with_names(row, names)) for kind, row in rows),
        tuple(Event(happened(event, names), tuple(_changes(event, names))) for event in events),
        tuple(elsewhere),
    )


def _of_staff(connection: sa.Connection, acting: Acting, name: str) -> About:
    """Everything about somebody who works with learners, for who sees everybody and for themself.

    Of what they did with learners it has when, in which role and with what, and not what that told of these.
    """
    key = sa.select(PERSON).where(PERSON.c.staff_key == identity(name))
    found = connection.execute(key).mappings().first()
    if found is None or (may(acting.role, "read") != "any" and found["id"] != acting.person_id):
        raise nobody(name)
    person, names = dict(found), people_named(connection)
    own = (EVENT.c.person_id == person["id"]) | (EVENT.c.subject_id == person["id"])
    numbers = connection.execute(sa.select(EVENT.c.number).where(own)).scalars().all()
    events = []
    for event in _events(connection, numbers):
        told = happened(event, names)
        if event["subject_id"] == person["id"]:
            events.append(Event(told, tuple(_changes(event, names))))
        else:
            words = f"{event['action']}: {event['kind'].replace('_', ' ')} {event['subject_id']}"
            events.append(Event(replace(told, words=words), ()))
    elsewhere: list[Place] = []
    for kind, row, places in naming(connection, named_as(connection, person)):
        elsewhere += places
        elsewhere += [(kind, row["id"], column) for column, value in row.items() if value == person["id"]]
    return About(person["name"], (("person", person),), tuple(events), tuple(elsewhere))


def _events(connection: sa.Connection, numbers: Iterable[int]) -> Iterator[Mapping[str, Any]]:
    wanted = set(numbers)
    query = sa.select(EVENT, EVENT_PAYLOAD.c.payload).select_from(EVENTS).order_by(EVENT.c.number)
    for event in map(dict, connection.execute(query).mappings()):
        if event["number"] in wanted:
            yield event


def _changes(event: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[tuple[str, Any, Any]]:
    payload = json.loads(event["payload"]) if event["payload"] else {}
    before, after = (_with_names(payload.get(side) or {}, names) for side in ("before", "after"))
    for name in dict.fromkeys((*before, *after)):
        old, new = (side.get(name) for side in (before, after))
        if old != new and not {old, new} <= {"", None}:
            yield name, old, new


def _with_names(row: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    """A row with the names of people in the place of their ids."""
    return {name: names.get(value, value) if name.endswith(_PEOPLE) else value for name, value in row.items()}


_PEOPLE = ("assessor_id", "iqa_id", "assessed_by_id", "drawn_by_id", "sampled_by_id")
