"""A register of an older planner: read as it is, written once it is brought up to date, whole whatever goes wrong.

The second form of the register is an invented one, as somebody who adds to it would write its step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from planner import DataError, Portfolio, Qualification
from planner.records.portfolios import Details, Entry
from planner.register import Register, storage
from planner.register.changes import as_told
from planner.register.schema import PERSON, TABLES
from tests.registers import ADA, KINDS, empty, register
from tests.strategies import deep
from tests.test_register import REFUSED
from tests.test_register_files import StoppedError, failing, imported, refs, table

STEP = """
import sqlalchemy as sa
from alembic import op

revision = "invented"
down_revision = "0003"


def upgrade():
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("telephone", sa.Text, nullable=False, server_default=""))
        person.alter_column("roles", type_=sa.String(200), existing_nullable=False)
    with op.batch_alter_table("registration") as registration:
        registration.create_check_constraint("hours", "hours_per_week > 0")
    op.create_table("visit", sa.Column("id", sa.String(32), primary_key=True), sa.Column("on", sa.Text, index=True))
    {last}
"""


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty register, on each database."""
    with empty(request.param, tmp_path) as found:
        yield found


@contextmanager
def later_planner(folder: Path, last: str = "") -> Iterator[None]:
    """A planner that knows one form more, and asks for what is new in it."""
    step = folder / "steps"
    step.mkdir()
    (step / "second.py").write_text(STEP.format(last=last), encoding="utf-8")
    telephone = sa.column("telephone", sa.Text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "MIGRATIONS", [*storage.MIGRATIONS, step])
        patch.setattr(storage, "default_address", lambda: folder / "register.sqlite3")
        patch.setitem(TABLES, "visit", sa.table("visit", sa.column("id"), sa.column("on")))
        PERSON.append_column(telephone)
        try:
            yield
        finally:
            PERSON._columns.remove(telephone)


@pytest.fixture
def later(tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Makes this planner one that knows one form more."""
    with ExitStack() as stack:
        yield lambda last="": stack.enter_context(later_planner(tmp_path, last))


def older(address: str, real: Qualification) -> Register:
    """A register with two learners, made by the planner as it is."""
    kept = register(address)
    entries = tuple(Entry(ref, "submitted") for ref in refs(real, 2))
    said = [
        Portfolio(learner, entries, details=Details(assessor="Bob Example", hours_per_week=7))
        for learner in ("L1", "L2")
    ]
    kept.save(ADA, real, said)
    return kept


def form(kept: Register) -> dict[str, Any]:
    """Every table with its columns, constraints, indexes, triggers and rows."""
    with kept.storage.engine.connect() as connection:
        there = sa.MetaData()
        there.reflect(connection)
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "postgresql":
            triggers = (
                "SELECT tgname FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid "
                "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
            )
        found: dict[str, Any] = {"triggers": sorted(connection.exec_driver_sql(triggers).scalars())}
        for found_table in there.sorted_tables:
            constraints = sorted(str(each.name) for each in found_table.constraints)
            indexes = sorted(str(each.name) for each in found_table.indexes)
            rows = sorted(map(repr, connection.execute(sa.select(found_table)).all()))
            columns = [(c.name, str(c.type), c.nullable, _default(c)) for c in found_table.columns]
            found[found_table.name] = columns, constraints, indexes, rows
    return found


def _default(column: sa.Column[Any]) -> str:
    return str(getattr(column.server_default, "arg", ""))


def test_an_older_register_is_read_and_not_written_until_it_is_brought_up_to_date(
    address: str, tmp_path: Path, real: Qualification, later: Callable[..., None]
) -> None:
    kept = older(address, real)
    before, history, was = kept.load(ADA, real), kept.history(ADA), form(kept)
    later()
    assert kept.load(ADA, real) == before
    assert kept.history(ADA) == history
    assert [each.learner for each in kept.learners(ADA)] == ["L1", "L2"]
    assert kept.verify(ADA, kept.head(ADA)).intact
    with pytest.raises(DataError, match="the form of an older planner and is only read: first run `register"):
        kept.save(ADA, real, [Portfolio("L3")])
    with pytest.raises(DataError, match="is only read"):
        imported(kept, real, table(f"L3,,{refs(real, 1)[0]},planned,,,"))
    assert form(kept) == was
    backup = kept.migrate(ADA)
    assert backup is not None
    assert form(Register(backup)).keys() == was.keys()
    assert "visit" in form(kept)
    assert kept.load(ADA, real) == before
    assert kept.history(ADA) == history
    kept.save(ADA, real, [Portfolio("L3")])
    assert kept.migrate(ADA) is None


def test_what_an_older_register_has_no_column_for_is_empty(
    address: str, tmp_path: Path, real: Qualification, later: Callable[..., None]
) -> None:
    kept = older(address, real)
    merged = imported(kept, real, table(f"L3,,{refs(real, 1)[0]},planned,,,"))
    later()
    with kept.storage.reading() as connection:
        assert connection is not None
        assert set(connection.execute(sa.select(PERSON.c.telephone)).scalars()) == {""}
    kept.migrate(ADA)
    assert kept.verify(ADA).intact
    assert kept.undo(ADA, merged.import_id).disputes == ()
    assert [each.learner for each in kept.learners(ADA)] == ["L1", "L2"]
    assert kept.verify(ADA).intact


def test_a_row_is_compared_with_what_its_last_event_says_column_by_column() -> None:
    row = {"id": "1", "version": 3, "said": "x", "name": "Ann", "telephone": ""}
    assert as_told(row, {"name": "Ann"})
    assert as_told(row, {"name": "Ann", "gone": "long ago"})
    assert not as_told(row | {"telephone": "0123"}, {"name": "Ann"})
    assert not as_told(row, {"name": "Ann", "telephone": "0123"})
    assert not as_told(row, {"name": "Bea"})
    assert not as_told(row, None)
    assert not as_told(None, {})
    assert as_told(None, None)


def test_the_backup_that_was_made_before_is_restored_and_brought_up_to_date(
    address: str, tmp_path: Path, real: Qualification, later: Callable[..., None]
) -> None:
    kept = older(address, real)
    before, was = kept.load(ADA, real), form(kept)
    later()
    backup = kept.migrate(ADA)
    assert backup is not None
    assert Register(backup).load(ADA, real) == before
    kept.save(ADA, real, [Portfolio("L3")])
    kept.restore(ADA, backup)
    assert form(kept) == was
    assert kept.migrate(ADA) is not None
    assert kept.load(ADA, real) == before


def test_a_step_that_fails_at_any_statement_leaves_the_register_as_it_was(
    address: str, tmp_path: Path, real: Qualification, later: Callable[..., None]
) -> None:
    kept = older(address, real)
    before, was = kept.load(ADA, real), form(kept)
    later()
    backups, failures, at = set[Path](), 0, 0
    while True:
        at += deep(17, 1)
        try:
            with failing(kept, at):
                kept.migrate(ADA)
        except StoppedError:
            failures += 1
        else:
            break
        assert form(kept) == was, at
        for backup in set(tmp_path.glob("*-before-update-*")) - backups:
            assert Register(backup).load(ADA, real) == before
            backups.add(backup)
    assert failures >= deep(2, 40)
    assert len(backups) >= deep(1, 10)  # of failures after it was made; one within it leaves no file
    assert "visit" in form(kept)
    assert kept.load(ADA, real) == before
    assert kept.verify(ADA).intact


BROKEN = {
    "wrong statement": "op.execute('UPDATE nowhere SET x = 1')",
    "lost rows": 'op.execute("UPDATE unit_status SET registration_id = id")',
    "fault": "raise ValueError('a fault')",
}


@pytest.mark.parametrize("last", BROKEN.values(), ids=BROKEN)
def test_a_step_that_is_wrong_leaves_the_register_as_it_was(
    address: str, tmp_path: Path, real: Qualification, later: Callable[..., None], last: str
) -> None:
    kept = older(address, real)
    was = form(kept)
    later(last)
    for migrate in (
        kept.migrate,
        lambda _: kept.storage.migrate(),
    ):  # found on a copy already; and if it were not
        with pytest.raises(Exception, match=r"nowhere|refers to|foreign key|FOREIGN KEY|a fault"):
            migrate(ADA)
    assert form(kept) == was
    assert list(tmp_path.glob("*-before-update-*"))


def test_without_a_backup_nothing_is_brought_up_to_date(
    address: str,
    tmp_path: Path,
    real: Qualification,
    later: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = older(address, real)
    was = form(kept)
    later()
    monkeypatch.setattr(kept.storage, "beside", lambda why: tmp_path / "steps")
    with pytest.raises(DataError, match="never replaces a file"):
        kept.migrate(ADA)
    assert form(kept) == was


def test_the_history_stays_guarded(
    address: str, tmp_path: Path, real: Qualification, later: Callable[..., None]
) -> None:
    kept = older(address, real)
    later()
    kept.migrate(ADA)
    refused = 0
    for statement in REFUSED:
        with kept.storage.engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="not chang"):
            connection.exec_driver_sql(statement)
        refused += 1
    assert refused == len(REFUSED)


def test_a_register_of_a_newer_planner_is_left_alone(
    address: str, tmp_path: Path, real: Qualification, later: Callable[..., None]
) -> None:
    kept = older(address, real)
    with later_planner(tmp_path):
        kept.migrate(ADA)
    for act in (lambda: kept.load(ADA, real), lambda: kept.migrate(ADA), lambda: kept.save(ADA, real, [])):
        with pytest.raises(DataError, match="written by a newer planner"):
            act()
