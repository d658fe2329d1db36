"""Events: what a service that follows is told, one thing after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from delegation.audit import JSON


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


def entry(partition: str, revision: int, changes: list[JSON]) -> Event:
    """Return what is told of one entry of a partition's log, which may be that there was one."""
    return Event("entry", {"partition": partition, "revision": revision, "changes": changes})


def users(rows: Sequence[Mapping[str, JSON]], over: Sequence[str], *, anew: bool) -> Event:
    """Return rows of users with their revisions, and who need not be known any more: all others too, if `anew`."""
    return Event("users", {"anew": anew, "rows": [dict(row) for row in rows], "over": [*over]})


def current(after: float, heads: Mapping[str, int], users: int, place: str) -> Event:
    """Return that what was told before is all there was, so many seconds after the request had arrived.

    That leads to these heads and to so many users.
    """
    return Event("current", {"after": after, "heads": {**heads}, "users": users}, place)


def gone(reason: str) -> Event:
    """Return that the service may follow no longer."""
    return Event("gone", {"reason": reason})
