"""The keys this service signs with: proved before use, one set for each purpose."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from delegation.tokens.errors import InvalidKey, InvalidToken, NoSigningKey
from delegation.tokens.jws import Kind, sign, verify
from delegation.tokens.signing_keys import KeyState, Purpose, SigningKey
from delegation.tokens.strict_json import JSON
from delegation.tokens.verification_keys import (
    VerificationKey,
    VerificationKeys,
    verification_key,
)

_KINDS: Final[Mapping[Purpose | None, Kind]] = {kind.value.purpose: kind for kind in Kind}
# Receipts are read by nobody but this service, so their keys are nobody else's business.
_PUBLISHED: Final = frozenset({Purpose.ACCESS_TOKEN, Purpose.USER_TOKEN})
# Apart from those, so that a careless service that checks signatures only cannot take a seal for a token.
_PUBLISHED_FOR_AUDIT: Final = frozenset({Purpose.SEAL})


class KeyRing:
    """All signing keys at one moment, immutable: when keys change, a new ring takes its place."""

    __slots__ = ("_keys", "_verifying")

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        """Hold the keys; raises InvalidKey unless each signs what its published half verifies."""
        self._keys = tuple(sorted(keys, key=lambda key: (key.not_before, key.kid)))
        if len({key.kid for key in self._keys}) != len(self._keys):
            raise InvalidKey("a key is in the ring twice")
        proved = {key.kid: _proved(key) for key in self._keys}
        self._verifying = MappingProxyType(
            {
                purpose: VerificationKeys.of(proved[key.kid] for key in self._keys if key.purpose is purpose)
                for purpose in Purpose
            }
        )

    def signing(self, purpose: Purpose, now: datetime) -> SigningKey:
        """Return the newest active key that may sign at `now`; raises NoSigningKey when there is none."""
        for key in reversed(self._keys):
            ready = key.state is KeyState.ACTIVE and key.not_before <= now
            if key.purpose is purpose and ready:
                return key
        raise NoSigningKey(f"no key for `{purpose}` is active")

    def verifying(self, purpose: Purpose) -> VerificationKeys:
        """Return the keys that verify what was signed for a purpose, the retired ones included.

        Published ones count too: another process may have made one active a moment ago.
        """
        return self._verifying[purpose]

    def jwks(self) -> dict[str, JSON]:
        """Return the JWK Set that others verify our tokens with: public members only (RFC 7517 §5)."""
        return self._published(_PUBLISHED)

    def audit_jwks(self) -> dict[str, JSON]:
        """Return the JWK Set that others verify the seals of the audit log with: public members only."""
        return self._published(_PUBLISHED_FOR_AUDIT)

    def _published(self, purposes: Collection[Purpose]) -> dict[str, JSON]:
        return {"keys": [dict(key.public) for key in self._keys if key.purpose in purposes]}


def _proved(key: SigningKey) -> VerificationKey:
    # Only what stands in the published half may verify the probe.
    public = verification_key({**key.public})
    if not key.kid == public.kid == public.key.thumbprint():
        raise InvalidKey(f"key `{key.kid}` is not named by its thumbprint")
    kind = _KINDS[key.purpose]
    try:
        verify(sign({}, kind=kind, key=key), kind=kind, keys=VerificationKeys.of([public]))
    except InvalidToken:
        raise InvalidKey(f"key `{key.kid}` does not fit its published half") from None
    return public
