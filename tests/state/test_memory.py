"""Memory: pictures are bounded by what they show together, and whatever is given up, every answer is right."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext

import pytest
from typing_extensions import override

from delegation.state.memory import PICTURE, Memory
from delegation.state.organization import Organization
from delegation.state.pictures import Pictures
from delegation.state.platform import Platform
from delegation.store import Put, Remove, Slice
from tests.state.keeping import CountingStore, Stopwatch, group, opened

pytestmark = pytest.mark.anyio


def weight(picture: Platform | Organization) -> int:
    """Return the rows that a picture counts for."""
    return PICTURE + sum(len(table) for table in picture.tables.values())


async def platform_weight(store: CountingStore) -> int:
    """Return the rows that the platform's picture counts for, which every request needs."""
    return weight((await Pictures(store, rows=1).view()).platform)


async def groups(pictures: Pictures, name: str) -> set[str]:
    """Return the groups of an organization."""
    organization = (await pictures.view(organization=name)).organization
    return set() if organization is None else set(organization.groups)


async def test_cold_pictures_are_dropped_and_answer_the_same_afterwards(database: str) -> None:
    """Beyond the bound the picture not used for longest goes; whoever asks again sees what is true now."""
    async with opened(database) as store:
        names = [f"o{number}" for number in range(5)]
        for name in names:
            await store.change(f"org:{name}", group(name))
        pictures = Pictures(store, rows=await platform_weight(store) + 3 * (PICTURE + 1))
        for _ in range(3):
            for name in names:
                assert await groups(pictures, name) == {name}
        assert [store.loads[f"org:{name}"] for name in names] == [3] * 5
        assert await groups(pictures, names[-1]) == {names[-1]}
        assert store.loads[f"org:{names[-1]}"] == 3
        await store.change("org:o0", group("new"))
        assert await groups(pictures, "o0") == {"o0", "new"}


async def test_what_is_used_stays(database: str) -> None:
    """A picture in use is not dropped for others that come and go."""
    async with opened(database) as store:
        for name in ("acme", *"abcde"):
            await store.change(f"org:{name}", group("g"))
        pictures = Pictures(store, rows=await platform_weight(store) + 2 * (PICTURE + 1))
        for name in "abcde":
            await groups(pictures, name)
            await groups(pictures, "acme")
        assert store.loads["org:acme"] == 1


async def test_what_a_request_needs_is_kept_together_however_large(database: str) -> None:
    """A picture larger than the bound stays, with the people asked about, until a request can do without it."""
    async with opened(database) as store:
        await store.change("org:large", *(group(f"g{number}") for number in range(50)))
        await store.change("org:other", group("g"))
        await store.change("user:anne", Put("users", {"id": "anne", "name": "", "status": "active"}))
        pictures = Pictures(store, rows=1)
        store.loads.clear()
        for _ in range(3):
            await pictures.view(organization="large", users=("anne",))
        assert store.loads == {"platform": 1, "org:large": 1, "user:anne": 1}
        await pictures.view(organization="other")
        await pictures.view(organization="large", users=("anne",))
        assert store.loads == {"platform": 1, "org:large": 2, "user:anne": 2, "org:other": 1}


async def test_the_weight_follows_what_is_added_and_removed(database: str) -> None:
    """A picture that grew by following its log pushes others out; one that shrank lets them stay again."""
    async with opened(database) as store:
        await store.change("org:a", group("g"))
        await store.change("org:b", group("g"))
        pictures = Pictures(store, rows=await platform_weight(store) + 2 * PICTURE + 10)
        added = [Put("group_members", {"group": "g", "member": f"user:u{number}"}) for number in range(20)]
        await store.change("org:a", *added)
        for _ in range(2):
            await groups(pictures, "a")
            await groups(pictures, "b")
        assert (store.loads["org:a"], store.loads["org:b"]) == (2, 2)
        await store.change("org:a", *(Remove("group_members", put.row) for put in added), *added[:1] * 2)
        for _ in range(2):
            await groups(pictures, "a")
            await groups(pictures, "b")
        assert (store.loads["org:a"], store.loads["org:b"]) == (3, 2)


async def test_requests_for_more_pictures_than_are_kept_are_all_served(database: str) -> None:
    """When many more pictures are wanted at one moment than are kept, every request gets its own."""
    async with opened(database) as store:
        names = [f"o{number}" for number in range(12)]
        for name in names:
            await store.change(f"org:{name}", group(name))
        pictures = Pictures(store, rows=1)
        assert await asyncio.gather(*(groups(pictures, name) for name in names * 5)) == [{name} for name in names * 5]


@pytest.mark.threat("R7")
async def test_no_change_is_lost_to_pictures_that_come_and_go(database: str) -> None:
    """While pictures are dropped, loaded and followed by many at once, who asks after a change always sees it."""
    async with opened(database, "one") as store, opened(database, "other") as other:
        pictures = Pictures(store, rows=1)

        async def change_and_ask(name: str) -> None:
            for number in range(15):
                await other.change(f"org:{name}", group(f"g{number}"))
                found = await asyncio.gather(*(groups(pictures, name) for _ in range(3)))
                assert found == [{f"g{n}" for n in range(number + 1)}] * 3

        await asyncio.gather(*(change_and_ask(f"o{number}") for number in range(4)))


class HeldStore(CountingStore):
    """A store in which the load of one partition ends only when it is let."""

    def __init__(self, database: str, instance: str = "held") -> None:
        """Hold back what is loaded of acme."""
        super().__init__(database, instance)
        self.loaded, self.gate = asyncio.Event(), asyncio.Event()

    @override
    async def slices(
        self, partition: str, turn: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    ) -> AsyncGenerator[Slice, None]:
        async with aclosing(super().slices(partition, turn)) as slices:
            async for part in slices:
                if partition == "org:acme":
                    self.loaded.set()
                    await self.gate.wait()
                yield part


async def until(condition: Callable[[], bool]) -> None:
    """Wait, one turn of the loop after the other, until something is so."""
    while not condition():  # noqa: ASYNC110 - each turn of the loop lets the other tasks go one step
        await asyncio.sleep(0)


async def test_facts_that_grew_too_old_while_something_was_loaded_are_read_anew(database: str) -> None:
    """Who is content with five seconds is not answered from six seconds ago because a load took so long."""
    store, watch = HeldStore(database), Stopwatch()
    await store.open()
    try:
        await store.change("org:acme", group("first"))
        pictures = Pictures(store, rows=1, monotonic=watch)
        store.gate.set()
        await pictures.view(organization="acme")
        await pictures.view(organization="none")  # The picture of acme is dropped, its head remembered.
        store.gate.clear()
        store.loaded.clear()
        asked = asyncio.create_task(pictures.view(organization="acme", within=5.0))
        await store.loaded.wait()
        await store.change("org:acme", group("second"))
        watch.now = 6.0
        store.gate.set()
        view = await asked
        assert view.organization is not None
        assert (set(view.organization.groups), view.age) == ({"first", "second"}, 0.0)
    finally:
        await store.close()


async def test_nobody_sees_a_part_of_a_change(database: str) -> None:
    """A request that holds a picture while another lets it take over a large change, in steps, sees all of it."""
    store = HeldStore(database)
    await store.open()
    try:
        await store.change("org:acme", group("g"))
        pictures = Pictures(store, rows=100_000)
        platform = (await pictures.view()).platform
        slow = asyncio.create_task(pictures.view(organization="acme"))
        await store.loaded.wait()
        many = [Put("administrators", {"user": f"u{number}"}) for number in range(5_000)]
        await store.change("platform", *many)
        quick = asyncio.create_task(pictures.view())
        await until(lambda: len(platform.administrators) > 0)
        store.gate.set()
        seen = [len((await asked).platform.administrators) for asked in (slow, quick)]
        assert seen == [5_000, 5_000]
    finally:
        await store.close()


async def test_a_change_half_taken_over_is_not_gone_on_with(database: str) -> None:
    """Where the request that follows is cancelled in the middle of a change, the next one loads the picture."""
    async with opened(database) as store:
        pictures = Pictures(store, rows=100_000)
        platform = (await pictures.view()).platform
        await store.change("platform", *(Put("administrators", {"user": f"u{n}"}) for n in range(5_000)))
        following = asyncio.create_task(pictures.view())
        await until(lambda: len(platform.administrators) > 0)
        following.cancel()
        await asyncio.wait({following})
        assert len(platform.administrators) < 5_000
        assert len((await pictures.view()).platform.administrators) == 5_000
        assert store.loads["platform"] == 2


def test_memory_counts_what_is_kept_and_no_more() -> None:
    """Counted again, a picture replaces its former count; forgotten or dropped, it counts for nothing."""
    memory, album = Memory(3 * PICTURE + 10), {"a": 1, "b": 2, "c": 3}
    for name in album:
        memory.keep(name, 3, album)
    memory.keep("a", 4, album)
    assert memory.taken == 3 * PICTURE + 10
    memory.use("a")
    memory.keep("c", 4, album)
    memory.make_room(["c"])
    assert (set(album), memory.taken) == ({"a", "c"}, 2 * PICTURE + 8)
    memory.forget("a")
    memory.forget("a")
    assert memory.taken == PICTURE + 4
