"""`require` and `demand`: what a call must be allowed to do, and what it is told if it is not."""

from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from delegation.client import DelegatedAccess, ServiceClient
from tests.client.authorization_server import AuthorizationServer
from tests.client.protected import BEARER, REALM, Documents
from tests.client.serving import Stage
from tests.conformance import rfc

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("protected")]


@rfc("9700", "2.3", "restrictions-checked")
async def test_a_permission_is_asked_for_on_the_resource_named(
    http: httpx2.AsyncClient, documents: Documents, server: AuthorizationServer
) -> None:
    """The endpoint runs after a yes for exactly the resource of the request."""
    response = await http.post("/apps/storefront", headers=BEARER)
    assert (response.status_code, response.text) == (200, "storefront")
    assert b'"id": "storefront"' in server.asked[-1].body
    assert documents.ran == ["edit"]


@rfc("6750", "3.1", "codes")
async def test_a_denial_explains_itself(
    http: httpx2.AsyncClient, documents: Documents, server: AuthorizationServer
) -> None:
    """403 carries the challenge, and the reason, the failing term and the revision in words."""
    failing = {"term": "delegation", "delegation_id": "dlg_1"}
    context = {"reason": "not_held", "failing": failing, "revision": 9}
    server.evaluation = {"decision": False, "context": context}
    response = await http.post("/apps/storefront", headers=BEARER)
    detail = "the token does not allow `document:edit` on `app:storefront`: not_held"
    assert response.status_code == 403
    assert response.headers["WWW-Authenticate"] == (
        f'{REALM}, error="insufficient_scope", error_description="{detail}"'
    )
    assert response.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": detail,
        "permission": "document:edit",
        "resource": "app:storefront",
        **context,
    }
    assert documents.ran == []


async def test_an_agent_that_could_ask_for_more_is_told_what(
    http: httpx2.AsyncClient, server: AuthorizationServer
) -> None:
    """Only where the token's own narrowing said no does the challenge name a scope."""
    context = {"reason": "not_held", "failing": {"term": "token"}}
    server.evaluation = {"decision": False, "context": context}
    response = await http.post("/apps/storefront", headers=BEARER)
    assert response.headers["WWW-Authenticate"].endswith(', scope="document:edit"')


@pytest.mark.parametrize(("reason", "term"), [("token_revoked", "status"), ("unknown_token", "status")])
async def test_a_token_that_ends_in_between_is_a_dead_token(
    http: httpx2.AsyncClient, server: AuthorizationServer, reason: str, term: str
) -> None:
    """Revoked after introspection and before evaluation: 401, from which a client recovers."""
    context = {"reason": reason, "failing": {"term": term}}
    server.evaluation = {"decision": False, "context": context}
    response = await http.post("/apps/storefront", headers=BEARER)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


@rfc("6750", "3", "attributes-once")
async def test_a_path_cannot_break_out_of_the_header(http: httpx2.AsyncClient) -> None:
    """Quotes, line ends and letters beyond ASCII in a name never reach the challenge as such."""
    response = await http.post('/apps/a"%0d%0aX-Injected:%20ü\\', headers=BEARER)
    assert response.status_code == 403
    assert "X-Injected" not in response.headers
    assert response.headers["WWW-Authenticate"].count('"') == 6


async def test_a_path_of_any_length_gets_a_header_that_arrives(http: httpx2.AsyncClient) -> None:
    """Proxies take some kilobytes of header fields; the body tells the whole name."""
    response = await http.post(f"/apps/{'a' * 20_000}", headers=BEARER)
    assert (response.status_code, response.json()["resource"]) == (403, f"app:{'a' * 20_000}")
    assert len(response.headers["WWW-Authenticate"]) < 1_024


async def test_several_permissions_may_be_demanded_on_the_way(
    http: httpx2.AsyncClient, documents: Documents, server: AuthorizationServer
) -> None:
    """Each is asked for itself, and the first no ends the request."""
    server.scripted.extend(
        JSONResponse(answer) for answer in (server.introspection, {"decision": True}, {"decision": False})
    )
    response = await http.get("/move", headers=BEARER)
    assert response.json()["resource"] == "app:two"
    assert documents.ran == []


async def test_an_answer_that_has_begun_is_broken_off(http: httpx2.AsyncClient, server: AuthorizationServer) -> None:
    """A refusal that comes too late for a status never looks like a complete answer."""
    server.evaluation = {"decision": False}
    with pytest.raises(httpx2.RemoteProtocolError):
        await http.get("/stream", headers=BEARER)


async def test_require_without_the_middleware_lets_nobody_in(
    http: httpx2.AsyncClient, documents: Documents, second_stage: Stage
) -> None:
    """A forgotten middleware is an error of the server, not an open door."""
    second_stage.playing = documents.application()
    response = await http.post("/apps/storefront", headers=BEARER)
    assert response.status_code == 500
    assert documents.ran == []


@pytest.mark.parametrize(
    "placed",
    [
        lambda application, service: DelegatedAccess(application, service=service),
        lambda application, service: Starlette(
            routes=[Mount("/", application)], middleware=[Middleware(DelegatedAccess, service=service)]
        ),
    ],
    ids=["around", "mounted"],
)
async def test_a_whole_application_within_refuses_as_its_endpoints_do(
    http: httpx2.AsyncClient,
    documents: Documents,
    second_stage: Stage,
    service: ServiceClient,
    server: AuthorizationServer,
    placed: Callable[[ASGIApp, ServiceClient], ASGIApp],
) -> None:
    """An application that turns what it does not know into a 500 does not turn a refusal into one."""
    second_stage.playing = placed(documents.application(), service)
    server.evaluation = {"decision": False}
    refused = await http.post("/apps/storefront", headers=BEARER)
    assert (refused.status_code, refused.json()["resource"]) == (403, "app:storefront")
    assert refused.headers["WWW-Authenticate"].startswith(f'{REALM}, error="insufficient_scope"')
    assert documents.ran == []


async def test_a_fault_of_the_application_stays_one(
    http: httpx2.AsyncClient, second_stage: Stage, service: ServiceClient
) -> None:
    """What an application answers with 500 arrives as it is: made by it, in parts, or of an exception."""
    done: list[str] = []

    async def made(_: Request) -> Response:
        return PlainTextResponse("made", 500, background=BackgroundTask(done.append, "made"))

    async def parts(_: Request) -> Response:
        async def each() -> AsyncIterator[bytes]:
            yield b"in "
            done.append("first part")
            yield b"parts"

        return StreamingResponse(each(), 500)

    async def broken(_: Request) -> Response:
        raise ValueError

    routes = [Route(f"/{each.__name__}", each) for each in (made, parts, broken)]
    second_stage.playing = DelegatedAccess(Starlette(routes=routes), service=service)
    answers = [await http.get(route.path, headers=BEARER) for route in routes]
    assert [each.status_code for each in answers] == [500, 500, 500]
    assert [each.text for each in answers] == ["made", "in parts", "Internal Server Error"]
    assert done == ["made", "first part"]
