"""Numbers that another process can read: each has its place in a file that is mapped into memory.

The library has such numbers too; they cost five times as much, which is more than a request should pay for being
counted. The files are the library's own, so that it can read them.
"""

import os
from pathlib import Path
from threading import Lock
from typing import Any, Final

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict, mmap_key

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder of the files. It is looked at once: a process that is started with it writes there for ever."""
_DOUBLE: Final = 8
"""Octets of a number, at which the library's files align them."""


class Files:
    """The files of this process in a folder, one for each kind of metric."""

    def __init__(self, folder: Path) -> None:
        """Write into a folder; a file is made when there is something for it."""
        self._folder = folder
        self._opened: dict[str, MmapedDict] = {}
        self._lock = Lock()

    def number(self, kind: str, *named: Any, multiprocess_mode: str = "", **_: object) -> "Number":
        """Return the number of a metric with its labels, as the library asks for it."""
        prefix = f"{kind}_{multiprocess_mode}" if multiprocess_mode else kind
        with self._lock:  # Threads may meet new labels at once.
            if prefix not in self._opened:
                self._opened[prefix] = MmapedDict(str(self._folder / f"{prefix}_{os.getpid()}.db"))
            file, key = self._opened[prefix], mmap_key(*named)
            value = float(file.read_value(key)[0])  # That of a process before with the same number goes on.
            # A file that grows is mapped anew; what was mapped before is still the same memory.
            mapped: memoryview[float] = memoryview(file._m).cast("d")  # noqa: SLF001 - copying through its methods is what costs
            return Number(mapped, file._positions[key] // _DOUBLE, value)  # noqa: SLF001 - as above


class Number:
    """A number of this process; others see what it was set to last."""

    __slots__ = ("_lock", "_mapped", "_place", "_value")

    def __init__(self, mapped: "memoryview[float]", place: int, value: float) -> None:
        self._mapped = mapped
        self._place = place
        self._value = value
        self._lock = Lock()

    def inc(self, amount: float) -> None:
        """Add to the number."""
        with self._lock:
            self._value += amount
            self._mapped[self._place] = self._value

    def set(self, value: float, timestamp: float | None = None) -> None:  # noqa: ARG002 - the library hands it over
        """Let the number be another one."""
        with self._lock:
            self._value = self._mapped[self._place] = float(value)

    def get(self) -> float:
        """Return the number."""
        return self._value

    def get_exemplar(self) -> None:
        """Return what the library asks for: there are none."""


def share() -> None:
    """Let the metrics that are made from now on write into the folder that this process was started with, if any."""
    folder = os.environ.get(VARIABLE)  # noqa: TID251 - the library's own variable, that says whether it shares
    if folder is not None:
        values.ValueClass = Files(Path(folder)).number
