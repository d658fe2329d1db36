"""What happens to units while they wait: cancelled callers, a full queue, a lock held elsewhere, closing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from delegation.store import Reason, StoreUnavailable
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.statements import LOCK_HEADS
from tests.store.samples import ACME, change, claim, group, groups, opened

pytestmark = pytest.mark.anyio


@contextmanager
def held(url: str) -> Iterator[None]:
    """Hold the lock on the organization's head, as another process's transaction does."""
    with connect(engine_of(parsed(url)), Access.WRITE) as connection:
        connection.execute(LOCK_HEADS, {"chains": [ACME]}).all()
        yield
        connection.rollback()


async def started(*tasks: asyncio.Task[object]) -> None:
    """Return when all tasks have handed over what they ask for."""
    await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


async def test_a_cancelled_caller_harms_nobody(url: str) -> None:
    """Units whose callers went away are carried out like those of their neighbours."""
    async with opened(url) as store:
        await store.commit(change())
        with held(url):
            first = asyncio.create_task(store.commit(change(group("a"), at=1)))
            rest = [asyncio.create_task(store.commit(change(group("x"), partition=f"org:{n}"))) for n in range(9)]
            await started(first, *rest)
            for task in (first, *rest[::2]):
                task.cancel()
            await asyncio.sleep(0)
        outcomes = await asyncio.gather(*rest, return_exceptions=True)

        assert [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes] == [n % 2 == 0 for n in range(9)]
        assert await groups(store) == {"a"}
        assert set((await store.heads([f"org:{n}" for n in range(9)])).values()) == {1}
        assert await store.commit(change(group("b"), at=2)) == {ACME: 3}


async def test_a_full_queue_says_so_at_once(url: str) -> None:
    """When too many units wait already, the next is refused with its own reason, and those that wait succeed."""
    async with opened(url, capacity=5) as store:
        await store.commit(change())
        with held(url):
            units = [change(group(f"g{n}"), at=1) for n in range(20)]
            tasks = [asyncio.create_task(store.commit(unit)) for unit in units]
            await asyncio.sleep(0)
            refused = [task.exception() for task in tasks if task.done()]
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)

        # The thread may have taken up one batch of five before it had to wait; five more could stand in the queue.
        assert 10 <= len(refused) <= 15
        assert {error.reason for error in refused if isinstance(error, StoreUnavailable)} == {Reason.FULL}
        assert outcomes.count({ACME: 2}) == 1
        assert await store.commit(change(at=2)) == {ACME: 3}


async def test_reading_does_not_wait_for_writers(url: str) -> None:
    """Heads, log and snapshot are read while somebody holds the lock, and tell what was committed before."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
        with held(url):
            pending = asyncio.create_task(store.commit(change(group("b"), at=1)))

            assert await store.heads([ACME]) == {ACME: 1}
            assert await groups(store) == {"a"}
            assert len(await store.records_after(ACME, 0)) == 1
        assert await pending == {ACME: 2}


async def test_closing_commits_what_waits(url: str) -> None:
    """A store that is closed first carries out what was asked of it, and tells those who wait."""
    async with opened(url) as store:
        tasks = [asyncio.create_task(store.commit(claim(f"k{n}"))) for n in range(300)]
        await started(*tasks)
        await store.close()

        assert await asyncio.gather(*tasks) == [{}] * 300
        with pytest.raises(StoreUnavailable) as caught:
            await store.commit(claim("late"))
    assert caught.value.reason is Reason.CLOSED
