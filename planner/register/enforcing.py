"""That nobody does or sees what the table of roles does not allow, and that work goes its way.

Every change passes `Rights.refusal`, every look `visible`: pages, commands and files have no other way.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import sqlalchemy as sa

from planner.files.people import identity
from planner.records.portfolios import DATES, rank
from planner.register.changes import Acting, Change, Row
from planner.register.roles import STEPS, may, not_allowed
from planner.register.rows import OF_UNIT
from planner.register.schema import REGISTRATION, SAMPLE, UNIT_STATUS

LOCKED = frozenset(("verified", "claimed"))
"""The statuses in which a unit is locked: it can be claimed, or sent back by who may unlock it.

That is all there is to a lock. It is not kept beside the status, so that none can outlive it.
"""

IS_LOCKED = "is verified and therefore locked: a manager unlocks it by sending it back, with a reason"
NO_REASON = "goes back, and that needs a reason"
NOT_ASSESSED = "is not assessed: only what is assessed is verified"
NOT_VERIFIED = "is not verified: only what is verified is claimed"
UNATTRIBUTED = (
    "is recorded as verified, and nobody is named who assessed it: name the assessor, of the unit or of the "
    "learner, or read it from a file"
)
NO_EVIDENCE = "has no evidence on record: nothing is claimed without"
OWN_ASSESSMENT = "is an assessment of your own: somebody else must verify it"
OWN_SAMPLE = "is an assessment of your own: somebody else must sample it"
NOT_SAMPLED = "was drawn to be sampled: record what that came to before it is verified"

_OF_SUBMISSION = ("evidence", "started", "progress")
_OF_ASSURANCE = ("iqa_sample", "iqa_outcome", "verified")


def visible(acting: Acting) -> sa.ColumnElement[bool]:
    """The registrations that somebody may see."""
    return seen_as(acting.role, acting.person_id)


def seen_as(role: str, me: str | sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """The registrations that the person with the id `me` may see in this role."""
    if may(role, "read") == "any":
        return sa.true()
    if role == "assessor":
        return REGISTRATION.c.assessor_id == me
    if role == "IQA":
        other = REGISTRATION.alias("assured")
        assured = sa.select(other.c.assessor_id).where(other.c.iqa_id == me)
        # An assessor's learner who has another IQA is that one's.
        of_them = REGISTRATION.c.iqa_id.is_(None) & REGISTRATION.c.assessor_id.in_(assured)
        return (REGISTRATION.c.iqa_id == me) | of_them
    return (REGISTRATION.c.person_id == me) if role == "learner" else sa.false()


class Rights:
    """What somebody may do in one transaction."""

    def __init__(self, connection: sa.Connection, acting: Acting) -> None:
        self._connection = connection
        self._acting = acting
        self._assessors: dict[str | None, str | None] = {}
        self._samples: dict[str, Row | None] = {}

    def sees(self, person: str, registration: str | None) -> bool:
        """Whether they may see a learner, and the registration if there is one."""
        if not self._limited:
            return True
        return person in self._own.values() if registration is None else registration in self._own

    @property
    def _limited(self) -> bool:
        return may(self._acting.role, "read") != "any"

    @cached_property
    def _own(self) -> dict[str, str]:
        """The registrations that are theirs, with the id of the learner."""
        query = sa.select(REGISTRATION.c.id, REGISTRATION.c.person_id).where(visible(self._acting))
        return {row.id: row.person_id for row in self._connection.execute(query)}

    def refusal(self, change: Change) -> str:
        """Why they may not make a change, and who may; empty where they may."""
        if change.before is None and change.after and change.after["id"] == self._acting.person_id:
            return ""  # the first person makes themself known
        undone = change.action == "undone"
        for action in ["undo"] if undone else _needed(change, self._acting.person_id):
            scope = may(self._acting.role, action)
            if scope == "no" or (scope == "own" and not self._is_own(change)):
                return not_allowed(self._acting.name, self._acting.role, action)
        wrong = ""
        if not undone:
            ways = {"unit_status": self._against_the_way, "sample": self._of_their_own}
            wrong = ways[change.kind](change) if change.kind in ways else ""
        # Noted as it will be: rows are written at the end, and later changes of the transaction rest on this
        # one.
        if change.kind == "sample":
            self._samples[(change.after or change.before or {})["id"]] = change.after
        if change.kind == "registration" and change.after:
            self._assessors[change.after["id"]] = change.after["assessor_id"]
            if change.before is None and self._limited:
                self._own[change.after["id"]] = change.after["person_id"]
        return wrong

    def _is_own(self, change: Change) -> bool:
        row = change.after or change.before or {}
        if change.before is None and change.kind == "registration":
            return bool(row["assessor_id"] == self._acting.person_id)
        if change.kind == "person":
            return change.before is None or row["id"] in self._own.values()
        return change.registration in self._own

    def _against_the_way(self, change: Change) -> str:
        """Why a unit does not go this way, whoever wishes it; empty where it does.

        What a manager takes from a file, or records anew, was done before the register knew of it: by whom
        the file, or the manager, says.
        """
        before, after = change.before or {}, change.after or {}
        was, now = before.get("status"), after.get("status")
        manager = self._acting.role == "manager"
        if before and rank(now) < rank(was):
            return NO_REASON if not change.reason and was != "planned" else ""
        if was in LOCKED and _beside_a_move(before, after):
            return IS_LOCKED
        if was == now or now not in LOCKED:
            return ""
        # What is recorded as claimed at once was never verified here, where an own assessment is refused.
        anew = not before and not change.source
        if (now == "verified" or anew) and self._assessed_it(before, after, change.registration):
            return OWN_ASSESSMENT
        if now == "claimed" and not after["evidence"] and not change.source:
            return NO_EVIDENCE
        if manager and change.source:
            return ""
        if now == "verified" and self._waits(change.registration, after["ref"]):
            return NOT_SAMPLED
        if manager and not before:
            named = after["assessor"] or self._assessor_of(change.registration)
            return "" if named else UNATTRIBUTED
        if now == "verified":
            return "" if rank(was) == rank("assessed") else NOT_ASSESSED
        return "" if was == "verified" else NOT_VERIFIED

    def _of_their_own(self, change: Change) -> str:
        """Why nobody may record what sampling an assessment of their own came to; empty where it is not."""
        before, after = change.before or {}, change.after or {}
        told = bool(change.source) and self._acting.role == "manager"
        if told or not after or after["sampled_on"] == before.get("sampled_on", ""):
            return ""
        of_it = (UNIT_STATUS.c.registration_id == change.registration) & (UNIT_STATUS.c.ref == after["ref"])
        unit = self._connection.execute(sa.select(UNIT_STATUS).where(of_it)).mappings().first()
        return OWN_SAMPLE if unit and self._assessed_it(dict(unit), {}, change.registration) else ""

    def _waits(self, registration: str | None, ref: str) -> bool:
        """Whether a unit was drawn to be sampled, and has not been."""
        of_it = (SAMPLE.c.registration_id == registration) & (SAMPLE.c.ref == ref)
        rows = self._connection.execute(sa.select(SAMPLE).where(of_it)).mappings()
        now = {row["id"]: dict(row) for row in rows} | self._samples
        return any(
            row is not None
            and (row["registration_id"], row["ref"]) == (registration, ref)
            and not row["sampled_on"]
            for row in now.values()
        )

    def _assessed_it(self, before: Row, after: Row, registration: str | None) -> bool:
        """Whether who acts has assessed a unit: by what the register saw, or by who is named."""
        if before.get("assessed_by_id") == self._acting.person_id:
            return True
        names = {identity(row["assessor"]).casefold() for row in (before, after) if row.get("assessor")}
        if names:
            return identity(self._acting.name).casefold() in names
        return self._assessor_of(registration) == self._acting.person_id

    def _assessor_of(self, registration: str | None) -> str | None:
        """The learner's assessor, also where the registration is not written yet."""
        if registration not in self._assessors:
            query = sa.select(REGISTRATION.c.assessor_id).where(REGISTRATION.c.id == registration)
            self._assessors[registration] = self._connection.execute(query).scalar()
        return self._assessors[registration]


def moved(before: str, after: str) -> str:
    """What the history calls a unit's step from one status to another."""
    if rank(after) >= rank(before):
        return "changed"
    return "unlocked" if before in LOCKED else "returned"


def _needed(change: Change, me: str) -> Iterable[str]:
    """The actions of the table that a change consists of."""
    row = change.after or change.before or {}
    if change.kind == "person":
        yield "people" if row["reference_key"] is None else "details" if change.before else "register"
    elif change.kind == "registration":
        yield from _of_registration(change.before, row, me)
    elif change.kind == "unit_status":
        yield from _of_unit(change.before, change.after)
    else:
        yield {"plan": "wish", "decision": "decide", "sample": "sample"}[change.kind]


def _of_registration(before: Row | None, after: Row, me: str) -> Iterable[str]:
    people = ("assessor_id", "iqa_id")
    if before is None:
        yield "register"
        if after["iqa_id"] or after["assessor_id"] not in (None, me):
            yield "assign"
        return
    changed = {name for name in after if after[name] != before[name]} - {"said", "version"}
    if changed & set(people):
        yield "assign"
    if changed - set(people):
        yield "details"


def _of_unit(before: Row | None, after: Row | None) -> Iterable[str]:
    if before is None or after is None:
        row = after or before or {}
        if before is not None:
            yield "unlock" if row["status"] in LOCKED else _of_work(row)
            return
        yield STEPS[row["status"]]
        if any(row[name] for name in _OF_ASSURANCE):
            yield "sample"
        return
    if after["status"] != before["status"]:
        if rank(after["status"]) >= rank(before["status"]):
            yield STEPS[after["status"]]
        else:
            yield "unlock" if before["status"] in LOCKED else "return"
    for name in _beside_a_move(before, after):
        if name in _OF_ASSURANCE:
            yield "sample"
        else:
            yield _of_work(before) if name in _OF_SUBMISSION else "assess"


def _of_work(row: Row) -> str:
    """The action that changes what was handed in: after its submission it is the assessor's."""
    return "work" if rank(row["status"]) < rank("submitted") else "assess"


def _beside_a_move(before: Row, after: Row) -> list[str]:
    """The fields that change and do not belong to the step from one status to another.

    To it belong its own date, that of the last one kept under its name, and on the way back what is undone.
    """
    changed = [name for name in OF_UNIT if name != "status" and after[name] != before[name]]
    if after["status"] == before["status"]:
        return changed
    back = rank(after["status"]) < rank(before["status"])

    def of_the_step(name: str) -> bool:
        kept = not before[name] and after[name] == before["date"]
        return name == "date" or (name in DATES and (kept or (back and not after[name])))

    return [name for name in changed if not of_the_step(name) and not (back and name == "progress")]
