"""A small application behind the middleware."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from delegation.client import DelegatedCaller, demand, require
from tests.client.samples import AUDIENCE

BEARER = {"Authorization": "Bearer token-canary"}
REALM = f'Bearer realm="{AUDIENCE}"'


@dataclass(slots=True)
class Documents:
    """A small application that notes which of its endpoints ran."""

    ran: list[str] = field(default_factory=list)

    async def who(self, request: Request) -> Response:
        """Tell who calls."""
        self.ran.append("who")
        caller: DelegatedCaller = request.state.delegation
        return JSONResponse([caller.subject, caller.actor, caller.organization])

    async def edit(self, request: Request) -> Response:
        """Edit a document."""
        self.ran.append("edit")
        return PlainTextResponse(request.path_params["app"])

    async def move(self, request: Request) -> Response:
        """Do something for which two permissions are needed."""
        await demand(request, "document:edit", "app:one")
        await demand(request, "document:delete", "app:two")
        self.ran.append("move")
        return Response()

    async def stream(self, request: Request) -> Response:
        """Begin to answer, and only then ask."""

        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            await demand(request, "document:edit", "app:one")
            yield b"two"

        return StreamingResponse(parts())

    async def talk(self, websocket: WebSocket) -> None:
        """Accept whoever comes."""
        self.ran.append("talk")
        await websocket.accept()
        await websocket.close()

    def application(self, *middleware: Middleware) -> Starlette:
        """Return the application."""
        guard = require("document:edit", on=_app)
        return Starlette(
            routes=[
                Route("/who", self.who),
                Route("/apps/{app}", guard(self.edit), methods=["POST"]),
                Route("/move", self.move),
                Route("/stream", self.stream),
                WebSocketRoute("/talk", self.talk),
            ],
            middleware=middleware,
        )


def _app(request: Request) -> str:
    return f"app:{request.path_params['app']}"
