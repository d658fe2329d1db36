"""What seals cover, as it is kept: questions for whoever tells the log seal by seal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, or_, select

from delegation.audit import SEALS, Covered, Head, Item, Proof, inclusion_path, leaf_of
from delegation.store.chains import BEFORE_ALL, as_kept, as_text, entries
from delegation.store.tables import HEADS, LOG, SEALED_HEADS


@dataclass(frozen=True, slots=True)
class Part:
    """Something told of the log, and what is left to tell."""

    items: Sequence[tuple[int, Item]]
    """Each with the seal that covers it."""
    told: Mapping[str, int]
    """Up to which entry each chain has now been told, of those that this part is about."""
    left: Sequence[Covered] = ()
    """What was asked for and is not told yet."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Ends of chains, each with its head, and after which chain to go on; None after the last."""

    items: Sequence[Item]
    told: Mapping[str, int]
    after: str | None


def covered_by(
    connection: Connection, after: tuple[int, str], upto: int, limit: int, *, chain: str | None
) -> list[Covered]:
    """Return at most `limit` covered heads, of one chain or of all, in the order of seals and chains.

    They follow a seal and a chain, and the last is covered by the seal `upto` at most.
    """
    seal, name = after
    place = {"seal": seal, "name": name, "upto": upto, "most": limit, "only": chain}
    rows = connection.execute(_covered(connection.dialect.name, only=chain is not None), place)
    return [_covered_of(row) for row in rows]


def first_astray(connection: Connection) -> list[Covered]:
    """Return a head that is covered by a seal before the first or after the last one, if there is any."""
    return [_covered_of(row) for row in connection.execute(_astray(connection.dialect.name))]


def covered_parts(
    connection: Connection, covered: Sequence[Covered], told: Mapping[str, int], limit: int, *, prove: bool
) -> Part:
    """Tell covered heads, each with the entries since its chain was last told; some `limit` of them.

    With `prove` each covered head is told with its proof.
    """
    items: list[tuple[int, Item]] = []
    now: dict[str, int] = {}
    for n, each in enumerate(covered):
        chain, upto = each.head.chain, each.head.sequence
        after = now.get(chain, told.get(chain, BEFORE_ALL))
        room = limit - len(items)
        found = entries(connection, chain, after, room, upto) if after < upto else []
        items += [(each.seal, entry) for entry in found]
        now[chain] = found[-1].sequence if found else after
        if len(found) == room:
            return Part(items, now, covered[n:])
        items.append((each.seal, proved(connection, each) if prove else each))
        if len(items) == limit:
            return Part(items, now, covered[n + 1 :])
    return Part(items, now)


def ends(connection: Connection, after: str, told: Mapping[str, int], limit: int) -> Ends:
    """Tell how chains go on that follow another, each to its head; some `limit` entries of them.

    A chain that is too long for once is told without its head, and told again to go on.
    """
    items: list[Item] = []
    now: dict[str, int] = {}
    found = connection.execute(_heads(connection.dialect.name), {"after": after, "most": limit}).all()
    for chain, sequence, hash_ in found:
        room = limit - len(items)
        rest = entries(connection, chain, told.get(chain, BEFORE_ALL), room)
        items += rest
        if len(rest) == room:
            return Ends(items, {**now, chain: rest[-1].sequence}, after)
        items.append(Head(chain, sequence, as_text(hash_)))
        after = chain
        if len(items) == limit:
            return Ends(items, now, after)
    return Ends(items, now, after if len(found) == limit else None)


def proved(connection: Connection, covered: Covered) -> Covered:
    """Return a covered head with the proof that it is among those of its seal; without one where it is not."""
    rows = connection.execute(_together(connection.dialect.name), {"seal": covered.seal})
    heads = [_covered_of(row).head for row in rows]
    if covered.head not in heads:
        return covered
    index = heads.index(covered.head)
    path = inclusion_path(index, [leaf_of(head) for head in heads])
    return Covered(covered.seal, covered.head, Proof(index, tuple(path)))


def _covered_of(row: Row[int, str, int, str | bytes]) -> Covered:
    seal, chain, sequence, hash_ = row
    return Covered(seal, Head(chain, sequence, as_text(hash_)))


@cache
def _covered(dialect: str, *, only: bool) -> Select[Any]:
    row = SEALED_HEADS.c
    follows = or_(row.seal > bindparam("seal"), row.chain > bindparam("name"))
    statement = select(*_row(dialect)).where(row.seal >= bindparam("seal"), row.seal <= bindparam("upto"), follows)
    if only:
        statement = statement.where(row.chain == bindparam("only"))
    return statement.order_by(row.seal, row.chain).limit(bindparam("most"))


@cache
def _astray(dialect: str) -> Select[Any]:
    # One statement, so that a seal that is made meanwhile is there with what it covers or not at all.
    last = select(func.coalesce(func.max(LOG.c.sequence), 0)).where(LOG.c.chain == SEALS).scalar_subquery()
    row = SEALED_HEADS.c
    astray = or_(row.seal < 1, row.seal > last)
    return select(*_row(dialect)).where(astray).order_by(row.seal, row.chain).limit(1)


@cache
def _together(dialect: str) -> Select[Any]:
    row = SEALED_HEADS.c
    return select(*_row(dialect)).where(row.seal == bindparam("seal")).order_by(row.chain)


@cache
def _heads(dialect: str) -> Select[Any]:
    head = HEADS.c
    return (
        select(head.chain, *as_kept(dialect, head.sequence, head.hash))
        .where(head.chain > bindparam("after"), head.chain != SEALS)
        .order_by(head.chain)
        .limit(bindparam("most"))
    )


def _row(dialect: str) -> list[ColumnElement[Any]]:
    row = SEALED_HEADS.c
    seal, sequence, hash_ = as_kept(dialect, row.seal, row.sequence, row.hash)
    return [seal, row.chain.label(None), sequence, hash_]
