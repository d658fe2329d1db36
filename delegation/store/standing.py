"""Standing: what the database says of itself, its clock and its tables, in one small question."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from delegation.store.failures import is_foreign
from delegation.store.reading import claimed
from delegation.store.replaying import RESTORING
from delegation.store.schema import is_usable

_TIME: Final = select(func.clock_timestamp())


@dataclass(frozen=True, slots=True)
class Standing:
    """What was so when it was asked."""

    usable: bool
    """Whether this release may use the tables."""
    time: datetime | None
    """The time of the database's own clock, aware; None where that is this machine's."""
    restoring: bool = False
    """Whether it is being brought back, so that what was revoked may be alive in it."""


def standing(connection: Connection) -> Standing:
    """Return how the database stands now."""
    usable = _is_usable(connection)
    time = connection.execute(_TIME).scalar_one() if connection.dialect.name == "postgresql" else None
    return Standing(usable, time, usable and bool(claimed(connection, RESTORING)))


def _is_usable(connection: Connection) -> bool:
    try:
        return is_usable(connection)
    except SQLAlchemyError as error:
        if is_foreign(error):
            return False
        raise
