"""Faults: what happens to which part of a deployment, for how long; drawn beforehand, so that a seed repeats them."""

import random
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final, TypeAlias

from typing_extensions import override

from tests.durability.deployment import Deployment
from tests.durability.proxy import Way
from tests.durability.tracing import Failure, failing


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    kind: str
    victim: int
    """Which server, or which connection, counted round and round."""
    lasting: float
    """Seconds until it is put right."""
    size: int
    """How many bytes still pass, where some do."""

    def strike(self, deployment: Deployment) -> bool:
        """Let it happen, and return whether it hit anybody; `Deployment.recover` puts it right."""
        return _KINDS[self.kind](self, deployment)

    @override
    def __str__(self) -> str:
        return f"{self.kind} ({self.victim}, {self.lasting:.2f} s, {self.size} bytes)"


KILL: Final = "a server is killed"
LOST_QUESTION: Final = "a question is lost"

_Strike: TypeAlias = Callable[[Fault, Deployment], bool]

_COMPANY: Final = 0.25
"""How often a fault does not come alone."""
_LOSS: Final = 2.0
"""Seconds in which as many bytes have passed as may, under load."""
_LOOK: Final = 0.002
"""Seconds between looks whether they have."""
_SLICE: Final = 64
"""Bytes that arrive at once where they drip."""
_DISK_ERRORS: Final = (("fdatasync", "EIO"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fdatasync", "ENOSPC"))
"""What a disk answers when it fails, and to which question."""


def _kill(fault: Fault, deployment: Deployment) -> bool:
    server = deployment.servers[fault.victim % len(deployment.servers)]
    if server.process is None:
        return False
    server.kill()
    return True


def _kill_all(_: Fault, deployment: Deployment) -> bool:
    alive = [server for server in deployment.servers if server.process is not None]
    for server in alive:
        server.signal(signal.SIGKILL)
    for server in alive:
        server.kill()
    return len(alive) == len(deployment.servers)


def _freeze(fault: Fault, deployment: Deployment) -> bool:
    server = deployment.servers[fault.victim % len(deployment.servers)]
    server.signal(signal.SIGSTOP)
    return server.process is not None


def _hold(fault: Fault, deployment: Deployment) -> bool:
    file = deployment.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        sleep(fault.lasting)
        connection.execute("ROLLBACK")
    return True


def _crash(_: Fault, deployment: Deployment) -> bool:
    return deployment.stop_database(roughly=True)


def _restart(_: Fault, deployment: Deployment) -> bool:
    return deployment.stop_database(roughly=False)


def _backend(fault: Fault, deployment: Deployment) -> bool:
    return deployment.kill_backend(fault.victim)


def _cut(_: Fault, deployment: Deployment) -> bool:
    there = sum(proxy.connections for proxy in deployment.proxies)
    for proxy in deployment.proxies:
        proxy.cut()
    return there > 0


def _lose_answer(fault: Fault, deployment: Deployment) -> bool:
    return _lose(fault, deployment, Way.BACK)


def _lose_question(fault: Fault, deployment: Deployment) -> bool:
    return _lose(fault, deployment, Way.THERE)


def _lose(fault: Fault, deployment: Deployment, way: Way) -> bool:
    before = _exhausted(deployment)
    for proxy in deployment.proxies:
        proxy.cut_after(fault.size, way)
    end = monotonic() + _LOSS
    while _exhausted(deployment) == before and monotonic() < end:
        sleep(_LOOK)
    return _exhausted(deployment) > before


def _exhausted(deployment: Deployment) -> int:
    return sum(proxy.exhausted for proxy in deployment.proxies)


def _stall(fault: Fault, deployment: Deployment) -> bool:
    proxy = deployment.proxies[fault.victim % len(deployment.proxies)]
    proxy.stall()
    return proxy.connections > 0


def _stall_and_cut(fault: Fault, deployment: Deployment) -> bool:
    for proxy in deployment.proxies:
        proxy.stall()
    sleep(fault.lasting)
    return _cut(fault, deployment)


def _stall_answers(fault: Fault, deployment: Deployment) -> bool:
    proxy = deployment.proxies[fault.victim % len(deployment.proxies)]
    proxy.stall(Way.BACK)
    return proxy.connections > 0


def _forget_client(_: Fault, deployment: Deployment) -> bool:
    return _halve(deployment, Way.THERE)


def _forget_server(_: Fault, deployment: Deployment) -> bool:
    return _halve(deployment, Way.BACK)


def _halve(deployment: Deployment, way: Way) -> bool:
    there = sum(proxy.connections for proxy in deployment.proxies)
    for proxy in deployment.proxies:
        proxy.halve(way)
    return there > 0


def _refuse(fault: Fault, deployment: Deployment) -> bool:
    for proxy in deployment.proxies:
        proxy.refuse()
    return _cut(fault, deployment)


def _slow(fault: Fault, deployment: Deployment) -> bool:
    proxy = deployment.proxies[fault.victim % len(deployment.proxies)]
    proxy.slow(0.01, _SLICE)
    return proxy.connections > 0


def _lag(fault: Fault, deployment: Deployment) -> bool:
    for proxy in deployment.proxies:
        proxy.slow(0.1 + fault.lasting)
    return any(proxy.connections for proxy in deployment.proxies)


def _kill_first(_: Fault, deployment: Deployment) -> bool:
    return deployment.kill_database()


def _fail_disk(fault: Fault, deployment: Deployment) -> bool:
    server = deployment.servers[fault.victim % len(deployment.servers)]
    if server.process is None or server.process.pid is None:
        return False
    call, error = _DISK_ERRORS[fault.size % len(_DISK_ERRORS)]
    failure = Failure(call, error, 1 + fault.victim % 3, lasting=fault.victim % 2 == 0)
    record = server.output.with_suffix(".calls")
    return failing(server.process.pid, deployment.files, failure, lasting=fault.lasting, record=record) > 0


def _fill_disk(fault: Fault, deployment: Deployment) -> bool:
    if deployment.disk is None:
        return False
    deployment.disk.fill(but=fault.size * 10)
    sleep(fault.lasting)
    deployment.disk.fill()
    return True


_ANYWHERE: Final[Mapping[str, _Strike]] = {
    KILL: _kill,
    "all servers are killed": _kill_all,
    "a server is frozen": _freeze,
}
_SQLITE: Final[Mapping[str, _Strike]] = {"the database is held": _hold}
_POSTGRESQL: Final[Mapping[str, _Strike]] = {
    "PostgreSQL crashes": _crash,
    "PostgreSQL is restarted": _restart,
    "a PostgreSQL process is killed": _backend,
    "connections are cut": _cut,
    "an answer is lost": _lose_answer,
    LOST_QUESTION: _lose_question,
    "connections stall": _stall,
    "connections stall and are cut": _stall_and_cut,
    "connections are refused": _refuse,
    "connections drip": _slow,
    "connections lag": _lag,
    "answers stall": _stall_answers,
    "clients are lost and nobody is told": _forget_client,
    "PostgreSQL is lost and nobody is told": _forget_server,
    "PostgreSQL's first process is killed": _kill_first,
}
_DISK: Final[Mapping[str, _Strike]] = {"the disk fails": _fail_disk, "the disk is full": _fill_disk}
_KINDS: Final[Mapping[str, _Strike]] = {**_ANYWHERE, **_SQLITE, **_POSTGRESQL, **_DISK}
POSSIBLE: Final[Mapping[str, Sequence[str]]] = {
    "sqlite": (*_ANYWHERE, *_SQLITE),
    "postgresql": (*_ANYWHERE, *_POSTGRESQL),
}
"""What can go wrong with a deployment on each kind of database."""
DISK: Final = tuple(_DISK)
"""What can go wrong besides with files on a disk of their own."""


@dataclass(frozen=True, slots=True)
class Burst:
    """One fault, or two that overlap, once the load has begun."""

    changes: int
    """How many changes are acknowledged before it."""
    after: float
    """Seconds that pass then."""
    faults: tuple[Fault, ...]

    @override
    def __str__(self) -> str:
        return f"{self.changes} changes and {self.after:.2f} s later " + ", then ".join(map(str, self.faults))


def drawn(chance: random.Random, kinds: Sequence[str]) -> Iterator[Burst]:
    """Yield bursts without end: each kind of fault in turn, in ever new orders."""
    while True:
        for kind in chance.sample(kinds, len(kinds)):
            faults = [_fault(chance, kind)]
            if chance.random() < _COMPANY:
                faults.append(_fault(chance, chance.choice(kinds)))
            yield Burst(chance.randrange(1, 20), chance.uniform(0, 0.1), tuple(faults))


def _fault(chance: random.Random, kind: str) -> Fault:
    size = chance.choice((0, 0, 1, chance.randrange(200), chance.randrange(5_000)))
    return Fault(kind, chance.randrange(60), chance.uniform(0.05, 0.8), size)
