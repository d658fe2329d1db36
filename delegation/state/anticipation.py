"""Anticipation: pictures that are kept catch up with what is said to be new, before anybody asks for them."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from delegation.state.album import Album
from delegation.store import StoreUnavailable

_LOG: Final = logging.getLogger(__name__)
_PAUSE: Final = 0.01
"""Seconds between rounds: what is said of one partition meanwhile costs one read of its log."""

AlbumOf: TypeAlias = Callable[[str], Album[Any] | None]
"""Returns the album that a partition's picture would be in; None for what is no partition's name."""


class Anticipation:
    """Reads logs in advance, one at a time.

    Invariant: no answer depends on it, and what is said in error or with bad intent costs reads of logs and no more.
    """

    def __init__(self, album_of: AlbumOf) -> None:
        """Let pictures of these albums catch up."""
        self._album_of = album_of
        self._said: dict[str, int] = {}
        self._going: asyncio.Task[None] | None = None

    def hint(self, partition: str, revision: int) -> None:
        """Take note that a partition is said to be at a revision."""
        album = self._album_of(partition)
        if album is None or not album.is_behind(partition, revision):
            return
        self._said[partition] = max(revision, self._said.get(partition, 0))
        if self._going is None:
            self._going = asyncio.create_task(self._go())

    async def _go(self) -> None:
        try:
            while self._said:
                said, self._said = self._said, {}
                for partition, revision in said.items():
                    await self._anticipate(partition, revision)
                await asyncio.sleep(_PAUSE)
        finally:
            self._going = None

    async def _anticipate(self, partition: str, revision: int) -> None:
        album = self._album_of(partition)
        if album is None:
            return
        try:
            await album.anticipate(partition, revision)
        except StoreUnavailable:
            return  # The next request finds out by itself.
        except Exception as error:  # noqa: BLE001  the outermost edge of the task: the picture was dropped
            _LOG.error("a picture could not follow its log: %s", type(error).__name__)
