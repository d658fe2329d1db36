"""Freshness as of a moment ago: only for who asks, never from further back than asked, in bounded memory."""

import asyncio
from collections.abc import Collection, Mapping

import pytest

from delegation.state.freshness import Freshness
from tests.state.keeping import Stopwatch
from tests.state.test_freshness import Database, until_reads

pytestmark = [pytest.mark.anyio, pytest.mark.threat("R7")]


class Heads:
    """Heads that are read at once, counted, and of a database that may be away."""

    def __init__(self) -> None:
        self.revision = 1
        self.reads: list[set[str]] = []
        self.away = False

    async def __call__(self, partitions: Collection[str]) -> Mapping[str, int]:
        """Read."""
        self.reads.append(set(partitions))
        if self.away:
            raise OSError("the database is away")
        return dict.fromkeys(partitions, self.revision)


async def test_a_read_serves_those_who_ask_within_the_bound_and_nobody_else() -> None:
    """What was read a moment ago answers who prefers so, says when it was read, and is no answer to all others."""
    heads, watch = Heads(), Stopwatch()
    freshness = Freshness(heads, watch)
    await freshness.newest(["org:a"])
    heads.revision, watch.now = 2, 5.0
    recalled = await freshness.newest(["org:a"], 5.0)
    assert (recalled.heads, recalled.began) == ({"org:a": 1}, 0.0)
    assert (await freshness.newest(["org:a"])).heads == {"org:a": 2}
    assert len(heads.reads) == 2


@pytest.mark.parametrize("within", [0.0, 4.9, -1.0])
async def test_a_read_beyond_the_bound_answers_nobody(within: float) -> None:
    """Who asks for less than the age of the last read is answered from a new one."""
    heads, watch = Heads(), Stopwatch()
    freshness = Freshness(heads, watch)
    await freshness.newest(["org:a"])
    heads.revision, watch.now = 2, 5.0
    newest = await freshness.newest(["org:a"], within)
    assert (newest.heads, newest.began) == ({"org:a": 2}, 5.0)


async def test_a_read_is_as_old_as_its_beginning() -> None:
    """A read that took long is counted from the moment it began, since it saw nothing of what happened after."""
    database, watch = Database(), Stopwatch()
    freshness = Freshness(database.heads, watch)
    slow = asyncio.create_task(freshness.newest(["org:a"]))
    await until_reads(database, 1)
    database.revision, watch.now = 2, 3.0
    database.gates[0].set()
    await slow
    assert (await freshness.newest(["org:a"], 3.0)).heads == {"org:a": 1}
    late = asyncio.create_task(freshness.newest(["org:a"], 2.9))
    await until_reads(database, 2)
    database.gates[1].set()
    assert (await late).heads == {"org:a": 2}


async def test_who_asks_within_a_bound_does_not_join_a_read_under_way() -> None:
    """A read held open while something is revoked answers nobody who comes later, whatever the bound they give."""
    database, watch = Database(), Stopwatch()
    freshness = Freshness(database.heads, watch)
    early = asyncio.create_task(freshness.newest(["org:a"]))
    await until_reads(database, 1)
    database.revision = 2
    late = asyncio.create_task(freshness.newest(["org:a"], 60.0))
    await asyncio.sleep(0)
    database.gates[0].set()
    assert (await early).heads == {"org:a": 1}
    await until_reads(database, 2)
    database.gates[1].set()
    assert (await late).heads == {"org:a": 2}


async def test_every_partition_has_to_be_remembered() -> None:
    """One partition that was not read lately makes all be read; of several reads the oldest tells the age."""
    heads, watch = Heads(), Stopwatch()
    freshness = Freshness(heads, watch)
    await freshness.newest(["platform"])
    watch.now = 2.0
    await freshness.newest(["org:a"])
    watch.now = 4.0
    assert (await freshness.newest(["platform", "org:a"], 5.0)).began == 0.0
    assert (await freshness.newest(["platform", "org:a", "org:b"], 5.0)).began == 4.0
    assert heads.reads[2:] == [{"platform", "org:a", "org:b"}]


async def test_a_failed_read_leaves_what_was_read_before() -> None:
    """While the database is away those within their bound are answered, later ones hear of the failure."""
    heads, watch = Heads(), Stopwatch()
    freshness = Freshness(heads, watch)
    await freshness.newest(["org:a"])
    heads.away, watch.now = True, 1.0
    with pytest.raises(OSError, match="away"):
        await freshness.newest(["org:a"])
    assert (await freshness.newest(["org:a"], 1.0)).began == 0.0
    watch.now = 1.1
    with pytest.raises(OSError, match="away"):
        await freshness.newest(["org:a"], 1.0)


async def test_a_bounded_number_of_heads_is_remembered() -> None:
    """Beyond the bound the heads read longest ago are forgotten, and read again when they are asked for."""
    heads = Heads()
    freshness = Freshness(heads, Stopwatch(), remembered=2)
    for partition in ("org:a", "org:b", "org:a", "org:c"):
        await freshness.newest([partition])
    for partition in ("org:a", "org:c"):
        await freshness.newest([partition], 9.0)
    assert len(heads.reads) == 4
    await freshness.newest(["org:b"], 9.0)
    assert len(heads.reads) == 5
