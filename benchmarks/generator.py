"""The load generator, a process of its own: `python -m benchmarks.generator` reads a job and writes its outcome.

Each connection sends its next request when the last one is answered. Requests are made beforehand, and of an answer
only the status line, the length and one marker are looked at: the generator shares its cores with the server.
"""

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from time import perf_counter, process_time
from typing import Final, cast

import uvloop
from typing_extensions import override

from benchmarks.jobs import HOST, Job, Outcome

_GOOD: Final = b"HTTP/1.1 200 "
_LENGTH: Final = b"\r\ncontent-length:"
_PATIENCE: Final = 5.0
"""Seconds after the end of a job in which what is under way may still be answered."""


class Load:
    """One job under way."""

    def __init__(self, job: Job, ended: asyncio.Future[None]) -> None:
        """Begin to count time now; `ended` is done when every connection is."""
        made = [request.encode("latin-1") for request in job.requests]
        self._requests: Iterator[bytes] = iter(made) if job.once else cycle(made)
        self._marker = job.marker.encode("latin-1")
        self._ended = ended
        self._busy = job.connections
        self.opens = perf_counter() + job.warm_up
        self.closes = self.opens + job.seconds
        self.answers = 0
        self.latencies: list[float] = []
        self.errors: Counter[str] = Counter()

    def next_request(self, now: float) -> bytes | None:
        """Return what to send next; None when the job has ended."""
        request = next(self._requests, None) if now < self.closes else None
        if request is None:
            # From now on fewer connections are at work: what they still get does not count.
            self.closes = min(self.closes, now)
        return request

    def answered(self, began: float, now: float, head: bytes, body: bytes) -> None:
        """Count an answer."""
        self.answers += 1
        if not head.startswith(_GOOD):
            self.errors[f"status {head[9:12].decode('latin-1')}: {body[:200].decode('latin-1')}"] += 1
        elif self._marker not in body:
            self.errors[f"unexpected answer: {body[:200].decode('latin-1')}"] += 1
        elif self.opens <= now <= self.closes:
            self.latencies.append(now - began)

    def done(self, error: str | None = None) -> None:
        """Count one connection as ended, well or by an error."""
        if error is not None:
            self.errors[error] += 1
        self._busy -= 1
        if self._busy == 0 and not self._ended.done():
            self._ended.set_result(None)


class Connection(asyncio.Protocol):
    """One keep-alive connection that asks, waits for the answer, and asks again."""

    def __init__(self) -> None:
        """Wait to be told what to do."""
        self._load: Load | None = None
        self._transport: asyncio.Transport | None = None
        self._began = 0.0
        self._received = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def begin(self, load: Load) -> None:
        """Send requests until the load ends."""
        self._load = load
        self._send(load, perf_counter())

    @override
    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self._load is None:
            return
        head = self._received[:end]
        length = _length(head)
        if length is None:
            self._end("an answer without a length")
            return
        body = self._received[end + 4 :]
        if len(body) < length:
            return
        self._received = b""
        now = perf_counter()
        self._load.answered(self._began, now, head, body)
        self._send(self._load, now)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._end("the server closed the connection")

    def give_up(self) -> None:
        """End the connection if it is still waiting for an answer."""
        self._end("no answer in time")

    def _send(self, load: Load, now: float) -> None:
        request = load.next_request(now)
        if request is None or self._transport is None:
            self._end(None)
            return
        self._began = perf_counter()
        self._transport.write(request)

    def _end(self, error: str | None) -> None:
        load, self._load = self._load, None
        if load is not None:
            load.done(error)
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int | None:
    """Return the length of the body that a head announces; None when it announces none."""
    lowered = head.lower()
    start = lowered.find(_LENGTH)
    if start < 0:
        return None
    return int(lowered[start + len(_LENGTH) :].partition(b"\r\n")[0])


async def perform(job: Job) -> Outcome:
    """Carry out a job. Raises OSError when nobody listens."""
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(Connection, HOST, job.port) for _ in range(job.connections)]
    connections = [connection for _, connection in opened]
    ended = loop.create_future()
    gc.collect()
    gc.freeze()
    cpu = process_time()
    load = Load(job, ended)
    for connection in connections:
        connection.begin(load)
    done, _ = await asyncio.wait([ended], timeout=job.warm_up + job.seconds + _PATIENCE)
    cpu = process_time() - cpu
    for connection in connections if not done else ():
        connection.give_up()
    elapsed = max(load.closes - load.opens, 0.0)
    return Outcome(elapsed, tuple(load.latencies), dict(load.errors), load.answers, cpu)


def main() -> None:
    """Read a job from standard input, carry it out, write its outcome to standard output."""
    job = Job.decoded(sys.stdin.readline())
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(perform(job))
    # Where PYTHONUNBUFFERED is set, `sys.stdout` loses the rest of what the system writes in parts.
    with open(sys.stdout.fileno(), "w", encoding="utf-8", closefd=False) as output:
        output.write(outcome.encoded())


if __name__ == "__main__":
    main()
