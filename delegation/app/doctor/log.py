"""The log: whether its seals are young and verify, whether its chains do, and how large it has become."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from delegation.app.doctor.findings import Finding, fault, warning, well
from delegation.audit import Finding as BadEntry
from delegation.tokens import AuditSeal

_LARGE = 50_000_000
_PATIENCE = 5
"""Intervals without a seal after which something must be wrong, where something was recorded."""


def seals(newest: AuditSeal | None, *, number: int, unsealed: int, now: datetime, interval: int) -> Iterator[Finding]:
    """Yield what there is to say about seals: the newest is that of a `number` and could be verified or not.

    `unsealed` chains moved since they were sealed, and one is made each `interval` seconds.
    """
    if newest is None and number:
        yield fault("seals", f"seal {number} is signed by no key that is known", "delegation audit verify")
        return
    if newest is None:
        yield warning("seals", "there is none yet", "delegation audit seal")
        return
    age = now - newest.issued_at
    if unsealed and age > timedelta(seconds=_PATIENCE * interval):
        text = f"{unsealed} chains are not sealed, and the newest seal is of {newest.issued_at:%Y-%m-%dT%H:%M:%SZ}"
        yield warning("seals", text, "see that a process runs, and what it logs; `delegation audit seal` seals now")
    else:
        yield well("seals", f"number {number} of {newest.issued_at:%Y-%m-%dT%H:%M:%SZ} verifies")


def chains(bad: Sequence[BadEntry], looked_at: int) -> Iterator[Finding]:
    """Yield what there is to say about chains that were read from beginning to end."""
    for entry in bad:
        yield fault("log", str(entry), "delegation audit verify --held with what was kept, and find out who did it")
    if not bad:
        yield well("log", f"{looked_at} chains that were looked at verify; `delegation audit verify` reads all")


def size(entries: int, purged_to: int) -> Iterator[Finding]:
    """Yield what there is to say about the size of the log."""
    kept = f"from seal {purged_to + 1} on" if purged_to else "from its beginning"
    if entries > _LARGE:
        yield warning("log size", f"{entries} entries, {kept}", "export it, and delegation audit purge --before 400d")
    else:
        yield well("log size", f"{entries} entries, {kept}")
