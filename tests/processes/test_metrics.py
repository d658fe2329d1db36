"""Counters of several workers: one listener tells what all of them have counted, whoever is killed meanwhile."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx2
import pytest

from tests.durability.server import ROOT
from tests.environment import inherited
from tests.ports import free_port
from tests.processes.host import Host, hosted, until
from tests.telemetry.scraping import scraped

WORKERS = 2


@pytest.fixture(scope="module")
def port() -> int:
    """Where the counters are told."""
    return free_port()


@pytest.fixture(scope="module")
def host(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host whose workers are counted together."""
    directory = tmp_path_factory.mktemp("host") / "data"
    variables = {"DELEGATION_METRICS_PORT": str(port)}
    with hosted(directory, "--quiet", workers=WORKERS, variables=variables) as host:
        yield host


def answered(port: int) -> float:
    """Return how many requests for the keys were answered."""
    return scraped(port).of("delegation_requests_total", route="/jwks.json", status="200")


def ask(host: Host, times: int) -> int:
    """Ask for the keys, each time over a new connection; return how often there was an answer."""
    done = 0
    for _ in range(times):
        try:
            done += httpx2.get(f"{host.url}/jwks.json", timeout=30.0).status_code == 200
        except httpx2.TransportError:
            continue
    return done


def is_replaced(host: Host, killed: int) -> bool:
    """Return whether there are as many workers as before, and a killed one is none of them."""
    workers = host.workers()
    return killed not in workers and len(workers) == WORKERS


@pytest.mark.slow
@pytest.mark.threat("48")
def test_a_killed_worker_takes_no_count_with_it(host: Host, port: int) -> None:
    """While workers are killed under load and scraped, no counter falls, and in the end every answer was counted."""
    before, seen = answered(port), list[float]()
    with ThreadPoolExecutor(3) as pool:
        loads = [pool.submit(ask, host, 150) for _ in range(2)]
        for _ in range(2):
            killed = min(host.workers())
            os.kill(killed, signal.SIGKILL)
            until(partial(is_replaced, host, killed))
            seen.append(answered(port))
        while not all(load.done() for load in loads):
            seen.append(answered(port))
        told = sum(load.result() for load in loads)
    assert told > 0
    assert seen == sorted(seen)
    # Whoever was killed between the answer and its count is missed, and at most one request each was at that point.
    assert answered(port) - before >= told - 2


def test_gauges_and_processes_are_of_those_that_live(host: Host, port: int) -> None:
    """The system tells of the parent and of each worker there is; a limit is that of one worker, and not a sum."""
    until(lambda: scraped(port).labels("process_resident_memory_bytes", "worker") == {"parent", "0", "1"})
    os.kill(max(host.workers()), signal.SIGKILL)
    until(lambda: len(host.workers()) == WORKERS)
    until(lambda: scraped(port).labels("process_resident_memory_bytes", "worker") == {"parent", "0", "1"})
    assert scraped(port).of("delegation_rows_in_memory_limit") == 3_000_000
    assert scraped(port).of("delegation_in_flight") == 0
    assert scraped(port).of("delegation_build_info") == 1


def test_the_folder_goes_with_the_parent(tmp_path: Path) -> None:
    """When the program ends nothing of its counters is left on the machine."""
    memory = Path("/dev/shm")  # noqa: S108 - where the folder is looked for
    left = set(memory.glob("delegation-metrics-*"))
    variables = {"DELEGATION_METRICS_PORT": str(free_port()), "DELEGATION_DRAIN_SECONDS": "0"}
    with hosted(tmp_path / "data", "--quiet", workers=WORKERS, variables=variables) as host:
        assert set(memory.glob("delegation-metrics-*")) > left
        host.signal(signal.SIGTERM)
        assert host.ended() == 0
    assert set(memory.glob("delegation-metrics-*")) <= left


@pytest.mark.parametrize("workers", [1, 2])
def test_a_taken_port_keeps_the_program_from_starting(workers: int, tmp_path: Path) -> None:
    """A port on which somebody listens is told in one line, and nothing is served."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment = inherited(DELEGATION_METRICS_PORT=str(port))
        words = ["run", "--data", str(tmp_path / "data"), "--port", str(free_port()), "--workers", str(workers)]
        command = [sys.executable, "-m", "delegation", *words]
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    told = f"Error: metrics cannot be told at `127.0.0.1`, port {port}: Address already in use"
    assert ran.stderr.splitlines()[-1] == told
    assert "Traceback" not in ran.stderr
