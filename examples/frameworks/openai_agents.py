"""OpenAI Agents SDK: a tool gets, from the context of its call, a token for exactly that call.

    PLANNER_SECRET=... USER_TOKEN=... python examples/frameworks/openai_agents.py --issuer http://127.0.0.1:8400

For whom the agent works stands in the context of the run, which the model never sees. Hooks of this SDK only watch
calls, so it is the tool that asks.
"""

import asyncio
import json
import sys
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
from agents import Agent, RunContextWrapper, Runner, function_tool, set_tracing_disabled
from agents.items import ToolCallOutputItem
from agents.testing import ScriptedModel, assistant_message, function_call
from agents.tool_context import ToolContext

from delegation.client import AgentClient, ClientError, DelegatedAuth, UserToken
from examples.frameworks.story import ASKED, CALLS, CLOSING, Given, address, given, outcome, told, why

set_tracing_disabled(disabled=True)  # traces leave for another place, with what tools were called with
ACTIONS: Final = {"edit_document": "document:edit", "read_document": "document:view"}


@dataclass(frozen=True)
class Work:
    """For whom the agent works, and as which client."""

    agent: AgentClient = field(repr=False)
    user: UserToken
    documents: str
    http: httpx2.AsyncClient = field(repr=False)


def token_for(call: ToolContext[Work]) -> DelegatedAuth:
    """Return what lets a call do its own action on the app that it names, and nothing else."""
    work, arguments = call.context, json.loads(call.tool_arguments)
    return work.agent.auth(
        work.user,
        resource=work.documents,
        organization="acme",
        identifier=f"app:{arguments['app']}",
        roles=["app-editor"],
        actions=[ACTIONS[call.tool_name]],
    )


def refusal(_: RunContextWrapper[Any], error: Exception) -> str:
    """Return what the model is told when there is no token; whatever else went wrong ends the run."""
    if isinstance(error, ClientError):
        return why(error)
    raise error


@function_tool(failure_error_function=refusal)
async def edit_document(call: ToolContext[Work], app: str, name: str, text: str) -> str:
    """Write a document of an app."""
    work = call.context
    response = await work.http.put(address(work.documents, app, name), content=text, auth=token_for(call))
    return outcome(response)


async def story(at: Given) -> int:
    """Return 0 if the agent edits what Anne granted, and is refused the rest."""
    calls = [[function_call("edit_document", dict(call), call_id=call["app"])] for call in CALLS]
    model = ScriptedModel([*calls, [assistant_message(CLOSING)]])
    agent = Agent[Work](name="planner", model=model, tools=[edit_document])
    async with (
        httpx2.AsyncClient() as http,
        AgentClient(at.issuer, "planner", secret=at.secret("planner"), http=http) as client,
    ):
        done = await Runner.run(agent, ASKED, context=Work(client, at.user, at.documents, http))
    answers = [str(item.output) for item in done.new_items if isinstance(item, ToolCallOutputItem)]
    return told(answers, done.final_output)


if __name__ == "__main__":
    sys.exit(asyncio.run(story(given())))
