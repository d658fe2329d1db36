"""Places: how far a service has been told, as it hands it back to go on from there."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from delegation.audit import Head
from delegation.feed.telling import TOLD, Teller

_LONGEST: Final = 256
_HEAD: Final = r"([1-9]\d{0,17})\.([0-9a-f]{64})"
_PLACE: Final = re.compile(rf"([0-9a-f]{{16}})\.{_HEAD}\.{_HEAD}\.([0-9a-f]{{32}})")
# Whoever was told by another list, as by an older release, lacks what the new one names: all begins anew.
_LIST: Final = repr(
    sorted(
        (kind, table, telling.columns, sorted(telling.blank), sorted(telling.members), telling.audiences)
        for kind, tables in TOLD.items()
        for table, telling in tables.items()
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a service says that it was told: it counts only as far as that is so."""

    heads: Mapping[str, Head] = field(default_factory=dict)
    """Of the logs, by the names of their partitions."""
    people: str | None = None
    """The fingerprint of the users."""


def name_of(teller: Teller, platform: Head, organization: Head, people: str) -> str:
    """Return the name of a place: up to which entries of two logs, and of which users, this service was told."""
    heads = (f"{head.sequence}.{head.hash}" for head in (platform, organization))
    return f"{_version(teller)}.{'.'.join(heads)}.{people}"


def place_of(name: str | None, teller: Teller, platform: str, organization: str) -> Place:
    """Return the place of this name, in the logs of two partitions; the beginning where it is none of ours."""
    found = _PLACE.fullmatch(name) if name is not None and len(name) <= _LONGEST else None
    if found is None or found[1] != _version(teller):
        return Place()
    heads = (Head(platform, int(found[2]), found[3]), Head(organization, int(found[4]), found[5]))
    return Place({head.chain: head for head in heads}, found[6])


def _version(teller: Teller) -> str:
    return hashlib.sha256(f"{_LIST} {teller.service}".encode()).hexdigest()[:16]
