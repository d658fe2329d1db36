"""An agent that uses an MCP server: each call of a tool carries a token for just that call.

    PLANNER_SECRET=... RECEIPT=... python -m examples.mcp_planner --issuer http://127.0.0.1:8400

The script stands for a model, which may ask for anything. What a call needs says `plan`, and nothing else leaves.
"""

import argparse
import asyncio
import os
from collections.abc import Mapping
from typing import Any, Final

from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

from delegation.client import AgentClient, Receipt
from delegation.client.mcp import AnsweringClient, DelegatedCalls, Need, consent_uri_in

ACTIONS: Final = {"edit_document": "document:edit", "read_document": "document:view"}
SCRIPT: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("list_documents", {}),
    ("edit_document", {"app": "storefront", "text": "Ship in May"}),
    ("read_document", {"app": "storefront"}),
    ("edit_document", {"app": "billing", "text": "Paid"}),
    ("delete_everything", {}),
)


def plan(tool: str, arguments: Mapping[str, Any]) -> Need | None:
    """Return what a call needs: one permission on one app, or a look at the project; None for any other tool."""
    if tool == "list_documents":
        return {"identifier": "project:apollo", "roles": ["project-editor"], "actions": ["document:view"]}
    if tool not in ACTIONS:
        return None
    return {"identifier": f"app:{arguments['app']}", "roles": ["app-editor"], "actions": [ACTIONS[tool]]}


async def outcome(client: Client, tool: str, arguments: dict[str, str]) -> str:
    """Return in one line how a call went, as the model reads it."""
    try:
        result = await client.call_tool(tool, arguments)
    except MCPError as no:
        consent = consent_uri_in(no)
        return f"not sent: {no.error.message}" + (f"; Anne can grant it at {consent}" if consent else "")
    return f"{'refused' if result.is_error else 'done'}: {text_of(result)}"


def text_of(result: object) -> str:
    """Return what a tool answered."""
    content = result.content if isinstance(result, CallToolResult) else ()
    return ", ".join(part.text for part in content if isinstance(part, TextContent))


async def work(agent: AgentClient, documents: str) -> None:
    """Call the tools of the script, one after the other, in one connection."""
    calls = DelegatedCalls(
        agent,
        Receipt(os.environ["RECEIPT"]),
        plan,
        resource=documents,
        identifier="project:apollo",
        roles=["project-editor"],
        actions=["project:view"],
    )
    async with (
        AnsweringClient(auth=calls) as http,
        Client(streamable_http_client(f"{documents}/mcp", http_client=http)) as client,
    ):
        for tool, arguments in SCRIPT:
            print(f"{tool}: {await outcome(client, tool, arguments)}")


async def main() -> None:
    """Work for whoever gave the receipt."""
    parser = argparse.ArgumentParser(prog="python -m examples.mcp_planner")
    parser.add_argument("--issuer", default="http://127.0.0.1:8400", help="who issues tokens")
    parser.add_argument("--documents", default="http://127.0.0.1:8401", help="the server to use, as tokens name it")
    options = parser.parse_args()
    async with AgentClient(options.issuer, "planner", secret=os.environ["PLANNER_SECRET"]) as agent:
        await work(agent, options.documents)


if __name__ == "__main__":
    asyncio.run(main())
