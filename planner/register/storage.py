"""Where the register is kept: an SQLite file of one's own, or a PostgreSQL database by its address."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import platformdirs
import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy.pool import NullPool

from planner.catalogue.loading import REGISTER_VARIABLE
from planner.errors import DataError, DisagreementError, Problem
from planner.register.schema import NAMING, TABLES

BUSY_SECONDS = 10
"""How long a change waits for another one to end."""

FILE = "register.sqlite3"

MEMORY = ":memory:"
"""SQLite's address of a database that nobody else sees, and that is gone when its connection ends."""

MIGRATIONS = [Path(__file__).parent / "migrations"]
"""The folders that hold the steps from one form of the register to the next."""


class Storage:
    """A place for a register; nothing is there before the first change.

    Parameters
    ----------
    address
        The path of an SQLite file, or postgresql://…; None: what the environment says, or else a file in the
        folder of the user's data.

    Raises
    ------
    DataError
        The address is of another kind, or what it needs is not installed.
    """

    def __init__(self, address: str | Path | None) -> None:
        text = str(address or os.environ.get(REGISTER_VARIABLE) or default_address())
        self.file: Path | None = None
        if text.startswith(("postgresql://", "postgres://")):
            rest = text.partition("://")[2]
            self.url = sa.make_url(f"postgresql+psycopg://{rest}")
        elif "://" in text and not text.startswith("sqlite:///"):
            raise _refused(text, "must be the path of a file, or begin with postgresql://")
        else:
            self.file = Path(text.removeprefix("sqlite:///")).expanduser()
            self.url = sa.URL.create("sqlite", database=str(self.file))
        self.address = str(self.file or self.url.render_as_string(hide_password=True))
        try:
            # A connection of its own for each transaction: pages run in many threads, and none stays open.
            self.engine = sa.create_engine(self.url, poolclass=NullPool)
        except ModuleNotFoundError:
            message = "needs psycopg, which is not installed: pip install 'nvq-planner[postgresql]'"
            raise _refused(self.address, message) from None
        if self.file:
            sa.event.listen(self.engine, "connect", _set_up_sqlite)
        sa.event.listen(self.engine, "begin", _begin)

    @property
    def words(self) -> str:
        """Where the work is kept, as a sentence says it."""
        return f"in the file {self.file} on this computer" if self.file else f"in the database {self.address}"

    def there(self) -> bool:
        """Whether anything has been kept."""
        return self.revision() is not None

    def revision(self) -> str | None:
        """The form that the register has; None before the first change."""
        with self._as_it_is() as (_, revision):
            return revision or None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection | None]:
        """A transaction that sees one state and changes nothing; None before the first change.

        One that has an older form is read as it will be once it is brought up to date: in a copy in memory.

        Raises
        ------
        DataError
            The register was made by a newer planner, or cannot be read.
        """
        with self._as_it_is() as (connection, revision):
            if connection is None or not self.is_older(revision):
                yield connection
                return
            copy = Storage(MEMORY)
            with copy._writing(form=True) as target:
                copy._filled(target, connection, revision)
                copy._upgrade(target)
                yield target

    @contextmanager
    def _as_it_is(self) -> Iterator[tuple[sa.Connection | None, str]]:
        """A transaction to read in, and the form that the register has; None before the first change."""
        if self.file is not None and not self.file.exists():
            yield None, ""
            return
        # PostgreSQL would show each question of one look the state of its own moment; SQLite shows one to
        # all.
        level = {} if self.file else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._told(), self.engine.connect().execution_options(**level) as connection, connection.begin():
            revision = _revision(connection)
            self._known(revision)
            yield (None if revision is None else connection), revision or ""

    @contextmanager
    def changing(self) -> Iterator[sa.Connection]:
        """A transaction that nobody else's change goes on beside; it is kept whole or not at all.

        The first one makes the register.

        Raises
        ------
        DataError
            The register has an older form, or cannot be written, or somebody else's change does not end.
        """
        self._make_file()
        with self._told(), self._writing() as connection:
            revision = _revision(connection)
            if revision is None:
                self._upgrade(connection)
            elif self.is_older(revision):
                message = "has the form of an older planner and is only read: first run `register update`"
                raise _refused(self.address, message)
            yield connection

    def is_older(self, revision: str | None) -> bool:
        """Whether the register has the form of an older planner, which is read and not written."""
        self._known(revision)
        return revision is not None and revision != _forms(*MIGRATIONS)[-1]

    def migrate(self) -> Path | None:
        """Brings an older register up to date, after a backup, whose path is given; None where it is."""
        if not self.is_older(self.revision()):
            return None
        kept = self.beside("before-update")
        self.back_up(kept)
        with self._told(), self._writing(form=True) as connection:
            self._upgrade(connection)
        return kept

    # Backups: always an SQLite file

    @property
    def erasures(self) -> Path:
        """The file beside the database that remembers, as random ids, who was erased.

        Of a database elsewhere it stands in the user's data folder, one for each address.
        """
        if self.file:
            return self.file.with_suffix(".erased")
        of_address = hashlib.sha256(self.address.encode()).hexdigest()[:12]
        return default_address().parent / f"database-{of_address}.erased"

    def clean(self) -> None:
        """Lets nothing that was erased stay in an SQLite file or its journal.

        Raises
        ------
        DataError
            Somebody reads: the journal cannot be emptied.
        """
        if self.file is None or not self.there():
            return
        with self._told(), closing(sqlite3.connect(self.file)) as connection:
            _set_up_sqlite(connection, None)
            _set_up_writing(connection)
            try:
                # Written anew, without the free pages in which deleted rows still stand; then the journal is
                # emptied.
                connection.execute("VACUUM")
                # The first of its figures is 1 where somebody kept it from its end.
                busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                busy = True
        if busy:
            message = (
                "somebody reads the register, so its journal cannot be emptied and may still hold what was "
                "erased: end every other program that uses it and run this again"
            )
            raise _refused(self.address, message)

    def beside(self, why: str) -> Path:
        """A path for a backup that the planner makes of itself."""
        folder = self.file.parent if self.file else default_address().parent
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S.%f")
        return folder / f"{self.file.stem if self.file else 'register'}-{why}-{now}.sqlite3"

    def back_up(self, path: Path) -> None:
        """Writes everything that is kept to a new SQLite file.

        Raises
        ------
        DataError
            Nothing is kept yet, there is a file of this name, or it cannot be written.
        """
        if not self.there():
            raise _refused(self.address, "holds nothing yet that could be kept")
        if path.exists():
            raise _refused(str(path), "is there already: a backup never replaces a file")
        copy = Storage(path)
        copy._make_file()
        try:
            with self._told(), copy._told():
                if self.file:
                    _copy_file(self.file, path, alone=True)
                    return
                with self._as_it_is() as (source, revision), copy._writing() as target:
                    assert source is not None
                    copy._filled(target, source, revision)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def restore(self, path: Path) -> Path | None:
        """Puts what a backup holds in the place of everything that is kept; that is backed up before.

        Returns the path of that backup; None where nothing was kept.

        Raises
        ------
        DataError
            The file is no backup, or one of a newer planner; nothing has changed then.
        """
        backup = Storage(path)
        if not path.is_file() or not is_register(path):
            raise _refused(str(path), "is no backup of a register")
        backup.revision()
        kept = None
        if self.there():
            kept = self.beside("before-restore")
            self.back_up(kept)
        with self._told():
            if self.file:
                self._make_file()
                _copy_file(path, self.file)
                return kept
            with backup._as_it_is() as (source, revision), self._writing() as target:
                assert source is not None
                _drop_all(target)
                self._filled(target, source, revision)
        return kept

    # Within

    def _known(self, revision: str | None) -> None:
        if revision is not None and revision not in _forms(*MIGRATIONS):
            raise _refused(self.address, "was written by a newer planner: bring this one up to date")

    def _make_file(self) -> None:
        """A file that its owner alone may read; a folder for it where there is none."""
        if self.file is None:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Made here, as SQLite would give a new file the mode of the umask.
            os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise _refused(self.address, f"cannot be written: {error.strerror}") from None

    @contextmanager
    def _writing(self, *, form: bool = False) -> Iterator[sa.Connection]:
        """A transaction to write in; `form`: tables that others refer to may be made anew in it."""
        connection = self.engine.connect().execution_options(changes=True, form=form)
        with connection, connection.begin():
            yield connection

    def _filled(self, target: sa.Connection, source: sa.Connection, revision: str) -> None:
        """Makes the tables of one form, with every row of another register."""
        self._upgrade(target, revision)
        _copy_rows(source, target)

    def _upgrade(self, connection: sa.Connection, to: str = "head") -> None:
        script = _script(*MIGRATIONS)

        def steps(revision: Any, _context: Any) -> Any:
            return script._upgrade_revs(to, revision)

        with EnvironmentContext(Config(), script, fn=steps, destination_rev=to) as environment:
            environment.configure(
                connection=connection,
                target_metadata=sa.MetaData(naming_convention=NAMING),
                render_as_batch=True,
                transactional_ddl=True,
            )
            environment.run_migrations()
        # Keys were off while tables were made anew (see `_begin`), so that all are looked at once it is done.
        if connection.dialect.name == "sqlite" and (
            lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        ):
            raise DisagreementError(f"bringing the register up to date lost what {lost[0]} refers to")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Tells what the database refuses in words."""
        try:
            yield
        except (sa.exc.OperationalError, sa.exc.DatabaseError, sqlite3.Error) as error:
            if isinstance(error, sa.exc.IntegrityError):
                raise
            said = str(getattr(error, "orig", error)).strip().splitlines()
            text = said[0] if said else type(error).__name__
            if "locked" in text or "lock timeout" in text:
                text = "somebody else is saving; nothing was changed, so try again"
            raise _refused(self.address, text) from error


def _script(*folders: Path) -> ScriptDirectory:
    return ScriptDirectory(str(folders[0]), version_locations=[str(path) for path in folders])


@lru_cache(maxsize=4)
def _forms(*folders: Path) -> tuple[str, ...]:
    """The forms of a register that these steps lead to, the newest last."""
    return tuple(script.revision for script in _script(*folders).walk_revisions())[::-1]


def _revision(connection: sa.Connection) -> str | None:
    """The form that a register has; Alembic's own way to it takes as long as a small query."""
    ask = "SELECT version_num FROM alembic_version"
    if connection.dialect.name == "sqlite":
        try:
            return connection.exec_driver_sql(ask).scalar()
        except sa.exc.OperationalError as error:
            if "no such table" in str(error.orig):
                return None
            raise
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.exec_driver_sql(ask).scalar()


def default_address() -> Path:
    """The file of a register on one's own computer."""
    return platformdirs.user_data_path("nvq-planner", appauthor=False) / FILE


def _refused(address: str, message: str) -> DataError:
    return DataError([Problem(address, message)])


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `_begin` says so
    connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1_000}")


def _set_up_writing(connection: sqlite3.Connection) -> None:
    """What matters to who writes alone: to read it would take a third of a small question's time."""
    for setting in ("foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted is written over


def _begin(connection: sa.Connection) -> None:
    changes = connection.get_execution_options().get("changes", False)
    if connection.dialect.name == "sqlite":
        if changes:
            driver: Any = connection.connection.driver_connection
            _set_up_writing(driver)
            # With this journal readers go on while somebody writes; where it cannot be set now a later change
            # does.
            with suppress(sqlite3.OperationalError):
                driver.execute("PRAGMA journal_mode = WAL")
            if connection.get_execution_options().get("form"):
                # SQLite makes a table anew to change it, which no row may refer to meanwhile; see `_upgrade`.
                driver.execute("PRAGMA foreign_keys = OFF")
        # Locked from the start: of two that began as readers and both went on to write one would have to
        # fail.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if changes else "BEGIN")
    elif changes:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
        # One lock for all who write, by a number that nothing else uses; the transaction's end lets go of it.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(600510)")


def is_register(path: Path) -> bool:
    """Whether a file is a sound register."""
    try:
        # Only read: a path at which nothing is would become an empty file.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (sound,) = connection.execute("PRAGMA integrity_check").fetchone()
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    except sqlite3.Error:
        return False
    return sound == "ok" and {"alembic_version", "event", "event_payload"} <= {name for (name,) in found}


def _copy_file(source: Path, target: Path, *, alone: bool = False) -> None:
    """Copies a database, whoever else has it open; `alone`: the copy has no journal beside it."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        new.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1_000}")
        old.backup(new)  # SQLite's own copy: one state, whoever writes
        if alone:
            new.execute("PRAGMA journal_mode = DELETE")


def _copy_rows(source: sa.Connection, target: sa.Connection) -> None:
    """Every row of every table, as it is."""
    there = sa.MetaData()
    there.reflect(source)
    for table in there.sorted_tables:
        if table.name != "alembic_version":  # which the upgrade has written
            for part in source.execute(sa.select(table)).mappings().partitions(5_000):
                target.execute(sa.insert(table), [dict(row) for row in part])


def _drop_all(connection: sa.Connection) -> None:
    there = sa.MetaData()
    there.reflect(connection, only=lambda name, _: name in TABLES or name == "alembic_version")
    there.drop_all(connection)
    # Of PostgreSQL alone: an SQLite file is replaced as a whole.
    connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_change CASCADE")
