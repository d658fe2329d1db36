"""Replacing processes one after the other under load: no request fails."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import pytest

from tests.databases import Make
from tests.durability.server import Server
from tests.durability.world import World, founded
from tests.life.balancing import PROGRAM, Balancer, balanced
from tests.life.traffic import CLIENTS, Tally, traffic
from tests.ports import free_port
from tests.processes.host import hosted, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="HAProxy is not installed: apt-get install haproxy"),
]

DRAIN = "2"
"""Seconds; the balancer asks five times a second."""


@dataclass(frozen=True)
class Replicas:
    """Two processes on one database, and what stands before them."""

    servers: tuple[Server, Server]
    balancer: Balancer
    world: World

    def replace_all(self) -> None:
        """Put another process in the place of each, one after the other, as whoever deploys does."""
        for server in self.servers:
            assert server.stop() == 0
            self.balancer.until("DOWN", 1)
            server.start()
            self.balancer.until("UP", 2)


@contextmanager
def replicas(directory: Path, url: str, drain: str) -> Iterator[Replicas]:
    """Run two replicas behind a balancer until the block ends."""
    port = free_port()
    environment = {
        "DELEGATION_DATABASE_URL": url,
        "DELEGATION_DRAIN_SECONDS": drain,
        "DELEGATION_CALLER_LIMIT": "0",
        "DELEGATION_ORGANIZATION_LIMIT": "0",
    }
    with ExitStack() as stack:
        servers = (replica(directory, 0, port, environment), replica(directory, 1, port, environment))
        for server in servers:
            stack.enter_context(closing(server.http))
            stack.callback(ended, server)
            server.start()
        balancer = stack.enter_context(balanced(directory, port, [server.port for server in servers]))
        balancer.until("UP", 2)
        yield Replicas(servers, balancer, founded(servers[0], CLIENTS))


def replica(directory: Path, number: int, port: int, environment: dict[str, str]) -> Server:
    """Return one of two servers of a service whose clients know the balancer alone."""
    output = directory / f"{number}.output"
    issuer = f"http://127.0.0.1:{port}"
    return Server(directory / "data", free_port(), output, environment=environment, shared_issuer=issuer)


def ended(server: Server) -> None:
    """Kill a server that still runs."""
    if server.process is not None:
        server.kill()


def restarted_under_load(house: Replicas, rounds: int) -> Tally:
    """Replace all processes so many times under load."""
    with traffic(house.balancer.url, house.world) as tally:
        sleep(1)
        for _ in range(rounds):
            house.replace_all()
        sleep(1)
    return tally


@pytest.mark.threat("59")
def test_no_request_fails_while_replicas_are_replaced(databases: Make, tmp_path: Path) -> None:
    """Behind a balancer that asks for readiness, every process is replaced twice under load and nothing fails."""
    with databases(None) as url, replicas(tmp_path, url, DRAIN) as house:
        tally = restarted_under_load(house, 2)
    assert tally.failed == []
    assert len(tally.answered) == 4
    assert min(tally.answered.values()) > 20


@pytest.mark.threat("59")
def test_without_notice_requests_fail(databases: Make, tmp_path: Path) -> None:
    """The same with processes that leave the balancer no time to notice: it would be seen here."""
    with databases(None) as url, replicas(tmp_path, url, "0") as house:
        tally = restarted_under_load(house, 3)
    assert tally.failed != []


@pytest.mark.threat("59")
def test_no_request_fails_while_a_parent_replaces_its_workers(databases: Make, tmp_path: Path) -> None:
    """SIGHUP to the parent replaces every worker under load, and nothing fails."""
    variables = {
        "DELEGATION_DRAIN_SECONDS": DRAIN,
        "DELEGATION_CALLER_LIMIT": "0",
        "DELEGATION_ORGANIZATION_LIMIT": "0",
    }
    with databases(None) as url:
        variables["DELEGATION_DATABASE_URL"] = url
        with hosted(tmp_path / "data", "--quiet", workers=2, variables=variables) as host:
            before = host.workers()
            world = founded(host, CLIENTS)
            with traffic(host.url, world) as tally:
                os.kill(host.parent, signal.SIGHUP)
                until(lambda: len(host.workers()) == 2 and host.workers().isdisjoint(before))
                sleep(1)
    assert tally.failed == []
    assert min(tally.answered.values()) > 20
