"""A2A, the agent that is asked: it reads a document by what was passed on to it for that, and has no rights of its own.

    RESEARCHER_SECRET=... RESEARCH_SECRET=... python examples/frameworks/a2a_researcher.py --issuer http://127.0.0.1:8400

It is two things: an agent with tokens of its own, and a service which lets in who has a token that is meant for it.
What was passed on comes in a header. A message, with its metadata, lies in the history of the task, is handed to
whoever may ask for that, and stands before the model.
"""

from typing import Final
from urllib.parse import urlsplit

import httpx2
import uvicorn
from a2a import types
from a2a.helpers import new_text_message
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.context import ServerCallContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import DefaultServerCallContextBuilder, create_agent_card_routes, create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore
from a2a.utils.errors import UnsupportedOperationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount
from typing_extensions import override

from delegation.client import AgentClient, ClientError, DelegatedAccess, DelegatedCaller, Receipt, ServiceClient, Wanted
from examples.frameworks.story import Given, address, chain_of, given, why

RECEIPT: Final = "Delegation-Receipt"


class Admitted(DefaultServerCallContextBuilder):
    """Tells the executor who asks, as the middleware found out."""

    @override
    def build(self, request: Request) -> ServerCallContext:
        context = super().build(request)
        context.state["caller"] = request.state.delegation
        return context


class Researcher(AgentExecutor):
    """Reads what a message names in one line: `storefront roadmap`."""

    def __init__(self, agent: AgentClient, http: httpx2.AsyncClient, documents: str) -> None:
        self._agent = agent
        self._http = http
        self._documents = documents

    @override
    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        state = context.call_context.state
        app, name = context.get_user_input().split()
        try:
            answer = await self._read(state["caller"], Receipt(state["headers"].get(RECEIPT.lower(), "")), app, name)
        except ClientError as no:
            answer = why(no)
        await event_queue.enqueue_event(new_text_message(answer, context_id=context.context_id))

    async def _read(self, caller: DelegatedCaller, receipt: Receipt, app: str, name: str) -> str:
        wanted: Wanted = {
            "resource": self._documents,
            "organization": "acme",
            "identifier": f"app:{app}",
            "roles": ["app-viewer"],
            "actions": ["document:view"],
        }
        chain = chain_of(await self._agent.token(receipt, **wanted))
        if chain[1:] != [caller.actor, *caller.earlier_actors, caller.subject]:
            return "refused: a receipt serves who passed it on, and nobody else"
        auth = self._agent.auth(receipt, **wanted)
        response = await self._http.get(address(self._documents, app, name), auth=auth)
        told = response.json()["text"] if response.is_success else response.text
        return f"{'done' if response.is_success else 'refused'}: {told} ({' for '.join(chain)})"

    @override
    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        raise UnsupportedOperationError("what is asked is answered at once")


def card(url: str) -> types.AgentCard:
    """Return what other agents are told: where to ask, and that it takes a bearer token."""
    bearer = types.SecurityScheme(http_auth_security_scheme=types.HTTPAuthSecurityScheme(scheme="bearer"))
    return types.AgentCard(
        name="researcher",
        description="Looks into documents",
        version="1",
        supported_interfaces=[
            types.AgentInterface(url=f"{url}/a2a/", protocol_binding="JSONRPC", protocol_version="1.0")
        ],
        capabilities=types.AgentCapabilities(),
        default_input_modes=["text/plain"],
        default_output_modes=["text/plain"],
        skills=[types.AgentSkill(id="read", name="read", description="Read a document", tags=["documents"])],
        security_schemes={"delegated": bearer},
        security_requirements=[types.SecurityRequirement(schemes={"delegated": types.StringList()})],
    )


def main(at: Given) -> None:
    """Serve until stopped."""
    agent = AgentClient(at.issuer, "researcher", secret=at.secret("researcher"))
    door = ServiceClient(at.issuer, "research", client_secret=at.secret("research"), audience=at.researcher)
    known = card(at.researcher)
    handler = DefaultRequestHandler(Researcher(agent, httpx2.AsyncClient(), at.documents), InMemoryTaskStore(), known)
    asked = create_jsonrpc_routes(handler, "/", context_builder=Admitted())
    protected = Mount("/a2a", routes=asked, middleware=[Middleware(DelegatedAccess, service=door)])
    app = Starlette(routes=[*create_agent_card_routes(known), protected])
    uvicorn.run(app, port=urlsplit(at.researcher).port or 0, log_level="warning")


if __name__ == "__main__":
    main(given())
