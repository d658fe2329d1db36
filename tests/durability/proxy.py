"""A TCP proxy that does to connections what networks do: it delays, refuses, cuts, stalls and drips."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from threading import Thread
from typing import Final, TypeAlias

from tests.ports import free_port

Address: TypeAlias = Path | tuple[str, int]
"""A Unix socket, or a host and a port."""

_RESET: Final = struct.pack("ii", 1, 0)
"""What makes a closed socket say so with a reset, and forget what was not delivered."""


class Way(Enum):
    """In which direction bytes go."""

    THERE = auto()
    """From the client to the server."""
    BACK = auto()


@dataclass(eq=False)
class _Link:
    """One connection, with its two ends."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    left: dict[Way, int] = field(default_factory=dict)
    """How many more bytes may pass; without an entry any number."""
    is_halved: bool = False
    """Whether one end is gone and the other was told nothing."""

    def takes(self, way: Way, piece: bytes) -> bytes:
        """Return how much of some bytes may still pass."""
        if way not in self.left:
            return piece
        passed = piece[: self.left[way]]
        self.left[way] -= len(passed)
        return passed

    def cut(self) -> None:
        _reset(self.near, self.far)

    def halve(self, way: Way) -> None:
        self.is_halved = True
        _reset(self.near if way is Way.THERE else self.far)


def _reset(*ends: asyncio.StreamWriter) -> None:
    for end in ends:
        wire: socket.socket = end.get_extra_info("socket")
        if wire.family == socket.AF_INET and wire.fileno() >= 0:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        end.transport.abort()


class Proxy:
    """Forwards connections to one server. Every fault has begun, or ended, when its method returns."""

    def __init__(self, target: Address) -> None:
        """Forward to `target`, in a thread of its own, from a port of its own."""
        self._target = target
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._latency = 0.0
        self._slice: int | None = None
        self._left: dict[Way, int] = {}
        self._loop = asyncio.new_event_loop()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._stalled: frozenset[Way] = frozenset()
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self.port = free_port()
        self.exhausted = 0
        """How many connections were closed because no more bytes might pass."""
        self._thread = Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self.accept()

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return len(self._links)

    def refuse(self) -> None:
        """Refuse new connections."""
        self._do(self._refuse)

    def accept(self) -> None:
        """Take new connections, which is what a proxy does at first."""
        self._do(self._accept)

    def cut(self) -> None:
        """Reset all connections; what is under way is lost."""
        self._do(self._cut)

    def cut_after(self, bytes_: int, way: Way) -> None:
        """Let that many more bytes pass one way on each connection; close it when there is another one."""
        self._do(self._count, {way: bytes_})

    def stall(self, *ways: Way) -> None:
        """Let nothing pass any more, or nothing in one direction, and tell nobody."""
        self._do(self._stall, frozenset(ways or Way))

    def halve(self, way: Way) -> None:
        """Reset the end from which bytes go that way, and keep the other open and silent, as if nothing had been."""
        self._do(self._halve, way)

    def slow(self, latency: float, slice_: int | None = None) -> None:
        """Wait so many seconds before passing what comes at once, or, when told, before every few bytes of it."""
        self._do(self._slow, latency, slice_)

    def heal(self) -> None:
        """End every fault: what was held up passes, new connections are taken."""
        self._do(self._slow, 0.0, None)
        self._do(self._count, {})
        self._do(self._flow)
        self.accept()

    def close(self) -> None:
        """Refuse and cut everything, and end the thread."""
        self._do(self._refuse)
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, act: Callable[..., Awaitable[None]], *arguments: object) -> None:
        async def acted() -> None:
            await act(*arguments)

        asyncio.run_coroutine_threadsafe(acted(), self._loop).result(10)

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _accept(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        for link in tuple(self._links):
            link.cut()

    async def _count(self, left: dict[Way, int]) -> None:
        self._left = left
        for link in self._links:
            link.left = dict(left)

    async def _stall(self, ways: frozenset[Way]) -> None:
        self._stalled = ways
        self._flowing.clear()

    async def _halve(self, way: Way) -> None:
        self._whole.clear()
        for link in self._links:
            link.halve(way)

    async def _flow(self) -> None:
        self._stalled = frozenset()
        self._flowing.set()
        self._whole.set()

    async def _slow(self, latency: float, slice_: int | None) -> None:
        self._latency, self._slice = latency, slice_

    async def _end(self) -> None:
        await self._cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._join(reader, near)
        except (OSError, asyncio.CancelledError):
            near.transport.abort()
            await _closed(near)
        finally:
            self._tasks.discard(task)

    async def _join(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if Way.THERE in self._stalled:
            await self._flowing.wait()
        if isinstance(self._target, Path):
            back, far = await asyncio.open_unix_connection(self._target)
        else:
            back, far = await asyncio.open_connection(*self._target)
        link = _Link(near, far, dict(self._left))
        self._links.add(link)
        pumps = [
            asyncio.create_task(self._pump(link, Way.THERE, reader, far)),
            asyncio.create_task(self._pump(link, Way.BACK, back, near)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            if link.is_halved:
                await self._whole.wait()
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await _closed(near, far)
            self._links.discard(link)

    async def _pump(self, link: _Link, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(65_536):
                size = self._slice or len(chunk)
                for start in range(0, len(chunk), size):
                    piece = chunk[start : start + size]
                    await asyncio.sleep(self._latency)
                    if way in self._stalled:
                        await self._flowing.wait()
                    passed = link.takes(way, piece)
                    writer.write(passed)
                    await writer.drain()
                    if len(passed) < len(piece):
                        self.exhausted += 1
                        return  # A reset might overtake what was to pass, so the connection ends with a mere close.


async def _closed(*ends: asyncio.StreamWriter) -> None:
    for end in ends:
        end.close()
    for end in ends:
        with suppress(OSError):
            await end.wait_closed()


@contextmanager
def proxied(target: Address) -> Iterator[Proxy]:
    """Run a proxy to a server until the block ends."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
