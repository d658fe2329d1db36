"""The routes: every room of the door, and the pages that are made from them."""

from starlette.routing import Route

from delegation.settings import Settings
from delegation.web import (
    affected,
    audit,
    authzen,
    chains,
    delegations,
    development,
    effective,
    health,
    management,
    oauth,
    relationships,
    searches,
)
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
        management.ROUTES,
        relationships.ROUTES,
        affected.ROUTES,
        audit.ROUTES,
    ]
    if settings.development_identity_provider:
        rooms.append(development.ROUTES)
    routes = [route for room in rooms for route in room]
    return [*routes, *documentation(routes, settings.issuer)]
