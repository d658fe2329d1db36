"""A process that was stopped, for a moment or for long, answers nobody from before."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from time import sleep

import pytest

from tests.children import children, context
from tests.state.keeping import group, opened
from tests.state.stopped import answer_for_ever

pytestmark = [pytest.mark.anyio, pytest.mark.threat("R7")]


@contextmanager
def process(url: str) -> Iterator[tuple[int, Connection]]:
    """Run a process that answers; yield its number and the wire to it."""
    here, there = context().Pipe()
    with children(partial(answer_for_ever, url, there)) as [started]:
        assert started.pid is not None
        yield started.pid, here


def asked(wire: Connection, within: float = 0.0) -> tuple[set[str], float]:
    """Return what the process answers."""
    wire.send(within)
    assert wire.poll(30)
    answer: tuple[set[str], float] = wire.recv()
    return answer


async def test_a_process_that_was_stopped_catches_up_before_it_answers(database: str) -> None:
    """What others did while a process stood still, a little or so much that it loads anew, is in its next answer."""
    async with opened(database) as store:
        await store.change("org:acme", group("first"))
        with process(database) as (pid, wire):
            assert asked(wire)[0] == {"first"}
            for burst in (1, 300):
                os.kill(pid, signal.SIGSTOP)
                for number in range(burst):
                    await store.change("org:acme", group(f"g{number}"))
                wire.send(0.0)  # The question waits for it already when it goes on.
                os.kill(pid, signal.SIGCONT)
                assert wire.poll(30)
                assert wire.recv()[0] == {"first", *(f"g{number}" for number in range(burst))}


async def test_the_time_a_process_was_stopped_counts(database: str) -> None:
    """Facts remembered before the stop are as old as the stop was long: too old for who wants them younger."""
    async with opened(database) as store:
        await store.change("org:acme", group("first"))
        with process(database) as (pid, wire):
            assert asked(wire)[0] == {"first"}
            await store.change("org:acme", group("second"))
            os.kill(pid, signal.SIGSTOP)
            sleep(0.6)  # noqa: ASYNC251 - real time has to go by for another process
            os.kill(pid, signal.SIGCONT)
            old, age = asked(wire, within=60.0)
            assert (old, age > 0.6) == ({"first"}, True)
            assert asked(wire, within=0.5)[0] == {"first", "second"}
