"""Connections: how each database is opened, so that what is committed lasts and what is read is one state."""

import os
import sqlite3
from collections.abc import Callable, Mapping
from enum import Enum, auto
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from delegation.store.errors import StoreError
from delegation.store.timeline import Timelines

if TYPE_CHECKING:
    from psycopg import AsyncConnection


class Access(Enum):
    """What a connection is for."""

    WRITE = auto()
    """Transactions that hold the write lock from their beginning."""
    READ = auto()
    """Single statements, each on the newest state."""
    SNAPSHOT = auto()
    """Transactions that see one state and write nothing."""


_BEGIN: Final = "delegation_begin"

_OPTIONS: Final[Mapping[str, Mapping[Access, Mapping[str, Any]]]] = {
    # A transaction that reads first and writes later can fail at once, whatever the timeout: hence IMMEDIATE.
    "sqlite": {
        Access.WRITE: {_BEGIN: "BEGIN IMMEDIATE"},
        Access.READ: {},
        Access.SNAPSHOT: {_BEGIN: "BEGIN"},
    },
    "postgresql": {
        Access.WRITE: {"isolation_level": "READ COMMITTED"},
        Access.READ: {"isolation_level": "AUTOCOMMIT"},
        Access.SNAPSHOT: {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
    },
}

_LOCK: Final = 2
"""Seconds that a statement waits at PostgreSQL at most for a lock that another transaction holds."""

_PAUSE: Final = 0.01
"""Seconds between tries of what SQLite does not wait for."""

_PRIMARY: Final = 0xFF
"""What of SQLite's error codes says the kind; the rest says where."""

PRAGMAS: Final = (
    "synchronous=FULL",  # with NORMAL a power cut may lose the last commits, revocations among them
    "foreign_keys=ON",
    "cache_size=-65536",  # KiB; with the default of 2 MiB a change of many rows takes thirty times as long
)
"""What each connection to SQLite is told first."""


def _postgresql_arguments(patience: int) -> dict[str, Any]:
    return {
        "connect_timeout": 3,
        "target_session_attrs": "read-write",  # never a replica, whose state may be old
        "application_name": "delegation",
        # A head is held for milliseconds; whoever holds one for seconds has been stopped in the middle.
        "options": f"-c lock_timeout={min(patience, _LOCK)}s -c statement_timeout=60s "
        "-c idle_in_transaction_session_timeout=60s",
        # What lies between may drop a connection over which nothing is said, and tell nobody.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,  # milliseconds
    }


# Nothing of ours thinks within a transaction: a host that was stopped in one lets go of its locks.
# A server may be set to tell of commits before they are on its disk: an acknowledged revocation could be lost.
_SESSION: Final[Mapping[tuple[str, Access], str]] = {
    ("postgresql", Access.WRITE): """
        SET idle_in_transaction_session_timeout = '5s';
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
    """
}
"""What is said first over a new connection."""


_ARGUMENTS: Final[Mapping[str, Callable[[int], dict[str, Any]]]] = {
    "sqlite": lambda patience: {"timeout": patience},
    "postgresql": _postgresql_arguments,
}


def parsed(url: str) -> URL:
    """Return the parts of a database URL. Raises StoreError, without the URL, which may hold a password."""
    try:
        parts = make_url(url)
    except ArgumentError:
        raise StoreError("the database URL cannot be read") from None
    backend = parts.get_backend_name()
    if backend not in _OPTIONS:
        raise StoreError(f"`{backend}` is no database that can be used here: sqlite or postgresql")
    if backend == "sqlite" and path_of(parts) is None:
        raise StoreError("SQLite needs the path of a file, since in memory each thread has its own database")
    return parts.set(drivername="postgresql+psycopg") if backend == "postgresql" else parts


def path_of(url: URL) -> Path | None:
    """Return where an SQLite database lies; None when it is no file or another database."""
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return None
    return None if str(url.database).startswith("file:") else Path(str(url.database))


def engine_of(url: URL, *, patience: int = 5) -> Engine:
    """Return an engine that opens a connection whenever it is asked for one.

    A statement waits at most `patience` seconds for another's lock. Raises StoreError when the driver is missing.
    """
    backend = url.get_backend_name()
    try:
        engine = create_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,  # parameters are rows, and rows stay out of logs
            connect_args=_ARGUMENTS[backend](patience),
        )
    except ImportError:
        raise StoreError("PostgreSQL needs its driver: pip install 'delegation-service[postgresql]'") from None
    if backend == "sqlite":
        event.listen(engine, "connect", lambda opened, _: _prepare_sqlite(opened, Path(str(url.database)), patience))
        event.listen(engine, "begin", _begin)
    else:
        timelines = Timelines()
        event.listen(engine, "connect", lambda opened, _: timelines.check(opened))
    return engine


def connect(engine: Engine, access: Access) -> Connection:
    """Return a new connection for one kind of use."""
    dialect = engine.dialect.name
    connection = engine.connect().execution_options(**_OPTIONS[dialect][access])
    driver = connection.connection.driver_connection
    if driver is not None and (said := _SESSION.get((dialect, access))) is not None:
        driver.execute(said)
        driver.commit()
    return connection


async def connected(engine: Engine) -> "AsyncConnection[Any]":
    """Return a new connection to PostgreSQL that belongs to the event loop; each of its statements commits itself."""
    from psycopg import AsyncConnection  # noqa: PLC0415  an extra that only those install who use PostgreSQL

    _, address = engine.dialect.create_connect_args(engine.url)
    arguments = {**address, **_postgresql_arguments(_LOCK)}
    return await AsyncConnection.connect(**arguments, autocommit=True)


def _prepare_sqlite(connection: DBAPIConnection, path: Path, patience: int) -> None:
    # The driver would begin transactions by itself, and too late.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor, patience)
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA schema_version")  # From here on the log is there, and nobody deletes it.
    cursor.close()
    _name_durably(path)


def _name_durably(path: Path) -> None:
    """Flush the directory that a database's files have their names in.

    SQLite does that for a log that it begins, and takes no notice where it fails: after a power cut there could be no
    log, and with it nothing of what was committed.
    """
    try:
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise sqlite3.OperationalError("the directory of the database cannot be flushed") from error


def _write_ahead(cursor: DBAPICursor, patience: int) -> None:
    # Processes that open a new file at once all switch it. SQLite lets one do so and fails the others without waiting.
    end = monotonic() + patience
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & _PRIMARY == sqlite3.SQLITE_BUSY
            if not is_busy or monotonic() >= end:
                raise
            sleep(_PAUSE)
        else:
            return


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get(_BEGIN)
    if statement is not None:
        connection.exec_driver_sql(statement)
