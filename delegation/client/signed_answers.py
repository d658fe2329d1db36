"""Introspection answers that can be shown to others: signed by the issuer for one service (RFC 9701)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from delegation.client.delegated_caller import Meant
from delegation.client.errors import UnexpectedAnswer
from delegation.client.json_text import JSON, json_object, whole_number_of

SIGNED: Final = "application/token-introspection+jwt"
_TYPES: Final = frozenset({"token-introspection+jwt", SIGNED})
_ALGORITHMS: Final = frozenset({"ES256", "Ed25519", "RS256"})
_APART: Final = timedelta(minutes=1)
"""How far the clocks of issuer and service may lie apart."""


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """The keys of an issuer by name, as it published them."""

    by_kid: Mapping[str, Mapping[str, JSON]]


def keys_in(document: Mapping[str, JSON]) -> PublishedKeys:
    """Return the keys of a JWK Set (RFC 7517 §5); raises UnexpectedAnswer for what is none."""
    keys = document.get("keys")
    if not isinstance(keys, list):
        raise UnexpectedAnswer("the issuer publishes no set of keys")
    named = (key for key in keys if isinstance(key, Mapping))
    return PublishedKeys({kid: key for key in named if isinstance(kid := key.get("kid"), str)})


def named_key(text: str) -> str:
    """Return the name of the key that signed an answer by its own word; raises UnexpectedAnswer for bad form."""
    return str(_header(text).get("kid"))


def told_in(text: str, keys: PublishedKeys, meant: Meant) -> Mapping[str, JSON]:
    """Return what a signed answer tells about a token.

    Raises UnexpectedAnswer unless the issuer signed it, with a key that it publishes, for this service and just now.
    """
    header = _header(text)
    key = keys.by_kid.get(str(header.get("kid")))
    algorithm = header.get("alg")
    if str(header.get("typ")).lower() not in _TYPES or key is None or algorithm != key.get("alg"):
        raise UnexpectedAnswer("the answer is not signed as an introspection answer by a key of the issuer")
    claims = json_object(_payload(text, _imported(key), str(algorithm)))
    issued = whole_number_of(claims, "iat")
    if claims.get("iss") != meant.issuer or claims.get("aud") not in (meant.audience, [meant.audience]):
        raise UnexpectedAnswer("the signed answer is from another issuer or for another service")
    if abs(meant.now.timestamp() - issued) > _APART.total_seconds():
        raise UnexpectedAnswer("the signed answer is not of this moment")
    told = claims.get("token_introspection")
    if not isinstance(told, Mapping):
        raise UnexpectedAnswer("`token_introspection` is missing from the signed answer")
    return told


def _header(text: str) -> Mapping[str, JSON]:
    try:
        return dict(jws.extract_compact(text.encode()).headers())
    except (JoseError, ValueError):
        raise UnexpectedAnswer("the signed answer is no JWT") from None


def _payload(text: str, key: Key, algorithm: str) -> bytes:
    if algorithm not in _ALGORITHMS:
        raise UnexpectedAnswer("the answer is signed in a way that is not known here")
    try:
        return jws.deserialize_compact(text, key, algorithms=[algorithm]).payload
    except (JoseError, ValueError):
        raise UnexpectedAnswer("the signature of the answer is not the issuer's") from None


def _imported(key: Mapping[str, JSON]) -> Key:
    try:
        return import_key({name: str(value) for name, value in key.items() if isinstance(value, str)})
    except (JoseError, ValueError, TypeError, KeyError):
        raise UnexpectedAnswer("a key that the issuer publishes cannot be used") from None
