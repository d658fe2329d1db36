"""The keys this service signs with: proved before use, one set for each purpose."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from delegation.tokens.errors import InvalidKey, InvalidToken, NoSigningKey
from delegation.tokens.jws import Kind, sign, verify
from delegation.tokens.key_life import KeyState
from delegation.tokens.key_rotation import lives
from delegation.tokens.memory import Memory
from delegation.tokens.signing_keys import Purpose, SigningKey
from delegation.tokens.strict_json import JSON
from delegation.tokens.verification_keys import (
    VerificationKey,
    VerificationKeys,
    verification_key,
)

_KINDS: Final[Mapping[Purpose | None, Kind]] = {kind.value.purpose: kind for kind in Kind}
# Receipts are read by nobody but this service, so their keys are nobody else's business.
_PUBLISHED: Final = frozenset({Purpose.ACCESS_TOKEN, Purpose.USER_TOKEN, Purpose.INTROSPECTION})
# Apart from those, so that a careless service that checks signatures only cannot take a seal for a token.
_PUBLISHED_FOR_AUDIT: Final = frozenset({Purpose.SEAL})


class KeyRing:
    """All signing keys at one moment, immutable: when keys change, a new ring takes its place."""

    __slots__ = ("_keys", "_lives", "_verifying", "memory")

    def __init__(self, keys: Iterable[SigningKey], memory: Memory | None = None) -> None:
        """Hold the keys; raises InvalidKey unless each signs what its published half verifies.

        What was found signed by them is remembered in `memory`, where other rings may remember theirs.
        """
        self.memory = Memory() if memory is None else memory
        self._keys = tuple(sorted(keys, key=lambda key: (key.not_before, key.kid)))
        if len({key.kid for key in self._keys}) != len(self._keys):
            raise InvalidKey("a key is in the ring twice")
        self._lives = lives(self._keys)
        proved = {key.kid: replace(_proved(key), life=self._lives[key.kid]) for key in self._keys}
        self._verifying = MappingProxyType(
            {
                purpose: VerificationKeys.of(proved[key.kid] for key in self._keys if key.purpose is purpose)
                for purpose in Purpose
            }
        )

    def signing(self, purpose: Purpose, now: datetime) -> SigningKey:
        """Return the active key: the newest whose time has come at `now`; raises NoSigningKey when there is none."""
        for key in reversed(self._keys):
            if key.purpose is purpose and key.not_before <= now:
                return key
        raise NoSigningKey(f"no key for `{purpose}` is active")

    def verifying(self, purpose: Purpose) -> VerificationKeys:
        """Return the keys that verify what was signed for a purpose: each what it signed while it was active."""
        return self._verifying[purpose]

    def jwks(self, now: datetime) -> dict[str, JSON]:
        """Return the JWK Set that others verify our tokens with: public members only (RFC 7517 §5)."""
        return _set_of(key for key in self._for(_PUBLISHED) if self._lives[key.kid].state(now) is not KeyState.GONE)

    def audit_jwks(self) -> dict[str, JSON]:
        """Return the JWK Set that others verify the seals of the audit log with: public members only."""
        return _set_of(self._for(_PUBLISHED_FOR_AUDIT))

    def _for(self, purposes: Collection[Purpose]) -> Iterable[SigningKey]:
        return (key for key in self._keys if key.purpose in purposes)


def _set_of(keys: Iterable[SigningKey]) -> dict[str, JSON]:
    return {"keys": [dict(key.public) for key in keys]}


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
