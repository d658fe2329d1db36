"""Reading: heads, logs and snapshots, each a function of one connection."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, bindparam, case, select, tuple_

from delegation.audit import GENESIS, Head
from delegation.store.asking import heads_of, heads_within
from delegation.store.changes import KeptAnswer, LogEntry, Row, Slice, Snapshot, change_of
from delegation.store.tables import ANSWERS, CLAIMS, LOG, PARTITIONED, tables_of

SLICE: Final = 4_000
"""Rows read at once: some milliseconds during which the driver lets no other thread run."""

_AFTER: Final = (
    select(LOG.c.sequence, LOG.c.body, LOG.c.hash)
    .where(LOG.c.chain == bindparam("chain"), LOG.c.sequence > bindparam("sequence"))
    .order_by(LOG.c.sequence)
    .limit(bindparam("most"))
)

# One statement, so that the entry to go on from and those after it are of one log. Its body may be large, and is known.
_FROM: Final = (
    select(LOG.c.sequence, case((LOG.c.sequence > bindparam("sequence"), LOG.c.body)).label("body"), LOG.c.hash)
    .where(LOG.c.chain == bindparam("chain"), LOG.c.sequence >= bindparam("sequence"))
    .order_by(LOG.c.sequence)
    .limit(bindparam("most"))
)

_ANSWER: Final = select(ANSWERS).where(ANSWERS.c.key == bindparam("of"), ANSWERS.c.until >= bindparam("now"))


_CLAIMED: Final = select(CLAIMS.c.key).where(CLAIMS.c.purpose == bindparam("of")).order_by(CLAIMS.c.key)


def _rows_of(table: Table) -> tuple[Select[Any], Select[Any]]:
    """Return the question for the first rows of a partition, and the one for those that follow a row."""
    columns = [column for column in table.columns if column.name != "partition"]
    key = [table.c[name] for name in _KEYS[table.name]]
    first = select(*columns).where(table.c.partition == bindparam("partition"))
    first = first.order_by(*key).limit(bindparam("most"))
    place = [bindparam(f"after_{column.name}", type_=column.type) for column in key]
    return first, first.where(tuple_(*key) > tuple_(*place))


_KEYS: Final = {
    name: tuple(column.name for column in table.primary_key if column.name != "partition")
    for name, table in PARTITIONED.items()
}
_ROWS: Final = {name: _rows_of(table) for name, table in PARTITIONED.items()}


def heads(connection: Connection, partitions: Collection[str]) -> dict[str, int]:
    """Return the newest revision of each partition; 0 for one that does not exist."""
    return {partition: head.sequence for partition, head in newest(connection, partitions).items()}


def newest(connection: Connection, partitions: Collection[str]) -> dict[str, Head]:
    """Return the head of each partition; one at 0 for a partition that does not exist."""
    found = {partition: Head(partition, 0, GENESIS) for partition in partitions}
    for chain, sequence, hash_ in heads_of(connection, list(found)):
        found[chain] = Head(chain, sequence, hash_)
    return found


def records_after(connection: Connection, partition: str, revision: int, limit: int) -> list[LogEntry]:
    """Return at most `limit` entries of a partition's log that follow a revision, in order."""
    place = {"chain": partition, "sequence": revision, "most": limit}
    return [_entry(*row) for row in connection.execute(_AFTER, place)]


def records_from(connection: Connection, head: Head, limit: int) -> list[LogEntry] | None:
    """Return at most `limit` entries that follow what was once the head of a log; None where the log has no such entry.

    Then it was trimmed, or the database lost what had been read of it.
    """
    place = {"chain": head.chain, "sequence": head.sequence, "most": limit + 1}
    rows = connection.execute(_FROM, place).all()
    if not rows or (rows[0].sequence, rows[0].hash) != (head.sequence, head.hash):
        return None
    return [_entry(*row) for row in rows[1:]]


def _entry(revision: int, body: str, hash_: str) -> LogEntry:
    return LogEntry(revision, tuple(change_of(change) for change in json.loads(body)["changes"]), hash_)


def answer(connection: Connection, key: str, now: int) -> KeptAnswer | None:
    """Return the answer kept under a key; None when there is none, or none any longer. `now` in epoch seconds."""
    row = connection.execute(_ANSWER, {"of": key, "now": now}).one_or_none()
    return None if row is None else KeptAnswer(row.key, row.fingerprint, row.answer, row.until)


def claimed(connection: Connection, purpose: str) -> list[str]:
    """Return the keys that are claimed for a purpose, in order."""
    return list(connection.execute(_CLAIMED, {"of": purpose}).scalars())


def snapshot(connection: Connection, partition: str) -> Snapshot:
    """Return all rows of a partition. The connection's transaction makes them one state."""
    rows: dict[str, list[Row]] = {table.name: [] for table in tables_of(partition)}
    revision = 0
    for part in slices(connection, partition):
        revision = part.head.sequence
        for table, lot in part.rows:
            rows[table].extend(lot)
    return Snapshot(revision, rows)


def slices(connection: Connection, partition: str, most: int = SLICE) -> Iterator[Slice]:
    """Yield the rows of a partition, at most this many at a time. The connection's transaction makes them one state."""
    head = next((Head(*row) for row in heads_within(connection, [partition])), Head(partition, 0, GENESIS))
    lots: list[tuple[str, Sequence[Row]]] = []
    room = most
    for table in tables_of(partition):
        after: Row | None = None
        while True:
            asked = room
            rows = _rows(connection, table.name, partition, after, asked)
            if rows:
                lots.append((table.name, rows))
            room -= len(rows)
            if len(rows) < asked:
                break
            yield Slice(head, tuple(lots), last=False)
            after, lots, room = rows[-1], [], most
    yield Slice(head, tuple(lots), last=True)


def _rows(connection: Connection, table: str, partition: str, after: Row | None, most: int) -> Sequence[Row]:
    """Return at most this many rows of a table, in the order of their keys, that come after the row given."""
    first, next_ = _ROWS[table]
    place = {"partition": partition, "most": most}
    if after is None:
        found = connection.execute(first, place)
    else:
        found = connection.execute(next_, {**place, **{f"after_{name}": after[name] for name in _KEYS[table]}})
    names = tuple(found.keys())
    return [dict(zip(names, row)) for row in found]  # noqa: B905  as long as each other, and asked a million times
