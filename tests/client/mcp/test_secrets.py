"""Tokens and secrets stand in the header that is meant for them, and nowhere else."""

import json
import logging
import re

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import RequestParamsMeta

from delegation.client import AgentClient
from tests.client.between import House
from tests.client.mcp.office import Bearer, Office, said, wide

pytestmark = [pytest.mark.anyio, pytest.mark.threat("47")]

META: RequestParamsMeta = {"progress_token": "traced"}
TOKEN = re.compile(r"eyJ|dss_")


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_no_token_is_in_messages_logs_or_errors(
    house: House, agent: AgentClient, documents: Office, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is sent either way or logged in detail, of calls that go well and of refused ones, holds no token."""
    caplog.set_level(logging.DEBUG)
    delegation, receipt = house.granted()
    token = (await wide(agent, receipt)).value
    calls = documents.calls(agent, receipt)
    async with documents.connected(calls, mode=mode) as client, documents.connected(Bearer(token), mode=mode) as other:
        assert said(await client.call_tool("edit", {"app": "storefront"}, meta=META))[0]
        assert not said(await other.call_tool("edit", {"app": "backoffice"}))[0]
        shown = [repr(calls), repr(documents.access), repr(documents.access.caller)]
        for refused in ({"app": "backoffice"}, {}):
            with pytest.raises(MCPError) as error:
                await client.call_tool("edit", refused)
            shown.append(repr(error.value))
        house.tenant.hand(house.tenant.anne, "DELETE", delegation)
        with pytest.raises(MCPError) as error:
            await client.call_tool("edit", {"app": "storefront"})
    logged = [record.getMessage() for record in caplog.records]
    assert len(documents.bodies) > 10
    assert any("tools/call" in line for line in logged)
    for text in [*(body.decode() for body in documents.bodies), *logged, *shown, repr(error.value)]:
        assert not TOKEN.search(text), text
        assert token not in text


async def test_the_client_adds_nothing_to_a_message(house: House, agent: AgentClient, documents: Office) -> None:
    """What the application puts into `_meta` arrives as it was, and the token is no part of the message."""
    async with documents.connected(documents.calls(agent, house.granted()[1]), mode="legacy") as client:
        documents.bodies.clear()
        await client.call_tool("edit", {"app": "storefront"}, meta=META)
    [message] = [json.loads(body) for body in documents.bodies if b"tools/call" in body]
    assert message["params"] == {
        "name": "edit",
        "arguments": {"app": "storefront"},
        "_meta": {"progressToken": "traced"},
    }
