"""The one place where signatures are made and verified (RFC 7515, RFC 8725)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from delegation.telemetry import metrics
from delegation.tokens.claims import whole_second
from delegation.tokens.errors import InvalidKey, InvalidToken, Reason
from delegation.tokens.key_life import Life
from delegation.tokens.signing_keys import Purpose, SigningKey
from delegation.tokens.strict_json import JSON, InvalidJSON, json_object
from delegation.tokens.verification_keys import MAX_KID, Algorithm, VerificationKey, VerificationKeys, verification_key

MAX_LENGTH: Final = 16_384
"""Characters a token may have; a longer one is not looked at."""

_OURS: Final = frozenset(Algorithm)
_CLIENTS: Final = frozenset({Algorithm.ES256, Algorithm.ED25519})
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
# Keys come from where they were registered, never from the token; extensions that must be understood are not.
_REFUSED_PARAMETERS: Final = frozenset({"crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc"})
_REGISTRIES: Final = MappingProxyType(
    {each: jws.JWSRegistry(algorithms=[each.value], strict_check_header=False) for each in Algorithm}
)
_encoded: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_VERIFIED: Final = metrics.SIGNATURES.labels("verified")


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for the header of one kind of token."""

    types: tuple[str | None, ...]
    """Values of `typ`, lower case, the one that is written first; None lets it be absent."""
    algorithms: frozenset[Algorithm]
    purpose: Purpose | None = None
    """What our keys that sign this kind are for; None where we never sign it."""


class Kind(Enum):
    """Every kind of token that is read here; each is refused where another is expected (RFC 8725 §3.11)."""

    ACCESS_TOKEN = Rules(("at+jwt", "application/at+jwt"), _OURS, Purpose.ACCESS_TOKEN)
    RECEIPT = Rules(("delegation+jwt", "application/delegation+jwt"), _OURS, Purpose.RECEIPT)
    USER_TOKEN = Rules(
        ("at+jwt", "application/at+jwt", "jwt", None),
        _OURS,
        Purpose.USER_TOKEN,
    )
    INTROSPECTION = Rules(
        ("token-introspection+jwt", "application/token-introspection+jwt"), _OURS, Purpose.INTROSPECTION
    )
    SEAL = Rules(("audit-seal+jwt", "application/audit-seal+jwt"), _OURS, Purpose.SEAL)
    CLIENT_ASSERTION = Rules(
        ("client-authentication+jwt", "application/client-authentication+jwt", "jwt", None), _CLIENTS
    )
    POSSESSION_PROOF = Rules(("dpop+jwt", "application/dpop+jwt"), _CLIENTS)


@dataclass(frozen=True, slots=True)
class Opened:
    """A token of whatever kind, taken apart once. Nobody has checked its signature: nothing is proved by it."""

    text: str
    header: dict[str, JSON]
    claims: dict[str, JSON]


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token in the proper form of its kind whose signature nobody has checked: good for choosing a key."""

    opened: Opened
    kid: str
    algorithm: Algorithm


def sign(claims: Mapping[str, JSON], *, kind: Kind, key: SigningKey) -> str:
    """Return the claims as a token of this kind; raises InvalidKey for a key that is not made for it."""
    if key.purpose is not kind.value.purpose:
        raise InvalidKey(f"key `{key.kid}` is for another purpose than {kind.name.lower()}")
    algorithm = _REGISTRIES[key.algorithm].get_alg(key.algorithm.value)
    signed = _header(kind, key.algorithm, key.kid) + b"." + urlsafe_b64encode(_encoded(claims).encode())
    try:
        algorithm.check_key(key.private)
        signature = algorithm.sign(signed, key.private)
    except JoseError:
        raise InvalidKey(f"key `{key.kid}` cannot sign with {key.algorithm}") from None
    return (signed + b"." + urlsafe_b64encode(signature)).decode()


@lru_cache
def _header(kind: Kind, algorithm: Algorithm, kid: str) -> bytes:
    """Return the header that a key's tokens of a kind have, all alike, as it stands in them."""
    return urlsafe_b64encode(_encoded({"typ": kind.value.types[0], "alg": algorithm.value, "kid": kid}).encode())


def verify(token: str, *, kind: Kind, keys: VerificationKeys) -> dict[str, JSON]:
    """Return the claims of a token of this kind that one of the keys has signed.

    Every kind passes here, and everything a header may do to its reader is refused here; what the claims
    say is for the reader of the kind. Raises InvalidToken.
    """
    return verified(parse(open_token(token), kind=kind), keys)


def verified(unverified: Unverified, keys: VerificationKeys) -> dict[str, JSON]:
    """Return the claims of a token that one of the keys has signed; raises InvalidToken for any other."""
    key = keys.by_kid.get(unverified.kid)
    if key is None:
        raise InvalidToken(Reason.UNKNOWN_KEY, "`kid` names no key of the signer")
    if key.algorithm is not unverified.algorithm:
        raise InvalidToken(Reason.ALGORITHM, "`alg` is not the algorithm of the key")
    _refuse_unsigned(unverified.opened, key)
    claims = unverified.opened.claims
    if key.life is not None:
        _refuse_outside(key.life, claims)
    return claims


def verify_with_own_key(token: str, *, kind: Kind) -> tuple[str, dict[str, JSON]]:
    """Return the thumbprint of the key in a token's own header, which has signed it, and the claims.

    Such a token proves nothing but that its sender has the key (RFC 9449 §4.2). Raises InvalidToken.
    """
    opened = open_token(token)
    _refuse_header(opened.header, kind, _REFUSED_PARAMETERS - {"jwk"})
    algorithm = _algorithm_in(opened.header, kind)
    try:
        key = verification_key(opened.header.get("jwk"))
    except InvalidKey as wrong:
        raise InvalidToken(Reason.HEADER, f"`jwk`: {wrong}") from None
    if key.algorithm is not algorithm:
        raise InvalidToken(Reason.ALGORITHM, "`alg` is not the algorithm of the key")
    _refuse_unsigned(opened, key)
    return key.key.thumbprint(), opened.claims


def open_token(token: str) -> Opened:
    """Return a token taken apart, of whatever kind it is; raises InvalidToken for what is no token."""
    if len(token) > MAX_LENGTH:
        raise InvalidToken(Reason.OVERSIZED, f"a token has at most {MAX_LENGTH} characters")
    if _COMPACT.fullmatch(token) is None:
        raise InvalidToken(Reason.MALFORMED, "not three segments of base64url")
    header, payload, _ = token.split(".")
    return Opened(token, _object_in(_decoded(header)), _object_in(_decoded(payload)))


def parse(opened: Opened, *, kind: Kind) -> Unverified:
    """Return which key a token of this kind says it was signed by; raises InvalidToken for one of another kind."""
    _refuse_header(opened.header, kind, _REFUSED_PARAMETERS)
    algorithm = _algorithm_in(opened.header, kind)
    kid = opened.header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= MAX_KID:
        raise InvalidToken(Reason.HEADER, f"`kid` must be a string of 1 to {MAX_KID} characters")
    return Unverified(opened, kid, algorithm)


def _refuse_header(header: Mapping[str, JSON], kind: Kind, refused: frozenset[str]) -> None:
    if not refused.isdisjoint(header):
        raise InvalidToken(Reason.HEADER, "the header has a parameter that is refused here")
    _refuse_other_type(header, kind)


def _refuse_unsigned(opened: Opened, key: VerificationKey) -> None:
    """Return if a key has signed the token: every signature is checked here."""
    signed = jws.CompactSignature(opened.header, b"")  # What is verified are the segments, as they came.
    header, payload, signature = opened.text.encode().split(b".")
    signed.segments.update({"header": header, "payload": payload, "signature": signature})
    _VERIFIED.inc()
    try:
        good = jws.validate_compact(signed, key.key, registry=_REGISTRIES[key.algorithm])
    except (JoseError, ValueError):
        good = False
    if not good:
        raise InvalidToken(Reason.SIGNATURE, "the signature is not that of the key")


def _refuse_outside(life: Life, claims: Mapping[str, JSON]) -> None:
    expires = whole_second(claims, "exp") if "exp" in claims else None
    if not life.covers(whole_second(claims, "iat"), expires):
        raise InvalidToken(Reason.UNKNOWN_KEY, "`iat` or `exp` lies outside the life of the key")


def _refuse_other_type(header: Mapping[str, JSON], kind: Kind) -> None:
    typ = header.get("typ")
    if "typ" in header and not isinstance(typ, str):
        raise InvalidToken(Reason.TYPE, "`typ` must be a media type")
    # Media types are compared without case (RFC 7515 §4.1.9).
    if (typ.lower() if isinstance(typ, str) else None) not in kind.value.types:
        raise InvalidToken(Reason.TYPE, f"`typ` is not that of {kind.name.lower()}")


def _algorithm_in(header: Mapping[str, JSON], kind: Kind) -> Algorithm:
    named = header.get("alg")
    for algorithm in kind.value.algorithms:
        if named == algorithm.value:
            return algorithm
    raise InvalidToken(Reason.ALGORITHM, "`alg` is missing or not allowed for this kind")


def _decoded(segment: str) -> bytes:
    try:
        return urlsafe_b64decode(segment.encode("ascii"))
    except ValueError:
        raise InvalidToken(Reason.MALFORMED, "a segment is not base64url") from None


def _object_in(raw: bytes) -> dict[str, JSON]:
    try:
        return json_object(raw)
    except InvalidJSON as wrong:
        raise InvalidToken(Reason.MALFORMED, f"a segment is {wrong}") from None
