"""Units of work as data: what is claimed, what is changed in which partition, what is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from delegation.audit import JSON, Record

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


@dataclass(frozen=True, slots=True)
class Claim:
    """A name or a one-time thing: exactly one unit wins it."""

    purpose: str
    key: str
    until: int | None
    """Epoch seconds; after that second it may be won again. None: never."""


@dataclass(frozen=True, slots=True)
class PartitionChange:
    """What happens in one partition, decided on its state at one revision."""

    partition: str
    decided_at: int
    """The revision decided on; 0 makes the partition."""
    record: Record
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """What is done wholly or not at all."""

    claims: tuple[Claim, ...] = ()
    partitions: tuple[PartitionChange, ...] = ()
    events: tuple[Record, ...] = ()
    """Recorded in this process's own chain."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """The changes that led from the revision before to this one."""

    revision: int
    changes: tuple[Change, ...]


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
