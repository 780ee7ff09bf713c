"""Who may do what: the one table of roles, and how the register knows who acts."""

from __future__ import annotations

import sqlalchemy as sa

from planner.errors import DataError, Parameter, Problem, nearest
from planner.files.people import identity, person
from planner.records.portfolios import EntryStatus
from planner.register.changes import Acting, Actor, Changes, Row, new_id
from planner.register.schema import IS_STAFF, PERSON

ROLES = ("manager", "IQA", "assessor", "EQA", "learner")
"""The roles a person may have, those with most rights first."""

RIGHTS: dict[str, frozenset[str]] = {
    "manager": frozenset(("read", "save", "import", "undo", "people", "restore")),
    "IQA": frozenset(("read", "save", "import", "undo")),
    "assessor": frozenset(("read", "save", "import", "undo")),
    "EQA": frozenset(("read",)),
    "learner": frozenset(),
}
"""What each role may do."""

FURTHEST: dict[str, EntryStatus] = {"manager": "claimed", "IQA": "verified", "assessor": "assessed"}
"""The furthest status that each role may bring in from a file."""


def known_as(connection: sa.Connection, actor: Actor | None, right: str) -> Acting | None:
    """Who acts, in a role that allows it; None where the register knows nobody yet.

    Raises
    ------
    DataError
        The register does not know the person, or the role, or the role does not allow it; or nobody is named
        and several could be meant.
    """
    staff = connection.execute(sa.select(PERSON).where(IS_STAFF)).mappings().all()
    if not staff:
        return None
    named = ", ".join(row["name"] for row in staff if row["roles"])
    if actor is None:
        if len(staff) > 1:
            raise _refused(f"somebody must be named (known: {named})", "")
        found = staff[0]
    else:
        by_key = {row["staff_key"]: row for row in staff}
        key = identity(actor.name)
        if key not in by_key:
            hint = nearest(actor.name, [row["name"] for row in staff])
            raise _refused(f"is nobody whom the register knows{hint} (known: {named})", actor.name)
        found = by_key[key]
    roles = found["roles"].split()
    role = actor.role if actor and actor.role else next((role for role in ROLES if role in roles), "")
    if role not in roles:
        raise _refused(
            f"is no role of {found['name']} (roles: {', '.join(roles) or 'none'})", role or "(none)"
        )
    if right not in RIGHTS[role]:
        raise _refused(f"may not do this as {role}", found["name"])
    return Acting(found["id"], found["name"], role)


def first_person(actor: Actor | None) -> tuple[Acting, Row]:
    """Who makes the register: a manager, and what else they say they are."""
    name = person(actor.name) if actor else ""
    if actor is None or not name:
        raise _refused("somebody must be named: the first person that the register knows is its manager", "")
    check_roles([actor.role] if actor.role else [])
    row = staff_row(name, "manager" if actor.role in ("", "manager") else f"manager {actor.role}")
    return Acting(row["id"], name, actor.role or "manager"), row


def staff_row(name: str, roles: str) -> Row:
    """A person who works with learners."""
    row: Row = dict.fromkeys(PERSON.c.keys(), "")
    return row | {
        "id": new_id(),
        "version": 1,
        "reference_key": None,
        "likeness": None,
        "name": person(name),
        "staff_key": identity(name),
        "roles": roles,
    }


def check_roles(roles: list[str]) -> None:
    """Refuses words that are no roles."""
    if wrong := [role for role in roles if role not in ROLES]:
        problems = [Problem(Parameter("role"), f"must be one of: {', '.join(ROLES)}", value=r) for r in wrong]
        raise DataError(problems)


class Staff:
    """The people whom learners' registrations name, by name; who is new is made known."""

    def __init__(self, connection: sa.Connection) -> None:
        rows = connection.execute(sa.select(PERSON).where(IS_STAFF)).mappings()
        self._by_key: dict[str, Row] = {row["staff_key"]: dict(row) for row in rows}
        self.names: dict[str | None, str] = {row["id"]: row["name"] for row in self._by_key.values()}

    def add(self, row: Row) -> None:
        """Somebody made known elsewhere."""
        self._by_key[row["staff_key"]] = row
        self.names[row["id"]] = row["name"]

    def named(self, name: str, role: str, changes: Changes) -> str | None:
        """The id of the person with this name, who then has the role; None for no name."""
        if not name:
            return None
        old = self._by_key.get(identity(name))
        if old is None:
            row = staff_row(name, role)
            changes.change("person", None, row, "known")
        elif role not in old["roles"].split():
            row = old | {"roles": f"{old['roles']} {role}".strip()}
            changes.change("person", old, row, "role")
        else:
            return str(old["id"])
        self.add(row)
        return str(row["id"])


def _refused(message: str, value: str) -> DataError:
    return DataError([Problem(Parameter("actor"), message, value=value)])
