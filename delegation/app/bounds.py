"""Bounds: what a process bears of its connections, and what all of them share."""

from dataclasses import dataclass

from delegation.app.refusals import Refusals
from delegation.overload import Gate


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one process bears of its connections. Times in seconds."""

    body: int
    """Bytes that are kept of a body before somebody else has to judge it."""
    connections: int
    arrival: float = 10.0
    """From the first byte of a request, or the beginning of a connection, until all of it is there."""
    answer: float = 30.0
    """Until an answer is there: longer than the store takes to give up by itself, which says more about why."""
    look: float = 1.0
    """Between looks at what takes too long."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the connections of a process share."""

    gate: Gate
    bounds: Bounds
    refusals: Refusals
