"""The deadline of a request: who has waited so long hears so, and what was asked ends, with its place and its task."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from delegation.app.admitted import Admitted
from delegation.app.bounds import Bounds, Surroundings
from delegation.app.clock import elapsed
from delegation.app.refusals import Refusals
from delegation.overload import Gate, Rooms, Ticket
from delegation.store import Store, Unit, migrate, verify_all
from tests.store.samples import change, group, groups, opened, record

DEADLINE = 0.3
PATIENCE = 20.0
REQUEST = b"POST /token HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n"
pytestmark = [pytest.mark.anyio, pytest.mark.threat("E15")]


@dataclass
class House:
    """A server on a real socket, whose application does what a test says."""

    work: Callable[[], Awaitable[object]]
    port: int = 0
    gate: Gate = field(default_factory=lambda: Gate(512, elapsed, Rooms(())))
    begun: int = 0
    over: int = 0

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        self.begun += 1
        try:
            await self.work()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok", "more_body": False})
        finally:
            self.over += 1

    async def _live(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        bounds = Bounds(body=1_024, connections=100, answer=DEADLINE, look=0.05)
        await receive()
        assert scope["type"] == "lifespan"
        scope["state"]["surroundings"] = Surroundings(self.gate, bounds, Refusals(Random(1)))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def ask(self, requests: bytes = REQUEST) -> bytes:
        """Send a request and return all that is said until the connection ends."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(requests)
        answer = await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()
        return answer


@asynccontextmanager
async def serving(work: Callable[[], Awaitable[object]]) -> AsyncIterator[House]:
    """Serve until the block ends."""
    house = House(work)
    config = uvicorn.Config(house, port=0, http="delegation.app.connection:Connection", ws="none", log_config=None)
    server = uvicorn.Server(config)
    going = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    house.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield house
    finally:
        server.should_exit = server.force_exit = True
        await going


async def until(wanted: Callable[[], bool]) -> None:
    """Return when something is as wanted."""
    async with asyncio.timeout(PATIENCE):
        while not wanted():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


async def test_a_request_that_never_ends_is_ended() -> None:
    """Fifty requests that wait for ever are told so in time, and leave no task behind and no place taken."""
    async with serving(asyncio.Event().wait) as house:
        before = len(asyncio.all_tasks())
        answers = await asyncio.gather(*(house.ask() for _ in range(50)))
        assert {answer[:13] for answer in answers} == {b"HTTP/1.1 503 "}
        assert all(b"took too long" in answer and b"Idempotency-Key" in answer for answer in answers)
        await until(lambda: house.over == 50)
        await until(lambda: len(asyncio.all_tasks()) <= before)
        assert house.gate.under_way == 0


async def test_who_goes_away_leaves_nothing_behind_for_longer() -> None:
    """What was asked by a client that is gone has as much time as that of others, and then it ends."""
    async with serving(asyncio.Event().wait) as house:
        _, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(REQUEST)
        await until(lambda: house.begun == 1)
        writer.close()
        await until(lambda: house.over == 1)
        assert house.gate.under_way == 0


async def test_what_cannot_be_ended_keeps_its_place() -> None:
    """Work that goes on whatever it is told holds its place until it ends by itself, so that no more pile up."""
    ending = asyncio.Event()

    async def stubborn() -> None:
        while not ending.is_set():
            with suppress(asyncio.CancelledError):
                await ending.wait()

    async with serving(stubborn) as house:
        assert (await house.ask()).startswith(b"HTTP/1.1 503 ")
        assert house.gate.under_way == 1
        ending.set()
        await until(lambda: house.gate.under_way == 0)


async def test_what_ends_in_time_is_answered_and_so_is_what_follows() -> None:
    """Nothing of an earlier request's time counts against a later one on the same connection."""

    async def short() -> None:
        await asyncio.sleep(DEADLINE * 0.7)

    last = REQUEST.replace(b"Host: here", b"Host: here\r\nConnection: close")
    async with serving(short) as house:
        answer = await house.ask(REQUEST + REQUEST + last)
        assert answer.count(b"HTTP/1.1 200 ") == 3
        assert house.gate.under_way == 0


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Let nobody else write to an SQLite file until the block ends."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


async def test_a_commit_under_way_is_finished_as_a_whole(tmp_path: Path) -> None:
    """What was handed over to be committed is committed once, all of it, although nobody waits for it any more."""
    url = f"sqlite:///{tmp_path}/x.db"
    migrate(url)
    async with opened(url) as store, serving(committing(store)) as house:
        async with locked(tmp_path / "x.db"):
            assert (await house.ask()).startswith(b"HTTP/1.1 503 ")
            await until(lambda: house.gate.under_way == 0)
            assert await groups(store) == set()
        await store.commit(Unit(events=(record(),)))  # It comes after what waited before it.
        assert await groups(store) == {"a"}
        assert [finding async for each in verify_all(store) for finding in each.findings] == []


def committing(store: Store) -> Callable[[], Awaitable[object]]:
    """Return work that commits a change of two tables and a record."""

    async def work() -> None:
        await store.commit(change(group("a")))

    return work


async def test_a_request_that_is_overdue_before_it_began_does_nothing() -> None:
    """One whose time is over before its first turn gives its place back, and nothing of it is done."""
    gate = Gate(512, elapsed, Rooms(()))
    ticket = gate.admit("POST", "/token", b"")
    assert isinstance(ticket, Ticket)

    async def never(*_: object) -> None:
        pytest.fail("it was carried out")

    admitted = Admitted(never, ticket)
    admitted.give_up()
    await asyncio.create_task(admitted({"type": "http"}, never, never))  # type: ignore[arg-type]  # nobody looks at them
    assert gate.under_way == 0
