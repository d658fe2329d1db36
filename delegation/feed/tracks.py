"""Tracks: how far one follower has been told of each log, and what brings it further."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from math import inf
from typing import Final

from delegation.audit import JSON, Head
from delegation.feed import events
from delegation.feed.events import Event
from delegation.feed.telling import Teller, told_change, told_rows
from delegation.store import LogEntry, Slice, Store, StoreUnavailable

_PAGE: Final = 250
"""Entries of the log read at once."""
_STEP: Final = 250
"""Rows told at once, and changes of an entry between which others have their turn."""
_FAR: Final = 10_000
"""Entries beyond which all is told anew, since it is sooner told."""
_PATIENCE: Final = 120.0
"""Seconds in which a partition of several slices has its turn, and then has to be told: as long, it keeps a connection
of the database."""


class Tracks:
    """How far one follower has been told."""

    def __init__(
        self,
        store: Store,
        teller: Teller,
        told: Mapping[str, Head],
        *,
        large: asyncio.Semaphore,
        monotonic: Callable[[], float],
    ) -> None:
        """Tell what `store` has, from the heads that were `told`; `large` bounds how many large beginnings there are.

        `monotonic` measures how long one takes.
        """
        self._store = store
        self._teller = teller
        self._large = large
        self._monotonic = monotonic
        self._end = inf
        self.told = dict(told)

    async def lead(self, heads: Mapping[str, Head]) -> AsyncGenerator[Event, None]:
        """Yield what brings the follower from what it was told towards these heads, by partition.

        Entries lead there where the log has what was told and all since. If it was trimmed, or the database lost some
        of it, all is told anew: of one partition, as it is read, which may be later than its head. The others wait,
        since whether the follower may be told of them may have changed meanwhile.
        Raises StoreUnavailable, also for a follower that takes too long to listen.
        """
        for partition, head in heads.items():
            told = self.told.get(partition)
            if told is not None and 0 < head.sequence - told.sequence <= _FAR:
                async with aclosing(self._entries(told, head.sequence)) as entries:
                    async for event in entries:
                        yield event
        for head in heads.values():
            if self.told.get(head.chain) != head:
                async with aclosing(self._anew(head)) as beginning:
                    async for event in beginning:
                        yield event
                return

    async def _entries(self, told: Head, revision: int) -> AsyncGenerator[Event, None]:
        """Yield the entries of a partition up to a revision, as far as the log leads there."""
        while told.sequence < revision:
            found = await self._store.records_from(told, min(_PAGE, revision - told.sequence))
            if not found:
                return
            for entry in found:
                if entry.revision != told.sequence + 1:
                    return  # The log has a gap.
                yield events.entry(told.chain, entry.revision, await self._changes(told.chain, entry))
                told = self.told[told.chain] = Head(told.chain, entry.revision, entry.hash)

    async def _changes(self, partition: str, entry: LogEntry) -> list[JSON]:
        told: list[JSON] = []
        for start in range(0, len(entry.changes), _STEP):
            some = (told_change(partition, change, self._teller) for change in entry.changes[start : start + _STEP])
            told += [change for change in some if change is not None]
            await asyncio.sleep(0)
        return told

    async def _anew(self, head: Head) -> AsyncGenerator[Event, None]:
        """Yield all of a partition that was at a head."""
        partition, begun = head.chain, None
        self.told.pop(partition, None)
        self._end = inf
        async with aclosing(self._store.slices(partition, self._turn)) as slices:
            async for part in slices:
                if begun is None:
                    begun = part.head
                    if begun.sequence < head.sequence:
                        raise StoreUnavailable("the database has lost what it had a moment ago")
                    yield events.begin(partition, begun.sequence)
                for event in self._rows(partition, part):
                    if self._monotonic() > self._end:
                        raise StoreUnavailable("whoever follows takes too long to listen")
                    yield event
        yield events.whole(partition)
        if begun is not None:
            self.told[partition] = begun

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Be one of the few that are told of something large, for a time. Raises StoreUnavailable."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._large.acquire()
        except TimeoutError:
            raise StoreUnavailable("others are told of so much that nobody else can be") from None
        try:
            self._end = self._monotonic() + _PATIENCE
            yield
        finally:
            self._large.release()

    def _rows(self, partition: str, part: Slice) -> Iterator[Event]:
        for table, rows in part.rows:
            for start in range(0, len(rows), _STEP):
                told = told_rows(partition, table, rows[start : start + _STEP], self._teller)
                if told:
                    yield events.rows(partition, table, told)
