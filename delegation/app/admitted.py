"""Admitted: the application for a request that was let in, whose place is given back when it is over."""

import asyncio
from typing import Any

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

from delegation.overload import Ticket


class Admitted:
    """The application, for one request."""

    __slots__ = ("_app", "_overdue", "_task", "_ticket")

    def __init__(self, app: ASGI3Application, ticket: Ticket) -> None:
        """Pass on to `app` what was let in by a ticket."""
        self._app = app
        self._ticket = ticket
        self._task: asyncio.Task[Any] | None = None
        self._overdue = False

    @property
    def goes_on(self) -> bool:
        """Whether the answer has begun, and may take as long as it likes."""
        return self._ticket.is_given_back

    def give_up(self) -> None:
        """Let the request end where it waits; whoever asked is told by somebody else.

        A commit that was handed over is carried out as a whole all the same, and one that was not never is.
        """
        self._overdue = True
        if self._task is not None:
            self._task.cancel()

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer the request, and give its place back."""
        self._task = asyncio.current_task()
        try:
            if not self._overdue:  # As it may be before its first turn.
                await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._overdue:
                raise
        finally:
            self._task = None
            self._ticket.gate.leave(self._ticket)
