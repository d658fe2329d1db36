"""Other processes of the tests: real ones, started fast and killed without warning."""

import asyncio
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from delegation.store import Claim, PartitionChange, Put, Unit, migrate
from tests.store.samples import group, opened, record

COMMITTERS = 4
"""Tasks that commit at the same time in one process, each in its own partition."""


def migrate_together(url: str, barrier: Barrier) -> None:
    """Migrate at the moment at which all others do."""
    barrier.wait(60)
    migrate(url)


def unit(id: str, partition: str, revision: int) -> Unit:
    """Return a unit that leaves traces of `id` in a claim, two tables, a partition's log and the process's chain."""
    rows = (group(id), Put("group_members", {"group": id, "member": "user:anne"}))
    return Unit(
        claims=(Claim("killed", id, None),),
        partitions=(PartitionChange(partition, revision, record(id=id), rows),),
        events=(record(id=id),),
    )


def commit_for_ever(url: str, life: int, acknowledged: Connection) -> None:
    """Commit until killed, and send the id of every unit after its commit returned."""

    async def commit(store_url: str) -> None:
        async with opened(store_url, instance="killed") as store:

            async def one_after_the_other(n: int) -> None:
                partition = f"org:k{n}"
                revision = (await store.heads([partition]))[partition]
                while True:
                    id = f"{life}-{n}-{revision}"
                    revision = (await store.commit(unit(id, partition, revision)))[partition]
                    acknowledged.send(id)

            await asyncio.gather(*map(one_after_the_other, range(COMMITTERS)))

    asyncio.run(commit(url))
