"""What people sign in with: kept in the register, one account a person, and what they may do read at each action."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from planner import DataError, Portfolio, Qualification
from planner.records.portfolios import Details, Entry
from planner.register import Actor, Register
from planner.register.schema import PERSON
from tests import test_register
from tests.registers import ADA, register

address, kept = test_register.address, test_register.kept

BOB = Actor("", "", "bob@example.org")


def peopled(kept: Register, real: Qualification) -> Register:
    """A register with a manager, an assessor who signs in, and a learner of theirs and of somebody else."""
    unit = next(iter(real.by_ref))
    said = [
        Portfolio(learner, (Entry(unit, "submitted"),), details=Details(assessor=who))
        for learner, who in (("L1", "Bob Example"), ("L2", "Eve Example"))
    ]
    kept.save(ADA, real, said)
    kept.add_person(ADA, "Bob Example", ["assessor"], " Bob@Example.ORG")
    return kept


def test_an_account_is_a_persons_with_the_roles_that_they_have_now(
    kept: Register, real: Qualification
) -> None:
    assert kept.who(BOB.account) is None
    found = peopled(kept, real).who(BOB.account)
    assert found is not None
    assert (found.name, found.roles) == ("Bob Example", ("assessor",))
    assert [each.learner for each in kept.learners(BOB)] == ["L1"]
    kept.add_person(ADA, "Bob Example", ["assessor", "IQA"])
    assert (kept.who(BOB.account) or found).roles == ("assessor", "IQA")
    assert kept.who("") is None
    assert kept.who("ada@example.org") is None


def test_what_is_taken_away_ends_with_the_next_action(kept: Register, real: Qualification) -> None:
    peopled(kept, real)
    kept.set_status(BOB, real, "L1", next(iter(real.by_ref)), "assessed")
    kept.add_person(ADA, "Bob Example", [])
    for look in (lambda: kept.learners(BOB), lambda: kept.load(BOB, real), lambda: kept.history(BOB)):
        with pytest.raises(DataError, match="is no role of Bob Example"):
            look()
    with pytest.raises(DataError, match="is no role of Bob Example"):
        kept.set_status(BOB, real, "L1", next(iter(real.by_ref)), "submitted", "no")
    kept.add_person(ADA, "Bob Example", None, "")
    assert kept.who(BOB.account) is None
    with pytest.raises(DataError, match="no account of anybody whom the register knows"):
        kept.learners(BOB)


def test_a_role_that_somebody_does_not_have_is_not_acted_in(kept: Register, real: Qualification) -> None:
    peopled(kept, real)
    with pytest.raises(DataError, match="is no role of Bob Example"):
        kept.learners(Actor("Ada Example", "manager", BOB.account))


def test_nobody_signs_in_as_two_and_no_two_as_one(kept: Register, real: Qualification) -> None:
    peopled(kept, real)
    with pytest.raises(DataError, match="is what Bob Example signs in with"):
        kept.add_person(ADA, "Eve Example", ["assessor"], "BOB@example.org")
    with pytest.raises(DataError, match="is what Bob Example signs in with"):
        kept.add_person(ADA, "L1", ["learner"], BOB.account)
    kept.add_person(ADA, "Bob Example", ["assessor"], BOB.account)  # as it is
    kept.add_person(ADA, "Bob Example", None, "bob@elsewhere.example")
    kept.add_person(ADA, "Eve Example", None, BOB.account)
    assert [(kept.who(BOB.account) or BOB).name, (kept.who("bob@elsewhere.example") or BOB).name] == [
        "Eve Example",
        "Bob Example",
    ]
    with pytest.raises(sa.exc.IntegrityError), kept.storage.changing() as connection:
        connection.execute(sa.update(PERSON).values(account="x"))


def test_nobody_becomes_the_first_manager_by_signing_in(kept: Register, real: Qualification) -> None:
    with pytest.raises(DataError, match="the first person that the register knows is its manager"):
        kept.save(BOB, real, [Portfolio("L1")])
    assert not kept.storage.there()
    assert kept.who(BOB.account) is None


def test_the_first_manager_can_be_made_with_an_account(kept: Register) -> None:
    kept.add_person(ADA, "Ada Example", ["manager"], "ada@example.org")
    found = kept.who("ada@example.org")
    assert found is not None
    assert (found.name, found.roles) == ("Ada Example", ("manager",))


def test_a_learner_who_signs_in_sees_themselves(kept: Register, real: Qualification) -> None:
    peopled(kept, real)
    with pytest.raises(DataError, match="is no learner of this register"):
        kept.add_person(ADA, "L9", ["learner"], "l9@example.org")
    kept.add_person(ADA, "L1", ["learner"], "l1@example.org")
    mine = Actor("", "", "l1@example.org")
    assert [each.learner for each in kept.load(mine, real)] == ["L1"]
    assert kept.glance(real.id, mine).learners == 1
    with pytest.raises(DataError, match="may not assess as learner"):
        kept.set_status(mine, real, "L1", next(iter(real.by_ref)), "assessed")


def test_a_glance_of_who_signed_in_tells_of_their_own(kept: Register, real: Qualification) -> None:
    peopled(kept, real)
    assert kept.glance(real.id, ADA).learners == 2
    with pytest.raises(DataError, match="somebody must be named"):
        kept.glance(real.id)
    assert kept.glance(real.id, BOB).learners == 1


def test_only_a_manager_says_who_signs_in_as_what(kept: Register, real: Qualification) -> None:
    peopled(kept, real)
    with pytest.raises(DataError, match="may not say who may do what"):
        kept.add_person(BOB, "Ada Example", None, "bob@elsewhere.example")
    with pytest.raises(DataError, match="may not say who may do what"):
        kept.add_person(BOB, "L1", ["learner"], "x@example.org")


def test_an_account_is_told_in_the_history_and_gone_with_an_erased_learner(
    kept: Register, real: Qualification
) -> None:
    peopled(kept, real)
    kept.add_person(ADA, "L1", ["learner"], "l1@example.org")
    assert kept.history(ADA)[-1].words == "L1: account l1@example.org"
    assert kept.verify(ADA).intact
    kept.erase(ADA, "L1", "asked by l1@example.org")
    assert kept.who("l1@example.org") is None
    assert "l1@example.org" not in repr(kept.history(ADA))
    assert kept.verify(ADA).intact


def test_a_register_of_the_first_form_is_brought_up_to_date(tmp_path: Path) -> None:
    old = register(str(tmp_path / "old.sqlite3"))
    old.storage._make_file()
    with old.storage._writing() as connection:
        old.storage._upgrade(connection, "0001")
        columns = "id, reference, name, staff_key, roles"
        connection.exec_driver_sql(
            f"INSERT INTO person ({columns}) VALUES ('a', '', 'Ada Example', 'Ada Example', 'manager')"
        )
    assert [person.name for person in old.people()] == ["Ada Example"]
    with pytest.raises(DataError, match="is only read"):
        old.add_person(ADA, "Ada Example", ["manager"], "ada@example.org")
    assert old.migrate(ADA) is not None
    old.add_person(ADA, "Ada Example", None, "ada@example.org")
    assert (old.who("ada@example.org") or BOB).name == "Ada Example"
