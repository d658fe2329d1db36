"""The lanes of an open store: its threads, each with a connection, and the watch over them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Engine

from delegation.store.changes import Slice, Unit
from delegation.store.connections import Access
from delegation.store.errors import Reason, StoreUnavailable
from delegation.store.lane import Lane, Worker
from delegation.store.reader import Question, Reader
from delegation.store.scan import Scan
from delegation.store.transaction import Revisions

_ROUND: Final = 0.5
"""Seconds between looks at what takes too long."""
_TOGETHER: Final = 256
"""Units committed at once, at most."""
_SCANS: Final = 4
"""Large partitions read at once, each on a connection of its own."""


class Lanes:
    """The threads of an open store, and the watch that nobody waits for ever for a database that fell silent."""

    def __init__(self, engine: Engine, writer: Worker[Unit, Revisions], capacity: int) -> None:
        """Start the threads; at most `capacity` units wait for the writer."""
        # A snapshot of a large partition takes seconds; what every request asks must not wait behind it.
        quick, slow = Reader(engine, Access.READ), Reader(engine, Access.SNAPSHOT)
        lane = partial(Lane[Any, Any], capacity=capacity)
        self.commits: Lane[Unit, Revisions] = lane("store-writer", writer, most=_TOGETHER, patience=20.0)
        self.quick: Lane[Question, Any] = lane("store-reader", quick, most=1, patience=3.0)
        self.slow: Lane[Question, Any] = lane("store-snapshots", slow, most=1, patience=120.0)
        self._engine = engine
        self._scans = asyncio.Semaphore(_SCANS)
        self._closed = False
        self._all: set[Lane[Any, Any]] = {self.commits, self.quick, self.slow}
        self._watch = asyncio.create_task(self._watch_over())

    @asynccontextmanager
    async def scanning(self, begin: Callable[[Connection], Iterator[Slice]]) -> AsyncIterator[Lane[None, Slice]]:
        """Hold a lane in which each task is the next slice of one scan; its connection is closed with it."""
        async with self._scans:
            if self._closed:
                raise StoreUnavailable("the store is closed", reason=Reason.CLOSED)
            lane = Lane("store-scan", Scan(self._engine, begin), capacity=1, most=1, patience=60.0)
            self._all.add(lane)
            try:
                yield lane
            finally:
                lane.close()
                # Watched until its thread has ended: a server that fell silent would keep it, and the connection.
                await asyncio.shield(self._ended(lane))

    async def _ended(self, lane: Lane[Any, Any]) -> None:
        await asyncio.to_thread(lane.join)
        self._all.discard(lane)

    async def close(self) -> None:
        """Take nothing more, let what waits be done, and end the threads."""
        self._closed = True
        lanes = tuple(self._all)
        for lane in lanes:
            lane.close()
        for lane in lanes:
            await asyncio.to_thread(lane.join)
        self._watch.cancel()

    async def _watch_over(self) -> None:
        while True:
            await asyncio.sleep(_ROUND)
            for lane in tuple(self._all):
                lane.interrupt_if_overdue()
