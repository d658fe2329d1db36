"""Failures of the database: what may be said of them, and whether another try can help."""

from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

_CONFLICTS: Final = (
    "40001",  # PostgreSQL: serialization failure
    "40P01",  # PostgreSQL: deadlock
    "23505",  # PostgreSQL: another process began the same chain a moment before; there was no head yet to lock
)


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


def concerns_all(error: SQLAlchemyError) -> bool:
    """Return whether the database itself failed, so that no other unit would fare better now."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError) and not is_conflict(error)
