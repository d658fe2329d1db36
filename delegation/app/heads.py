"""Heads: what is looked up in the head of a request before there is anything else of it."""

from collections.abc import Sequence
from typing import Final

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

HEAD_BYTES: Final = 32_768
"""Bytes that a request's line and headers may have. A token of a user who is in many groups is long."""
_HEADERS: Final = 100


def is_greedy(url: bytes, headers: Sequence[tuple[bytes, bytes]], received: int) -> bool:
    """Return whether a head has more than anybody needs; it came in at most so many bytes that were `received`."""
    if len(headers) > _HEADERS:
        return True
    if received <= HEAD_BYTES:  # Looked at first, because it is so.
        return False
    return len(url) + sum(len(name) + len(value) for name, value in headers) > HEAD_BYTES


def header(cycle: RequestResponseCycle, name: bytes) -> bytes:
    """Return the first value of a header; nothing when there is none."""
    return next((value for each, value in cycle.scope["headers"] if each == name), b"")


def declared(cycle: RequestResponseCycle) -> int:
    """Return how long a body is, as far as that is said."""
    length = header(cycle, b"content-length")
    return int(length) if length.isdigit() else 0
