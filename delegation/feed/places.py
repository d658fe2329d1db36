"""Places: how far a service has been told, as it hands it back to go on from there."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from delegation.audit import Head
from delegation.feed.telling import TOLD, Teller

_LONGEST: Final = 256
_PLACE: Final = re.compile(r"([0-9a-f]{16})\.([1-9]\d{0,17})\.([0-9a-f]{64})\.([1-9]\d{0,17})\.([0-9a-f]{64})")
# Whoever was told by another list, as by an older release, lacks what the new one names: all begins anew.
_LIST: Final = repr(
    sorted(
        (kind, table, telling.columns, sorted(telling.blank), sorted(telling.members), telling.audiences)
        for kind, tables in TOLD.items()
        for table, telling in tables.items()
    )
)


def place_of(teller: Teller, platform: Head, organization: Head) -> str:
    """Return the name of a place: up to which entries of the two logs this service was told."""
    heads = (f"{head.sequence}.{head.hash}" for head in (platform, organization))
    return f"{_version(teller)}.{'.'.join(heads)}"


def heads_at(place: str | None, teller: Teller, platform: str, organization: str) -> Mapping[str, Head]:
    """Return the heads that a place names, by the names of the two partitions; nothing where it is none of ours.

    What is said may be wrong: it counts only as far as the log has these very entries.
    """
    found = _PLACE.fullmatch(place) if place is not None and len(place) <= _LONGEST else None
    if found is None or found[1] != _version(teller):
        return {}
    return {
        platform: Head(platform, int(found[2]), found[3]),
        organization: Head(organization, int(found[4]), found[5]),
    }


def _version(teller: Teller) -> str:
    return hashlib.sha256(f"{_LIST} {teller.service}".encode()).hexdigest()[:16]
