"""The OAuth surface: token, introspection, revocation, metadata, keys."""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from delegation.directory.ending import Taking
from delegation.oauth.form import Form
from delegation.oauth.headers import Headers
from delegation.oauth.introspection import Inquiry
from delegation.oauth.metadata import metadata
from delegation.oauth.server import Answer
from delegation.oauth.signed_introspection import MEDIA_TYPE
from delegation.tokens import MAX_AGE, Purpose
from delegation.web.accepting import wants
from delegation.web.describing import Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.errors import Refused
from delegation.web.json_answers import JSONAnswer
from delegation.web.oauth_shapes import (
    IntrospectionAnswer,
    IntrospectionForm,
    KeySet,
    Nothing,
    RevocationForm,
    ServerMetadata,
    TokenAnswer,
    TokenForm,
)
from delegation.web.preferences import applied, max_staleness
from delegation.web.reading import read_form

_CACHE: Final = {"Cache-Control": f"public, max-age={int(MAX_AGE.total_seconds())}"}
"""How long others may keep the keys and the metadata: a key is published at least that long before it signs."""


async def _answered(request: Request, endpoint: Callable[[Form, Headers], Awaitable[Answer]]) -> Response:
    answer = await endpoint(await read_form(request), request.headers)
    return JSONAnswer(answer.body, answer.status, answer.headers)


async def token(request: Request) -> Response:
    """Answer a token request (RFC 6749 §3.2, RFC 8693)."""
    return await _answered(request, desk(request).endpoints.token)


async def introspect(request: Request) -> Response:
    """Tell a service the live truth about a token (RFC 7662), or what was true a moment ago, if it prefers that."""
    within, sign = max_staleness(request), wants(request, MEDIA_TYPE)
    inquiry = Inquiry(await read_form(request), request.headers, within, sign)
    answer = await desk(request).endpoints.introspect(inquiry)
    fields = (*answer.headers, *applied(within, answer).items(), ("Vary", "Accept"))
    if answer.signed is None:
        return JSONAnswer(answer.body, answer.status, fields)
    return Response(answer.signed, answer.status, {**dict(fields), "Content-Type": MEDIA_TYPE})


async def revoke(request: Request) -> Response:
    """End a token or a delegation for the agent that holds it (RFC 7009)."""
    return await _answered(request, desk(request).endpoints.revoke)


async def authorization_server(request: Request) -> Response:
    """Say what this authorization server is, at the address that its issuer makes (RFC 8414 §3.1)."""
    if request.path_params["path"] not in {"", urlsplit(desk(request).settings.issuer).path}:
        raise Refused(404, "not_found", "no authorization server has this address")
    view = await desk(request).pictures.view()
    permissions = sorted(view.platform.askable)
    keys = desk(request).cabinet.ring(view.platform).verifying(Purpose.INTROSPECTION).by_kid.values()
    algorithms = sorted({key.algorithm.value for key in keys})
    return JSONResponse(metadata(desk(request).settings.issuer, permissions, algorithms), headers=_CACHE)


async def jwks(request: Request) -> Response:
    """Publish the public keys (RFC 7517 §5)."""
    view = await desk(request).pictures.view()
    ring = desk(request).cabinet.ring(view.platform)
    return JSONResponse(ring.jwks(desk(request).clock()), headers=_CACHE, media_type="application/jwk-set+json")


_EXCHANGE: Final = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token": "eyJ...",
    "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
    "resource": "https://documents.example",
    "authorization_details": '[{"type": "resource_role", "identifier": "project:apollo", '
    '"privileges": ["project-editor"], "organization": "acme"}]',
}
_TOKEN: Final = Operation(
    tag=Tag.OAUTH,
    caller=Caller.AGENT,
    form=TokenForm,
    answers={200: TokenAnswer},
    example=_EXCHANGE,
    proves=True,
    taking=Taking.NEVER,
)
_INTROSPECT: Final = Operation(
    tag=Tag.OAUTH,
    caller=Caller.SERVICE,
    form=IntrospectionForm,
    taking=Taking.NEVER,
    answers={200: IntrospectionAnswer},
    prefers=True,
    example={"token": "eyJ..."},
)
_REVOKE: Final = Operation(
    tag=Tag.OAUTH,
    caller=Caller.AGENT,
    form=RevocationForm,
    answers={200: Nothing},
    example={"token": "eyJ..."},
    taking=Taking.ALWAYS,
)
_KEYS: Final = Operation(
    tag=Tag.KEYS, caller=Caller.ANYBODY, answers={200: KeySet}, media_type="application/jwk-set+json"
)
_METADATA: Final = Operation(
    tag=Tag.KEYS, caller=Caller.ANYBODY, answers={200: ServerMetadata}, refusals=frozenset({404, 503})
)
ROUTES: Final = [
    Described("POST", "/token", token, _TOKEN),
    Described("POST", "/introspect", introspect, _INTROSPECT),
    Described("POST", "/revoke", revoke, _REVOKE),
    Described("GET", "/jwks.json", jwks, _KEYS),
    Described("GET", "/.well-known/oauth-authorization-server{path:path}", authorization_server, _METADATA),
]
