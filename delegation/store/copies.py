"""Copies: the embedded database copied while it is used, read back, and marked as what it is."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from delegation.store.connections import parsed, path_of
from delegation.store.errors import StoreError, StoreUnavailable

_MARK: Final = 0x626B7570
"""Stands in a copy where SQLite leaves room for a number of the application's own, which is 0 in a database in use."""
_PAGES: Final = 2_000
"""Pages copied before whoever writes gets a turn."""


def back_up(url: str, target: Path) -> int:
    """Copy an SQLite database to a new file, and return how many octets it has; it may be used meanwhile.

    The copy is one state, holds what was acknowledged before, was read back and is on the disk; nothing is overwritten.
    It is marked: no service starts on it before it was prepared for that. Raises StoreError.
    """
    source = path_of(parsed(url))
    if source is None:
        raise StoreError("this database is backed up with its own tools: pg_dump, or a base backup")
    if not source.is_file():
        raise StoreError(f"there is no database at `{source}`")
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            _copy(source, beside)
            _flush(beside)
            os.link(beside, target)
            _flush(target.parent)
        finally:
            beside.unlink()
    except FileExistsError:
        raise StoreError(f"`{target}` is there already: a backup overwrites nothing") from None
    except (sqlite3.Error, OSError) as error:
        raise StoreUnavailable(f"the database could not be copied: {error}") from None
    return target.stat().st_size


def is_copy(url: str) -> bool:
    """Return whether a database is a backup that was put in place and not prepared since. Raises StoreUnavailable."""
    path = path_of(parsed(url))
    return path is not None and path.is_file() and _mark_of(path) == _MARK


def unmark(url: str) -> None:
    """Let a backup that was put in place be a database in use. Raises StoreUnavailable."""
    path = path_of(parsed(url))
    if path is not None:
        _run(path, "PRAGMA user_version = 0")


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as ours, closing(sqlite3.connect(target)) as copy:
        ours.backup(copy, pages=_PAGES)
        # In the mode that the copy came in, two files more would belong to it.
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute(f"PRAGMA user_version = {_MARK}")
        found = [text for (text,) in copy.execute("PRAGMA integrity_check(1)")]
    if found != ["ok"]:
        raise StoreUnavailable(f"the copy is damaged, and so may be the database: {found[0]}")


def _flush(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _mark_of(path: Path) -> int:
    return _run(path, "PRAGMA user_version")


def _run(path: Path, statement: str) -> int:
    try:
        with closing(sqlite3.connect(path)) as connection:
            row = connection.execute(statement).fetchone()
            connection.commit()
    except sqlite3.Error as error:
        raise StoreUnavailable(f"the database cannot be read: {error}") from None
    return 0 if row is None else int(row[0])
