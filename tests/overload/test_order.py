"""Answers on one connection come in the order of the requests, also when some of them are turned away."""

import asyncio
from random import Random
from time import monotonic

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send

from delegation.app.bounds import Bounds, Surroundings
from delegation.app.connection import Connection
from delegation.app.refusals import Refusals
from delegation.overload import Gate, Rooms, Ticket
from delegation.overload.capacity import LEAST
from tests.ports import free_port

QUESTION = b"POST /introspect HTTP/1.1\r\nHost: here\r\nContent-Length: 3\r\n\r\na=b"


class Slow:
    """An application that answers when it is told to."""

    def __init__(self, gate: Gate) -> None:
        """Serve behind a gate."""
        self._gate = gate
        self.asked, self.told = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live."""
        if scope["type"] == "lifespan":
            await receive()
            bounds = Bounds(body=65_536, connections=100)
            scope["state"]["surroundings"] = Surroundings(self._gate, bounds, Refusals(Random(1)))
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.asked.set()
        await self.told.wait()
        start: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
        await send(start)
        await send({"type": "http.response.body", "body": b"first"})


@pytest.mark.anyio
@pytest.mark.threat("56")
async def test_a_refusal_waits_for_the_answer_before_it() -> None:
    """A request that is turned away behind one that is being answered hears of it after that answer."""
    gate = Gate(LEAST, monotonic, Rooms(()))
    slow, port = Slow(gate), free_port()
    server = uvicorn.Server(uvicorn.Config(slow, port=port, http=Connection, log_config=None, lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the HTTP server tells it in no other way
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(QUESTION)
    await slow.asked.wait()
    while isinstance(gate.admit("POST", "/token", b""), Ticket):
        pass
    writer.write(QUESTION)
    await asyncio.sleep(0.2)  # As long as a wrong answer would need, and much longer.
    slow.told.set()
    told = await reader.readuntil(b"first") + await reader.readuntil(b" 503 ")
    writer.close()
    server.should_exit = True
    await serving
    assert told.startswith(b"HTTP/1.1 200 ")
    assert told.count(b"HTTP/1.1 ") == 2
