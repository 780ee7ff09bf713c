"""The second form of the register: what people sign in with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the account by which somebody is known who signs in; nobody shares one."""
    op.add_column("person", sa.Column("account", sa.Text, nullable=False, server_default=""))
    some = sa.text("account <> ''")
    op.create_index(
        "uq_person_account", "person", ["account"], unique=True, sqlite_where=some, postgresql_where=some
    )
