"""pydantic-ai: a toolset around the tools gives each call a token for exactly that call.

    PLANNER_SECRET=... USER_TOKEN=... python examples/frameworks/pydantic_ai_agent.py --issuer http://127.0.0.1:8400

For whom the agent works stands in the dependencies of the run, which the model never sees.
"""

import asyncio
import sys
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx2
from pydantic_ai import Agent, FunctionToolset, RunContext, ToolFailed, models
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.toolsets import ToolsetTool, WrapperToolset
from typing_extensions import override

from delegation.client import AgentClient, ClientError, UserToken
from examples.frameworks.story import ASKED, CALLS, CLOSING, Given, address, given, outcome, told, why

models.ALLOW_MODEL_REQUESTS = False
ACTIONS: Final = {"edit_document": "document:edit", "read_document": "document:view"}


@dataclass(frozen=True)
class Work:
    """For whom the agent works and as which client; during a call of a tool, by what that call is let do it."""

    agent: AgentClient = field(repr=False)
    user: UserToken
    documents: str
    http: httpx2.AsyncClient = field(repr=False)
    auth: httpx2.Auth = field(default_factory=httpx2.Auth, repr=False)


class TokenForEachCall(WrapperToolset[Work]):
    """Lets each call do its own action on the app that it names, and nothing else."""

    @override
    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[Work], tool: ToolsetTool[Work]
    ) -> Any:
        work = ctx.deps
        auth = work.agent.auth(
            work.user,
            resource=work.documents,
            organization="acme",
            identifier=f"app:{tool_args['app']}",
            roles=["app-editor"],
            actions=[ACTIONS[name]],
        )
        try:
            return await super().call_tool(name, tool_args, replace(ctx, deps=replace(work, auth=auth)), tool)
        except ClientError as no:
            raise ToolFailed(why(no)) from no


tools: FunctionToolset[Work] = FunctionToolset()


@tools.tool
async def edit_document(ctx: RunContext[Work], app: str, name: str, text: str) -> str:
    """Write a document of an app."""
    at = ctx.deps
    response = await at.http.put(address(at.documents, app, name), content=text, auth=at.auth)
    return outcome(response)


def answers(messages: list[ModelMessage]) -> list[str]:
    """Return what the tool answered so far."""
    return [str(part.content) for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]


def scripted(messages: list[ModelMessage], _: AgentInfo) -> ModelResponse:
    """Call the tool until all is tried, then close."""
    tried = len(answers(messages))
    return ModelResponse(
        [ToolCallPart("edit_document", dict(CALLS[tried])) if tried < len(CALLS) else TextPart(CLOSING)]
    )


async def story(at: Given) -> int:
    """Return 0 if the agent edits what Anne granted, and is refused the rest."""
    agent = Agent(FunctionModel(scripted), deps_type=Work, toolsets=[TokenForEachCall(tools)])
    async with (
        httpx2.AsyncClient() as http,
        AgentClient(at.issuer, "planner", secret=at.secret("planner"), http=http) as client,
    ):
        done = await agent.run(ASKED, deps=Work(client, at.user, at.documents, http))
    return told(answers(done.all_messages()), done.output)


if __name__ == "__main__":
    sys.exit(asyncio.run(story(given())))
