"""An HTTP server that ends in order: whoever sends requests hears of it before anybody is turned away."""

import asyncio
import signal
from socket import socket
from types import FrameType
from typing import Final

from typing_extensions import override
from uvicorn import Config, Server

from delegation.web.vitals import Life, Vitals

_CLOSE: Final = (b"connection", b"close")
_LINGER: Final = 1.0
"""Seconds that a connection which was let in last has for its first request, once nobody else is let in."""
_LOOK: Final = 0.02


class Draining(Server):
    """Asked to end, it says so where it is asked for its health, and serves on for a while.

    Meanwhile each answer ends its connection, so that the next request comes over a new one, to whoever is chosen then.
    Then nobody is let in any more, and what was begun is finished within the limit. Asked again, it ends at once.
    """

    def __init__(self, config: Config, *, alone: bool = True) -> None:
        """Serve; unless `alone`, a parent hands on what it is asked: what a terminal says to all is for the parent."""
        super().__init__(config)
        self._alone = alone
        self._asked = False

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGINT and not self._alone:
            return
        if self._asked:
            self.should_exit = self.force_exit = True
        # A terminal has no balancer that would have to notice.
        self.should_exit = self.should_exit or sig == signal.SIGINT
        self._asked = True

    @override
    async def on_tick(self, counter: int) -> bool:
        if self._asked and (life := self._life()) is not None:
            if not life.is_leaving:
                life.leave()
                self._part()
            self.should_exit = self.should_exit or life.is_over
        return await super().on_tick(counter)

    @override
    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        life = self._life()
        if life is not None and life.has_watchers and not self.force_exit:
            await self._hear_out()
        await super().shutdown(sockets)
        if self.force_exit:
            for connection in list(self.server_state.connections):
                connection.transport.abort()  # Whoever reads a request, or writes an answer, finds the client gone.
            await self.lifespan.shutdown()

    def _life(self) -> Life | None:
        vitals: Vitals | None = self.lifespan.state.get("vitals")
        return None if vitals is None else vitals.life

    def _part(self) -> None:
        """Let each answer from now on be the last of its connection."""
        self.config.encoded_headers.append(_CLOSE)
        self.server_state.default_headers = [*self.server_state.default_headers, _CLOSE]
        for connection in self.server_state.connections:
            cycle = getattr(connection, "cycle", None)
            if cycle is not None:
                cycle.keep_alive = False

    async def _hear_out(self) -> None:
        """Wait, but not long, for the first request of each connection that was let in at the last moment."""
        end = asyncio.get_running_loop().time() + _LINGER
        while asyncio.get_running_loop().time() < end and not self.force_exit:
            if all(getattr(each, "cycle", None) is not None for each in self.server_state.connections):
                return
            await asyncio.sleep(_LOOK)
