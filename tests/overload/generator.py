"""The load generator, a process of its own: reads a job from standard input and tells what became of it.

A stream with a rate is sent by the clock, so a service that is slow gets no less to do. The generator shares its cores
with the service: requests are made beforehand, little is looked at in an answer, and what processor time both took is
told. Which request comes next is a lot: sent in turn, those that come first after a pause would be let in more often.
"""

import asyncio
import gc
import json
import sys
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from time import clock_gettime, perf_counter, process_time
from typing import Any, Final, cast

import uvloop
from typing_extensions import override

from tests.overload.load import Ask, Stream, Told

_TICK: Final = 0.001
_PATIENCE: Final = 3.0
"""Seconds after the end in which what is under way may still be answered."""
_OF_PROCESS: Final = 2
"""What makes a process's number the clock of its processor time (clock_getcpuclockid)."""
_LENGTH: Final = b"content-length: "
_RETRY: Final = b"retry-after: "
_BUSY, _LIMITED = b"503", b"429"


class Sending:
    """One stream under way."""

    def __init__(self, stream: Stream, port: int, opens: float, closes: float) -> None:
        """Count what is due between two moments of the clock."""
        self.stream = stream
        self.opens, self.closes = opens, closes
        self.under_way = 0
        self.free: list[Connection] = []
        self._port = port
        self._asks = [(a.request.encode("latin-1"), a.right.encode(), a.wrong.encode()) for a in stream.asks]
        self._lot = Random(1)
        self._due: deque[float] = deque()
        self._next = perf_counter()
        self._counts: Counter[str] = Counter()
        self._odd: Counter[str] = Counter()
        self._latencies: list[float] = []

    async def connect(self) -> None:
        """Open all connections: to open them under load would be another load."""
        loop = asyncio.get_running_loop()
        for _ in range(self.stream.connections):
            _, connection = await loop.create_connection(lambda: Connection(self), "127.0.0.1", self._port)
            self.free.append(connection)

    def tick(self, now: float) -> None:
        """Send what is due."""
        if self.stream.rate is None:
            while self.free and now < self.closes:
                self._send(now)
            return
        while self._next <= now and self._next < self.closes:
            self._due.append(self._next)
            self._next += 1 / self.stream.rate
        while self._due and self.free:
            self._send(self._due.popleft())

    def _send(self, due: float) -> None:
        self.under_way += 1
        self.free.pop().ask(due, *self._asks[int(self._lot.random() * len(self._asks))])
        if due >= self.opens:
            self._counts["asked"] += 1

    def answered(self, connection: "Connection", head: bytes, body: bytes) -> None:
        """Count an answer, and use its connection again."""
        now = perf_counter()
        self.under_way -= 1
        if connection.due >= self.opens:
            self._judge(connection, head, body, now)
        if connection.is_open:
            self.free.append(connection)
            if self.stream.rate is None or self._due:
                self.tick(now)

    def _judge(self, connection: "Connection", head: bytes, body: bytes, now: float) -> None:
        if connection.wrong in body:
            self._counts["wrong"] += 1
        elif connection.right in body:
            self._counts["good"] += 1
            self._latencies.append(now - connection.due)
        elif head[9:12] == _BUSY and _RETRY in head.lower():
            self._counts["busy"] += 1
        elif head[9:12] == _LIMITED and _RETRY in head.lower():
            self._counts["limited"] += 1
        else:
            self._odd[(head[9:12] + b" " + body[:100]).decode("latin-1")] += 1

    def lost(self, connection: "Connection") -> None:
        """Count a connection that the service ended."""
        if connection.is_waiting:
            self._odd["no answer"] += 1
            self.under_way -= 1
        if connection in self.free:
            self.free.remove(connection)

    def give_up(self) -> None:
        """Send nothing more."""
        if self._due:
            self._odd["not sent in time"] += len(self._due)
        self._due.clear()

    def told(self, server: float, generator: float, waited: float) -> Told:
        """Return what became of it, what processor time was taken meanwhile, and how long the server waited for it."""
        kept = sorted(self._latencies) or [0.0]
        counts = {name: self._counts[name] for name in ("asked", "good", "busy", "limited", "wrong")}
        return Told(
            **counts,
            odd=dict(self._odd),
            elapsed=self.closes - self.opens,
            median=kept[len(kept) // 2],
            p99=kept[len(kept) * 99 // 100],
            server=server,
            generator=generator,
            waited=waited,
        )


class Connection(asyncio.Protocol):
    """One connection, which asks once at a time."""

    def __init__(self, sending: Sending) -> None:
        """Wait for something to ask."""
        self._sending = sending
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self.is_waiting = False
        self.due = 0.0
        self.right = self.wrong = b""

    @property
    def is_open(self) -> bool:
        """Whether something can still be asked."""
        return self._transport is not None and not self._transport.is_closing()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, due: float, request: bytes, right: bytes, wrong: bytes) -> None:
        """Send a request that is due."""
        self.due, self.right, self.wrong, self.is_waiting = due, right, wrong, True
        assert self._transport is not None
        self._transport.write(request)

    @override
    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank or len(body) < _length(head):
            return
        self._received, self.is_waiting = b"", False
        self._sending.answered(self, head, body)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._sending.lost(self)


def _length(head: bytes) -> int:
    start = head.find(_LENGTH) + len(_LENGTH)
    return int(head[start : head.find(b"\r\n", start)] if b"\r\n" in head[start:] else head[start:])


async def perform(job: dict[str, Any]) -> dict[str, Told]:
    """Carry out a job."""
    opens = perf_counter() + job["warm_up"] + 0.5  # So long may it take to connect.
    sendings = []
    for each in job["streams"]:
        stream = Stream(**{**each, "asks": tuple(Ask(**ask) for ask in each["asks"])})
        sendings.append(Sending(stream, job["port"], opens, opens + job["seconds"]))
    for sending in sendings:
        await sending.connect()
    gc.collect()
    gc.freeze()
    await _send(sendings, opens)
    before = _spent(job["process"])
    await _send(sendings, opens + job["seconds"])
    spent = [after - begun for after, begun in zip(_spent(job["process"]), before, strict=True)]
    for sending in sendings:
        sending.give_up()
    end = perf_counter() + _PATIENCE
    while any(sending.under_way for sending in sendings):
        if perf_counter() > end:
            break
        await asyncio.sleep(_TICK)
    return {sending.stream.name: sending.told(*spent) for sending in sendings}


async def _send(sendings: Sequence[Sending], until: float) -> None:
    """Send what is due, and send again where nothing is, until a moment of the clock."""
    while (now := perf_counter()) < until:
        for sending in sendings:
            sending.tick(now)
        await asyncio.sleep(_TICK)


def _spent(process: int) -> tuple[float, float, float]:
    """Return the processor time of the server and of this process, and how long the server's loop waited for its."""
    _, waited, _ = Path(f"/proc/{process}/schedstat").read_text("ascii").split()
    return clock_gettime(~process << 3 | _OF_PROCESS), process_time(), int(waited) / 1e9


def main() -> None:
    """Read a job, carry it out, tell what became of it."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(perform(json.load(sys.stdin)))
    with open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False) as output:
        json.dump({name: asdict(told) for name, told in outcome.items()}, output)


if __name__ == "__main__":
    main()
