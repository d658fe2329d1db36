"""The example service asks for the right permission before each thing that it does."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest

from delegation.client import ClientSettings, ServiceClient
from examples.document_service import BY_RELATIONSHIPS, application
from tests.client.authorization_server import AuthorizationServer, live
from tests.client.samples import AUDIENCE
from tests.client.serving import serving

pytestmark = pytest.mark.anyio

ROADMAP = "/apps/storefront/documents/roadmap"
BEARER = {"Authorization": "Bearer token"}


@pytest.fixture
async def http(server: AuthorizationServer, settings: ClientSettings) -> AsyncIterator[httpx2.AsyncClient]:
    """An agent's client of the document service, whose token is believed in."""
    server.introspection = live(server.issuer, AUDIENCE)
    service = ServiceClient(server.issuer, "documents", client_secret="secret", audience=AUDIENCE, settings=settings)
    async with (
        serving(lambda _: application(service)) as address,
        httpx2.AsyncClient(base_url=address, headers=BEARER) as http,
    ):
        yield http


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", "/apps/storefront/documents", "document:view"),
        ("GET", ROADMAP, "document:view"),
        ("PUT", ROADMAP, "document:edit"),
        ("POST", f"{ROADMAP}/comments", "document:comment"),
        ("DELETE", ROADMAP, "document:delete"),
    ],
)
async def test_each_action_takes_its_own_permission_on_the_app(
    http: httpx2.AsyncClient, server: AuthorizationServer, method: str, path: str, permission: str
) -> None:
    """The app that holds a document is what is asked about, and a no ends the request."""
    server.evaluation = {"decision": False}
    response = await http.request(method, path)
    asked = json.loads(server.asked[-1].body)
    assert response.status_code == 403
    assert asked["action"] == {"name": permission}
    assert (asked["resource"]["type"], asked["resource"]["id"]) == ("app", "storefront")


@pytest.mark.parametrize(
    ("method", "path", "permission", "thing"),
    [
        ("GET", "/apps/storefront/documents", "can_view", ("folder", "storefront")),
        ("GET", ROADMAP, "can_view", ("document", "roadmap")),
        ("PUT", ROADMAP, "can_edit", ("document", "roadmap")),
        ("POST", f"{ROADMAP}/comments", "can_view", ("document", "roadmap")),
        ("DELETE", ROADMAP, "can_share", ("document", "roadmap")),
    ],
)
async def test_by_relationships_each_action_is_asked_about_the_document(
    server: AuthorizationServer,
    settings: ClientSettings,
    method: str,
    path: str,
    permission: str,
    thing: tuple[str, str],
) -> None:
    """Where relationships say who may do what, the document itself is asked about, and of several their folder."""
    server.introspection = live(server.issuer, AUDIENCE)
    server.evaluation = {"decision": False}
    service = ServiceClient(server.issuer, "documents", client_secret="secret", audience=AUDIENCE, settings=settings)
    async with (
        serving(lambda _: application(service, BY_RELATIONSHIPS)) as address,
        httpx2.AsyncClient(base_url=address, headers=BEARER) as http,
    ):
        response = await http.request(method, path)
    asked = json.loads(server.asked[-1].body)
    assert response.status_code == 403
    assert asked["action"] == {"name": permission}
    assert (asked["resource"]["type"], asked["resource"]["id"]) == thing


async def test_documents_are_kept_with_who_wrote_them_for_whom(http: httpx2.AsyncClient) -> None:
    """What was written can be listed, read, commented and removed."""
    await http.put(ROADMAP, content=b"Ship in May")
    await http.post(f"{ROADMAP}/comments", content=b"Why not in April?")
    listed, read = await http.get("/apps/storefront/documents"), await http.get(ROADMAP)
    assert listed.json() == {"documents": ["roadmap"]}
    assert read.json() == {
        "text": "Ship in May",
        "edited_by": "planner for anne",
        "comment": "Why not in April?",
    }
    assert (await http.delete(ROADMAP)).status_code == 204
    assert (await http.get(ROADMAP)).status_code == 404


async def test_one_app_does_not_see_the_documents_of_another(http: httpx2.AsyncClient) -> None:
    """Documents of the same name in two apps are two documents."""
    await http.put(ROADMAP, content=b"Ship in May")
    assert (await http.get("/apps/billing/documents/roadmap")).status_code == 404


async def test_health_is_nobodys_secret(http: httpx2.AsyncClient) -> None:
    """Whoever watches the service needs no token."""
    assert (await http.get("/healthz", headers={"Authorization": ""})).status_code == 200


async def test_a_large_body_is_not_read(http: httpx2.AsyncClient) -> None:
    """A document has a size that a memory can hold."""
    assert (await http.put(ROADMAP, content=b"a" * 100_000)).status_code == 413


async def test_whoever_is_refused_is_told_who_issues_tokens(
    http: httpx2.AsyncClient, server: AuthorizationServer
) -> None:
    """The challenge names the service's metadata, and these its issuer and what it asks for."""
    refused = await http.get(ROADMAP, headers={"Authorization": ""})
    path = "/.well-known/oauth-protected-resource"
    assert f'resource_metadata="{AUDIENCE}{path}"' in refused.headers["WWW-Authenticate"]
    told = (await http.get(path, headers={"Authorization": ""})).json()
    assert (told["resource"], told["authorization_servers"]) == (AUDIENCE, [server.issuer])
    assert "document:edit" in told["scopes_supported"]
