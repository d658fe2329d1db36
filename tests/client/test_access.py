"""The middleware: who gets in, and what everybody else is told."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, Response

from delegation.client import DelegatedAccess, ServiceClient
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.protected import BEARER, REALM, Documents
from tests.client.samples import AUDIENCE
from tests.client.serving import Stage, serving
from tests.conformance import rfc

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("protected")]


@rfc("6750", "2.1", "header")
async def test_a_good_token_lets_in_and_tells_who_calls(http: httpx2.AsyncClient) -> None:
    """The endpoint finds user, agent and organization in the request's state."""
    response = await http.get("/who", headers=BEARER)
    assert (response.status_code, response.json()) == (200, ["anne", "planner", "acme"])


async def test_every_request_is_introspected(http: httpx2.AsyncClient, server: AuthorizationServer) -> None:
    """A token that was good a moment ago is asked about again."""
    assert (await http.get("/who", headers=BEARER)).status_code == 200
    server.introspection = {"active": False}
    assert (await http.get("/who", headers=BEARER)).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic cGxhbm5lcjpz"}, {"Authorization": ""}])
@rfc("6750", "3.1", "no-code-without-token")
async def test_who_presents_no_token_is_asked_for_one(
    http: httpx2.AsyncClient,
    documents: Documents,
    server: AuthorizationServer,
    headers: dict[str, str],
) -> None:
    """A call without a token gets a bare challenge, without an error code (RFC 6750 §3.1)."""
    response = await http.get("/who", headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == REALM
    assert response.json()["status"] == 401
    assert (documents.ran, server.asked) == ([], [])


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", [("Authorization", "Bearer one"), ("Authorization", "Bearer two")]),
        ("", [("Authorization", "Bearer one"), ("Authorization", "Basic two")]),
        ("", [("Authorization", "Bearer")]),
        ("", [("Authorization", "Bearer ==")]),
        ("", [("Authorization", "Bearer one two")]),
        ("", [("Authorization", 'Bearer "one"')]),
        ("?access_token=one", []),
        ("?x=1&access_token=one", [("Authorization", "Bearer one")]),
    ],
)
@rfc("6750", "3.1", "codes")
async def test_an_ambiguous_or_misplaced_token_is_a_bad_request(
    http: httpx2.AsyncClient,
    documents: Documents,
    server: AuthorizationServer,
    query: str,
    headers: list[tuple[str, str]],
) -> None:
    """Two headers, a token in the address, or no token after `Bearer`: nothing is guessed."""
    response = await http.get(f"/who{query}", headers=headers)
    assert response.status_code == 400
    assert response.headers["WWW-Authenticate"].startswith(f'{REALM}, error="invalid_request"')
    assert (documents.ran, server.asked) == ([], [])


async def test_the_scheme_is_read_without_regard_to_case(http: httpx2.AsyncClient) -> None:
    """`bearer` means the same as `Bearer` (RFC 9110 §11.1)."""
    response = await http.get("/who", headers={"Authorization": "bEARER token"})
    assert response.status_code == 200


@pytest.mark.parametrize("change", [{"active": False}, {"aud": "https://other.example"}, {"cnf": {"jkt": "key"}}])
@rfc("6750", "3", "challenge")
@rfc("6750", "3.1", "codes")
@rfc("9068", "4", "invalid-token")
async def test_a_token_that_is_not_good_here_is_told_so_and_no_more(
    http: httpx2.AsyncClient,
    documents: Documents,
    server: AuthorizationServer,
    change: dict[str, object],
) -> None:
    """Revoked, foreign and unproven tokens get one and the same answer (RFC 6750 §3.1)."""
    server.introspection = live(server.issuer, AUDIENCE, **change)
    response = await http.get("/who", headers=BEARER)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == (
        f'{REALM}, error="invalid_token", error_description="the token is expired, revoked, '
        'without effect now, or not meant for this service"'
    )
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert documents.ran == []


async def test_an_oversized_token_is_not_even_asked_about(
    http: httpx2.AsyncClient, server: AuthorizationServer
) -> None:
    """No token of the service is longer than 16 KiB."""
    response = await http.get("/who", headers={"Authorization": "Bearer " + "a" * 16_385})
    assert (response.status_code, server.asked) == (401, [])


@pytest.mark.parametrize("path", ["/who", "/apps/storefront"])
async def test_nobody_gets_in_while_nothing_can_be_asked(
    http: httpx2.AsyncClient,
    documents: Documents,
    server: AuthorizationServer,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    """A failing authorization service closes the door: 503, and a log line without the token."""
    caplog.set_level(logging.DEBUG)
    if path != "/who":
        server.scripted.append(JSONResponse(server.introspection))
    server.scripted.append(Response(status_code=500))
    response = await http.request("GET" if path == "/who" else "POST", path, headers=BEARER)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert "WWW-Authenticate" not in response.headers
    assert documents.ran == []
    assert "the authorization service answered 500" in caplog.text
    assert "canary" not in caplog.text + response.text


async def test_the_application_starts_and_stops_as_without_it(service: ServiceClient) -> None:
    """What the application does at its start and at its end passes through the middleware."""
    happened: list[str] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        happened.append("started")
        yield
        happened.append("stopped")

    async with serving(lambda _: DelegatedAccess(Starlette(lifespan=lifespan), service=service)):
        assert happened == ["started"]
    assert happened == ["started", "stopped"]


async def test_browsers_are_answered_by_what_stands_around(
    second_stage: Stage, http: httpx2.AsyncClient, documents: Documents, service: ServiceClient
) -> None:
    """Within Starlette's middleware for CORS a preflight needs no token, and scripts may read the challenge."""
    origin = {"Origin": "https://app.example"}
    exposed = Middleware(CORSMiddleware, allow_origins=[origin["Origin"]], expose_headers=["WWW-Authenticate"])
    second_stage.playing = documents.application(exposed, Middleware(DelegatedAccess, service=service))
    preflight = await http.options("/who", headers={**origin, "Access-Control-Request-Method": "GET"})
    refused = await http.get("/who", headers=origin)
    assert (preflight.status_code, refused.status_code) == (200, 401)
    assert refused.headers["Access-Control-Allow-Origin"] == origin["Origin"]
    assert refused.headers["Access-Control-Expose-Headers"] == "WWW-Authenticate"
    assert documents.ran == []


async def test_a_websocket_is_closed_before_it_opens(documents: Documents, service: ServiceClient) -> None:
    """A connection that would outlive its token is not offered."""
    application = documents.application(Middleware(DelegatedAccess, service=service))
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: object) -> None:
        sent.append(dict(message))  # type: ignore[call-overload]  # an ASGI message is a mapping

    await application({"type": "websocket", "path": "/talk", "headers": [], "query_string": b""}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert documents.ran == []
