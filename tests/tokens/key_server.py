"""A server of key sets on loopback that does whatever a test wants, and counts how often it was asked."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from delegation.tokens import SigningKey

Behaviour: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]

PIECES: Final = 100


def raw(answer: bytes) -> Behaviour:
    """Answer with exactly these bytes and close."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return behave


def body(content: bytes, status: str = "200 OK", *headers: str) -> Behaviour:
    """Answer with this content."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers]
    return raw("\r\n".join([*lines, "", ""]).encode() + content)


def document(value: Any) -> Behaviour:  # noqa: ANN401 - any JSON
    """Answer with this value as JSON."""
    return body(json.dumps(value).encode(), "200 OK", "Content-Type: application/jwk-set+json")


def keys(*signing: SigningKey) -> Behaviour:
    """Answer with the public halves of these keys."""
    return document({"keys": [dict(key.public) for key in signing]})


async def silence(_: asyncio.StreamWriter) -> None:
    """Never answer."""
    await asyncio.Event().wait()


def dripping(content: bytes) -> Behaviour:
    """Send the content in pieces for two seconds: no single read takes long."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(content) + PIECES))
        for _ in range(PIECES):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)
        writer.write(content)
        await writer.drain()

    return behave


@dataclass(slots=True)
class Flood:
    """Sends sixteen megabytes in chunks that announce nothing, unless the reader goes away."""

    took_it_all: bool = False

    async def pour(self, writer: asyncio.StreamWriter) -> None:
        """Send it."""
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(2_000):
            writer.write(b"2000\r\n" + b" " * 0x2000 + b"\r\n")
            await writer.drain()
        self.took_it_all = True


@dataclass(slots=True)
class Gate:
    """Holds an answer back: `reached` when somebody waits for it, `opened` when it may go."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    def before(self, then: Behaviour) -> Behaviour:
        """Wait until the gate is opened, then behave otherwise."""

        async def behave(writer: asyncio.StreamWriter) -> None:
            self.reached.set()
            await self.opened.wait()
            await then(writer)

        return behave


@dataclass(slots=True)
class KeyServer:
    """Behaves as it is told to; `asked` counts the requests."""

    behaviour: Behaviour
    url: str = ""
    asked: int = 0
    requests: list[bytes] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            self.asked += 1
            await self.behaviour(writer)
        writer.close()

    @asynccontextmanager
    async def listening(self, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator["KeyServer"]:
        """Answer on loopback until left, over TLS where a context is given; nobody answers afterwards."""
        at_work: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            at_work.add(asyncio.ensure_future(self._serve(reader, writer)))

        server = await asyncio.start_server(accept, "127.0.0.1", port, ssl=tls)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
        try:
            yield self
        finally:
            server.close()
            for task in at_work:
                task.cancel()
            await asyncio.gather(*at_work, return_exceptions=True)
            await server.wait_closed()

    @property
    def port(self) -> int:
        """The port it listens on, or listened on last."""
        return int(self.url.rpartition(":")[2].partition("/")[0])
