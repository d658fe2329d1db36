"""Campaigns: one fault after the other under load, and after each the question what is left."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic, sleep
from typing import Final

from delegation.app.clock import utc_now
from delegation.store import Store, verify_all
from tests.durability.deployment import Deployment, deployed
from tests.durability.faults import DISK, POSSIBLE, Burst, drawn
from tests.durability.judging import Judge, Violation
from tests.durability.load import WORKERS, Ledger, Worker, loaded
from tests.durability.server import PATIENCE, Server
from tests.durability.small_disk import small_disk
from tests.durability.world import SERVICE, World, founded
from tests.postgresql import Cluster

_AGAIN: Final = 0.02
"""Seconds between looks at what is waited for."""
_ROOM: Final = 96
"""Mebibytes of a disk that can be filled."""
_SHOWN: Final = 8
"""Tokens that every server is asked about after a fault."""


def ready(server: Server) -> World:
    """Found the organization, with two users for each worker: one who delegates, one who comes and goes."""
    world = founded(server, WORKERS)
    for user in (f"u{number}-member" for number in range(WORKERS)):
        server.must("POST", "/users", {"id": user})
        server.must("PUT", f"/organizations/acme/memberships/{user}")
        assert world.assignment(server.http, "PUT", user).is_success
    return world


def assert_tokens_follow(server: Server, ledger: Ledger) -> None:
    """Fail unless every token is worth what its delegation says, for those received last. Raises Violation."""
    for token, delegation in list(ledger.tokens.items())[-_SHOWN:]:
        answer = server.http.post("/introspect", data={"token": token}, auth=SERVICE)
        is_active = ledger.delegations[delegation].surely == "active"
        if not answer.is_success or answer.json()["active"] is not is_active:
            raise Violation(f"a token that is {'' if is_active else 'not '}active, at {server.url}: {answer.text}")


class Campaign:
    """A deployment under load to which one fault after the other happens."""

    def __init__(self, deployment: Deployment, chance: random.Random, back: float) -> None:
        """Found the organization in a new deployment, of which each server has to serve again in `back` seconds."""
        self.ledger = Ledger()
        self.struck: Counter[str] = Counter()
        """How often each kind of fault really happened to somebody."""
        self._back = back
        self._deployment = deployment
        self._chance = chance
        self._world = ready(deployment.servers[0])
        self._at_once = Event()
        self._at_once.set()
        self._judge = Judge(deployment.database)
        self._judge.count_from_now()

    def suffer(self, burst: Burst) -> str:
        """Let a burst happen under load, judge what it left, and tell how it went. Raises Violation."""
        asked, acknowledged = len(self.ledger.asked), len(self.ledger.acknowledged)
        with loaded(self._world, self.ledger, self._chance, *self._deployment.urls):
            self._wait_until_acknowledged(acknowledged + burst.changes)
            sleep(burst.after)
            self.struck.update([fault.kind for fault in burst.faults if fault.strike(self._deployment)])
            sleep(max(fault.lasting for fault in burst.faults))
            alive = self._deployment.recover()
            back = self._wait_until_served(alive)
            self._deployment.restart_dead()
        self._judge.assert_kept(self.ledger)
        for server in self._deployment.servers:
            assert_tokens_follow(server, self.ledger)
        asked, acknowledged = len(self.ledger.asked) - asked, len(self.ledger.acknowledged) - acknowledged
        return f"served again in {back:.2f} s, {acknowledged} of {asked} changes acknowledged"

    def assert_verified(self) -> None:
        """Fail unless the service's own verification finds nothing. Raises Violation."""
        if findings := asyncio.run(_findings(self._deployment.database)):
            raise Violation("\n".join(findings))

    def _wait_until_acknowledged(self, changes: int) -> None:
        end = monotonic() + PATIENCE
        while len(self.ledger.acknowledged) < changes:
            if monotonic() > end:
                raise Violation("nothing is acknowledged any more\n" + "\n".join(self.ledger.wrong))
            sleep(_AGAIN)

    def _wait_until_served(self, servers: list[Server]) -> float:
        began = monotonic()
        for server in servers:
            prober = Worker(self._world, self.ledger, "u0", self._chance, self._at_once)
            with prober.connected(server.url) as worker:
                while not worker.create():
                    if monotonic() - began > self._back:
                        raise Violation(f"{server.url} does not serve {self._back} s after the database came back")
                    sleep(_AGAIN)
        return monotonic() - began


async def _findings(database: str) -> list[str]:
    store = Store(database, instance="judge", clock=utc_now)
    await store.open()
    try:
        return [str(finding) async for chain in verify_all(store) for finding in chain.findings]
    finally:
        await store.close()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a campaign consists of."""

    bursts: int
    seed: int
    servers: int = 2
    kinds: tuple[str, ...] = ()
    """The faults to choose from; without any, all that the database can have."""
    flaw: str | None = None
    """What is wrong with the servers on purpose."""
    program: bool = False
    """Whether servers are started as from a shell, which takes longer."""
    back: float = PATIENCE
    """Seconds in which a server has to serve again after its database is back."""
    disk: bool = False
    """Whether an embedded database has a disk of its own, which can fail and be full."""

    def kinds_on(self, database: str) -> Sequence[str]:
        """Return the faults to choose from."""
        of_disks = DISK if self.disk and database == "sqlite" else ()
        return self.kinds or (*POSSIBLE[database], *of_disks)


def campaign(plan: Plan, cluster: Cluster | None, told: Callable[[str], None] = lambda _: None) -> Campaign:
    """Carry out a plan on a new database of a cluster, or on a file when there is none, and tell of each burst.

    Returns what is known of it then. Raises Violation, Unmountable and Untraceable.
    """
    chance, database = random.Random(plan.seed), "sqlite" if cluster is None else "postgresql"
    bursts = list(islice(drawn(chance, plan.kinds_on(database)), plan.bursts))
    with (
        TemporaryDirectory() as directory,
        small_disk(_ROOM) if plan.disk and cluster is None else nullcontext() as disk,
        deployed(Path(directory), cluster, plan.servers, program=plan.program, disk=disk) as deployment,
    ):
        suffering = Campaign(deployment, chance, plan.back)
        for server in deployment.servers if plan.flaw else ():
            server.kill()
            server.flaw = plan.flaw
            server.start()
        for number, burst in enumerate(bursts, 1):
            told(f"{database} {number}/{plan.bursts}, {burst}: {suffering.suffer(burst)}")
        suffering.assert_verified()
    return suffering
