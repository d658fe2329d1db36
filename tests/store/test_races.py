"""Races between processes on one database: exactly one wins, and everyone sees one order."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from delegation.store import Claim, LogEntry, PartitionChange, Put, Stale, Store, Taken, Unit
from tests.databases import deadlocks
from tests.store.samples import ACME, change, claim, group, groups, opened, record

pytestmark = pytest.mark.anyio

RACERS = 50
ROUNDS = 20


@pytest.fixture
async def stores(url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Return two stores on one database, as two processes have them."""
    async with opened(url, instance="one") as one, opened(url, instance="two") as two:
        yield one, two


async def race(stores: tuple[Store, Store], units: list[Unit]) -> list[object]:
    """Return what became of units that all start at once, taking turns between the stores."""
    commits = [stores[n % 2].commit(unit) for n, unit in enumerate(units)]
    return list(await asyncio.gather(*commits, return_exceptions=True))


@pytest.mark.threat("33")
async def test_one_of_fifty_racers_wins_a_claim(stores: tuple[Store, Store]) -> None:
    """Of fifty units that claim the same thing through two stores exactly one succeeds, in every round."""
    for n in range(ROUNDS):
        outcomes = await race(stores, [claim(f"k{n}")] * RACERS)

        assert outcomes.count({}) == 1
        assert sum(isinstance(outcome, Taken) for outcome in outcomes) == RACERS - 1


async def test_one_of_fifty_racers_wins_a_claim_that_ran_out(url: str) -> None:
    """A claim whose time is over is won again by exactly one."""
    async with opened(url, instance="one") as one, opened(url, instance="two") as two:
        for n in range(ROUNDS):
            await one.commit(claim(f"k{n}", until=0))
            outcomes = await race((one, two), [claim(f"k{n}", until=2**40)] * RACERS)

            assert outcomes.count({}) == 1


async def test_of_changes_decided_on_one_revision_one_wins(stores: tuple[Store, Store]) -> None:
    """Of fifty changes decided on one revision through two stores one is made, and the others are told."""
    for revision in range(ROUNDS):
        units = [change(group(f"r{revision}-{n}"), at=revision) for n in range(RACERS)]
        outcomes = await race(stores, units)

        assert outcomes.count({ACME: revision + 1}) == 1
        assert sum(isinstance(outcome, Stale) for outcome in outcomes) == RACERS - 1
    assert len(await groups(stores[0])) == ROUNDS


async def test_of_two_who_make_a_partition_one_wins(stores: tuple[Store, Store]) -> None:
    """When two processes begin the same partition at once one does, and the other is told that it exists."""
    for n in range(100):
        outcomes = await race(stores, [change(group("a"), partition=f"org:n{n}")] * 2)

        assert outcomes.count({f"org:n{n}": 1}) == 1
        assert sum(isinstance(outcome, Stale) for outcome in outcomes) == 1


async def test_crossing_units_never_wait_for_each_other_in_a_circle(url: str) -> None:
    """Units that want the same things in opposite orders all come to an end, and the database broke no circle."""
    partitions = ["org:a", "org:b", "org:c"]
    async with opened(url, instance="one") as one, opened(url, instance="two") as two:
        for revision in range(ROUNDS):
            outcomes = await race((one, two), [crossing(partitions, revision, n) for n in range(12)])

            assert outcomes.count(dict.fromkeys(partitions, revision + 1)) == 1
        assert await groups(one, "org:a") == await groups(one, "org:c")
    assert deadlocks(url) == 0


def crossing(partitions: list[str], revision: int, n: int) -> Unit:
    """Return a unit that changes and claims several things, in one order or the other."""
    names = partitions if n % 4 < 2 else partitions[::-1]
    changes = tuple(PartitionChange(name, revision, record(), (group(f"{revision}-{n}"),)) for name in names)
    return Unit(claims=tuple(Claim("jti", f"{revision}{name}", None) for name in names), partitions=changes)


async def increment(store: Store, name: str) -> int:
    """Return the revision at which a group came to be, decided again as often as needed."""
    while True:
        revision = (await store.heads([ACME]))[ACME]
        try:
            return (await store.commit(change(group(name), at=revision)))[ACME]
        except Stale:
            continue


def name_of(entry: LogEntry) -> str:
    """Return the id of the one group that an entry puts."""
    (item,) = entry.changes
    assert isinstance(item, Put)
    return str(item.row["id"])


async def test_followers_see_every_revision_once_and_in_order(stores: tuple[Store, Store]) -> None:
    """While two processes write, a follower of the log sees the revisions without gap, in the order they were given."""
    seen: list[tuple[int, str]] = []

    async def follow(until: int) -> None:
        while len(seen) < until:
            revision = (await stores[1].heads([ACME]))[ACME]
            entries = await stores[1].records_after(ACME, len(seen))
            assert len(seen) + len(entries) >= revision
            seen.extend((entry.revision, name_of(entry)) for entry in entries)

    async def write(store: Store, name: str) -> list[tuple[int, str]]:
        return [(await increment(store, f"{name}{n}"), f"{name}{n}") for n in range(10)]

    writers = [write(stores[n % 2], f"w{n}-") for n in range(6)]
    *given, _ = await asyncio.gather(*writers, follow(until=60))

    assert seen == sorted(pair for pairs in given if pairs for pair in pairs)
    assert [revision for revision, _ in seen] == list(range(1, 61))


async def test_processes_of_one_name_share_one_chain(url: str) -> None:
    """Two processes that were given the same name by mistake still leave one sound chain."""
    async with opened(url) as one, opened(url) as two:
        await race((one, two), [Unit(events=(record(f"e{n}"),)) for n in range(20)])

        assert [entry.sequence async for page in one.pages("process:one") for entry in page.entries] == list(
            range(1, 21)
        )
