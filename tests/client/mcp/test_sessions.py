"""Sessions of several users and agents at once: nobody is ever taken for somebody else."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from mcp.client.client import Client

from delegation.client import AgentClient, Receipt
from delegation.client.mcp import Need
from tests.client.between import House
from tests.client.mcp.office import ACCEPT, INITIALIZE, Bearer, Office, said, wide

pytestmark = [pytest.mark.anyio, pytest.mark.threat("I10")]

ROUNDS = 15
PATIENCE = 20
"""Seconds after which a call that nobody meets is over."""
CROWD = 33
"""More than an event loop has threads of its own."""


@pytest.fixture
def meeting(documents: Office) -> Office:
    """The server with a tool in which two calls wait for each other, and say before and after whose they are."""
    barrier = asyncio.Barrier(2)

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{app}")
    async def meet(app: str) -> str:
        before = documents.access.caller()
        async with asyncio.timeout(PATIENCE):
            await barrier.wait()
        await documents.access.demand("document:edit", f"app:{app}")
        after = documents.access.caller()
        assert before == after
        return f"{after.subject} on {after.details[0]['identifier']}"

    return documents


@pytest.fixture(scope="module")
def carol(shared: House) -> str:
    """Another user, who may do what Anne may."""
    carol = shared.tenant.join("carol")
    shared.tenant.assign(f"user:{carol}", "workspace-member", "workspace:design")
    return carol


def of_carol(house: House, carol: str) -> Receipt:
    """Let Carol let the planner edit beneath zeus, where Anne granted nothing."""
    return Receipt(house.tenant.grant(carol, resource="project:zeus", unattended=True)["receipt"])


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_users_at_once_are_never_mixed_up(
    house: House, agent: AgentClient, meeting: Office, carol: str, mode: str
) -> None:
    """Two calls that are within their tools at the same time each know their own caller, before and after."""
    anne, other = house.granted()[1], of_carol(house, carol)
    calls = meeting.calls(agent, anne, plan=meets), meeting.calls(agent, other, plan=meets, identifier="project:zeus")
    async with (
        meeting.connected(calls[0], mode=mode) as of_anne,
        meeting.connected(calls[1], mode=mode) as of_other,
    ):
        for _ in range(ROUNDS):
            answers = await asyncio.gather(
                of_anne.call_tool("meet", {"app": "storefront"}), of_other.call_tool("meet", {"app": "backoffice"})
            )
            assert [said(answer) for answer in answers] == [
                (True, f"{house.tenant.anne} on app:storefront"),
                (True, f"{carol} on app:backoffice"),
            ]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_calls_of_one_session_have_each_their_own_token(
    house: House, agent: AgentClient, meeting: Office, mode: str
) -> None:
    """Within one session two tools that run at the same time decide by the token of their own request."""
    house.tenant.manage("POST", "/resources", {"resource": "app:second", "parent": "project:apollo"})
    async with meeting.connected(meeting.calls(agent, house.granted()[1], plan=meets), mode=mode) as client:
        for _ in range(ROUNDS):
            answers = await asyncio.gather(*(meet(client, app) for app in ("storefront", "second")))
            assert answers == [(True, f"{house.tenant.anne} on app:{app}") for app in ("storefront", "second")]


async def test_tools_that_wait_in_threads_keep_nobody_waiting(
    house: House, agent: AgentClient, documents: Office
) -> None:
    """As many run at once as without a guard, and each in its thread knows its own caller."""
    barrier = threading.Barrier(CROWD)

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{app}")
    def wait(app: str) -> str:
        barrier.wait(PATIENCE)
        return f"{documents.access.caller().subject} on {app}"

    token = await wide(agent, house.granted()[1])
    async with documents.connected(Bearer(token.value)) as client:
        answers = await asyncio.gather(*(client.call_tool("wait", {"app": "storefront"}) for _ in range(CROWD)))
    assert {said(answer) for answer in answers} == {(True, f"{house.tenant.anne} on storefront")}


@pytest.mark.parametrize("thief", ["another user", "another agent"])
async def test_a_session_is_good_for_whoever_began_it(
    house: House, agent: AgentClient, documents: Office, carol: str, thief: str
) -> None:
    """Who presents the id of another's session with a good token of their own is told that there is none."""
    own = (await wide(agent, house.granted()[1])).value
    narrowed = (await wide(agent, house.granted()[1], identifier="app:storefront", roles=["app-editor"])).value
    stolen = await foreign(house, agent, carol, thief)
    async with httpx2.AsyncClient(headers=ACCEPT, base_url=documents.address) as http:
        begun = await http.post("/mcp", json=INITIALIZE, auth=Bearer(own))
        session = {"Mcp-Session-Id": begun.headers["Mcp-Session-Id"], "Mcp-Protocol-Version": "2025-06-18"}
        message = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        answers = [
            await http.post("/mcp", json=message, headers=session, auth=Bearer(token))
            for token in (own, narrowed, stolen)
        ]
        ended = await http.delete("/mcp", headers=session, auth=Bearer(stolen))
        opened = await http.post("/mcp", json=INITIALIZE, auth=Bearer(stolen))
    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert (ended.status_code, opened.status_code) == (404, 200)


async def foreign(house: House, agent: AgentClient, carol: str, thief: str) -> str:
    """Return a good token of somebody else."""
    if thief == "another user":
        return (await wide(agent, of_carol(house, carol), identifier="project:zeus")).value
    researcher = house.tenant.agent("researcher")
    made = house.tenant.grant(agent=researcher.id, unattended=True)
    async with AgentClient(house.address, researcher.id, secret=researcher.secret, settings=house.settings()) as other:
        return (await wide(other, Receipt(made["receipt"]))).value


def meets(tool: str, arguments: Mapping[str, Any]) -> Need:
    """Return what a meeting needs."""
    assert tool == "meet"
    return {"identifier": f"app:{arguments['app']}", "roles": ["app-editor"], "actions": ["document:edit"]}


async def meet(client: Client, app: str) -> tuple[bool, str]:
    """Return what is said at a meeting."""
    return said(await client.call_tool("meet", {"app": app}))
