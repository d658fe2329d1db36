"""Standing: what the database says of itself, its clock and its tables, in one small question."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from delegation.store.failures import is_foreign
from delegation.store.schema import is_usable

_TIME: Final = select(func.clock_timestamp())


@dataclass(frozen=True, slots=True)
class Standing:
    """What was so when it was asked."""

    usable: bool
    """Whether this release may use the tables."""
    time: datetime | None
    """The time of the database's own clock, aware; None where that is this machine's."""


def standing(connection: Connection) -> Standing:
    """Return how the database stands now."""
    usable = _is_usable(connection)
    has_clock = connection.dialect.name == "postgresql"
    return Standing(usable, connection.execute(_TIME).scalar_one() if has_clock else None)


def _is_usable(connection: Connection) -> bool:
    try:
        return is_usable(connection)
    except SQLAlchemyError as error:
        if is_foreign(error):
            return False
        raise
