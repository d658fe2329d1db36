"""The service seals its log while it runs, whatever happens to the database, and once more when it ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest

from delegation.app.rounds import Rounds
from delegation.app.sealing import Sealer
from delegation.audit import SEALS
from delegation.store import Store, Unit, migrate
from delegation.tokens import KeyRing, NoSigningKey, Purpose
from tests.clock import Clock
from tests.store.samples import opened, record
from tests.tokens.forging import signing_key

pytestmark = pytest.mark.anyio

RING = KeyRing([signing_key(Purpose.SEAL)])


class Sleep:
    """A sleep that ends when the test says so, and tells when it has begun again."""

    def __init__(self) -> None:
        """Be awake."""
        self.begun = asyncio.Event()
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        """Sleep."""
        assert seconds == 60
        self.begun.set()
        await self.over.wait()
        self.over.clear()

    async def pass_by(self) -> None:
        """Let one interval go by and all be done that is done after it."""
        await self.begun.wait()
        self.begun.clear()
        self.over.set()
        await self.begun.wait()


class Keys:
    """Where the keys come from, which may fail."""

    def __init__(self) -> None:
        """Be whole."""
        self.fails: Exception | None = None

    async def __call__(self) -> KeyRing:
        """Return the keys."""
        if self.fails is not None:
            raise self.fails
        return RING


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store that is open."""
    migrate(f"sqlite:///{tmp_path}/x.db")
    async with opened(f"sqlite:///{tmp_path}/x.db") as store:
        yield store


def sealer(store: Store, keys: Keys) -> Sealer:
    """Return what seals a store."""
    return Sealer(store, keys, issuer="https://as.example", clock=Clock())


async def seals(store: Store) -> int:
    """Return how many seals there are."""
    return (await store.heads([SEALS]))[SEALS]


async def happen(store: Store) -> None:
    """Record something."""
    await store.commit(Unit(events=(record(),)))


async def test_what_moved_is_sealed_once_in_each_interval_and_at_the_end(store: Store) -> None:
    """After each interval what moved is sealed, and what moved since when the process ends."""
    sleep = Sleep()
    async with sealer(store, Keys()).at_intervals(60, Rounds(sleep, monotonic)):
        for number in range(3):
            await happen(store)
            assert await seals(store) == number
            await sleep.pass_by()
            assert await seals(store) == number + 1
        await sleep.pass_by()
        assert await seals(store) == 3
        await happen(store)
    assert await seals(store) == 4


async def test_an_interval_in_which_another_process_sealed_is_let_pass(store: Store) -> None:
    """A process that sees a new seal of another's makes none itself, and takes over when no more come."""
    sleep = Sleep()
    async with sealer(store, Keys()).at_intervals(60, Rounds(sleep, monotonic)):
        await happen(store)
        await sleep.pass_by()
        await happen(store)
        assert await sealer(store, Keys()).seal() == 1
        await happen(store)
        await sleep.pass_by()
        assert await seals(store) == 2
        await sleep.pass_by()
        assert await seals(store) == 3


@pytest.mark.parametrize("failure", [NoSigningKey("no key"), RuntimeError("a mistake")])
async def test_a_failure_is_survived(store: Store, failure: Exception) -> None:
    """What fails in one interval is done in the next; a failure at the end does not keep the process from ending."""
    keys, sleep = Keys(), Sleep()
    async with sealer(store, keys).at_intervals(60, Rounds(sleep, monotonic)):
        await happen(store)
        keys.fails = failure
        await sleep.pass_by()
        assert await seals(store) == 0
        keys.fails = None
        await sleep.pass_by()
        assert await seals(store) == 1
        await happen(store)
        keys.fails = failure
    assert await seals(store) == 1


async def test_a_database_that_is_gone_is_survived(store: Store) -> None:
    """Where the store cannot be used, intervals go by and the process still ends."""
    sleep = Sleep()
    async with sealer(store, Keys()).at_intervals(60, Rounds(sleep, monotonic)):
        await store.close()
        await sleep.pass_by()
        await sleep.pass_by()
        assert sleep.begun.is_set(), "it no longer waits for the next interval"
