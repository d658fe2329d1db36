"""What a stream shows belongs to one moment, goes to whoever may hear it then, and costs nobody else their turn."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack, aclosing, nullcontext
from typing import Any

import pytest
from typing_extensions import override

from delegation.feed import Event, Feed
from delegation.overload import Overloaded
from delegation.store import Put, Slice
from tests.feed.mirror import Mirror, follower, told
from tests.feed.test_feed import ACME, assert_same, fed, lasting
from tests.state.keeping import Clerk, CountingStore, group
from tests.state.test_lost_changes import lose

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


async def test_nothing_is_current_between_two_moments(database: str) -> None:
    """What changes while a beginning is told is told before anything is said to be current: no mix is ever shown."""
    async with fed(database) as (store, pictures, feed):
        stream, mirror = feed.follow(follower(pictures), None, lambda: False), Mirror()
        told_of, changes = list[tuple[str, Any]](), 0
        async for event in stream:
            mirror.hear([event])
            told_of.append((event.name, event.body.get("partition")))
            if told_of[-1] in {("whole", "platform"), ("entry", "platform")} and changes < 2:
                # After the platform was read, and before the organization is.
                changes += 1
                await Clerk(pictures).give(
                    "register-service", id=f"new{changes}", audience=f"https://{changes}.example"
                )
                await store.change(ACME, group(f"new{changes}"))
            if event.name == "current":
                break
        await stream.aclose()
        log = [each for each in told_of if each[0] in {"begin", "entry"}]
        assert log == [("begin", "platform"), ("entry", "platform"), ("begin", ACME), ("entry", "platform")]
        await assert_same(mirror, store)


async def test_a_permission_that_ends_during_a_beginning_ends_the_next(database: str) -> None:
    """Whoever loses the permission while the platform is told is not told of the organization any more."""
    async with fed(database) as (_, pictures, feed):
        heard, stream = list[tuple[str, Any]](), feed.follow(follower(pictures), None, lambda: False)
        async for event in stream:
            heard.append((event.name, event.body.get("partition")))
            if heard[-1] == ("begin", "platform"):
                await Clerk(pictures).give("admit-service", organization="acme", service="documents")
        assert ("begin", ACME) not in heard
        assert heard[-1][0] == "gone"


async def test_a_beginning_behind_what_was_looked_at_is_not_told(database: str) -> None:
    """Where the database lost changes between the look and the read, the stream ends and nobody is told the older."""
    async with fed(database) as (store, pictures, _):
        at = (await store.heads([ACME]))[ACME]
        await store.change(ACME, group("c"))
        losing = Losing(database, "losing")
        losing.lost = lambda: lose(database, at, "c")
        await losing.open()
        events = await told(Feed(losing, pictures, most=1), follower(pictures))
        await losing.close()
        assert [each.name for each in events if each.body.get("partition") != "platform"] == []


class Losing(CountingStore):
    """A store that loses something of an organization before it is told anew."""

    lost: Callable[[], None] | None = None

    @override
    async def slices(
        self, partition: str, turn: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    ) -> AsyncGenerator[Slice, None]:
        if partition == ACME and turn is not nullcontext and self.lost is not None:
            self.lost()
        async with aclosing(super().slices(partition, turn)) as slices:
            async for part in slices:
                yield part


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


async def test_of_many_people_those_are_told_who_changed(database: str) -> None:
    """Many users are told once; then whoever stays or returns hears of those alone whose account changed."""
    people = [f"p{n:04}" for n in range(1_200)]
    async with fed(database) as (store, pictures, feed):
        for name in people:
            await store.change(f"user:{name}", account(name))
        await store.change(ACME, *(lasting(f"d-{name}", name, 600) for name in people))
        stream, mirror = feed.follow(follower(pictures), None, lambda: False), Mirror()
        while mirror.place is None:
            mirror.hear([await anext(stream)])
        assert sorted(mirror.users) == people
        first, mirror.place = mirror.place, None
        await store.change("user:p0007", account("p0007", "suspended"))
        heard = list[Event]()
        while not heard or heard[-1].name != "current":
            heard.append(await anext(stream))
        await stream.aclose()
        assert [(each.name, [row["id"] for row in rows_in(each)]) for each in heard[-2:]] == [
            ("users", ["p0007"]),
            ("current", []),
        ]
        assert len(repr(heard[-1].body)) < 300
        mirror.hear(heard)
        await assert_same(mirror, store)
        again = await told(feed, follower(pictures), mirror.place)
        assert [each.name for each in again] == ["current"]
        # From where somebody changed since, all are told anew.
        assert sum(len(rows_in(each)) for each in await told(feed, follower(pictures), first)) == len(people)


def rows_in(event: Event) -> list[Any]:
    """Return the rows of an event, which may have none."""
    found: Any = event.body.get("rows", [])
    return list(found)


def account(name: str, status: str = "active") -> Put:
    """Return the account of a user."""
    return Put("users", {"id": name, "name": "canary", "status": status})


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
