"""Units of work as data: what is claimed, what is changed in which partition, what is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from delegation.audit import JSON, Head, Record

Row: TypeAlias = Mapping[str, JSON]
"""Columns and their values, without the partition."""


@dataclass(frozen=True, slots=True)
class Put:
    """The row is there, whole, whether or not one with its key was there before."""

    table: str
    row: Row


@dataclass(frozen=True, slots=True)
class Remove:
    """The row with this key, which was there, is gone."""

    table: str
    key: Row


Change: TypeAlias = Put | Remove

Seen: TypeAlias = tuple[str, int]
"""A partition and the revision at which it was read; 0 when it was not there."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A name or a one-time thing: exactly one unit wins it."""

    purpose: str
    key: str
    until: int | None
    """Epoch seconds; after that second it may be won again. None: never."""


@dataclass(frozen=True, slots=True)
class Spend:
    """One more use of what may be used so many times. A unit that finds it used up has used nothing of anything."""

    delegation: str
    """The delegation whose budget it is."""
    kind: str
    """What is counted."""
    limit: int
    """How often it may be used in all, this time included."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered to a request that may be repeated. The unit that brings it wins its key as one wins a claim."""

    key: str
    """Names who asked under which idempotency key, and tells neither."""
    fingerprint: str
    """Tells the request from any other under the same key."""
    answer: str = field(repr=False)
    """As the caller wants it kept: sealed, where it holds secrets."""
    until: int
    """Epoch seconds; after that second it is kept no longer, and the key may be won again."""


@dataclass(frozen=True, slots=True)
class PartitionChange:
    """What happens in one partition, decided on its state at one revision."""

    partition: str
    decided_at: int
    """The revision decided on; 0 makes the partition."""
    record: Record
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class SealedHeads:
    """The next seal, decided on the last one as a change is on its partition's revision."""

    after: int
    """The number of the last seal; 0 makes the chain of seals."""
    body: str
    """Of the entry that holds the seal."""
    heads: tuple[Head, ...]
    """What it covers."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What is done wholly or not at all."""

    claims: tuple[Claim, ...] = ()
    partitions: tuple[PartitionChange, ...] = ()
    events: tuple[Record, ...] = ()
    """Recorded in this process's own chain."""
    answer: KeptAnswer | None = None
    """Kept in the same transaction, so that it is there whenever the change is."""
    seal: SealedHeads | None = None
    decided_on: tuple[Seen, ...] = ()
    """What was read and is not changed. When one of these moved the unit is stale, as when what it changes moved."""
    spends: tuple[Spend, ...] = ()
    uses: tuple[tuple[str, int], ...] = ()
    """Delegations and when they were used, in epoch seconds; what is known to be later stays."""

    @property
    def revisions(self) -> dict[str, int]:
        """The revision that each partition it changes will be at when it has won."""
        return {change.partition: change.decided_at + 1 for change in self.partitions}


@dataclass(frozen=True, slots=True)
class LogEntry:
    """The changes that led from the revision before to this one."""

    revision: int
    changes: tuple[Change, ...]
    hash: str = field(default="", compare=False)
    """Of the entry as it is kept, which covers all before it; not compared, since the changes are what it says."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the rows of a partition at one revision."""

    head: Head
    """The newest entry of the partition's log that the rows show."""
    rows: tuple[tuple[str, Sequence[Row]], ...]
    """Rows, each lot with the name of its table."""
    last: bool
    """Whether these rows and those of the slices before are all there are."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All rows of a partition at one revision, by table."""

    revision: int
    rows: Mapping[str, Sequence[Row]]


def document_of(change: Change) -> dict[str, JSON]:
    """Return a change as it stands in the body of a log entry."""
    match change:
        case Put(table, row):
            return {"put": table, "row": row}
        case Remove(table, key):
            return {"remove": table, "key": key}


def change_of(document: Mapping[str, Any]) -> Change:
    """Return the change that a log entry tells of."""
    if "put" in document:
        return Put(document["put"], document["row"])
    return Remove(document["remove"], document["key"])
