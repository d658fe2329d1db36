"""The door: all that is done once for every request, in one layer around everything that may answer it.

A request gets an id and a meter, and may have no more than so many bytes. Its answer gets the headers that every
answer has; a fault becomes an answer; strangers of whom there are too many get 429 in the place of 401.
In the end all who want to know are told what became of it.
"""

import re
from asyncio import CancelledError
from collections.abc import Callable, Sequence
from http import HTTPStatus
from random import Random
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from delegation.overload import Ticket
from delegation.quotas import METER, Exhausted, Meter, Quotas
from delegation.web.errors import Refused, answer_to, too_many
from delegation.web.origins import origin_of
from delegation.web.visits import VISIT, Visit

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
"""Of every answer that does not say otherwise itself."""
# Seeded by the system. An id is no secret: it tells requests apart, and not how many there were.
_chance: Final = Random()  # noqa: S311 - nothing is protected by it

Ended = Callable[[Visit], None]
"""Is told of a request when it is over."""


class Door:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, *, body_limit: int, quotas: Quotas, ended: Sequence[Ended] = ()) -> None:
        """Let requests in to `app` whose bodies have at most so many bytes; tell `ended` of each."""
        self._app = app
        self._body_limit = body_limit
        self._quotas = quotas
        self._ended = tuple(ended)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and answer it where nobody else does."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit, declared = _visit(scope)
        passage = _Passage(visit, receive, send, self._quotas)
        passage.allow(self._body_limit, declared)
        VISIT.set(visit)
        ticket: Ticket | None = scope.get("state", {}).get("ticket")
        METER.set(Meter(self._quotas, None if ticket is None else ticket.proven))
        try:
            _refuse_ambiguous(scope)
            await self._app(scope, passage.receive, passage.send)
        except Exception as error:
            if visit.status:
                raise
            answer = await answer_to(error, Request(scope))
            await answer(scope, receive, passage.send)
        except CancelledError:
            visit.status = visit.status or HTTPStatus.SERVICE_UNAVAILABLE  # Who let it in has told whoever asked.
            raise
        finally:
            visit.answered()
            for tell in self._ended:
                tell(visit)


def _visit(scope: Scope) -> tuple[Visit, int]:
    """Return a request with the caller's own id, if that is harmless, else with a new one; and its declared length."""
    given, length = b"", b""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = given or value
        elif name == b"content-length":
            length = value
    id_ = given.decode("ascii") if _REQUEST_ID.fullmatch(given) else f"{_chance.getrandbits(64):016x}"
    return Visit(scope, id_), int(length) if length.isdigit() else 0


def _refuse_ambiguous(scope: Scope) -> None:
    """Refuse a path in which an encoded slash hides: decoded, it would name another route and another thing."""
    raw_path = scope.get("raw_path", b"")
    if b"%" in raw_path and b"%2f" in raw_path.lower():
        raise Refused(400, "malformed", "the path contains an encoded slash; no id in a path may have one")


class _Passage:
    """What goes in and out for one request."""

    __slots__ = ("_left", "_limit", "_quotas", "_receive", "_replaced", "_send", "_visit")

    def __init__(self, visit: Visit, receive: Receive, send: Send, quotas: Quotas) -> None:
        self._visit = visit
        self._receive = receive
        self._send = send
        self._quotas = quotas
        self._replaced = False
        self._limit = self._left = 0

    def allow(self, limit: int, declared: int) -> None:
        """Let a body in that has, and says that it has, no more bytes than the limit."""
        self._limit = limit
        self._left = limit if declared <= limit else -1

    async def receive(self) -> Message:
        """Return what comes in next. Raises Refused when the body is too long."""
        message: Message = {} if self._left < 0 else await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise Refused(413, "too_large", f"a body has at most {self._limit} bytes")
        return message

    async def send(self, message: Message) -> None:
        """Let out what the application says, or something else in its place."""
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            if message["status"] == HTTPStatus.UNAUTHORIZED and (refused := self._too_many()) is not None:
                await too_many(refused)(self._visit.scope, self._receive, self.send)
                self._replaced = True
                return
            self._visit.status = int(message["status"])  # Of HTTPStatus a log for people would write the name.
            self._dress(message)
        await self._send(message)

    def _dress(self, message: Message) -> None:
        """Give an answer the headers that every answer has."""
        said = list(message["headers"])
        names = {name for name, _ in said}
        said += [header for header in HEADERS if header[0] not in names]
        said.append((b"x-request-id", self._visit.id.encode("ascii")))
        message["headers"] = said

    def _too_many(self) -> Exhausted | None:
        """Return why a stranger is refused.

        Whoever proves who it is has its answer, however many others at its address fail to: the address may be that of
        a proxy, or of a whole company.
        """
        try:
            self._quotas.strangers.take(origin_of(self._visit.scope))
        except Exhausted as error:
            return error
        return None
