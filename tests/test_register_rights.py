"""Who may do and see what, cell by cell, and the way that a unit goes from planned to claimed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from planner import DataError, Portfolio, Qualification, Request, Wishes
from planner.records.portfolios import STATUSES, Decision, Details, Entry, EntryStatus
from planner.register import Actor, Merged, RefusedError, Register, roles
from planner.register.rows import Wanted, of_kept, of_wishes
from planner.register.sample_rows import Sampled, of_sampled
from planner.register.schema import EVENT
from tests import test_register
from tests.registers import ADA, register

address, kept = test_register.address, test_register.kept

DRAWN = """\
action    manager  IQA  assessor  EQA  learner
read      + +      + -  + -       + +  + -
register  + +      - -  + -       - -  - -
details   + +      - -  + -       - -  - -
assign    + +      - -  - -       - -  - -
wish      + +      - -  + -       - -  + -
work      + +      - -  + -       - -  + -
assess    + +      - -  + -       - -  - -
decide    + +      - -  + -       - -  - -
return    + +      + -  + -       - -  - -
sample    + +      + -  - -       - -  - -
draw      + +      + -  - -       - -  - -
record    + +      + -  - -       - -  - -
verify    + +      + -  - -       - -  - -
claim     + +      - -  - -       - -  - -
unlock    + +      - -  - -       - -  - -
import    + +      + -  + -       - -  - -
undo      + +      + -  + -       - -  - -
check     + +      + +  + +       + +  - -
people    + +      - -  - -       - -  - -
erase     + +      - -  - -       - -  - -
back up   + +      - -  - -       - -  - -
restore   + +      - -  - -       - -  - -
update    + +      - -  - -       - -  - -
"""
"""Of their own learners, then of others: + may, - may not. To undo: an import of their own, then of another's."""

ACTORS = {
    "manager": Actor("Mia Example"),
    "IQA": Actor("Ian Example"),
    "assessor": Actor("Asa Example"),
    "EQA": Actor("Eve Example"),
    "learner": Actor("L1", "learner"),
}
OWN, OTHER = "L1", "L2"


class BackError(Exception):
    """What ends a transaction of which nothing is to stay."""


@dataclass
class Centre:
    """A centre of two assessors, each with a learner and an IQA; nothing that is tried there stays."""

    register: Register
    real: Qualification
    folder: Path
    imports: dict[str, str]

    def unit(self, place: int) -> str:
        return list(self.real.by_ref)[place]

    @contextmanager
    def trying(self) -> Iterator[list[int]]:
        """Lets every change go as far as its end, and takes it back there; yields how many events each had."""
        storage, events = self.register.storage, list[int]()
        count = sa.select(sa.func.count()).select_from(EVENT)

        @contextmanager
        def changing() -> Iterator[sa.Connection]:
            try:
                with type(storage).changing(storage) as connection:
                    before = connection.execute(count).scalar() or 0
                    yield connection
                    events.append((connection.execute(count).scalar() or 0) - before)
                    raise BackError
            except BackError:
                pass

        storage.changing = changing  # type: ignore[method-assign]
        try:
            yield events
        finally:
            del storage.changing


def centre(address: str, real: Qualification, folder: Path) -> Centre:
    found = Centre(register(address), real, folder, {})
    kept = found.register
    statuses = ("in progress", "submitted", "assessed", "verified", "assessed")
    for learner, assessor, iqa in ((OWN, "Asa", "Ian"), (OTHER, "Abe", "Ivy")):
        named = [f"{assessor} Example" if place > 1 else "" for place in range(5)]
        entries = [Entry(found.unit(place), statuses[place], "E1", named[place]) for place in range(5)]  # type: ignore[arg-type]
        details = Details(name=f"Learner {learner}", assessor=f"{assessor} Example")
        kept.save(ADA, real, [Portfolio(learner, tuple(entries), details=details)])
        kept.save_wanted(ADA, real, [Wanted(learner, registration={"iqa": f"{iqa} Example"})], {})
        chosen = Sampled(found.unit(1), seed=7)
        kept.save_wanted(ADA, real, [Wanted(learner, samples=(of_sampled(chosen),))], {})
    for name, role in (("Mia", "manager"), ("Eve", "EQA")):
        kept.add_person(ADA, f"{name} Example", [role])
    imported = {
        "manager": (ACTORS["manager"], OWN, found.unit(6), "planned"),
        "assessor": (ACTORS["assessor"], OWN, found.unit(7), "planned"),
        "IQA": (ACTORS["IQA"], OWN, found.unit(4), "verified"),
        "other": (Actor("Abe Example"), OTHER, found.unit(5), "planned"),
    }
    for whose, (actor, learner, ref, status) in imported.items():
        done = file(found, actor, learner, ref, status)
        assert (done.new + done.changed, done.disputes) == (1, ())
        found.imports[whose] = done.import_id
    return found


def file(found: Centre, actor: Actor, learner: str, ref: str, status: str) -> Merged:
    content = f"learner,ref,status\n{learner},{ref},{status}".encode()
    return found.register.import_file(actor, {found.real.id: found.real}, "file.csv", content)


# What each action is, tried as a role, of a learner


def save(found: Centre, actor: Actor, learner: str, **changes: Any) -> None:
    """Saves something else of a learner, who was opened by a manager: only saving is governed here."""
    (opened,) = found.register.load(ADA, found.real, [learner])
    found.register.save(actor, found.real, [replace(opened.portfolio, **changes)], opened=[opened])


def read(found: Centre, role: str, learner: str) -> None:
    kept, actor = found.register, ACTORS[role]
    ids = {each.learner: each.registration for each in kept.learners(ADA)}
    seen = {
        "at a glance": learner in [each.learner for each in kept.learners(actor)],
        "whole": bool(kept.load(actor, found.real, [learner])),
        "by its id": bool(kept.load(actor, found.real, registrations=[ids[learner]])),
        "its history": bool(kept.history(actor, ids[learner])),
        "all history": ids[learner] in [event.registration for event in kept.history(actor)],
        "all about it": told_of(kept, actor, learner),
        "that it is known": any(event.words.startswith(f"{learner} ") for event in kept.history(actor)),
    }
    assert len(set(seen.values())) == 1, (role, learner, seen)
    if not seen["whole"]:
        raise DataError([])


def told_of(kept: Register, actor: Actor, learner: str) -> bool:
    try:
        return bool(kept.about(actor, learner).rows)
    except DataError:
        return False


def add(found: Centre, role: str, learner: str) -> None:
    assessor = "Asa Example" if learner == OWN else "Abe Example"
    portfolio = Portfolio("L3", details=Details(name="Learner 3", assessor=assessor))
    found.register.save(ACTORS[role], found.real, [portfolio])


def details(found: Centre, role: str, learner: str) -> None:
    (opened,) = found.register.load(ADA, found.real, [learner])
    save(found, ACTORS[role], learner, details=replace(opened.portfolio.details, employer="A Shop"))


def assign(found: Centre, role: str, learner: str) -> None:
    (opened,) = found.register.load(ADA, found.real, [learner])
    assessor = "Abe Example" if learner == OWN else "Asa Example"
    save(found, ACTORS[role], learner, details=replace(opened.portfolio.details, assessor=assessor))


def wish(found: Centre, role: str, learner: str) -> None:
    (opened,) = found.register.load(ADA, found.real, [learner])
    asked = Request(learner, Wishes(pins=frozenset([found.unit(9)])), opened.request.name)
    wanted = [Wanted(learner, plan={"wishes": of_wishes(asked.wishes)})]
    found.register.save_wanted(ACTORS[role], found.real, wanted, {})


def decide(found: Centre, role: str, learner: str) -> None:
    decision = Decision("recognise", found.unit(9), "seen", "Asa Example", date(2026, 1, 2))
    save(found, ACTORS[role], learner, decisions=(decision,))


def sample(found: Centre, role: str, learner: str) -> None:
    (opened,) = found.register.load(ADA, found.real, [learner])
    entries = list(opened.portfolio.entries)
    entries[2] = replace(entries[2], iqa_sample="E1 seen", iqa_outcome="agreed")
    save(found, ACTORS[role], learner, entries=tuple(entries))


def draw(found: Centre, role: str, learner: str) -> None:
    """Keeps a sample of one unit: the role that draws is all that is governed here."""
    wanted = [Wanted(learner, samples=(of_sampled(Sampled(found.unit(2), seed=7)),))]
    found.register.save_wanted(ACTORS[role], found.real, wanted, {})


def record(found: Centre, role: str, learner: str) -> None:
    """What sampling the unit came to that was drawn of each learner."""
    (opened,) = found.register.load(ADA, found.real, [learner])
    done = replace(opened.samples[0], sampled_on=date(2026, 1, 2), outcome="agreed")
    wanted = [Wanted(learner, samples=(of_sampled(done),))]
    found.register.save_wanted(ACTORS[role], found.real, wanted, {learner: of_kept(opened)})


def step(place: int, status: EntryStatus, reason: str = "") -> Callable[[Centre, str, str], None]:
    def tried(found: Centre, role: str, learner: str) -> None:
        (opened,) = found.register.load(ADA, found.real, [learner])
        entries = [
            replace(entry, status=status) if entry.ref == found.unit(place) else entry
            for entry in opened.portfolio.entries
        ]
        said = replace(opened.portfolio, entries=tuple(entries))
        found.register.save(ACTORS[role], found.real, [said], opened=[opened], reason=reason)

    return tried


def import_(found: Centre, role: str, learner: str) -> None:
    place, status = (2, "verified") if role == "IQA" else (0, "submitted")
    merged = file(found, ACTORS[role], learner, found.unit(place), status)
    if merged.disputes:
        assert merged.changed == 0
        raise DataError([])
    assert merged.changed == 1


def undo(found: Centre, role: str, learner: str) -> None:
    whose = found.imports.get(role if learner == OWN else "other", found.imports["other"])
    assert not found.register.undo(ACTORS[role], whose).disputes


def restore(found: Centre, role: str, _learner: str) -> None:
    with pytest.raises(DataError) as told:
        found.register.restore(ACTORS[role], found.folder / "nothing")
    if "is no backup" not in str(told.value):
        raise told.value


ACTIONS: dict[str, Callable[[Centre, str, str], object]] = {
    "read": read,
    "register": add,
    "details": details,
    "assign": assign,
    "wish": wish,
    "work": step(0, "submitted"),
    "assess": step(1, "assessed"),
    "decide": decide,
    "return": step(1, "in progress", "evidence is missing"),
    "sample": sample,
    "draw": draw,
    "record": record,
    "verify": step(2, "verified"),
    "claim": step(3, "claimed"),
    "unlock": step(3, "assessed", "the wrong unit"),
    "import": import_,
    "undo": undo,
    "check": lambda found, role, _: found.register.verify(ACTORS[role]),
    "people": lambda found, role, _: found.register.add_person(ACTORS[role], "Zoe Example", ["EQA"]),
    "erase": lambda found, role, learner: found.register.erase(ACTORS[role], learner, "asked to"),
    "back up": lambda found, role, _: found.register.back_up(
        ACTORS[role], found.folder / secrets.token_hex(4)
    ),
    "restore": restore,
    "update": lambda found, role, _: found.register.migrate(ACTORS[role]),
}
CHANGING = ("register", "details", "assign", "wish", "work", "assess", "decide", "return", "sample", "draw",
            "record", "verify", "claim", "unlock", "import", "undo", "people", "erase")  # fmt: skip


def test_every_cell_of_role_and_action_is_as_drawn(address: str, real: Qualification, tmp_path: Path) -> None:
    found = centre(address, real, tmp_path)
    head = found.register.head(ADA)
    lines, cells, refusals = [f"{'action':<10}manager  IQA  assessor  EQA  learner"], 0, 0
    widths = {"manager": 9, "IQA": 5, "assessor": 10, "EQA": 5, "learner": 0}
    for action, tried in ACTIONS.items():
        line = f"{action:<10}"
        for role, width in widths.items():
            marks = []
            for learner in (OWN, OTHER):
                with found.trying() as events:
                    try:
                        tried(found, role, learner)
                        marks.append("+")
                        assert action not in CHANGING or sum(events) > 0, (action, role, learner)
                    except DataError:
                        marks.append("-")
                        assert sum(events) == 0, (action, role, learner)
                        refusals += 1
                    cells += 1
            line += f"{' '.join(marks):<{width}}"
        lines.append(line.rstrip())
    assert "\n".join(lines) + "\n" == DRAWN
    assert (cells, refusals) == (len(ACTIONS) * 10, DRAWN.count("-"))
    assert found.register.head(ADA) == head
    assert found.register.verify(ADA).intact


def test_a_refusal_is_one_sentence_that_says_who_may(kept: Register, real: Qualification) -> None:
    ref = begun(kept, real, "submitted")
    with pytest.raises(RefusedError) as told:
        kept.set_status(BOB, real, "L1", ref, "verified")
    assert str(told.value) == (
        f"L1, {ref}: Bob Example may not verify as assessor: a manager or the learner's IQA may"
    )
    with pytest.raises(RefusedError) as told:
        kept.add_person(BOB, "Cy", ["EQA"])
    assert str(told.value) == "Bob Example may not say who may do what as assessor: a manager may"


# The way of a unit

BOB, IAN = Actor("Bob Example", "assessor"), Actor("Ian Example", "IQA")


def begun(kept: Register, real: Qualification, status: EntryStatus, evidence: str = "E1") -> str:
    """The ref of the one unit of L1, Bob's learner, for whom Ian is the IQA."""
    ref = next(iter(real.by_ref))
    details = Details(name="Learner 1", assessor="Bob Example")
    entry = Entry(ref, status, evidence, "Bob Example")
    kept.save(ADA, real, [Portfolio("L1", (entry,), details=details)])
    kept.save_wanted(ADA, real, [Wanted("L1", registration={"iqa": "Ian Example"})], {})
    return ref


def test_a_learner_called_as_somebody_who_works_there_is_the_learner(
    kept: Register, real: Qualification
) -> None:
    begun(kept, real, "planned")
    kept.save(ADA, real, [Portfolio("Bob Example")])
    with kept.storage.engine.connect() as connection:
        found = [roles._named(connection, Actor("Bob Example", role)) for role in ("learner", "assessor")]
    assert [row and (row["reference"], row["name"]) for row in found] == [
        ("Bob Example", ""),
        ("", "Bob Example"),
    ]


def status(kept: Register, real: Qualification) -> str:
    return kept.load(ADA, real)[0].portfolio.entries[0].status


def test_a_unit_goes_forward_step_by_step_and_back_with_a_reason(kept: Register, real: Qualification) -> None:
    ref = begun(kept, real, "planned")
    learner = Actor("L1", "learner")
    for actor, to in ((learner, "in progress"), (learner, "submitted"), (BOB, "assessed"), (IAN, "verified")):
        kept.set_status(actor, real, "L1", ref, to)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="goes back, and that needs a reason"):
        kept.set_status(ADA, real, "L1", ref, "assessed")
    with pytest.raises(DataError, match="Ian Example may not unlock what is verified as IQA: a manager may"):
        kept.set_status(IAN, real, "L1", ref, "assessed", "no")
    kept.set_status(ADA, real, "L1", ref, "assessed", "the wrong sample")
    told = [event.words for event in kept.history(ADA)]
    assert told[-1].endswith("because: the wrong sample")
    kept.set_status(IAN, real, "L1", ref, "verified")
    kept.set_status(ADA, real, "L1", ref, "claimed")
    assert status(kept, real) == "claimed"


def test_what_is_not_yet_so_far_is_not_verified_or_claimed(kept: Register, real: Qualification) -> None:
    ref = begun(kept, real, "submitted")
    with pytest.raises(DataError, match="only what is assessed is verified"):
        kept.set_status(IAN, real, "L1", ref, "verified")
    kept.set_status(BOB, real, "L1", ref, "assessed")
    with pytest.raises(DataError, match="only what is verified is claimed"):
        kept.set_status(ADA, real, "L1", ref, "claimed")
    with pytest.raises(DataError, match="is no learner of yours"):
        kept.set_status(ADA, real, "L2", ref, "claimed")


def test_what_was_handed_in_is_the_learners_again_once_it_was_sent_back(
    kept: Register, real: Qualification
) -> None:
    ref = begun(kept, real, "in progress")
    learner = Actor("L1", "learner")
    kept.set_status(learner, real, "L1", ref, "submitted")

    def with_evidence(actor: Actor, evidence: str) -> None:
        (opened,) = kept.load(actor, real)
        entries = (replace(opened.portfolio.entries[0], evidence=evidence),)
        kept.save(actor, real, [replace(opened.portfolio, entries=entries)], opened=[opened])

    with pytest.raises(DataError, match="Learner 1 may not assess as learner"):
        with_evidence(learner, "E2")
    kept.set_status(BOB, real, "L1", ref, "in progress", "E1 is not signed")
    with_evidence(learner, "E2")
    kept.set_status(learner, real, "L1", ref, "submitted")
    kept.set_status(BOB, real, "L1", ref, "assessed")
    kept.set_status(IAN, real, "L1", ref, "verified")
    kept.set_status(ADA, real, "L1", ref, "in progress", "the wrong learner's evidence")
    with_evidence(learner, "E3")  # a lock that was lifted is gone for everybody
    assert kept.load(ADA, real)[0].portfolio.entries[0].evidence == "E3"


@pytest.mark.parametrize("far", STATUSES)
def test_nothing_but_verifying_locks(kept: Register, real: Qualification, far: EntryStatus) -> None:
    begun(kept, real, far)
    (opened,) = kept.load(ADA, real)
    changed = replace(opened.portfolio, entries=(replace(opened.portfolio.entries[0], evidence="E7"),))
    if far in ("verified", "claimed"):
        with pytest.raises(DataError, match="is verified and therefore locked: a manager unlocks it"):
            kept.save(ADA, real, [changed], opened=[opened])
        rows = f"learner,ref,status,evidence\nL1,{opened.portfolio.entries[0].ref},{far},E7".encode()
        merged = kept.import_file(ADA, {real.id: real}, "file.csv", rows)
        (dispute,) = merged.disputes
        assert (dispute.field, dispute.kept, dispute.wanted) == ("evidence", "E1", "E7")
    else:
        kept.save(BOB, real, [changed], opened=[opened])
        assert kept.load(ADA, real)[0].portfolio == changed


def test_a_step_in_a_file_that_its_reader_may_not_take_is_told_with_what_it_is(
    kept: Register, real: Qualification
) -> None:
    ref = begun(kept, real, "assessed")
    rows = f"learner,ref,status\nL1,{ref},verified".encode()
    (dispute,) = kept.import_file(BOB, {real.id: real}, "file.csv", rows).disputes
    assert (dispute.ref, dispute.field, dispute.kept, dispute.wanted) == (ref, "unit status", "", "verified")


def test_whom_nobody_knows_is_told_who_is_known(kept: Register, real: Qualification) -> None:
    begun(kept, real, "planned")
    for actor, words in (
        (
            Actor("Ada Exmaple"),
            "actor = 'Ada Exmaple': is nobody whom the register knows; did you mean Ada Example?",
        ),
        (Actor("Zoe"), "actor = 'Zoe': is nobody whom the register knows"),
    ):
        with pytest.raises(DataError) as told:
            kept.load(actor, real)
        assert str(told.value).startswith(f"{words} (known: Ada Example, Bob Example")


def test_nothing_is_claimed_without_evidence(kept: Register, real: Qualification) -> None:
    ref = begun(kept, real, "verified", evidence="")
    with pytest.raises(DataError, match="nothing is claimed without"):
        kept.set_status(ADA, real, "L1", ref, "claimed")
    with pytest.raises(DataError, match="nothing is claimed without"):
        kept.save(ADA, real, [Portfolio("L2", (Entry(ref, "claimed"),))])
    (opened,) = kept.load(ADA, real)
    entry = replace(opened.portfolio.entries[0], status="claimed", evidence="E1")
    with pytest.raises(DataError, match="locked"):  # nor is it slipped in with the claim
        kept.save(ADA, real, [replace(opened.portfolio, entries=(entry,))], opened=[opened])
    assert status(kept, real) == "verified"


def test_what_a_manager_reads_in_was_done_before_the_register_knew(
    kept: Register, real: Qualification
) -> None:
    ref = begun(kept, real, "in progress", evidence="")
    rows = f"learner,ref,status\nL1,{ref},claimed".encode()
    with pytest.raises(DataError, match="nothing is claimed without"):
        kept.set_status(ADA, real, "L1", ref, "claimed")
    merged = kept.import_file(ADA, {real.id: real}, "file.csv", rows)
    assert [each.message for each in merged.disputes] == []
    assert status(kept, real) == "claimed"


@pytest.mark.parametrize("named", ["Bob Example", "bob  example", ""])
def test_nobody_verifies_what_they_have_assessed(kept: Register, real: Qualification, named: str) -> None:
    ref = begun(kept, real, "submitted")
    kept.add_person(ADA, "Bob Example", ["assessor", "IQA", "manager"])
    (opened,) = kept.load(ADA, real)
    done = replace(opened.portfolio.entries[0], status="assessed", assessor=named)
    kept.save(BOB, real, [replace(opened.portfolio, entries=(done,))], opened=[opened])
    for role in ("IQA", "manager"):
        with pytest.raises(
            DataError, match="an assessment of your own" if role == "manager" else "no learner of"
        ):
            kept.set_status(Actor("Bob Example", role), real, "L1", ref, "verified")
    (opened,) = kept.load(ADA, real)
    other = replace(opened.portfolio.entries[0], assessor="Cy Example")  # another name does not help
    kept.save(
        Actor("Bob Example", "manager"), real, [replace(opened.portfolio, entries=(other,))], opened=[opened]
    )
    with pytest.raises(DataError, match="an assessment of your own"):
        kept.set_status(Actor("Bob Example", "manager"), real, "L1", ref, "verified")
    kept.set_status(IAN, real, "L1", ref, "verified")


@pytest.mark.parametrize("far", ["verified", "claimed"])
@pytest.mark.parametrize("where", ["of the unit", "of the learner"])
def test_what_a_manager_records_anew_as_verified_is_somebody_elses_assessment(
    kept: Register, real: Qualification, far: EntryStatus, where: str
) -> None:
    ref = next(iter(real.by_ref))

    def said(learner: str, assessor: str) -> Portfolio:
        unit, details = (assessor, "") if where == "of the unit" else ("", assessor)
        return Portfolio(learner, (Entry(ref, far, "E1", unit),), details=Details(assessor=details))

    with pytest.raises(DataError, match="nobody is named who assessed it"):
        kept.save(ADA, real, [said("L1", "")])
    with pytest.raises(DataError, match="an assessment of your own"):
        kept.save(ADA, real, [said("L1", "ada  example".title())])
    assert kept.learners(ADA) == ()
    kept.save(ADA, real, [said("L1", "Bob Example")])
    rows = f"learner,ref,status,evidence\nL2,{ref},{far},E1".encode()  # as told by the file
    assert kept.import_file(ADA, {real.id: real}, "file.csv", rows).disputes == ()
    found = [each.portfolio.entries[0].status for each in kept.load(ADA, real)]
    assert found == [far, far]


def test_a_revoked_role_ends_with_the_next_action(address: str, real: Qualification) -> None:
    kept, elsewhere = register(address), register(address)
    ref = begun(kept, real, "in progress")
    (opened,) = elsewhere.load(BOB, real)
    kept.add_person(ADA, "Bob Example", [])
    tried = (
        lambda: elsewhere.load(BOB, real),
        lambda: elsewhere.history(BOB, opened.registration),
        lambda: elsewhere.set_status(BOB, real, "L1", ref, "submitted"),
    )
    for each in tried:
        with pytest.raises(DataError, match="is no role of Bob Example"):
            each()
    with pytest.raises(DataError, match="is the last manager"):
        kept.add_person(ADA, "Ada Example", ["assessor"])


def test_what_another_has_is_not_told_to_whom_it_is_hidden_from(kept: Register, real: Qualification) -> None:
    ref = begun(kept, real, "in progress", evidence="secret evidence")
    kept.add_person(ADA, "Cy Example", ["assessor"])
    said = 0
    for row in (f"L1,Zoe,{ref},planned", f"l1,Zoe,{ref},planned"):
        merged = kept.import_file(
            Actor("Cy Example"), {real.id: real}, "file.csv", f"learner,name,ref,status\n{row}".encode()
        )
        (dispute,) = merged.disputes
        assert dispute.kept == ""
        for hidden in ("secret evidence", "in progress", "Learner 1", "Bob"):
            assert hidden not in str(dispute)
        said += 1
    assert said == 2
    assert kept.learners(Actor("Cy Example")) == ()
    (mine,) = kept.save(Actor("Cy Example"), real, [Portfolio("L5", details=Details(name="Learner 5"))])
    assert mine.portfolio.details.assessor == "Cy Example"  # whom an assessor registers is theirs
