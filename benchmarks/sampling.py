"""Samples of where threads are, a thousand times a second: shares that a profiler's own weight does not bend."""

import gc
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import FrameType
from typing import Final

from benchmarks.rooms import room_of

INTERVAL: Final = 0.001
"""Seconds between two samples."""
_DEEPEST: Final = 60


@dataclass(slots=True)
class Samples:
    """Where one thread was found, and how much processor time it took."""

    taken: int = 0
    rooms: Counter[str] = field(default_factory=Counter)
    functions: Counter[str] = field(default_factory=Counter)
    cpu: float = 0.0
    """Seconds of processor time while samples were taken."""


@dataclass(slots=True)
class Collections:
    """What collecting garbage of one generation took; everything stands still meanwhile. Times in seconds."""

    times: int = 0
    seconds: float = 0.0
    longest: float = 0.0


class Sampler:
    """Looks at every thread of this process at regular moments. Lives in the main thread."""

    def __init__(self) -> None:
        """Be ready to start."""
        self.threads: defaultdict[str, Samples] = defaultdict(Samples)
        self.collections = [Collections() for _ in gc.get_threshold()]
        self.elapsed = 0.0
        """Seconds between start and stop."""
        self._began = 0.0
        self._collecting = 0.0
        self._clocks: dict[str, tuple[int, float]] = {}

    def start(self) -> None:
        """Begin to take samples."""
        for thread in threading.enumerate():
            if thread.ident is not None:
                clock = time.pthread_getcpuclockid(thread.ident)
                self._clocks[thread.name] = (clock, time.clock_gettime(clock))
        gc.callbacks.append(self._collected)
        signal.signal(signal.SIGALRM, self._sample)
        self._began = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)

    def stop(self) -> None:
        """Take no more samples."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        gc.callbacks.remove(self._collected)
        self.elapsed = time.perf_counter() - self._began
        alive = {thread.name for thread in threading.enumerate()}
        for name, (clock, began) in self._clocks.items():
            if name in alive:
                self.threads[name].cpu = time.clock_gettime(clock) - began

    def _collected(self, phase: str, about: Mapping[str, int]) -> None:
        if phase == "start":
            self._collecting = time.perf_counter()
            return
        took = time.perf_counter() - self._collecting
        collections = self.collections[about["generation"]]
        collections.times += 1
        collections.seconds += took
        collections.longest = max(collections.longest, took)

    def _sample(self, _: int, interrupted: FrameType | None) -> None:
        here = threading.get_ident()
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():  # noqa: SLF001 - the only way to see other threads
            name = names.get(ident)
            if name is not None:
                _note(self.threads[name], interrupted if ident == here else frame)


def _note(samples: Samples, frame: FrameType | None) -> None:
    samples.taken += 1
    if frame is not None:
        code = frame.f_code
        samples.functions[f"{'/'.join(PurePath(code.co_filename).parts[-2:])} {code.co_qualname}"] += 1
    room = None
    for _ in range(_DEEPEST):
        if frame is None:
            break
        room = room_of(frame.f_code.co_filename, frame.f_code.co_name)
        if room is not None:
            break
        frame = frame.f_back
    samples.rooms[room or "the event loop itself, and waiting"] += 1
