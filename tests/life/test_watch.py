"""The watch: what it does when the database tells it something else than before, or nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

import pytest
from structlog.testing import capture_logs

from delegation.app.rounds import Rounds
from delegation.app.timekeeping import Timekeeper
from delegation.app.watch import Watch
from delegation.store import Standing, StoreUnavailable
from tests.life.clocks import HOUR, Machine

PATIENCE = 30.0
pytestmark = pytest.mark.anyio


@dataclass
class Database:
    """Answers what it is told to."""

    machine: Machine
    usable: bool = True
    failure: Exception | None = None
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    done: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def standing(self) -> Standing:
        """Say how it stands."""
        if self.failure is not None:
            raise self.failure
        return Standing(self.usable, None)

    async def sleep(self, _: float) -> None:
        """Wait for the next turn; the one before is done."""
        self.done.release()
        await self.turns.acquire()

    async def turn(self) -> None:
        """Let the watch look once more."""
        async with asyncio.timeout(PATIENCE):
            await self.done.acquire()
            self.turns.release()
            await self.done.acquire()
            self.done.release()


@pytest.fixture
def machine() -> Machine:
    """A clock that stands at noon."""
    return Machine()


@pytest.fixture
def database(machine: Machine) -> Database:
    """A database on that machine."""
    return Database(machine)


@asynccontextmanager
async def watching(database: Database) -> AsyncIterator[Watch]:
    """Watch a database until the block ends."""
    machine = database.machine
    watch = Watch(database.standing, Timekeeper(machine, machine.elapsed))
    async with watch.at_intervals(Rounds(database.sleep, monotonic)):
        yield watch


@pytest.mark.threat("53")
async def test_a_jump_is_told_once_and_so_is_its_end(database: Database) -> None:
    """The log has one line when a process stops to serve, and one when it goes on, however long that takes."""
    async with watching(database) as watch:
        with capture_logs() as logs:
            database.machine.advance(HOUR)
            for _ in range(3):
                await database.turn()
            assert watch.fault() is not None
            database.machine.advance(-HOUR)
            for _ in range(3):
                await database.turn()
            assert watch.fault() is None
    assert [(line["log_level"], line["event"]) for line in logs] == [
        ("error", "not serving"),
        ("warning", "serving again"),
    ]


async def test_tables_of_another_release_are_a_fault(database: Database) -> None:
    """What was migrated under a running process, to something it may not use, is noticed, and so is the way back."""
    async with watching(database) as watch:
        database.usable = False
        await database.turn()
        assert "release" in str(watch.fault())
        database.usable = True
        await database.turn()
        assert watch.fault() is None


@pytest.mark.parametrize("failure", [StoreUnavailable("away"), RuntimeError("a fault of ours")])
async def test_the_watch_outlives_what_it_asks(database: Database, failure: Exception) -> None:
    """While the database is away, or after a fault, it goes on looking; a jump meanwhile is seen all the same."""
    async with watching(database) as watch:
        database.failure = failure
        await database.turn()
        assert watch.fault() is None
        database.machine.advance(HOUR)
        assert watch.fault() is not None
        database.machine.advance(-HOUR)
        database.failure, database.usable = None, False
        await database.turn()
        assert watch.fault() is not None


@pytest.mark.parametrize(("slow", "told"), [(2, []), (6, ["not serving", "serving again"])])
async def test_a_clock_that_was_not_compared_is_not_gone_by(database: Database, slow: int, told: list[str]) -> None:
    """Where the database takes long to answer in the beginning, nobody is told the time before it says enough of it."""
    machine, asked = database.machine, 0
    keeper = Timekeeper(machine, machine.elapsed)

    async def standing() -> Standing:
        nonlocal asked
        asked += 1
        if asked <= slow:
            machine.go_on(timedelta(seconds=2))
        return Standing(usable=True, time=machine())

    watch = Watch(standing, keeper)
    with capture_logs() as logs:
        async with watch.at_intervals(Rounds(database.sleep, monotonic)):
            while asked <= slow:
                assert "compared" in str(watch.fault())
                with pytest.raises(StoreUnavailable):
                    keeper()
                await database.turn()
            assert keeper() == machine()
    assert [line["event"] for line in logs] == told


async def test_a_watch_that_ends_stops_the_clock(database: Database) -> None:
    """When nobody looks any more although the process goes on, nothing is decided or changed, and that is said."""
    async with watching(database) as watch:
        await database.turn()
        [task] = [each for each in asyncio.all_tasks() if each.get_name() == "the watch"]
        with capture_logs() as logs:
            task.cancel()
            await asyncio.wait({task})
            await asyncio.sleep(0)
        assert "start the service again" in str(watch.fault())
    assert [line["event"] for line in logs] == ["what is done again and again has ended", "not serving"]


async def test_nothing_is_served_before_the_first_look(database: Database) -> None:
    """A process that cannot ask the database how it stands does not begin."""
    database.failure = StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        async with watching(database):
            pass
