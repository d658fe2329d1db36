"""History: the whole log, or what concerns one organization, told seal by seal from what is kept."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Final

from delegation.audit import SEALS, Anchor, Covered, Entry, Head, Item
from delegation.store.beginnings import beginnings
from delegation.store.chains import BEFORE_ALL, Page
from delegation.store.chains import chains as chains_after
from delegation.store.covering import covered_by, covered_parts, ends, first_astray
from delegation.store.store import Store

_PAGE: Final = 1_000


async def history(store: Store, organization: str | None = None, *, after: int | None = None) -> AsyncIterator[Item]:
    """Yield the log as `delegation.audit.history` says, all of it or one organization's, while others may write.

    What is kept is told as it is, sound or not. With `after`, what the seal of that number and those before it cover
    is left out, as what was purged is. Memory is needed for one number of each chain. Raises InvalidQuestion when there
    is no such seal.
    """
    only = None if organization is None else f"org:{organization}"
    places = await store.read(lambda connection: beginnings(connection, after))
    anchors = [place for place in places if only is None or place.chain in {only, SEALS}]
    for place in anchors:
        yield Anchor(place)
    telling = _Telling(store, only, anchors)
    page = Page(None, ())
    async for page in store.pages(SEALS, after=telling.last_seal):
        async for item in telling.seals(page.entries):
            yield item
    if page.head is not None:
        yield page.head
    async for item in telling.rest():
        yield item


class _Telling:
    """Remembers what was told."""

    def __init__(self, store: Store, only: str | None, anchors: Sequence[Head]) -> None:
        self._store = store
        self._only = only
        self._told = {place.chain: place.sequence for place in anchors}
        self.last_seal = self._told.get(SEALS, BEFORE_ALL)

    async def seals(self, entries: Sequence[Entry]) -> AsyncIterator[Item]:
        """Yield seals that follow each other, each with what it covers."""
        if not entries:
            return
        told = self._covered(entries[-1].sequence)
        covered = await anext(told, None)
        for entry in entries:
            # Heads whose seal is gone are told where it should have been.
            while covered is not None and covered[0] < entry.sequence:
                yield covered[1]
                covered = await anext(told, None)
            yield entry
        while covered is not None:
            yield covered[1]
            covered = await anext(told, None)
        self.last_seal = entries[-1].sequence

    async def rest(self) -> AsyncIterator[Item]:
        """Yield what no seal covers."""
        if self._only is not None:
            async for item in self._rest_of(self._only):
                yield item
            return
        for astray in await self._store.read(first_astray):
            yield astray
        after: str | None = ""
        while after is not None:
            part = await self._store.read(partial(ends, after=after, told=self._told, limit=_PAGE))
            for item in part.items:
                yield item
            self._told.update(part.told)
            after = part.after
        async for item in self._headless():
            yield item

    async def _covered(self, upto: int) -> AsyncIterator[tuple[int, Item]]:
        after = (self.last_seal + 1, "")
        while True:
            place = partial(covered_by, after=after, upto=upto, limit=_PAGE, chain=self._only)
            found = await self._store.read(place)
            async for told in self._parts(found):
                yield told
            if len(found) < _PAGE:
                return
            after = (found[-1].seal, found[-1].head.chain)

    async def _parts(self, covered: Sequence[Covered]) -> AsyncIterator[tuple[int, Item]]:
        prove = self._only is not None
        while covered:
            ask = partial(covered_parts, covered=covered, told=self._told, limit=_PAGE, prove=prove)
            part = await self._store.read(ask)
            for told in part.items:
                yield told
            self._told.update(part.told)
            covered = part.left

    async def _headless(self) -> AsyncIterator[Item]:
        after = ""
        while found := await self._store.read(partial(chains_after, after=after, limit=_PAGE, headless=True)):
            for chain in found:
                async for item in self._rest_of(chain):
                    yield item
            after = found[-1]

    async def _rest_of(self, chain: str) -> AsyncIterator[Item]:
        page = Page(None, ())
        async for page in self._store.pages(chain, after=self._told.get(chain, BEFORE_ALL)):
            for entry in page.entries:
                yield entry
        if page.head is not None:
            yield page.head
