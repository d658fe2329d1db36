"""Public keys that signatures are checked with, taken from JWK Sets (RFC 7517, RFC 8037)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import base64_to_int

from delegation.tokens.errors import InvalidKey
from delegation.tokens.key_life import Life
from delegation.tokens.strict_json import JSON

PublicKey: TypeAlias = ECKey | OKPKey | RSAKey

PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
MAX_KID: Final = 256
# Shorter moduli are weak; longer ones, and long exponents, cost whoever verifies.
_MODULUS_BITS: Final = range(2048, 8193)
_MAX_EXPONENT_BITS: Final = 32


class Algorithm(StrEnum):
    """Signature algorithms known here: none is symmetric."""

    ES256 = "ES256"
    ED25519 = "Ed25519"
    RS256 = "RS256"


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One public key; its algorithm belongs to it and is never chosen by a token."""

    kid: str
    algorithm: Algorithm
    key: PublicKey = field(repr=False)
    life: Life | None = None
    """When it signs, where that is known: of keys of our own."""


@dataclass(frozen=True, slots=True, eq=False)
class VerificationKeys:
    """Public keys by `kid`, fixed: other keys are another object.

    Whatever is remembered about verified signatures may hang on this object and goes when it goes.
    """

    by_kid: Mapping[str, VerificationKey]

    @classmethod
    def of(cls, keys: Iterable[VerificationKey]) -> "VerificationKeys":
        """Return the keys as a set; a `kid` that two of them claim names neither."""
        found: dict[str, VerificationKey] = {}
        twice: set[str] = set()
        for key in keys:
            if key.kid in found:
                twice.add(key.kid)
            found[key.kid] = key
        return cls(MappingProxyType({kid: found[kid] for kid in found if kid not in twice}))

    def __contains__(self, kid: object) -> bool:
        return kid in self.by_kid


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a public key of one kind consists of, and which algorithm it is for."""

    algorithm: Algorithm
    members: tuple[str, ...]
    key_type: type[PublicKey]


_SHAPES: Final[Mapping[tuple[JSON, JSON], _Shape]] = MappingProxyType(
    {
        ("EC", "P-256"): _Shape(Algorithm.ES256, ("kty", "crv", "x", "y"), ECKey),
        ("OKP", "Ed25519"): _Shape(Algorithm.ED25519, ("kty", "crv", "x"), OKPKey),
        ("RSA", None): _Shape(Algorithm.RS256, ("kty", "n", "e"), RSAKey),
    }
)


def usable_keys(document: JSON) -> VerificationKeys:
    """Return the keys of a JWK Set that can verify here; the others are left out (RFC 7517 §5).

    Raises InvalidKey when the document is no JWK Set. An empty set is one: it withdraws every key.
    """
    return VerificationKeys.of(_usable(keys_of(document)))


def verification_key(jwk: JSON) -> VerificationKey:
    """Return the public key that a JWK describes; raises InvalidKey when it cannot verify here.

    One without `kid` is named by its thumbprint (RFC 7638). Unknown members are ignored (RFC 7517 §4).
    """
    if not isinstance(jwk, dict):
        raise InvalidKey("a key must be a JSON object")
    if PRIVATE_MEMBERS & jwk.keys():
        raise InvalidKey("a key must be public: it holds private members")
    shape = _shape(jwk)
    _refuse_other_use(jwk, shape.algorithm)
    key = _imported(jwk, shape)
    kid = jwk.get("kid", key.thumbprint())
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID or not kid.isprintable():
        raise InvalidKey(f"`kid` must be a string of 1 to {MAX_KID} printable characters")
    return VerificationKey(kid, shape.algorithm, key)


def keys_of(document: JSON) -> list[JSON]:
    """Return the members of a JWK Set, unread; raises InvalidKey when the document is none."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise InvalidKey("not a JWK Set: an object whose `keys` is an array")
    return keys


def _usable(jwks: Iterable[JSON]) -> Iterable[VerificationKey]:
    for jwk in jwks:
        try:
            yield verification_key(jwk)
        except InvalidKey:
            continue


def _shape(jwk: dict[str, JSON]) -> _Shape:
    kind = (jwk.get("kty"), jwk.get("crv"))
    shape = _SHAPES.get(kind) if all(isinstance(part, str | None) for part in kind) else None
    if shape is None:
        raise InvalidKey("a key must be EC on P-256, OKP on Ed25519, or RSA")
    return shape


def _refuse_other_use(jwk: dict[str, JSON], algorithm: Algorithm) -> None:
    if jwk.get("alg", algorithm.value) != algorithm.value:
        raise InvalidKey(f"`alg` of this key must be `{algorithm}` or absent")
    if jwk.get("use", "sig") != "sig":
        raise InvalidKey("`use` must be `sig` or absent")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        raise InvalidKey("`key_ops` must contain `verify` or be absent")


def _imported(jwk: dict[str, JSON], shape: _Shape) -> PublicKey:
    members = {name: value for name in shape.members if isinstance(value := jwk.get(name), str)}
    if len(members) != len(shape.members):
        raise InvalidKey(f"a key of this type needs {', '.join(f'`{name}`' for name in shape.members)}")
    try:
        if shape.algorithm is Algorithm.RS256:
            _refuse_costly(members["n"], members["e"])
        return shape.key_type.import_key({**members, "use": "sig", "alg": shape.algorithm.value})
    except (JoseError, ValueError):
        raise InvalidKey("the numbers of the key are no key") from None


def _refuse_costly(modulus: str, exponent: str) -> None:
    if base64_to_int(modulus).bit_length() not in _MODULUS_BITS:
        raise InvalidKey(f"an RSA key must have {_MODULUS_BITS.start} to {_MODULUS_BITS.stop - 1} bits")
    if base64_to_int(exponent).bit_length() > _MAX_EXPONENT_BITS:
        raise InvalidKey(f"the exponent of an RSA key must have at most {_MAX_EXPONENT_BITS} bits")
