"""Connections: the HTTP server's own, with an end to what is slow or greedy, and a gate before anything is done.

A request is let in when all of it has arrived: who sends slowly takes no room from those who wait for an answer.
"""

import asyncio
from heapq import nsmallest
from operator import itemgetter
from typing import Any, Final

from typing_extensions import override
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from delegation.admission import Reason
from delegation.app.admitted import Admitted
from delegation.app.bounds import Surroundings
from delegation.app.heads import declared, header
from delegation.telemetry import metrics

_HEAD_BYTES: Final = 32_768
"""Bytes that a request's line and headers may have. A token of a user who is in many groups is long."""
_HEADERS: Final = 100
_PIPELINED: Final = 16
"""Requests that may wait behind another on one connection. No client or proxy of today sends any."""
_CROWD: Final = 16
"""Of how many connections that wait for their clients one makes room, when there are too many."""
_FRAMING: Final = 8
"""Bytes on the wire for each byte of a body at most: one that comes in pieces of a byte takes six."""
_BLANK: Final = b"\r\n\r\n"
_CROWDED = metrics.SHED.labels("connections")
_SLOW = metrics.SHED.labels("slow")
_GREEDY = metrics.SHED.labels("greedy")
_OVERDUE = metrics.SHED.labels("overdue")


class _GreedyError(Exception):
    """A request has more of something than anybody needs."""


class Connection(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Serve as the HTTP server says, within what the application's lifespan has set up."""
        super().__init__(config, server_state, app_state, _loop)
        shared: Surroundings = app_state["surroundings"]
        self._gate, self._bounds, self._refusals = shared.gate, shared.bounds, shared.refusals
        self._timer: asyncio.TimerHandle | None = None
        self.waits_since: float | None = self.loop.time()
        """Since when the client is waited for; None while it waits for an answer."""
        self._arriving: float | None = self.waits_since
        """Since when a request should be here; None when nothing is expected."""
        self._stuck: float | None = None
        """Since when the client does not take what it is told."""
        self._held: tuple[RequestResponseCycle, ASGI3Application] | None = None
        """A request that is next, and has not arrived whole."""
        self._answering: tuple[RequestResponseCycle, float] | None = None
        self._in_head = False
        self._is_greedy = False
        self._chunk = 0
        """Bytes that came last."""
        self._received = 0
        """Bytes that came since the message began, but for those that came with its beginning."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the one above
        super().connection_made(transport)
        self._timer = self.loop.call_later(self._bounds.look, self._look)
        if len(self.connections) > self._bounds.connections:
            _CROWDED.inc()
            self._make_room()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._arriving is None and self._answering is None:
            self._arriving = self.loop.time()
        self._chunk = len(data)
        self._received += self._chunk
        super().data_received(data)
        if self._received > (_HEAD_BYTES if self._in_head else _HEAD_BYTES + _FRAMING * self._bounds.body):
            self._is_greedy = True
            self.send_400_response("")

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._arriving is None:
            self._arriving = self.loop.time()
        self._in_head = True
        self._received = 0

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # What comes after a body is no header of the request, whatever its name.
            super().on_header(name, value)

    @override
    def on_headers_complete(self) -> None:
        self._in_head = False
        if len(self.headers) > _HEADERS or len(self.pipeline) >= _PIPELINED or self._is_long_head():
            self._is_greedy = True
            raise _GreedyError
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        if self._held is None:
            super().on_body(body)
            return
        cycle, app = self._held
        cycle.body += body
        if len(cycle.body) > self._bounds.body:
            self._let_in(cycle, app)

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._arriving = None
        if self._held is not None:
            self._let_in(*self._held)

    @override
    def on_response_complete(self) -> None:
        # As the server's own, but that no timer is set for the time when nothing is asked.
        self._answering = None
        self.waits_since = self.loop.time()
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.time()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._stuck = None

    @override
    def send_400_response(self, msg: str) -> None:
        # Before the answer to an earlier request it would be taken for that.
        if self._answering is None:
            self.transport.write(self._refusals.huge if self._is_greedy else self._refusals.malformed)
        if self._is_greedy:
            _GREEDY.inc()
        self.transport.close()

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if cycle.more_body and declared(cycle) <= self._bounds.body:
            self._held = (cycle, app)
            if cycle.waiting_for_100_continue:
                cycle.waiting_for_100_continue = False
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        else:
            self._let_in(cycle, app)

    def _is_long_head(self) -> bool:
        if max(self._chunk, self._received) <= _HEAD_BYTES:
            return False
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > _HEAD_BYTES

    def _let_in(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Answer a request, or turn it away."""
        self._held = None
        scope = cycle.scope
        ticket = self._gate.admit(scope["method"], scope["path"], header(cycle, b"authorization"))
        if isinstance(ticket, Reason):
            self._turn_away(cycle)
            return
        scope["state"]["ticket"] = ticket
        self.waits_since = None
        self._answering = (cycle, self.loop.time())
        super()._start_asgi_task(cycle, Admitted(app, ticket))

    def _turn_away(self, cycle: RequestResponseCycle) -> None:
        if self.flow.write_paused:  # Who does not listen is told nothing more.
            self.transport.abort()
            return
        parts = any(name == b"connection" for name, _ in self.server_state.default_headers)
        stays = cycle.keep_alive and not cycle.more_body and not parts
        answer = self._refusals.busy(stays=stays)
        self.transport.write(
            answer if cycle.scope["method"] != "HEAD" else answer[: answer.index(_BLANK) + len(_BLANK)]
        )
        cycle.response_started = cycle.response_complete = True
        if stays:
            self.on_response_complete()
        else:
            self.transport.close()

    def _make_room(self) -> None:
        """Part with those that have been waited for longest; where there are none, with this one."""
        others = (each for each in self.connections if isinstance(each, Connection) and each is not self)
        waited_for = [(each.waits_since, each) for each in others if each.waits_since is not None]
        for _, each in nsmallest(max(1, len(waited_for) // _CROWD), waited_for, key=itemgetter(0)):
            each.transport.close()
        if not waited_for:
            self.transport.write(self._refusals.crowded)
            self.transport.close()

    def _look(self) -> None:
        """End what takes too long."""
        now = self.loop.time()
        if self._stuck is None and self.transport.is_closing():
            self._stuck = now  # What was said last has not been taken yet.
        if self._stuck is not None and now - self._stuck > self._bounds.arrival:
            _SLOW.inc()
            self.transport.abort()
        elif self._answering is not None and now - self._answering[1] > self._bounds.answer:
            self._give_up(self._answering[0])
        elif self._arriving is not None and now - self._arriving > self._bounds.arrival:
            _SLOW.inc()
            if self._held is not None or (self._in_head and self._answering is None):
                self.transport.write(self._refusals.late)
            self.transport.close()
        elif self.waits_since is not None and now - self.waits_since > self.timeout_keep_alive:
            self.transport.close()
        self._timer = self.loop.call_later(self._bounds.look, self._look)

    def _give_up(self, cycle: RequestResponseCycle) -> None:
        # What is under way comes to its end by itself, and keeps its place until then: so nothing piles up.
        _OVERDUE.inc()
        if not cycle.response_started:
            self.transport.write(self._refusals.overdue())
        cycle.disconnected = True
        self._answering = None
        self.transport.close()
