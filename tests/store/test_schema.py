"""The schema: made from nothing, checked before use, the same as the tables."""

import sqlite3
import stat
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Timer
from time import sleep

import anyio
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from delegation.store import PARTITIONED, SchemaBehind, Store, StoreError, StoreUnavailable, migrate
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.tables import METADATA
from tests.children import children, context, ended
from tests.clock import Clock
from tests.databases import Make
from tests.store.processes import migrate_together
from tests.store.releases.versions import NEWEST
from tests.store.samples import change, group, groups, opened

PROCESSES = 6
LOCK = 0x64656C6567617465
LONGER_THAN_A_COMMIT_WAITS = 2.5
LONGER_THAN_A_COMMIT_MAY_THINK = 5.5


def reading(url: str) -> Engine:
    """Return an engine for looking at a database directly."""
    return engine_of(parsed(url))


def found(url: str) -> list[str]:
    """Return the versions that a database says it is at."""
    with connect(reading(url), Access.READ) as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version")).scalars())


def test_migrating_from_nothing_makes_the_tables_of_this_release(url: str) -> None:
    """After an upgrade from empty there is no difference between the database and the tables."""
    with connect(reading(url), Access.SNAPSHOT) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})

        assert compare_metadata(context, METADATA) == []


def test_migrations_say_what_the_tables_say(tmp_path: Path) -> None:
    """The statements that made an upgraded SQLite file are those that the tables alone would have made."""

    def told(url: str, make: Callable[[str], None]) -> set[str]:
        make(url)
        with connect(reading(url), Access.READ) as connection:
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
            return {" ".join(sql.split()) for name, sql in rows if not name.startswith("alembic")}

    def make(url: str) -> None:
        METADATA.create_all(reading(url))

    assert told(f"sqlite:///{tmp_path}/a.db", migrate) == told(f"sqlite:///{tmp_path}/b.db", make)


@pytest.mark.anyio
async def test_migrating_again_changes_nothing(url: str) -> None:
    """A database at this release stays as it is, rows included."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
    migrate(url)
    async with opened(url) as store:
        assert await groups(store) == {"a"}


def test_processes_that_migrate_at_once_do_it_once(empty_url: str) -> None:
    """Several processes that start on an empty database all find it migrated."""
    barrier = context().Barrier(PROCESSES)
    with children(*[partial(migrate_together, empty_url, barrier)] * PROCESSES) as processes:
        assert ended(processes) == [0] * PROCESSES

    assert found(empty_url) == [NEWEST]


@pytest.mark.threat("61")
def test_who_migrates_is_waited_for_longer_than_a_commit_waits(postgresql_databases: Make) -> None:
    """A start that finds another one migrating waits until that is done, however slow the machine is."""
    with postgresql_databases(None) as url, ExitStack() as migrating:
        other = migrating.enter_context(reading(url).connect())
        other.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
        done = Timer(LONGER_THAN_A_COMMIT_WAITS, migrating.close)
        done.start()
        migrate(url)
        done.join()
        assert found(url) == [NEWEST]


@pytest.mark.slow
@pytest.mark.threat("61")
def test_who_migrates_may_think_for_longer_than_a_commit_may(
    postgresql_databases: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy machine that keeps a process from going on in the middle of a migration does not make it fail."""
    upgrade = command.upgrade

    def slowly(config: Config, revision: str) -> None:
        sleep(LONGER_THAN_A_COMMIT_MAY_THINK)
        upgrade(config, revision)

    monkeypatch.setattr(command, "upgrade", slowly)
    with postgresql_databases(None) as url:
        migrate(url)
        assert found(url) == [NEWEST]


def test_a_new_file_that_another_process_is_writing_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself fails at once when a file that is being written is switched to write-ahead; migrating waits."""
    path = tmp_path / "store.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = Timer(0.3, other.rollback)
    release.start()
    migrate(f"sqlite:///{path}")
    release.join()
    other.close()

    assert found(f"sqlite:///{path}") == [NEWEST]


def test_a_new_file_that_stays_locked_is_an_error(tmp_path: Path) -> None:
    """Nobody waits for ever: when patience ends the database is unavailable."""
    path = tmp_path / "store.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with (
        pytest.raises(OperationalError, match="locked"),
        connect(engine_of(parsed(f"sqlite:///{path}"), patience=0), Access.READ),
    ):
        pytest.fail("a locked file was opened")
    other.close()


def test_a_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    """The file, and those that SQLite lays beside it, can be read by nobody else."""
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url)
    with connect(reading(url), Access.WRITE) as connection:
        connection.execute(text("SELECT 1"))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """Folders are made by whoever runs the service, not by the store."""
    with pytest.raises(StoreError, match="does not exist"):
        migrate(f"sqlite:///{tmp_path}/nowhere/store.db")


def test_a_missing_file_is_not_made_by_opening(tmp_path: Path) -> None:
    """Only migrating makes a database."""
    with pytest.raises(SchemaBehind, match="migrate first"):
        anyio.run(Store(f"sqlite:///{tmp_path}/store.db", instance="one", clock=Clock()).open)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.anyio
@pytest.mark.parametrize("version", [None, "0000"])
async def test_tables_of_another_release_are_refused(url: str, version: str | None) -> None:
    """A database that is not at this release's schema is not opened."""
    with reading(url).begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if version is not None:
            connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": version})

    with pytest.raises(SchemaBehind, match=f"`{NEWEST}` is needed"):
        await Store(url, instance="one", clock=Clock()).open()


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """Something else in the place of the database is an error and stays as it is."""
    path = tmp_path / "store.db"
    path.write_text("no database, by no means" * 100)

    with pytest.raises(StoreUnavailable, match="SQLITE_NOTADB"):
        await Store(f"sqlite:///{path}", instance="one", clock=Clock()).open()
    with pytest.raises(StoreUnavailable, match="SQLITE_NOTADB"):
        migrate(f"sqlite:///{path}")


def test_every_key_begins_with_the_partition() -> None:
    """What belongs to one partition lies together, and nothing is found across partitions by accident."""
    first = {name: next(iter(table.primary_key.columns)).name for name, table in PARTITIONED.items()}

    assert set(first.values()) == {"partition"}


def test_every_constraint_has_a_name() -> None:
    """Constraints and indexes can be changed by later migrations, since each has a name that follows a rule."""
    tables = METADATA.tables.values()
    keys = {str(table.primary_key.name) for table in tables}
    indexes = {str(index.name) for table in tables for index in table.indexes}

    assert keys == {f"pk_{table.name}" for table in tables}
    assert indexes
    assert all(name.startswith("ix_") for name in indexes)


def test_every_commit_is_flushed(tmp_path: Path) -> None:
    """Connections write ahead, flush every commit and enforce foreign keys."""
    url = f"sqlite:///{tmp_path}/store.db"
    migrate(url)
    with connect(reading(url), Access.WRITE) as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5_000}
    assert sqlite3.sqlite_version_info >= (3, 35)  # RETURNING
