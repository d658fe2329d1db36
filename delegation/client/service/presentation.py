"""How a request presents a token (RFC 6750 §2.1, RFC 9449 §7.1)."""

import re
from collections.abc import Iterator
from typing import Final

from delegation.client.issuer.dpop import SCHEME
from delegation.client.service.asgi import Scope
from delegation.client.service.challenge import BEARER, AccessRefused, bad_token, malformed, no_token

_TOKEN: Final = re.compile(rb"[A-Za-z]+ +([A-Za-z0-9._~+/-]+=*)")
_IN_QUERY: Final = re.compile(rb"(^|&)access_token=")
_LONGEST_TOKEN: Final = 16 * 1024
_SCHEMES: Final = {b"bearer": BEARER, b"dpop": SCHEME}


def fields(scope: Scope, name: bytes) -> Iterator[bytes]:
    """Yield the values of a header field, whose name is in lower case."""
    return (value for known, value in scope["headers"] if known == name)


def scheme_in(scope: Scope) -> str:
    """Return the scheme in which a request presents what it presents, in its usual spelling."""
    return _scheme_of(next(fields(scope, b"authorization"), b""))


def _scheme_of(value: bytes) -> str:
    return _SCHEMES.get(value.partition(b" ")[0].lower(), "")


def presented(scope: Scope, realm: str, schemes: tuple[str, ...]) -> str:
    """Return the one token that the request presents; raises AccessRefused (RFC 6750 §3.1)."""
    values = list(fields(scope, b"authorization"))
    query = scope.get("query_string", b"")
    if query and _IN_QUERY.search(query):
        raise AccessRefused(malformed(realm, "a token does not belong in an address"))
    if len(values) > 1:
        raise AccessRefused(malformed(realm, "there is more than one Authorization header"))
    if not values or _scheme_of(values[0]) not in schemes:
        raise AccessRefused(no_token(realm))
    matched = _TOKEN.fullmatch(values[0])
    if matched is None:
        raise AccessRefused(malformed(realm, "the Authorization header holds no token"))
    if len(matched[1]) > _LONGEST_TOKEN:
        raise AccessRefused(bad_token(realm))
    return matched[1].decode("ascii")
