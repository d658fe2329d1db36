"""Keys in use: this process's unsealed signing keys, and the public keys that agents registered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from delegation.state.entities import Agent
from delegation.state.platform import Platform
from delegation.tokens import (
    Algorithm,
    KeyRing,
    KeyState,
    Purpose,
    SealedKey,
    VerificationKeys,
    unseal,
    usable_keys,
)


def sealed_key(row: Mapping[str, Any]) -> SealedKey:
    """Return the signing key that a row of the platform holds, still sealed."""
    return SealedKey(
        kid=row["kid"],
        purpose=Purpose(row["purpose"]),
        algorithm=Algorithm(row["algorithm"]),
        state=KeyState(row["state"]),
        not_before=datetime.fromtimestamp(row["not_before"], UTC),
        public=row["public"],
        sealed=row["sealed"],
    )


class Cabinet:
    """Keeps keys ready for use while what is registered stays the same."""

    def __init__(self, master: bytes) -> None:
        """Unseal with the 32 bytes of `master`."""
        self._master = master
        self._listed: frozenset[tuple[str, str]] = frozenset()
        self._ring: KeyRing | None = None
        self._registered: dict[str, tuple[Mapping[str, Any], VerificationKeys]] = {}

    def ring(self, platform: Platform) -> KeyRing:
        """Return the signing keys listed now. Raises InvalidKey when one cannot be unsealed or fails its probe."""
        listed = frozenset((kid, row["state"]) for kid, row in platform.keys.items())
        if self._ring is None or listed != self._listed:
            keys = [unseal(sealed_key(row), self._master) for row in platform.keys.values()]
            self._ring, self._listed = KeyRing(keys), listed
        return self._ring

    def registered(self, agent: Agent) -> VerificationKeys:
        """Return the public keys an agent registered; none for one that authenticates by a secret."""
        if agent.jwks is None:
            return usable_keys({"keys": []})
        known = self._registered.get(agent.id)
        if known is None or known[0] is not agent.jwks:
            known = (agent.jwks, usable_keys(dict(agent.jwks)))
            self._registered[agent.id] = known
        return known[1]
