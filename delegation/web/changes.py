"""`/organizations/{organization}/changes`: what happens in an organization, to a service that decides by itself.

Server-Sent Events (HTML, section 9.2): each event is a line with its name, perhaps one with its id, and one of JSON.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPMethod, HTTPStatus
from typing import Final

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from delegation.authzen.following import NotLet
from delegation.feed import Event, Feed
from delegation.overload import Ticket
from delegation.web.authzen import to_service
from delegation.web.describing import Caller, Described, Operation, Tag
from delegation.web.desk import desk
from delegation.web.errors import RETRY_AFTER, Refused
from delegation.web.reading import parameters
from delegation.web.visits import VISIT
from delegation.web.vitals import vitals

_TYPE: Final = "text/event-stream"
_LAST: Final = "last-event-id"


class _Stream(StreamingResponse):
    """Events, for as long as there are any and somebody listens."""

    def __init__(self, feed: Feed, service: str, events: AsyncGenerator[Event, None]) -> None:
        super().__init__((), media_type=_TYPE)
        self._feed = feed
        self._service = service
        self._events = events

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._feed.seat(self._service):
            _settle(scope)
            await super().__call__(scope, receive, send)

    @override
    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._events) as events:
            async for event in events:
                # Waits until the client has taken what came before, or was parted with.
                await send({"type": "http.response.body", "body": _written(event), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _settle(scope: Scope) -> None:
    """Give back the place of a request, whose answer has begun: what follows takes as long as it likes."""
    ticket: Ticket | None = scope.get("state", {}).get("ticket")
    if ticket is not None:
        ticket.give_back()
    visit = VISIT.get()
    if visit is not None:
        visit.answered()


def _written(event: Event) -> bytes:
    place = b"" if event.place is None else b"id: %s\n" % event.place.encode("ascii")
    return b"event: %s\n%sdata: %s\n\n" % (event.name.encode("ascii"), place, to_json(event.body))


async def changes(request: Request) -> Response:
    """Tell a service what happens in an organization that lets it follow, from the beginning or from `Last-Event-ID`.

    Answers with Server-Sent Events until the service may follow no longer, and for a quarter of an hour at most:
    whoever wants to hear more asks again, and goes on where it was.
    """
    following, life = desk(request).following, vitals(request).life
    arrived = following.feed.monotonic()
    parameters(request)
    if life.is_leaving:
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "the process is about to end", RETRY_AFTER)
    organization = request.path_params["organization"]
    try:
        who = await to_service(following.admit(organization, request.headers, arrived))
    except NotLet as error:
        raise Refused(HTTPStatus.NOT_FOUND, "not_followed", str(error)) from error
    if request.method == HTTPMethod.HEAD:
        return Response(media_type=_TYPE)
    told = following.follow(who, request.headers.get(_LAST), lambda: life.is_leaving)
    return _Stream(following.feed, who.teller.service, told)


_CHANGES: Final = Operation(
    tag=Tag.DECISIONS,
    caller=Caller.SERVICE,
    refusals=frozenset({400, 401, 404, 413, 429, 503}),
    answers={200: {"type": "string", "description": "Server-Sent Events, without end."}},
    media_type=_TYPE,
)
ROUTES: Final = [Described("GET", "/organizations/{organization}/changes", changes, _CHANGES)]
