"""Rounds: what a process does again and again while nobody waits for it, and goes on with whatever goes wrong."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

import structlog

Work: TypeAlias = Callable[[], Awaitable[object]]

_LAST: Final = 5.0
"""Seconds that the last turn may take when the process ends."""
_LONG: Final = 60.0
"""Seconds after which a turn that has not ended is told."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Round:
    """One thing that is done again and again."""

    name: str
    """What it is, in words that can be followed by `fails`."""
    work: Work
    seconds: float
    """From the end of one turn to the beginning of the next."""
    last: Work | None = None
    """What is done once more in the end."""
    ended: Callable[[], None] | None = None
    """Is told when no more turns will come although the process goes on."""


class Rounds:
    """The rounds of one process. One that fails goes on, and what fails, hangs, or has ended, can be asked for."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]], monotonic: Callable[[], float]) -> None:
        """Wait between turns by `sleep`; `monotonic` tells seconds that never run backwards."""
        self._sleep = sleep
        self._monotonic = monotonic
        self._begun: dict[str, float] = {}
        self._failing: dict[str, str] = {}
        self._ended: set[str] = set()

    @property
    def troubles(self) -> list[str]:
        """What does not go round as it should, in words."""
        now = self._monotonic()
        failing = sorted(self._failing.keys() - self._ended)
        hanging = sorted(name for name, begun in self._begun.items() if now - begun > _LONG)
        return [
            *(f"{name} fails" for name in failing),
            *(f"{name} does not come to an end" for name in hanging),
            *(f"{name} has ended" for name in sorted(self._ended)),
        ]

    @asynccontextmanager
    async def keep(self, each: Round) -> AsyncIterator[None]:
        """Do it again and again until the block ends, and then its last turn."""
        going = asyncio.create_task(self._go_on(each), name=each.name)
        note_end = partial(self._note_end, each)
        going.add_done_callback(note_end)
        try:
            yield
        finally:
            going.remove_done_callback(note_end)
            going.cancel()
            await asyncio.wait({going})
            if each.last is not None:
                await self._finish(each.name, each.last)

    async def _go_on(self, each: Round) -> None:
        while True:
            await self._sleep(each.seconds)
            await self._take_turn(each.name, each.work)

    async def _take_turn(self, name: str, work: Work) -> None:
        self._begun[name] = self._monotonic()
        try:
            await work()
        except Exception as error:  # noqa: BLE001  the outermost edge of a task that has to go on
            self._note_failure(name, error)
        else:
            if self._failing.pop(name, None) is not None:
                _log.warning("goes on again", round=name)
        finally:
            del self._begun[name]

    async def _finish(self, name: str, last: Work) -> None:
        try:
            async with asyncio.timeout(_LAST):
                await self._take_turn(name, last)
        except TimeoutError:
            _log.warning("the process ends, and what it does last takes too long", round=name)

    def _note_failure(self, name: str, error: Exception) -> None:
        """Log a failure when it begins or becomes another one, and not at each turn."""
        kind = type(error).__name__
        if self._failing.get(name) != kind:
            # Where it happened, not what it says: messages may quote what was worked on.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error("what is done again and again failed", round=name, error=kind, trace=where)
        self._failing[name] = kind

    def _note_end(self, each: Round, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        reason = "cancelled" if error is None else type(error).__name__
        _log.critical("what is done again and again has ended", round=each.name, error=reason)
        self._ended.add(each.name)
        if each.ended is not None:
            each.ended()
