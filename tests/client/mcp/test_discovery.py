"""Clients of MCP find out by themselves who issues tokens for a server (RFC 9728)."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from mcp.client.auth.utils import (
    build_protected_resource_metadata_discovery_urls,
    extract_resource_metadata_from_www_auth,
    handle_protected_resource_response,
)
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette

from delegation.client import AgentClient, ServiceClient
from delegation.client.mcp import DelegatedTools
from tests.client.between import House
from tests.client.mcp.office import ACCEPT, INITIALIZE, Bearer, wide
from tests.client.serving import serving
from tests.conformance import rfc
from tests.ports import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["", "/mcp"], ids=["origin", "path"])
async def server(request: pytest.FixtureRequest, house: House) -> AsyncIterator[str]:
    """A server whose audience is where it is found."""
    port = free_port()
    audience = f"http://127.0.0.1:{port}{request.param}"
    registered = house.tenant.house.service(f"tools-{port}", audience, house.tenant.id)
    async with ServiceClient(
        house.address, registered.id, client_secret=registered.secret, audience=audience, settings=house.settings()
    ) as service:
        access = DelegatedTools(service)

        def build(_: str) -> Starlette:
            return MCPServer[Any]("tools", token_verifier=access, auth=access.auth).streamable_http_app()

        async with serving(build, port):
            yield audience


@rfc("9728", "5.1", "challenge")
async def test_the_sdk_finds_the_issuer(house: House, server: str) -> None:
    """Its own way from the 401 ends at our issuer, byte for byte, and the resource is the audience."""
    mcp = f"{server.removesuffix('/mcp')}/mcp"
    async with httpx2.AsyncClient() as http:
        refused = await http.post(mcp, json=INITIALIZE, headers=ACCEPT)
        told = extract_resource_metadata_from_www_auth(refused)
        first, *_ = build_protected_resource_metadata_discovery_urls(told, mcp)
        metadata = await handle_protected_resource_response(await http.get(first))
    assert (refused.status_code, told) == (401, first)
    assert metadata is not None
    assert str(metadata.resource) == server
    assert [str(each) for each in metadata.authorization_servers] == [house.address]


async def test_our_agents_find_it_too(agent: AgentClient, house: House, server: str) -> None:
    """What an agent learns of a server by its address is what its tokens are to be for, and such a token is let in."""
    found = await agent.discover(server)
    assert (found.resource, found.is_bound_only) == (server, False)
    token = await wide(agent, house.granted()[1], resource=found.resource)
    async with httpx2.AsyncClient(auth=Bearer(token.value)) as http:
        answer = await http.post(f"{server.removesuffix('/mcp')}/mcp", json=INITIALIZE, headers=ACCEPT)
    assert answer.status_code == 200
