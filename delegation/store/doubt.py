"""Doubt: whether a transaction was committed whose COMMIT failed, found out by reading and never by guessing."""

from collections.abc import Sequence
from time import sleep
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from delegation.audit import GENESIS, Entry
from delegation.store.link import Link
from delegation.store.statements import LOCK_HEADS, RECORDED, Statements

_PAUSES: Final = (0.0, 0.1, 0.5)
"""Seconds before each try: a database that lost a connection is often back at once."""


def was_committed(link: Link, statements: Statements, entries: Sequence[Entry]) -> bool | None:
    """Return whether the transaction that appended these entries was committed; None when that cannot be read."""
    if not entries:
        return None
    for pause in _PAUSES:
        sleep(pause)
        try:
            return _is_recorded(link, statements, entries)
        except SQLAlchemyError:
            link.drop()
    return None


def _is_recorded(link: Link, statements: Statements, entries: Sequence[Entry]) -> bool:
    chains = sorted({entry.chain for entry in entries})
    last = {entry.chain: entry for entry in entries}
    connection = link.connection()
    # The server may still be committing for the connection that was lost. It holds these locks until it has.
    blank = [{"chain": chain, "sequence": 0, "hash": GENESIS} for chain in chains]
    connection.execute(statements.reserve_head, blank)
    connection.execute(LOCK_HEADS, {"chains": chains}).all()
    # All of them: another process may have appended the very same entry to one chain, never to all.
    recorded = all(_is_kept(connection, entry) for entry in last.values())
    if recorded:
        # It changes nothing, but is told only when a synchronous standby has it, and all that came before.
        link.commit()
    else:
        connection.rollback()
    return recorded


def _is_kept(connection: Connection, entry: Entry) -> bool:
    found = connection.execute(RECORDED, {"chain": entry.chain, "sequence": entry.sequence})
    return bool(found.scalar_one_or_none() == entry.hash)
