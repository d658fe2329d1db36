"""What a scrape tells: the counters of this process, or of its workers, and what they are the counters of."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from delegation.telemetry.listener import Listener
from delegation.telemetry.shared_values import VARIABLE
from delegation.telemetry.workers import Workers

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - only this process can write into the folder that is made there
"""Where Linux keeps files in memory: a full disk must not end a worker that counts something."""


class _Build(Collector):
    """Says which release counts."""

    def __init__(self, version: str) -> None:
        self._version = version

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        told = GaugeMetricFamily("delegation_build_info", "The release that runs.", labels=["version", "python"])
        told.add_metric([self._version, platform.python_version()], 1)
        yield told


@contextmanager
def exposed(host: str, port: int, *, version: str) -> Iterator[Listener]:
    """Tell what this process counts, until the block ends. Raises OSError when the port cannot be listened on."""
    everything = CollectorRegistry(auto_describe=False)
    everything.register(REGISTRY)
    everything.register(_Build(version))
    with Listener(host, port, everything) as listener:
        yield listener


@contextmanager
def exposed_together(host: str, port: int, *, version: str) -> Iterator[dict[str, str]]:
    """Tell what processes count that are started in the block with the variables that are handed out.

    Raises OSError when the port cannot be listened on, or no folder can be made.
    """
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="delegation-metrics-", dir=memory, ignore_cleanup_errors=True) as folder:
        workers = Workers(Path(folder))
        everything = CollectorRegistry(auto_describe=False)
        everything.register(workers)
        everything.register(_Build(version))
        with Listener(host, port, everything, workers.tidy):
            yield {VARIABLE: folder}
