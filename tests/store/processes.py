"""Other processes of the tests: real ones, started fast and killed without warning."""

import asyncio
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from delegation.store import Claim, PartitionChange, Put, Spend, Spent, Unit, migrate
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


def spend_for_ever(url: str, limit: int, acknowledged: Connection) -> None:
    """Use a budget until killed, and tell of every use after its commit returned."""

    async def spend(store_url: str) -> None:
        async with opened(store_url, instance="spender") as store:

            async def one_after_the_other() -> None:
                while True:
                    try:
                        await store.commit(Unit(spends=(Spend("dlg_a", "tokens", limit),)))
                    except Spent:
                        await asyncio.sleep(0.001)
                    else:
                        acknowledged.send(1)

            await asyncio.gather(*(one_after_the_other() for _ in range(COMMITTERS)))

    asyncio.run(spend(url))
