"""Chains as they are kept: pages of entries with the head beside them, for whoever verifies them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    LargeBinary,
    Select,
    bindparam,
    cast,
    exists,
    select,
)

from delegation.audit import Entry, Head
from delegation.store.tables import HEADS, LOG


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries of a chain that follow each other, and the chain's head: one state."""

    head: Head | None
    entries: Sequence[Entry]


BEFORE_ALL: Final = -(2**63)
"""Less than the number of any entry, forged ones included."""
AFTER_ALL: Final = 2**63 - 1

_HEAD: Final = select(HEADS.c.sequence, HEADS.c.hash).where(HEADS.c.chain == bindparam("chain"))

_WITH_HEAD: Final = (
    select(HEADS.c.chain).where(HEADS.c.chain > bindparam("after")).order_by(HEADS.c.chain).limit(bindparam("most"))
)

_WITHOUT_HEAD: Final = (
    select(LOG.c.chain)
    .where(LOG.c.chain > bindparam("after"), ~exists().where(HEADS.c.chain == LOG.c.chain))
    .distinct()
    .order_by(LOG.c.chain)
    .limit(bindparam("most"))
)


def chains(connection: Connection, after: str, limit: int, *, headless: bool) -> list[str]:
    """Return the names of at most `limit` chains that follow `after`, in order.

    A chain that has entries but no head was tampered with; these are asked for apart, since finding them takes longer.
    """
    statement = _WITHOUT_HEAD if headless else _WITH_HEAD
    return list(connection.execute(statement, {"after": after, "most": limit}).scalars())


def page(connection: Connection, chain: str, after: int, limit: int) -> Page:
    """Return at most `limit` entries of a chain that follow a place in it. The transaction makes them one state."""
    found = connection.execute(_HEAD, {"chain": chain}).one_or_none()
    head = None if found is None else Head(chain, found.sequence, found.hash)
    return Page(head, entries(connection, chain, after, limit))


def entries(connection: Connection, chain: str, after: int, limit: int, upto: int = AFTER_ALL) -> list[Entry]:
    """Return at most `limit` entries of a chain that follow a place in it, up to another."""
    place = {"chain": chain, "after": after, "upto": upto, "most": limit}
    rows = connection.execute(_entries(connection.dialect.name), place)
    return [Entry(chain, sequence, as_text(body), as_text(hash_)) for sequence, body, hash_ in rows]


@cache
def _entries(dialect: str) -> Select[Any]:
    return (
        select(*as_kept(dialect, LOG.c.sequence, LOG.c.body, LOG.c.hash))
        .where(
            LOG.c.chain == bindparam("chain"),
            LOG.c.sequence > bindparam("after"),
            LOG.c.sequence <= bindparam("upto"),
        )
        .order_by(LOG.c.sequence)
        .limit(bindparam("most"))
    )


def as_kept(dialect: str, *columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return what to select, so that columns are read whatever is in them; texts are then for `as_text`.

    SQLite keeps any value in any column. One that is no text, or no UTF-8, is an edited entry, not an error.
    """
    if dialect != "sqlite":
        return list(columns)
    return [
        cast(column, BigInteger if isinstance(column.type, BigInteger) else LargeBinary).label(None)
        for column in columns
    ]


def as_text(value: str | bytes) -> str:
    """Return a text that was read as it is kept."""
    return value if isinstance(value, str) else value.decode(errors="replace")
