"""How long something takes: the best of some rounds, because other work on the machine only ever slows it down."""

import gc
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

Asked: TypeAlias = Sequence[tuple[Any, Any, Any]]
"""Questions of three parts each, in whatever form the one who is asked wants them."""
Ask: TypeAlias = Callable[[Any, Any, Any], object]
Way: TypeAlias = tuple[Ask, Asked]
"""Who is asked, and what."""

ROUNDS: Final = 7
REPEATS: Final = 25
"""Rounds of a single call: they are short, and other work on the machine slows several in a row."""
_PART: Final = 500
_LOOP: Final = 0.003
"""Seconds that one round of a single call lasts at least: the clock's own steps are far smaller."""
_MOST: Final = 1_000_000
"""Calls in one round."""
_PAGE: Final = 4_096


def fastest(*ways: Way, rounds: int = ROUNDS) -> list[float]:
    """Return the microseconds that a question takes each way, asked in turns, each part at its fastest.

    Other work on the machine slows a part of a round, seldom the same part of each.
    """
    count = len(ways[0][1])
    starts = range(0, count, _PART)
    best = [[math.inf] * len(starts) for _ in ways]
    for _ in range(rounds):
        for number, start in enumerate(starts):
            for times, (ask, asked) in zip(best, ways, strict=True):
                took = _seconds(ask, asked[start : start + _PART])
                times[number] = min(times[number], took)
    return [sum(times) / count * 1_000_000 for times in best]


def _seconds(ask: Ask, asked: Asked) -> float:
    begun = time.perf_counter()
    for one, two, three in asked:
        ask(one, two, three)
    return time.perf_counter() - begun


def microseconds(call: Callable[[], object], rounds: int = REPEATS) -> float:
    """Return how long one call takes, once whatever it remembers is remembered."""
    call()
    times = 1
    while (took := _repeated(call, times)) < _LOOP and times < _MOST:
        times *= 2
    best = min([took, *(_repeated(call, times) for _ in range(rounds - 1))])
    return best / times * 1_000_000


def _repeated(call: Callable[[], object], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Took:
    """How long something took that is too long to be repeated: by the clock, and of the processor, in seconds."""

    seconds: float
    cpu: float
    """Of all threads together; work of others on the machine hardly bends it."""


class Watch:
    """Measures from its making on."""

    def __init__(self) -> None:
        self._begun = time.perf_counter(), time.process_time()

    def read(self) -> Took:
        """Return what has passed."""
        begun, used = self._begun
        return Took(time.perf_counter() - begun, time.process_time() - used)


def settle() -> None:
    """Keep what there is out of the way of the collector, as a service does once it has loaded."""
    gc.collect()
    gc.freeze()


def resident() -> int | None:
    """Return how many bytes of memory this process has; none where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except OSError:
        return None
