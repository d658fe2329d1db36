"""Admitted: the application for a request that was let in, whose place is given back when it is over."""

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

from delegation.overload import Ticket


class Admitted:
    """The application, for one request."""

    __slots__ = ("_app", "_ticket")

    def __init__(self, app: ASGI3Application, ticket: Ticket) -> None:
        """Pass on to `app` what was let in by a ticket."""
        self._app = app
        self._ticket = ticket

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer the request, and give its place back."""
        try:
            await self._app(scope, receive, send)
        finally:
            self._ticket.gate.leave(self._ticket)
