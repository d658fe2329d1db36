"""Connections: the HTTP server's own, with an end to what is slow or greedy, and a gate before anything is done.

A request is let in when all of it has arrived: who sends slowly takes no room from those who wait for an answer.
"""

import asyncio
from typing import Any, Final

from httptools import HttpParserError
from typing_extensions import override
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from delegation.app.admitted import Admitted
from delegation.app.heads import HEAD_BYTES, declared, header, is_greedy
from delegation.app.patience import Patient
from delegation.app.turnstile import Turnstile
from delegation.overload import Reason
from delegation.telemetry import metrics

_PIPELINED: Final = 16
"""Requests that may wait behind another on one connection. No client or proxy of today sends any."""
_FRAMING: Final = 8
"""Bytes on the wire for each byte of a body at most: one that comes in pieces of a byte takes six."""
_BLANK: Final = b"\r\n\r\n"
_GREEDY = metrics.SHED.labels("greedy")


class _GreedyError(Exception):
    """A request has more of something than anybody needs."""


class Connection(Patient):
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
        self._gate = app_state["surroundings"].gate
        self._held: tuple[RequestResponseCycle, ASGI3Application] | None = None
        """A request that is next, and has not arrived whole."""
        self._turnstile = Turnstile(self._gate, self._refusals)
        self._between = True
        """Whether what comes next is the beginning of a request."""
        self._in_head = False
        self._is_greedy = False
        self._chunk = 0
        """Bytes that came last."""
        self._received = 0
        """Bytes that came since the message began, but for those that came with its beginning."""

    @override
    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._arriving is None and self._answering is None:
            self._arriving = self.loop.time()
        self._chunk = len(data)
        self._received += self._chunk
        if self._turnstile.is_within or (self._is_quiet and self._turnstile.turns_away(data)):
            self._tell_at_sight(data)
        else:
            super().data_received(data)
        if self._received > (HEAD_BYTES if self._in_head else HEAD_BYTES + _FRAMING * self._bounds.body):
            self._is_greedy = True
            self.send_400_response("")

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._arriving is None:
            self._arriving = self.loop.time()
        self._between, self._in_head = False, True
        self._received = 0

    @override
    def on_headers_complete(self) -> None:
        self._in_head = False
        received = max(self._chunk, self._received)
        if len(self.pipeline) >= _PIPELINED or is_greedy(self.url, self.headers, received):
            self._is_greedy = True
            raise _GreedyError
        super().on_headers_complete()
        self.headers = []  # What comes after a body is no header of the request, whatever its name.

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
        self._arriving, self._between = None, True
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

    @property
    @override
    def _is_interrupted(self) -> bool:
        return self._held is not None or (self._in_head and self._answering is None)

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
        admitted = Admitted(app, ticket)
        self._answering = (cycle, admitted, self.loop.time())
        super()._start_asgi_task(cycle, admitted)

    def _tell_at_sight(self, data: bytes) -> None:
        """Turn away what does not have to be read for that."""
        turnstile = self._turnstile
        turnstile.stays = not self._parts
        try:
            answers = turnstile.refuse(data)
        except HttpParserError:
            self.send_400_response("")
            return
        if self.flow.write_paused:  # Who does not listen is told nothing more.
            self.transport.abort()
        elif answers:
            self.waits_since, self._arriving, self._received = self.loop.time(), None, 0
            self.transport.write(answers)
            if not turnstile.stays:
                self.transport.close()

    @property
    def _is_quiet(self) -> bool:
        """Whether nothing is under way: what is answered at sight must not come before an earlier answer."""
        return self._between and self._answering is None and self._held is None and not self.pipeline

    @property
    def _parts(self) -> bool:
        """Whether each answer is the last of its connection."""
        return any(name == b"connection" for name, _ in self.server_state.default_headers)

    def _turn_away(self, cycle: RequestResponseCycle) -> None:
        if self.flow.write_paused:
            self.transport.abort()
            return
        stays = cycle.keep_alive and not cycle.more_body and not self._parts
        answer = self._refusals.busy(stays=stays)
        self.transport.write(
            answer if cycle.scope["method"] != "HEAD" else answer[: answer.index(_BLANK) + len(_BLANK)]
        )
        cycle.response_started = cycle.response_complete = True
        if stays:
            self.on_response_complete()
        else:
            self.transport.close()
