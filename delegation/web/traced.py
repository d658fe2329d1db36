"""The span of each request: a layer around the door, which is there only while traces are made.

An address may hold the id of a user, and a query holds what nobody should repeat: a span names the route alone.
"""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from delegation.telemetry.tracing import failed, request_span
from delegation.web.counting import METHODS

_FAULT: Final = 500


class Traced:
    """Gives each request a span."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on within a span that tells its method, its route and the status of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        with request_span(method, _traceparent(scope)) as span:

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= _FAULT:
                        failed(span, str(message["status"]))
                await send(message)

            await self._app(scope, receive, answer)
            route = getattr(scope.get("route"), "path", None)
            if route is not None:
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)


def _traceparent(scope: Scope) -> str | None:
    """Return what the sender says of its trace; nothing when it says several things."""
    said = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
    return said[0] if len(said) == 1 else None
