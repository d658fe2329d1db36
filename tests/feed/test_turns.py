"""Whoever follows costs nobody else their turn: not at the store, not in the loop, and not at the door."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, ExitStack, aclosing
from typing import Any

import pytest

from delegation.feed import Event, Feed
from delegation.overload import Overloaded
from tests.feed.mirror import follower
from tests.feed.test_feed import ACME, fed
from tests.state.keeping import group

pytestmark = pytest.mark.anyio


async def test_slow_listeners_leave_the_store_to_others(database: str) -> None:
    """However many take a large beginning slowly, whoever else needs something large gets it read."""
    async with fed(database) as (store, pictures, feed):
        await store.change(ACME, *(group(f"n{n}") for n in range(9_000)))
        async with AsyncExitStack() as stack:
            for _ in range(6):
                stream = feed.follow(follower(pictures), None, lambda: False)
                task = asyncio.ensure_future(until_rows_of(stream, ACME))
                stack.push_async_callback(stream.aclose)
                stack.push_async_callback(parted, task)
            await asyncio.sleep(0.3)
            async with asyncio.timeout(5.0), aclosing(store.slices(ACME)) as slices:
                assert sum([len(rows) async for part in slices for _, rows in part.rows]) > 9_000


async def until_rows_of(stream: AsyncGenerator[Event, None], partition: str) -> None:
    """Listen until the first rows of a partition were told, and then no more."""
    while (event := await anext(stream)).name != "rows" or event.body["partition"] != partition:
        pass


async def parted(task: asyncio.Future[None]) -> None:
    """End a task."""
    task.cancel()
    await asyncio.wait([task])


async def test_a_large_entry_lets_others_have_their_turn(database: str) -> None:
    """While an entry of very many changes is made ready, the loop goes round between a few hundred of them."""
    async with fed(database) as (store, pictures, feed):
        stream = feed.follow(follower(pictures), None, lambda: False)
        while (await anext(stream)).name != "current":
            pass
        await store.change(ACME, *(group(f"n{n}") for n in range(2_000)))
        rounds = 0

        async def count() -> None:
            nonlocal rounds
            while True:
                rounds += 1
                await asyncio.sleep(0)

        while True:
            counting = asyncio.create_task(count())
            before = rounds
            event = await anext(stream)
            await parted(counting)
            if event.name == "entry":
                break
        listed: Any = event.body["changes"]
        assert len(listed) == 2_000
        assert rounds - before >= 8


async def test_places_are_given_back(database: str) -> None:
    """No more follow at once than there are places for, and each that ends leaves its own."""
    async with fed(database) as (store, pictures, _):
        feed = Feed(store, pictures, most=2)
        with feed.seat("documents"):
            with feed.seat("mail"), pytest.raises(Overloaded), feed.seat("wiki"):
                pass
            with feed.seat("documents"):
                pass


async def test_no_service_takes_all_places(database: str) -> None:
    """However many streams one service wants, another finds a place."""
    async with fed(database) as (store, pictures, _):
        feed = Feed(store, pictures, most=100)
        with ExitStack() as stack:
            for _ in range(75):
                stack.enter_context(feed.seat("documents"))
            with pytest.raises(Overloaded):
                stack.enter_context(feed.seat("documents"))
            for _ in range(10):
                stack.enter_context(feed.seat("mail"))
