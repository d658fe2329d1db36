"""Which proofs were used already: remembered for as long as they would be accepted (RFC 9449 §11.1)."""

import asyncio
import sqlite3
from collections import OrderedDict
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Final, Protocol

from delegation.client.errors import Unavailable
from delegation.client.service.proof_reading import AHEAD, LONGEST_AGE

MOST: Final = 100_000
"""Proofs that are remembered at the same time; while there are as many, none is accepted."""

# A proof that was made ahead of our clock is accepted for longest. The rest is for clocks that are set back a little.
_KEPT: Final = int((LONGEST_AGE + 2 * AHEAD + timedelta(seconds=10)).total_seconds())
_FULL: Final = "more proofs were used within a minute than can be remembered"
_TABLE: Final = "CREATE TABLE IF NOT EXISTS used (number INTEGER PRIMARY KEY, proof TEXT UNIQUE, until INTEGER)"
_PATIENCE: Final = 5.0
"""Seconds to wait for another process that writes."""
_PAUSE: Final = 0.01


class Replays(Protocol):
    """Remembers proofs: of all who use one, in all processes that share it, exactly one is the first."""

    async def is_first(self, proof: str, now: datetime) -> bool:
        """Use a proof up; return whether nobody did before. Raises Unavailable where that cannot be found out."""
        ...


class ReplaysInMemory:
    """For a service that is one process: what it remembers ends with it, and whoever restarts it forgets a minute."""

    def __init__(self, most: int = MOST) -> None:
        """Remember at most so many proofs."""
        self._most = most
        self._used: OrderedDict[str, int] = OrderedDict()

    async def is_first(self, proof: str, now: datetime) -> bool:
        """Use a proof up; return whether nobody did before. Raises Unavailable when full."""
        second = int(now.timestamp())
        while self._used and next(iter(self._used.values())) < second:
            self._used.popitem(last=False)
        if proof in self._used:
            return False
        if len(self._used) >= self._most:
            raise Unavailable(_FULL)
        self._used[proof] = second + _KEPT
        return True


class ReplaysInFile:
    """For a service of several processes on one machine: an SQLite file that they share, and that outlives them."""

    def __init__(self, path: Path, most: int = MOST) -> None:
        """Remember at most so many proofs in a file, which is made when the first one is used."""
        self._path = path
        self._most = most
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    async def is_first(self, proof: str, now: datetime) -> bool:
        """Use a proof up; return whether nobody did before. Raises Unavailable when full, or where the file fails."""
        return await asyncio.to_thread(self._use, proof, int(now.timestamp()))

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _use(self, proof: str, second: int) -> bool:
        try:
            with self._lock:
                return self._written(self._opened(), proof, second)
        except sqlite3.Error as error:
            raise Unavailable(f"used proofs cannot be remembered ({type(error).__name__})") from None

    def _written(self, connection: sqlite3.Connection, proof: str, second: int) -> bool:
        with connection:  # Commits, or takes everything back.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM used WHERE until < ?", (second,))
            row = (proof, second + _KEPT)
            if not connection.execute("INSERT OR IGNORE INTO used (proof, until) VALUES (?, ?)", row).rowcount:
                return False
            # They end in the order in which they came, so that this is how many there are, without counting them.
            span = "SELECT (SELECT max(number) FROM used) - (SELECT min(number) FROM used) + 1"
            if connection.execute(span).fetchone()[0] > self._most:
                raise Unavailable(_FULL)
        return True

    def _opened(self) -> sqlite3.Connection:
        end = monotonic() + _PATIENCE
        while self._connection is None:
            try:
                self._connection = _prepared(self._path)
            except sqlite3.OperationalError as error:
                # Who changes the journal waits for nobody who opens the file at the same moment.
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > end:
                    raise
                sleep(_PAUSE)
        return self._connection


def _prepared(path: Path) -> sqlite3.Connection:
    opened = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        opened.execute("PRAGMA journal_mode = WAL")
        # A process that is killed loses nothing. Power is not back before the proofs are too old.
        opened.execute("PRAGMA synchronous = NORMAL")
        opened.execute(_TABLE)
        opened.execute("CREATE INDEX IF NOT EXISTS used_until ON used (until)")
    except sqlite3.Error:
        opened.close()
        raise
    return opened
