"""The tables of the register, as statements name them; `migrations` makes them, with their constraints."""

from __future__ import annotations

from sqlalchemy import TableClause, column, table

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""What constraints are called, so that a later migration can name each of them."""

_ROW = "id version "

_COLUMNS = {
    "person": _ROW + "reference reference_key likeness name staff_key roles unique_learner_number account",
    "registration": _ROW
    + "person_id qualification registration_number employer centre centre_number start target hours_per_week "
    "assessor_id iqa_id site breaks recorded said",
    "unit_status": _ROW
    + "registration_id ref status evidence assessor assessed_by_id date started assessed verified iqa_sample "
    "iqa_outcome progress said",
    "decision": _ROW
    + "registration_id place kind subject reason decided_by date outside withdrawn withdrawn_by",
    "plan": _ROW + "registration_id wishes units calendar said",
    "sample": _ROW
    + "registration_id ref drawn assessed seed policy drawn_by_id sampled_on sampled_by_id outcome action "
    "action_due action_done",
    "event": "number at person_id role action kind subject_id registration_id import_id payload_digest "
    "previous digest",
    "event_payload": "number salt payload",
}

TABLES: dict[str, TableClause] = {
    name: table(name, *map(column, columns.split())) for name, columns in _COLUMNS.items()
}
"""Every table by name, in an order in which each stands after those that it refers to."""

PERSON, REGISTRATION, UNIT_STATUS, DECISION, PLAN, SAMPLE, EVENT, EVENT_PAYLOAD = TABLES.values()

LEARNERS = REGISTRATION.join(PERSON, PERSON.c.id == REGISTRATION.c.person_id)
"""Every registration with its learner."""

EVENTS = EVENT.outerjoin(EVENT_PAYLOAD, EVENT.c.number == EVENT_PAYLOAD.c.number)
"""Every event with what it tells."""

KEPT = ("person", "registration", "unit_status", "decision", "plan", "sample")
"""The tables whose rows have a history."""

UNRECORDED = frozenset(("version", "said"))
"""Columns that no event tells of: how often a row was changed, and what files said of it last."""

IS_STAFF = PERSON.c.staff_key > ""
"""Whether somebody works with learners. SQLite's index of the key serves this, and not IS NOT NULL."""
