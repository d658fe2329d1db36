"""Each call of a tool carries a token for just that call, and nothing that was not planned leaves."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from mcp.shared.exceptions import MCPError
from starlette.responses import Response

from delegation.client import AgentClient, WrongTarget
from delegation.client.mcp import AnsweringClient, Need, NotPlanned, consent_uri_in
from delegation.client.mcp.answering import REFUSED
from tests.client.between import Fault, House
from tests.client.mcp.office import ACTIONS, Office, plan, said
from tests.end_to_end.deployment import DOCUMENTS

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("6")]

MODES = ["legacy", "auto"]
"""Protocols with sessions, and without."""


@pytest.mark.threat("1")
@pytest.mark.parametrize("mode", MODES)
async def test_each_call_carries_a_token_for_just_that_call(
    house: House, agent: AgentClient, documents: Office, mode: str
) -> None:
    """The server is shown one permission on one app for a call, and the little of the base for everything else."""
    anne, planner = house.tenant.anne, house.tenant.planner.id
    async with documents.connected(documents.calls(agent, house.granted()[1]), mode=mode) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        opening = set(documents.presented)
        documents.presented.clear()
        edited = await client.call_tool("edit", {"app": "storefront", "text": "Ship"})
        read = await client.call_tool("read", {"app": "storefront"})
    assert names == {"edit", "read", "whoami"}
    assert opening == {(anne, "project:apollo", ("app:view",))}
    assert said(edited) == (True, f"{planner} for {anne} edits storefront: Ship")
    assert said(read) == (True, f"storefront: {anne}'s canary")
    assert [each for each in documents.presented if each[1] != "project:apollo"] == [
        (anne, "app:storefront", ("document:edit",)),
        (anne, "app:storefront", ("document:view",)),
    ]


@pytest.mark.threat("1")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("tool", "arguments", "why"),
    [
        ("whoami", {}, "the plan does not know the tool `whoami`"),
        ("edit", {"text": "no app"}, "the plan makes nothing of these arguments of `edit`"),
    ],
)
async def test_what_is_not_planned_does_not_leave(
    house: House, agent: AgentClient, documents: Office, tool: str, arguments: dict[str, Any], why: str, mode: str
) -> None:
    """The call gets an error for an answer, the server hears nothing of it, and the connection goes on."""
    async with documents.connected(documents.calls(agent, house.granted()[1]), mode=mode) as client:
        documents.presented.clear()
        with pytest.raises(MCPError, match=why):
            await client.call_tool(tool, arguments)
        assert [each for each in documents.presented if each[1] != "project:apollo"] == []
        assert said(await client.call_tool("edit", {"app": "storefront"}))[0]


@pytest.mark.threat("1")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "arguments",
    [{"place": 7}, {"place": " "}, {"place": "app:storefront", "actions": ["document:edit", ["document:view"]]}],
    ids=["number", "nothing", "nested"],
)
async def test_no_arguments_of_the_model_end_the_connection(
    house: House, agent: AgentClient, documents: Office, arguments: dict[str, Any], mode: str
) -> None:
    """However the plan stumbles, and if it asks for nothing definite, one call is not sent and the others go on."""

    def careless(tool: str, arguments: Mapping[str, Any]) -> Need | None:
        actions = arguments.get("actions", [ACTIONS[tool]])
        return {"identifier": arguments["place"].strip(), "roles": ["app-editor"], "actions": actions}

    async with documents.connected(documents.calls(agent, house.granted()[1], plan=careless), mode=mode) as client:
        with pytest.raises(MCPError, match="the plan makes nothing of these arguments of `edit`"):
            await client.call_tool("edit", arguments)
        assert said(await client.call_tool("edit", {"place": "app:storefront", "app": "storefront"}))[0]


@pytest.mark.threat("1")
async def test_what_the_user_did_not_grant_is_refused_before_it_leaves(
    house: House, agent: AgentClient, documents: Office
) -> None:
    """Anne may edit the sibling herself; her agent gets no token for it, and is told where she can grant it."""
    assert house.tenant.person_may(house.tenant.anne, "document:edit", "app:backoffice")
    async with documents.connected(documents.calls(agent, house.granted()[1])) as client:
        with pytest.raises(MCPError) as refused:
            await client.call_tool("edit", {"app": "backoffice"})
        assert consent_uri_in(refused.value) == f"{house.address}/delegations"
        assert documents.done == []
        assert said(await client.call_tool("edit", {"app": "storefront"}))[0]


@pytest.mark.threat("1")
async def test_no_server_says_where_a_user_grants(house: House, agent: AgentClient, documents: Office) -> None:
    """An error that a server writes as ours are written, or with the seal of another address, leads nobody there."""
    async with documents.connected(documents.calls(agent, house.granted()[1])) as client:
        with pytest.raises(MCPError) as refused:
            await client.call_tool("edit", {"app": "backoffice"})
    ours = refused.value.error.data
    assert ours is not None
    elsewhere = {"consent_uri": "https://elsewhere.example/delegations"}
    for data in (elsewhere, {**ours, **elsewhere}, {**ours, "seal": "\ud800"}, {**ours, "seal": None}, [ours], None):
        assert consent_uri_in(MCPError(REFUSED, "the user did not grant this", data)) is None


async def test_a_token_that_is_good_no_longer_is_replaced_once(
    house: House, agent: AgentClient, documents: Office
) -> None:
    """A 401 makes the agent forget the token and ask for one more; the call succeeds."""
    receipt = house.granted()[1]
    async with documents.connected(documents.calls(agent, receipt)) as client:
        assert said(await client.call_tool("edit", {"app": "storefront"}))[0]
        held = await agent.token(receipt, resource=DOCUMENTS, **planned("edit", app="storefront"))
        assert house.tenant.give_up(held.value).is_success
        house.between.seen.clear()
        assert said(await client.call_tool("edit", {"app": "storefront"}))[0]
    assert house.between.seen.count("/token") == 1


async def test_nothing_is_concluded_while_the_service_cannot_be_asked(
    house: House, agent: AgentClient, documents: Office
) -> None:
    """The call is answered with what is the matter, and succeeds when it is asked again."""
    async with documents.connected(documents.calls(agent, house.granted()[1])) as client:
        house.between.faults.append(Fault(answer=Response(status_code=503)))
        with pytest.raises(MCPError, match="503"):
            await client.call_tool("edit", {"app": "storefront"})
        assert (documents.done, len(house.between.faults)) == ([], 0)
        assert said(await client.call_tool("edit", {"app": "storefront"}))[0]


CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "edit", "arguments": {"app": "storefront"}},
}


@pytest.mark.threat("1")
@pytest.mark.parametrize(
    "body",
    [
        [CALL],
        [CALL, {**CALL, "id": 2}],
        {**CALL, "params": {"name": ["edit"], "arguments": {"app": "storefront"}}},
        {**CALL, "params": {"name": "edit", "arguments": [["app", "storefront"]]}},
        {**CALL, "params": [1]},
        b"garbage",
        b"1",
        b'{"method": "ping", "method": "tools/call"}',
        b'{"method": "tools/call", "params": {"name": "read", "name": "edit"}}',
        b"\xff\xfe",
    ],
    ids=["batch", "batch-of-two", "name", "arguments", "params", "garbage", "number", "twice", "named-twice", "bytes"],
)
async def test_what_nobody_can_plan_for_does_not_leave(
    house: House, agent: AgentClient, documents: Office, body: object
) -> None:
    """Several messages in one, and what is no message, never get a token; the HTTP client raises, or answers."""
    calls = documents.calls(agent, house.granted()[1])
    sent: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
    house.between.seen.clear()
    async with httpx2.AsyncClient(auth=calls) as plain, AnsweringClient(auth=calls) as answering:
        with pytest.raises(NotPlanned):
            await plain.post(f"{documents.address}/mcp", **sent)
        answer = await answering.post(f"{documents.address}/mcp", **sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, -32040)
    assert (documents.presented, house.between.seen) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"jsonrpc": "2.0", "id": 7, "result": {}}',
        b'{"jsonrpc": "2.0", "id": 7, "method": "Tools/Call", "params": {"name": "edit"}}',
        b'{"jsonrpc": "2.0", "id": 7, "METHOD": "tools/call", "params": {"name": "edit"}}',
    ],
    ids=["none", "answer", "other-method", "other-member"],
)
async def test_everything_but_a_call_carries_the_base(
    house: House, agent: AgentClient, documents: Office, body: bytes
) -> None:
    """Streams, answers to the server, and methods that only look like a call get the base's token."""
    async with httpx2.AsyncClient(auth=documents.calls(agent, house.granted()[1])) as http:
        await http.request("POST" if body else "DELETE", f"{documents.address}/mcp", content=body)
    assert [(place, actions) for _, place, actions in documents.presented] == [("project:apollo", ("app:view",))]


async def test_tokens_go_to_the_server_alone(house: House, agent: AgentClient, documents: Office) -> None:
    """A request to another origin raises before any token is asked for."""
    calls = documents.calls(agent, house.granted()[1])
    house.between.seen.clear()
    async with httpx2.AsyncClient(auth=calls) as http:
        with pytest.raises(WrongTarget):
            await http.post(f"{house.address}/mcp", json=CALL)
    assert house.between.seen == []


async def test_a_refusal_says_what_it_is_to_whoever_reads_http(
    house: House, agent: AgentClient, documents: Office
) -> None:
    """The answer has the id of its message, and 503 where asking again may help."""
    calls = documents.calls(agent, house.granted()[1])
    house.between.faults.append(Fault(answer=Response(status_code=503)))
    async with AnsweringClient(auth=calls) as http:
        later = await http.post(f"{documents.address}/mcp", json=CALL)
        never = await http.post(f"{documents.address}/mcp", json={**CALL, "id": "x", "params": {"name": "drop"}})
    assert (later.status_code, later.json()["id"], never.status_code, never.json()["id"]) == (503, 1, 403, "x")


async def test_it_is_refused_where_it_cannot_be_used(agent: AgentClient, documents: Office, house: House) -> None:
    """A base that asks for nothing definite, and a synchronous client, fail at once and say why."""
    receipt = house.granted()[1]
    with pytest.raises(ValueError, match="`roles`"):
        documents.calls(agent, receipt, roles=[])
    with (
        pytest.raises(TypeError, match="asynchronous"),
        httpx2.Client(auth=documents.calls(agent, receipt)) as blocking,
    ):
        blocking.post(documents.address)


def planned(tool: str, **arguments: str) -> Need:
    """Return what a call needs that is planned."""
    need = plan(tool, arguments)
    assert need is not None
    return need
