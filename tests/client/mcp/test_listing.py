"""A list of tools shows those that the caller's token is of any use for."""

import pytest
from mcp.shared.exceptions import MCPError
from starlette.responses import Response

from delegation.client import AgentClient
from tests.client.between import Fault, House
from tests.client.mcp.office import Bearer, Office, office, said, wide

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7")]


async def names(documents: Office, token: str) -> set[str]:
    """Return which tools are listed."""
    async with documents.connected(Bearer(token)) as client:
        return {tool.name for tool in (await client.list_tools()).tools}


async def test_tools_are_hidden_from_whoever_can_use_them_nowhere(house: House, agent: AgentClient) -> None:
    """Only what a template tells of is hidden, the token's own limits count, and a hidden tool decides as it did."""
    receipt = house.granted()[1]
    full = (await wide(agent, receipt)).value
    viewing = (await wide(agent, receipt, actions=["document:view"])).value
    async with office(house, hides=True) as documents:
        assert await names(documents, full) == {"edit", "read", "whoami"}
        assert await names(documents, viewing) == {"read", "whoami"}
        async with documents.connected(Bearer(viewing)) as client:
            assert not said(await client.call_tool("edit", {"app": "storefront"}))[0]
    async with office(house) as documents:
        assert await names(documents, viewing) == {"edit", "read", "whoami"}


async def test_a_permission_beneath_the_token_s_place_counts(house: House, agent: AgentClient) -> None:
    """What the user holds on one app alone is found there, although the token stands on the project."""
    tenant, held = house.tenant, ("workspace-member", "workspace:design")
    token = (await wide(agent, house.granted()[1])).value
    tenant.assign(f"user:{tenant.anne}", "project-viewer", "project:apollo")
    async with office(house, hides=True) as documents:
        tenant.unassign(f"user:{tenant.anne}", *held)
        assert await names(documents, token) == {"read", "whoami"}
        tenant.assign(f"user:{tenant.anne}", "app-editor", "app:storefront")
        assert await names(documents, token) == {"edit", "read", "whoami"}
        tenant.assign(f"user:{tenant.anne}", *held)


async def test_a_tool_whose_type_is_an_argument_is_shown(house: House, agent: AgentClient) -> None:
    """What a template leaves to the call to choose cannot be looked for, so that nobody misses a tool for it."""
    tenant, held = house.tenant, ("workspace-member", "workspace:design")
    token = (await wide(agent, house.granted()[1])).value
    tenant.assign(f"user:{tenant.anne}", "app-editor", "app:storefront")
    async with office(house, hides=True) as documents:

        @documents.server.tool()
        @documents.access.requires("document:edit", on="{kind}:{name}")
        async def publish(kind: str, name: str) -> str:
            return f"{kind} {name}"

        tenant.unassign(f"user:{tenant.anne}", *held)
        assert await names(documents, token) == {"edit", "read", "whoami", "publish"}
        tenant.assign(f"user:{tenant.anne}", *held)


async def test_no_list_is_shortened_by_a_failure(house: House, agent: AgentClient) -> None:
    """While it cannot be told, there is an error and no list."""
    token = (await wide(agent, house.granted()[1], actions=["document:view"])).value
    async with office(house, hides=True) as documents, documents.connected(Bearer(token)) as client:
        house.between.faults.extend([Fault(), *[Fault(answer=Response(status_code=503))] * 3])
        with pytest.raises(MCPError):
            await client.list_tools()
        house.between.faults.clear()
