"""Real servers on loopback, for as long as a test needs them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send


@asynccontextmanager
async def serving(build: Callable[[str], ASGIApp], port: int = 0) -> AsyncIterator[str]:
    """Serve the application built for its own address, and give that address."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(build(address), log_config=None, ws="none"))
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not running.done():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.005)
        yield address
        server.should_exit = True
        await running


@dataclass(slots=True)
class Stage:
    """One listening socket for many applications: starting a server takes longer than a test."""

    address: str = ""
    playing: ASGIApp = field(default_factory=Starlette)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application of the present test answer."""
        await self.playing(scope, receive, send)
