"""Hints: processes on one PostgreSQL tell each other what they committed. No answer ever depends on a hint."""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sqlalchemy import Engine

from delegation.store.connections import connected

if TYPE_CHECKING:
    from psycopg import AsyncConnection  # an extra that only those install who use PostgreSQL

_LOG: Final = logging.getLogger(__name__)

_LISTEN: Final = "LISTEN delegation"
_TELL: Final = "SELECT pg_notify('delegation', hint) FROM unnest(%s::text[]) AS hint"
# A notification is a commit, and the next one of the whole server waits for it: it must not wait for the disk.
_PREPARE: Final = "SET synchronous_commit TO off"

_GATHER: Final = 0.01
"""Seconds in which what is committed is gathered, to be told in one statement."""
_MOST: Final = 1_000
"""Partitions told in one statement; what is committed beyond them is not told."""
_PAYLOAD: Final = 7_999
"""Bytes that PostgreSQL takes at most."""
_PAUSES: Final = (0.5, 30.0)
"""Seconds before the first new try to connect, and at most."""

Heard: TypeAlias = Callable[[str, int], None]
"""Is told of a partition, and of the revision that it is said to be at."""


class Hints:
    """One connection over which this process tells and hears. Lives in the event loop."""

    def __init__(self, engine: Engine, heard: Heard) -> None:
        """Use the database of `engine`; tell `heard` what others say, which may be anything."""
        self._engine = engine
        self._heard = heard
        self._untold: dict[str, int] = {}
        self._hearing: asyncio.Timeout | None = None

    def tell(self, revisions: Mapping[str, int]) -> None:
        """Let others know soon, if that can be done, which revisions there are."""
        for partition, revision in revisions.items():
            if partition in self._untold or len(self._untold) < _MOST:
                self._untold[partition] = max(revision, self._untold.get(partition, 0))
        hearing = self._hearing
        if self._untold and hearing is not None and hearing.when() is None and not hearing.expired():
            hearing.reschedule(asyncio.get_running_loop().time() + _GATHER)

    async def keep_going(self) -> None:
        """Tell and hear until cancelled; connect anew, ever more patiently, when the connection breaks."""
        loop = asyncio.get_running_loop()
        pause = _PAUSES[0]
        while True:
            began = loop.time()
            try:
                async with await connected(self._engine) as connection:
                    await connection.execute(_PREPARE)
                    await connection.execute(_LISTEN)
                    await self._converse(connection)
            except Exception as error:  # noqa: BLE001  the outermost edge of the task, which has to go on
                _LOG.warning("no hints for now: %s", getattr(error, "sqlstate", None) or type(error).__name__)
            pause = _PAUSES[0] if loop.time() - began > _PAUSES[1] else min(pause * 2, _PAUSES[1])
            await asyncio.sleep(pause)

    async def _converse(self, connection: "AsyncConnection[Any]") -> None:
        while True:
            try:
                async with asyncio.timeout(_GATHER if self._untold else None) as self._hearing:
                    async for notification in connection.notifies():
                        self._hear(notification.payload)
            except TimeoutError:
                pass  # There is something to tell.
            finally:
                self._hearing = None
            hints = [f"{partition} {revision}" for partition, revision in self._untold.items()]
            self._untold.clear()
            await connection.execute(_TELL, [[hint for hint in hints if len(hint.encode()) <= _PAYLOAD]])

    def _hear(self, hint: str) -> None:
        partition, _, revision = hint.rpartition(" ")
        if partition and re.fullmatch(r"[1-9][0-9]{0,18}", revision):
            self._heard(partition, int(revision))
