"""LangChain: a middleware gives each tool call a token for exactly that call.

    PLANNER_SECRET=... USER_TOKEN=... python examples/frameworks/langchain_agent.py --issuer http://127.0.0.1:8400

For whom the agent works stands in the context of the run, which is neither in the prompt nor in a checkpoint.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx2
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, AgentState
from langchain.tools import ToolRuntime, tool
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable
from langgraph.prebuilt.tool_node import ToolCallRequest
from langgraph.types import Command
from typing_extensions import override

from delegation.client import AgentClient, ClientError, UserToken
from examples.frameworks.story import ASKED, CALLS, CLOSING, Given, address, given, outcome, told, why

ACTIONS: Final = {"edit_document": "document:edit", "read_document": "document:view"}


@dataclass(frozen=True)
class Context:
    """For whom the agent works and as which client; during a call of a tool, by what that call is let do it."""

    agent: AgentClient = field(repr=False)
    user: UserToken
    documents: str
    http: httpx2.AsyncClient = field(repr=False)
    auth: httpx2.Auth = field(default_factory=httpx2.Auth, repr=False)


class TokenForEachCall(AgentMiddleware[AgentState[Any], Context]):
    """Lets each call do its own action on the app that it names, and nothing else."""

    @override
    async def awrap_tool_call(
        self,
        request: ToolCallRequest,
        handler: Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]],
    ) -> ToolMessage | Command[Any]:
        call = request.tool_call
        runtime: Any = request.runtime  # which is typed as that of a run without context
        context: Context = runtime.context
        auth = context.agent.auth(
            context.user,
            resource=context.documents,
            organization="acme",
            identifier=f"app:{call['args'].get('app')}",
            roles=["app-editor"],
            actions=[ACTIONS[call["name"]]],
        )
        narrowed = replace(request, runtime=replace(runtime, context=replace(context, auth=auth)))
        try:
            return await handler(narrowed)
        except ClientError as no:
            return ToolMessage(why(no), tool_call_id=call["id"], status="error")


@tool
async def edit_document(app: str, name: str, text: str, runtime: ToolRuntime[Context]) -> str:
    """Write a document of an app."""
    at = runtime.context
    response = await at.http.put(address(at.documents, app, name), content=text, auth=at.auth)
    return outcome(response)


class Scripted(GenericFakeChatModel):
    """A model that says what it is told to, whatever tools it is offered."""

    @override
    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Runnable[Any, AIMessage]:
        return self


async def story(at: Given) -> int:
    """Return 0 if the agent edits what Anne granted, and is refused the rest."""
    calls = [AIMessage("", tool_calls=[{"name": "edit_document", "args": dict(c), "id": c["app"]}]) for c in CALLS]
    model = Scripted(messages=iter([*calls, AIMessage(CLOSING)]))
    agent = create_agent(model, [edit_document], middleware=[TokenForEachCall()], context_schema=Context)
    async with (
        httpx2.AsyncClient() as http,
        AgentClient(at.issuer, "planner", secret=at.secret("planner"), http=http) as client,
    ):
        context = Context(client, at.user, at.documents, http)
        done = await agent.ainvoke({"messages": [HumanMessage(ASKED)]}, context=context)
    answers = [message.text for message in done["messages"] if isinstance(message, ToolMessage)]
    return told(answers, done["messages"][-1].text)


if __name__ == "__main__":
    sys.exit(asyncio.run(story(given())))
