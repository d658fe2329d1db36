"""MCP: tools that demand a delegation of whoever calls them, and calls that carry a token for just that call.

server = MCPServer("documents", token_verifier=access, auth=access.auth)  # access = DelegatedTools(service)

@server.tool()
@access.requires("document:edit", on="app:{app}")
async def edit(app: str, text: str) -> str:
...
"""

try:
    import mcp.server.mcpserver as _needed  # noqa: F401 - whether it is there, and not older than 2
except ImportError as missing:
    raise ImportError(
        '`delegation.client.mcp` needs the MCP SDK from 2.3: pip install "delegation-service[mcp]"'
    ) from missing

from delegation.client.mcp.answering import AnsweringClient, consent_uri_in
from delegation.client.mcp.calls import DelegatedCalls, Need, Plan
from delegation.client.mcp.messages import NotPlanned
from delegation.client.mcp.refusal import ToolRefused
from delegation.client.mcp.tools import DelegatedTools

__all__ = [
    "AnsweringClient",
    "DelegatedCalls",
    "DelegatedTools",
    "Need",
    "NotPlanned",
    "Plan",
    "ToolRefused",
    "consent_uri_in",
]
