"""Child processes of the tests: real ones, forked from one process that has imported all they need."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import Final

PATIENCE: Final = 60.0
"""Seconds that child processes may take to end, all together, on a busy machine."""

_IMPORTED: Final = [
    "tests.app.starting",
    "tests.cli.terminal",
    "tests.durability.server",
    "tests.soak.served",
    "tests.store.processes",
    "delegation.cli.commands",
    "alembic.command",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
]
"""What children import, some of it late: one that is forked from who has it starts at once."""


def context() -> ForkServerContext:
    """Return how children, and what they share, are made: all of them are forked from one server."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(_IMPORTED)
    return processes


def child(work: Callable[[], object]) -> BaseProcess:
    """Start a process that does one thing; it ends with this one at the latest."""
    process = context().Process(target=work, daemon=True)
    process.start()
    return process


@contextmanager
def children(*works: Callable[[], object]) -> Iterator[list[BaseProcess]]:
    """Start a process for each thing to do; whichever still runs when the block ends is killed."""
    started: list[BaseProcess] = []
    try:
        for work in works:
            started.append(child(work))  # noqa: PERF401 - those that were started are to be killed if the next one fails
        yield started
    finally:
        for process in started:
            process.kill()
        ended(started)


def ended(processes: Iterable[BaseProcess]) -> list[int | None]:
    """Wait for the end of processes, and return how each ended; None is one that still runs."""
    end = monotonic() + PATIENCE
    codes = []
    for process in processes:
        process.join(max(0.0, end - monotonic()))
        codes.append(process.exitcode)
    return codes
