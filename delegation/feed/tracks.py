"""Tracks: how far one follower has been told of each partition, and what brings it further."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping
from contextlib import aclosing
from typing import Final

from delegation.audit import Head
from delegation.feed import events
from delegation.feed.events import Event
from delegation.feed.telling import Teller, told_rows
from delegation.store import Slice, Store, StoreUnavailable

_PAGE: Final = 250
"""Entries of the log read at once."""
_STEP: Final = 250
"""Rows told at once."""
_FAR: Final = 10_000
"""Entries beyond which all is told anew, since it is sooner told."""
_PATIENCE: Final = 120.0
"""Seconds in which a partition of several slices has to be told: as long, it keeps a connection of the database."""


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
        self.told = dict(told)

    def keep(self, partitions: Collection[str]) -> None:
        """Forget of all others how far they were told."""
        for partition in self.told.keys() - partitions:
            del self.told[partition]

    async def lead(self, head: Head) -> AsyncGenerator[Event, None]:
        """Yield what brings the follower from what it was told of a partition to a head.

        Entries lead there only where the log has what was told and all since: if it was trimmed, or the database lost
        some of it, all is told anew.
        Raises StoreUnavailable, also for a follower that takes too long to listen.
        """
        told = self.told.get(head.chain)
        if told == head or (told is None and head.sequence == 0):
            return
        if told is not None and _is_ahead(head, told):
            async with aclosing(self._entries(told, head.sequence)) as entries:
                async for event in entries:
                    yield event
        if self.told.get(head.chain) != head:
            async with aclosing(self._anew(head.chain)) as beginning:
                async for event in beginning:
                    yield event

    async def _entries(self, told: Head, revision: int) -> AsyncGenerator[Event, None]:
        """Yield the entries of a partition up to a revision, as far as the log leads there."""
        while told.sequence < revision:
            found = await self._store.records_from(told, min(_PAGE, revision - told.sequence))
            if not found:
                return
            for entry in found:
                if entry.revision != told.sequence + 1:
                    return  # The log has a gap.
                yield events.entry(told.chain, entry, self._teller)
                told = self.told[told.chain] = Head(told.chain, entry.revision, entry.hash)

    async def _anew(self, partition: str) -> AsyncGenerator[Event, None]:
        """Yield all of a partition."""
        self.told.pop(partition, None)
        async with aclosing(self._store.slices(partition)) as slices:
            first = await anext(slices)
            yield events.begin(partition, first.head.sequence)
            for event in self._rows(partition, first):
                yield event
            if not first.last:
                async with aclosing(self._rest(partition, slices)) as rest:
                    async for event in rest:
                        yield event
        yield events.whole(partition)
        self.told[partition] = first.head

    async def _rest(self, partition: str, slices: AsyncGenerator[Slice, None]) -> AsyncGenerator[Event, None]:
        """Yield the rows of the slices that are left of a large partition."""
        async with self._large:
            end = self._monotonic() + _PATIENCE
            async for part in slices:
                for event in self._rows(partition, part):
                    if self._monotonic() > end:
                        raise StoreUnavailable("whoever follows takes too long to listen")
                    yield event

    def _rows(self, partition: str, part: Slice) -> Iterator[Event]:
        for table, rows in part.rows:
            for start in range(0, len(rows), _STEP):
                told = told_rows(partition, table, rows[start : start + _STEP], self._teller)
                if told:
                    yield events.rows(partition, table, told)


def _is_ahead(head: Head, told: Head) -> bool:
    """Return whether entries may lead from what was told to a head, sooner than all is told anew."""
    return 0 < head.sequence - told.sequence <= _FAR and not head.chain.startswith("user:")
