"""What an agent makes of a service's own metadata (RFC 9728)."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from delegation.client import (
    AgentClient,
    ClientSettings,
    ProtectedResource,
    Unavailable,
    UnexpectedAnswer,
    UntrustedIssuer,
    WrongTarget,
)
from tests.client.authorization_server import AuthorizationServer
from tests.client.samples import SECRET
from tests.client.serving import Stage, serving
from tests.conformance import rfc
from tests.ports import free_port

pytestmark = pytest.mark.anyio

WELL_KNOWN = "/.well-known/oauth-protected-resource"


@dataclass(slots=True)
class Described:
    """A service that says of itself what it was told, and where by a challenge if it was told so."""

    address: str
    metadata: dict[str, Any] = field(default_factory=dict)
    challenge: str | None = None
    path: str = WELL_KNOWN
    seen: list[tuple[str, str | None]] = field(default_factory=list)

    def application(self) -> Starlette:
        """Return the application that speaks for this service."""
        return Starlette(routes=[Route("/{path:path}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        self.seen.append((request.url.path, request.headers.get("Authorization")))
        if request.url.path == self.path:
            return JSONResponse(self.metadata)
        if request.url.path.startswith("/.well-known/"):
            return Response(status_code=404)
        headers = {} if self.challenge is None else {"WWW-Authenticate": f'Bearer resource_metadata="{self.challenge}"'}
        return Response(status_code=401, headers=headers)


@pytest.fixture
def service(second_stage: Stage, server: AuthorizationServer) -> Iterator[Described]:
    """A service that trusts the agent's issuer, and says so at the well-known address."""
    described = Described(second_stage.address)
    described.metadata = {"resource": described.address, "authorization_servers": [server.issuer]}
    second_stage.playing = described.application()
    yield described
    assert {authorization for _, authorization in described.seen} <= {None}


async def test_an_address_is_all_that_is_needed(agent: AgentClient, service: Described) -> None:
    """From the service's address the agent knows what its tokens are for, and that its own issuer makes them."""
    service.metadata |= {"scopes_supported": ["document:edit"], "dpop_bound_access_tokens_required": True}
    found = await agent.discover(service.address)
    assert found == ProtectedResource(service.address, frozenset({"document:edit"}), is_bound_only=True)


@rfc("9728", "3", "well-known")
async def test_a_path_stands_behind_the_well_known_part(agent: AgentClient, service: Described) -> None:
    """Several services of one host are told apart by their paths."""
    service.path = f"{WELL_KNOWN}/documents"
    service.metadata["resource"] = f"{service.address}/documents"
    found = await agent.discover(f"{service.address}/documents")
    assert found == ProtectedResource(f"{service.address}/documents", frozenset(), is_bound_only=False)


async def test_a_challenge_says_where_the_metadata_is(agent: AgentClient, service: Described) -> None:
    """The service's own word on where it is described goes before the usual place."""
    service.path, service.challenge = "/described", f"{service.address}/described"
    assert (await agent.discover(service.address)).resource == service.address
    assert [path for path, _ in service.seen] == ["/", "/described"]


@rfc("9728", "7.7", "no-errand")
@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/described", "http://169.254.169.254/latest", "/described", ""]
)
async def test_a_challenge_leads_nowhere_else(agent: AgentClient, service: Described, elsewhere: str) -> None:
    """A service cannot make an agent ask other addresses on its behalf: the well-known one is asked instead."""
    service.challenge = elsewhere
    assert (await agent.discover(service.address)).resource == service.address
    assert [path for path, _ in service.seen] == ["/", WELL_KNOWN]


@rfc("9728", "3.3", "same-resource")
@rfc("9728", "3.3", "same-address")
@pytest.mark.parametrize("by_challenge", [True, False])
@pytest.mark.parametrize("suffix", ["/", "/documents", "#", "?a=b"])
async def test_a_service_of_another_name_is_not_the_one(
    agent: AgentClient, service: Described, suffix: str, *, by_challenge: bool
) -> None:
    """One letter more, and nothing of the metadata is used; the error says by what name it goes."""
    service.challenge = f"{service.address}{WELL_KNOWN}" if by_challenge else None
    service.metadata["resource"] += suffix
    with pytest.raises(WrongTarget, match="calls itself") as caught:
        await agent.discover(service.address)
    assert f"`{service.address}{suffix}`" in str(caught.value)


@rfc("9728", "7.6", "known-issuers")
@pytest.mark.parametrize("servers", [None, [], ["https://other.example"], "issuer", {"issuer": 1}])
async def test_a_service_that_trusts_others_gets_no_token(
    agent: AgentClient, service: Described, servers: object
) -> None:
    """The issuer must be this client's own, letter by letter; none said is none trusted."""
    service.metadata["authorization_servers"] = servers
    with pytest.raises(UntrustedIssuer, match="does not name"):
        await agent.discover(service.address)
    service.metadata["authorization_servers"] = [agent.issuer + "/"]
    with pytest.raises(UntrustedIssuer):
        await agent.discover(service.address)


async def test_a_service_that_says_nothing_of_itself_is_told_apart(agent: AgentClient, service: Described) -> None:
    """No document, or none with a name, is no error of the address; a service that is not there is."""
    service.metadata = {}
    with pytest.raises(UnexpectedAnswer, match="`resource`"):
        await agent.discover(service.address)
    service.path = "/nowhere"
    with pytest.raises(UnexpectedAnswer, match="answered 404"):
        await agent.discover(service.address)
    with pytest.raises(Unavailable, match="the service cannot be reached"):
        await agent.discover(f"http://127.0.0.1:{free_port()}")


@rfc("9728", "7.1", "https")
@pytest.mark.parametrize(
    "address", ["http://documents.example", "documents", "https://a.example/#x", "https://u:p@a.example"]
)
async def test_only_protected_addresses_are_asked(agent: AgentClient, address: str) -> None:
    """What is said on the way could be anybody's word."""
    with pytest.raises(WrongTarget):
        await agent.discover(address)


async def test_all_that_a_look_needs_has_one_deadline(server: AuthorizationServer) -> None:
    """Two slow answers do not take twice the time; it is the service that is said to be late."""

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.3)
        await Response(status_code=401)(scope, receive, send)

    async with (
        serving(lambda _: slow) as address,
        AgentClient(
            server.issuer, "planner", secret=SECRET, settings=ClientSettings(deadline=timedelta(seconds=0.4))
        ) as agent,
    ):
        with pytest.raises(Unavailable, match="the service did not answer in time"):
            await agent.discover(address)
