"""The pulse of a process: what it tells of itself that nobody asks it about, measured again and again."""

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from datetime import datetime
from typing import Final

from delegation.app.rounds import Round, Rounds
from delegation.store import StoreUnavailable
from delegation.telemetry import metrics
from delegation.tokens import KeyRing, KeyState, Purpose, TokenError
from delegation.web.desk import Desk

_INTERVAL: Final = 1.0
"""Seconds between measurements."""
_KEYS: Final = 30
"""Measurements of which one looks at the keys, for which the database has to be asked."""
_OF_TOKENS: Final = (Purpose.ACCESS_TOKEN, Purpose.RECEIPT, Purpose.INTROSPECTION)
_NEVER: Final = 0.0


class Pulse:
    """Measures how late the event loop is, what waits and is kept in memory, and where signing keys are in life."""

    def __init__(self, desk: Desk) -> None:
        """Measure the process that a desk belongs to."""
        self._desk = desk
        self._turn = 0
        self._due = 0.0

    def at_intervals(self, rounds: Rounds) -> AbstractAsyncContextManager[None]:
        """Measure again and again until the block ends."""
        metrics.ROWS_LIMIT.set(self._desk.settings.rows_in_memory)
        self._due = asyncio.get_running_loop().time() + _INTERVAL
        return rounds.keep(Round("the pulse", self._measure, _INTERVAL))

    async def _measure(self) -> None:
        time = asyncio.get_running_loop().time
        metrics.LOOP_LAG.observe(max(0.0, time() - self._due))
        try:
            metrics.ROWS.set(self._desk.pictures.rows)
            metrics.COMMIT_WAITING.set(self._desk.pictures.waiting)
            self._turn += 1
            if self._turn % _KEYS == 1:
                with suppress(StoreUnavailable, TokenError):  # Whoever needs the keys is told.
                    await self._look_at_keys()
        finally:
            self._due = time() + _INTERVAL

    async def _look_at_keys(self) -> None:
        desk, now = self._desk, self._desk.clock()
        ring = desk.cabinet.ring((await desk.pictures.view()).platform)
        for purpose in _OF_TOKENS:
            _tell(ring, purpose, now)
        _tell(desk.cabinet.ring(await desk.pictures.audit()), Purpose.SEAL, now)


def _tell(ring: KeyRing, purpose: Purpose, now: datetime) -> None:
    lives = [key.life for key in ring.verifying(purpose).by_kid.values() if key.life is not None]
    active = next((life for life in lives if life.state(now) is KeyState.ACTIVE), None)
    began = _NEVER if active is None else active.begins.timestamp()
    follows = _NEVER if active is None or active.ends is None else active.ends.timestamp()
    metrics.KEY_BEGAN.labels(purpose).set(began)
    metrics.KEY_ROTATION.labels(purpose).set(follows)
