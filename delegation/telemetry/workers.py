"""Counters of several processes: each writes its own into a folder, from which the parent tells their sums."""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final

from prometheus_client import ProcessCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from typing_extensions import override

_ADD_UP: Final = frozenset({"counter", "histogram"})
"""What is counted for ever; the rest tells of a moment, and ends with its process."""
_BURIED: Final = 0
"""The number under which the counters of all processes that have ended are kept: no process has it."""


class Workers(Collector):
    """What the workers of one parent have counted, those included that have ended.

    Invariant: what a worker has counted is in its own file or in that of all who ended, never in both: whoever looks
    at the files, or changes them for a worker that ended, holds the lock.
    """

    def __init__(self, folder: Path) -> None:
        """Read the files in a folder that belongs to these workers alone."""
        self._folder = folder
        self._lock = Lock()
        self._places: dict[int, int] = {}

    @override
    def collect(self) -> Iterator[Metric]:
        """Yield the sums, and what the system tells of each process."""
        with self._lock:
            self._bury()
            # A process that begins has made a file before it has written the head of it.
            files = [str(path) for path in self._folder.glob("*.db") if path.stat().st_size]
            yield from MultiProcessCollector.merge(files, accumulate=True)
            living = self._placed()
        yield from _told_by_the_system(living)

    def tidy(self) -> None:
        """Add up what ended processes have left, so that there are never more files than processes."""
        with self._lock:
            self._bury()

    def _bury(self) -> None:
        for path in self._folder.glob("*.db"):
            process = _process_of(path)
            if process != _BURIED and not _is_alive(process):
                kind = path.name.partition("_")[0]
                if kind in _ADD_UP and path.stat().st_size:
                    _add(path, self._folder / f"{kind}_{_BURIED}.db")
                path.unlink()

    def _placed(self) -> dict[str, int]:
        """Return the living by their places, which are never more than there are workers at once."""
        living = {_process_of(path) for path in self._folder.glob("*.db")} - {_BURIED}
        self._places = {process: place for process, place in self._places.items() if process in living}
        for process in sorted(living - self._places.keys()):
            taken = set(self._places.values())
            self._places[process] = next(place for place in range(len(living) + 1) if place not in taken)
        return {str(place): process for process, place in self._places.items()}


def _process_of(path: Path) -> int:
    return int(path.stem.rpartition("_")[2])


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, PermissionError):  # Another's process is none of our workers.
        return False
    return True


def _add(path: Path, total: Path) -> None:
    kept = MmapedDict(str(total))
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            kept.write_value(key, kept.read_value(key)[0] + value, 0.0)
    finally:
        kept.close()


def _told_by_the_system(living: dict[str, int]) -> Iterable[Metric]:
    """Return memory, processor time and open files of the parent and of each worker."""
    found: dict[str, Metric] = {}
    for place, process in {"parent": os.getpid(), **living}.items():
        for told in ProcessCollector(pid=partial(int, process), registry=None).collect():
            metric = found.setdefault(told.name, Metric(told.name, told.documentation, told.type))
            for sample in told.samples:
                metric.add_sample(sample.name, {"worker": place}, sample.value)
    return found.values()
