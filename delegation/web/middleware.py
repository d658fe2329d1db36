"""Plain ASGI layers around every route: request ids, security headers, faults, access log, body limit."""

import re
import secrets
import time
from typing import Final

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from delegation.web.errors import Refused, fault, problem

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_log = structlog.get_logger()


class RequestId:
    """Gives each request an id: the caller's own, echoed unchanged when it is harmless, else a new one."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bind the id to the log, pass the request on, and say the id in the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, answer)


class OnePath:
    """Refuses a path in which an encoded slash hides: decoded, it would name another route and another thing."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on if its path means the same before and after decoding."""
        if scope["type"] == "http" and b"%2f" in scope.get("raw_path", b"").lower():
            refusal = problem(400, "malformed", "the path contains an encoded slash; no id in a path may have one")
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Faults:
    """Answers when nothing else did: what went wrong is logged and not told."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; turn an exception into an answer, unless one has begun."""
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await fault(error)(scope, receive, send)


class BodyLimit:
    """Refuses a body that has, or says it has, more bytes than the limit."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        """Wrap an application; the limit is in bytes."""
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that is measured while it is read."""
        declared = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        beyond = declared.isdecimal() and int(declared) > self._limit
        read = 0

        async def measured() -> Message:
            nonlocal read
            message: Message = {} if beyond else await receive()
            read += len(message.get("body", b""))
            if beyond or read > self._limit:
                raise Refused(413, "too_large", f"a body has at most {self._limit} bytes")
            return message

        await self._app(scope, measured, send)


class AccessLog:
    """Writes one line for each request: route, status, time. Never a path with ids, a query, a body or a header."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log it when it has been answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            route = scope.get("route")
            took = round((time.perf_counter() - began) * 1000, 2)
            template = getattr(route, "path", "unmatched")
            _log.info("request", method=scope["method"], route=template, status=status, milliseconds=took)
