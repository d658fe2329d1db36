"""What a server of tools refuses, at which moment, and what the model reads of it."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from starlette.responses import Response

from delegation.client import AgentClient, ClientSettings, OfflineVerifier
from delegation.client.mcp import DelegatedTools, ToolRefused
from tests.client.between import Fault, House
from tests.client.mcp.office import ACCEPT, INITIALIZE, Bearer, Office, office, said, wide
from tests.end_to_end.deployment import DOCUMENTS

pytestmark = [pytest.mark.anyio, pytest.mark.semantics("7")]


@pytest.fixture(scope="module")
def mail(shared: House) -> str:
    """The audience of another service of the same organization."""
    return shared.tenant.house.service("mail", "https://mail.example", shared.tenant.id).audience


@pytest.mark.threat("1")
@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_sibling_is_refused_though_the_user_may(
    house: House, agent: AgentClient, documents: Office, mode: str
) -> None:
    """The model reads what was refused, which term said no, and who can help; the tool does not run."""
    delegation, receipt = house.granted()
    bearer = Bearer((await wide(agent, receipt)).value)
    async with documents.connected(bearer, mode=mode) as client:
        refused = await client.call_tool("edit", {"app": "backoffice", "text": "x"})
        allowed = await client.call_tool("edit", {"app": "storefront", "text": "x"})
    told = said(refused)[1].removeprefix("Error executing tool edit: ")
    assert refused.is_error
    assert told.startswith("refused: the token does not allow `document:edit` on `app:backoffice`: ")
    assert told.endswith(
        f". what said no: delegation {delegation}. the user did not grant this; the user could grant more"
    )
    assert said(allowed)[0]
    assert len(documents.done) == 1


@pytest.mark.threat("1")
async def test_the_token_itself_is_a_limit(house: House, agent: AgentClient, documents: Office) -> None:
    """What one call's token allows is no help to another call, and no data comes with the refusal."""
    token = await wide(agent, house.granted()[1], actions=["document:edit"])
    async with documents.connected(Bearer(token.value)) as client:
        answered, told = said(await client.call_tool("read", {"app": "storefront"}))
    assert (answered, "canary" in told) == (False, False)
    assert "what said no: token. the token was asked for less" in told


@pytest.mark.threat("4")
async def test_the_user_and_the_ceiling_are_limits_at_this_moment(
    house: House, agent: AgentClient, documents: Office
) -> None:
    """What an administrator takes away between two calls of one session is refused in the second, and said."""
    tenant, lost = house.tenant, ("workspace-member", "workspace:design")
    token = await wide(agent, house.granted()[1])
    async with documents.connected(Bearer(token.value)) as client:
        assert said(await client.call_tool("edit", {"app": "storefront"}))[0]
        tenant.assign(f"user:{tenant.anne}", "project-viewer", "project:apollo")
        tenant.unassign(f"user:{tenant.anne}", *lost)
        of_user = said(await client.call_tool("edit", {"app": "storefront"}))
        tenant.assign(f"user:{tenant.anne}", *lost)
        bound = {"resource": "project:apollo", "roles": ["project-viewer"]}
        tenant.admit(tenant.planner, [bound])
        of_ceiling = said(await client.call_tool("edit", {"app": "storefront"}))
        tenant.admit(tenant.planner)
        assert said(await client.call_tool("edit", {"app": "storefront"}))[0]
    assert not of_user[0]
    assert "what said no: user. the user may not do this either" in of_user[1]
    assert not of_ceiling[0]
    assert "what said no: ceiling. an administrator of the organization could let this agent do more" in of_ceiling[1]


@pytest.mark.threat("6")
@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_revoked_between_two_calls_of_one_session(
    house: House, agent: AgentClient, documents: Office, mode: str
) -> None:
    """The second call reaches no tool, and the agent learns that the delegation is over."""
    delegation, receipt = house.granted()
    async with documents.connected(documents.calls(agent, receipt), mode=mode) as client:
        assert said(await client.call_tool("edit", {"app": "storefront"}))[0]
        house.tenant.hand(house.tenant.anne, "DELETE", delegation)
        with pytest.raises(MCPError, match="revoked"):
            await client.call_tool("edit", {"app": "storefront"})
    assert len(documents.done) == 1


@pytest.mark.threat("6")
async def test_revoked_while_a_tool_runs(house: House, agent: AgentClient, documents: Office) -> None:
    """A tool that asks again is told so: nothing is remembered of the token that came in."""
    delegation, receipt = house.granted()
    running, go_on = asyncio.Event(), asyncio.Event()

    @documents.server.tool()
    @documents.access.requires("document:edit", on="app:{app}")
    async def rewrite(app: str) -> str:
        running.set()
        await go_on.wait()
        await documents.access.demand("document:edit", f"app:{app}")
        documents.done.append(app)
        return app

    token = await wide(agent, receipt)
    async with documents.connected(Bearer(token.value)) as client:
        called = asyncio.create_task(client.call_tool("rewrite", {"app": "storefront"}))
        await running.wait()
        house.tenant.hand(house.tenant.anne, "DELETE", delegation)
        go_on.set()
        answered, told = said(await called)
    assert (answered, documents.done) == (False, [])
    assert "the token is expired, revoked" in told


@pytest.mark.threat("29")
@pytest.mark.threat("39")
@pytest.mark.parametrize("kind", ["good", "none", "garbage", "expired", "revoked", "elsewhere", "bound", "users"])
async def test_only_a_good_token_opens_a_connection(house: House, documents: Office, mail: str, kind: str) -> None:
    """No token, and one that is expired, revoked, bound, a user's own or another service's: 401, and where to ask."""
    receipt = house.granted()[1]
    async with house.agent(dpop=kind == "bound") as agent:
        resource = mail if kind == "elsewhere" else DOCUMENTS
        value = (await wide(agent, receipt, resource=resource)).value
    value = {"garbage": "x", "users": house.tenant.house.user_token(house.tenant.anne)}.get(kind, value)
    if kind == "revoked":
        house.tenant.give_up(value)
    if kind == "expired":
        house.clock.advance(timedelta(seconds=301))
    headers = ACCEPT if kind == "none" else {**ACCEPT, "Authorization": f"Bearer {value}"}
    async with httpx2.AsyncClient() as http:
        answer = await http.post(f"{documents.address}/mcp", json=INITIALIZE, headers=headers)
    challenge = answer.headers.get("WWW-Authenticate", "")
    metadata = f'resource_metadata="{DOCUMENTS}/.well-known/oauth-protected-resource"'
    assert (answer.status_code, metadata in challenge) == ((200, False) if kind == "good" else (401, True))


@pytest.mark.threat("I3")
async def test_a_token_counts_where_it_can_be_told(
    house: House, agent: AgentClient, documents: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """While the authorization service cannot be asked, no token is good, and no tool runs."""
    token = await wide(agent, house.granted()[1])
    house.between.faults.append(Fault(answer=Response(status_code=503)))
    assert await documents.access.verify_token(token.value) is None
    assert ("a token could not be verified" in caplog.text, token.value in caplog.text) == (True, False)
    async with documents.connected(Bearer(token.value)) as client:
        names = [each.name for each in (await client.list_tools()).tools]
        # The token is asked about once, and then what it allows.
        house.between.faults.extend([Fault(), *[Fault(answer=Response(status_code=503))] * 3])
        answered, told = said(await client.call_tool("edit", {"app": "storefront"}))
    house.between.faults.clear()
    assert (names, answered, documents.done) == (["edit", "read", "whoami"], False, [])
    assert told.endswith("refused: the authorization service cannot be asked; try again shortly")


@pytest.mark.threat("8")
@pytest.mark.parametrize("app", ["", "a:b", "a b", "*", "nowhere", "store\nfront"])
async def test_what_is_no_resource_is_no_yes(house: House, agent: AgentClient, documents: Office, app: str) -> None:
    """Arguments are the model's: whatever they make of the resource's name, a tool runs for none that is not there."""
    token = await wide(agent, house.granted()[1])
    async with documents.connected(Bearer(token.value)) as client:
        answered, told = said(await client.call_tool("edit", {"app": app}))
    assert (answered, documents.done, "\n" in told) == (False, [], False)


async def test_resources_demand_as_tools_do(house: House, agent: AgentClient, documents: Office) -> None:
    """A resource that requires a permission is read by whoever has it, and by nobody else."""

    @documents.server.resource("document://{app}")
    @documents.access.requires("document:view", on="app:{app}")
    async def document(app: str) -> str:
        return f"{app}: canary"

    token = await wide(agent, house.granted()[1])
    async with documents.connected(Bearer(token.value)) as client:
        [read] = (await client.read_resource("document://storefront")).contents
        with pytest.raises(MCPError) as refused:
            await client.read_resource("document://backoffice")
    assert "canary" in str(read)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_prompts_demand_as_tools_do(house: House, agent: AgentClient, documents: Office, mode: str) -> None:
    """A prompt that requires a permission is rendered for whoever has it, and for nobody else."""

    @documents.server.prompt()
    @documents.access.requires("document:view", on="app:{app}")
    async def summary(app: str) -> str:
        documents.done.append(app)
        return f"{app}: canary"

    token = await wide(agent, house.granted()[1])
    async with documents.connected(Bearer(token.value), mode=mode) as client:
        rendered = await client.get_prompt("summary", {"app": "storefront"})
        with pytest.raises(MCPError):
            await client.get_prompt("summary", {"app": "backoffice"})
    assert "canary" in str(rendered)
    assert documents.done == ["storefront"]


async def test_without_authentication_nobody_is_anybody(documents: Office) -> None:
    """A server that was not given the verifier runs no tool that demands something."""
    bare = MCPServer[Any]("bare")
    bare.add_tool(documents.access.requires("document:edit", on="app:{app}")(documents.edit))
    with pytest.raises(ToolError, match="the token is expired"):
        await bare.call_tool("edit", {"app": "storefront"})
    with pytest.raises(ToolRefused):
        documents.access.caller()


async def test_tokens_may_be_verified_offline(house: House, agent: AgentClient) -> None:
    """What verifies is one object: offline the connection costs the issuer nothing, and what is demanded is asked."""
    token = await wide(agent, house.granted()[1])
    async with (
        OfflineVerifier(house.address, audience=DOCUMENTS, settings=house.settings()) as offline,
        office(house, verifier=offline) as documents,
        documents.connected(Bearer(token.value)) as client,
    ):
        await client.list_tools()
        house.between.seen.clear()
        assert said(await client.call_tool("edit", {"app": "storefront"}))[0]
        assert not said(await client.call_tool("edit", {"app": "backoffice"}))[0]
    assert house.between.seen == ["/access/v1/evaluation"] * 2


class Anonymous:
    """A verifier that names no issuer."""

    audience, settings = DOCUMENTS, ClientSettings()

    async def verify(self, token: str, *, key: str | None = None) -> None:
        """Know nobody."""


async def test_a_server_that_could_not_check_is_not_made(house: House) -> None:
    """An issuer that is unknown, and an audience that is no address, are errors from the start."""
    async with house.documents() as service:
        with pytest.raises(TypeError, match="issuer"):
            DelegatedTools(service, verifier=Anonymous())
        service.audience = "documents"
        with pytest.raises(ValueError, match="resource_server_url"):
            DelegatedTools(service)
