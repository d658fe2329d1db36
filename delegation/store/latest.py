"""The latest: what was recorded last in an embedded database, which has no clock of its own to ask."""

from typing import Final

from sqlalchemy import Connection, select, text

from delegation.audit import SEALS
from delegation.store.tables import LOG

_LATEST: Final = select(LOG.c.body).where(LOG.c.chain != SEALS).order_by(text("rowid DESC")).limit(1)


def latest_record(connection: Connection) -> str | None:
    """Return the body of the record that was appended last to any chain of an SQLite file.

    None where there is none, and for a database at a server.
    """
    if connection.dialect.name != "sqlite":
        return None
    return connection.execute(_LATEST).scalar_one_or_none()
