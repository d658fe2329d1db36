"""Used proofs are remembered: by every process that shares the file, and for as long as they would be accepted."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from delegation.client import Replays, ReplaysInFile, ReplaysInMemory, Unavailable
from tests.children import children, context, ended
from tests.clock import NOON
from tests.conformance import rfc

pytestmark = [pytest.mark.anyio, rfc("9449", "11.1", "single-use")]

SECOND = timedelta(seconds=1)
RACERS = 50
PROCESSES = 4
Make = Callable[..., Replays]


@pytest.fixture(params=["memory", "file"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """A way to make each kind of memory."""
    return ReplaysInMemory if request.param == "memory" else partial(ReplaysInFile, tmp_path / "proofs.db")


async def test_a_proof_is_first_once(make: Make) -> None:
    """The second use of a proof is not the first, however often it is tried; another proof is."""
    replays = make()
    assert [await replays.is_first("one", NOON) for _ in range(3)] == [True, False, False]
    assert await replays.is_first("two", NOON)


@pytest.mark.threat("27")
async def test_of_fifty_at_once_one_is_first(make: Make) -> None:
    """Whoever comes at the same moment is told apart."""
    replays = make()
    for number in range(5):
        told = await asyncio.gather(*(replays.is_first(f"proof-{number}", NOON) for _ in range(RACERS)))
        assert sorted(told) == [False] * (RACERS - 1) + [True]


async def test_it_is_remembered_for_as_long_as_it_is_good(make: Make) -> None:
    """A proof made ten seconds ahead is good for seventy seconds: until then and a little longer it is used."""
    replays = make()
    assert await replays.is_first("one", NOON)
    for seconds in (0, 30, 60, 70, 75):
        assert not await replays.is_first("one", NOON + seconds * SECOND)


async def test_what_is_too_old_makes_room(make: Make) -> None:
    """A memory never holds more than it may: full it accepts nothing, and what ended makes room."""
    replays = make(3)
    for number in range(3):
        assert await replays.is_first(f"proof-{number}", NOON + number * SECOND)
    with pytest.raises(Unavailable):
        await replays.is_first("proof-3", NOON + 3 * SECOND)
    assert not await replays.is_first("proof-0", NOON + 3 * SECOND)
    later = NOON + timedelta(minutes=10)
    assert [await replays.is_first(f"proof-{number}", later) for number in range(3)] == [True] * 3


async def test_a_file_does_not_grow(tmp_path: Path) -> None:
    """What is remembered of long ago is deleted."""
    path = tmp_path / "proofs.db"
    replays = ReplaysInFile(path)
    for number in range(50):
        await replays.is_first(f"proof-{number}", NOON + number * timedelta(minutes=1))
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM used").fetchone()[0] <= 3


@pytest.mark.threat("27")
async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    """A new process that opens the file knows what the one before has used."""
    before = ReplaysInFile(tmp_path / "proofs.db")
    assert await before.is_first("one", NOON)
    before.close()
    assert not await ReplaysInFile(tmp_path / "proofs.db").is_first("one", NOON)
    assert not await before.is_first("one", NOON)


def _use(path: Path, barrier: Barrier, told: Connection, proofs: list[str], now: datetime) -> None:
    async def all_of_them() -> list[bool]:
        replays = ReplaysInFile(path)
        firsts = []
        for proof in proofs:
            await asyncio.to_thread(barrier.wait, 60)
            firsts.append(await replays.is_first(proof, now))
        return firsts

    told.send(asyncio.run(all_of_them()))


@pytest.mark.threat("27")
@pytest.mark.threat("I8")
def test_of_several_processes_one_is_first(tmp_path: Path) -> None:
    """Processes that use the same proofs at the same moments agree on who was first, each time."""
    proofs = [f"proof-{number}" for number in range(30)]
    barrier, pipes = context().Barrier(PROCESSES), [context().Pipe(duplex=False) for _ in range(PROCESSES)]
    works = [partial(_use, tmp_path / "proofs.db", barrier, theirs, proofs, NOON) for _, theirs in pipes]
    with children(*works) as processes:
        for _, theirs in pipes:
            theirs.close()
        told = [ours.recv() for ours, _ in pipes]
        assert ended(processes) == [0] * PROCESSES
    assert [sum(firsts) for firsts in zip(*told, strict=True)] == [1] * len(proofs)


async def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """A place that is not there, and a file that is none of ours, are errors, and never a yes."""
    (tmp_path / "text").write_text("no database" * 1000)
    for path in (tmp_path / "nowhere" / "proofs.db", tmp_path / "text"):
        replays = ReplaysInFile(path)
        for _ in range(2):
            with pytest.raises(Unavailable):
                await replays.is_first("one", NOON)
        replays.close()


def test_a_file_serves_many_threads(tmp_path: Path) -> None:
    """Event loops in different threads may share one memory."""
    replays = ReplaysInFile(tmp_path / "proofs.db")
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: asyncio.run(replays.is_first("one", NOON)), range(16)))
    assert sum(told) == 1
