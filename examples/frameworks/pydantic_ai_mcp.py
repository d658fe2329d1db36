"""pydantic-ai with the tools of an MCP server: its connection gives each call a token for exactly that call.

    PLANNER_SECRET=... USER_TOKEN=... python examples/frameworks/pydantic_ai_mcp.py --issuer http://127.0.0.1:8400

The server is `examples/mcp_documents.py`. The model and what it does are those of `pydantic_ai_agent.py`.
"""

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from fastmcp.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic_ai import Agent, RunContext, ToolFailed
from pydantic_ai.mcp import CallToolFunc, MCPToolset
from pydantic_ai.models.function import FunctionModel

from delegation.client import AgentClient
from delegation.client.mcp import AnsweringClient, DelegatedCalls, Need, consent_uri_in
from examples.frameworks.pydantic_ai_agent import ACTIONS, answers, scripted
from examples.frameworks.story import ASKED, Given, given, told


def plan(tool: str, arguments: Mapping[str, Any]) -> Need | None:
    """Return what a call needs: its own action on the app that it names; None for any other tool."""
    if tool not in ACTIONS:
        return None
    return {"identifier": f"app:{arguments['app']}", "roles": ["app-editor"], "actions": [ACTIONS[tool]]}


async def final(_: RunContext[None], call: CallToolFunc, name: str, tool_args: dict[str, Any]) -> str:
    """Return what the server answered; what was refused, there or before it left, is not to be tried again."""
    try:
        return f"done: {await call(name, tool_args)}"
    except ToolError as no:
        raise ToolFailed(str(no)) from no
    except MCPError as no:
        raise ToolFailed(f"refused: {no.error.message}: {consent_uri_in(no) or ''}") from no


async def story(at: Given) -> int:
    """Return 0 if the agent edits what Anne granted, and is refused the rest."""
    async with AgentClient(at.issuer, "planner", secret=at.secret("planner")) as client:
        calls = DelegatedCalls(
            client,
            at.user,
            plan,
            resource=at.tools,
            organization="acme",
            identifier="project:apollo",
            roles=["project-editor"],
            actions=["project:view"],
        )
        async with AnsweringClient(auth=calls) as http:
            address = f"{at.tools}/mcp"
            tools = MCPToolset[None](address, http_client=http, process_tool_call=final, tool_error_behavior="error")
            agent = Agent(FunctionModel(scripted), toolsets=[tools])
            done = await agent.run(ASKED)
    return told(answers(done.all_messages()), done.output)


if __name__ == "__main__":
    sys.exit(asyncio.run(story(given())))
