"""Failures of the database: what may be said of them, and whether another try can help."""

from typing import Final

from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    MultipleResultsFound,
    NoResultFound,
    OperationalError,
    SQLAlchemyError,
)

_CONFLICTS: Final = (
    "40001",  # PostgreSQL: serialization failure
    "40P01",  # PostgreSQL: deadlock
    "23505",  # PostgreSQL: another process began the same chain a moment before; there was no head yet to lock
)

_LOCKED: Final = "55P03"
_FOREIGN: Final = (
    "42P01", "42703",  # PostgreSQL: no such table, no such column
    "SQLITE_ERROR",  # SQLite: either, of a statement that is right
)  # fmt: skip
_LOST: Final = (
    "08000", "08001", "08003", "08004", "08006",  # PostgreSQL: no connection, or no longer
    "57P01", "57P02", "57P03",  # PostgreSQL: it is being stopped, it crashed, it is starting
    "25006",  # PostgreSQL: this server has become a standby; another one is the primary now
)  # fmt: skip


def code_of(error: SQLAlchemyError) -> str:
    """Return the database's own code for an error. Its message may quote rows, so that is never used."""
    if not isinstance(error, DBAPIError):
        return type(error).__name__
    original = error.orig
    code = getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None)
    return str(code or type(original).__name__)


def is_conflict(error: SQLAlchemyError) -> bool:
    """Return whether the transaction lost against another one and may well succeed when repeated."""
    return code_of(error) in _CONFLICTS


def is_foreign(error: SQLAlchemyError) -> bool:
    """Return whether a question about the release of the tables failed because there are no such tables."""
    return isinstance(error, MultipleResultsFound | NoResultFound) or code_of(error) in _FOREIGN


def is_lost(error: SQLAlchemyError) -> bool:
    """Return whether the connection failed and not what was asked over it, so that a new connection may help."""
    if isinstance(error, DisconnectionError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or code_of(error) in _LOST:
        return True
    names = (getattr(error.orig, name, None) for name in ("sqlite_errorname", "sqlstate"))
    return isinstance(error, OperationalError) and not any(names)


def may_come_back(error: SQLAlchemyError) -> bool:
    """Return whether what failed to be committed, and is not there, may be there once all processes have ended.

    SQLite writes all of a transaction into its log and then flushes that. Where the flush fails, nobody reads what was
    written; but it is whole, and until the next commit overwrites it, whoever recovers the log takes it for committed.
    """
    return code_of(error).startswith("SQLITE_IOERR")


def is_locked(error: SQLAlchemyError) -> bool:
    """Return whether another host's transaction holds what was wanted, and does not let go of it."""
    return code_of(error) == _LOCKED


def concerns_all(error: SQLAlchemyError) -> bool:
    """Return whether the database itself failed, so that no other unit would fare better now."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError) and not is_conflict(error) and not is_locked(error)
