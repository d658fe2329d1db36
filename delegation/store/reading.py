"""Reading: heads, logs and snapshots, each a function of one connection."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, bindparam, select

from delegation.store.changes import LogEntry, Row, Snapshot, change_of
from delegation.store.tables import HEADS, LOG, PARTITIONED, tables_of

_HEADS: Final = select(HEADS.c.chain, HEADS.c.sequence).where(HEADS.c.chain.in_(bindparam("chains", expanding=True)))

_AFTER: Final = (
    select(LOG.c.sequence, LOG.c.body)
    .where(LOG.c.chain == bindparam("chain"), LOG.c.sequence > bindparam("sequence"))
    .order_by(LOG.c.sequence)
    .limit(bindparam("most"))
)


def _rows_of(table: Table) -> Select[Any]:
    columns = [column for column in table.columns if column.name != "partition"]
    return select(*columns).where(table.c.partition == bindparam("partition"))


_ROWS: Final = {name: _rows_of(table) for name, table in PARTITIONED.items()}


def heads(connection: Connection, partitions: Collection[str]) -> dict[str, int]:
    """Return the newest revision of each partition; 0 for one that does not exist."""
    revisions = dict.fromkeys(partitions, 0)
    for chain, sequence in connection.execute(_HEADS, {"chains": list(revisions)}):
        revisions[chain] = sequence
    return revisions


def records_after(connection: Connection, partition: str, revision: int, limit: int) -> list[LogEntry]:
    """Return at most `limit` entries of a partition's log that follow a revision, in order."""
    place = {"chain": partition, "sequence": revision, "most": limit}
    return [
        LogEntry(sequence, tuple(change_of(change) for change in json.loads(body)["changes"]))
        for sequence, body in connection.execute(_AFTER, place)
    ]


def snapshot(connection: Connection, partition: str) -> Snapshot:
    """Return all rows of a partition. The connection's transaction makes them one state."""
    revision = heads(connection, [partition])[partition]
    rows = {table.name: _rows(connection, table.name, partition) for table in tables_of(partition)}
    return Snapshot(revision, rows)


def _rows(connection: Connection, table: str, partition: str) -> Sequence[Row]:
    found = connection.execute(_ROWS[table], {"partition": partition})
    names = tuple(found.keys())
    return [dict(zip(names, row)) for row in found]  # noqa: B905  as long as each other, and asked a million times
