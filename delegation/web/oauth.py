"""The OAuth surface: token, introspection, revocation, metadata, keys."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from delegation.oauth.form import Form
from delegation.oauth.metadata import metadata
from delegation.oauth.server import Answer
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.preferences import applied, max_staleness
from delegation.web.reading import read_form

_CACHE: Final = {"Cache-Control": "public, max-age=300"}
"""How long others may keep the keys and the metadata: a key is published at least that long before it signs."""


async def _answered(request: Request, endpoint: Callable[[Form, Mapping[str, str]], Awaitable[Answer]]) -> Response:
    answer = await endpoint(await read_form(request), request.headers)
    return JSONResponse(answer.body, answer.status, dict(answer.headers))


async def token(request: Request) -> Response:
    """Answer a token request (RFC 6749 §3.2, RFC 8693)."""
    return await _answered(request, desk(request).endpoints.token)


async def introspect(request: Request) -> Response:
    """Tell a service the live truth about a token (RFC 7662), or what was true a moment ago, if it prefers that."""
    within = max_staleness(request)
    answer = await desk(request).endpoints.introspect(await read_form(request), request.headers, within=within)
    return JSONResponse(answer.body, answer.status, {**dict(answer.headers), **applied(within, answer)})


async def revoke(request: Request) -> Response:
    """End a token or a delegation for the agent that holds it (RFC 7009)."""
    return await _answered(request, desk(request).endpoints.revoke)


async def authorization_server(request: Request) -> Response:
    """Say what this authorization server is, at the address that its issuer makes (RFC 8414 §3.1)."""
    if request.path_params["path"] not in {"", urlsplit(desk(request).settings.issuer).path}:
        raise Refused(404, "not_found", "no authorization server has this address")
    view = await desk(request).pictures.view()
    permissions = sorted(set(view.platform.permissions) - view.platform.model.administrative)
    return JSONResponse(metadata(desk(request).settings.issuer, permissions), headers=_CACHE)


async def jwks(request: Request) -> Response:
    """Publish the public keys (RFC 7517 §5)."""
    view = await desk(request).pictures.view()
    ring = desk(request).cabinet.ring(view.platform)
    return JSONResponse(ring.jwks(), headers=_CACHE, media_type="application/jwk-set+json")


ROUTES: Final = [
    Route("/token", token, methods=["POST"]),
    Route("/introspect", introspect, methods=["POST"]),
    Route("/revoke", revoke, methods=["POST"]),
    Route("/jwks.json", jwks, methods=["GET"]),
    Route("/.well-known/oauth-authorization-server{path:path}", authorization_server, methods=["GET"]),
]
