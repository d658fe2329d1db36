"""What a server does when it is asked for five times what it can answer, beside what it does otherwise."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tests.durability.server import Server
from tests.overload.house import Tenant, standing, tenant
from tests.overload.load import Stream, Told, told

TIMES: Final = 5
_CROWD: Final = 400
"""Connections of the flood."""
_NORMAL: Final = 0.8
"""Share of the peak that is a normal, busy hour."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What became of the requests of some seconds, and what the server spent on them."""

    told: Told
    seconds_of_processor: float

    @property
    def worth(self) -> float:
        """Good answers for a second of the server's processor time: on a shared machine it gets more or less of it."""
        return self.told.good / self.seconds_of_processor


@dataclass(frozen=True, slots=True)
class Flood:
    """One run: the peak, a busy hour, and the flood."""

    peak: Phase
    normal: Phase
    flood: Phase

    @classmethod
    def of(cls, server: Server, one: Tenant, seconds: float) -> Self:
        """Measure a server."""
        asks = one.mixture()
        measure(server, Stream("all", asks), seconds=1.0)
        peak = measure(server, Stream("all", asks), seconds=seconds)
        rate = peak.told.rate
        normal = measure(server, Stream("all", asks, rate=_NORMAL * rate, connections=64), seconds=seconds)
        flood = measure(server, Stream("all", asks, rate=TIMES * rate, connections=_CROWD), seconds=seconds)
        return cls(peak, normal, flood)

    @property
    def phases(self) -> Sequence[tuple[str, Phase]]:
        """All phases, with their names."""
        return (("peak", self.peak), ("normal", self.normal), (f"{TIMES} times the peak", self.flood))

    @property
    def goodput(self) -> float:
        """Good answers in the flood as a share of those at the peak, for the same processor time."""
        return self.flood.worth / self.peak.worth

    @property
    def slower(self) -> float:
        """How much longer than normally all but one in a hundred of those let in take at most."""
        return self.flood.told.p99 / self.normal.told.p99

    @property
    def wrong(self) -> int:
        """Answers that must never come."""
        return sum(phase.told.wrong for _, phase in self.phases)


def measure(server: Server, stream: Stream, *, seconds: float) -> Phase:
    """Return what becomes of one stream."""
    before = _processor(server)
    outcome = told(server.port, (stream,), seconds)[stream.name]
    return Phase(outcome, _processor(server) - before)


def flooded(directory: Path, seconds: float, flaw: str | None = None) -> Flood:
    """Measure a server of its own."""
    with standing(directory, flaw) as server:
        return Flood.of(server, tenant(server, "acme"), seconds)


def _processor(server: Server) -> float:
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
