"""Stores that tell how often they were read, and how tests change what they keep."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext

from typing_extensions import override

from delegation.audit import Head, Record
from delegation.directory.command import Answer, Command
from delegation.directory.commands import command_from
from delegation.directory.draft import Actor
from delegation.directory.performing import Directory
from delegation.state.pictures import Pictures
from delegation.store import Change, LogEntry, PartitionChange, Put, Slice, Store, Unit
from delegation.tokens import new_secret
from tests.clock import NOON, Clock


def group(id: str) -> Put:
    """Return a group that is there afterwards."""
    return Put("groups", {"id": id, "name": ""})


class CountingStore(Store):
    """A store that counts what is read of each partition."""

    def __init__(self, database: str, instance: str = "one") -> None:
        """Use a database, by its URL."""
        super().__init__(database, instance=instance, clock=Clock())
        self.loads: Counter[str] = Counter()
        self.follows: Counter[str] = Counter()
        self.followed: Counter[str] = Counter()
        """How many of these reads have come to their end."""
        self.may_load = asyncio.Event()
        """Set while loads go on; where it is not they wait in the middle."""
        self.may_load.set()
        self.is_loading = asyncio.Event()

    @override
    async def slices(
        self, partition: str, turn: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    ) -> AsyncGenerator[Slice, None]:
        self.loads[partition] += 1
        async with aclosing(super().slices(partition, turn)) as slices:
            async for part in slices:
                self.is_loading.set()
                await self.may_load.wait()
                yield part

    @override
    async def records_from(self, head: Head, limit: int = 1_000) -> list[LogEntry] | None:
        self.follows[head.chain] += 1
        entries = await super().records_from(head, limit)
        self.followed[head.chain] += 1
        return entries

    async def change(self, partition: str, *changes: Change) -> int:
        """Change a partition and return its new revision."""
        at = (await self.heads([partition]))[partition]
        record = Record(NOON, "tested", "changed", "command-line", None, {})
        unit = Unit(partitions=(PartitionChange(partition, at, record, changes),))
        return (await self.commit(unit))[partition]


@asynccontextmanager
async def opened(database: str, instance: str = "one") -> AsyncIterator[CountingStore]:
    """Hold a store open."""
    store = CountingStore(database, instance)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


class Clerk:
    """Gives commands on a database, as the command line does."""

    def __init__(self, pictures: Pictures) -> None:
        """Decide on these pictures."""
        self.directory = Directory(pictures, clock=Clock(), secret=new_secret, tree_depth=8)

    async def give(self, name: str, **fields: object) -> Answer:
        """Give a command by its name and fields. Raises DirectoryError when it is refused."""
        return await self.perform(command_from(name, fields))

    async def perform(self, command: Command) -> Answer:
        """Give a command. Raises DirectoryError when it is refused."""
        return await self.directory.perform(command, Actor("command-line"))


class Stopwatch:
    """A monotonic clock that stands still until a test moves it."""

    def __init__(self) -> None:
        """Stand at zero."""
        self.now = 0.0

    def __call__(self) -> float:
        """Return the seconds that have gone by."""
        return self.now
