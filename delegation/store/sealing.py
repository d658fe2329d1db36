"""Sealing: which heads no seal covers yet, and what is written when one does."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from delegation.audit import GENESIS, SEALS, Head
from delegation.store.changes import SealedHeads
from delegation.store.errors import InvalidUnit
from delegation.store.rows import Bound, number_value, text_value
from delegation.store.tables import HEADS, SEALED_HEADS


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What the next seal is to be made over: one state."""

    last: Head
    """The last seal's entry; number 0 before the first one."""
    heads: tuple[Head, ...]
    """Sorted by the names of their chains."""


SEAL: Final = insert(SEALED_HEADS)

_LAST: Final = select(HEADS.c.chain, HEADS.c.sequence, HEADS.c.hash).where(HEADS.c.chain == SEALS)

_IS_SEALED: Final = (
    select(SEALED_HEADS.c.seal)
    .where(SEALED_HEADS.c.chain == HEADS.c.chain, SEALED_HEADS.c.sequence == HEADS.c.sequence)
    .scalar_subquery()
)
# A subquery and no anti-join: it looks each head up, where a planner might read everything that was ever sealed.
_UNSEALED: Final = (
    select(HEADS.c.chain, HEADS.c.sequence, HEADS.c.hash)
    .where(HEADS.c.chain > bindparam("after"), HEADS.c.chain != SEALS, _IS_SEALED.is_(None))
    .order_by(HEADS.c.chain)
    .limit(bindparam("most"))
)


def unsealed(connection: Connection, after: str, limit: int) -> Unsealed:
    """Return at most `limit` heads, of chains that follow `after`, that moved since they were last sealed.

    The connection's transaction makes them one state with the last seal.
    """
    last = connection.execute(_LAST).one_or_none()
    rows = connection.execute(_UNSEALED, {"after": after, "most": limit})
    heads = tuple(Head(row.chain, row.sequence, row.hash) for row in rows)
    return Unsealed(Head(*last) if last is not None else Head(SEALS, 0, GENESIS), heads)


def rows_of(sealed: SealedHeads) -> list[Bound]:
    """Return the heads that a seal covers, ready to be bound. Raises InvalidUnit."""
    if sealed.after < 0 or not sealed.heads:
        raise InvalidUnit("a seal follows no other, or covers nothing")
    try:
        return [
            {
                "chain": text_value(head.chain),
                "sequence": number_value(head.sequence),
                "hash": text_value(head.hash),
                "seal": sealed.after + 1,
            }
            for head in sealed.heads
        ]
    except InvalidUnit as error:
        raise InvalidUnit(f"a sealed head {error}") from None
