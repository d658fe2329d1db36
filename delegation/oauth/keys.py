"""Keys in use: this process's unsealed signing keys."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from delegation.state.audit import Audit
from delegation.state.entities import Row
from delegation.state.platform import Platform
from delegation.tokens import (
    Algorithm,
    KeyRing,
    Memory,
    Purpose,
    SealedKey,
    SigningKey,
    derived_key,
    seal,
    seal_answer,
    unseal,
    unseal_answer,
)

_PURPOSES: Final = frozenset(map(str, Purpose))


def sealed_key(row: Mapping[str, Any]) -> SealedKey:
    """Return the signing key that a row holds, still sealed."""
    return SealedKey(
        kid=row["kid"],
        purpose=Purpose(row["purpose"]),
        algorithm=Algorithm(row["algorithm"]),
        not_before=datetime.fromtimestamp(row["not_before"], UTC),
        public=row["public"],
        sealed=row["sealed"],
    )


class Cabinet:
    """Keeps keys ready for use while what is registered stays the same; seals what the master key seals."""

    def __init__(self, master: bytes) -> None:
        """Unseal with the 32 bytes of `master`."""
        self._master = master
        self.memory = Memory()
        """Of what was found signed by these keys, and of whatever others read beside it."""
        self._rings: dict[type, tuple[list[Row], KeyRing]] = {}

    def ring(self, holder: Platform | Audit) -> KeyRing:
        """Return the signing keys listed now. Raises InvalidKey when one cannot be unsealed or fails its probe."""
        # Every member counts. The rows of one picture are the same objects, so that this costs next to nothing.
        listed = list(holder.keys.values())
        known = self._rings.get(type(holder))
        if known is None or known[0] != listed:
            known = self._rings[type(holder)] = (listed, KeyRing(self.unsealed(listed), self.memory))
        return known[1]

    def derived(self, purpose: str) -> bytes:
        """Return the 32 bytes that follow from the master key for one purpose, in every process the same."""
        return derived_key(self._master, purpose)

    def unsealed(self, rows: Iterable[Row]) -> list[SigningKey]:
        """Return the signing keys in rows. Raises InvalidKey for one that another master key sealed."""
        # A later release that runs beside this one may have keys for purposes of its own.
        usable = [row for row in rows if row["purpose"] in _PURPOSES]
        return [unseal(sealed_key(row), self._master) for row in usable]

    def sealed(self, key: SigningKey, now: datetime) -> dict[str, Any]:
        """Return the row that holds a key which is published `now`."""
        stored = seal(key, self._master)
        return {
            "kid": stored.kid,
            "purpose": str(stored.purpose),
            "algorithm": str(stored.algorithm),
            # Read by releases that knew of no rotation; for this one, the state follows from the time.
            "state": "active",
            "public": dict(stored.public),
            "sealed": stored.sealed,
            "created_at": int(now.timestamp()),
            "not_before": int(stored.not_before.timestamp()),
        }

    def seal_answer(self, answer: str, place: str) -> str:
        """Return an answer that may hold secrets as it is kept in its place."""
        return seal_answer(answer, place, self._master)

    def unseal_answer(self, sealed: str, place: str) -> str:
        """Return an answer that was kept. Raises InvalidKey when the master key has been replaced since."""
        return unseal_answer(sealed, place, self._master)
