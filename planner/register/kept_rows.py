"""What is kept, read from its rows: registrations at a glance, and everything of some."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from planner.catalogue.qualification import Qualification
from planner.files.people import identity
from planner.records.portfolios import Portfolio
from planner.records.wishes import Request
from planner.register.changes import Acting, Row
from planner.register.enforcing import seen_as
from planner.register.rows import OF_PLAN, Kept, as_calendar, as_decision, as_details, as_wishes, in_order
from planner.register.sample_rows import as_sampled
from planner.register.schema import (
    DECISION,
    IS_STAFF,
    LEARNERS,
    PERSON,
    PLAN,
    REGISTRATION,
    SAMPLE,
    UNIT_STATUS,
)


@dataclass(frozen=True, slots=True)
class Registered:
    """One registration at a glance: the status of each unit by ref."""

    registration: str
    learner: str
    name: str
    qualification: str
    assessor: str
    units: Mapping[str, str]


def registered(
    connection: sa.Connection, acting: Acting, qualification: str | None, assessor: str | None
) -> tuple[Registered, ...]:
    """Registrations that somebody may see, by learner: of one qualification, or of an assessor."""
    of = None if assessor is None else identity(assessor).casefold()
    staff = () if of is None else connection.execute(_STAFF_KEYS).scalars()
    keys = None if of is None else [key for key in staff if key.casefold() == of]
    given = {"qualification": qualification, "assessor": keys}
    narrowed = {name: value for name, value in given.items() if value is not None}
    query = _overview(connection.dialect.name, acting.role, *narrowed)
    rows = connection.execute(query, {"me": acting.person_id, **narrowed}).all()
    units = json.loads(f"[{','.join(row[-1] or '{}' for row in rows)}]")  # far quicker than one by one
    return tuple(
        Registered(number, learner, name, of, by, statuses)
        for (number, learner, name, of, by, _), statuses in zip(rows, units, strict=True)
    )


_STAFF_KEYS = sa.select(PERSON.c.staff_key).where(IS_STAFF)


@cache
def _overview(dialect: str, role: str, *narrowed: str) -> sa.Select[Any]:
    """The statement for registrations at a glance, narrowed by `qualification`, by `assessor`, or both.

    It is made once, and so has its form as SQL at hand: that takes longer than the answer of one assessor.
    """
    together = "json_group_object" if dialect == "sqlite" else "json_object_agg"
    of = sa.select(sa.cast(getattr(sa.func, together)(UNIT_STATUS.c.ref, UNIT_STATUS.c.status), sa.Text))
    units = of.where(UNIT_STATUS.c.registration_id == REGISTRATION.c.id).scalar_subquery()
    staff = PERSON.alias("staff")
    columns = (
        REGISTRATION.c.id, PERSON.c.reference, PERSON.c.name, REGISTRATION.c.qualification,
        sa.func.coalesce(staff.c.name, ""), units,
    )  # fmt: skip
    query = sa.select(*columns).order_by(PERSON.c.reference_key, REGISTRATION.c.qualification)
    by = {
        "qualification": REGISTRATION.c.qualification == sa.bindparam("qualification"),
        "assessor": staff.c.staff_key.in_(sa.bindparam("assessor", expanding=True)),
    }
    query = query.select_from(LEARNERS.outerjoin(staff, staff.c.id == REGISTRATION.c.assessor_id))
    return query.where(seen_as(role, sa.bindparam("me")), *(by[name] for name in narrowed))


def all_kept(
    connection: sa.Connection, qualification: Qualification, mine: sa.ColumnElement[bool]
) -> tuple[Kept, ...]:
    """What is kept of some registrations, by learner."""
    chosen = sa.select(REGISTRATION.c.id).select_from(LEARNERS).where(mine)

    def of(table: sa.TableClause, *order: Any) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        query = sa.select(table).where(table.c.registration_id.in_(chosen)).order_by(*order)
        for row in connection.execute(query).mappings():
            found.setdefault(row["registration_id"], []).append(dict(row))
        return found

    units, plans = of(UNIT_STATUS), of(PLAN)
    decisions, samples = of(DECISION, DECISION.c.place), of(SAMPLE, SAMPLE.c.drawn, SAMPLE.c.ref)
    names = dict(connection.execute(sa.select(PERSON.c.id, PERSON.c.name)).all())
    found, elsewhere = [], set(qualification.outside)
    query = sa.select(REGISTRATION, PERSON.c.reference, PERSON.c.name, PERSON.c.unique_learner_number)
    query = query.select_from(LEARNERS).where(mine).order_by(PERSON.c.reference_key)
    for row in map(dict, connection.execute(query).mappings()):
        number, learner = row["id"], row["reference"]
        details = as_details(row, row, names.get(row["assessor_id"], ""))
        rows = {unit["ref"]: unit for unit in units.get(number, ())}
        portfolio = Portfolio(
            learner,
            in_order(qualification.by_ref, {ref: unit for ref, unit in rows.items() if ref not in elsewhere}),
            tuple(map(as_decision, decisions.get(number, ()))),
            details,
            bool(row["recorded"]),
            outside=tuple(ref for ref in qualification.outside if ref in rows),
        )
        plan = plans[number][0] if number in plans else dict.fromkeys(OF_PLAN, "")
        request = Request(learner, as_wishes(plan["wishes"]), row["name"], details=details)
        agreed, calendar = tuple(plan["units"].split()), as_calendar(plan["calendar"])
        wished, iqa = bool(plan["wishes"]), names.get(row["iqa_id"], "")
        drawn = tuple(as_sampled(each, names) for each in samples.get(number, ()))
        of_plan = wished, agreed, calendar, iqa, row["breaks"], drawn
        found.append(Kept(number, row["qualification"], portfolio, request, *of_plan))
    return tuple(found)
