"""Patience: how long a connection is kept whose client is slow, says nothing, or does not listen."""

import asyncio
from heapq import nsmallest
from operator import itemgetter
from typing import Any, Final

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from delegation.app.admitted import Admitted
from delegation.app.bounds import Surroundings
from delegation.telemetry import metrics

_CROWD: Final = 16
"""Of how many connections that wait for their clients one makes room, when there are too many."""
_CROWDED = metrics.SHED.labels("connections")
_SLOW = metrics.SHED.labels("slow")
_OVERDUE = metrics.SHED.labels("overdue")


class Patient(HttpToolsProtocol):
    """The HTTP server's own connection, with an end to what takes too long."""

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
        self._bounds, self._refusals = shared.bounds, shared.refusals
        self._timer: asyncio.TimerHandle | None = None
        self.waits_since: float | None = self.loop.time()
        """Since when the client is waited for; None while it waits for an answer."""
        self._arriving: float | None = self.waits_since
        """Since when a request should be here; None when nothing is expected."""
        self._stuck: float | None = None
        """Since when the client does not take what it is told."""
        self._answering: tuple[RequestResponseCycle, Admitted, float] | None = None

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
        if self._answering is not None:  # Without whoever asked it has no more time than it had.
            _, admitted, since = self._answering
            self.loop.call_at(since + self._bounds.answer, admitted.give_up)
        super().connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.time()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._stuck = None

    @property
    def _is_interrupted(self) -> bool:
        """Whether a part of a request is here, and nothing else is being said."""
        return False

    def _make_room(self) -> None:
        """Part with those that have been waited for longest; where there are none, with this one."""
        others = (each for each in self.connections if isinstance(each, Patient) and each is not self)
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
        elif self._answering is not None and self._is_overdue(now, *self._answering[1:]):
            self._give_up(*self._answering[:2])
        elif self._arriving is not None and now - self._arriving > self._bounds.arrival:
            _SLOW.inc()
            if self._is_interrupted:
                self.transport.write(self._refusals.late)
            self.transport.close()
        elif self.waits_since is not None and now - self.waits_since > self.timeout_keep_alive:
            self.transport.close()
        self._timer = self.loop.call_later(self._bounds.look, self._look)

    def _is_overdue(self, now: float, admitted: Admitted, since: float) -> bool:
        return now - since > self._bounds.answer and not admitted.goes_on

    def _give_up(self, cycle: RequestResponseCycle, admitted: Admitted) -> None:
        # What cannot be ended keeps its place until it ends by itself: so nothing piles up.
        _OVERDUE.inc()
        if not cycle.response_started:
            self.transport.write(self._refusals.overdue())
        cycle.disconnected = True
        admitted.give_up()
        self._answering = None
        self.transport.close()
