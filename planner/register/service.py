"""The register as command line, pages and Python use it: what is kept, what happened, who may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa

from planner.catalogue.qualification import Qualification
from planner.errors import DataError, Parameter, Problem, nearest
from planner.files.people import identity
from planner.files.wording import Wording
from planner.records.portfolios import Entry, EntryStatus, Portfolio
from planner.records.wishes import Request
from planner.register.about import About, about, nobody
from planner.register.changes import (
    Acting,
    Actor,
    Changes,
    RefusedError,
    Row,
    Verification,
    new_id,
    verified,
)
from planner.register.enforcing import Rights, visible
from planner.register.erasing import Erased, erase, erased_before, remembering, restored
from planner.register.glance import Glance, glance
from planner.register.history import Happened, told
from planner.register.kept_rows import Registered, all_kept, registered
from planner.register.learner_changes import InChange, LearnerChanges
from planner.register.merging import Dispute, Merged, OvertakenError, Settled, WordPolicy
from planner.register.reading import read_rows
from planner.register.retention import Due, due
from planner.register.roles import Person, Staff, first_person, known_as, may, set_person, signed_in, staff
from planner.register.rows import Kept, Wanted, of_entry, of_kept, of_portfolio, of_request
from planner.register.schema import EVENT, PERSON, REGISTRATION
from planner.register.storage import Storage
from planner.register.texts import tidied
from planner.register.undoing import events_of, taken_back

AT_ONCE = 200
"""Learners of an import that are written together: all of each or nothing; others may save between."""


@dataclass(frozen=True, slots=True)
class Look:
    """A transaction that reads, and who looks."""

    connection: sa.Connection
    acting: Acting


class Register:
    """What a centre keeps between visits; see `Storage` for addresses.

    Nothing is there before the first change. Every method takes who acts: `actor`, an `Actor`; None means the
    only person whom the register knows. What goes in and out are plain data, that no transaction holds.
    """

    def __init__(
        self,
        address: str | Path | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.storage = Storage(address)
        self._clock = clock

    # Reading

    def who_may_act(self) -> tuple[Person, ...]:
        """Whom somebody may say to be, on a computer where nobody signs in; nobody before the first change.

        It is the one question that nobody in particular asks: whoever knows who asks takes `people`.
        """
        with self.storage.reading() as connection:
            return () if connection is None else staff(connection)

    def who(self, account: str) -> Person | None:
        """Whoever signs in with this account, and the roles that they have now; None: nobody."""
        with self.storage.reading() as connection:
            row = None if connection is None else signed_in(connection, account)
            return None if row is None else Person.of(dict(row))

    def people(self, actor: Actor | None = None) -> tuple[Person, ...]:
        """Who works with learners, and in which roles."""
        with self._open(actor, "read") as look:
            return () if look is None else staff(look.connection)

    def glance(self, qualification: str | None, actor: Actor | None = None) -> Glance:
        """How much is kept of those whom the actor may see, for one qualification or for all."""
        with self._open(actor, "read") as look:
            return Glance() if look is None else glance(look.connection, look.acting, qualification)

    def learners(
        self, actor: Actor | None = None, *, qualification: str | None = None, assessor: str | None = None
    ) -> tuple[Registered, ...]:
        """The registrations that the actor may see, by learner: of one qualification, or of one assessor."""
        with self._open(actor, "read") as look:
            if look is None:
                return ()
            return registered(look.connection, look.acting, qualification, assessor)

    def load(
        self,
        actor: Actor | None,
        qualification: Qualification,
        learners: Collection[str] | None = None,
        *,
        registrations: Collection[str] | None = None,
    ) -> tuple[Kept, ...]:
        """What is kept for one qualification, of whom the actor may see: all, or some that are named."""
        with self._open(actor, "read") as look:
            if look is None:
                return ()
            mine = visible(look.acting) & (REGISTRATION.c.qualification == qualification.id)
            if learners is not None:
                mine &= PERSON.c.reference_key.in_([identity(learner) for learner in learners])
            if registrations is not None:
                mine &= REGISTRATION.c.id.in_(registrations)
            return all_kept(look.connection, qualification, mine)

    def history(
        self, actor: Actor | None = None, registration: str | None = None, most: int | None = None
    ) -> tuple[Happened, ...]:
        """What happened to one registration, or to all that the actor may see, the latest last."""
        with self._open(actor, "read") as look:
            return () if look is None else told(look.connection, look.acting, registration, most)

    def about(self, actor: Actor | None, learner: str) -> About:
        """Everything that is kept about a learner, of which the actor sees what they may.

        Raises
        ------
        DataError
            The actor sees no such learner.
        """
        with self._open(actor, "read") as look:
            if look is None:
                raise nobody(learner)
            return about(look.connection, look.acting, learner)

    def due(self, actor: Actor | None, until: date) -> tuple[Due, ...]:
        """The learners of whom nothing is known after the day `until`, for who may erase them."""
        with self._open(actor, "erase") as look:
            return () if look is None else due(look.connection, until)

    def verify(self, actor: Actor | None = None, head: str = "") -> Verification:
        """Whether the history is what was written; `head` is one noted elsewhere."""
        with self._open(actor, "check") as look:
            if look is None:
                return Verification(0, None, "", missing=bool(head))
            return verified(look.connection, head)

    def head(self, actor: Actor | None = None) -> str:
        """The digest of the last event; empty before the first."""
        with self._open(actor, "read") as look:
            query = sa.select(EVENT.c.digest).order_by(EVENT.c.number.desc()).limit(1)
            return "" if look is None else look.connection.execute(query).scalar() or ""

    # Changing

    def save(
        self,
        actor: Actor | None,
        qualification: Qualification,
        said: Iterable[Portfolio | Request],
        *,
        opened: Iterable[Kept] = (),
        reason: str = "",
        renamed: Mapping[str, str] | None = None,
        settled: Settled | None = None,
    ) -> tuple[Kept, ...]:
        """Keeps portfolios and requests, and gives what is then kept of their learners.

        Parameters
        ----------
        actor, qualification
            Who acts; the qualification that it is about.
        said
            What somebody says now, each learner at most once as each.
        opened
            What they had opened: only what differs from it is saved. Of a learner who was not opened, only
            what is new is.
        reason
            Why, for the history.
        renamed
            Who has another reference from now on: by that one the reference in `opened`.
        settled
            What was told by an `OvertakenError` before, each with whose word stays: "mine" or "theirs".

        Raises
        ------
        OvertakenError
            Somebody else has changed the same since: nothing is saved.
        DataError
            A text cannot be kept, or the actor may not do it.
        """
        wanted = [of_portfolio(each) if isinstance(each, Portfolio) else of_request(each) for each in said]
        was = dict(renamed or {})
        now = {old: new for new, old in was.items()}
        wanted = [replace(each, known_as=was.get(each.learner, "")) for each in wanted]
        bases = {now.get(each.learner, each.learner): of_kept(each) for each in opened}
        return self.save_wanted(actor, qualification, wanted, bases, reason, settled)

    def save_wanted(
        self,
        actor: Actor | None,
        qualification: Qualification,
        wanted: Sequence[Wanted],
        bases: Mapping[str, Wanted],
        reason: str = "",
        settled: Settled | None = None,
    ) -> tuple[Kept, ...]:
        """`save` of what is already in the register's own words; what `Wanted` leaves None stays."""
        wanted = tidied(qualification, wanted)
        with self._change(actor, "save", reason=reason) as change:
            learners = LearnerChanges(change, qualification.id, WordPolicy(clears=True, back=True), settled)
            for each in wanted:
                learners.apply([each], bases)
                change.changes.write()
            if learners.disputes:
                raise OvertakenError(learners.disputes)
            if learners.refused:
                raise RefusedError(learners.refused)
            keys = {identity(each.learner) for each in wanted}
            mine = visible(change.changes.acting) & (REGISTRATION.c.qualification == qualification.id)
            return all_kept(change.connection, qualification, mine & PERSON.c.reference_key.in_(keys))

    def set_status(
        self,
        actor: Actor | None,
        qualification: Qualification,
        learner: str,
        ref: str,
        status: EntryStatus,
        reason: str = "",
    ) -> Kept:
        """Brings one unit of a learner to a status, today; back, or from behind a lock, with a reason.

        Raises
        ------
        DataError
            The actor sees no such learner, or may not do it.
        """
        found = self.load(actor, qualification, [learner])
        if not found:
            known = [each.learner for each in self.learners(actor, qualification=qualification.id)]
            raise DataError([Problem(learner, f"is no learner of yours{nearest(learner, known)}")])
        before = of_kept(found[0])
        units = dict(before.units or {})
        unit = units.get(ref, of_entry(Entry(ref, status)))
        if ref not in units or unit["status"] != status:
            units[ref] = {**unit, "status": status, "date": self._clock().date().isoformat()}
        wanted = replace(before, units=units, plan=None, decisions=None)
        (kept,) = self.save_wanted(actor, qualification, [wanted], {before.learner: before}, reason)
        return kept

    def add_person(
        self,
        actor: Actor | None,
        name: str,
        roles: Collection[str] | None,
        account: str | None = None,
    ) -> None:
        """Makes somebody known who works with learners, or changes what they may do or sign in with.

        Parameters
        ----------
        actor
            Who acts.
        name, roles
            Who it is, and what they may do in place of what they might; None: as before. With the one role
            of a learner `name` is the reference of somebody registered.
        account
            What they sign in with, empty for nothing any more; None: as before.

        Raises
        ------
        DataError
            A role is none, somebody else signs in with this account, there is no such learner, or nobody
            would be left who manages.
        """
        if not identity(name):
            raise DataError([Problem("NAME", "must not be empty")])
        with self._change(actor, "people") as change:
            set_person(change.connection, change.changes, name, roles, account)

    def import_file(
        self,
        actor: Actor | None,
        qualifications: Mapping[str, Qualification],
        source: str,
        content: bytes,
        *,
        default: str | None = None,
        wording: Wording | None = None,
        same: Collection[str] = (),
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Merged:
        """Merges a file into what is kept: what is absent deletes nothing, what is in conflict is not taken.

        Each learner is kept whole or not at all; run again it completes what was ended, and that alone.

        Parameters
        ----------
        actor
            Who acts.
        qualifications, default
            Those on file by number, and the one that the file is about where it names none.
        source, content, wording, same
            As `portfolio_file` takes them.
        progress
            Told how many learners are done, and of how many.

        Raises
        ------
        DataError
            Nothing in the file can be read, or the actor may not do it.
        """
        number = default or next(iter(qualifications))
        found = read_rows(qualifications, number, source, content, wording=wording, same=same)
        import_id, total, done = new_id(), sum(map(len, found.wanted.values())), 0
        counts: Counter[str] = Counter()
        disputes: list[Dispute] = []
        noted = False
        for number, wanted in found.wanted.items():
            for start in range(0, len(wanted), AT_ONCE):
                part = wanted[start : start + AT_ONCE]
                with self._change(actor, "import", import_id) as change:
                    changes = change.changes
                    learners = LearnerChanges(change, number, WordPolicy(source=Path(source).name))
                    learners.apply(part, {}, same)
                    if changes.count and not noted:
                        words = f"imported {Path(source).name}, import {import_id}"
                        changes.note("import", import_id, "imported", words=words)
                        noted = True
                    changes.write()
                counts += learners.counts
                disputes += learners.disputes
                done += len(part)
                progress(done, total)
        number, rows = import_id if noted else "", (counts["new"], counts["changed"], counts["unchanged"])
        return Merged(number, *rows, tuple(disputes), found.problems, found.sheets)

    def undo(self, actor: Actor | None, import_id: str) -> Merged:
        """Takes an import back by events that put back what was there before it.

        What somebody has changed since stays, and is told as a conflict.

        Raises
        ------
        DataError
            There is no such import, or the actor may not do it.
        """
        with self._change(actor, "undo", undo_id := new_id()) as change:
            changes, connection = change.changes, change.connection
            events = events_of(connection, import_id)
            theirs = may(changes.acting.role, "undo") == "any" or changes.acting.person_id  # True: anybody's
            if not events or theirs not in (True, events[0]["person_id"]):
                whose = "" if theirs is True else " that you have made"
                raise DataError([Problem(import_id or "(empty)", f"is no import of this register{whose}")])
            undone, disputes = taken_back(connection, changes, events)
            if changes.count:
                words = f"undid the import {import_id}, import {undo_id}"
                changes.note("import", undo_id, "undone", words=words)
            changes.write()
        return Merged(undo_id if undone else "", 0, undone, len(events) - undone - len(disputes), disputes)

    def migrate(self, actor: Actor | None = None) -> Path | None:
        """Brings an older register up to date after a backup, whose path is given; None where it is."""
        self._may_keep(actor)
        return self.storage.migrate()

    def back_up(self, actor: Actor | None, path: Path) -> None:
        """Writes everything that is kept to a new file."""
        self._may_keep(actor)
        self.storage.back_up(path)

    def restore(self, actor: Actor | None, path: Path) -> Path | None:
        """Puts a backup in the place of what is kept, which is backed up before: the path of that backup."""
        acting = self._may_keep(actor) if self.storage.there() else None
        return restored(self.storage, path, acting, self._clock())

    def _may_keep(self, actor: Actor | None) -> Acting | None:
        with self._open(actor, "keep") as look:
            return look.acting if look else None

    # Erasing

    def erase(self, actor: Actor | None, learner: str, reason: str) -> Erased:
        """Erases a learner: rows, what events told of them, and their name wherever else it stands.

        Raises
        ------
        DataError
            There is no such learner, no reason is given, the actor may not do it; or somebody reads an SQLite
            file, whose journal then keeps what was erased: again, once nobody does.
        """
        if not reason.strip():
            raise DataError([Problem(Parameter("reason"), "must be given: it is all that stays")])
        key = sa.select(PERSON.c.id).where(PERSON.c.reference_key == identity(learner))
        with self._open(actor, "erase") as look:
            person = None if look is None else look.connection.execute(key).scalar()
        self.storage.clean()  # also what an erasing before had to leave
        # Who runs it again, as somebody read the file the first time, must learn that this is done.
        done = "; what was erased before is gone from its file now" if erased_before(self.storage) else ""
        nobody = DataError([Problem(learner, f"is no learner of this register{done}")])
        if not person:
            raise nobody
        with remembering(self.storage.erasures, person), self._change(actor, "erase") as change:
            if change.connection.execute(key).scalar() != person:
                raise nobody
            found = erase(change.connection, change.changes, person, reason)
        self.storage.clean()
        return found

    # Within

    @contextmanager
    def _open(self, actor: Actor | None, action: str) -> Iterator[Look | None]:
        """A transaction to read in, for somebody who may; None where nothing is kept yet."""
        with self.storage.reading() as connection:
            acting = None if connection is None else known_as(connection, actor, action)
            yield None if connection is None or acting is None else Look(connection, acting)

    @contextmanager
    def _change(
        self, actor: Actor | None, action: str, import_id: str | None = None, reason: str = ""
    ) -> Iterator[InChange]:
        """A transaction to change something in, for somebody who may; the first person is made known."""
        first: Row | None = None
        if not self.storage.there():
            first_person(actor)  # refused before there is a file
        with self.storage.changing() as connection:
            acting: Acting | None = known_as(connection, actor, action)
            if acting is None:
                acting, first = first_person(actor)
            rights = Rights(connection, acting)
            changes = Changes(connection, acting, self._clock(), rights.refusal, import_id, reason)
            if first is not None:
                changes.change("person", None, first, "known")
                changes.write()
            yield InChange(connection, changes, rights, Staff(connection))
