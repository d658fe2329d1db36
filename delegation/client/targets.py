"""Addresses compared as what they name, not as how they are spelt (RFC 3986 §6.2.2, §6.2.3)."""

import re
from typing import Final, TypeAlias

import httpx2

# Nothing else stands in a URI (RFC 3986 §2); parsers drop or fold other characters, each in its own way.
_PLAIN_ASCII: Final = re.compile(r"[!-~]{1,4096}")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")

_PORTS: Final = {"http": 80, "https": 443}

Target: TypeAlias = tuple[str, str, int, bytes]


def same_target(one: str, other: str) -> bool:
    """Return whether two http addresses name the same thing, their queries and fragments aside (RFC 9449 §4.3)."""
    target = _target(one)
    return target is not None and target == _target(other)


def _target(address: str) -> Target | None:
    """Return scheme, host, port and path in one spelling; None for what is no http address or names somebody."""
    if _PLAIN_ASCII.fullmatch(address) is None:
        return None
    try:
        # The parser brings case and dot segments into one form, once no escape hides any of them.
        url = httpx2.URL(_ESCAPE.sub(_spelt, address))
    except httpx2.InvalidURL:
        return None
    if url.scheme not in _PORTS or not url.host or b"@" in url.netloc or url.userinfo:
        return None
    port = _PORTS[url.scheme] if url.port is None else url.port
    return url.scheme, url.host, port, url.raw_path.partition(b"?")[0] or b"/"


def _spelt(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()
