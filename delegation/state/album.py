"""Albums: the pictures of one kind of partition, loaded once, followed by the log, dropped when cold."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

from delegation.state.shelf import Follower
from delegation.store import Change, Put, Store

_SLICE: Final = 2_000
"""Rows taken over before the event loop gets a turn."""


class Picture(Protocol):
    """A partition in memory at one revision."""

    revision: int
    tables: Mapping[str, Follower]

    def changed(self, tables: frozenset[str]) -> None:
        """Drop what was derived from tables that changed."""


P = TypeVar("P", bound=Picture)


def follow(picture: Picture, changes: Iterable[Change], revision: int) -> None:
    """Bring a picture to `revision` by the changes that led there."""
    touched = set()
    for change in changes:
        touched.add(change.table)
        table = picture.tables[change.table]
        if isinstance(change, Put):
            table.put(change.row)
        else:
            table.remove(change.key)
    picture.revision = revision
    picture.changed(frozenset(touched))


class Album(Generic[P]):
    """The pictures of one kind that this process keeps in memory."""

    def __init__(self, store: Store, blank: Callable[[str], P], *, capacity: int) -> None:
        """Keep at most `capacity` pictures; `blank` makes an empty one for a partition's name."""
        self._store = store
        self._blank = blank
        self._capacity = capacity
        self._kept: OrderedDict[str, P] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def at(self, partition: str, revision: int) -> P | None:
        """Return the picture of a partition at `revision` or later; None at revision 0, which is no partition."""
        if revision == 0:
            return None
        picture = self._kept.get(partition)
        if picture is None or picture.revision < revision:
            picture = await self._catch_up(partition, revision)
        self._kept.move_to_end(partition)
        return picture

    async def _catch_up(self, partition: str, revision: int) -> P:
        # One request does the work; the others wait for it and find it done.
        async with self._locks.setdefault(partition, asyncio.Lock()):
            picture = self._kept.get(partition)
            if picture is None:
                picture = await self._load(partition)
                self._kept[partition] = picture
            try:
                while picture.revision < revision:
                    picture = await self._follow(partition, picture)
            except Exception:
                self._kept.pop(partition, None)  # It may have taken over half of a change.
                raise
            self._kept[partition] = picture
            if len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
            return picture

    async def _load(self, partition: str) -> P:
        snapshot = await self._store.snapshot(partition)
        picture = self._blank(partition)
        taken = 0
        for table, rows in snapshot.rows.items():
            for row in rows:
                picture.tables[table].put(row)
                taken += 1
                if taken % _SLICE == 0:
                    await asyncio.sleep(0)
        picture.revision = snapshot.revision
        return picture

    async def _follow(self, partition: str, picture: P) -> P:
        entries = await self._store.records_after(partition, picture.revision)
        if not entries:
            return await self._load(partition)
        for entry in entries:
            if entry.revision != picture.revision + 1:
                return await self._load(partition)  # The log was trimmed beyond what this picture had seen.
            follow(picture, entry.changes, entry.revision)
        return picture
