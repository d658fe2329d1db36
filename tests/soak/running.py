"""Running a soak: a server under mixed load, with backups taken from under it, measured until the time is over."""

import asyncio
import sqlite3
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic, sleep
from typing import Final

from typing_extensions import override

from delegation.app.clock import utc_now
from delegation.store import Store, verify_all
from tests import postgresql
from tests.children import child
from tests.durability.server import Server
from tests.durability.world import founded
from tests.installations import binaries
from tests.ports import free_port
from tests.postgresql import Cluster
from tests.soak.judging import Verdict, judged
from tests.soak.load import Soaker, Told
from tests.soak.sampling import BOUNDS, sampled
from tests.soak.served import soaked

CLIENTS: Final = 4
ROWS: Final = 300
"""Rows that the server may keep in memory: fewer than what clients use, so that pictures come and go."""
WARM_UP: Final = 0.25
"""The part of the time, at its beginning, that is not judged: caches fill, and the allocator takes what it needs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a soak consists of."""

    seconds: float
    interval: float = 5.0
    """Seconds between measurements."""
    backups: float = 30.0
    """Seconds between backups."""
    leak: str | None = None
    """What the server loses on purpose."""


@dataclass
class Soak:
    """What was found."""

    verdicts: list[Verdict]
    told: Told
    backups: int
    faults: list[str] = field(default_factory=list)
    """What is wrong besides: answers, the log, how it ended."""


class SoakedServer(Server):
    """A server that tells how many tasks it has."""

    leak: str | None = None

    @property
    def tale(self) -> Path:
        """Where it tells that."""
        return self.directory.with_name("tasks")

    @override
    def start(self) -> None:
        self.process = child(partial(soaked, self.words, self.environment, self.output, self.tale, self.leak))
        self.wait_until_ready()


def soak(plan: Plan, cluster: Cluster | None, told: Callable[[str], None]) -> Soak:
    """Carry out a plan on a new database of a cluster, or on a file when there is none."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory()))
        server = SoakedServer(directory / "data", free_port(), directory / "output")
        url = server.database
        limits = {f"DELEGATION_{name}_LIMIT": "0" for name in ("CALLER", "ORGANIZATION", "STRANGER")}
        server.environment = {**limits, "DELEGATION_ROWS_IN_MEMORY": str(ROWS), "DELEGATION_SEAL_INTERVAL": "5"}
        if cluster is not None:
            url = stack.enter_context(postgresql.database(cluster.url())).render_as_string(hide_password=False)
            server.environment = {**server.environment, "DELEGATION_DATABASE_URL": url}
        server.leak = plan.leak
        stack.enter_context(closing(server.http))
        stack.callback(lambda: server.kill() if server.process is not None else None)
        server.start()
        return _soaked(plan, server, url, told)


def _soaked(plan: Plan, server: SoakedServer, url: str, told: Callable[[str], None]) -> Soak:
    answers = Told()
    with _loaded(server, answers), _backed_up(url, plan.backups, server.directory.with_name("copy")) as copies:
        series = _measured(plan, server, answers, url, told)
    verdicts = [judged(name, points, BOUNDS[name]) for name, points in series.items()]
    found = Soak(verdicts, answers, len(copies), answers.wrong[:10])
    code = server.stop()
    if code != 0:
        found.faults.append(f"it ended with {code}")
    if "Traceback" in (said := server.said()):
        found.faults.append(said[said.index("Traceback") :][:2000])
    found.faults += asyncio.run(_findings(url))
    return found


@contextmanager
def _loaded(server: Server, told: Told) -> Iterator[None]:
    world, stopping = founded(server, CLIENTS), Event()
    clients = [Soaker(server, world, number, told, stopping) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        working = [pool.submit(client.work) for client in clients]
        try:
            yield
        finally:
            stopping.set()
        for each in working:
            each.result(60)


def _measured(
    plan: Plan, server: SoakedServer, answers: Told, url: str, told: Callable[[str], None]
) -> dict[str, list[tuple[float, float]]]:
    """Measure until the time is over; return what is to be judged, by name."""
    assert server.process is not None
    series: dict[str, list[tuple[float, float]]] = defaultdict(list)
    file = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else None
    began, minute = monotonic(), 0
    while (passed := monotonic() - began) < plan.seconds:
        sleep(plan.interval)
        found = sampled(server.process.pid or 0, server.tale, file)
        if took := answers.latencies():
            found["latency, median (ms)"] = took[len(took) // 2] * 1000
            found["latency, 95th percentile (ms)"] = took[len(took) * 95 // 100] * 1000
        if passed // 60 > minute:
            minute = int(passed // 60)
            told(f"minute {minute}: " + ", ".join(f"{name} {value:.1f}" for name, value in found.items()))
        if passed >= plan.seconds * WARM_UP:
            for name, value in found.items():
                series[name].append((passed, value))
    return series


@contextmanager
def _backed_up(url: str, every: float, copy: Path) -> Iterator[list[int]]:
    """Back the database up again and again until the block ends; the list holds how large each backup was."""
    sizes: list[int] = []
    stopping = Event()
    backup = _of_file if url.startswith("sqlite") else _of_server

    def keep() -> None:
        while not stopping.wait(every):
            backup(url, copy)
            sizes.append(copy.stat().st_size)
            copy.unlink()

    with ThreadPoolExecutor(1) as pool:
        keeping = pool.submit(keep)
        try:
            yield sizes
        finally:
            stopping.set()
        keeping.result(120)


def _of_file(url: str, copy: Path) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def _of_server(url: str, copy: Path) -> None:
    program = str(binaries() / "pg_dump")
    subprocess.run([program, "--format=custom", f"--file={copy}", url.replace("+psycopg", "")], check=True)


async def _findings(url: str) -> list[str]:
    store = Store(url, instance="soak", clock=utc_now)
    await store.open()
    try:
        return [str(finding) async for chain in verify_all(store) for finding in chain.findings]
    finally:
        await store.close()
