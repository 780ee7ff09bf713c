"""The first form of the register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(name: str, *, empty: bool = True) -> sa.Column[str]:
    """A text; one that may be missing is empty."""
    return sa.Column(name, sa.Text, nullable=False, server_default="" if empty else None)


def _row() -> list[sa.Column[str] | sa.Column[int]]:
    """What every row that people edit has: a random id, and how often it was changed."""
    return [
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    ]


def _of(table: str, name: str, *, needed: bool = True, index: bool = True) -> sa.Column[str]:
    """The id of a row of another table; a constraint that begins with it is its `index` already."""
    return sa.Column(name, sa.String(32), sa.ForeignKey(f"{table}.id"), nullable=not needed, index=index)


def upgrade() -> None:
    """Makes the tables, and the triggers that keep events as they are."""
    op.create_table(
        "person",
        *_row(),
        _text("reference"),
        sa.Column("reference_key", sa.Text, unique=True),
        sa.Column("likeness", sa.Text, index=True),
        _text("name"),
        sa.Column("staff_key", sa.Text, unique=True),
        _text("roles"),
        _text("unique_learner_number"),
    )
    op.create_table(
        "registration",
        *_row(),
        _of("person", "person_id", index=False),
        _text("qualification", empty=False),
        *map(_text, ("registration_number", "employer", "centre", "centre_number", "start", "target")),
        sa.Column("hours_per_week", sa.Integer),
        _of("person", "assessor_id", needed=False),
        _of("person", "iqa_id", needed=False),
        *map(_text, ("site", "breaks")),
        sa.Column("recorded", sa.Integer, nullable=False, server_default="1"),
        _text("said"),
        sa.UniqueConstraint("person_id", "qualification"),
    )
    op.create_table(
        "unit_status",
        *_row(),
        _of("registration", "registration_id", index=False),
        *(_text(name, empty=False) for name in ("ref", "status")),
        *map(_text, ("evidence", "assessor")),
        _of("person", "assessed_by_id", needed=False),
        *map(_text, ("date", "started", "assessed", "verified")),
        *map(_text, ("iqa_sample", "iqa_outcome")),
        sa.Column("progress", sa.Integer),
        _text("said"),
        sa.UniqueConstraint("registration_id", "ref"),
    )
    op.create_table(
        "decision",
        *_row(),
        _of("registration", "registration_id"),
        sa.Column("place", sa.Integer, nullable=False),
        *(_text(name, empty=False) for name in ("kind", "subject", "reason", "decided_by", "date")),
        *map(_text, ("outside", "withdrawn", "withdrawn_by")),
    )
    op.create_table(
        "plan",
        *_row(),
        _of("registration", "registration_id", index=False),
        *map(_text, ("wishes", "units", "calendar", "said")),
        sa.UniqueConstraint("registration_id"),
    )
    op.create_table(
        "sample",
        *_row(),
        _of("registration", "registration_id"),
        _text("ref", empty=False),
        sa.Column("seed", sa.Integer),
        _text("drawn"),
        _of("person", "sampled_by", needed=False),
        _text("outcome"),
    )
    op.create_table(
        "event",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        *(_text(name, empty=False) for name in ("at", "person_id", "role", "action", "kind", "subject_id")),
        sa.Column("registration_id", sa.String(32), index=True),
        sa.Column("import_id", sa.String(32), index=True),
        *(_text(name, empty=False) for name in ("payload_digest", "previous")),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "event_payload",
        sa.Column("number", sa.Integer, sa.ForeignKey("event.number"), primary_key=True, autoincrement=False),
        sa.Column("salt", sa.String(32)),
        sa.Column("payload", sa.Text),
    )
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


_SQLITE = """CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table} {when}
BEGIN SELECT RAISE(ABORT, 'the history of the register is not changed'); END"""

_POSTGRESQL = """CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table} FOR EACH {each} {when}
EXECUTE FUNCTION refuse_change()"""

_ERASED = "WHEN (NEW.payload IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.number <> OLD.number)"
"""Of a payload nothing but its erasing is let through."""

_REFUSED = (("event", "UPDATE", ""), ("event", "DELETE", ""), ("event_payload", "DELETE", ""))

_TRIGGERS = {
    "sqlite": [
        _SQLITE.format(table=table, what=what, when=when)
        for table, what, when in (*_REFUSED, ("event_payload", "UPDATE", _ERASED))
    ],
    "postgresql": [
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'the history of the register is not changed'; END $$",
        *(
            _POSTGRESQL.format(table=table, what=what, when=when, each=each)
            for table, what, when, each in (
                *((*refused, "ROW") for refused in _REFUSED),
                ("event_payload", "UPDATE", _ERASED, "ROW"),
                ("event", "TRUNCATE", "", "STATEMENT"),
                ("event_payload", "TRUNCATE", "", "STATEMENT"),
            )
        ),
    ],
}
