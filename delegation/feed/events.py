"""Events: what a service that follows is told, one thing after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from delegation.audit import JSON
from delegation.feed.telling import Teller, told_change
from delegation.store import LogEntry


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that is told."""

    name: str
    body: Mapping[str, JSON]
    place: str | None = None
    """Where one can go on after it."""


def begin(partition: str, revision: int) -> Event:
    """Return that what follows replaces all that was known of a partition."""
    return Event("begin", {"partition": partition, "revision": revision})


def rows(partition: str, table: str, told: Sequence[Mapping[str, JSON]]) -> Event:
    """Return some of the rows of a beginning."""
    return Event("rows", {"partition": partition, "table": table, "rows": [dict(row) for row in told]})


def whole(partition: str) -> Event:
    """Return that a beginning is complete."""
    return Event("whole", {"partition": partition})


def entry(partition: str, entry: LogEntry, teller: Teller) -> Event:
    """Return what is told of one entry of a partition's log, which may be that there was one."""
    told = (told_change(partition, change, teller) for change in entry.changes)
    changes: list[JSON] = [change for change in told if change is not None]
    return Event("entry", {"partition": partition, "revision": entry.revision, "changes": changes})


def current(after: float, heads: Mapping[str, int], place: str) -> Event:
    """Return that what was told before is all there was, so many seconds after the request had arrived."""
    return Event("current", {"after": after, "heads": {**heads}}, place)


def gone(reason: str) -> Event:
    """Return that the service may follow no longer."""
    return Event("gone", {"reason": reason})
