"""Changes of the register, each with its event in a chain of digests, and the proof that it is whole."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from planner.errors import DataError, Problem
from planner.register.schema import EVENT, EVENT_PAYLOAD, EVENTS, KEPT, TABLES, UNRECORDED

Row = dict[str, Any]
"""A row by column, with its id."""

START = "0" * 64
"""What the first event names as the one before it."""

LINKED = (
    "number", "at", "person_id", "role", "action", "kind", "subject_id", "registration_id", "import_id",
    "payload_digest", "previous",
)  # fmt: skip
"""What the digest of an event is made of, in this order."""


_JSON = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, by name, or by account where they signed in; without a role the first that they have."""

    name: str
    role: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody the register knows, in one of the roles that it says they have."""

    person_id: str
    name: str
    role: str


class RefusedError(DataError):
    """Somebody may not do it: who, why, and who may."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row made, changed or taken away: what may be refused.

    `reason` is why, and `source` the file that says it; `action` is the event's word for it.
    """

    kind: str
    before: Row | None
    after: Row | None
    action: str
    registration: str | None
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the history is what was written.

    Parameters
    ----------
    events
        How many there are.
    broken_at
        The number of the first event that is not as it was written; None where all are.
    head
        The digest of the last event: noted elsewhere it also finds truncation and rewriting.
    missing
        Whether the head that was asked for is not in the chain.
    altered
        Rows that are not as their last event left them, as table and id.
    erased
        How many events have no payload any more.
    """

    events: int
    broken_at: int | None
    head: str
    missing: bool = False
    altered: tuple[tuple[str, str], ...] = ()
    erased: int = 0

    @property
    def intact(self) -> bool:
        """Whether nothing was changed past the register."""
        return self.broken_at is None and not self.missing and not self.altered

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON."""
        return {
            "events": self.events,
            "intact": self.intact,
            "broken_at": self.broken_at,
            "head": self.head,
            "head_missing": self.missing,
            "altered": [{"table": table, "id": row} for table, row in self.altered],
            "erased": self.erased,
        }


def new_id() -> str:
    """A random id, which says nothing of a person."""
    return secrets.token_hex(16)


def state(row: Mapping[str, Any] | None) -> Row | None:
    """What events tell of a row; None of one that is not there."""
    return None if row is None else {k: v for k, v in row.items() if k not in UNRECORDED and k != "id"}


def as_told(row: Mapping[str, Any] | None, told: Mapping[str, Any] | None) -> bool:
    """Whether a row is as an event tells it: later columns are empty, those gone are nothing."""
    now = state(row)
    if now is None or told is None:
        return now is None and told is None
    return all(value == told[name] if name in told else value in ("", None) for name, value in now.items())


class Changes:
    """What one transaction changes; `write` writes rows and events together.

    Parameters
    ----------
    connection
        A transaction beside which nobody else changes anything.
    acting, at
        Who changes it, and when.
    refusal
        Why somebody may not make a change; empty where they may.
    import_id, reason
        The import that it belongs to, and why it is done, if that is said.
    """

    def __init__(
        self,
        connection: sa.Connection,
        acting: Acting,
        at: datetime,
        refusal: Callable[[Change], str],
        import_id: str | None = None,
        reason: str = "",
    ) -> None:
        self.acting = acting
        self.at = at.isoformat()
        self.count = 0
        self._connection = connection
        self._refusal = refusal
        self._import = import_id
        self._reason = {"reason": reason.strip()} if reason.strip() else {}
        self._rows: dict[tuple[str, str], tuple[Row | None, Row | None]] = {}
        self._events: list[Row] = []
        self._payloads: list[Row] = []
        last = connection.execute(
            sa.select(EVENT.c.number, EVENT.c.digest).order_by(EVENT.c.number.desc()).limit(1)
        ).first()
        self._number: int = last.number if last else 0
        self._previous: str = last.digest if last else START

    def change(
        self,
        kind: str,
        before: Row | None,
        after: Row | None,
        action: str,
        registration: str | None = None,
        **said: str,
    ) -> None:
        """One row made, changed or taken away; nothing where it stays. `said`: where it comes from.

        Raises
        ------
        RefusedError
            Who acts may not do it.
        """
        row = after or before
        assert row is not None
        if before == after:
            return
        reason, source = self._reason.get("reason", ""), said.get("source", "")
        if message := self._refusal(Change(kind, before, after, action, registration, reason, source)):
            raise RefusedError([Problem("", message)])
        # Of a row changed twice in one transaction: as the database has it, before the first time.
        was = self._rows.get((kind, row["id"]), (before, None))[0]
        self._rows[kind, row["id"]] = (was, after)
        # What a file said last is kept with the row and is no event.
        if state(before) != state(after):
            payload = {"before": state(before), "after": state(after), **said, **self._reason}
            self._event(kind, row["id"], action, registration, payload)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All of the changes within, or none of them where one is refused."""
        rows, number, previous, count = dict(self._rows), self._number, self._previous, self.count
        try:
            yield
        except RefusedError:
            # Each event took one number: so many as were taken since are given back.
            kept = len(self._events) - (self._number - number)
            del self._events[kept:], self._payloads[kept:]
            self._rows, self._number, self._previous, self.count = rows, number, previous, count
            raise

    def redacted(self, kind: str, before: Row, after: Row, registration: str | None) -> None:
        """A row without somebody's name, and an event that tells what is left: it names nobody either."""
        self._rows[kind, before["id"]] = (before, after)
        payload = {"before": state(after), "after": state(after)}
        self._event(kind, before["id"], "redacted", registration, payload)

    def note(self, kind: str, subject: str, action: str, **said: str) -> None:
        """An event that changes no row."""
        self._event(kind, subject, action, None, dict(said))

    def _event(
        self, kind: str, subject: str, action: str, registration: str | None, payload: Mapping[str, Any]
    ) -> None:
        # A salt for each: once a payload is erased nobody can find it by trying likely words against its
        # digest.
        text, salt = _JSON(payload), secrets.token_hex(16)
        self._number += 1
        event: Row = {
            "number": self._number,
            "at": self.at,
            "person_id": self.acting.person_id,
            "role": self.acting.role,
            "action": action,
            "kind": kind,
            "subject_id": subject,
            "registration_id": registration,
            "import_id": self._import,
            "payload_digest": _digest(salt, text),
            "previous": self._previous,
        }
        self._previous = event["digest"] = linked(event)
        self._events.append(event)
        self._payloads.append({"number": self._number, "salt": salt, "payload": text})
        self.count += 1

    def write(self) -> None:
        """Writes what has changed since the last time."""
        # Made in this order each row finds those that it refers to, and taken away in the other.
        for kind in KEPT:
            rows = [(was, now) for (of, _), (was, now) in self._rows.items() if of == kind]
            made = [{**now, "version": 1} for was, now in rows if was is None and now is not None]
            changed = [now for was, now in rows if was is not None and now is not None and was != now]
            _insert(self._connection, kind, made)
            _update(self._connection, kind, changed)
        for kind in reversed(KEPT):
            gone = [
                {"row_id": was["id"]}
                for (of, _), (was, now) in self._rows.items()
                if of == kind and was is not None and now is None
            ]
            if gone:
                table = TABLES[kind]
                self._connection.execute(sa.delete(table).where(table.c.id == sa.bindparam("row_id")), gone)
        _insert(self._connection, "event", self._events)
        _insert(self._connection, "event_payload", self._payloads)
        self._rows, self._events, self._payloads = {}, [], []


def _insert(connection: sa.Connection, table: str, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(sa.insert(TABLES[table]), rows)


def _update(connection: sa.Connection, name: str, rows: Sequence[Row]) -> None:
    """Rows as they are now; each counts how often it was changed."""
    if not rows:
        return
    table = TABLES[name]
    columns = [key for key in rows[0] if key not in ("id", "version")]
    values: dict[str, Any] = {key: sa.bindparam(f"new_{key}") for key in columns}
    statement = sa.update(table).where(table.c.id == sa.bindparam("row_id"))
    statement = statement.values(**values, version=table.c.version + 1)
    connection.execute(
        statement, [{"row_id": row["id"], **{f"new_{key}": row[key] for key in columns}} for row in rows]
    )


def linked(event: Mapping[str, Any]) -> str:
    """The digest of an event, which holds that of the one before it."""
    # A chain of digests (Haber and Stornetta, Journal of Cryptology 3, 1991, 99-111): who changes an event
    # has to change all after it, and the head that others have noted.
    # A list, not a mapping: which values, and in which order, is said by `LINKED` and by nothing else.
    return _digest(_JSON([event[name] for name in LINKED]))


def _digest(*texts: str) -> str:
    # NUL stands in no salt, and JSON escapes it: no two pairs of texts run together alike.
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def verified(connection: sa.Connection, head: str) -> Verification:
    """Recomputes the chain, and compares each row with what its last event says."""
    number, previous, broken, erased = 0, START, None, 0
    found = head in ("", START)  # who noted nothing misses nothing
    last: dict[tuple[str, str], Any] = {}
    unknown: set[tuple[str, str]] = set()
    query = sa.select(
        EVENT, EVENT_PAYLOAD.c.number.label("paid"), EVENT_PAYLOAD.c.salt, EVENT_PAYLOAD.c.payload
    )
    query = query.select_from(EVENTS).order_by(EVENT.c.number)
    for event in map(dict, connection.execute(query).mappings()):
        number += 1
        gone = event["payload"] is None and event["salt"] is None
        sound = (
            event["number"] == number
            and event["previous"] == previous
            and event["digest"] == linked(event)
            and event["paid"] is not None  # erased is what was told, never its row
            and (gone or _digest(event["salt"] or "", event["payload"] or "") == event["payload_digest"])
        )
        if not sound and broken is None:
            broken = number
        erased += gone
        previous = event["digest"]
        # The head that somebody noted was the last event then, and is any of them now.
        found = found or previous == head
        subject = (event["kind"], event["subject_id"])
        if gone:
            # Of a row whose last event is erased nobody can tell whether it is as it was left, until a later
            # one tells.
            unknown.add(subject)
        elif sound and "after" in (payload := json.loads(event["payload"])):
            unknown.discard(subject)
            last[subject] = payload["after"]
    # In a broken chain no event is sure, so that rows have nothing to be compared with.
    altered = () if broken else tuple(_altered(connection, last, unknown))
    return Verification(number, broken, previous, not found, altered, erased)


def _altered(
    connection: sa.Connection, last: dict[tuple[str, str], Any], unknown: set[tuple[str, str]]
) -> Iterable[tuple[str, str]]:
    for kind in KEPT:
        for row in map(dict, connection.execute(sa.select(TABLES[kind])).mappings()):
            subject = (kind, row["id"])
            told = last.pop(subject, None)
            if subject not in unknown and not as_told(row, told):
                yield subject
    # What no row was found for should be there, and is not.
    yield from (subject for subject, after in last.items() if after is not None and subject not in unknown)
