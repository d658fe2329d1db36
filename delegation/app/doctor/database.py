"""The database: whether it can be used, and whether what it acknowledges lasts."""

from collections.abc import Iterator
from datetime import datetime

from delegation.app.doctor.findings import Finding, fault, warning, well
from delegation.store import Condition

_APART = 4.0
"""Seconds that this machine's clock and the database's may lie apart before nothing is judged."""
_NEAR = 1.0
_SAFE = {
    ("sqlite", "journal_mode"): ("wal", "put the database on a local file system with shared memory"),
    ("postgresql", "fsync"): ("on", "set it on at the server: a power cut destroys the database"),
    ("postgresql", "full_page_writes"): ("on", "set it on at the server"),
}
"""What settings must be by which acknowledged changes last, and what to do."""


def database(found: Condition, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say about a database that can be read, at `now` by this machine's clock."""
    yield well("database", f"{found.kind} {found.version}")
    if not found.usable:
        yield fault("tables", "they are not those of this release", "start `delegation run`, or use their release")
    else:
        yield well("tables", "they are usable by this release")
    if found.writable is not None:
        advice = "see its disk, its locks, and what its user may do: nothing can be revoked"
        yield fault("writing", f"nothing can be written: {found.writable}", advice)
    yield from _clock(found, now)
    yield from _durability(found)


def _clock(found: Condition, now: datetime) -> Iterator[Finding]:
    if found.clock is None:
        return
    apart = abs((found.clock - now).total_seconds())
    if apart > _NEAR:
        text = f"this machine's and the database's lie {apart:.1f} s apart"
        yield (fault if apart > _APART else warning)("clock", text, "let NTP set both")
    else:
        yield well("clock", "this machine's agrees with the database's")


def _durability(found: Condition) -> Iterator[Finding]:
    unsafe = False
    for name, value in found.settings.items():
        safe, advice = _SAFE.get((found.kind, name), (value, ""))
        if value != safe:
            unsafe = True
            yield fault("durability", f"`{name}` is `{value}`: what was acknowledged may be lost", advice)
    if not unsafe:
        yield well("durability", ", ".join(f"{name}={value}" for name, value in found.settings.items() if value))
