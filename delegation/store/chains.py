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
    place = {"chain": chain, "after": after, "most": limit}
    rows = connection.execute(_entries(connection.dialect.name), place)
    entries = [Entry(chain, sequence, _text(body), _text(hash_)) for sequence, body, hash_ in rows]
    return Page(head, entries)


@cache
def _entries(dialect: str) -> Select[Any]:
    columns: list[ColumnElement[Any]] = [LOG.c.sequence, LOG.c.body, LOG.c.hash]
    if dialect == "sqlite":
        # SQLite keeps any value in any column. One that is no text, or no UTF-8, is an edited entry, not an error.
        kinds = (BigInteger, LargeBinary, LargeBinary)
        columns = [cast(c, kind).label(None) for c, kind in zip(columns, kinds, strict=True)]
    return (
        select(*columns)
        .where(LOG.c.chain == bindparam("chain"), LOG.c.sequence > bindparam("after"))
        .order_by(LOG.c.sequence)
        .limit(bindparam("most"))
    )


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")
