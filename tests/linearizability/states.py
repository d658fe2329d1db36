"""The states of the model: one partition in one process, and the database that all processes see.

A partition is two facts, and a right is there while both are. Its changes go round in a circle of four: the first fact
is taken away; something else changes; the first is given back while the second is taken away (a large change, of two
steps, between which a right would show that never was); the second is given back.
"""

from enum import IntEnum, auto
from typing import Final, NamedTuple

BETWEEN: Final = 0
"""The revision of a picture that has taken over half of a change."""
BOUND: Final = 1
"""Periods by which an answer may be behind for who allows it."""
PLAIN: Final = -1
"""The age of what a request is answered from that allows no staleness."""
HINTED: Final = -1
"""The floor of a hint, which nobody waits for."""
RIGHT: Final = 3
"""The facts by which there is a right."""
_FACTS: Final = (1, 3, 2, 2)
"""The facts at a revision, by its rest when divided by four; allowed is where both bits are there."""


class Stage(IntEnum):
    """Where a request is."""

    GATHERING = auto()
    READING = auto()
    TOLD = auto()
    WAITING = auto()
    WORKING = auto()
    HOLDING = auto()
    LOST = auto()
    """Nobody knows of it any longer."""


class Phase(IntEnum):
    """What the holder of a partition's lock is doing."""

    LOADING = auto()
    LOADED = auto()
    FOLLOWING = auto()
    PAGE = auto()
    LOST = auto()
    """Nothing, for ever."""


class Seen(NamedTuple):
    """A picture, or what was read for one."""

    revision: int
    facts: int


class Request(NamedTuple):
    """A question that waits for its answer, or a hint that is followed."""

    stage: Stage
    floor: int
    """The newest revision that was acknowledged when the request came."""
    target: int = 0
    age: int = PLAIN
    held: Seen | None = None
    """The picture it holds if that is not the process's own any longer."""


class Work(NamedTuple):
    """What the holder of the lock is doing, and with what: a snapshot, or the entries from `first` to `last`."""

    phase: Phase
    seen: Seen = Seen(0, 0)
    first: int = 0
    last: int = 0


class Reading(NamedTuple):
    """A head read under way: what it saw (0 before it looked), and how old it is."""

    saw: int
    age: int


class Process(NamedTuple):
    """One process, concerning one partition."""

    requests: tuple[Request, ...] = ()
    reading: Reading | None = None
    remembered: Reading | None = None
    picture: Seen | None = None
    kept: bool = False
    """Whether the picture is in the album; one that is worked on may have been dropped from it meanwhile."""
    work: Work | None = None


class Database(NamedTuple):
    """What all processes see."""

    head: int
    trimmed: int
    """The last entry of the log that is gone."""
    past: int
    """The head when the period began that lies `BOUND` before this one."""


class Kind(IntEnum):
    """What a step needs."""

    PROGRESS = auto()
    """Nothing: it happens by itself."""
    PLAIN_REQUEST = auto()
    BOUNDED_REQUEST = auto()
    FAULT = auto()
    HINT = auto()
    EVICTION = auto()


class Step(NamedTuple):
    """What one process may do next."""

    kind: Kind
    told: str
    after: Process
    wrong: str = ""


def facts_at(revision: int) -> int:
    """Return what is true at a revision."""
    return _FACTS[revision % 4]


def is_large(revision: int) -> bool:
    """Return whether a change is taken over in two steps."""
    return revision % 4 == 0


def apply(facts: int, revision: int) -> int:
    """Return what a change makes of facts, which need not be those that it was made on."""
    match revision % 4:
        case 2:
            return facts & 2
        case 0:
            return (facts | 1) & 1
        case 1:
            return facts | 2
        case _:
            return facts


def first_step(facts: int) -> int:
    """Return what the first step of a large change makes of facts."""
    return facts | 1
