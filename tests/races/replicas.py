"""Two servers on one database, and requests sent to both of them at the same moment.

The servers are threads of the test's own process: each has an event loop, a store and pictures of its own, and they
share the interpreter's lock. test_hosts.py has servers that are processes.
"""

import ssl
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier
from typing import Final, TypeAlias

import httpx2

from tests.clock import Clock
from tests.directory.routes import Asked
from tests.end_to_end.deployment import ADMINISTRATOR, JSON, Deployment
from tests.end_to_end.sites import Site

RACERS = 50
_TIME = 30.0
"""Seconds that a racer waits for the others, and for its answer."""

_NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Shared by all clients, none of which uses it: each would spend longer on making its own than the race takes."""

Send: TypeAlias = Callable[[httpx2.Client], httpx2.Response]
"""Sends one request to the server that a client belongs to."""


def raced(pool: ThreadPoolExecutor, addresses: Sequence[str], sends: Sequence[Send]) -> list[httpx2.Response]:
    """Send all at the same moment, taking turns between the servers at these addresses; return the answers."""
    barrier = Barrier(len(sends))

    def send(number: int) -> httpx2.Response:
        address = addresses[number % len(addresses)]
        with httpx2.Client(base_url=address, timeout=_TIME, verify=_NO_TLS) as http:
            http.get("/healthz")  # The connection is there when the race begins.
            barrier.wait(_TIME)
            return sends[number](http)

    return list(pool.map(send, range(len(sends))))


@dataclass(frozen=True)
class Replicas:
    """Two servers on one database."""

    houses: tuple[Deployment, Deployment]
    pool: ThreadPoolExecutor

    def must(self, method: str, path: str, body: JSON | None = None) -> JSON:
        """Send a request that has to succeed to the first of them."""
        return self.houses[0].must(method, path, body)

    def race(self, sends: Sequence[Send]) -> list[httpx2.Response]:
        """Send all at the same moment, each to the other server than its neighbour; return the answers."""
        return raced(self.pool, [str(house.http.base_url) for house in self.houses], sends)

    def at_once(self, requests: Sequence[Asked]) -> list[httpx2.Response]:
        """Send management requests at the same moment."""
        return self.race([managed(request) for request in requests])

    def shown(self, path: str) -> JSON:
        """Return what both servers show; fails unless that is the same."""
        one, other = self.at_once([Asked("GET", path, None)] * 2)
        assert (one.status_code, one.json()) == (200, other.json())
        document: JSON = one.json()
        return document


def managed(request: Asked) -> Send:
    """Return how a management request is sent."""
    headers = {"Authorization": f"Bearer {ADMINISTRATOR}"}
    return lambda http: http.request(request.method, request.path, json=request.body, headers=headers)


@contextmanager
def served(site: Site, clock: Clock) -> Iterator[Replicas]:
    """Serve a site twice, under one issuer, until the block ends."""
    with site.running(clock) as one, site.running(clock, issuer=one.issuer) as two, ThreadPoolExecutor(RACERS) as pool:
        yield Replicas((one, two), pool)
