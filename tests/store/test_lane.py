"""The thread between the event loop and what blocks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from threading import Event

import pytest

from delegation.store import Reason, StoreUnavailable
from delegation.store.lane import Lane, Outcome

CANARY = "canary-7f3a"
HANGING = 999


class Doubling:
    """Doubles numbers; zero is too much for it."""

    def __init__(self) -> None:
        """Start with nothing done."""
        self.batches: list[int] = []
        self.closed = False
        self.untidy = False
        self.hanging = Event()

    def work(self, tasks: Sequence[int]) -> list[Outcome[int]]:
        """Return each number twice."""
        self.batches.append(len(tasks))
        if 0 in tasks:
            raise ZeroDivisionError(CANARY)
        if HANGING in tasks:
            assert self.hanging.wait(30)
        return [2 * task for task in tasks]

    def tidy(self) -> None:
        """Nothing is left over, unless something is."""
        if self.untidy:
            raise ZeroDivisionError(CANARY)

    def interrupt(self) -> None:
        """Let what hangs go on."""
        self.hanging.set()

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True


@pytest.fixture
def doubling() -> Doubling:
    """Return a worker."""
    return Doubling()


@pytest.fixture
async def lane(doubling: Doubling) -> AsyncIterator[Lane[int, int]]:
    """Return a lane that takes at most ten tasks at once."""
    lane = Lane("doubling", doubling, capacity=100, most=10, patience=60.0)
    yield lane
    lane.close()
    lane.join()
    assert doubling.closed


@pytest.mark.anyio
async def test_outcomes_go_to_those_who_asked(lane: Lane[int, int], doubling: Doubling) -> None:
    """Each caller gets the outcome of its own task, and a batch is never larger than it may be."""
    outcomes = await asyncio.gather(*(lane.do(n) for n in range(1, 51)))

    assert outcomes == [2 * n for n in range(1, 51)]
    assert max(doubling.batches) <= 10
    assert sum(doubling.batches) == 50


@pytest.mark.anyio
async def test_a_worker_that_fails_leaves_nobody_waiting(
    lane: Lane[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    """An unforeseen error is an unknown outcome, logged by its place and not its words, and the thread goes on."""
    with caplog.at_level(logging.ERROR), pytest.raises(StoreUnavailable) as caught:
        await lane.do(0)

    assert caught.value.reason is Reason.UNKNOWN
    assert "ZeroDivisionError" in caplog.text
    assert CANARY not in caplog.text
    assert await lane.do(4) == 8


@pytest.mark.anyio
async def test_a_worker_that_cannot_tidy_goes_on(lane: Lane[int, int], doubling: Doubling) -> None:
    """What nobody waits for may fail without ending the thread."""
    doubling.untidy = True

    assert [await lane.do(1), await lane.do(2)] == [2, 4]


@pytest.mark.anyio
async def test_a_closed_lane_takes_nothing(lane: Lane[int, int]) -> None:
    """After closing, what waited is done and the next task is refused."""
    waiting = [asyncio.ensure_future(lane.do(n)) for n in range(1, 31)]
    await asyncio.sleep(0)
    lane.close()

    assert await asyncio.gather(*waiting) == [2 * n for n in range(1, 31)]
    with pytest.raises(StoreUnavailable) as caught:
        await lane.do(1)
    assert caught.value.reason is Reason.CLOSED


def test_a_caller_whose_loop_is_gone_harms_nobody(doubling: Doubling) -> None:
    """When an event loop ended before its outcome came, the thread goes on for others."""
    lane = Lane("doubling", doubling, capacity=100, most=10, patience=60.0)

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lane.do(3), 0)

    asyncio.run(leave())
    assert asyncio.run(lane.do(5)) == 10
    lane.close()
    lane.join()


@pytest.mark.anyio
async def test_what_takes_too_long_is_interrupted(doubling: Doubling, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task that is overdue is interrupted, and not before."""
    now = 100.0
    monkeypatch.setattr("delegation.store.lane.monotonic", lambda: now)
    lane = Lane("doubling", doubling, capacity=100, most=10, patience=20.0)
    waiting = asyncio.create_task(lane.do(HANGING))
    while not doubling.batches:  # noqa: ASYNC110  what is waited for happens in another thread
        await asyncio.sleep(0.001)
    now = 120.0
    lane.interrupt_if_overdue()
    assert not doubling.hanging.is_set()

    now = 120.1
    lane.interrupt_if_overdue()
    assert doubling.hanging.is_set()
    assert await waiting == 2 * HANGING
    lane.close()
    lane.join()


@pytest.mark.anyio
async def test_a_thread_that_only_waits_is_not_interrupted(doubling: Doubling) -> None:
    """However long nobody asks for anything, nothing is overdue."""
    lane = Lane("doubling", doubling, capacity=100, most=10, patience=0.0)
    await lane.do(1)
    lane.close()
    lane.join()
    lane.interrupt_if_overdue()

    assert not doubling.hanging.is_set()
