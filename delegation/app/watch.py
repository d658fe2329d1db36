"""The watch: every second a process looks whether its clock and its tables are still what it may go by."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from delegation.app.rounds import Round, Rounds
from delegation.app.timekeeping import Timekeeper
from delegation.store import Standing, Store, StoreError

_ROUND: Final = 1.0
"""Seconds between looks."""
_FIRST: Final = 5
"""Looks before the first request, where answers come too late to say what time it is."""
_TABLES: Final = "the tables are of another release, which this one may not use: put this process's release up to date"
_RESTORING: Final = "the database is being restored: stop this process until `delegation restored` has ended"
_UNKNOWN: Final = "the clock was not compared with the database's yet, which takes long to answer: wait"
_BLIND: Final = "nobody watches over the clock and the tables any more: start the service again"

_log = structlog.get_logger()


class Watch:
    """Keeps a timekeeper near the database's clock, and stops it while the tables may not be used.

    Without the time nothing is decided or changed: what was taught to refuse without it need not learn it twice.
    """

    def __init__(self, ask: Callable[[], Awaitable[Standing]], timekeeper: Timekeeper) -> None:
        """Look by asking the database how it stands."""
        self._ask = ask
        self._timekeeper = timekeeper
        self._compared = False
        self._told: str | None = None

    @classmethod
    def over(cls, store: Store, timekeeper: Timekeeper) -> "Watch":
        """Return the watch over a store that is open."""
        return cls(store.standing, timekeeper)

    def fault(self) -> str | None:
        """Return why nothing can be answered rightly, and what to do; None while it can."""
        return self._timekeeper.fault()

    async def look(self) -> None:
        """Compare the clock with the database's, and log what changed. Raises StoreUnavailable when it is away."""
        await self._compare()
        self._tell(self.fault())

    async def _compare(self) -> None:
        began = self._timekeeper.began()
        standing = await self._ask()
        self._compared = self._timekeeper.compare(standing.time, began) or self._compared
        self._timekeeper.stop(self._obstacle(standing))

    def _obstacle(self, standing: Standing) -> str | None:
        """Return why nothing may be answered whatever the time is; None where nothing stands in the way."""
        if not standing.usable:
            return _TABLES
        if standing.restoring:
            return _RESTORING
        return None if self._compared else _UNKNOWN

    @asynccontextmanager
    async def at_intervals(self, rounds: Rounds) -> AsyncIterator[None]:
        """Look until the clock was compared, if that does not take too long, and then until the block ends."""
        for _ in range(_FIRST):
            await self._compare()
            if self._compared:
                break
        self._tell(self.fault())
        async with rounds.keep(Round("the watch", self._look_again, _ROUND, ended=self._go_blind)):
            yield

    async def _look_again(self) -> None:
        with suppress(StoreError):  # What was known holds on; that the database is away is seen by all who ask it.
            await self.look()

    def _go_blind(self) -> None:
        self._timekeeper.stop(_BLIND)
        self._tell(self.fault())

    def _tell(self, fault: str | None) -> None:
        """Log what is wrong when that begins and when it is over, and not each second."""
        if (fault is None) is (self._told is None):
            return
        if fault is not None:
            _log.error("not serving", cause=fault)
        else:
            _log.warning("serving again", cause=self._told)
        self._told = fault
