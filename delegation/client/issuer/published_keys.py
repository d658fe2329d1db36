"""The keys that an issuer publishes, and what they signed (RFC 7515, RFC 7517, RFC 8725)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key
from joserfc.util import urlsafe_b64decode

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.json_text import JSON, json_object

ALGORITHMS: Final = frozenset({"ES256", "Ed25519", "RS256"})
"""In which an issuer may sign."""
_MAX_LENGTH: Final = 16_384
# Keys come from the issuer, never from the token; extensions that must be understood are not.
_REFUSED: Final = frozenset({"crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "enc"})


class NotSigned(UnexpectedAnswer):
    """What was presented is not signed by the issuer in the way that is meant."""


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
    """Return the name of the key that signed a JWT by its own word; raises NotSigned for what is no JWT."""
    kid = _header(text).get("kid")
    if not isinstance(kid, str):
        raise NotSigned("it does not say which key signed it")
    return kid


def signed_claims(text: str, keys: PublishedKeys, types: Collection[str]) -> Mapping[str, JSON]:
    """Return the claims of a JWT of one of these types (`typ`, in lower case) that one of the keys signed.

    What the claims say is for the caller to judge. Raises NotSigned.
    """
    header = _header(text)
    key, algorithm = keys.by_kid.get(named_key(text)), header.get("alg")
    if str(header.get("typ")).lower() not in types:
        raise NotSigned("it is of another kind than was expected")
    if key is None or algorithm != key.get("alg") or algorithm not in ALGORITHMS:
        raise NotSigned("it is not signed with a key of the issuer, in the way of that key")
    try:
        payload = jws.deserialize_compact(text, _imported(key), algorithms=[str(algorithm)]).payload
    except (JoseError, ValueError):
        raise NotSigned("its signature is not the issuer's") from None
    try:
        return json_object(payload)
    except UnexpectedAnswer:
        raise NotSigned("its claims are no JSON object") from None


def _header(text: str) -> Mapping[str, JSON]:
    if len(text) > _MAX_LENGTH or text.count(".") != 2:  # noqa: PLR2004 - header, claims, signature
        raise NotSigned("it is no JWT")
    try:
        header = json_object(urlsafe_b64decode(text.partition(".")[0].encode()))
    except (UnexpectedAnswer, ValueError):
        raise NotSigned("its header is no JSON object") from None
    if header.keys() & _REFUSED:
        raise NotSigned("its header wants what is not granted")
    return header


def _imported(key: Mapping[str, JSON]) -> Key:
    try:
        return import_key({name: value for name, value in key.items() if isinstance(value, str)})
    except (JoseError, ValueError, TypeError, KeyError):
        raise UnexpectedAnswer("a key that the issuer publishes cannot be used") from None
