"""The routes: every room of the door, and the pages that are made from them."""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Route

from delegation.directory.ending import Taking
from delegation.overload import Rooms
from delegation.settings import Settings
from delegation.web import (
    affected,
    audit,
    authzen,
    chains,
    changes,
    delegations,
    development,
    effective,
    health,
    management,
    oauth,
    relationships,
    searches,
)
from delegation.web.describing import Described
from delegation.web.documentation import documentation


def routes_of(settings: Settings) -> list[Route]:
    """Return every route that a deployment has."""
    rooms = [
        health.ROUTES,
        oauth.ROUTES,
        effective.ROUTES,
        delegations.ROUTES,
        chains.ROUTES,
        authzen.ROUTES,
        searches.ROUTES,
        changes.ROUTES,
        management.ROUTES,
        relationships.ROUTES,
        affected.ROUTES,
        audit.ROUTES,
    ]
    if settings.development_identity_provider:
        rooms.append(development.ROUTES)
    routes = [route for room in rooms for route in room]
    return [*routes, *documentation(routes, settings.issuer)]


def rooms_of(routes: Iterable[BaseRoute]) -> Rooms:
    """Return the rooms of all requests: those that take rights away, or may, have one of their own."""
    described = [route for route in routes if isinstance(route, Described)]
    return Rooms(
        (route.method, route.path) for route in described if route.operation.taking in {Taking.PERHAPS, Taking.ALWAYS}
    )
