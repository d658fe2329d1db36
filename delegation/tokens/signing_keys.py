"""Keys that sign: made here, named by their thumbprint (RFC 7638), each for one purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from joserfc.jwk import ECKey, OKPKey

from delegation.tokens.errors import InvalidKey
from delegation.tokens.verification_keys import Algorithm

PrivateKey: TypeAlias = ECKey | OKPKey


class Purpose(StrEnum):
    """What a key signs. A key has one purpose, so no signature can be taken for one of another kind."""

    ACCESS_TOKEN = "access-token"  # noqa: S105 - the name of a purpose, no secret
    RECEIPT = "receipt"
    USER_TOKEN = "user-token"  # noqa: S105 - likewise
    SEAL = "audit-seal"


class KeyState(StrEnum):
    """published → active → retired → gone; a key that is gone is in no ring."""

    PUBLISHED = "published"
    """Others may learn it; it does not sign yet."""
    ACTIVE = "active"
    RETIRED = "retired"
    """It verifies what it signed and signs no more."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and what is known of it; `public` is its JWK as published."""

    kid: str
    purpose: Purpose
    algorithm: Algorithm
    state: KeyState
    not_before: datetime
    """The first moment at which it may sign."""
    public: Mapping[str, str]
    private: PrivateKey = field(repr=False, compare=False)


def generate(algorithm: Algorithm, purpose: Purpose, *, state: KeyState, not_before: datetime) -> SigningKey:
    """Return a new key; raises InvalidKey for an algorithm that this service does not sign with."""
    private = _new_private_key(algorithm)
    return SigningKey(
        kid=private.thumbprint(),
        purpose=purpose,
        algorithm=algorithm,
        state=state,
        not_before=not_before,
        public=_public_jwk(private, algorithm),
        private=private,
    )


def _public_jwk(private: PrivateKey, algorithm: Algorithm) -> dict[str, str]:
    names = ("kty", "crv", "x", "y") if algorithm is Algorithm.ES256 else ("kty", "crv", "x")
    members = {name: str(private[name]) for name in names}
    return {**members, "kid": private.thumbprint(), "alg": algorithm.value, "use": "sig"}


def _new_private_key(algorithm: Algorithm) -> PrivateKey:
    match algorithm:
        case Algorithm.ES256:
            return ECKey.generate_key("P-256")
        case Algorithm.ED25519:
            return OKPKey.generate_key("Ed25519")
        case Algorithm.RS256:
            raise InvalidKey(f"this service does not sign with `{algorithm}`")
