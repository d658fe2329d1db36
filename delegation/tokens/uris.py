"""URIs compared as what they name, not as how they are spelt (RFC 3986 §6.2.2, §6.2.3)."""

import re
from typing import Final
from urllib.parse import urlsplit

# Nothing else stands in a URI (RFC 3986 §2); parsers drop or fold other characters, each in its own way.
_PLAIN_ASCII: Final = re.compile(r"[!-~]+")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PORTS: Final = {"http": 80, "https": 443}


def same_target(one: str, other: str) -> bool:
    """Return whether two http URIs name the same thing, their queries and fragments aside (RFC 9449 §4.3)."""
    normalized = _normalized(one)
    return normalized is not None and normalized == _normalized(other)


def _normalized(uri: str) -> tuple[str, str, int, str] | None:
    """Return scheme, host, port and path in one spelling; None for what is no http URI or names somebody."""
    if _PLAIN_ASCII.fullmatch(uri) is None:
        return None
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    # An empty path is the same as the root's.
    path = _without_dots(_plain(parts.path)) or "/"
    return scheme, parts.hostname.lower(), _PORTS[scheme] if port is None else port, path


def _plain(path: str) -> str:
    """Return a path in which nothing is escaped that need not be, and the rest in capital letters."""

    def spelt(escape: re.Match[str]) -> str:
        character = chr(int(escape[1], 16))
        return character if character in _UNRESERVED else escape[0].upper()

    return _ESCAPE.sub(spelt, path)


def _without_dots(path: str) -> str:
    """Return a path whose dot segments are resolved (RFC 3986 §5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            kept = kept[:-1] if len(kept) > 1 else kept
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    return "/".join(kept)
