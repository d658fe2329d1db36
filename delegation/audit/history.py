"""The log as it is told to whoever verifies it: seal by seal, each after it with the entries that it covers.

A seal's entry comes first, then each head that it covers, in the order of the chains, preceded by the entries since the
place where an earlier seal covered that chain. What no seal covers yet comes at the end, each chain with its head.
So whoever listens remembers one place of each chain, however many entries there are.
A log that is not told from its beginning says first where each of its chains begins.
"""

from dataclasses import dataclass
from typing import TypeAlias

from delegation.audit.chain import Entry, Head


@dataclass(frozen=True, slots=True)
class Proof:
    """That a head is among those that a seal covers, without showing the others."""

    index: int
    """Its place among them, counted from 0."""
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """A head that a seal covers."""

    seal: int
    """The number of the seal."""
    head: Head
    proof: Proof | None = None
    """Needed where not all heads are told that the seal covers."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a chain begins to be told: all up to this place was purged, or told at another time.

    Anchors come before everything else, that of the seals among them.
    """

    head: Head


Item: TypeAlias = Entry | Covered | Head | Anchor
"""One thing that is told of the log."""
