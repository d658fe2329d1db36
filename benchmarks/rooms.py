"""Rooms: what a place in the code is there for, so that samples add up to something a reader can use."""

from collections.abc import Sequence
from functools import cache
from typing import Final

_RULES: Final[Sequence[tuple[str, str, str]]] = (
    # part of the file's path, function or nothing, room; the first that fits counts
    ("/benchmarks/sampling", "_collected", "garbage collection"),
    ("/delegation/store/lane", "_next", "waiting for work"),
    ("/asyncio/runners", "", "the event loop itself, and waiting"),
    ("/uvicorn/server", "", "the event loop itself, and waiting"),
    ("/asyncio/", "", "asyncio: tasks and futures"),
    ("/uvicorn/", "", "HTTP: uvicorn and httptools"),
    ("/httptools/", "", "HTTP: uvicorn and httptools"),
    ("/starlette/", "", "HTTP: Starlette"),
    ("/delegation/web/door", "", "HTTP: our door (request id, headers, log)"),
    ("/structlog/", "", "HTTP: our door (request id, headers, log)"),
    ("/json/", "", "JSON and forms"),
    ("/urllib/parse", "", "JSON and forms"),
    ("/delegation/web/reading", "", "JSON and forms"),
    ("/delegation/oauth/form", "", "JSON and forms"),
    ("/pydantic", "", "JSON and forms"),
    ("/authlib/", "", "Authlib, and what it calls"),
    ("/delegation/oauth/server", "", "Authlib, and what it calls"),
    ("/delegation/oauth/request", "", "Authlib, and what it calls"),
    ("/delegation/oauth/clients", "", "Authlib, and what it calls"),
    ("/joserfc/_rfc7518/jws_algs", "", "signatures"),
    ("/joserfc/rfc7518/jws_algs", "", "signatures"),
    ("/joserfc/_rfc8037/jws_eddsa", "", "signatures"),
    ("/cryptography/", "", "signatures"),
    ("/joserfc/", "", "tokens: form and claims"),
    ("/delegation/tokens/", "", "tokens: form and claims"),
    ("/authz_core/", "", "decision"),
    ("/delegation/authority/", "", "decision"),
    ("/delegation/state/", "", "freshness and pictures"),
    ("/sqlalchemy/", "", "SQLAlchemy and the database"),
    ("/delegation/store/", "", "store"),
    ("/delegation/audit/", "", "audit records"),
    ("/delegation/oauth/", "", "the rest of the OAuth room"),
    ("/delegation/directory/", "", "people and providers"),
    ("/delegation/web/", "", "the rest of the door"),
)


@cache
def room_of(file: str, function: str) -> str | None:
    """Return the room of a place; None where whoever called it tells more."""
    for part, name, room in _RULES:
        if part in file and name in {"", function}:
            return room
    return None
