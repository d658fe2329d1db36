"""What the load generator is told to do, and what it tells when it is done."""

import json
from dataclasses import asdict, dataclass
from typing import Final

HOST: Final = "127.0.0.1"
"""Loopback: nothing here measures a network."""


@dataclass(frozen=True, slots=True)
class Job:
    """Load on one endpoint. Times in seconds."""

    port: int
    connections: int
    warm_up: float
    """Time before what is answered counts."""
    seconds: float
    """Time during which what is answered counts."""
    requests: tuple[str, ...]
    """Whole HTTP requests as they go on the wire, one character for one byte."""
    marker: str
    """Every good answer has status 200 and this text in its body; all others are errors."""
    once: bool = False
    """Whether each request is sent at most once; the job ends early when they are used up."""

    def encoded(self) -> str:
        """Return the job as one line of text."""
        return json.dumps(asdict(self))

    @classmethod
    def decoded(cls, text: str) -> "Job":
        """Return the job that a line of text describes."""
        members = json.loads(text)
        return cls(**{**members, "requests": tuple(members["requests"])})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job. Times in seconds."""

    elapsed: float
    """How long answers counted: as asked, or shorter when the requests were used up."""
    latencies: tuple[float, ...]
    """From the first byte written to the last byte read, for each good answer that counted."""
    errors: dict[str, int]
    """How often each thing went wrong, during the warm-up too."""
    answered: int
    """All answers, good or not, that came from the first request to the last."""
    generator_cpu: float
    """Processor time that the generator itself took meanwhile."""

    def encoded(self) -> str:
        """Return the outcome as one line of text."""
        return json.dumps(asdict(self))

    @classmethod
    def decoded(cls, text: str) -> "Outcome":
        """Return the outcome that a line of text describes."""
        members = json.loads(text)
        return cls(**{**members, "latencies": tuple(members["latencies"])})
