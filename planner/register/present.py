"""The rows that the register has of learners for one qualification."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from planner.register.changes import Row
from planner.register.schema import DECISION, PLAN, REGISTRATION, SAMPLE, UNIT_STATUS


@dataclass(slots=True)
class Present:
    """Those of one learner: units by ref, samples by ref and moment of the draw."""

    person: Row | None = None
    registration: Row | None = None
    units: dict[str, Row] = field(default_factory=dict)
    decisions: list[Row] = field(default_factory=list)
    plan: Row | None = None
    samples: dict[tuple[str, str], Row] = field(default_factory=dict)


def present(connection: sa.Connection, qualification: str, people: Mapping[str, Row]) -> dict[str, Present]:
    """Those of some people, by whatever stands for each of them."""

    def rows(table: sa.TableClause, *where: sa.ColumnElement[bool]) -> Iterable[Row]:
        return map(dict, connection.execute(sa.select(table).where(*where)).mappings().all())

    ids = {row["id"]: key for key, row in people.items()}
    found = {key: Present(row) for key, row in people.items()}
    of: dict[str, Present] = {}
    mine = REGISTRATION.c.qualification == qualification
    for row in rows(REGISTRATION, REGISTRATION.c.person_id.in_(ids), mine):
        of[row["id"]] = found[ids[row["person_id"]]]
        of[row["id"]].registration = row
    for row in rows(UNIT_STATUS, UNIT_STATUS.c.registration_id.in_(of)):
        of[row["registration_id"]].units[row["ref"]] = row
    for row in rows(DECISION, DECISION.c.registration_id.in_(of)):
        of[row["registration_id"]].decisions.append(row)
    for row in rows(PLAN, PLAN.c.registration_id.in_(of)):
        of[row["registration_id"]].plan = row
    for row in rows(SAMPLE, SAMPLE.c.registration_id.in_(of)):
        of[row["registration_id"]].samples[row["ref"], row["drawn"]] = row
    return found
