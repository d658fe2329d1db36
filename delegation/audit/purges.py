"""Purges: records that the log no longer begins at its beginning, so that nobody can cut it there in silence."""

import json
from typing import Final

from delegation.audit.canonical import JSON
from delegation.audit.chain import Entry, Head
from delegation.audit.seals import SEALS

PURGE: Final = "log.purged"
"""The action of the record."""
KEEPER: Final = "audit"
"""The chain that the record stands in. It is sealed before anything is purged."""


def purge_detail(seal: Head) -> dict[str, JSON]:
    """Return what the record of a purge says: up to which seal all that was covered goes, and that seal's hash."""
    return {"seal": seal.sequence, "hash": seal.hash}


def purge_in(entry: Entry) -> Head | None:
    """Return up to which seal the log was purged according to an entry; None when it records no purge."""
    if entry.chain != KEEPER:
        return None
    try:
        record = json.loads(entry.body)
        detail = record["detail"] if record["action"] == PURGE else None
        return None if detail is None else Head(SEALS, detail["seal"], detail["hash"])
    except (ValueError, KeyError, TypeError):
        return None
