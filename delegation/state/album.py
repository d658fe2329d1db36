"""Albums: the pictures of one kind of partition, loaded once, followed by the log, dropped when cold."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

from delegation.audit import Head
from delegation.state.memory import Memory
from delegation.state.shelf import Follower
from delegation.store import LogEntry, Put, Store, StoreUnavailable
from delegation.telemetry import metrics

_STEP: Final = 250
"""Rows taken over before the event loop gets a turn: about a millisecond."""
_PAGE: Final = 250
"""Entries of the log read at once."""
_LOADED: Final = metrics.PICTURES.labels("loaded")
_FOLLOWED: Final = metrics.PICTURES.labels("followed")
_BETWEEN: Final = -1
"""The revision of a picture that has taken over a part of an entry: nobody may look at it."""


class Picture(Protocol):
    """A partition in memory at one revision."""

    revision: int
    tables: Mapping[str, Follower]

    def changed(self, tables: frozenset[str]) -> None:
        """Drop what was derived from tables that changed."""


P = TypeVar("P", bound=Picture)


@dataclass(slots=True)
class _Kept(Generic[P]):
    """A picture, and how it is known that the database has what it shows."""

    picture: P
    hash: str
    """Of the entry that it is at. The same hash is the same history: it covers all entries before."""
    read_at: float
    """When the last read began that found this entry in the database, in seconds of the monotonic clock."""

    def shows(self, head: Head, began: float) -> bool:
        """Return whether a head, in a read that began then, is what it shows or was overtaken by it since.

        Invariant: a picture ahead of a head is right only if it was read since; else the database lost what it shows.
        """
        revision = self.picture.revision
        if revision == head.sequence:
            return self.hash == head.hash
        return revision > head.sequence and self.read_at >= began


class Album(Generic[P]):
    """The pictures of one kind that this process keeps in memory.

    Invariant: whoever changes a picture, or puts one in, holds the lock of its partition.
    """

    def __init__(self, store: Store, blank: Callable[[str], P], memory: Memory, monotonic: Callable[[], float]) -> None:
        """Keep pictures as long as `memory` lets them; `blank` makes an empty one for a partition's name.

        `monotonic` is the clock of the freshness read.
        """
        self._store = store
        self._blank = blank
        self._memory = memory
        self._monotonic = monotonic
        self._kept: dict[str, _Kept[P]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._loading: dict[str, asyncio.Task[_Kept[P]]] = {}

    async def at(self, head: Head, began: float) -> P | None:
        """Return the picture of a partition at its head or later; None at revision 0, which is no partition.

        `began` says when the read of the head began. Raises StoreUnavailable, also where the database is found to have
        lost what was read of it.
        """
        if head.sequence == 0:
            return None
        kept = self._kept.get(head.chain)
        if kept is None or not kept.shows(head, began):
            kept = await self._catch_up(head, began)
        self._memory.use(head.chain)
        return kept.picture

    def known(self, partition: str) -> P | None:
        """Return the picture that is kept of a partition, at whatever revision it is; None when none is kept."""
        kept = self._kept.get(partition)
        return None if kept is None or kept.picture.revision == _BETWEEN else kept.picture

    def is_behind(self, partition: str, revision: int) -> bool:
        """Return whether a picture is kept that has not reached a revision."""
        kept = self._kept.get(partition)
        return kept is not None and kept.picture.revision < revision

    async def anticipate(self, partition: str, revision: int) -> None:
        """Let a picture that is kept follow its log towards a revision that there may not be; load nothing.

        Raises StoreUnavailable.
        """
        async with self._lock(partition):
            kept = self._kept.get(partition)
            if kept is not None and kept.picture.revision < revision:
                await self._follow(partition, kept, revision)
                if partition in self._kept:
                    self._keep(partition, kept)

    async def _catch_up(self, head: Head, began: float) -> _Kept[P]:
        # One request does the work; the others wait for it and find it done.
        loaded: _Kept[P] | None = None
        while True:
            async with self._lock(head.chain):
                kept = self._kept.get(head.chain) or loaded  # Others who needed room may have dropped it meanwhile.
                if kept is not None and (kept.shows(head, began) or await self._leads(kept, head, began)):
                    self._keep(head.chain, kept)
                    return kept
                self._give_up(head.chain)
            # It goes on when whoever asked goes away: what takes longer than a request may last would never be there.
            loaded = await asyncio.shield(self._loading.get(head.chain) or self._begin_loading(head, began))

    def _begin_loading(self, head: Head, began: float) -> "asyncio.Task[_Kept[P]]":
        loading = self._loading[head.chain] = asyncio.create_task(self._loaded(head, began))
        loading.add_done_callback(_note_failure)
        return loading

    async def _loaded(self, head: Head, began: float) -> _Kept[P]:
        try:
            async with self._lock(head.chain):
                kept = await self._load(head, began)
                self._keep(head.chain, kept)
                return kept
        finally:
            del self._loading[head.chain]

    def _give_up(self, partition: str) -> None:
        self._kept.pop(partition, None)
        self._memory.forget(partition)

    async def _leads(self, kept: _Kept[P], head: Head, began: float) -> bool:
        """Let a picture follow its log to a head, and return whether it can; one that is ahead must be in the log."""
        metrics.PICTURE_LAG.observe(max(0, head.sequence - kept.picture.revision))
        if _costs_more_to_follow(kept.picture, head.sequence):
            return False
        return await self._follow(head.chain, kept, head.sequence) and kept.shows(head, began)

    def _lock(self, partition: str) -> asyncio.Lock:
        return self._locks.setdefault(partition, asyncio.Lock())

    def _keep(self, partition: str, kept: _Kept[P]) -> None:
        self._kept[partition] = kept
        self._memory.keep(partition, _rows(kept.picture), self._kept)

    async def _load(self, head: Head, began: float) -> _Kept[P]:
        _LOADED.inc()
        picture = self._blank(head.chain)
        kept = _Kept(picture, head.hash, self._monotonic())
        async with aclosing(self._store.slices(head.chain)) as slices:
            async for part in slices:
                picture.revision, kept.hash = part.head.sequence, part.head.hash
                for table, rows in part.rows:
                    put = picture.tables[table].put
                    for start in range(0, len(rows), _STEP):
                        for row in rows[start : start + _STEP]:
                            put(row)
                        await asyncio.sleep(0)
        if not kept.shows(head, began):
            raise StoreUnavailable("the database has lost what was read of it before")
        return kept

    async def _follow(self, partition: str, kept: _Kept[P], revision: int) -> bool:
        """Let a picture follow its log, and return whether the log has what it shows and leads to the revision."""
        _FOLLOWED.inc()
        try:
            while True:
                asked = self._monotonic()
                entries = await self._store.records_from(Head(partition, kept.picture.revision, kept.hash), _PAGE)
                if entries is None or not await _follow_page(kept, entries):
                    return False
                kept.read_at = asked
                if not entries or kept.picture.revision >= revision:
                    return kept.picture.revision >= revision
        except BaseException:
            if kept.picture.revision == _BETWEEN:
                self._give_up(partition)
            raise


def _note_failure(loading: "asyncio.Task[Any]") -> None:
    """Take note of a failure that nobody may be left to hear of."""
    if not loading.cancelled():
        loading.exception()


async def _follow_page(kept: _Kept[P], entries: Sequence[LogEntry]) -> bool:
    """Bring a picture to the last of some entries, and return whether each follows the one before."""
    taken = 0
    for entry in entries:
        if entry.revision != kept.picture.revision + 1:
            return False  # The log has a gap.
        await _take_over(kept.picture, entry)
        kept.hash = entry.hash
        taken += len(entry.changes) + 1
        if taken >= _STEP:
            taken = 0
            await asyncio.sleep(0)
    return True


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
