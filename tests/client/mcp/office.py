"""An MCP server of documents on a real socket, an agent with a plan, and notes of what reached whom."""

from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import httpx2
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, TextContent
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override

from delegation.client import (
    AgentClient,
    ClientSettings,
    Decider,
    DelegatedCaller,
    DelegatedToken,
    OfflineVerifier,
    Receipt,
    ServiceClient,
    Wanted,
)
from delegation.client.mcp import AnsweringClient, DelegatedCalls, DelegatedTools, Need
from delegation.edge import Edge
from tests.client.between import House
from tests.client.serving import serving
from tests.end_to_end.deployment import DOCUMENTS

Verifies: TypeAlias = ServiceClient | OfflineVerifier | Edge
Presented: TypeAlias = tuple[str, str, tuple[str, ...]]
"""For whom a token was, on which resource, and what it allowed there."""
ACTIONS: Final = {"edit": "document:edit", "read": "document:view"}
BASE: Final[Wanted] = {
    "resource": DOCUMENTS,
    "identifier": "project:apollo",
    "roles": ["project-editor"],
    "actions": ["app:view"],
}

ANYTHING: Final = ["document:edit", "document:view", "app:view"]
INITIALIZE: Final = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT: Final = {"Accept": "application/json, text/event-stream"}


def plan(tool: str, arguments: Mapping[str, Any]) -> Need | None:
    """Return what a call needs: one permission on one app."""
    if tool not in ACTIONS:
        return None
    return {"identifier": f"app:{arguments['app']}", "roles": ["app-editor"], "actions": [ACTIONS[tool]]}


class Bearer(httpx2.Auth):
    """Puts one token on everything, which nobody narrows."""

    def __init__(self, token: str) -> None:
        self.token = token

    @override
    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["Authorization"] = f"Bearer {self.token}"
        yield request


@dataclass(slots=True)
class Noting:
    """Verifies as another does, and notes each token that was good."""

    asked: Verifies
    presented: list[Presented] = field(default_factory=list)

    @property
    def audience(self) -> str:
        """What tokens must be meant for."""
        return self.asked.audience

    @property
    def settings(self) -> ClientSettings:
        """The clock, among others."""
        return self.asked.settings

    @property
    def issuer(self) -> str:
        """Whose tokens they are."""
        return self.asked.issuer

    async def verify(self, token: str, *, key: str | None = None) -> DelegatedCaller | None:
        """Return who presents the token."""
        caller = await self.asked.verify(token, key=key)
        if caller is not None:
            [entry] = caller.details
            actions = entry["actions"]
            assert isinstance(actions, list)
            self.presented.append((caller.subject, str(entry["identifier"]), tuple(map(str, actions))))
        return caller


@dataclass(slots=True)
class Office:
    """The server, and what it did."""

    access: DelegatedTools
    presented: list[Presented]
    server: MCPServer[Any]
    address: str = ""
    done: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    """Everything that was sent either way, the headers left out."""

    def __post_init__(self) -> None:
        """Have three tools."""
        self.server.add_tool(self.access.requires("document:edit", on="app:{app}")(self.edit))
        self.server.add_tool(self.access.requires("document:view", on=lambda app, **_: f"app:{app}")(self.read))
        self.server.add_tool(self.whoami)

    async def edit(self, app: str, text: str = "") -> str:
        """Write the document of an app."""
        caller = self.access.caller()
        self.done.append(f"{caller.actor} for {caller.subject} edits {app}: {text}")
        return self.done[-1]

    def read(self, app: str) -> str:
        """Return the document of an app."""
        return f"{app}: {self.access.caller().subject}'s canary"

    async def whoami(self) -> str:
        """Return who calls, which takes no permission."""
        return self.access.caller().subject

    @asynccontextmanager
    async def connected(self, auth: httpx2.Auth, **options: Any) -> AsyncIterator[Client]:
        """Give the SDK's client, connected."""
        async with AnsweringClient(auth=auth) as http:
            transport = streamable_http_client(f"{self.address}/mcp", http_client=http)
            async with Client(transport, **options) as client:
                yield client

    def calls(self, agent: AgentClient, receipt: Receipt, **changed: Any) -> DelegatedCalls:
        """Return what puts tokens on the messages of a connection."""
        return DelegatedCalls(agent, receipt, **{"plan": plan, "origin": self.address, **BASE, **changed})


@asynccontextmanager
async def office(
    house: House, verifier: OfflineVerifier | None = None, *, hides: bool = False
) -> AsyncIterator[Office]:
    """Serve until the end of the block: what is demanded is asked of the authorization service."""
    async with house.documents() as service, opened(service, verifier or service, hides=hides) as office:
        yield office


@asynccontextmanager
async def opened(decider: Decider, verifier: Verifies, *, hides: bool = False) -> AsyncIterator[Office]:
    """Serve until the end of the block."""
    noting = Noting(verifier)
    access = DelegatedTools(decider, verifier=noting)
    middleware = [access.hiding] if hides else []
    server = MCPServer[Any]("documents", token_verifier=access, auth=access.auth, middleware=middleware)
    office = Office(access, noting.presented, server)

    def build(address: str) -> ASGIApp:
        office.address = address
        return listening(server.streamable_http_app(), office.bodies)

    async with serving(build):
        yield office


def listening(app: ASGIApp, bodies: list[bytes]) -> ASGIApp:
    """Return the application, of which all bodies are noted."""

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        async def received() -> Message:
            message = await receive()
            bodies.append(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            bodies.append(message.get("body", b""))
            await send(message)

        await app(scope, received, sent)

    return noted


def said(result: object) -> tuple[bool, str]:
    """Return whether a tool answered, and what."""
    assert isinstance(result, CallToolResult)
    [content] = result.content
    assert isinstance(content, TextContent)
    return not result.is_error, content.text


async def wide(agent: AgentClient, receipt: Receipt, **changed: Any) -> DelegatedToken:
    """Return a token for all of apollo, which nobody narrowed."""
    return await agent.token(receipt, **{**BASE, "actions": ANYTHING, **changed})
