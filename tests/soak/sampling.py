"""Sampling: what a process and its database hold, read from outside."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.soak.judging import Bound

MIB: Final = 1 << 20
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")

BOUNDS: Final[Mapping[str, Bound]] = {
    "memory (MiB)": Bound(0.05, 6),
    "descriptors": Bound(0, 3),
    "threads": Bound(0, 2),
    "tasks": Bound(0, 4),
    "write-ahead log (MiB)": Bound(0.10, 8),
    # Whatever else the machine does shows here, so that only what gets ever slower is meant.
    "latency, median (ms)": Bound(3, 50),
    "latency, 95th percentile (ms)": Bound(3, 250),
}
"""What is judged. The log in the database is not: it grows with every change, as it is meant to."""


def sampled(process: int, tale: Path, database: Path | None) -> dict[str, float]:
    """Return what a process holds now, and how long the write-ahead log of its file is."""
    status = Path(f"/proc/{process}/status").read_text()
    found = {
        "memory (MiB)": int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE / MIB,
        "descriptors": float(sum(1 for _ in Path(f"/proc/{process}/fd").iterdir())),
        "threads": float(status.partition("Threads:")[2].split()[0]),
    }
    if tale.exists():
        found["tasks"] = float(tale.read_text())
    if database is not None:
        found["write-ahead log (MiB)"] = database.with_name(f"{database.name}-wal").stat().st_size / MIB
    return found
