"""Failovers: servers on a pair of PostgreSQL servers, the first of which is lost under load."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import httpx2

from tests.durability.campaign import assert_tokens_follow, ready
from tests.durability.deployment import ended
from tests.durability.judging import Judge
from tests.durability.load import Ledger, loaded
from tests.durability.pair import Pair, pair
from tests.durability.server import PATIENCE, Server
from tests.ports import free_port

ENOUGH: Final = 40
"""Acknowledged changes that are a load."""
BACK: Final = 5.0
"""Seconds in which a server has to serve again once there is a primary."""


@contextmanager
def served(directory: Path, both: Pair, flaw: str | None = None, servers: int = 2) -> Iterator[list[Server]]:
    """Run servers on both, by a URL that names both."""
    issuer = f"http://127.0.0.1:{free_port()}"
    with ExitStack() as stack:
        started: list[Server] = []
        for number in range(servers):
            server = Server(directory / "data", free_port(), directory / f"{number}.output", shared_issuer=issuer)
            server.environment = {
                "DELEGATION_DATABASE_URL": both.url(),
                "DELEGATION_CALLER_LIMIT": "0",
                "DELEGATION_ORGANIZATION_LIMIT": "0",
            }
            server.flaw = flaw
            stack.callback(server.http.close)
            stack.callback(ended(server))
            server.start()
            started.append(server)
        yield started


def judge_of(both: Pair, *, standby: bool) -> Judge:
    """Return a judge of one of the two."""
    cluster = both.standby if standby else both.primary
    return Judge(cluster.url().render_as_string(hide_password=False))


def until(is_so: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Return once something is so."""
    end = monotonic() + patience
    while not is_so():
        assert monotonic() < end, what
        sleep(0.02)


def is_created(server: Server, name: str) -> bool:
    """Return whether a user could be made, or was made before."""
    headers = {"Authorization": f"Bearer {server.secret}", "Idempotency-Key": name}
    try:
        return server.http.post("/users", json={"id": name}, headers=headers).status_code == 201
    except httpx2.TransportError:
        return False


def wait_until_followed(servers: list[Server]) -> None:
    """Return once each server writes to whoever is the primary now."""
    for number, server in enumerate(servers):
        until(partial(is_created, server, f"after-{number}"), "a server does not follow", BACK)


def fail_over(both: Pair) -> None:
    """Lose the primary as by a crash of its machine, and promote the standby."""
    both.primary.kill()
    both.promote()


def failed_over(directory: Path, seed: int) -> Ledger:
    """Fail over under load, judge, and return what was acknowledged. Raises Violation."""
    ledger = Ledger()
    with pair(synchronous=True) as both, served(directory, both) as servers:
        world = ready(servers[0])
        judge = judge_of(both, standby=False)
        judge.count_from_now()
        with loaded(world, ledger, random.Random(seed), *(server.url for server in servers)):
            until(lambda: len(ledger.acknowledged) >= ENOUGH, "nothing is acknowledged")
            fail_over(both)
            wait_until_followed(servers)
            now = len(ledger.acknowledged)
            until(lambda: len(ledger.acknowledged) >= now + ENOUGH, "nothing is acknowledged by the new primary")
        judge.move(both.standby.url().render_as_string(hide_password=False))
        judge.assert_kept(ledger)
        for server in servers:
            assert_tokens_follow(server, ledger)
    return ledger
