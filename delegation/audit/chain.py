"""Hash chains: every entry's hash covers its content, its place and everything before it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

GENESIS: Final = "0" * 64
"""What the first entry of every chain follows."""

_FORM: Final = "delegation.audit.1"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a chain, as kept."""

    chain: str
    sequence: int
    """Counts from 1 without gaps; in a partition's log it is the revision."""
    body: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a chain, without its body."""

    chain: str
    sequence: int
    hash: str


def link(previous: str, chain: str, sequence: int, body: str) -> str:
    """Return the hash of an entry, in hex, that follows the entry whose hash is `previous`.

    It is SHA-256 over the parts, framed: no two different entries have one input.
    """
    return sha256(framed(_FORM, previous, chain, str(sequence), body)).hexdigest()


def framed(*parts: str) -> bytes:
    """Return texts as octets, each preceded by the number of its octets in eight of them, the greatest first."""
    octets = [part.encode() for part in parts]
    return b"".join(chunk for part in octets for chunk in (len(part).to_bytes(8, "big"), part))
