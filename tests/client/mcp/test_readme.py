"""The server of tools in the README, called by the SDK over HTTP."""

import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from delegation.client import AgentClient
from delegation.client.mcp import AnsweringClient
from tests.client.between import House
from tests.client.mcp.office import Bearer, said, wide
from tests.client.serving import serving
from tests.readme import programs

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7")]


async def test_the_tools_of_the_readme_do_what_it_says(house: House, agent: AgentClient) -> None:
    """A tool made as the README shows answers who may use it on that app, and refuses the app beside it."""
    token = await wide(agent, house.granted()[1])
    async with (
        house.documents() as service,
        serving(lambda _: programs()["tools"](service).streamable_http_app()) as address,
        AnsweringClient(auth=Bearer(token.value)) as http,
        Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
    ):
        allowed = said(await client.call_tool("write", {"app": "storefront", "text": "x"}))
        refused = said(await client.call_tool("write", {"app": "backoffice", "text": "x"}))
    assert allowed == (True, f"storefront says 'x', by {agent.client_id} for {house.tenant.anne}")
    assert not refused[0]
    assert "does not allow `document:edit` on `app:backoffice`" in refused[1]
