"""The store: what the rest of the house sees of the database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine

from delegation.audit import JSON, Entry
from delegation.store import chains, reading
from delegation.store.chains import Page
from delegation.store.changes import LogEntry, Snapshot, Unit
from delegation.store.connections import Access, engine_of, parsed
from delegation.store.errors import Reason, StoreError, StoreUnavailable
from delegation.store.finding import Likeness, partitions_with
from delegation.store.lane import Lane
from delegation.store.reader import Question, Reader
from delegation.store.schema import check
from delegation.store.transaction import Revisions
from delegation.store.writer import Writer

R = TypeVar("R")

_PAGE: Final = 1_000
_BEFORE_ALL: Final = -(2**63)
"""Less than the number of any entry, forged ones included."""
_ROUND: Final = 0.5
"""Seconds between looks at what takes too long."""
_TOGETHER: Final = 256
"""Units committed at once, at most."""


class _Lanes:
    """The threads of an open store, and the watch that nobody waits for ever for a database that fell silent."""

    def __init__(self, engine: Engine, writer: Writer, capacity: int) -> None:
        # A snapshot of a large partition takes seconds; what every request asks must not wait behind it.
        quick, slow = Reader(engine, Access.READ), Reader(engine, Access.SNAPSHOT)
        lane = partial(Lane[Any, Any], capacity=capacity)
        self.commits: Lane[Unit, Revisions] = lane("store-writer", writer, most=_TOGETHER, patience=20.0)
        self.quick: Lane[Question, Any] = lane("store-reader", quick, most=1, patience=3.0)
        self.slow: Lane[Question, Any] = lane("store-snapshots", slow, most=1, patience=120.0)
        self._all = (self.commits, self.quick, self.slow)
        self._watch = asyncio.create_task(self._watch_over())

    async def close(self) -> None:
        for lane in self._all:
            lane.close()
        for lane in self._all:
            await asyncio.to_thread(lane.join)
        self._watch.cancel()

    async def _watch_over(self) -> None:
        while True:
            await asyncio.sleep(_ROUND)
            for lane in self._all:
                lane.interrupt_if_overdue()


class Store:
    """The durable truth of every partition, and the chains that tell how it came about.

    Opened, used and closed in one event loop. Its threads are a writer, which commits together what waits at the same
    moment, and two readers.
    """

    def __init__(self, url: str, *, instance: str, clock: Callable[[], datetime], capacity: int = 4_096) -> None:
        """Use the database at `url`; events go to the chain of `instance`, the name of one process.

        `clock` says which claims have run out. At most `capacity` units wait for the writer.
        Raises StoreError for a URL or a name that cannot be used.
        """
        if not instance or not instance.isprintable():
            raise StoreError("the name of the process is empty or cannot be printed")
        self._engine = engine_of(parsed(url))
        self._chain = f"process:{instance}"
        self._clock = clock
        self._capacity = capacity
        self._lanes: _Lanes | None = None

    async def open(self) -> None:
        """Be ready. Raises SchemaBehind, StoreUnavailable when there is no database, StoreError when open already."""
        if self._lanes is not None:
            raise StoreError("the store is open already")
        await asyncio.to_thread(check, self._engine)
        writer = Writer(self._engine, chain=self._chain, clock=self._clock)
        self._lanes = _Lanes(self._engine, writer, self._capacity)

    async def close(self) -> None:
        """Take nothing more, commit what waits, give back the connections."""
        if self._lanes is not None:
            lanes, self._lanes = self._lanes, None
            await lanes.close()

    async def commit(self, unit: Unit) -> Revisions:
        """Make a unit true and durable, and return the new revision of each partition it changed.

        It is carried out even when its caller no longer waits. Raises Stale, Taken and InvalidUnit when nothing was
        done, and StoreUnavailable, whose `reason` says whether something may have been.
        """
        return await self._open_lanes().commits.do(unit)

    async def heads(self, partitions: Collection[str]) -> dict[str, int]:
        """Return the newest revision of each partition, read after this call began; 0 for one that does not exist."""
        return await self._quick(lambda connection: reading.heads(connection, partitions))

    async def records_after(self, partition: str, revision: int, limit: int = _PAGE) -> list[LogEntry]:
        """Return at most `limit` entries of a partition's log that follow a revision, in order."""
        return await self._quick(lambda connection: reading.records_after(connection, partition, revision, limit))

    async def snapshot(self, partition: str) -> Snapshot:
        """Return all rows of a partition at one revision."""
        return await self._slow(lambda connection: reading.snapshot(connection, partition))

    async def partitions_with(self, table: str, key: Mapping[str, JSON]) -> list[str]:
        """Return the partitions that have a row with these values in a table, in order. Raises InvalidQuestion."""
        likeness = Likeness.of(table, key)
        ask = self._quick if likeness.is_indexed else self._slow
        return await ask(lambda connection: partitions_with(connection, likeness))

    async def chains(self) -> AsyncIterator[str]:
        """Yield the name of every chain: those with a head in order, then those that have lost theirs."""
        for headless in (False, True):
            after = ""
            while found := await self._chains_after(after, headless=headless):
                for chain in found:
                    yield chain
                after = found[-1]

    async def pages(self, chain: str) -> AsyncIterator[Page]:
        """Yield a chain's entries in order, a page at a time; the last page's head belongs to its last entry."""
        after = _BEFORE_ALL
        while True:
            page = await self._page(chain, after)
            yield page
            if len(page.entries) < _PAGE or page.entries[-1].sequence <= after:
                return
            after = page.entries[-1].sequence

    async def entries(self, chain: str) -> AsyncIterator[Entry]:
        """Yield a chain's entries in order."""
        async for page in self.pages(chain):
            for entry in page.entries:
                yield entry

    async def _chains_after(self, after: str, *, headless: bool) -> list[str]:
        return await self._slow(lambda connection: chains.chains(connection, after, _PAGE, headless=headless))

    async def _page(self, chain: str, after: int) -> Page:
        return await self._slow(lambda connection: chains.page(connection, chain, after, _PAGE))

    async def _quick(self, question: Callable[[Connection], R]) -> R:
        answer: R = await self._open_lanes().quick.do(question)
        return answer

    async def _slow(self, question: Callable[[Connection], R]) -> R:
        answer: R = await self._open_lanes().slow.do(question)
        return answer

    def _open_lanes(self) -> _Lanes:
        if self._lanes is None:
            raise StoreUnavailable("the store is not open", reason=Reason.CLOSED)
        return self._lanes
