"""How long one thing takes, by the processor and by the clock."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Final

ROUNDS: Final = 7


@dataclass(frozen=True, slots=True)
class Took:
    """Microseconds for one time, by the middle of several rounds."""

    processor: float
    clock: float


async def awaited(work: Callable[[], Awaitable[object]], times: int) -> Took:
    """Return what it takes to await the work once."""
    found = []
    for _ in range(ROUNDS):
        began, spent = perf_counter(), process_time()
        for _ in range(times):
            await work()
        found.append((process_time() - spent, perf_counter() - began))
    return _middle(found, times)


def called(work: Callable[[], object], times: int) -> Took:
    """Return what it takes to call the work once."""
    found = []
    for _ in range(ROUNDS):
        began, spent = perf_counter(), process_time()
        for _ in range(times):
            work()
        found.append((process_time() - spent, perf_counter() - began))
    return _middle(found, times)


def _middle(found: list[tuple[float, float]], times: int) -> Took:
    spent, passed = zip(*found, strict=True)
    return Took(median(spent) / times * 1e6, median(passed) / times * 1e6)
