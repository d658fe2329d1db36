"""What those see who got one answer about how far everything is: the same, for as long as nothing has moved."""

import asyncio
from collections.abc import Collection

import pytest

from delegation.audit import Head
from delegation.state.freshness import Newest
from delegation.state.pictures import Pictures
from delegation.store import Put
from tests.state.keeping import CountingStore, group, opened

pytestmark = pytest.mark.anyio

ACME = "org:acme"
PROFILE = Put("organizations", {"id": "acme", "name": "Acme", "status": "active"})


class Together:
    """In the place of the freshness read: everybody gets the answer that the first one got."""

    def __init__(self, store: CountingStore) -> None:
        self._store = store
        self._answer: Newest[Head] | None = None

    async def newest(self, partitions: Collection[str], _: float = 0.0) -> Newest[Head]:
        """Return the first answer, also to who goes on so late that things have moved since."""
        if self._answer is None:
            self._answer = Newest(await self._store.newest(partitions), 0.0)
        return self._answer


def answered_together(pictures: Pictures, store: CountingStore) -> None:
    """Let all who ask these pictures get one answer."""
    pictures._freshness = Together(store)  # type: ignore[assignment]  # noqa: SLF001 - only a late one can be told by it


async def test_those_who_are_answered_together_share_what_they_see(database: str) -> None:
    """What was put together for one request is shown to the others that got the same answer, and to no later one."""
    async with opened(database) as store:
        await store.change(ACME, PROFILE)
        pictures = Pictures(store, rows=10_000)
        await pictures.panorama(["acme"])
        first, second = await asyncio.gather(pictures.panorama(["acme"]), pictures.panorama(["acme"]))
        assert first is second
        assert await pictures.panorama(["acme"]) is not first


@pytest.mark.threat("K8")
async def test_what_has_moved_is_not_shared(database: str) -> None:
    """Whoever goes on after a picture has moved is shown the picture as it is, in a world made of it."""
    async with opened(database) as store:
        await store.change(ACME, PROFILE)
        pictures = Pictures(store, rows=10_000)
        answered_together(pictures, store)
        first = await pictures.panorama(["acme"])
        assert await pictures.panorama(["acme"]) is first
        revision = await store.change(ACME, group("g1"))
        pictures.hint(ACME, revision)
        while store.followed[ACME] < 1:  # noqa: ASYNC110 - each turn of the loop lets the picture follow a little
            await asyncio.sleep(0)
        second = await pictures.panorama(["acme"])
        assert second is not first
        assert second.organizations["acme"].revision == revision


@pytest.mark.threat("K8")
async def test_what_is_taking_over_a_change_is_not_shared(database: str) -> None:
    """A panorama does not stand while a picture in it has taken over a part of a change, nor after that."""
    async with opened(database) as store:
        await store.change(ACME, PROFILE)
        seen = await Pictures(store, rows=10_000).panorama(["acme"])
        picture = seen.organizations["acme"]
        told = [seen.stands]
        for revision in (-1, 2, 1):
            picture.revision = revision
            told.append(seen.stands)
        assert told == [True, False, False, True]
