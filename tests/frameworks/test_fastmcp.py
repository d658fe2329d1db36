"""FastMCP as it is: a server that introspects, a client that takes our authentication, and tools that demand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp

from delegation.client import AgentClient, Receipt
from delegation.client.mcp import AnsweringClient, DelegatedCalls, DelegatedTools
from tests.client.between import House
from tests.client.mcp.office import ACCEPT, BASE, INITIALIZE, Bearer, plan, wide
from tests.client.serving import serving
from tests.documentation import DOCS
from tests.end_to_end.deployment import DOCUMENTS
from tests.guides import here, newcomer

pytest.importorskip("fastmcp")

from fastmcp import Client, FastMCP
from fastmcp.client.client import CallToolResult
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.exceptions import ToolError
from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.introspection import IntrospectionTokenVerifier
from mcp.shared.exceptions import MCPError
from mcp_types import TextContent
from pydantic import AnyHttpUrl

pytestmark = [pytest.mark.slow, pytest.mark.anyio, pytest.mark.semantics("7")]


@dataclass(slots=True)
class Office:
    """FastMCP's server: where it is, and what it did."""

    address: str = ""
    done: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def connected(self, auth: httpx2.Auth | str) -> AsyncIterator[Client[Any]]:
        """Give FastMCP's client, connected."""
        transport = StreamableHttpTransport(f"{self.address}/mcp", auth=auth, httpx_client_factory=AnsweringClient)
        async with Client(transport) as client:
            yield client


@pytest.fixture
async def documents(house: House) -> AsyncIterator[Office]:
    """A server with FastMCP's own authentication, one tool that demands, and one that relies on that alone."""
    office, service = Office(), house.documents()
    access = DelegatedTools(service)

    def build(address: str) -> ASGIApp:
        office.address = address
        verifier = IntrospectionTokenVerifier(
            introspection_url=f"{house.address}/introspect", client_id="documents", client_secret=service.client_secret
        )
        auth = RemoteAuthProvider(verifier, authorization_servers=[AnyHttpUrl(house.address)], base_url=DOCUMENTS)
        server = FastMCP[Any]("documents", auth=auth)

        @server.tool
        @access.requires("document:edit", on="app:{app}")
        async def edit(app: str, text: str = "") -> str:
            """Write the document of an app."""
            caller = access.caller()
            office.done.append(f"{caller.actor} for {caller.subject} edits {app}: {text}")
            return office.done[-1]

        @server.tool
        async def unguarded(app: str) -> str:
            """Touch an app without a question."""
            office.done.append(app)
            return app

        return server.http_app()

    async with service, serving(build):
        yield office


def text(result: CallToolResult) -> str:
    """Return what a tool answered."""
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


@pytest.mark.threat("1")
async def test_our_tools_and_our_calls_work_in_fastmcp(house: House, agent: AgentClient, documents: Office) -> None:
    """Each call has its own token, what was not planned or granted does not leave, and what is refused is read."""
    receipt = house.granted()[1]
    calls = DelegatedCalls(agent, receipt, plan, origin=documents.address, **BASE)
    async with documents.connected(calls) as client:
        edited = await client.call_tool("edit", {"app": "storefront", "text": "Ship"})
        for tool, app, why in (("edit", "backoffice", "granted"), ("unguarded", "storefront", "does not know")):
            with pytest.raises(MCPError, match=why):
                await client.call_tool(tool, {"app": app})
    assert text(edited) == f"{house.tenant.planner.id} for {house.tenant.anne} edits storefront: Ship"
    async with documents.connected((await wide(agent, receipt)).value) as client:
        with pytest.raises(ToolError, match="what said no: delegation dlg_"):
            await client.call_tool("edit", {"app": "backoffice"})
    assert len(documents.done) == 1


@pytest.mark.threat("1")
async def test_fastmcp_alone_checks_no_permission(house: House, agent: AgentClient, documents: Office) -> None:
    """That a token is live is no leave to do anything: a tool without `requires` runs for every good token."""
    token = await wide(agent, house.granted()[1], actions=["app:view"])
    async with documents.connected(token.value) as client:
        assert text(await client.call_tool("unguarded", {"app": "backoffice"})) == "backoffice"


@pytest.mark.threat("39")
@pytest.mark.parametrize("kind", ["good", "none", "revoked", "elsewhere"])
async def test_introspection_tells_fastmcp_what_is_good(
    house: House, agent: AgentClient, documents: Office, mail: str, kind: str
) -> None:
    """Without a line of ours, and with no audience configured, a foreign or revoked token gets 401 and an address."""
    resource = mail if kind == "elsewhere" else DOCUMENTS
    token = (await wide(agent, house.granted()[1], resource=resource)).value
    if kind == "revoked":
        house.tenant.give_up(token)
    headers = {} if kind == "none" else {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient() as http:
        answer = await http.get(f"{documents.address}/mcp", headers=headers)
    challenge = answer.headers.get("WWW-Authenticate", "")
    metadata = f'resource_metadata="{DOCUMENTS}/.well-known/oauth-protected-resource/mcp"'
    assert (answer.status_code == 401, metadata in challenge) == (kind != "good", kind != "good")


@pytest.mark.threat("29")
async def test_fastmcp_takes_bound_tokens_without_a_proof(house: House, documents: Office) -> None:
    """It does not look at `cnf`: whoever found a bound token gets in, and is stopped by what demands."""
    receipt = house.granted()[1]
    async with house.agent(dpop=True) as bound:
        token = (await wide(bound, receipt)).value
    async with documents.connected(token) as client:
        assert text(await client.call_tool("unguarded", {"app": "storefront"})) == "storefront"
        with pytest.raises(ToolError, match="the token is expired"):
            await client.call_tool("edit", {"app": "storefront"})
    assert documents.done == ["storefront"]


@pytest.mark.threat("I10")
async def test_a_session_of_fastmcp_is_good_for_whoever_began_it(
    house: House, agent: AgentClient, documents: Office
) -> None:
    """Another user's agent that presents its id with a good token is told that there is none."""
    tenant = house.tenant
    other = tenant.join("carol")
    tenant.assign(f"user:{other}", "workspace-member", "workspace:design")
    own = (await wide(agent, house.granted()[1])).value
    stolen = (await wide(agent, Receipt(tenant.grant(other, unattended=True)["receipt"]))).value
    async with httpx2.AsyncClient(headers=ACCEPT, base_url=documents.address) as http:
        begun = await http.post("/mcp", json=INITIALIZE, auth=Bearer(own))
        session = {"Mcp-Session-Id": begun.headers["Mcp-Session-Id"], "Mcp-Protocol-Version": "2025-06-18"}
        message = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        answers = [await http.post("/mcp", json=message, headers=session, auth=Bearer(each)) for each in (own, stolen)]
    assert [answer.status_code for answer in answers] == [200, 404]


def test_the_guide_can_be_followed_as_it_stands(tmp_path: Path) -> None:
    """Each program of the page runs as it is printed, and what it prints stands beneath it."""
    page = DOCS / "guides" / "fastmcp.md"
    with newcomer(tmp_path, here(tmp_path)) as reader:
        assert page.read_text(encoding="utf-8") == reader.follows(page)


@pytest.fixture(scope="module")
def mail(shared: House) -> str:
    """The audience of another service of the same organization."""
    return shared.tenant.house.service("mail", "https://mail.example", shared.tenant.id).audience
