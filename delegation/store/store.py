"""The store: what the rest of the house sees of the database."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import Connection

from delegation.audit import JSON, Head
from delegation.store import chains, reading
from delegation.store.beginnings import purged_to
from delegation.store.chains import BEFORE_ALL, Page
from delegation.store.changes import KeptAnswer, LogEntry, Slice, Snapshot, Unit
from delegation.store.connections import engine_of, parsed, path_of
from delegation.store.errors import Reason, StoreError, StoreUnavailable
from delegation.store.finding import Likeness, partitions_with
from delegation.store.hints import Heard, Hints
from delegation.store.lanes import Lanes
from delegation.store.reserve import Frugal, Spared
from delegation.store.schema import check
from delegation.store.sealing import Unsealed, unsealed
from delegation.store.standing import Standing, standing
from delegation.store.transaction import Revisions
from delegation.store.uncommitted import count_failure
from delegation.store.uses import Usage, usage
from delegation.store.writer import Writer
from delegation.telemetry.tracing import span

R = TypeVar("R")

MANY: Final = 100
"""Heads beyond which nobody who asks about few waits for them."""
_PAGE: Final = 1_000
_PARTING: Final = 0.5
"""Seconds in which hints may end by themselves."""


class Store:
    """The durable truth of every partition, and the chains that tell how it came about.

    Opened, used and closed in one event loop. Its threads are a writer, which commits together what waits at the same
    moment, two readers, and one for each large partition that is being read.
    """

    def __init__(
        self,
        url: str,
        *,
        instance: str,
        clock: Callable[[], datetime],
        capacity: int = 4_096,
        spared: Spared | None = None,
    ) -> None:
        """Use the database at `url`; events go to the chain of `instance`, the name of one process.

        `clock` says which claims have run out. At most `capacity` units wait for the writer. With `spared` room is
        kept on the disk of an embedded database.
        Raises StoreError for a URL or a name that cannot be used.
        """
        if not instance or not instance.isprintable():
            raise StoreError("the name of the process is empty or cannot be printed")
        self._engine = engine_of(parsed(url))
        self._database = path_of(self._engine.url)
        self._spared = spared
        self._chain = f"process:{instance}"
        self.clock = clock
        self._capacity = capacity
        self._lanes: Lanes | None = None
        self._hints: Hints | None = None

    async def open(self) -> None:
        """Be ready. Raises SchemaBehind, StoreUnavailable when there is no database, StoreError when open already."""
        if self._lanes is not None:
            raise StoreError("the store is open already")
        await asyncio.to_thread(check, self._engine)
        writer = Writer(self._engine, chain=self._chain, clock=self.clock)
        if self._spared is None or self._database is None:
            self._lanes = Lanes(self._engine, writer, self._capacity)
        else:
            self._lanes = Lanes(self._engine, Frugal(writer, self._database, self._spared), self._capacity)

    async def close(self) -> None:
        """Take nothing more, commit what waits, give back the connections."""
        if self._lanes is not None:
            lanes, self._lanes = self._lanes, None
            await lanes.close()

    @property
    def waiting(self) -> int:
        """How many units wait for the writer."""
        return 0 if self._lanes is None else self._lanes.commits.waiting

    async def commit(self, unit: Unit) -> Revisions:
        """Make a unit true and durable, and return the new revision of each partition it changed.

        It is carried out even when its caller no longer waits. Raises Stale, Taken, Spent and InvalidUnit when
        nothing was done, and StoreUnavailable, whose `reason` says whether something may have been.
        """
        try:
            with span("commit"):
                revisions = await self._open_lanes().commits.do(unit)
        except StoreError as error:
            count_failure(error)
            raise
        if self._hints is not None:
            self._hints.tell(revisions)
        return revisions

    @asynccontextmanager
    async def hints(self, heard: Heard) -> AsyncIterator[None]:
        """Tell other processes what is committed here, and hear what they commit, until the block ends.

        `heard` is told the partitions and revisions that are said to be new. A hint may be late, lost or forged:
        nothing may depend on it. On SQLite there are none.
        """
        if self._engine.dialect.name != "postgresql":
            yield
            return
        self._hints = Hints(self._engine, heard)
        going = asyncio.create_task(self._hints.keep_going())
        try:
            yield
        finally:
            self._hints = None
            going.cancel()
            await asyncio.wait({going}, timeout=_PARTING)  # A server that fell silent must not keep us.

    async def standing(self) -> Standing:
        """Return what the time is by the database's clock, and whether its tables are still for this release."""
        return await self._quick(standing)

    async def heads(self, partitions: Collection[str]) -> dict[str, int]:
        """Return the newest revision of each partition, read after this call began; 0 for one that does not exist."""
        return await self._quick(lambda connection: reading.heads(connection, partitions))

    async def newest(self, partitions: Collection[str]) -> dict[str, Head]:
        """Return the head of each partition, read after this call began; one at 0 for one that does not exist."""
        ask = self._quick if len(partitions) <= MANY else self._slow
        return await ask(lambda connection: reading.newest(connection, partitions))

    async def records_after(self, partition: str, revision: int, limit: int = _PAGE) -> list[LogEntry]:
        """Return at most `limit` entries of a partition's log that follow a revision, in order."""
        return await self._quick(lambda connection: reading.records_after(connection, partition, revision, limit))

    async def records_from(self, head: Head, limit: int = _PAGE) -> list[LogEntry] | None:
        """Return at most `limit` entries that follow what was the head of a partition's log, in order.

        None where the log has no such entry: it was trimmed, or the database lost what had been read of it.
        """
        return await self._quick(lambda connection: reading.records_from(connection, head, limit))

    async def snapshot(self, partition: str) -> Snapshot:
        """Return all rows of a partition at one revision."""
        return await self._slow(lambda connection: reading.snapshot(connection, partition))

    async def slices(
        self, partition: str, turn: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    ) -> AsyncGenerator[Slice, None]:
        """Yield all rows of a partition at one revision, some at a time. Close it where it is not read to its end.

        A partition of one slice is one question among others. For a larger one a connection and a thread are opened,
        so that nobody else waits for it; it fails with StoreUnavailable, and is begun anew, when they break. Until it
        is closed it holds its `turn`, for which it waits before anything is opened.
        """
        first = await self._slow(lambda connection: next(reading.slices(connection, partition)))
        if first.last:
            yield first
            return
        del first  # It may take long until the turn comes.
        lanes = self._open_lanes()
        async with turn(), lanes.scanning(lambda connection: reading.slices(connection, partition)) as lane:
            last = False
            while not last:
                part = await lane.do(None)
                yield part
                last = part.last

    async def answer(self, key: str) -> KeptAnswer | None:
        """Return the answer that a unit brought under a key, until it runs out."""
        now = int(self.clock().timestamp())
        return await self._quick(lambda connection: reading.answer(connection, key, now))

    async def claimed(self, purpose: str) -> list[str]:
        """Return the keys that are claimed for a purpose, in order."""
        return await self._quick(lambda connection: reading.claimed(connection, purpose))

    async def usage(self, delegations: Collection[str]) -> dict[str, Usage]:
        """Return how far the budgets of delegations are used, and when each was last used as far as that is written."""
        return await self._quick(lambda connection: usage(connection, delegations)) if delegations else {}

    async def partitions_with(self, table: str, key: Mapping[str, JSON]) -> list[str]:
        """Return the partitions that have a row with these values in a table, in order. Raises InvalidQuestion."""
        likeness = Likeness.of(table, key)
        ask = self._quick if likeness.is_indexed else self._slow
        return await ask(lambda connection: partitions_with(connection, likeness))

    async def unsealed(self, after: str, limit: int) -> Unsealed:
        """Return at most `limit` heads, of chains that follow `after`, that moved since they were last sealed."""
        return await self._slow(lambda connection: unsealed(connection, after, limit))

    async def read(self, question: Callable[[Connection], R]) -> R:
        """Return the answer to a question of this room about one state."""
        return await self._slow(question)

    async def chains(self) -> AsyncIterator[str]:
        """Yield the name of every chain: those with a head in order, then those that have lost theirs."""
        for headless in (False, True):
            after = ""
            while found := await self._chains_after(after, headless=headless):
                for chain in found:
                    yield chain
                after = found[-1]

    async def begins(self, chain: str) -> Head | None:
        """Return up to which entry a chain was purged; None when it was not."""
        return await self._slow(lambda connection: purged_to(connection, chain))

    async def pages(self, chain: str, after: int = BEFORE_ALL) -> AsyncIterator[Page]:
        """Yield a chain's entries that follow a place in order, a page at a time.

        The last page's head belongs to the last entry.
        """
        while True:
            page = await self._page(chain, after)
            yield page
            if len(page.entries) < _PAGE or page.entries[-1].sequence <= after:
                return
            after = page.entries[-1].sequence

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

    def _open_lanes(self) -> Lanes:
        if self._lanes is None:
            raise StoreUnavailable("the store is not open", reason=Reason.CLOSED)
        return self._lanes
