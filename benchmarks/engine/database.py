"""Loading from the service's database: one partition, from a snapshot in SQLite to a picture in memory."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

from sqlalchemy import insert

from authz_core import Relationship
from benchmarks.engine.organizations import facts_of
from benchmarks.engine.timing import Took, Watch, settle
from delegation.state.album import Album
from delegation.state.memory import Memory
from delegation.state.organization import Organization
from delegation.store import Store, migrate
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.tables import HEADS, PARTITIONED

_PARTITION: Final = "org:acme"
_BATCH: Final = 10_000


@dataclass(frozen=True, slots=True)
class DatabaseFigure:
    """How long one partition takes to load, by the number of its relationships."""

    relationships: int
    loading: Took


def measure(size: int) -> DatabaseFigure:
    """Return what a partition of about this many relationships takes."""
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        url = f"sqlite:///{Path(directory) / 'engine.db'}"
        migrate(url)
        _fill(url, size)
        settle()
        return asyncio.run(_load(url))


def _fill(url: str, size: int) -> None:
    """Write the rows at one go: how a change is written is measured elsewhere."""
    engine = engine_of(parsed(url))
    with connect(engine, Access.WRITE) as connection, connection.begin():
        batches: dict[str, list[Mapping[str, Any]]] = {}
        for table, row in map(_row, facts_of(size)):
            rows = batches.setdefault(table, [])
            rows.append({"partition": _PARTITION, **row})
            if len(rows) == _BATCH:
                connection.execute(insert(PARTITIONED[table]), rows)
                rows.clear()
        for table, rows in batches.items():
            connection.execute(insert(PARTITIONED[table]), rows)
        connection.execute(insert(HEADS), {"chain": _PARTITION, "sequence": 1, "hash": ""})
    engine.dispose()


def _row(fact: Relationship) -> tuple[str, dict[str, str]]:
    """Return the table and the row that the service keeps a fact as."""
    subject, relation, thing, _ = fact
    if relation == "parent":
        return "resources", {"resource": thing, "parent": subject, "name": ""}
    if relation == "member":
        return "group_members", {"group": thing.partition(":")[2], "member": subject}
    return "assignments", {"principal": subject, "role": relation, "resource": thing}


async def _load(url: str) -> DatabaseFigure:
    store = Store(url, instance="benchmark", clock=lambda: datetime.now(UTC))
    await store.open()
    try:
        album = Album(store, lambda _: Organization("acme"), Memory(1), monotonic)
        head = (await store.newest([_PARTITION]))[_PARTITION]
        watch = Watch()
        picture = await album.at(head, 0.0)
        took = watch.read()
    finally:
        await store.close()
    if picture is None:
        raise RuntimeError("there is nothing to load")
    return DatabaseFigure(len(picture.facts), took)
