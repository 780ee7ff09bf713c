"""One learner erased: rows, what events told of them, and their name in what was written of others.

The chain of events stays whole: it names random ids, and holds digests of what was told with a salt that is
gone as well. Who was erased is remembered as a random id in that chain and beside the database, so that no
backup brings them back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from planner.files.text_files import replace_file
from planner.register.changes import Acting, Changes, Row
from planner.register.enforcing import Rights
from planner.register.schema import EVENT, EVENT_PAYLOAD, EVENTS, KEPT, PERSON, REGISTRATION, TABLES
from planner.register.storage import Storage, is_register

Place = tuple[str, str, str]
"""Where somebody is named: a table, the id of a row and its column."""

GONE = "[erased]"
"""What stands where a name stood."""

_CALLED = ("reference", "name", "unique_learner_number", "account")
"""What finds somebody."""

_OF_NOBODY = frozenset(("id", "version", "qualification", "ref", "status", "kind", "subject", "number"))
"""Columns of others that hold no free text."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many registrations and events a learner had; where else they were named: table, id and column."""

    registrations: int
    events: int
    redacted: tuple[Place, ...]

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON: it names nobody."""
        places = [{"table": table, "id": row, "field": name} for table, row, name in self.redacted]
        return {"registrations": self.registrations, "events": self.events, "redacted": places}


def erase(connection: sa.Connection, changes: Changes, person: str, reason: str) -> Erased:
    """Erases the learner with this id within a transaction, with one event that says so and names nobody."""
    row = connection.execute(sa.select(PERSON).where(PERSON.c.id == person)).mappings().one()
    named = named_as(connection, dict(row))
    registrations = set(
        connection.execute(sa.select(REGISTRATION.c.id).where(REGISTRATION.c.person_id == person)).scalars()
    )
    own, others = events_about(connection, person, registrations, named)
    for name in reversed(KEPT[1:]):  # the person, first in KEPT, goes last of all
        table = TABLES[name]
        column = table.c.id if table is REGISTRATION else table.c.registration_id
        connection.execute(sa.delete(table).where(column.in_(registrations)))
    connection.execute(sa.delete(PERSON).where(PERSON.c.id == person))
    _blank(connection, [*own, *others])
    redacted, touched = [], set(others.values())
    # The learner's own rows are gone by now: what is left is of others.
    for kind, before, places in naming(connection, named):
        redacted += [place for place in places if place[2] != "said"]
        if places or (kind, before["id"]) in touched:
            after = before | {name: _redacted(name, before[name], named) for *_, name in places}
            changes.redacted(kind, before, after, registration_of(kind, before))
    redacted += [("event", subject, kind) for kind, subject in sorted(touched)]
    why = named.sub(GONE, reason)
    changes.note("erasure", person, "erased", words=f"a learner erased; because: {why}")
    changes.write()
    return Erased(len(registrations), len(own), tuple(redacted))


def naming(connection: sa.Connection, named: re.Pattern[str]) -> Iterator[tuple[str, Row, list[Place]]]:
    """Every row that is of a registration: its table, the row, and where its texts name somebody."""
    for kind in KEPT[1:]:
        for row in map(dict, connection.execute(sa.select(TABLES[kind])).mappings()):
            names = [name for name, value in row.items() if _redacted(name, value, named) != value]
            yield kind, row, [(kind, row["id"], name) for name in names]


def registration_of(kind: str, row: Row) -> str:
    """The id of the registration that a row is of."""
    found: str = row["id"] if kind == "registration" else row["registration_id"]
    return found


def named_as(connection: sa.Connection, person: Row) -> re.Pattern[str]:
    """Finds the references, names and learner numbers that somebody has or had, as words of a text."""
    query = sa.select(EVENT_PAYLOAD.c.payload).select_from(EVENTS)
    query = query.where(EVENT.c.kind == "person", EVENT.c.subject_id == person["id"])
    payloads = (json.loads(text) for text in connection.execute(query).scalars() if text)
    states = [person, *(payload.get(side) or {} for payload in payloads for side in ("before", "after"))]
    words = {each.get(name) for each in states for name in _CALLED}
    # Of alternatives a pattern takes the first that fits: a short name must not cut a longer one in two.
    longest_first = sorted(filter(None, words), key=len, reverse=True)
    return re.compile("|".join(map(_spelled, longest_first)), re.IGNORECASE)


def _spelled(word: str) -> str:
    """A pattern for a name or a reference as a word of a text, however its blanks are; in JSON too."""
    # Payloads are searched as the JSON that they are, in which quotation marks and backslashes are escaped.
    forms = {word, json.dumps(word, ensure_ascii=False)[1:-1]}
    joined = (r"\s+".join(map(re.escape, form.split())) for form in forms)
    # Not \b, which asks for a letter or a figure on one of its sides: a reference may end in a sign.
    return "|".join(rf"(?<!\w){form}(?!\w)" for form in joined)


def events_about(
    connection: sa.Connection, person: str, registrations: set[str], named: re.Pattern[str]
) -> tuple[list[int], dict[int, tuple[str, str]]]:
    """The events of a learner; and those of others that name them, with what these are of.

    Registrations that are gone since are found by what was told of them.
    """
    query = sa.select(
        EVENT.c.number, EVENT.c.kind, EVENT.c.subject_id, EVENT.c.registration_id, EVENT_PAYLOAD.c.payload
    )
    query = query.select_from(EVENTS).where(EVENT_PAYLOAD.c.payload.is_not(None)).order_by(EVENT.c.number)
    found = connection.execute(query).all()
    # An id is random and stands nowhere by chance, so that looking for it in the text is enough.
    registrations |= {
        each.subject_id for each in found if each.kind == "registration" and person in each.payload
    }
    own = [
        each.number for each in found if each.registration_id in registrations or each.subject_id == person
    ]
    mine = set(own)
    others = {
        each.number: (each.kind, each.subject_id)
        for each in found
        if each.number not in mine and each.kind != "person" and named.search(each.payload)
    }
    return own, others


def _blank(connection: sa.Connection, numbers: Iterable[int]) -> None:
    """Events without what was told: the one change of them that the database lets through."""
    statement = sa.update(EVENT_PAYLOAD).where(EVENT_PAYLOAD.c.number == sa.bindparam("of"))
    rows: list[Row] = [{"of": number} for number in numbers]
    if rows:
        connection.execute(statement.values(payload=None, salt=None), rows)


def _redacted(name: str, value: Any, named: re.Pattern[str]) -> Any:
    if not isinstance(value, str) or name in _OF_NOBODY or name.endswith("_id") or not named.search(value):
        return value
    # With the name replaced it would no longer be what the file has said, so that it could not be compared.
    return "" if name == "said" else named.sub(GONE, value)


def restored(storage: Storage, path: Path, acting: Acting | None, at: datetime) -> Path | None:
    """Restores a backup without those who were erased since: they are erased in a copy of it before."""
    gone = erased_before(storage)
    if not gone or not path.is_file() or not is_register(path):
        return storage.restore(path)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "copy.sqlite3"
        Storage(path).back_up(file)
        copy = Storage(file)
        copy.migrate()  # one of an older form could only be read
        with copy.changing() as connection:
            doing = acting or Acting("", "", "manager")
            changes = Changes(connection, doing, at, Rights(connection, doing).refusal)
            there = sa.select(PERSON.c.id).where(PERSON.c.id.in_(gone))
            for person in connection.execute(there).scalars().all():
                erase(connection, changes, person, "erased before the backup was restored")
        copy.clean()
        return storage.restore(file)


# What is remembered: in the chain, and beside the database, which may be lost


ASKED = "?"
"""What stands before the id of somebody whose erasing was begun: it may have ended before it was kept."""


def erased_before(storage: Storage) -> tuple[str, ...]:
    """The random ids of whom was erased.

    Of an erasing that was begun the register itself says whether it came to its end. Where it cannot, as it
    is not there any more, what was asked for counts.
    """
    noted = remembered(storage.erasures)
    found = dict.fromkeys(each for each in noted if not each.startswith(ASKED))
    asked = [each.removeprefix(ASKED) for each in noted if each.startswith(ASKED)]
    with storage.reading() as connection:
        if connection is None:
            return (*found, *asked)
        query = sa.select(EVENT.c.subject_id).where(EVENT.c.kind == "erasure")
        found |= dict.fromkeys(connection.execute(query).scalars())
        there = set(connection.execute(sa.select(PERSON.c.id).where(PERSON.c.id.in_(asked))).scalars())
        return tuple(found | dict.fromkeys(each for each in asked if each not in there))


def remembered(file: Path) -> tuple[str, ...]:
    """What is noted beside the database: an id each, after `ASKED` where its erasing was only begun."""
    return tuple(file.read_text(encoding="ascii").split()) if file.exists() else ()


@contextmanager
def remembering(file: Path, person: str) -> Iterator[None]:
    """Notes an erasing before it is kept, that it is done afterwards, and nothing of it where it fails."""
    before = [each for each in remembered(file) if each != ASKED + person]
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _note(file, [*before, ASKED + person])
    try:
        yield
    except BaseException:
        _note(file, before)
        raise
    _note(file, [*before, person])


def _note(file: Path, ids: Iterable[str]) -> None:
    replace_file(file, "".join(f"{each}\n" for each in dict.fromkeys(ids)).encode("ascii"))
