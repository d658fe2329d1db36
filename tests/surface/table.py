"""The route table of the application, and its document, without a running service."""

from typing import Any, Final

from starlette.routing import BaseRoute, Route

from delegation.app.serving import application
from delegation.settings import Settings
from delegation.web.describing import Caller, Described
from delegation.web.openapi import document

ISSUER: Final = "http://127.0.0.1:8400"
TABLE: Final[list[BaseRoute]] = application(Settings(issuer=ISSUER, development_identity_provider=True)).routes
ROUTES: Final[list[Described]] = [route for route in TABLE if isinstance(route, Described)]
BARE: Final = sorted(
    f"{'|'.join(sorted(route.methods or ()))} {route.path}"
    for route in TABLE
    if isinstance(route, Route) and not isinstance(route, Described)
)
"""Routes that do not say what they are."""
DOCUMENT: Final[dict[str, Any]] = document(TABLE, ISSUER)


def named(route: Described) -> str:
    """Name a route in the ids of tests."""
    return f"{route.method} {route.path}"


def open_to(*callers: Caller) -> list[Described]:
    """Return the routes that are for these callers."""
    return [route for route in ROUTES if route.operation.caller in callers]
