"""Pictures of partitions: loaded once, made current by the log, dropped when cold, the same whichever way."""

import asyncio
from time import monotonic

import pytest

from delegation.state.album import Album
from delegation.state.memory import Memory
from delegation.state.organization import Organization
from delegation.store import Remove
from tests.databases import execute
from tests.state.keeping import CountingStore, group, opened

ACME = "org:acme"

pytestmark = pytest.mark.anyio


def album_of(store: CountingStore) -> Album[Organization]:
    """Return an album of organizations."""
    return Album(store, lambda name: Organization(name.removeprefix("org:")), Memory(100_000), monotonic)


async def shown(store: CountingStore, album: Album[Organization], partition: str = ACME) -> Organization | None:
    """Return the picture of a partition at the head that it has now."""
    began = monotonic()
    return await album.at((await store.newest([partition]))[partition], began)


async def groups(store: CountingStore, album: Album[Organization], revision: int, partition: str = ACME) -> set[str]:
    """Return the groups in a picture that is at least at a revision."""
    picture = await shown(store, album, partition)
    assert picture is not None
    assert picture.revision >= revision
    return set(picture.groups)


async def test_many_first_requests_load_a_picture_once(database: str) -> None:
    """Requests that want the same picture at the same moment share one load and get one picture."""
    async with opened(database) as store:
        await store.change(ACME, group("a"))
        album = album_of(store)
        found = await asyncio.gather(*(shown(store, album) for _ in range(50)))
        assert len({id(picture) for picture in found}) == 1
        assert (store.loads, store.follows[ACME]) == ({ACME: 1}, 0)


async def test_each_picture_is_loaded_for_itself(database: str) -> None:
    """Pictures of different partitions do not wait for each other, and do not mix."""
    async with opened(database) as store:
        names = [f"org:o{number}" for number in range(8)]
        for name in names:
            await store.change(name, group(f"g-{name}"))
        album = album_of(store)
        found = await asyncio.gather(*(groups(store, album, 1, name) for name in names))
        assert found == [{f"g-{name}"} for name in names]


async def test_a_partition_that_does_not_exist_has_no_picture(database: str) -> None:
    """Revision 0 is no partition: nothing is loaded for it and nothing kept."""
    async with opened(database) as store:
        assert await shown(store, album_of(store), "org:none") is None
        assert not store.loads


async def test_a_picture_follows_the_log(database: str) -> None:
    """A picture that was loaded is brought to a newer revision by the changes alone, once for all who want it."""
    async with opened(database) as store:
        album = album_of(store)
        assert await groups(store, album, await store.change(ACME, group("a"))) == {"a"}
        await store.change(ACME, group("b"), group("c"))
        revision = await store.change(ACME, Remove("groups", {"id": "a"}))
        found = await asyncio.gather(*(groups(store, album, revision) for _ in range(20)))
        assert found == [{"b", "c"}] * 20
        assert (store.loads[ACME], store.follows[ACME]) == (1, 1)


async def test_a_picture_follows_more_changes_than_are_read_at_once(database: str) -> None:
    """A large picture that is some way behind reaches the revision asked for, page by page of the log."""
    async with opened(database) as store:
        album = album_of(store)
        many = [group(f"g{number}") for number in range(1_000)]
        await groups(store, album, await store.change(ACME, *many))
        revision = [await store.change(ACME, group(f"h{number}")) for number in range(300)][-1]
        assert len(await groups(store, album, revision)) == 1_300
        assert (store.loads[ACME], store.follows[ACME]) == (1, 2)


async def test_a_picture_too_far_behind_is_loaded_anew(database: str) -> None:
    """Where the log to be followed has more to read than the tables, as after a pause, the tables are read."""
    async with opened(database, "one") as store, opened(database, "other") as other:
        album = album_of(store)
        await groups(store, album, await store.change(ACME, group("first")))
        revision = [await other.change(ACME, group(f"g{number % 7}")) for number in range(300)][-1]
        assert await groups(store, album, revision) == {"first", *(f"g{number}" for number in range(7))}
        assert (store.loads[ACME], store.follows[ACME]) == (2, 0)
        assert "late" in await groups(store, album, await other.change(ACME, group("late")))
        assert (store.loads[ACME], store.follows[ACME]) == (2, 1)


@pytest.mark.parametrize(("trimmed", "loads"), [({1}, 2), ({2, 3}, 2), ({2}, 2), ({3}, 2), ({2, 3, 4}, 3)])
async def test_a_picture_is_loaded_anew_when_the_log_was_trimmed(database: str, trimmed: set[int], loads: int) -> None:
    """Where the entry that a picture is at is gone from the log, or one that it would follow, it is loaded anew."""
    async with opened(database) as store:
        album = album_of(store)
        await groups(store, album, await store.change(ACME, group("a")))
        for name in "bcd":
            await store.change(ACME, group(name))
        for number in trimmed:
            execute(database, "DELETE FROM log WHERE chain = :chain AND sequence = :n", chain=ACME, n=number)
        assert await groups(store, album, 4) == {"a", "b", "c", "d"}
        assert store.loads[ACME] == 2
        assert await groups(store, album, await store.change(ACME, group("e"))) == {"a", "b", "c", "d", "e"}
        assert store.loads[ACME] == loads


async def test_a_load_that_failed_is_tried_again(database: str) -> None:
    """A picture that could not be loaded is not kept: the next request loads it."""
    async with opened(database) as store:
        revision = await store.change(ACME, group("a"))
        execute(database, "ALTER TABLE groups RENAME TO elsewhere")
        album = album_of(store)
        with pytest.raises(Exception, match="could not be read"):
            await shown(store, album)
        execute(database, "ALTER TABLE elsewhere RENAME TO groups")
        assert await groups(store, album, revision) == {"a"}


async def test_a_load_goes_on_when_whoever_asked_is_gone(database: str) -> None:
    """A picture that takes longer to load than a request may last is there for those who ask after it."""
    async with opened(database) as store:
        await store.change(ACME, group("a"))
        album = album_of(store)
        store.may_load.clear()
        for _ in range(3):
            asking = asyncio.create_task(shown(store, album))
            await asyncio.wait_for(store.is_loading.wait(), 20)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
        revision = await store.change(ACME, group("b"))
        store.may_load.set()
        assert await groups(store, album, revision) == {"a", "b"}
        assert store.loads[ACME] == 1
