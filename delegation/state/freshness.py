"""The freshness read: the newest revisions, read once for all who wait for it."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol


class Heads(Protocol):
    """Reads the newest revision of each partition from the database; 0 for one that does not exist."""

    async def __call__(self, partitions: Collection[str]) -> Mapping[str, int]:
        """Return the revision of each partition named."""


class _Round:
    """Those who will be answered by the same read."""

    def __init__(self) -> None:
        self.partitions: set[str] = set()
        self.answer: asyncio.Future[Mapping[str, int]] = asyncio.get_running_loop().create_future()


class Freshness:
    """Shares reads of the heads among requests without ever answering from the past.

    Invariant: a read serves only requests that arrived before it began, since one already under way may
    predate a revocation that was acknowledged meanwhile.
    """

    def __init__(self, heads: Heads) -> None:
        """Read through `heads`."""
        self._heads = heads
        self._gathering: _Round | None = None
        self._reading: asyncio.Task[None] | None = None

    async def newest(self, partitions: Collection[str]) -> Mapping[str, int]:
        """Return revisions that were the newest at some moment after this call.

        Raises what the read raises.
        """
        if self._gathering is None:
            self._gathering = _Round()
        gathering = self._gathering
        gathering.partitions.update(partitions)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        return await asyncio.shield(gathering.answer)

    async def _read(self) -> None:
        try:
            while (gathered := self._gathering) is not None:
                self._gathering = None
                await self._answer(gathered)
        finally:
            self._reading = None

    async def _answer(self, gathered: _Round) -> None:
        try:
            heads = await self._heads(gathered.partitions)
        except Exception as failure:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            gathered.answer.set_exception(failure)
            gathered.answer.exception()  # Nobody may be left waiting: that is no error of its own.
        else:
            gathered.answer.set_result(heads)
