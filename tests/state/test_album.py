"""Pictures of partitions: loaded once, made current by the log, dropped when cold, the same whichever way."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from delegation.state.album import Album
from delegation.state.organization import Organization
from delegation.store import Put, Remove
from tests.state.keeping import CountingStore, opened

ACME = "org:acme"

pytestmark = pytest.mark.anyio


def group(id: str) -> Put:
    """Return a group that is there afterwards."""
    return Put("groups", {"id": id, "name": ""})


def album_of(store: CountingStore, capacity: int = 10) -> Album[Organization]:
    """Return an album of organizations."""
    return Album(store, lambda name: Organization(name.removeprefix("org:")), capacity=capacity)


async def groups(album: Album[Organization], revision: int, partition: str = ACME) -> set[str]:
    """Return the groups in a picture that is at least at a revision."""
    picture = await album.at(partition, revision)
    assert picture is not None
    assert picture.revision >= revision
    return set(picture.groups)


async def test_many_first_requests_load_a_picture_once(database: Path) -> None:
    """Requests that want the same picture at the same moment share one load and get one picture."""
    async with opened(database) as store:
        revision = await store.change(ACME, group("a"))
        album = album_of(store)
        found = await asyncio.gather(*(album.at(ACME, revision) for _ in range(50)))
        assert len({id(picture) for picture in found}) == 1
        assert (store.loads, store.follows[ACME]) == ({ACME: 1}, 0)


async def test_each_picture_is_loaded_for_itself(database: Path) -> None:
    """Pictures of different partitions do not wait for each other, and do not mix."""
    async with opened(database) as store:
        names = [f"org:o{number}" for number in range(8)]
        for name in names:
            await store.change(name, group(f"g-{name}"))
        album = album_of(store)
        found = await asyncio.gather(*(groups(album, 1, name) for name in names))
        assert found == [{f"g-{name}"} for name in names]


async def test_a_partition_that_does_not_exist_has_no_picture(database: Path) -> None:
    """Revision 0 is no partition: nothing is loaded for it and nothing kept."""
    async with opened(database) as store:
        assert await album_of(store).at("org:none", 0) is None
        assert not store.loads


async def test_a_picture_follows_the_log(database: Path) -> None:
    """A picture that was loaded is brought to a newer revision by the changes alone, once for all who want it."""
    async with opened(database) as store:
        album = album_of(store)
        assert await groups(album, await store.change(ACME, group("a"))) == {"a"}
        await store.change(ACME, group("b"), group("c"))
        revision = await store.change(ACME, Remove("groups", {"id": "a"}))
        found = await asyncio.gather(*(groups(album, revision) for _ in range(20)))
        assert found == [{"b", "c"}] * 20
        assert (store.loads[ACME], store.follows[ACME]) == (1, 1)


async def test_a_picture_follows_more_changes_than_are_read_at_once(database: Path) -> None:
    """However far behind, a picture reaches the revision asked for, page by page of the log."""
    async with opened(database) as store:
        album = album_of(store)
        revision = await store.change(ACME, group("first"))
        await groups(album, revision)
        for number in range(1_050):
            revision = await store.change(ACME, group(f"g{number % 7}"))
        assert await groups(album, revision) == {"first", *(f"g{number}" for number in range(7))}
        assert (store.loads[ACME], store.follows[ACME]) == (1, 2)


@pytest.mark.parametrize("trimmed", [{2, 3, 4}, {2, 3}, {2}, {3}])
async def test_a_picture_is_loaded_anew_when_the_log_was_trimmed(database: Path, trimmed: set[int]) -> None:
    """Where rows of the log that a picture would follow are gone, it is loaded from the tables, and is right."""
    async with opened(database) as store:
        album = album_of(store)
        await groups(album, await store.change(ACME, group("a")))
        for name in "bcd":
            await store.change(ACME, group(name))
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.executemany("DELETE FROM log WHERE chain = ? AND sequence = ?", [(ACME, n) for n in trimmed])
        assert await groups(album, 4) == {"a", "b", "c", "d"}
        assert store.loads[ACME] == 2
        assert await groups(album, await store.change(ACME, group("e"))) == {"a", "b", "c", "d", "e"}
        assert store.loads[ACME] == 2


async def test_cold_pictures_are_dropped_and_answer_the_same_afterwards(database: Path) -> None:
    """At capacity the picture that was not used for longest goes; whoever asks again sees what is true now."""
    async with opened(database) as store:
        names = [f"org:o{number}" for number in range(5)]
        revisions = {name: await store.change(name, group(name)) for name in names}
        album = album_of(store, capacity=3)
        for _ in range(3):
            for name in names:
                assert await groups(album, revisions[name], name) == {name}
        assert store.loads == dict.fromkeys(names, 3)
        assert await groups(album, revisions[names[-1]], names[-1]) == {names[-1]}
        assert store.loads[names[-1]] == 3
        revision = await store.change(names[0], group("new"))
        assert await groups(album, revision, names[0]) == {names[0], "new"}


async def test_what_is_used_stays(database: Path) -> None:
    """A picture in use is not dropped for others that come and go."""
    async with opened(database) as store:
        await store.change(ACME, group("a"))
        album = album_of(store, capacity=2)
        for number in range(5):
            name = f"org:o{number}"
            await groups(album, await store.change(name, group("x")), name)
            await groups(album, 1)
        assert store.loads[ACME] == 1


async def test_requests_for_more_pictures_than_are_kept_are_all_served(database: Path) -> None:
    """When many more pictures are wanted at one moment than are kept, every request gets its own."""
    async with opened(database) as store:
        names = [f"org:o{number}" for number in range(12)]
        for name in names:
            await store.change(name, group(name))
        album = album_of(store, capacity=1)
        found = await asyncio.gather(*(groups(album, 1, name) for name in names * 5))
        assert found == [{name} for name in names * 5]


async def test_a_load_that_failed_is_tried_again(database: Path) -> None:
    """A picture that could not be loaded is not kept: the next request loads it."""
    async with opened(database) as store:
        revision = await store.change(ACME, group("a"))
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("ALTER TABLE groups RENAME TO elsewhere")
        album = album_of(store)
        with pytest.raises(Exception, match="could not be read"):
            await album.at(ACME, revision)
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("ALTER TABLE elsewhere RENAME TO groups")
        assert await groups(album, revision) == {"a"}
