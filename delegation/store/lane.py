"""Lanes: threads that work off what waits for them, everything that waits at one moment together."""

import asyncio
import contextlib
import logging
import traceback
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from delegation.store.errors import Reason, StoreError, StoreUnavailable
from delegation.telemetry.tracing import Place, here, joint_span

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")

_LOG: Final = logging.getLogger(__name__)

Outcome: TypeAlias = R | StoreError
"""What was asked for, or why it is not to be had."""


@dataclass(frozen=True, slots=True, eq=False)
class Waiting(Generic[T, R]):
    """Something to do, and who waits for its outcome."""

    task: T
    future: "asyncio.Future[R]"
    loop: asyncio.AbstractEventLoop
    span: Place | None
    """Of whoever waits; None while no traces are made."""


class Worker(Protocol[T_contra, R_co]):
    """What a lane's thread works with. What is not said to be called elsewhere is called in that thread."""

    def work(self, tasks: Sequence[T_contra]) -> "Sequence[Outcome[R_co]]":
        """Return one outcome for each task, in the same order."""

    def tidy(self) -> None:
        """Do what nobody waits for."""

    def interrupt(self) -> None:
        """Make the work at hand fail soon. Called in the event loop, unlike the rest."""

    def close(self) -> None:
        """Give back what the thread holds."""


class Lane(Generic[T, R]):
    """A thread between an event loop and what blocks."""

    def __init__(self, name: str, worker: Worker[T, R], *, capacity: int, most: int, patience: float) -> None:
        """Start the thread: its worker gets at most `most` tasks at once; at most `capacity` more wait.

        `patience`: seconds after which what the worker is at is overdue.
        """
        self._worker = worker
        self._capacity = capacity
        self._most = most
        self._gathered: list[Waiting[T, R]] = []
        self._queue: SimpleQueue[list[Waiting[T, R]] | None] = SimpleQueue()
        # Each is counted by one thread alone.
        self._asked = 0
        self._taken = 0
        self._ready: deque[Waiting[T, R]] = deque()
        self._closed = False
        self._patience = patience
        self._busy_since: float | None = None
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many tasks the thread has not taken up yet."""
        return self._asked - self._taken

    async def do(self, task: T) -> R:
        """Return the outcome of a task; it is carried out even when nobody waits any longer.

        Raises what the work says, and StoreUnavailable when the lane is full or closed.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed", reason=Reason.CLOSED)
        if self.waiting >= self._capacity:
            raise StoreUnavailable("too much waits for the database", reason=Reason.FULL)
        loop = asyncio.get_running_loop()
        waiting: Waiting[T, R] = Waiting(task, loop.create_future(), loop, here())
        self._asked += 1
        self._gathered.append(waiting)
        if len(self._gathered) == 1:
            # Requests that were answered together ask together: the thread is woken once, for all of them.
            loop.call_soon(self._hand_over)
        return await waiting.future

    def interrupt_if_overdue(self) -> None:
        """Make the work at hand fail when it has taken longer than it may."""
        since = self._busy_since
        if since is not None and monotonic() - since > self._patience:
            self._busy_since = monotonic()  # What it does now to come to an end has as much time again.
            self._worker.interrupt()

    def close(self) -> None:
        """Take nothing more; what waits is still carried out. Called in the event loop, as `do` is."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._queue.put(None)

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def _hand_over(self) -> None:
        if self._gathered:
            gathered, self._gathered = self._gathered, []
            self._queue.put(gathered)

    def _run(self) -> None:
        while batch := self._next():
            self._busy_since = monotonic()
            self._carry_out(batch)
            self._tidy()
            self._busy_since = None
        self._worker.close()

    def _next(self) -> list[Waiting[T, R]]:
        """Return what waits, or wait for it; nothing once the lane is closed and all was taken."""
        with contextlib.suppress(Empty):
            while len(self._ready) < self._most:
                gathered = self._queue.get(block=not self._ready)
                if gathered is None:
                    self._queue.put(None)  # to be found again when all that is ready was taken
                    break
                self._ready.extend(gathered)
        batch = [self._ready.popleft() for _ in range(min(self._most, len(self._ready)))]
        self._taken += len(batch)
        return batch

    def _carry_out(self, batch: Sequence[Waiting[T, R]]) -> None:
        try:
            with joint_span(self._thread.name, [waiting.span for waiting in batch], tasks=len(batch)):
                outcomes = self._worker.work([waiting.task for waiting in batch])
        except Exception as error:  # noqa: BLE001  the outermost edge of the thread: nobody may wait for ever
            _log(error)
            outcomes = [StoreUnavailable("the store failed", reason=Reason.UNKNOWN) for _ in batch]
        _deliver(zip(batch, outcomes, strict=True))

    def _tidy(self) -> None:
        try:
            self._worker.tidy()
        except Exception as error:  # noqa: BLE001  the outermost edge of the thread, which has to go on
            _log(error)


def _log(error: Exception) -> None:
    # Where it happened, not what it says: messages may quote rows.
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("the store failed with a `%s`\n%s", type(error).__name__, where)


_Kept: TypeAlias = tuple["asyncio.Future[Any]", object]


def _deliver(pairs: Iterable[tuple[Waiting[Any, Any], object]]) -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[_Kept]] = defaultdict(list)
    for waiting, outcome in pairs:
        by_loop[waiting.loop].append((waiting.future, outcome))
    for loop, kept in by_loop.items():
        # A closed loop has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, kept)


def _settle(kept: Iterable[_Kept]) -> None:
    for future, outcome in kept:
        if future.done():  # cancelled: what was asked for was carried out all the same
            continue
        if isinstance(outcome, StoreError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
