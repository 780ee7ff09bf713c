"""Events that put back what was there before others."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from planner.register.changes import Changes, RefusedError, Row, as_told
from planner.register.merging import Dispute
from planner.register.schema import EVENT, EVENT_PAYLOAD, EVENTS, KEPT, LEARNERS, PERSON, REGISTRATION, TABLES

SINCE = "was changed since, and stays"

Place = tuple[str, str]
"""A table and the id of a row in it."""


def events_of(connection: sa.Connection, import_id: str) -> list[Row]:
    """What an import changed, with its payloads, the latest first."""
    query = sa.select(EVENT, EVENT_PAYLOAD.c.payload).select_from(EVENTS)
    query = query.where(EVENT.c.import_id == import_id, EVENT.c.kind != "import")
    return [dict(event) for event in connection.execute(query.order_by(EVENT.c.number.desc())).mappings()]


def taken_back(
    connection: sa.Connection, changes: Changes, events: Sequence[Row]
) -> tuple[int, tuple[Dispute, ...]]:
    """Puts back what was there before these events, given the latest first.

    Returns how many rows that changes, and those that somebody has changed since, which stay.
    """
    rows = _rows(connection, [(event["kind"], event["subject_id"]) for event in events])
    leaning = _leaning(connection, rows)
    undone, staying = dict.fromkeys(rows, False), dict[Place, Row]()
    for event in events:
        place = (event["kind"], event["subject_id"])
        payload = json.loads(event["payload"]) if event["payload"] else {}
        # It changed no row, or one that stays in any case, or one that is as it was already.
        if "after" not in payload or place in staying or as_told(rows.get(place), payload["before"]):
            continue
        now, before = rows.get(place), payload["before"]
        # Whatever needs the row keeps it: those of the import are None by now, as the latest goes first, and
        # a place that the import did not touch counts as there.
        leaned_on = before is None and any(rows.get(other, other) for other in leaning.get(place, ()))
        if not as_told(now, payload["after"]) or leaned_on:
            staying[place] = now or payload["after"] or payload["before"]
            continue
        old = None
        if before is not None:
            blank = {**dict.fromkeys(TABLES[place[0]].c.keys(), ""), "version": 1}
            was = {name: value for name, value in before.items() if name in blank}
            old = {**(now or blank), **was, "id": place[1]}
            # What the file said goes with it, or the next file would be compared with what was taken back.
            old |= {"said": ""} if "said" in blank else {}
        try:
            changes.change(place[0], now, old, "undone", event["registration_id"])
        except RefusedError:  # a learner who is somebody else's by now
            staying[place] = now or payload["after"]
            continue
        rows[place] = old
        undone[place] = True
    return sum(undone.values()), tuple(_disputes(connection, staying))


def _rows(connection: sa.Connection, places: Iterable[Place]) -> dict[Place, Row | None]:
    """The rows that there are now; None where there is none any more."""
    found: dict[Place, Row | None] = dict.fromkeys(place for place in places if place[0] in KEPT)
    for kind in KEPT:
        ids = [row for of, row in found if of == kind]
        for start in range(0, len(ids), 1_000):  # a statement takes only so many values
            table = TABLES[kind]
            query = sa.select(table).where(table.c.id.in_(ids[start : start + 1_000]))
            found |= {(kind, row["id"]): dict(row) for row in connection.execute(query).mappings()}
    return found


def _leaning(connection: sa.Connection, rows: Iterable[Place]) -> dict[Place, list[Place]]:
    """The rows that need each person or registration among these."""
    wanted = {place for place in rows if place[0] in ("person", "registration")}
    found: dict[Place, list[Place]] = {}

    def needs(kind: str, column: str, needed: str) -> None:
        table = TABLES[kind]
        for row, other in connection.execute(sa.select(table.c.id, table.c[column])):
            if (needed, other) in wanted:
                found.setdefault((needed, other), []).append((kind, row))

    for column in ("person_id", "assessor_id", "iqa_id"):
        needs("registration", column, "person")
    for column in ("drawn_by_id", "sampled_by_id"):
        needs("sample", column, "person")
    for kind in ("unit_status", "decision", "plan", "sample"):
        needs(kind, "registration_id", "registration")
    return found


def _disputes(connection: sa.Connection, staying: dict[Place, Row]) -> Iterable[Dispute]:
    query = sa.select(REGISTRATION.c.id, PERSON.c.reference).select_from(LEARNERS)
    learners = dict(connection.execute(query).all()) if staying else {}
    for (kind, number), row in staying.items():
        learner = row.get("reference") or learners.get(row.get("registration_id", number), "")
        what = row.get("ref") or row.get("subject") or ""
        yield Dispute(
            learner or row.get("name", ""), what, kind.replace("_", " "), row.get("status", ""), "", SINCE
        )
