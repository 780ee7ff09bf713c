"""Who may do and see what: the one table of roles, and how the register knows who acts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import sqlalchemy as sa

from planner.errors import DataError, Parameter, Problem, nearest
from planner.files.people import identity, person
from planner.records.portfolios import EntryStatus
from planner.records.sign_in import account_of
from planner.register.changes import Acting, Actor, Changes, RefusedError, Row, new_id
from planner.register.schema import IS_STAFF, PERSON

Role = Literal["manager", "IQA", "assessor", "EQA", "learner"]

ROLES: tuple[Role, ...] = get_args(Role)
"""The roles a person may have, those with most rights first."""

Scope = Literal["any", "own", "no"]
"""Of whom a role may do something: of everybody in the centre; of its own learners, or of itself; of nobody.

Own learners are, to an assessor, those registered with them; to an IQA, those registered with them or with an
assessor whose work they assure; to a learner, they themselves. An import is whose who made it.
"""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that is done or seen: how a refusal names it, and of whom each role may."""

    words: str
    scopes: Mapping[Role, Scope]


def _action(words: str, scopes: str) -> Action:
    found: list[Scope] = [scope for scope in scopes.split() if scope in ("any", "own", "no")]  # type: ignore[misc]
    return Action(words, dict(zip(ROLES, found, strict=True)))


ACTIONS: dict[str, Action] = {
    # what is done                                                     manager IQA assessor EQA learner
    "read": _action("see this",                                         "any   own  own     any  own"),
    "save": _action("change what is kept",                              "any   own  own     no   own"),
    "register": _action("register a learner",                           "any   no   own     no   no"),
    "details": _action("change a learner's details",                    "any   no   own     no   no"),
    "assign": _action("say who a learner's assessor or IQA is",         "any   no   no      no   no"),
    "wish": _action("change what is wished of a plan",                  "any   no   own     no   own"),
    "work": _action("record work up to its submission",                 "any   no   own     no   own"),
    "assess": _action("assess",                                         "any   no   own     no   no"),
    "decide": _action("decide on recognition, transfer or exemption",   "any   no   own     no   no"),
    "return": _action("send a unit back",                               "any   own  own     no   no"),
    "sample": _action("record what internal quality assurance says",    "any   own  no      no   no"),
    "verify": _action("verify",                                         "any   own  no      no   no"),
    "claim": _action("claim",                                           "any   no   no      no   no"),
    "unlock": _action("unlock what is verified",                        "any   no   no      no   no"),
    "import": _action("import files",                                   "any   own  own     no   no"),
    "undo": _action("undo an import",                                   "any   own  own     no   no"),
    "check": _action("check the history",                               "any   any  any     any  no"),
    "people": _action("say who may do what",                            "any   no   no      no   no"),
    "erase": _action("erase a learner",                                 "any   no   no      no   no"),
    "keep": _action("back up, restore or update the register",          "any   no   no      no   no"),
}  # fmt: skip
"""The table: every action, and of whom each role may do it."""

STEPS: dict[EntryStatus, str] = {
    "planned": "work",
    "in progress": "work",
    "submitted": "work",
    "assessed": "assess",
    "verified": "verify",
    "claimed": "claim",
    "rpl": "assess",
    "transferred": "assess",
    "exempt": "assess",
}
"""The action that brings a unit to each status."""


def may(role: str, action: str) -> Scope:
    """Of whom somebody in this role may do it."""
    return ACTIONS[action].scopes[role]  # type: ignore[index]


def who_may(action: str) -> str:
    """Who may do it, in words."""
    found = {role: scope for role, scope in ACTIONS[action].scopes.items() if scope != "no"}
    words = [_OWN[role] if scope == "own" else _ANY[role] for role, scope in found.items()]
    return " or ".join((", ".join(words[:-1]), words[-1]) if words[1:] else words)


def not_allowed(name: str, role: str, action: str) -> str:
    """Why somebody in this role may not do it, and who may."""
    return f"{name} may not {ACTIONS[action].words} as {role}: {who_may(action)} may"


_ANY: dict[Role, str] = {role: f"a{'n' if role[0] in 'aEI' else ''} {role}" for role in ROLES}
_OWN: dict[Role, str] = {
    "manager": "a manager",
    "IQA": "the learner's IQA",
    "assessor": "the learner's assessor",
    "EQA": "an EQA",
    "learner": "the learner",
}


def known_as(connection: sa.Connection, actor: Actor | None, action: str) -> Acting | None:
    """Who acts, in a role that may do this of somebody; None where the register knows nobody yet.

    A learner is named by reference, in the role of one. What they may do is read anew each time.

    Raises
    ------
    DataError
        The register does not know the person, or the role, or the role does not allow it; or nobody is named
        and several could be meant.
    """
    found = None
    if actor is not None:
        found = signed_in(connection, actor.account) if actor.account else _named(connection, actor)
    if found is None:
        staff = connection.execute(_STAFF).mappings().all()
        if not staff:
            return None
        named = ", ".join(row["name"] for row in staff if row["roles"])
        if actor is not None and actor.account:
            raise _refused("is no account of anybody whom the register knows", actor.account)
        if actor is not None:
            hint = nearest(actor.name, [row["name"] for row in staff])
            raise _refused(f"is nobody whom the register knows{hint} (known: {named})", actor.name)
        if len(staff) > 1:
            raise _refused(f"somebody must be named (known: {named})", "")
        found = staff[0]
    roles, name = found["roles"].split(), found["name"] or found["reference"]
    role = actor.role if actor and actor.role else next((role for role in ROLES if role in roles), "")
    if role not in roles:
        raise _refused(f"is no role of {name} (roles: {', '.join(roles) or 'none'})", role or "(none)")
    if may(role, action) == "no":
        raise RefusedError([Problem("", not_allowed(name, role, action))])
    return Acting(found["id"], name, role)


def signed_in(connection: sa.Connection, account: str) -> sa.RowMapping | None:
    """Whoever signs in with this account; None: nobody."""
    return connection.execute(_ACCOUNT, {"account": account}).mappings().first() if account else None


def _named(connection: sa.Connection, actor: Actor) -> sa.RowMapping | None:
    """The person with a name, who works with learners, or else the learner with a reference."""
    # A learner's reference may be somebody else's name: the role says which of the two is meant.
    ways = (_LEARNER, _MEMBER) if actor.role == "learner" else (_MEMBER, _LEARNER)
    key = {"key": identity(actor.name)}
    found = (connection.execute(way, key).mappings().first() for way in ways)
    return next(filter(None, found), None)


# Made once: what every look at the register begins with.
_STAFF = sa.select(PERSON).where(IS_STAFF)
_MEMBER = sa.select(PERSON).where(PERSON.c.staff_key == sa.bindparam("key"))
_LEARNER = sa.select(PERSON).where(PERSON.c.reference_key == sa.bindparam("key"))
_ACCOUNT = sa.select(PERSON).where(PERSON.c.account == sa.bindparam("account"), PERSON.c.account > "")


def first_person(actor: Actor | None) -> tuple[Acting, Row]:
    """Who makes the register: a manager, and what else they say they are; nobody does by signing in."""
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


def set_person(
    connection: sa.Connection,
    changes: Changes,
    name: str,
    roles: Collection[str] | None,
    account: str | None,
) -> None:
    """Changes what somebody may do or signs in with; who is new is made known. See `Register.add_person`."""
    of_learner = list(roles or ()) == ["learner"]
    if not of_learner:
        check_roles(list(roles or ()))
    key = PERSON.c.reference_key if of_learner else PERSON.c.staff_key
    row = connection.execute(sa.select(PERSON).where(key == identity(name))).mappings().first()
    if of_learner and row is None:
        raise DataError([Problem(name, "is no learner of this register")])
    now = staff_row(name, "") if row is None else dict(row)
    if roles is not None:
        now["roles"] = " ".join(roles)
    if account is not None:
        now["account"] = account_of(account)
        other = signed_in(connection, now["account"])
        if other is not None and other["id"] != now["id"]:
            message = f"is what {other['name'] or other['reference']} signs in with"
            raise DataError([Problem(Parameter("account"), message, value=now["account"])])
    changes.change("person", dict(row) if row else None, now, "role" if row else "known")
    changes.write()
    # Asked after the change is written, which is let go of again if nobody is left who manages.
    everybody = connection.execute(sa.select(PERSON.c.roles)).scalars()
    if not any("manager" in roles.split() for roles in everybody):
        raise DataError([Problem(name, "is the last manager: make somebody else one before")])


def check_roles(roles: list[str]) -> None:
    """Refuses words that are no roles."""
    if wrong := [role for role in roles if role not in ROLES or role == "learner"]:
        problems = [
            Problem(Parameter("role"), f"must be one of: {', '.join(ROLES[:-1])}", value=r) for r in wrong
        ]
        raise DataError(problems)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works with learners, and the roles they may act in."""

    id: str
    name: str
    roles: tuple[str, ...]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Person:
        """Whom a row keeps; a learner without a name by reference."""
        return cls(row["id"], row["name"] or row["reference"], tuple(row["roles"].split()))


def staff(connection: sa.Connection) -> tuple[Person, ...]:
    """Who works with learners, by name."""
    rows = connection.execute(_STAFF.order_by(PERSON.c.name)).mappings()
    return tuple(Person.of(dict(row)) for row in rows)


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
        """The id of the person with this name, who then has the role, if one is given; None for no name."""
        if not name:
            return None
        old = self._by_key.get(identity(name))
        if old is None:
            row = staff_row(name, role)
            changes.change("person", None, row, "known")
        elif role and role not in old["roles"].split():
            row = old | {"roles": f"{old['roles']} {role}".strip()}
            changes.change("person", old, row, "role")
        else:
            return str(old["id"])
        self.add(row)
        return str(row["id"])


def _refused(message: str, value: str) -> DataError:
    return DataError([Problem(Parameter("actor"), message, value=value)])
