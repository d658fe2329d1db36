"""The reserve: room on the disk of an embedded database, for what takes rights away when there is no other."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from delegation.store.changes import Unit
from delegation.store.errors import Reason, StoreUnavailable
from delegation.store.lane import Outcome, Worker
from delegation.store.transaction import Revisions

_LOG: Final = logging.getLogger(__name__)
_STEP: Final = 64 << 10
"""Bytes given back at first, twice as many each time that does not suffice: what else is on the disk takes the rest."""
_SPARE: Final = 1 << 20
"""Bytes that have to be free beside the reserve before it is laid again, so that it does not take the last room."""
_REST: Final = 1.0
"""Seconds between tries to lay it again."""
_FULL: Final = "the disk is full: nothing is written but what takes rights away"


@dataclass(frozen=True, slots=True)
class Spared:
    """What is kept for units that take rights away."""

    size: int
    """Bytes on the database's disk."""
    ends: Callable[[Unit], bool]
    """Tells of a unit whether it takes rights away, and does nothing else."""


class Reserve:
    """A file that is there for the room it takes. Processes on one database share it."""

    def __init__(self, database: Path, size: int) -> None:
        """Keep `size` bytes beside a database."""
        self._path = database.with_name(f"{database.name}-reserve")
        self._size = size
        self._tried_at = -_REST

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is given away, or it could be laid again just now."""
        return self._left() >= self._size or self._lay()

    @property
    def is_needed(self) -> bool:
        """Whether there is no other room on the disk."""
        return self._free() < _SPARE

    def give_back(self, size: int) -> bool:
        """Give back so many bytes of it; return whether there was anything left."""
        left = self._left()
        if not left:
            return False
        _LOG.warning("the disk is full: %d bytes of the reserve are left for what takes rights away", left)
        with suppress(OSError):
            os.truncate(self._path, max(0, left - size))
        return self._left() < left

    def _left(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def _free(self) -> int:
        try:
            disk = os.statvfs(self._path.parent)
        except OSError:
            return 0
        return disk.f_bavail * disk.f_frsize

    def _lay(self) -> bool:
        if monotonic() - self._tried_at < _REST:
            return False
        self._tried_at = monotonic()
        left = self._left()
        if self._free() < self._size - left + _SPARE:
            return False
        with suppress(OSError):
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(file, 0, self._size)
            except OSError:
                os.ftruncate(file, left)  # Some file systems keep what they found; it would be taken for a reserve.
                raise
            finally:
                os.close(file)
        return self._left() >= self._size


class Frugal:
    """A writer that issues and grants nothing once the reserve is touched, and spends it on what takes rights away."""

    def __init__(self, writer: Worker[Unit, Revisions], database: Path, spared: Spared) -> None:
        """Write with `writer` to a database, and lay the reserve beside it."""
        self._writer = writer
        self._reserve = Reserve(database, spared.size)
        self._ends = spared.ends
        if not self._reserve.is_whole:
            _LOG.warning("there is no room for the reserve: nothing is written but what takes rights away")

    def work(self, units: Sequence[Unit]) -> list[Outcome[Revisions]]:
        """Return what became of each unit, in the order given. Whatever succeeded is durable."""
        outcomes: list[Outcome[Revisions]] = [StoreUnavailable(_FULL) for _ in units]
        urgent = [at for at, unit in enumerate(units) if self._ends(unit)]
        self._write(units, range(len(units)) if self._reserve.is_whole else urgent, outcomes)
        step = _STEP
        while (
            (failed := _with(outcomes, urgent, *Reason)) and self._reserve.is_needed and self._reserve.give_back(step)
        ):
            step *= 2
            # What may have been written is not written twice: whoever asks again finds the room.
            self._write(units, _with(outcomes, failed, Reason.FAILED), outcomes)
        return outcomes

    def _write(self, units: Sequence[Unit], places: Sequence[int], outcomes: list[Outcome[Revisions]]) -> None:
        if places:
            written = self._writer.work([units[at] for at in places])
            for at, outcome in zip(places, written, strict=True):
                outcomes[at] = outcome

    def tidy(self) -> None:
        """Delete what has run out, unless that would need the reserve."""
        if self._reserve.is_whole:
            self._writer.tidy()

    def interrupt(self) -> None:
        """Fail what is being written. Called in another thread."""
        self._writer.interrupt()

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


def _with(outcomes: Sequence[Outcome[Revisions]], places: Iterable[int], *reasons: Reason) -> list[int]:
    """Return the places of those who could not be served, for one of these reasons."""
    found = ((at, outcomes[at]) for at in places)
    return [at for at, outcome in found if isinstance(outcome, StoreUnavailable) and outcome.reason in reasons]
