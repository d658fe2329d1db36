"""A database that lost changes, as by a failover or a restore: nobody is answered from what it lost."""

import asyncio
import random
from time import monotonic

import pytest

from delegation.audit import Head
from delegation.state.album import Album
from delegation.state.memory import Memory
from delegation.state.organization import Organization
from delegation.state.pictures import Pictures
from delegation.store import StoreUnavailable
from tests.databases import execute
from tests.state.keeping import CountingStore, Stopwatch, group, opened

ACME = "org:acme"

pytestmark = [pytest.mark.anyio, pytest.mark.threat("R7")]


def lose(url: str, left: int, *lost: str) -> None:
    """Put acme back to what it was at a revision, before these groups were there, as a restore does."""
    execute(url, "DELETE FROM log WHERE chain = :chain AND sequence > :left", chain=ACME, left=left)
    hash_ = "(SELECT hash FROM log WHERE chain = :chain AND sequence = :left)"
    execute(url, "DELETE FROM heads WHERE chain = :chain AND :left = 0", chain=ACME, left=left)
    execute(
        url,
        f"UPDATE heads SET sequence = :left, hash = {hash_} WHERE chain = :chain AND :left > 0",  # noqa: S608 - our own text
        chain=ACME,
        left=left,
    )
    for id_ in lost:
        execute(url, "DELETE FROM groups WHERE partition = :chain AND id = :id", chain=ACME, id=id_)


async def change(store: CountingStore, *names: str) -> None:
    """Add groups to acme, each by a change of its own."""
    for name in names:
        await store.change(ACME, group(name))


async def shown(pictures: Pictures, within: float = 0.0) -> set[str]:
    """Return the groups of acme that a request sees."""
    organization = (await pictures.view(organization="acme", within=within)).organization
    return set() if organization is None else set(organization.groups)


@pytest.mark.parametrize("others", [(), ("x",), ("x", "y"), ("x", "y", "z"), tuple(f"x{n}" for n in range(300))])
async def test_nobody_is_answered_from_what_was_lost(database: str, others: tuple[str, ...]) -> None:
    """Whether others brought fewer changes since than were lost, as many or more, exactly what is there is seen."""
    async with opened(database, "one") as store, opened(database, "other") as other:
        pictures = Pictures(store, rows=100_000)
        await change(other, "a", "b", "c", "d")
        assert await shown(pictures) == {"a", "b", "c", "d"}
        lose(database, 2, "c", "d")
        await change(other, *others)
        found = await asyncio.gather(*(shown(pictures) for _ in range(20)))
        assert found == [{"a", "b", *others}] * 20
        assert store.loads[ACME] == 2
        await change(other, "late")
        assert await shown(pictures) == {"a", "b", "late", *others}
        assert store.loads[ACME] == 2


async def test_an_organization_that_was_lost_is_gone(database: str) -> None:
    """What was made by lost changes alone is not there; who takes its name begins with nothing of it."""
    async with opened(database, "one") as store, opened(database, "other") as other:
        pictures = Pictures(store, rows=100_000)
        await change(other, "a", "b")
        assert await shown(pictures) == {"a", "b"}
        lose(database, 0, "a", "b")
        assert (await pictures.view(organization="acme")).organization is None
        await change(other, "x", "y")
        assert await shown(pictures) == {"x", "y"}


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_changed_and_lost_what_is_there_is_seen(database: str, seed: int) -> None:
    """In random histories of changes, losses and true or false hints, every request sees what is there."""
    chance = random.Random(seed)
    async with opened(database, "one") as store, opened(database, "other") as other:
        pictures = Pictures(store, rows=100_000)
        there = ["first"]
        await change(other, *there)
        for turn in range(60):
            if len(there) > 1 and chance.random() < 0.25:
                left = chance.randrange(1, len(there))
                lose(database, left, *there[left:])
                del there[left:]
            else:
                there.append(f"g{turn}")
                await change(other, there[-1])
            if chance.random() < 0.3:
                pictures.hint(ACME, len(there) + chance.randrange(3))
                await asyncio.sleep(chance.choice([0, 0.005]))
            if chance.random() < 0.5:
                assert await shown(pictures) == set(there), turn


async def test_a_hint_lets_no_picture_go_on_from_what_was_lost(database: str) -> None:
    """A picture that is told of a newer revision does not follow a log that has not what it shows."""
    async with opened(database, "one") as store, opened(database, "other") as other:
        album = Album(store, lambda _: Organization("acme"), Memory(100_000), monotonic)
        await change(other, "a", "b", "c")
        before = await album.at((await store.newest([ACME]))[ACME], monotonic())
        assert before is not None
        lose(database, 1, "b", "c")
        await change(other, "x", "y", "z")
        await album.anticipate(ACME, 4)
        assert (before.revision, set(before.groups)) == (3, {"a", "b", "c"})
        after = await album.at((await store.newest([ACME]))[ACME], monotonic())
        assert after is not None
        assert (after.revision, set(after.groups)) == (4, {"a", "x", "y", "z"})


async def test_a_picture_that_others_brought_further_meanwhile_is_right(database: str) -> None:
    """A request whose head was overtaken takes the picture as it is, and reads nothing for it."""
    async with opened(database) as store:
        album = Album(store, lambda _: Organization("acme"), Memory(100_000), monotonic)
        await change(store, "a")
        began = monotonic()
        early = (await store.newest([ACME]))[ACME]
        await album.at(early, began)
        await change(store, "b")
        later = (await store.newest([ACME]))[ACME]
        followed = await album.at(later, monotonic())
        assert followed is not None
        assert await album.at(early, began) is followed
        assert (set(followed.groups), store.loads[ACME], store.follows[ACME]) == ({"a", "b"}, 1, 1)


async def test_a_picture_ahead_for_no_reason_is_looked_up_in_the_log(database: str) -> None:
    """A picture ahead of a head that was read after it is taken if the log has it, and once for all who wait."""
    async with opened(database) as store:
        album = Album(store, lambda _: Organization("acme"), Memory(100_000), monotonic)
        await change(store, "a")
        early = (await store.newest([ACME]))[ACME]
        await change(store, "b")
        picture = await album.at((await store.newest([ACME]))[ACME], monotonic())
        began = monotonic()
        found = await asyncio.gather(*(album.at(early, began) for _ in range(10)))
        assert {id(one) for one in found} == {id(picture)}
        assert (store.loads[ACME], store.follows[ACME]) == (1, 1)


@pytest.mark.parametrize("others", [(), ("x",)])
async def test_what_is_lost_after_the_head_was_read_is_no_answer(database: str, others: tuple[str, ...]) -> None:
    """Where the database loses what a request was told of before its picture is loaded, the request fails."""
    async with opened(database) as store:
        album = Album(store, lambda _: Organization("acme"), Memory(100_000), monotonic)
        await change(store, "a", "b")
        began = monotonic()
        head = (await store.newest([ACME]))[ACME]
        lose(database, 1, "b")
        await change(store, *others)
        with pytest.raises(StoreUnavailable, match="lost"):
            await album.at(head, began)
        assert await album.at((await store.newest([ACME]))[ACME], monotonic()) is not None


async def test_who_allows_staleness_sees_what_was_lost_no_longer_than_that(database: str) -> None:
    """What is lost may be seen within the bound; one who asks for less, and all after, see what is there."""
    watch = Stopwatch()
    async with opened(database) as store:
        pictures = Pictures(store, rows=100_000, monotonic=watch)
        await change(store, "a", "b")
        assert await shown(pictures) == {"a", "b"}
        lose(database, 1, "b")
        watch.now = 5.0
        assert await shown(pictures, within=5.0) == {"a", "b"}
        assert await shown(pictures, within=4.0) == {"a"}
        assert await shown(pictures, within=60.0) == {"a"}


async def test_a_remembered_head_that_was_lost_keeps_nobody_waiting(database: str) -> None:
    """Where the picture has to be loaded, and the database has lost what is remembered, the heads are read anew."""
    async with opened(database) as store:
        pictures = Pictures(store, rows=1)
        await change(store, "a", "b")
        assert await shown(pictures) == {"a", "b"}
        await pictures.view(organization="none")  # The picture of acme is dropped, its head remembered.
        lose(database, 1, "b")
        assert await shown(pictures, within=60.0) == {"a"}


async def test_a_log_is_read_on_from_an_entry_that_it_has(database: str) -> None:
    """Entries are told that follow a head, each with its hash; none where the log has another entry in its place."""
    async with opened(database) as store:
        await change(store, "a", "b", "c")
        newest = (await store.newest([ACME]))[ACME]
        entries = await store.records_after(ACME, 0)
        first, second, third = (Head(ACME, entry.revision, entry.hash) for entry in entries)
        assert third == newest
        assert await store.records_from(first) == entries[1:]
        assert await store.records_from(first, 1) == entries[1:2]
        assert await store.records_from(third) == []
        assert await store.records_from(Head(ACME, 2, first.hash)) is None
        execute(database, "DELETE FROM log WHERE chain = :chain AND sequence = 2", chain=ACME)
        assert await store.records_from(second) is None
