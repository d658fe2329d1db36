"""An MCP server of documents: each tool asks whether whoever calls it may do this, here, now.

    DOCUMENTS_SECRET=... python -m examples.mcp_documents --issuer http://127.0.0.1:8400

What protects it are three lines: the verifier and its settings for the server, and a `requires` for each tool.
"""

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from mcp.server.mcpserver import MCPServer

from delegation.client import ServiceClient, visible
from delegation.client.mcp import DelegatedTools

HOST: Final = "127.0.0.1"


def documents_server(service: ServiceClient) -> MCPServer[Any]:
    """Return the server: documents in memory, one for each app."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[Any]) -> AsyncIterator[None]:
        async with service:
            yield

    access = DelegatedTools(service)
    server = MCPServer[Any](
        "documents", token_verifier=access, auth=access.auth, lifespan=lifespan, log_level="WARNING"
    )
    documents = {"storefront": "Ship in April", "billing": "Invoices"}

    @server.tool()
    @access.requires("document:edit", on="app:{app}")
    async def edit_document(app: str, text: str) -> str:
        """Write the document of an app."""
        caller = access.caller()
        documents[app] = f"{text} ({caller.actor} for {caller.subject})"
        return documents[app]

    @server.tool()
    @access.requires("document:view", on="app:{app}")
    async def read_document(app: str) -> str:
        """Read the document of an app."""
        return documents.get(app, "")

    @server.tool()
    async def list_documents() -> list[str]:
        """List the apps whose documents the caller may see."""
        return await visible(service, access.caller(), "document:view", documents, on=lambda app: f"app:{app}")

    return server


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m examples.mcp_documents")
    parser.add_argument("--issuer", default="http://127.0.0.1:8400", help="whom to ask")
    parser.add_argument("--port", type=int, default=8401)
    parser.add_argument("--service", default="documents", help="the id under which it is registered")
    options = parser.parse_args()
    service = ServiceClient(
        options.issuer,
        options.service,
        client_secret=os.environ["DOCUMENTS_SECRET"],
        audience=f"http://{HOST}:{options.port}",
    )
    documents_server(service).run("streamable-http", host=HOST, port=options.port)


if __name__ == "__main__":
    main()
