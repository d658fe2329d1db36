"""Asking for heads: the one question that every request waits for, put to the driver itself.

What SQLAlchemy does around a statement takes five times as long as the statement.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select

from delegation.store.tables import HEADS

_HEADS: Final = select(HEADS.c.chain, HEADS.c.sequence, HEADS.c.hash).where(
    HEADS.c.chain.in_(bindparam("chains", expanding=True))
)
_AT_POSTGRESQL: Final = "SELECT chain, sequence, hash FROM heads WHERE chain = ANY(%s)"
"""For any number of chains the same statement, which is therefore prepared once."""
_IN_SQLITE: Final = "SELECT chain, sequence, hash FROM heads WHERE chain IN ({})"
_MANY_IN_SQLITE: Final = "SELECT chain, sequence, hash FROM heads WHERE chain IN (SELECT value FROM json_each(?))"
_MANY: Final = 1_000
"""Chains from which they are one variable, of which SQLite has no more than 32,766 in a statement."""


def heads_within(connection: Connection, chains: Sequence[str]) -> Iterable[Sequence[Any]]:
    """Return what `heads_of` returns, in the connection's transaction, which begins with it. Raises SQLAlchemyError."""
    return connection.execute(_HEADS, {"chains": chains}).all()


def heads_of(connection: Connection, chains: Sequence[str]) -> Iterable[Sequence[Any]]:
    """Return chain, sequence and hash of each head that there is. Raises SQLAlchemyError.

    It begins no transaction of SQLAlchemy's, so nothing that is read afterwards need be of the same state.
    """
    driver: Any = connection.connection.driver_connection
    try:
        if connection.dialect.name == "postgresql":
            cursor = driver.execute(_AT_POSTGRESQL, [chains])
        elif len(chains) > _MANY:
            cursor = driver.execute(_MANY_IN_SQLITE, [json.dumps(chains)])
        else:
            cursor = driver.execute(_IN_SQLITE.format(",".join("?" * len(chains))), chains)
        # All of them: what is not read to its end would hold the state that it was read from.
        rows: list[Sequence[Any]] = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error:
        # Asked once more: whoever hears of a failure knows those of SQLAlchemy, and what became of the connection.
        return heads_within(connection, chains)
    return rows
