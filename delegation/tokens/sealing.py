"""Private keys at rest: wrapped by a master key, bound to their name and purpose (RFC 7516)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from joserfc.registry import HeaderParameter

from delegation.tokens.errors import InvalidKey
from delegation.tokens.signing_keys import PrivateKey, Purpose, SigningKey
from delegation.tokens.strict_json import json_object
from delegation.tokens.verification_keys import Algorithm

MASTER_KEY_BYTES: Final = 32

WRAPPING: Final = "A256KW"
ENCRYPTION: Final = "A256GCM"
# Each key is encrypted under a key of its own, and only that one is wrapped by the master key.
_REGISTRY: Final = jwe.JWERegistry(
    header_registry={"purpose": HeaderParameter("what the key signs", "str", required=True)},
    algorithms=[WRAPPING, ENCRYPTION],
)


_KEY_TYPES: Final[Mapping[str, type[PrivateKey]]] = {"EC": ECKey, "OKP": OKPKey, "RSA": RSAKey}


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A signing key as it is stored: all that may be read, and the private half sealed."""

    kid: str
    purpose: Purpose
    algorithm: Algorithm
    not_before: datetime
    public: Mapping[str, str]
    sealed: str = field(repr=False)


def seal(key: SigningKey, master: bytes) -> SealedKey:
    """Return the key for storing; raises InvalidKey unless `master` has 32 bytes."""
    header = {
        "alg": WRAPPING,
        "enc": ENCRYPTION,
        "kid": key.kid,
        "purpose": key.purpose.value,
    }
    private = _private_json(key.private)
    sealed = jwe.encrypt_compact(header, private, wrapping_key(master), registry=_REGISTRY)
    return SealedKey(
        kid=key.kid,
        purpose=key.purpose,
        algorithm=key.algorithm,
        not_before=key.not_before,
        public=key.public,
        sealed=sealed,
    )


def unseal(stored: SealedKey, master: bytes) -> SigningKey:
    """Return the signing key; raises InvalidKey for another master key or for the seal of another key.

    That the private half fits the public one is for KeyRing to prove.
    """
    opened = _opened(stored, wrapping_key(master))
    # The header was authenticated with the rest: a seal copied to another record betrays itself.
    if opened.protected.get("kid") != stored.kid:
        raise InvalidKey(f"key `{stored.kid}`: the seal is that of another key")
    if opened.protected.get("purpose") != stored.purpose.value:
        raise InvalidKey(f"key `{stored.kid}`: the seal is for another purpose")
    return SigningKey(
        kid=stored.kid,
        purpose=stored.purpose,
        algorithm=stored.algorithm,
        not_before=stored.not_before,
        public=stored.public,
        private=_private_key(opened.plaintext or b""),
    )


def wrapping_key(master: bytes) -> OctKey:
    """Return the master key as the library takes it; raises InvalidKey unless it has 32 bytes."""
    if len(master) != MASTER_KEY_BYTES:
        raise InvalidKey(f"the master key must have exactly {MASTER_KEY_BYTES} bytes")
    return OctKey.import_key(master)


def _opened(stored: SealedKey, wrapping: OctKey) -> jwe.CompactEncryption:
    try:
        return jwe.decrypt_compact(stored.sealed, wrapping, registry=_REGISTRY)
    except (JoseError, ValueError):
        raise InvalidKey(f"key `{stored.kid}` cannot be unsealed with this master key") from None


def _private_json(private: PrivateKey) -> bytes:
    return json.dumps(private.as_dict(private=True)).encode()


def _private_key(opened: bytes) -> PrivateKey:
    try:
        members = {name: str(value) for name, value in json_object(opened).items()}
        return _KEY_TYPES[members["kty"]].import_key(dict(members))
    except (JoseError, KeyError, ValueError):
        raise InvalidKey("what was sealed is no private key") from None
