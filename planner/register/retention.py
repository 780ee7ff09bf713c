"""Who is due for erasing: of whom nothing has been heard for years."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from planner.register.rows import as_calendar
from planner.register.schema import DECISION, EVENT, LEARNERS, PERSON, PLAN, REGISTRATION, SAMPLE, UNIT_STATUS

_DAYS = (
    (UNIT_STATUS, ("date", "started", "assessed", "verified")),
    (DECISION, ("date", "withdrawn")),
    (SAMPLE, ("sampled_on", "action_due", "action_done")),
)


@dataclass(frozen=True, slots=True)
class Due:
    """A learner of whom the last day is long ago, and the qualifications they were registered for."""

    learner: str
    name: str
    last: date
    qualifications: tuple[str, ...]


def due(connection: sa.Connection, until: date) -> tuple[Due, ...]:
    """The learners of whom nothing is known after the day `until`, whose last day is the longest ago first.

    The last day is the latest that stands in what is kept (a start, a target, of a unit, a decision or a
    calendar agreed), or on which anybody changed something other than by a file; without any the day on which
    the first was taken in. What another person's erasing left in somebody's texts is no change of theirs.
    """
    query = sa.select(REGISTRATION, PERSON.c.reference, PERSON.c.name).select_from(LEARNERS)
    rows = connection.execute(query.order_by(REGISTRATION.c.qualification)).all()
    last = _days(connection)
    by_hand, first = _changed(connection)
    found: dict[str, Due] = {}
    for row in rows:
        days = (
            row.start,
            row.target,
            last.get(row.id, ""),
            *(by_hand.get(key, "") for key in (row.id, row.person_id)),
        )
        # Dates as texts with the year first: the greatest is the latest, and an empty one is below all.
        day = date.fromisoformat(max(days) or first[row.id])
        before = found.get(row.person_id)
        day = day if before is None else max(day, before.last)
        numbers = (*(before.qualifications if before else ()), row.qualification)
        found[row.person_id] = Due(row.reference, row.name, day, numbers)
    chosen = (each for each in found.values() if each.last <= until)
    return tuple(sorted(chosen, key=lambda each: (each.last, each.learner)))


def years_before(day: date, years: int) -> date:
    """The day so many years ago; of a 29 February the 28th where there was none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _days(connection: sa.Connection) -> dict[str, str]:
    """The latest day that stands in the units, decisions and calendar of each registration."""
    found: dict[str, str] = {}

    def said(registration: str, days: Iterable[str]) -> None:
        found[registration] = max((found.get(registration, ""), *days))

    for table, names in _DAYS:
        latest = (sa.func.max(table.c[name]) for name in names)
        for registration, *days in connection.execute(
            sa.select(table.c.registration_id, *latest).group_by(table.c.registration_id)
        ):
            said(registration, days)
    for registration, text in connection.execute(
        sa.select(PLAN.c.registration_id, PLAN.c.calendar).where(PLAN.c.calendar != "")
    ):
        said(registration, (finish.isoformat() for _, finish in as_calendar(text).values()))
    return found


def _changed(connection: sa.Connection) -> tuple[dict[str, str], dict[str, str]]:
    """The last day on which somebody changed something of a registration or a person; the first event's."""
    # An event of a person is of no registration, but of that person.
    of = sa.func.coalesce(EVENT.c.registration_id, EVENT.c.subject_id)
    query = sa.select(of, sa.func.max(EVENT.c.at)).group_by(of)
    by_hand = query.where(EVENT.c.import_id.is_(None), EVENT.c.action != "redacted")
    first = sa.select(of, sa.func.min(EVENT.c.at)).group_by(of)
    return (
        {key: at[:10] for key, at in connection.execute(by_hand)},
        {key: at[:10] for key, at in connection.execute(first)},
    )
