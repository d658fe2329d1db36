"""Heads: what is looked up in the head of a request before there is anything else of it."""

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle


def header(cycle: RequestResponseCycle, name: bytes) -> bytes:
    """Return the first value of a header; nothing when there is none."""
    return next((value for each, value in cycle.scope["headers"] if each == name), b"")


def declared(cycle: RequestResponseCycle) -> int:
    """Return how long a body is, as far as that is said."""
    length = header(cycle, b"content-length")
    return int(length) if length.isdigit() else 0
