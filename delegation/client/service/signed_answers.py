"""Introspection answers that can be shown to others: signed by the issuer for one service (RFC 9701)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from delegation.client.errors import UnexpectedAnswer
from delegation.client.issuer.json_text import JSON, whole_number_of
from delegation.client.issuer.published_keys import PublishedKeys, signed_claims
from delegation.client.service.delegated_caller import Meant

SIGNED: Final = "application/token-introspection+jwt"
_TYPES: Final = frozenset({"token-introspection+jwt", SIGNED})
_APART: Final = timedelta(minutes=1)
"""How far the clocks of issuer and service may lie apart."""


def told_in(text: str, keys: PublishedKeys, meant: Meant) -> Mapping[str, JSON]:
    """Return what a signed answer tells about a token.

    Raises UnexpectedAnswer unless the issuer signed it, with a key that it publishes, for this service and just now.
    """
    claims = signed_claims(text, keys, _TYPES)
    issued = whole_number_of(claims, "iat")
    if claims.get("iss") != meant.issuer or claims.get("aud") not in (meant.audience, [meant.audience]):
        raise UnexpectedAnswer("the signed answer is from another issuer or for another service")
    if abs(meant.now.timestamp() - issued) > _APART.total_seconds():
        raise UnexpectedAnswer("the signed answer is not of this moment")
    told = claims.get("token_introspection")
    if not isinstance(told, Mapping):
        raise UnexpectedAnswer("`token_introspection` is missing from the signed answer")
    return told
