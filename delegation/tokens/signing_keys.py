"""Keys that sign: made here, named by their thumbprint (RFC 7638), each for one purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias

from joserfc.jwk import ECKey, OKPKey, RSAKey

from delegation.tokens.verification_keys import Algorithm

PrivateKey: TypeAlias = ECKey | OKPKey | RSAKey

_RSA_BITS: Final = 3072
"""As strong as the 128 bits of the curves (NIST SP 800-57 part 1 §5.6.1)."""
_PUBLIC: Final = frozenset({"kty", "crv", "x", "y", "n", "e"})


class Purpose(StrEnum):
    """What a key signs. A key has one purpose, so no signature can be taken for one of another kind."""

    ACCESS_TOKEN = "access-token"  # noqa: S105 - the name of a purpose, no secret
    RECEIPT = "receipt"
    USER_TOKEN = "user-token"  # noqa: S105 - likewise
    SEAL = "audit-seal"
    INTROSPECTION = "introspection"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and what is known of it; `public` is its JWK as published."""

    kid: str
    purpose: Purpose
    algorithm: Algorithm
    not_before: datetime
    """The first moment at which it may sign."""
    public: Mapping[str, str]
    private: PrivateKey = field(repr=False, compare=False)


def generate(algorithm: Algorithm, purpose: Purpose, *, not_before: datetime) -> SigningKey:
    """Return a new key that signs from `not_before` on."""
    private = _new_private_key(algorithm)
    return SigningKey(
        kid=private.thumbprint(),
        purpose=purpose,
        algorithm=algorithm,
        not_before=not_before,
        public=_public_jwk(private, algorithm),
        private=private,
    )


def _public_jwk(private: PrivateKey, algorithm: Algorithm) -> dict[str, str]:
    members = {name: str(value) for name, value in private.as_dict(private=False).items() if name in _PUBLIC}
    return {**members, "kid": private.thumbprint(), "alg": algorithm.value, "use": "sig"}


def _new_private_key(algorithm: Algorithm) -> PrivateKey:
    match algorithm:
        case Algorithm.ES256:
            return ECKey.generate_key("P-256")
        case Algorithm.ED25519:
            return OKPKey.generate_key("Ed25519")
        case Algorithm.RS256:
            return RSAKey.generate_key(_RSA_BITS)
