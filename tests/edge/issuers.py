"""Small issuers on real sockets that tell what a test makes them tell, and a way to the real one, to be blocked."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from tests.client.serving import serving

ORGANIZATION: Final = "acme"
OWN: Final = "org:acme"
HEADS: Final = {"platform": 7, OWN: 3}


def told(name: str, *, place: str | None = None, **body: object) -> bytes:
    """Return an event as it is written."""
    at = "" if place is None else f"id: {place}\n"
    return f"event: {name}\n{at}data: {json.dumps(body)}\n\n".encode()


def begin(partition: str, revision: int, **rows: Sequence[dict[str, Any]]) -> bytes:
    """Return a beginning with its rows, whole."""
    tables = (told("rows", partition=partition, table=table, rows=list(some)) for table, some in rows.items())
    return b"".join(
        [told("begin", partition=partition, revision=revision), *tables, told("whole", partition=partition)]
    )


def beginning() -> bytes:
    """Return the beginnings of a platform and an organization in which nobody may do anything."""
    return begin(
        "platform", 7, services=[{"id": "documents", "audience": "https://documents.example", "status": "active"}]
    ) + begin(
        OWN,
        3,
        organizations=[{"id": ORGANIZATION, "name": "", "status": "active"}],
        admitted_services=[{"service": "documents", "follow": True}],
    )


def users(*rows: dict[str, Any], over: Sequence[str] = (), anew: bool = True) -> bytes:
    """Return what is told of users, at first of all of them."""
    return told("users", rows=list(rows), over=list(over), anew=anew)


def current(moved: Mapping[str, int] = HEADS, *, users: int = 0, after: float = 0.0, place: str = "here") -> bytes:
    """Return that everything is current, perhaps at other heads and with users."""
    return told("current", place=place, after=after, heads={**HEADS, **moved}, users=users)


@dataclass(slots=True)
class Telling:
    """An issuer that tells each who asks what is next, and is silent then until the test is over."""

    answers: deque[Response | bytes] = field(default_factory=deque)
    asked: list[Request] = field(default_factory=list)
    ends: bool = False
    """Whether it ends a stream instead of being silent."""
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    speaks: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether it says anything yet."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self.asked.append(Request(scope, receive))
        answer = self.answers.popleft() if self.answers else b""
        if isinstance(answer, bytes):
            answer = StreamingResponse(self._said(answer), media_type="text/event-stream")
        await answer(scope, receive, send)

    async def _said(self, text: bytes) -> AsyncIterator[bytes]:
        await self.speaks.wait()
        yield text
        if not self.ends:
            await self.is_over.wait()


@asynccontextmanager
async def telling(*answers: Response | bytes, ends: bool = False) -> AsyncIterator[tuple[str, Telling]]:
    """Give the address of an issuer that tells these things, and the issuer."""
    issuer = Telling(deque(answers), ends=ends)
    issuer.speaks.set()
    async with serving(lambda _: issuer) as address:
        try:
            yield address, issuer
        finally:
            issuer.is_over.set()
            issuer.speaks.set()


@dataclass(slots=True)
class Way:
    """A way to an issuer on which what it says can be held back."""

    port: int
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    held: int = 0
    """Bytes that were held back."""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self.port)
            self._writers |= {writer, back}
            await asyncio.gather(self._carry(reader, back, None), self._carry(there, writer, self.opened))
        writer.close()

    async def _carry(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, gate: asyncio.Event | None
    ) -> None:
        with suppress(OSError):
            while said := await source.read(65_536):
                if gate is not None and not gate.is_set():
                    self.held += len(said)
                    await gate.wait()
                target.write(said)
                await target.drain()
        target.close()

    def cut(self) -> None:
        """End all connections."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()


@asynccontextmanager
async def way(from_: int, to: int) -> AsyncIterator[Way]:
    """Give an open way from one port to another."""
    way = Way(to)
    way.opened.set()
    server = await asyncio.start_server(way, "127.0.0.1", from_)
    try:
        yield way
    finally:
        way.opened.set()
        way.cut()
        server.close()
        await server.wait_closed()
