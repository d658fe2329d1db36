"""Albums: the pictures of one kind of partition, loaded once, followed by the log, dropped when cold."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Final, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

from delegation.state.memory import Memory
from delegation.state.shelf import Follower
from delegation.store import LogEntry, Put, Store, StoreUnavailable

_STEP: Final = 250
"""Rows taken over before the event loop gets a turn: about a millisecond."""
_PAGE: Final = 250
"""Entries of the log read at once."""
_BETWEEN: Final = -1
"""The revision of a picture that has taken over a part of an entry: nobody may look at it."""


class Picture(Protocol):
    """A partition in memory at one revision."""

    revision: int
    tables: Mapping[str, Follower]

    def changed(self, tables: frozenset[str]) -> None:
        """Drop what was derived from tables that changed."""


P = TypeVar("P", bound=Picture)


class Album(Generic[P]):
    """The pictures of one kind that this process keeps in memory.

    Invariant: whoever changes a picture, or puts one in, holds the lock of its partition.
    """

    def __init__(self, store: Store, blank: Callable[[str], P], memory: Memory) -> None:
        """Keep pictures as long as `memory` lets them; `blank` makes an empty one for a partition's name."""
        self._store = store
        self._blank = blank
        self._memory = memory
        self._kept: dict[str, P] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def at(self, partition: str, revision: int) -> P | None:
        """Return the picture of a partition at `revision` or later; None at revision 0, which is no partition.

        Raises StoreUnavailable.
        """
        if revision == 0:
            return None
        picture = self._kept.get(partition)
        if picture is None or picture.revision < revision:
            picture = await self._catch_up(partition, revision)
        self._memory.use(partition)
        return picture

    def is_behind(self, partition: str, revision: int) -> bool:
        """Return whether a picture is kept that has not reached a revision."""
        picture = self._kept.get(partition)
        return picture is not None and picture.revision < revision

    async def anticipate(self, partition: str, revision: int) -> None:
        """Let a picture that is kept follow its log towards a revision that there may not be; load nothing.

        Raises StoreUnavailable.
        """
        async with self._lock(partition):
            picture = self._kept.get(partition)
            if picture is not None and picture.revision < revision:
                await self._follow(partition, picture, revision)
                if partition in self._kept:
                    self._keep(partition, picture)

    async def _catch_up(self, partition: str, revision: int) -> P:
        # One request does the work; the others wait for it and find it done.
        async with self._lock(partition):
            picture = self._kept.get(partition)
            follows = picture is not None and not _costs_more_to_follow(picture, revision)
            if picture is None or not (follows and await self._follow(partition, picture, revision)):
                picture = await self._load(partition, revision)
            self._keep(partition, picture)  # Others who needed room may have dropped it meanwhile.
            return picture

    def _lock(self, partition: str) -> asyncio.Lock:
        return self._locks.setdefault(partition, asyncio.Lock())

    def _keep(self, partition: str, picture: P) -> None:
        self._kept[partition] = picture
        self._memory.keep(partition, _rows(picture), self._kept)

    async def _load(self, partition: str, revision: int) -> P:
        picture = self._blank(partition)
        async with aclosing(self._store.slices(partition)) as slices:
            async for part in slices:
                picture.revision = part.revision
                for table, rows in part.rows:
                    put = picture.tables[table].put
                    for start in range(0, len(rows), _STEP):
                        for row in rows[start : start + _STEP]:
                            put(row)
                        await asyncio.sleep(0)
        if picture.revision < revision:
            raise StoreUnavailable("the database is older than what was read of it before")
        return picture

    async def _follow(self, partition: str, picture: P, revision: int) -> bool:
        """Let a picture follow its log, and return whether the log leads to the revision."""
        try:
            while picture.revision < revision:
                entries = await self._store.records_after(partition, picture.revision, _PAGE)
                if not await _follow_page(picture, entries):
                    return False
        except BaseException:
            if picture.revision == _BETWEEN:
                self._kept.pop(partition, None)
                self._memory.forget(partition)
            raise
        return True


async def _follow_page(picture: Picture, entries: Sequence[LogEntry]) -> bool:
    """Bring a picture to the last of some entries; return whether there are any, and each follows the one before."""
    taken = 0
    for entry in entries:
        if entry.revision != picture.revision + 1:
            return False  # The log was trimmed beyond what this picture had seen.
        await _take_over(picture, entry)
        taken += len(entry.changes) + 1
        if taken >= _STEP:
            taken = 0
            await asyncio.sleep(0)
    return len(entries) > 0


async def _take_over(picture: Picture, entry: LogEntry) -> None:
    """Bring a picture to the revision of an entry; of a large one in steps, between which nobody may look at it."""
    picture.revision = _BETWEEN
    touched: set[str] = set()
    changes = iter(entry.changes)
    while True:
        step = tuple(islice(changes, _STEP))
        for change in step:
            touched.add(change.table)
            table = picture.tables[change.table]
            if isinstance(change, Put):
                table.put(change.row)
            else:
                table.remove(change.key)
        if len(step) < _STEP:
            break
        await asyncio.sleep(0)
    picture.revision = entry.revision
    picture.changed(frozenset(touched))


def _costs_more_to_follow(picture: Picture, revision: int) -> bool:
    """Return whether a picture is so far behind that it is sooner loaded anew.

    An entry takes about as long to follow as two rows take to load, and may itself have brought one of them.
    """
    return revision - picture.revision > max(_PAGE, _rows(picture))


def _rows(picture: Picture) -> int:
    return sum(map(len, picture.tables.values()))
