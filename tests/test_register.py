"""What the register keeps, and that any change shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from planner import DataError, Portfolio, Qualification, Request, Wishes
from planner.records.portfolios import Decision, Details, Entry
from planner.register import Actor, Kept, OvertakenError, Register, history
from planner.register.schema import NAMING, TABLES
from tests.registers import ADA, KINDS, empty, register

BOB = Actor("Bob Example", "assessor")


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty register, on each database."""
    with empty(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def kept(address: str) -> Register:
    """An empty register."""
    return register(address)


def portfolio(real: Qualification, *statuses: str, learner: str = "L1") -> Portfolio:
    refs = list(real.by_ref)
    entries = [Entry(ref, status) for ref, status in zip(refs, statuses, strict=False)]  # type: ignore[arg-type]
    return Portfolio(
        learner, tuple(entries), details=Details(name=f"Learner {learner}", assessor="Bob Example")
    )


def test_what_is_saved_is_there_on_the_next_visit(kept: Register, address: str, real: Qualification) -> None:
    said = replace(
        portfolio(real, "assessed", "submitted"),
        decisions=(Decision("recognise", list(real.by_ref)[3], "seen", "Bob", date(2026, 1, 2)),),
    )
    asked = Request("L1", Wishes(pins=frozenset([list(real.by_ref)[5]])), "Learner L1", details=said.details)
    kept.save(ADA, real, [said, asked])
    (found,) = Register(address).load(ADA, real)
    assert found.portfolio == said
    assert found.request == asked
    assert found.wished
    (glance,) = Register(address).learners(ADA, assessor="Bob Example")
    assert glance.units == {entry.ref: entry.status for entry in said.entries}
    assert (glance.learner, glance.name, glance.assessor) == ("L1", "Learner L1", "Bob Example")
    assert Register(address).learners(ADA, assessor=" bob  EXAMPLE") == (glance,)
    assert Register(address).learners(ADA, assessor="Carol Example") == ()


def test_there_is_no_file_before_the_first_save(tmp_path: Path, real: Qualification) -> None:
    place = tmp_path / "deeper" / "register.sqlite3"
    fresh = Register(place)
    assert fresh.who_may_act() == fresh.people() == ()
    assert fresh.learners() == ()
    assert fresh.load(None, real) == ()
    assert fresh.history() == ()
    assert fresh.verify().events == 0
    assert fresh.head() == ""
    with pytest.raises(DataError, match="somebody must be named"):
        fresh.save(None, real, [portfolio(real, "assessed")])
    with pytest.raises(DataError, match="holds nothing yet"):
        fresh.back_up(None, tmp_path / "backup.sqlite3")
    assert list(tmp_path.iterdir()) == []
    fresh.save(ADA, real, [portfolio(real, "assessed")])
    assert place.stat().st_mode & 0o077 == 0  # nobody else may read it


def test_each_database_has_the_same_tables_with_named_constraints(
    kept: Register, real: Qualification
) -> None:
    kept.save(ADA, real, [portfolio(real, "assessed")])
    with kept.storage.engine.connect() as connection:
        inspector = sa.inspect(connection)
        assert set(inspector.get_table_names()) == {*TABLES, "alembic_version"}
        for name, table in TABLES.items():
            assert [column["name"] for column in inspector.get_columns(name)] == table.c.keys()
            named: list[Any] = [inspector.get_pk_constraint(name), *inspector.get_unique_constraints(name)]
            named += inspector.get_foreign_keys(name)
            for constraint in named:
                assert constraint["name"], name
                assert constraint["name"].split("_")[0] in NAMING, constraint
        reflected = sa.MetaData(naming_convention=NAMING)
        reflected.reflect(connection)
        assert compare_metadata(MigrationContext.configure(connection), reflected) == []


def test_sqlite_writes_beside_readers_and_forces_what_it_has_written(
    tmp_path: Path, real: Qualification
) -> None:
    kept = Register(tmp_path / "register.sqlite3")
    kept.save(ADA, real, [portfolio(real, "assessed")])
    with kept.storage.changing() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS]
    assert settings == ["wal", 10_000, 2, 1]


PRAGMAS = ("journal_mode", "busy_timeout", "synchronous", "foreign_keys")


def opened(kept: Register, real: Qualification, *statuses: str) -> Kept:
    (found,) = kept.save(ADA, real, [portfolio(real, *statuses)])
    kept.add_person(ADA, "Bob Example", ["assessor"])
    return found


def moved(kept: Kept, place: int, status: str) -> Portfolio:
    entries = list(kept.portfolio.entries)
    entries[place] = replace(entries[place], status=status)  # type: ignore[arg-type]
    return replace(kept.portfolio, entries=tuple(entries))


def test_who_saves_over_somebody_elses_change_is_told(kept: Register, real: Qualification) -> None:
    both = opened(kept, real, "in progress", "in progress")
    kept.save(BOB, real, [moved(both, 0, "assessed")], opened=[both])
    head = kept.head(ADA)
    with pytest.raises(OvertakenError) as told:
        kept.save(ADA, real, [moved(both, 0, "submitted")], opened=[both])
    (dispute,) = told.value.disputes
    assert (dispute.learner, dispute.field, dispute.kept, dispute.wanted) == (
        "L1",
        "status",
        "assessed",
        "submitted",
    )
    assert kept.head(ADA) == head
    assert kept.load(ADA, real)[0].portfolio == moved(both, 0, "assessed")


def test_two_who_change_different_units_both_keep_their_work(kept: Register, real: Qualification) -> None:
    both = opened(kept, real, "in progress", "in progress")
    kept.save(BOB, real, [moved(both, 0, "assessed")], opened=[both])
    kept.save(ADA, real, [moved(both, 1, "submitted")], opened=[both])
    (found,) = kept.load(ADA, real)
    assert [entry.status for entry in found.portfolio.entries] == ["assessed", "submitted"]


def test_two_writers_at_once_lose_nothing(kept: Register, address: str, real: Qualification) -> None:
    both = opened(kept, real, *["planned"] * 12)
    start, wrong = Barrier(2), list[BaseException]()

    def write(actor: Actor, places: range) -> None:
        mine, start_from = Register(address), both
        start.wait()
        try:
            for place in places:
                (start_from,) = mine.save(
                    actor, real, [moved(start_from, place, "submitted")], opened=[start_from]
                )
        except BaseException as error:
            wrong.append(error)

    threads = [Thread(target=write, args=args) for args in ((ADA, range(6)), (BOB, range(6, 12)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    (found,) = kept.load(ADA, real)
    assert [entry.status for entry in found.portfolio.entries] == ["submitted"] * 12
    assert kept.verify(ADA).intact


def test_who_waits_too_long_for_another_is_told(
    kept: Register, real: Qualification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.register.storage.BUSY_SECONDS", 1)
    found = opened(kept, real, "planned")
    with kept.storage.changing(), pytest.raises(DataError, match="somebody else is saving"):
        kept.save(BOB, real, [moved(found, 0, "submitted")], opened=[found])
    kept.save(BOB, real, [moved(found, 0, "submitted")], opened=[found])


def test_a_persons_history_reads_as_sentences(kept: Register, real: Qualification) -> None:
    first, second, third = list(real.by_ref)[:3]
    found = opened(kept, real, "in progress", "submitted")
    decided = Decision("recognise", third, "seen before", "Bob", date(2026, 11, 21))
    said = replace(moved(found, 0, "assessed"), decisions=(decided,))
    (then,) = kept.save(BOB, real, [said], opened=[found], reason="observed at work")
    back = replace(decided, withdrawn=date(2026, 11, 22), withdrawn_by="Bob")
    later = replace(said, entries=said.entries[:1], decisions=(back,))
    kept.save(BOB, real, [later], opened=[then], reason="moved")
    words = [f"{event.by}, {event.role}: {event.words}" for event in kept.history(ADA, found.registration)]
    assert words == [
        "Ada Example, manager: L1 made known (learner)",
        "Ada Example, manager: registered: qualification 600/5106/1, assessor Bob Example",
        f"Ada Example, manager: {first}: status in progress",
        f"Ada Example, manager: {second}: status submitted",
        f"Bob Example, assessor: {first}: status from in progress to assessed; because: observed at work",
        f"Bob Example, assessor: decided: recognise prior learning, {third}, by Bob on 2026-11-21: seen before; "
        "because: observed at work",
        f"Bob Example, assessor: {second} taken away (it was submitted); because: moved",
        f"Bob Example, assessor: decision withdrawn by Bob on 2026-11-22: recognise prior learning, {third}, by Bob "
        "on 2026-11-21: seen before; because: moved",
    ]
    assert kept.history(ADA)[-1].at > kept.history(ADA)[0].at


def test_a_decision_is_never_taken_away(kept: Register, real: Qualification) -> None:
    decided = Decision("recognise", next(iter(real.by_ref)), "seen", "Bob", date(2026, 1, 2))
    (found,) = kept.save(ADA, real, [replace(portfolio(real), decisions=(decided, decided))])
    assert found.portfolio.decisions == (decided, decided)
    (then,) = kept.save(ADA, real, [replace(found.portfolio, decisions=())], opened=[found])
    assert then.portfolio.decisions == (decided, decided)


def test_what_a_text_file_could_not_give_back_is_refused(kept: Register, real: Qualification) -> None:
    ref = next(iter(real.by_ref))
    for wrong in ("#N/A", "1.2E+10", "x" * 4_001, "a\x07b"):
        with pytest.raises(DataError, match="evidence"):
            kept.save(ADA, real, [Portfolio("L1", (Entry(ref, "assessed", wrong),))])
    with pytest.raises(DataError, match="learner"):
        kept.save(ADA, real, [Portfolio("-")])
    with pytest.raises(DataError, match="no unit of this qualification"):
        kept.save(ADA, real, [Portfolio("L1", (Entry("X/1", "assessed"),))])
    assert not kept.storage.there()


# Who may


def test_the_first_person_is_manager_and_others_are_made_known_by_one(
    kept: Register, real: Qualification
) -> None:
    mine = replace(portfolio(real, "planned"), details=Details())
    kept.save(Actor("Ada Example", "assessor"), real, [mine])
    kept.add_person(ADA, "Bob Example", ["assessor"])
    people = {person.name: person.roles for person in kept.people(ADA)}
    assert people == {"Ada Example": ("manager", "assessor"), "Bob Example": ("assessor",)}
    with pytest.raises(DataError, match="nobody whom the register knows"):
        kept.save(Actor("Eve Example"), real, [portfolio(real, "planned", learner="L2")])
    with pytest.raises(DataError, match="may not say who may do what as assessor: a manager may"):
        kept.add_person(BOB, "Eve Example", ["assessor"])
    with pytest.raises(DataError, match="must be one of: manager"):
        kept.add_person(ADA, "Eve Example", ["king"])
    kept.add_person(ADA, "Eve Example", ["EQA"])
    assert len(kept.load(Actor("Eve Example"), real)) == 1
    with pytest.raises(DataError, match="may not change what is kept as EQA: a manager, "):
        kept.save(Actor("Eve Example"), real, [portfolio(real, "planned", learner="L2")])
    with pytest.raises(DataError, match="is no role of Bob Example"):
        kept.save(Actor("Bob Example", "manager"), real, [portfolio(real, "planned", learner="L2")])
    with pytest.raises(DataError, match="somebody must be named"):
        kept.learners(None)


# That any change shows


def events(kept: Register, real: Qualification) -> int:
    found = opened(kept, real, "in progress", "submitted")
    kept.save(BOB, real, [moved(found, 0, "assessed")], opened=[found])
    return kept.verify(ADA).events


def past_the_triggers(kept: Register, *statements: str) -> None:
    """Does what somebody with the database in hand can do."""
    with kept.storage.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("SELECT 1")
        names = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "postgresql":
            names = (
                "SELECT DISTINCT trigger_name, event_object_table FROM information_schema.triggers "
                "WHERE trigger_schema = current_schema() UNION SELECT tgname, relname FROM pg_trigger JOIN pg_class "
                "ON tgrelid = pg_class.oid WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
            )
        for name, table in connection.exec_driver_sql(names).fetchall():
            of = f" ON {table}" if connection.dialect.name == "postgresql" else ""
            connection.exec_driver_sql(f"DROP TRIGGER {name}{of}")
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


REFUSED = (
    "UPDATE event SET role = 'manager'",
    "DELETE FROM event",
    "DELETE FROM event_payload",
    "UPDATE event_payload SET payload = '{}'",
    "UPDATE event_payload SET salt = ''",
)


def test_the_history_cannot_be_changed_by_a_statement(kept: Register, real: Qualification) -> None:
    number = events(kept, real)
    refused = 0
    for statement in REFUSED:
        with (
            kept.storage.engine.connect() as connection,
            pytest.raises(sa.exc.DBAPIError, match="not changed"),
        ):
            connection.exec_driver_sql(statement)
        refused += 1
    assert refused == len(REFUSED)
    assert kept.verify(ADA).events == number
    with kept.storage.engine.connect() as connection:  # erasing is let through
        connection.exec_driver_sql("UPDATE event_payload SET payload = NULL, salt = NULL WHERE number = 3")
        connection.commit()
    found = kept.verify(ADA)
    assert found.intact
    assert found.erased == 1


ALTERED = {
    "who acted": "UPDATE event SET role = 'EQA' WHERE number = 5",
    "when": "UPDATE event SET at = '2020-01-01' WHERE number = 5",
    "what was done": "UPDATE event_payload SET payload = '{}' WHERE number = 5",
    "a payload taken away": "DELETE FROM event_payload WHERE number = 5",
    "an event taken away": "DELETE FROM event WHERE number = 5",
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_event_altered_past_the_triggers_is_found_and_named(
    kept: Register, real: Qualification, what: str
) -> None:
    assert events(kept, real) > 6
    if what == "an event taken away":
        past_the_triggers(kept, "DELETE FROM event_payload WHERE number = 5", ALTERED[what])
    else:
        past_the_triggers(kept, ALTERED[what])
    found = kept.verify(ADA)
    assert not found.intact
    assert found.broken_at == 5


def test_a_row_changed_without_an_event_is_found(kept: Register, real: Qualification) -> None:
    events(kept, real)
    past_the_triggers(kept, "UPDATE unit_status SET status = 'claimed' WHERE status = 'submitted'")
    found = kept.verify(ADA)
    assert not found.intact
    assert [table for table, _ in found.altered] == ["unit_status"]
    past_the_triggers(kept, "DELETE FROM unit_status WHERE status = 'claimed'")
    assert [table for table, _ in kept.verify(ADA).altered] == ["unit_status"]


def test_truncation_and_rewriting_are_found_with_a_noted_head(kept: Register, real: Qualification) -> None:
    number = events(kept, real)
    noted = kept.head(ADA)
    assert kept.verify(ADA, noted).intact
    past_the_triggers(
        kept,
        f"DELETE FROM event_payload WHERE number = {number}",
        f"DELETE FROM event WHERE number = {number}",
    )
    found = kept.verify(ADA, noted)
    assert found.broken_at is None
    assert found.missing
    assert not found.intact


def test_a_chain_written_anew_is_found_with_a_noted_head(tmp_path: Path, real: Qualification) -> None:
    first, second = (register(str(tmp_path / f"{name}.sqlite3")) for name in ("first", "second"))
    events(first, real)
    events(second, real)
    assert second.verify(ADA).intact
    assert second.verify(ADA, first.head(ADA)).missing


# Backups


def test_a_backup_is_restored(kept: Register, tmp_path: Path, real: Qualification) -> None:
    events(kept, real)
    before, head = kept.load(ADA, real), kept.head(ADA)
    copy = tmp_path / "backup.sqlite3"
    kept.back_up(ADA, copy)
    assert not list(tmp_path.glob("backup.sqlite3-*"))
    with pytest.raises(DataError, match="never replaces a file"):
        kept.back_up(ADA, copy)
    kept.save(ADA, real, [portfolio(real, "verified", learner="L2")])
    assert kept.head(ADA) != head
    replaced = kept.restore(ADA, copy)
    assert kept.load(ADA, real) == before
    assert kept.head(ADA) == head
    assert kept.verify(ADA, head).intact
    assert replaced is not None
    assert len(Register(replaced).load(ADA, real)) == 2
    with pytest.raises(DataError, match="may not back up, restore or update the register as assessor"):
        kept.restore(BOB, copy)
    refused = 0
    with kept.storage.engine.connect() as connection:  # what was restored is guarded as it was
        for statement in REFUSED:
            with pytest.raises(sa.exc.DBAPIError, match="not changed"):
                connection.exec_driver_sql(statement)
            connection.rollback()
            refused += 1
    assert refused == len(REFUSED)


def test_a_file_that_is_no_backup_is_refused(kept: Register, tmp_path: Path, real: Qualification) -> None:
    events(kept, real)
    head = kept.head(ADA)
    text, other = tmp_path / "text.sqlite3", tmp_path / "other.sqlite3"
    text.write_text("no database", encoding="utf-8")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE event (number INTEGER)")
    for path in (text, other, tmp_path / "missing.sqlite3"):
        with pytest.raises(DataError, match="no backup"):
            kept.restore(ADA, path)
    assert kept.head(ADA) == head


@pytest.mark.parametrize(
    "field", ["evidence", "iqa_sample", "iqa_outcome", "name", "employer", "centre", "site", "wishes"]
)
def test_what_somebody_has_written_stands_in_quotation_marks(field: str) -> None:
    words = field.replace("_", " ")
    assert history._changes({field: "before"}, {field: "after"}, {}) == f"{words} from “before” to “after”"
    assert history._changes({}, {"status": "verified"}, {}) == "status verified"


def test_a_person_made_known_and_known_no_longer_are_told_apart() -> None:
    one = {"reference": "", "name": "Bob", "roles": "assessor"}
    assert [
        history._person(*states, {}) for states in (({}, one), (one, {}), (one, {**one, "roles": "IQA"}))
    ] == [
        "Bob made known (assessor)",
        "Bob no longer known (assessor)",
        "Bob: roles from assessor to IQA",
    ]
