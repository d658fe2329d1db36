"""The newest seal that this host has seen, kept beside the database: a database that lacks it was restored."""

import os
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from delegation.app.rounds import Round, Rounds
from delegation.app.secrets_at_rest import NotPrepared
from delegation.audit import SEALS, Entry, Held, InvalidExport, held_in, line_of
from delegation.store import Store, StoreError

FILE: Final = "newest-seal.jsonl"

_log = structlog.get_logger()


class HeldSeal:
    """A file of one line in a data directory, which serves as a seal that was kept."""

    def __init__(self, directory: Path) -> None:
        """Keep it there."""
        self._path = directory / FILE

    def forget(self) -> None:
        """Hold no seal. Raises OSError."""
        self._path.unlink(missing_ok=True)

    async def lost(self, store: Store) -> int | None:
        """Return the number of the seal that is held and that the database lacks; None when it lacks nothing.

        Raises NotPrepared for a file that is there and tells no seal, and StoreError.
        """
        held = self._held()
        number, begins = held.newest_seal, await store.begins(SEALS)
        if not number or (begins is not None and number <= begins.sequence):
            return None
        async for page in store.pages(SEALS, after=number - 1):
            found = {entry.hash for entry in page.entries[:1] if entry.sequence == number}
            return None if found == held.seals[number] else number
        return number

    def _held(self) -> Held:
        try:
            held = held_in(self._path.read_bytes().splitlines())
        except FileNotFoundError:
            return Held()
        except (OSError, InvalidExport):
            held = Held()
        if not held.newest_seal:
            raise NotPrepared(
                f"`{self._path}` tells no seal, and so not whether the database was restored: put it back, or delete "
                "it if you know that it was not"
            )
        return held

    def at_intervals(self, store: Store, seconds: float, rounds: Rounds) -> AbstractAsyncContextManager[None]:
        """Hold the newest seal again and again until the block ends, and then once more."""
        hold = partial(self.hold, store)
        return rounds.keep(Round("keeping the newest seal beside the database", hold, seconds, last=hold))

    async def hold(self, store: Store) -> None:
        """Hold the newest seal there is.

        Raises NotPrepared where the database lacks what is held, or what is held cannot be read, StoreError, OSError.
        """
        try:
            await self._hold(store)
        except (NotPrepared, StoreError, OSError) as error:
            _log.error("the newest seal could not be kept beside the database", error=str(error))
            raise

    async def _hold(self, store: Store) -> None:
        lost = await self.lost(store)
        if lost is not None:
            raise NotPrepared(f"the database lacks seal {lost}: it was restored while it was served; stop, prepare it")
        newest = (await store.heads([SEALS]))[SEALS]
        async for page in store.pages(SEALS, after=newest - 1):
            for entry in page.entries:
                self._write(entry)

    def _write(self, seal: Entry) -> None:
        beside = self._path.with_name(f".{FILE}.{os.getpid()}")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(line_of(seal) + "\n")
            file.flush()
            os.fsync(file.fileno())  # A power cut, after which databases are restored, must not leave half of it.
        beside.replace(self._path)
