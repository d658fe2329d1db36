"""Addresses compared as what they name, not as how they are spelt (RFC 3986 §6.2.2, §6.2.3)."""

import re
from typing import Final, TypeAlias
from urllib.parse import urlsplit

# Nothing else stands in a URI (RFC 3986 §2); parsers drop or fold other characters, each in its own way.
_PLAIN_ASCII: Final = re.compile(r"[!-~]{1,4096}")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
_PORTS: Final = {"http": 80, "https": 443}

Target: TypeAlias = tuple[str, str, int, str]


def same_target(one: str, other: str) -> bool:
    """Return whether two http addresses name the same thing, their queries and fragments aside (RFC 9449 §4.3)."""
    target = _target(one)
    return target is not None and target == _target(other)


def _target(address: str) -> Target | None:
    """Return scheme, host, port and path in one spelling; None for what is no http address or names somebody."""
    if _PLAIN_ASCII.fullmatch(address) is None:
        return None
    try:
        parts = urlsplit(address)
        given = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    port = _PORTS[parts.scheme] if given is None else given
    return parts.scheme, parts.hostname, port, _resolved(_ESCAPE.sub(_spelt, parts.path))


def _spelt(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _resolved(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    open_end = "/" if kept and path.endswith(("/.", "/..")) else ""
    return f"/{'/'.join(kept)}{open_end}"
