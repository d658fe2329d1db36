"""Processes that come and go: asked to, killed, replaced, or unable to start."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import httpx2
import pytest

from tests import postgresql
from tests.databases import Make, rows
from tests.durability.server import ROOT
from tests.postgresql import Cluster
from tests.processes.host import PATIENCE, Host, hosted, is_running, until

_turns = count()
SILENT = 60.0
"""Seconds that a worker may be silent before its parent kills it."""


def created_until(stopping: Event, host: Host, name: str, *, bearing: bool) -> list[str]:
    """Create users, each over a connection of its own, until told to stop; return those acknowledged.

    With `bearing`, what cannot be done for a while (503) is no failure.
    """
    acknowledged = []
    number = 0
    while not stopping.is_set():
        number += 1
        try:
            answer = httpx2.post(
                f"{host.url}/users",
                json={"id": f"{name}-{number}"},
                headers={"Authorization": f"Bearer {host.secret}"},
                timeout=30.0,
            )
        except httpx2.TransportError:
            continue  # The worker died before it answered.
        if bearing and answer.status_code == 503:
            sleep(0.05)
            continue  # What the worker that died was writing is not settled yet.
        assert answer.status_code == 201, answer.text
        acknowledged.append(f"{name}-{number}")
    return acknowledged


@contextmanager
def busy(host: Host, *, bearing: bool = False) -> Iterator[list[str]]:
    """Keep a host busy until the block ends; then the list holds every user whose creation it acknowledged."""
    turn = next(_turns)
    stopping, acknowledged = Event(), list[str]()
    with ThreadPoolExecutor(4) as pool:
        loads = [pool.submit(created_until, stopping, host, f"u{turn}-{n}", bearing=bearing) for n in range(4)]
        try:
            yield acknowledged
        finally:
            stopping.set()
        for load in loads:
            acknowledged += load.result(PATIENCE)


@contextmanager
def on(url: str, directory: Path) -> Iterator[Host]:
    """Run a host with two workers on a database until the block ends."""
    with hosted(directory / "data", workers=2, variables={"DELEGATION_DATABASE_URL": url}) as host:
        host.until_served_by(2)
        yield host


def gone(worker: int) -> Callable[[], bool]:
    """Return the question whether a process has ended."""
    return lambda: not is_running(worker)


def killed_under_load(host: Host, kills: int) -> None:
    """Kill one worker after the other under load, and all but one that goes on serving.

    Fail unless each is replaced at once and nothing acknowledged is lost.
    """
    kept = max(host.workers())
    with busy(host, bearing=True) as acknowledged:
        for turn in range(kills):
            sleep(0.3 + turn % 3 / 10)
            (killed,) = host.workers() - {kept}
            os.kill(killed, signal.SIGKILL)
            until(gone(killed))
            until(lambda: len(host.workers()) == 2)
    assert kept in host.workers()
    assert len(host.until_served_by(2)) == 2
    assert len(acknowledged) > kills
    url = host.environment["DELEGATION_DATABASE_URL"]
    assert set(acknowledged) <= {user for (user,) in rows(url, "SELECT id FROM users")}
    program = ["env", f"DELEGATION_DATABASE_URL={url}", sys.executable, "-m", "delegation", "audit", "verify"]
    assert b" 0 faults" in subprocess.run(program, cwd=ROOT, capture_output=True, check=True).stdout


@pytest.mark.threat("48")
@pytest.mark.threat("I12")
def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(databases: Make, tmp_path: Path) -> None:
    """While a worker is killed under load the other goes on, another takes its place, and what was told is true."""
    with databases(None) as url, on(url, tmp_path) as host:
        killed_under_load(host, 2)


@pytest.mark.slow
@pytest.mark.threat("48")
@pytest.mark.threat("I12")
def test_workers_may_be_killed_again_and_again(databases: Make, tmp_path: Path) -> None:
    """The same holds however often it happens."""
    with databases(None) as url, on(url, tmp_path) as host:
        for _ in range(4):  # each time the worker that came last is left alone
            killed_under_load(host, 5)


@pytest.mark.threat("48")
@pytest.mark.slow
def test_a_worker_that_dies_while_the_parent_asks_after_it_is_replaced_at_once(tmp_path: Path) -> None:
    """The parent does not wait for the answer of a worker that was silent and then died."""
    with hosted(tmp_path / "data", workers=2) as host:
        silent = min(host.until_served_by(2))
        os.kill(silent, signal.SIGSTOP)
        sleep(1.5)  # The parent asks twice a second.
        os.kill(silent, signal.SIGKILL)
        began = monotonic()
        until(lambda: len(host.workers() - {silent}) == 2)
        assert monotonic() - began < SILENT / 2


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.slow
def test_who_is_asked_to_end_ends_all(tmp_path: Path, asked: signal.Signals) -> None:
    """The parent, asked to end, ends its workers, each after what it has begun, and ends well itself."""
    with hosted(tmp_path / "data", workers=2) as host:
        workers = host.until_served_by(2)
        os.kill(host.parent, asked)
        assert host.ended() == 0
        assert not [worker for worker in workers if is_running(worker)]
        assert "Traceback" not in host.said()


@pytest.mark.slow
def test_workers_end_when_their_parent_is_gone(tmp_path: Path) -> None:
    """A parent that is killed leaves nobody behind who would go on serving."""
    with hosted(tmp_path / "data", workers=2) as host:
        workers = host.until_served_by(2)
        host.kill()
        until(lambda: not any(is_running(worker) for worker in workers))


@pytest.mark.slow
def test_workers_are_exchanged_one_by_one(tmp_path: Path) -> None:
    """At SIGHUP every worker gives way to a new one that serves already, and no request is refused meanwhile."""
    with hosted(tmp_path / "data", workers=2) as host:
        before = host.until_served_by(2)
        with busy(host) as acknowledged:
            os.kill(host.parent, signal.SIGHUP)
            until(lambda: not before & host.workers())
        assert not before & host.until_served_by(2)
        assert acknowledged


@pytest.mark.threat("I18")
@pytest.mark.slow
def test_a_worker_that_cannot_start_ends_all(tmp_path: Path) -> None:
    """Where what a worker needs is gone, the service ends as failed and says why, in lines and not in tracebacks."""
    with hosted(tmp_path / "data", workers=2) as host:
        workers = host.until_served_by(2)
        (host.directory / "master.key").unlink()
        os.kill(min(workers), signal.SIGKILL)
        assert host.ended() == 3
        assert not [worker for worker in workers if is_running(worker)]
        told = [line for line in host.said().splitlines() if line.startswith("Error: ")]
        assert len(told) == 1
        assert "the master key is gone" in told[0]
        assert "Traceback" not in host.said()


@pytest.mark.slow
@pytest.mark.threat("50")
def test_a_database_that_is_away_for_a_moment_ends_nobody(tmp_path: Path, own_cluster: Cluster) -> None:
    """While there is no database workers say so, one that dies is replaced until it can start, and all serve again."""
    with postgresql.database(own_cluster.url()) as url:
        variables = {"DELEGATION_DATABASE_URL": url.render_as_string(hide_password=False)}
        with hosted(tmp_path / "data", workers=2, variables=variables) as host:
            workers = host.until_served_by(2)
            with own_cluster.stopped():
                until(lambda: host.http.get("/readyz").status_code == 503)
                os.kill(min(workers), signal.SIGKILL)
                until(lambda: "cannot serve" in host.said())
                assert host.http.get("/healthz").status_code == 200
                assert is_running(max(workers))
            assert len(host.until_served_by(2)) == 2
            until(lambda: host.http.get("/readyz").status_code == 200)
