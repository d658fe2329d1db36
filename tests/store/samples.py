"""What the tests of the store commit, and how they open one."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from delegation.audit import JSON, Record
from delegation.store import Change, Claim, PartitionChange, Put, Remove, Store, Unit
from tests.clock import NOON, Clock

ACME = "org:acme"
NOW = int(NOON.timestamp())


@asynccontextmanager
async def opened(
    url: str,
    *,
    instance: str = "one",
    clock: Callable[[], datetime] | None = None,
    capacity: int = 4_096,
) -> AsyncIterator[Store]:
    """Yield an open store and close it afterwards."""
    store = Store(url, instance=instance, clock=clock or Clock(), capacity=capacity)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def record(action: str = "tested", **detail: JSON) -> Record:
    """Return the record of something."""
    return Record(NOON, action, "changed", "user:anne", "acme", detail)


def group(id: str, name: str = "a group") -> Put:
    """Return a row that is there afterwards."""
    return Put("groups", {"id": id, "name": name})


def no_group(id: str) -> Remove:
    """Return the removal of such a row."""
    return Remove("groups", {"id": id})


def change(*changes: Change, at: int = 0, partition: str = ACME) -> Unit:
    """Return a unit that changes one partition, decided at revision `at`."""
    return Unit(partitions=(PartitionChange(partition, at, record(), changes),))


def claim(key: str, *, purpose: str = "jti", until: int | None = None) -> Unit:
    """Return a unit that claims one thing."""
    return Unit(claims=(Claim(purpose, key, until),))


async def groups(store: Store, partition: str = ACME) -> set[str]:
    """Return the ids of the groups of a partition."""
    snapshot = await store.snapshot(partition)
    return {str(row["id"]) for row in snapshot.rows["groups"]}
