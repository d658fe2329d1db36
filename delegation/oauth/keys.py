"""Keys in use: this process's unsealed signing keys, and the public keys that agents registered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from delegation.state.audit import Audit
from delegation.state.entities import Agent
from delegation.state.platform import Platform
from delegation.tokens import (
    Algorithm,
    KeyRing,
    KeyState,
    Purpose,
    SealedKey,
    VerificationKeys,
    derived_key,
    seal_answer,
    unseal,
    unseal_answer,
    usable_keys,
)

_PURPOSES: Final = frozenset(map(str, Purpose))


def sealed_key(row: Mapping[str, Any]) -> SealedKey:
    """Return the signing key that a row holds, still sealed."""
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
    """Keeps keys ready for use while what is registered stays the same; seals what the master key seals."""

    def __init__(self, master: bytes) -> None:
        """Unseal with the 32 bytes of `master`."""
        self._master = master
        self._rings: dict[type, tuple[frozenset[tuple[str, str]], KeyRing]] = {}
        self._registered: dict[str, tuple[Mapping[str, Any], VerificationKeys]] = {}

    def ring(self, holder: Platform | Audit) -> KeyRing:
        """Return the signing keys listed now. Raises InvalidKey when one cannot be unsealed or fails its probe."""
        listed = frozenset((kid, row["state"]) for kid, row in holder.keys.items())
        known = self._rings.get(type(holder))
        if known is None or known[0] != listed:
            # A later release that runs beside this one may have keys for purposes of its own.
            usable = [row for row in holder.keys.values() if row["purpose"] in _PURPOSES]
            keys = [unseal(sealed_key(row), self._master) for row in usable]
            known = self._rings[type(holder)] = (listed, KeyRing(keys))
        return known[1]

    def derived(self, purpose: str) -> bytes:
        """Return the 32 bytes that follow from the master key for one purpose, in every process the same."""
        return derived_key(self._master, purpose)

    def seal_answer(self, answer: str, place: str) -> str:
        """Return an answer that may hold secrets as it is kept in its place."""
        return seal_answer(answer, place, self._master)

    def unseal_answer(self, sealed: str, place: str) -> str:
        """Return an answer that was kept. Raises InvalidKey when the master key has been replaced since."""
        return unseal_answer(sealed, place, self._master)

    def registered(self, agent: Agent) -> VerificationKeys:
        """Return the public keys an agent registered; none for one that authenticates by a secret."""
        if agent.jwks is None:
            return usable_keys({"keys": []})
        known = self._registered.get(agent.id)
        if known is None or known[0] is not agent.jwks:
            known = (agent.jwks, usable_keys(dict(agent.jwks)))
            self._registered[agent.id] = known
        return known[1]
