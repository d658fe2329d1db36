"""The schema: brought to this release's tables, and checked before anything is served."""

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, Select, column, select, table, text
from sqlalchemy.exc import SQLAlchemyError

from delegation.store.connections import Access, connect, engine_of, parsed, path_of
from delegation.store.errors import SchemaBehind, StoreError, StoreUnavailable
from delegation.store.failures import code_of
from delegation.store.tables import COMPATIBILITY

_SCRIPTS: Final = Path(__file__).parent / "migrations"
_PATIENCE: Final = 60
"""Seconds that one process waits while another migrates."""
_LOCK: Final = 0x64656C6567617465
"""PostgreSQL's advisory lock that lets one process at a time migrate."""
_BRIEFLY: Final = 2
"""Seconds that a migration waits for a table on PostgreSQL: less than a commit does, since commits queue behind it."""
# A connection gives up a lock, and is itself given up within a transaction, sooner than a busy host has migrated.
_WAIT: Final = f"""
    SET LOCAL lock_timeout = '{_PATIENCE}s';
    SET LOCAL idle_in_transaction_session_timeout = '{_PATIENCE}s'
"""
_FOUND: Final[Select[Any]] = select(column("version_num")).select_from(table("alembic_version"))


def migrate(url: str) -> None:
    """Bring the database's tables to this release; nothing happens when they are.

    An SQLite file is made when it is absent, for its owner alone. Any number of processes may call this at once.
    Raises StoreError for a URL or for tables that cannot be used, StoreUnavailable when the database fails.
    """
    parts = parsed(url)
    _make_file(parts)
    engine = engine_of(parts, patience=_PATIENCE)
    try:
        with connect(engine, Access.WRITE) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql(_WAIT)
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
                connection.execute(text(f"SET LOCAL lock_timeout = '{_BRIEFLY}s'"))
            if _is_later_but_usable(connection):
                return
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError:
        raise StoreError("the tables are of a later release than this one: use the release that made them") from None
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the database could not be migrated: {code_of(error)}") from None


def check(engine: Engine) -> None:
    """Refuse a database whose tables this release does not know. Raises SchemaBehind, StoreUnavailable.

    Tables that a later release has added to are no hindrance where it says so: old and new run side by side while one
    replaces the other.
    """
    needed = _newest()
    path = path_of(engine.url)
    if path is not None and not path.is_file():
        raise SchemaBehind(f"there is no database at `{path}`: migrate first")
    try:
        with connect(engine, Access.READ) as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            usable = found == needed or _is_later_but_usable(connection)
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the database could not be read: {code_of(error)}") from None
    if not usable:
        raise SchemaBehind(f"the tables are at `{found or 'nothing'}`, but `{needed}` is needed: migrate first")


def is_usable(connection: Connection) -> bool:
    """Return whether this release may use the tables as they are now. Raises SQLAlchemyError where there are none."""
    found = connection.execute(_FOUND).scalar_one_or_none()
    return found == _newest() or (found is not None and _is_made_for_us(connection, found))


@cache
def _newest() -> str:
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _is_later_but_usable(connection: Connection) -> bool:
    """Return whether a later release made the tables, and made them so that this one works with them."""
    found = MigrationContext.configure(connection).get_current_revision()
    return found is not None and _is_made_for_us(connection, found)


def _is_made_for_us(connection: Connection, found: str) -> bool:
    newest = _newest()
    if found <= newest:
        return False
    oldest = connection.execute(select(COMPATIBILITY.c.oldest)).scalar_one()
    return bool(oldest <= newest)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _make_file(url: URL) -> None:
    path = path_of(url)
    if path is None:
        return
    if not path.parent.is_dir():
        raise StoreError(f"the directory `{path.parent}` does not exist")
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreError(f"`{path}` cannot be made: {error.strerror}") from None
