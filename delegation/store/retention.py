"""Retention: what seals covered long ago is deleted from the log, and what is left goes on from there.

No table but the log and what tells of its seals is touched: replays, revocations and the ancestors of what lives are
rows of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, Executable, and_, bindparam, delete, func, insert, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from delegation.audit import Head
from delegation.store.beginnings import beginnings, places_at
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.errors import StoreUnavailable
from delegation.store.failures import code_of
from delegation.store.tables import ANCHORS, LOG, SEALED_HEADS

_MOST: Final = 1_000
"""Rows deleted in one transaction: whoever writes waits for it."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """What a purge deletes."""

    places: tuple[Head, ...]
    """Up to where each chain goes of which something does."""
    entries: int


_OLD: Final = and_(LOG.c.chain == bindparam("of"), LOG.c.sequence <= bindparam("upto"))
_COUNT: Final = select(func.count()).select_from(LOG).where(_OLD)
_SLICE: Final = select(LOG.c.sequence).where(_OLD).order_by(LOG.c.sequence).limit(_MOST)
_CUT: Final = delete(LOG).where(LOG.c.chain == bindparam("of"), LOG.c.sequence.in_(_SLICE.scalar_subquery()))
_HEADS_OF: Final = (
    select(SEALED_HEADS.c.chain, SEALED_HEADS.c.sequence)
    .where(SEALED_HEADS.c.seal <= bindparam("upto"))
    .order_by(SEALED_HEADS.c.seal)
    .limit(_MOST)
)
_UNCOVER: Final = delete(SEALED_HEADS).where(tuple_(SEALED_HEADS.c.chain, SEALED_HEADS.c.sequence).in_(_HEADS_OF))


def doomed(connection: Connection, seal: int) -> Doomed:
    """Return what goes when everything goes that the seals up to a number cover. Raises InvalidQuestion."""
    counts = {
        place: connection.execute(_COUNT, {"of": place.chain, "upto": place.sequence}).scalar_one()
        for place in beginnings(connection, seal)
    }
    return Doomed(tuple(place for place, count in counts.items() if count), sum(counts.values()))


def purge(url: str, seal: int) -> None:
    """Delete everything that the seals up to a number cover, those seals too.

    First the places are noted from which the log is told from then on: whoever begins to read it there meets no gap,
    and whoever began before may. What is interrupted is finished by the next call.
    Raises InvalidQuestion when there is no such seal, StoreUnavailable.
    """
    engine = engine_of(parsed(url))
    try:
        places = _anchored(engine, seal)
        with connect(engine, Access.WRITE) as connection:
            for place in places:
                _delete(connection, _CUT, {"of": place.chain, "upto": place.sequence})
            _delete(connection, _UNCOVER, {"upto": seal})
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the log could not be purged: {code_of(error)}") from None


def _delete(connection: Connection, statement: Executable, values: Mapping[str, str | int]) -> None:
    """Delete in transactions of their own, so that nobody waits long, until nothing is left."""
    gone = _MOST
    while gone == _MOST:
        with connection.begin():
            gone = connection.execute(statement, values).rowcount


def _anchored(engine: Engine, seal: int) -> list[Head]:
    with connect(engine, Access.WRITE) as connection, connection.begin():
        purged = {head.chain: head for head in beginnings(connection, None)}
        moved = places_at(connection, seal, purged)
        places = [*(purged | moved).values()]
        connection.execute(delete(ANCHORS))
        connection.execute(
            insert(ANCHORS), [{"chain": each.chain, "sequence": each.sequence, "hash": each.hash} for each in places]
        )
    return places
