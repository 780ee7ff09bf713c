"""The third form of the register: what is drawn to be sampled, with all that is said of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from planner.register.migrations.first import _of, _row, _text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the table of samples anew: no planner has kept anything in it before."""
    op.drop_table("sample")
    op.create_table(
        "sample",
        *_row(),
        _of("registration", "registration_id", index=False),
        *(_text(name, empty=False) for name in ("ref", "drawn")),
        _text("assessed"),
        sa.Column("seed", sa.Integer),
        _text("policy"),
        _of("person", "drawn_by_id", needed=False),
        _text("sampled_on"),
        _of("person", "sampled_by_id", needed=False),
        *map(_text, ("outcome", "action", "action_due", "action_done")),
        sa.UniqueConstraint("registration_id", "ref", "drawn"),
    )
