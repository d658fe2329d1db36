"""The watch: every second a process looks whether its clock and its tables are still what it may go by."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import structlog

from delegation.app.timekeeping import Timekeeper
from delegation.store import Standing, Store, StoreError

_ROUND: Final = 1.0
"""Seconds between looks."""
_TABLES: Final = "the tables are of another release, which this one may not use: put this process's release up to date"

_log = structlog.get_logger()


class Watch:
    """Keeps a timekeeper near the database's clock, and knows whether the tables may be used."""

    def __init__(self, ask: Callable[[], Awaitable[Standing]], timekeeper: Timekeeper) -> None:
        """Look by asking the database how it stands."""
        self._ask = ask
        self._timekeeper = timekeeper
        self._usable = True
        self._told: str | None = None

    @classmethod
    def over(cls, store: Store, timekeeper: Timekeeper) -> "Watch":
        """Return the watch over a store that is open."""
        return cls(store.standing, timekeeper)

    def fault(self) -> str | None:
        """Return why nothing can be answered rightly, and what to do; None while it can."""
        return self._timekeeper.fault() or (None if self._usable else _TABLES)

    async def look(self) -> None:
        """Compare the clock with the database's. Raises StoreUnavailable when it cannot be asked."""
        began = self._timekeeper.began()
        standing = await self._ask()
        self._timekeeper.compare(standing.time, began)
        self._usable = standing.usable
        self._tell(self.fault())

    @asynccontextmanager
    async def at_intervals(self, sleep: Callable[[float], Awaitable[None]]) -> AsyncIterator[None]:
        """Look at once, and then again and again until the block ends."""
        await self.look()
        going = asyncio.create_task(self._keep_looking(sleep))
        try:
            yield
        finally:
            going.cancel()
            await asyncio.wait({going})

    async def _keep_looking(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        while True:
            await sleep(_ROUND)
            try:
                await self.look()
            except StoreError:
                continue  # What was known of the clock holds on; that the database is away is seen by all who ask it.
            except Exception as error:  # noqa: BLE001  the outermost edge of a task that has to go on
                _log.error("the watch failed", error=type(error).__name__)

    def _tell(self, fault: str | None) -> None:
        """Log what is wrong when that begins and when it is over, and not each second."""
        if (fault is None) is (self._told is None):
            return
        if fault is not None:
            _log.error("not serving", cause=fault)
        else:
            _log.warning("serving again", cause=self._told)
        self._told = fault
