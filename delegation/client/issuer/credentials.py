"""How a client proves who it is: a generated secret, or a key (RFC 7523 as RFC 10070 amends it)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from urllib.parse import quote_plus

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, import_key

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE: Final = timedelta(minutes=1)

PrivateKey: TypeAlias = ECKey | OKPKey | Mapping[str, str]
_ALGORITHMS: Final = {"P-256": "ES256", "Ed25519": "Ed25519"}


@dataclass(frozen=True, slots=True)
class Proof:
    """What one request carries so that its sender is known; good for that request alone."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a proof is made for: the issuer, the moment, and an identifier never used before."""

    issuer: str
    now: datetime
    identifier: str


@dataclass(frozen=True, slots=True)
class SecretCredential:
    """A client that knows a secret which the service generated (`client_secret_basic`)."""

    client_id: str
    secret: str = field(repr=False)

    def prove(self, _: Occasion) -> Proof:
        """Return the Basic header of RFC 6749 §2.3.1: each part is form-encoded by itself."""
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
        return Proof(headers={"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"})


@dataclass(frozen=True, slots=True)
class KeyCredential:
    """A client that holds a private key whose public half the service knows (`private_key_jwt`)."""

    client_id: str
    key: ECKey | OKPKey = field(repr=False)
    algorithm: str

    def prove(self, occasion: Occasion) -> Proof:
        """Return an assertion whose sole audience is the issuer (RFC 10070), valid for a minute."""
        issued_at = int(occasion.now.timestamp())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": occasion.issuer,
            "iat": issued_at,
            "exp": issued_at + int(ASSERTION_LIFE.total_seconds()),
            "jti": occasion.identifier,
        }
        header = {
            "alg": self.algorithm,
            "typ": "client-authentication+jwt",
            "kid": self.key.kid or self.key.thumbprint(),
        }
        assertion = jwt.encode(header, claims, self.key, algorithms=[self.algorithm])
        return Proof(
            form={
                "client_id": self.client_id,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": assertion,
            }
        )


Credential: TypeAlias = SecretCredential | KeyCredential


def credential_of(client_id: str, secret: str | None, key: PrivateKey | None) -> Credential:
    """Return the one credential given; raises ValueError for none, for both, or for a bad key."""
    if not client_id:
        raise ValueError("a client has a `client_id`")
    if key is not None and secret is None:
        return KeyCredential(client_id, *signing_key(key, "key"))
    if secret and key is None:
        return SecretCredential(client_id, secret)
    raise ValueError("a client proves who it is by either `secret` or `key`")


def signing_key(key: PrivateKey, name: str) -> tuple[ECKey | OKPKey, str]:
    """Return a private key and the algorithm it signs with; raises ValueError, by this name, for any other."""
    imported = _imported(key, name) if isinstance(key, Mapping) else key
    if isinstance(imported, ECKey | OKPKey) and imported.is_private:
        algorithm = _ALGORITHMS.get(imported.curve_name)
        if algorithm is not None:
            return imported, algorithm
    raise ValueError(f"`{name}` is a private P-256 or Ed25519 key")


def _imported(jwk: Mapping[str, str], name: str) -> Key:
    try:
        return import_key(dict(jwk))
    except (JoseError, ValueError, TypeError, KeyError):
        # The library's own message may repeat the key.
        raise ValueError(f"`{name}` is not a JSON Web Key") from None
