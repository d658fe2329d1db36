"""Loads: what a generator is told to send, and what it tells of the answers."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_STARVED: Final = 0.2
"""Share of the time in which a server may have waited for a processor."""
_START: Final = 30.0
"""Seconds that a generator may take beside the load itself."""


class TooBusyError(Exception):
    """Others use the machine so much that nothing can be said of the server's times."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, and what its answer says when it is right."""

    request: str
    right: str
    """In the body of every right answer."""
    wrong: str
    """In the body of an answer that must never come, in any state of the service."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Requests that are sent by lot. Without a rate each connection asks again when it is answered."""

    name: str
    asks: tuple[Ask, ...]
    rate: float | None = None
    """Requests in a second, sent when they are due, whatever became of those before."""
    connections: int = 32
    """As many at most; who finds none free waits, and that counts."""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a stream, its beginning left out. Times in seconds."""

    asked: int
    good: int
    busy: int
    """Answers 503, each of them with `Retry-After`."""
    limited: int
    """Answers 429, each of them with `Retry-After`."""
    wrong: int
    """Answers that must never come."""
    odd: dict[str, int]
    """How often something else came."""
    elapsed: float
    median: float
    """Of good answers, from the moment when the request was due."""
    p99: float
    server: float = 0.0
    """Processor time that the server took meanwhile, for all streams."""
    generator: float = 0.0
    """Processor time that the generator took meanwhile, for all streams."""
    waited: float = 0.0
    """Seconds in which the server could have gone on, and others had the processors."""

    @property
    def is_fair(self) -> bool:
        """Whether the server had a processor nearly always when it wanted one: else times tell of the machine alone."""
        return self.waited <= _STARVED * self.elapsed

    @property
    def rate(self) -> float:
        """Good answers in a second."""
        return self.good / self.elapsed


@dataclass(frozen=True, slots=True)
class Where:
    """A server."""

    port: int
    process: int
    """The number of its process."""


def told(where: Where, streams: tuple[Stream, ...], seconds: float, warm_up: float = 0.5) -> dict[str, Told]:
    """Let a generator in a process of its own send streams at once; return what became of each, by its name."""
    job = {**asdict(where), "seconds": seconds, "warm_up": warm_up, "streams": [asdict(each) for each in streams]}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.overload.generator"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=seconds + warm_up + _START,
    )
    return {name: Told(**each) for name, each in json.loads(ended.stdout).items()}
