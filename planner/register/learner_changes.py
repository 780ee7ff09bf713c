"""What is said of learners, merged into what the register keeps of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from planner.errors import Problem
from planner.files.people import People, identity, likeness, person
from planner.records.portfolios import rank
from planner.register.changes import Changes, RefusedError, Row, new_id
from planner.register.enforcing import Rights, moved
from planner.register.merging import BOTH, Dispute, Settled, Whose, WordPolicy, merged
from planner.register.present import Present, present
from planner.register.roles import Staff
from planner.register.rows import OF_DECISION, OF_PERSON, OF_PLAN, OF_REGISTRATION, OF_UNIT, Values, Wanted
from planner.register.sample_rows import WHO
from planner.register.schema import PERSON, TABLES

HIDDEN = "is known to the register, and is no learner of yours: a manager may do this"
ALIKE = "may be the same person as one whom the register knows: say so, or give a reference that differs more"
TAKEN = "is the reference of another learner already"
LEFT = "is no longer kept under this reference: erased, taken back, or given another reference since"
OTHER_NAME = "the register knows another name for this reference: say that they are one person, or mend it"


EITHER: tuple[Whose, ...] = ("mine", "theirs")


@dataclass(frozen=True, slots=True)
class InChange:
    """A transaction that changes something: what it changes, what who acts may do, and whom it knows."""

    connection: sa.Connection
    changes: Changes
    rights: Rights
    staff: Staff


def _blank(table: str, **given: Any) -> Row:
    columns = TABLES[table].c.keys()
    return {**dict.fromkeys(columns, ""), "id": new_id(), "version": 1, **given}


class LearnerChanges:
    """Merges what is said of learners for one qualification, within one transaction.

    `counts` says of how many rows something is new, changed or unchanged; `disputes` what was not taken;
    `refused` what somebody may not say at all, which in a file is a dispute as well. `settled` are disputes
    told before, of which somebody has chosen what stays.
    """

    def __init__(
        self, within: InChange, qualification: str, policy: WordPolicy, settled: Settled | None = None
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.disputes: list[Dispute] = []
        self.refused: list[Problem] = []
        self._connection = within.connection
        self._changes = within.changes
        self._rights = within.rights
        self._staff = within.staff
        self._qualification = qualification
        self._policy = policy
        self._settled = settled or {}

    def apply(
        self, several: Sequence[Wanted], bases: Mapping[str, Wanted], same: Collection[str] = ()
    ) -> None:
        """Merges what is said of these learners; `bases` is what both sides knew last, by reference.

        `same` is whom somebody has confirmed to be one person; see `People`.
        """
        people = People(same)
        names = (name for each in several for name in (each.learner, each.known_as) if name)
        alike = self._alike([*names, *"=".join(same).split("=")])
        for row in (row for rows in alike.values() for row in rows.values()):
            people.known(row["reference"])
        found = [(wanted, people.known(wanted.known_as or wanted.learner)) for wanted in several]
        known = {identity(learner): self._known(alike, learner) for _, learner in found}
        there = present(
            self._connection, self._qualification, {key: row for key, row in known.items() if row}
        )
        for wanted, learner in found:
            here = there.get(identity(learner)) or Present()
            called = wanted.learner if wanted.known_as else learner
            near = {key: row for key, row in alike.get(likeness(called), {}).items() if row != here.person}
            if here.person and not self._sees(here.person, here.registration):
                self._refuse(wanted, "", "learner", wanted.learner, HIDDEN)
            elif here.registration is None and (wanted.known_as or wanted.learner in bases):
                self._dispute(wanted, "", "learner", "", learner, LEFT)
            elif wanted.known_as and identity(called) in near:
                self._refuse(wanted, "", "learner", wanted.learner, TAKEN)
            elif near and not all(
                map(people.confirmed, (learner, *(row["reference"] for row in near.values())))
            ):
                seen = (row["reference"] for row in near.values() if self._sees(row, None))
                self._dispute(wanted, "", "learner", " and ".join(seen), wanted.learner, ALIKE)
            elif self._renamed(wanted, here) and not people.confirmed(learner):
                name: str = (wanted.person or {})["name"]
                self._dispute(
                    wanted, "", "name", here.person["name"] if here.person else "", name, OTHER_NAME
                )
            else:
                self._learner(wanted, here, bases.get(wanted.learner))

    # What there is

    def _sees(self, person: Row, registration: Row | None) -> bool:
        return self._rights.sees(person["id"], registration["id"] if registration else None)

    def _renamed(self, wanted: Wanted, here: Present) -> bool:
        """Whether a file has another name for a learner than the register: two people may share a number."""
        names = ((wanted.person or {}).get("name", ""), here.person["name"] if here.person else "")
        one, other = (identity(name).casefold() for name in names)
        return bool(self._policy.source and one and other and one != other)

    def _alike(self, learners: Iterable[str]) -> dict[str, dict[str, Row]]:
        """Learners by likeness, then by key: those named, and those who may be the same."""
        query = sa.select(PERSON).where(PERSON.c.likeness.in_({likeness(each) for each in learners}))
        found: dict[str, dict[str, Row]] = {}
        for row in self._connection.execute(query).mappings():
            found.setdefault(row["likeness"], {})[row["reference_key"]] = dict(row)
        return found

    @staticmethod
    def _known(alike: Mapping[str, Mapping[str, Row]], learner: str) -> Row | None:
        return alike.get(likeness(learner), {}).get(identity(learner))

    # What is said

    def _learner(self, wanted: Wanted, here: Present, base: Wanted | None) -> None:
        before = self._changes.count, len(self.disputes)
        try:
            with self._changes.together():
                row = self._registration(wanted, here, base, self._person(wanted, here, base))
        except RefusedError as error:
            self._refuse(wanted, "", "learner", wanted.learner, error.problems[0].message)
            return
        self._plan(wanted, here, base, row["id"])
        if "wishes" in (wanted.plan or {}):
            new = here.registration is None
            self._count(new, self._changes.count > before[0], len(self.disputes) > before[1])
        for values in wanted.samples or ():
            self._sample(wanted, here, base, row["id"], values)
        for ref, values in (wanted.units or {}).items():
            self._unit(wanted, here, base, row["id"], ref, values)
        if self._policy.clears and wanted.units is not None and base is not None:
            for ref in (base.units or {}).keys() - wanted.units.keys():
                self._unit_gone(wanted, here, base, row["id"], ref)
        for values in wanted.decisions or ():
            self._decision(wanted, here, row["id"], values)

    def _person(self, wanted: Wanted, here: Present, base: Wanted | None) -> Row:
        said = wanted.person or {}
        if here.person is None:
            learner = person(wanted.learner)
            keys = {"reference_key": identity(learner), "likeness": likeness(learner), "staff_key": None}
            row = _blank("person", reference=learner, **keys, roles="learner", **said)
            self._changes.change("person", None, row, "known", **self._source(wanted))
            return row
        known = base.person if base else None
        values, _ = self._merged(wanted, "", {n: here.person[n] for n in OF_PERSON}, known, said)
        row = here.person | values
        if wanted.known_as:
            learner = person(wanted.learner)
            row |= {"reference": learner, "reference_key": identity(learner), "likeness": likeness(learner)}
        changed = self._change(wanted, "", "person", here.person, row, "changed")
        return row if changed else here.person

    def _registration(self, wanted: Wanted, here: Present, base: Wanted | None, who: Row) -> Row:
        said = dict(wanted.registration or {})
        for name in ("assessor", "iqa"):
            if name in said:
                said[name] = person(said[name])
        old = here.registration
        known = base.registration if base else _said(old)
        present = self._named(old) if old else {}
        values, wrong = self._merged(wanted, "", present, known if old else None, said)
        kept = {name: values[name] for name in (*OF_REGISTRATION, "recorded") if name in values}
        for name, role in (("assessor", "assessor"), ("iqa", "IQA")):
            if name in kept:
                kept[f"{name}_id"] = self._staff.named(kept.pop(name), role, self._changes)
        # An assessor who registers a learner is their assessor, or could not see them afterwards.
        mine = self._changes.acting.role == "assessor"
        start = old or _blank(
            "registration",
            person_id=who["id"],
            qualification=self._qualification,
            hours_per_week=None,
            assessor_id=self._changes.acting.person_id if mine else None,
            iqa_id=None,
            recorded=1,
        )
        row = start | kept | self._remembered(said, wrong, old)
        if old is None:
            source = self._source(wanted)
            self._changes.change("registration", None, row, "registered", row["id"], **source)
            return row
        return row if self._change(wanted, "", "registration", old, row, "changed", row["id"]) else old

    def _named(self, row: Row) -> Values:
        """A registration with names in the place of ids."""
        names = {name: self._staff.names.get(row[f"{name}_id"], "") for name in ("assessor", "iqa")}
        own = (name for name in (*OF_REGISTRATION, "recorded") if name not in names)
        return {**{name: row[name] for name in own}, **names}

    def _unit(
        self, wanted: Wanted, here: Present, base: Wanted | None, registration: str, ref: str, said: Values
    ) -> None:
        old, before = here.units.get(ref), (base.units or {}).get(ref) if base else None
        if old is None:
            if before is not None and not self._begun_again(wanted, ref, before, said):
                return
            values, wrong = self._merged(wanted, ref, {}, None, said)
            start = _blank(
                "unit_status", registration_id=registration, ref=ref, progress=None, assessed_by_id=None
            )
        else:
            remembered = self._policy.source and _said(old)
            if remembered == said and base is None:
                self._count(False, False, False)
                return
            present = {name: old[name] for name in OF_UNIT}
            known = before if base else remembered or None
            values, wrong = self._merged(wanted, ref, present, known, said)
            start = old
        if wrong:
            self._count(False, False, True)
            return
        row = self._assessed(start | values | self._remembered(said, wrong, old), old)
        action = moved(old["status"], row["status"]) if old else "begun"
        count = self._changes.count
        changed = self._change(wanted, ref, "unit_status", old, row, action, registration)
        self._count(old is None, self._changes.count > count, not changed)

    def _begun_again(self, wanted: Wanted, ref: str, before: Values, said: Values) -> bool:
        """Whether a unit that somebody has taken away meanwhile is to be there after all."""
        if said == before:
            return False
        return self._dispute(wanted, ref, "status", "", said["status"], BOTH, EITHER) == "mine"

    def _assessed(self, row: Row, old: Row | None) -> Row:
        """A unit with who assessed it, as the register saw it: who brings it that far, or the one named."""
        far = rank("assessed")
        if rank(row["status"]) < far:
            return row | {"assessed_by_id": None}
        if old and rank(old["status"]) >= far:
            return row
        acting = self._changes.acting
        told = self._policy.source and acting.role == "manager" and row["assessor"]
        return row | {"assessed_by_id": None if told else acting.person_id}

    def _unit_gone(self, wanted: Wanted, here: Present, base: Wanted, registration: str, ref: str) -> None:
        old = here.units.get(ref)
        if old is None:
            return
        known = (base.units or {})[ref]
        changed = {name: old[name] for name in known} != known
        if changed and self._dispute(wanted, ref, "status", old["status"], "", BOTH, EITHER) != "mine":
            return
        self._change(wanted, ref, "unit_status", old, None, "removed", registration)

    def _decision(self, wanted: Wanted, here: Present, registration: str, said: Values) -> None:
        """A decision is made or withdrawn; none is ever changed otherwise, or taken away."""
        own = [name for name in OF_DECISION if not name.startswith("withdrawn")]
        alike = [row for row in here.decisions if all(row[name] == said[name] for name in own)]
        # Each decision of a file meets another one kept: what stands there twice is meant twice.
        told = [row for row in alike if not row.get("met")]
        # False stands before True: one in the same state first, so that the same file changes nothing again.
        told.sort(key=lambda row: row["withdrawn"] != said["withdrawn"])
        old = next(iter(told), None)
        if old is None:
            place = 1 + max((row["place"] for row in here.decisions), default=0)
            row = _blank("decision", registration_id=registration, place=place, **said)
            here.decisions.append({**row, "met": True})
            made = self._change(wanted, said["subject"], "decision", None, row, "decided", registration)
            self._count(True, False, not made)
            return
        old["met"] = True
        stored = {name: value for name, value in old.items() if name != "met"}
        values = {name: said[name] for name in ("withdrawn", "withdrawn_by")}
        if not values["withdrawn"] or values == {name: stored[name] for name in values}:
            self._count(False, False, False)
        elif stored["withdrawn"]:
            self._dispute(
                wanted,
                said["subject"],
                "withdrawn",
                stored["withdrawn"],
                values["withdrawn"],
                BOTH,
                ("theirs",),
            )
        else:
            row = stored | values
            back = self._change(wanted, said["subject"], "decision", stored, row, "withdrawn", registration)
            self._count(False, True, not back)

    def _sample(
        self, wanted: Wanted, here: Present, base: Wanted | None, registration: str, said: Values
    ) -> None:
        """An assessment is drawn to be sampled, or what that came to is recorded."""
        ref, drawn = key = said["ref"], said["drawn"] or self._changes.at
        old = here.samples.get(key)
        known = {(each["ref"], each["drawn"]): each for each in (base.samples or () if base else ())}
        shown = {name: self._staff.names.get(old[f"{name}_id"], "") for name in WHO} if old else {}
        shown = {**(old or {}), **shown}
        own = wanted.sample_rows.get(key)  # of a file: not the row that says how far the unit is
        wanted = replace(wanted, rows={} if own is None else {"": own, ref: own})
        values, wrong = self._merged(wanted, ref, shown, known.get(key) if old else None, said)
        if wrong:
            self._count(False, False, True)
            return
        count = self._changes.count
        start = old or _blank("sample", registration_id=registration, seed=None)
        try:
            with self._changes.together():
                row = start | values | {"drawn": drawn} | self._samplers(old, values)
                row = {name: row[name] for name in start}
                action = "sampled" if old else "drawn"
                self._changes.change("sample", old, row, action, registration, **self._source(wanted))
        except RefusedError as error:
            self._refuse(wanted, ref, "sample", said.get("sampled_on", ""), error.problems[0].message)
            self._count(False, False, True)
            return
        self._count(old is None, self._changes.count > count, False)

    def _samplers(self, old: Row | None, values: Values) -> dict[str, str | None]:
        """Who drew and who sampled: who acts, or whom a file names."""
        if self._policy.source:
            return {f"{name}_id": self._staff.named(values.get(name, ""), "", self._changes) for name in WHO}
        me, was = self._changes.acting.person_id, old or {}
        sampled = me if values.get("sampled_on") and not was.get("sampled_on") else was.get("sampled_by_id")
        return {"drawn_by_id": was.get("drawn_by_id") if old else me, "sampled_by_id": sampled}

    def _plan(self, wanted: Wanted, here: Present, base: Wanted | None, registration: str) -> None:
        old, said = here.plan, wanted.plan
        if not said or (old is None and not any(said.values())):
            return
        known = base.plan if base else _said(old)
        present = {name: old[name] for name in OF_PLAN} if old else {}
        values, wrong = self._merged(wanted, "", present, known if old else None, said)
        start = old or _blank("plan", registration_id=registration)
        row = start | values | self._remembered(said, wrong, old)
        action = "changed" if old else "planned"
        self._change(wanted, "", "plan", old, row, action, registration)

    # What is told

    def _change(
        self,
        wanted: Wanted,
        ref: str,
        kind: str,
        before: Row | None,
        after: Row | None,
        action: str,
        registration: str | None = None,
    ) -> bool:
        """Whether a row may be changed, and then is."""
        try:
            source = self._source(wanted, ref if kind == "unit_status" else "")
            self._changes.change(kind, before, after, action, registration, **source)
        except RefusedError as error:
            value = (after or {}).get("status", "")
            self._refuse(wanted, ref, kind.replace("_", " "), value, error.problems[0].message)
            return False
        return True

    def _refuse(self, wanted: Wanted, ref: str, name: str, value: str, message: str) -> None:
        """Somebody may not say it: of a file it is not taken, otherwise nothing is."""
        if self._policy.source:
            self._dispute(wanted, ref, name, "", value, message)
        else:
            who = f"{wanted.learner}, {ref}" if ref else wanted.learner
            self.refused.append(Problem(who, message))

    def _remembered(self, said: Values, wrong: bool, old: Row | None) -> Values:
        """What a file has said of a row, which the next one is compared with."""
        if not self._policy.source or wrong:
            return {"said": old["said"] if old else ""}
        return {"said": json.dumps(said, ensure_ascii=False)}

    def _source(self, wanted: Wanted, ref: str = "") -> dict[str, str]:
        if not self._policy.source:
            return {}
        row = wanted.rows.get(ref)
        return {"source": self._policy.source + (f" row {row}" if row else "")}

    def _merged(
        self,
        wanted: Wanted,
        ref: str,
        present: Mapping[str, Any],
        known: Mapping[str, Any] | None,
        said: Values,
    ) -> tuple[Values, bool]:
        """What is to be kept of one thing, and whether anything of it is in conflict, which is told."""
        values, wrong = merged(present, known, said, self._policy)
        left = False
        for name, message in wrong:
            choices = () if self._policy.source else EITHER
            choice = self._dispute(wanted, ref, name, present.get(name, ""), said[name], message, choices)
            if choice == "mine":
                values[name] = said[name]
            left = left or choice is None
        return values, left

    def _dispute(
        self,
        wanted: Wanted,
        ref: str,
        name: str,
        kept: object,
        value: object,
        message: str,
        choices: tuple[Whose, ...] = (),
    ) -> Whose | None:
        """Tells that a value is not taken, unless somebody has chosen already: then what they have chosen."""
        old, new = ("" if text is None else str(text) for text in (kept, value))
        row = wanted.rows.get(ref)
        found = Dispute(wanted.learner, ref, name, old, new, message, self._policy.source, row, choices)
        choice = self._settled.get(found)
        if choice not in choices:
            self.disputes.append(found)
            return None
        return choice

    def _count(self, new: bool, changed: bool, disputed: bool) -> None:
        if not disputed:
            self.counts["new" if new else "changed" if changed else "unchanged"] += 1


def _said(row: Row | None) -> Values | None:
    """What a file said of a row last; None where none has."""
    return json.loads(row["said"]) if row and row["said"] else None
