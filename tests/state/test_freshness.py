"""The shared freshness read."""

import asyncio
from collections.abc import Collection, Mapping
from contextvars import ContextVar

import pytest

from delegation.state.freshness import Freshness

pytestmark = pytest.mark.anyio


class Database:
    """A head that moves, and reads of it that end only when they are let."""

    def __init__(self) -> None:
        self.revision = 1
        self.reads: list[set[str]] = []
        self.gates: list[asyncio.Event] = []

    async def heads(self, partitions: Collection[str]) -> Mapping[str, int]:
        """Read the head first, then take a while to answer."""
        seen = dict.fromkeys(partitions, self.revision)
        self.reads.append(set(partitions))
        gate = asyncio.Event()
        self.gates.append(gate)
        await gate.wait()
        return seen


async def until_reads(database: Database, number: int) -> None:
    """Wait until so many reads have begun."""
    while len(database.reads) < number:  # noqa: ASYNC110 - each turn of the loop lets the other tasks go one step
        await asyncio.sleep(0)


async def test_a_read_under_way_does_not_serve_who_comes_later() -> None:
    """A change made while a read is under way is seen by every request that arrives after it."""
    database = Database()
    freshness = Freshness(database.heads, lambda: 0.0)
    early = asyncio.create_task(freshness.newest(["org:a"]))
    await until_reads(database, 1)
    database.revision = 2  # The change is acknowledged now; the first read has already looked.
    late = asyncio.create_task(freshness.newest(["org:a"]))
    await asyncio.sleep(0)
    database.gates[0].set()
    assert (await early).heads == {"org:a": 1}
    await until_reads(database, 2)
    database.gates[1].set()
    assert (await late).heads == {"org:a": 2}


async def test_those_who_wait_together_share_one_read() -> None:
    """Requests that wait at the same moment are answered by one read of all their partitions."""
    database = Database()
    freshness = Freshness(database.heads, lambda: 0.0)
    first = asyncio.create_task(freshness.newest(["org:a"]))
    await until_reads(database, 1)
    waiting = [asyncio.create_task(freshness.newest([name])) for name in ("org:a", "org:b", "org:b", "platform")]
    await asyncio.sleep(0)
    database.gates[0].set()
    await until_reads(database, 2)
    database.gates[1].set()
    await asyncio.gather(first, *waiting)
    assert database.reads == [{"org:a"}, {"org:a", "org:b", "platform"}]


async def test_a_shared_read_is_nobodys_own() -> None:
    """The read that several wait for is not done as a part of the request that came first."""
    visit: ContextVar[str] = ContextVar("visit", default="nobody's")
    found: list[str] = []

    async def heads(partitions: Collection[str]) -> Mapping[str, int]:
        found.append(visit.get())
        return dict.fromkeys(partitions, 1)

    freshness = Freshness(heads, lambda: 0.0)
    visit.set("the first one's")
    await asyncio.gather(freshness.newest(["org:a"]), freshness.newest(["org:b"]))
    assert found == ["nobody's"]


async def test_a_failed_read_fails_all_who_waited_for_it_and_nobody_after() -> None:
    """The failure of a read reaches each request that waited for it; the next read starts afresh."""
    failures = [OSError("the database is away")]

    async def heads(partitions: Collection[str]) -> Mapping[str, int]:
        if failures:
            raise failures.pop()
        return dict.fromkeys(partitions, 7)

    freshness = Freshness(heads, lambda: 0.0)
    outcomes = await asyncio.gather(freshness.newest(["org:a"]), freshness.newest(["org:b"]), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError]
    assert (await freshness.newest(["org:a"])).heads == {"org:a": 7}


async def test_who_stops_waiting_takes_nothing_from_the_others() -> None:
    """A request that is cancelled leaves the shared read to those who still wait."""
    database = Database()
    freshness = Freshness(database.heads, lambda: 0.0)
    leaving = asyncio.create_task(freshness.newest(["org:a"]))
    staying = asyncio.create_task(freshness.newest(["org:a"]))
    await until_reads(database, 1)
    leaving.cancel()
    database.gates[0].set()
    assert (await staying).heads == {"org:a": 1}
    assert leaving.cancelled() or leaving.cancelling()
