"""Keys of somebody who signs, as whoever only verifies has them: their public halves, and when each of them signs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from delegation.tokens.errors import InvalidKey
from delegation.tokens.key_rotation import lives
from delegation.tokens.memory import Memory
from delegation.tokens.signing_keys import Purpose
from delegation.tokens.verification_keys import VerificationKey, VerificationKeys, verification_key

_NONE: Final = VerificationKeys.of(())


@dataclass(frozen=True, slots=True, eq=False)
class PublicRing:
    """The keys that verify access tokens."""

    rows: Sequence[Mapping[str, Any]]
    """What it was made from."""
    keys: VerificationKeys
    memory: Memory = field(repr=False)

    def verifying(self, purpose: Purpose) -> VerificationKeys:
        """Return the keys that verify what was signed for a purpose; none for another than it is for."""
        return self.keys if purpose is Purpose.ACCESS_TOKEN else _NONE


@dataclass(frozen=True, slots=True)
class _Known:
    kid: str
    purpose: Purpose
    not_before: datetime
    key: VerificationKey


def public_ring(rows: Sequence[Mapping[str, Any]], memory: Memory) -> PublicRing:
    """Return the keys in rows that verify access tokens, each for what it signed while it was active.

    Raises InvalidKey for a row that holds none.
    """
    known = [_known(row) for row in rows if row["purpose"] == Purpose.ACCESS_TOKEN]
    return PublicRing(rows, VerificationKeys.of(_living(known)), memory)


def _living(known: Sequence[_Known]) -> Iterable[VerificationKey]:
    signs = lives(known)
    return (replace(each.key, life=signs[each.kid]) for each in known)


def _known(row: Mapping[str, Any]) -> _Known:
    key = verification_key({**row["public"]})
    if not row["kid"] == key.kid == key.key.thumbprint() or row["algorithm"] != key.algorithm:
        raise InvalidKey("a key is not what its row says")
    return _Known(key.kid, Purpose.ACCESS_TOKEN, datetime.fromtimestamp(row["not_before"], UTC), key)
