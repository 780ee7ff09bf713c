"""How much the register keeps of whom somebody may see: it names no learner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from planner.register.changes import Acting
from planner.register.enforcing import visible
from planner.register.schema import EVENT, REGISTRATION


@dataclass(frozen=True, slots=True)
class Glance:
    """How many learners are kept, when something was saved last, and the centre where they have but one."""

    learners: int = 0
    saved: datetime | None = None
    centre: str = ""


def glance(connection: sa.Connection, acting: Acting, qualification: str | None) -> Glance:
    """What is kept of whom somebody may see, for one qualification or for all."""
    mine = visible(acting)
    if qualification is not None:
        mine &= REGISTRATION.c.qualification == qualification
    query = sa.select(REGISTRATION.c.centre, sa.func.count()).where(mine).group_by(REGISTRATION.c.centre)
    centres: dict[str, int] = dict(connection.execute(query).all())
    last = connection.execute(sa.select(sa.func.max(EVENT.c.at))).scalar()
    named = [centre for centre in centres if centre]
    return Glance(
        sum(centres.values()),
        datetime.fromisoformat(last) if last else None,
        named[0] if len(named) == 1 else "",
    )
