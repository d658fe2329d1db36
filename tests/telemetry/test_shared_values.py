"""Numbers that another process can read, and what the parent makes of those of its workers."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from delegation.telemetry.shared_values import VARIABLE
from delegation.telemetry.workers import Workers
from tests.durability.server import ROOT
from tests.environment import inherited

COUNTING = """
from delegation.telemetry import metrics
metrics.REQUESTS.labels("/token", "POST", 200).inc({number})
metrics.REQUEST_SECONDS.labels("/token").observe(0.02)
metrics.REQUEST_SECONDS.labels("/token").observe(7)
metrics.COMMIT_WAITING.set({number})
metrics.ROWS.set({number})
print("counted", flush=True)
input()
"""


class Worker:
    """A process that counts and then waits."""

    def __init__(self, folder: Path, number: int) -> None:
        """Start one that counts to a number."""
        command = [sys.executable, "-c", COUNTING.format(number=number)]
        environment = inherited(**{VARIABLE: str(folder)})
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"counted\n"

    def kill(self) -> None:
        """Kill it, and forget it as a parent does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


def told(workers: Workers) -> Mapping[str, float]:
    """Return what a scrape tells, by name and labels."""
    registry = CollectorRegistry()
    registry.register(workers)
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        f"{each.name}{dict(sorted(each.labels.items()))}": each.value for family in families for each in family.samples
    }


POSTED = "delegation_requests_total{'method': 'POST', 'route': '/token', 'status': '200'}"
BUCKET = "delegation_request_seconds_bucket{'le': '%s', 'route': '/token'}"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Worker, Worker]]:
    """Two workers that have counted to 3 and to 4."""
    workers = Worker(tmp_path, 3), Worker(tmp_path, 4)
    yield workers
    for worker in workers:
        worker.kill()


@pytest.mark.usefixtures("pair")
def test_what_workers_count_is_added_up(tmp_path: Path) -> None:
    """Counters and the buckets of histograms are sums; of gauges each is what its kind asks for."""
    seen = told(Workers(tmp_path))
    assert seen[POSTED] == 7
    assert [seen[BUCKET % le] for le in ("0.01", "0.025", "5.0", "10.0", "+Inf")] == [0, 2, 2, 4, 4]
    assert seen["delegation_request_seconds_sum{'route': '/token'}"] == pytest.approx(14.04)
    assert seen["delegation_commit_waiting{}"] == 7
    assert seen["delegation_rows_in_memory{}"] == 4


def test_a_killed_worker_leaves_its_counts_and_no_gauge(tmp_path: Path, pair: tuple[Worker, Worker]) -> None:
    """What a worker counted stays when it is killed, however often that is looked at; what it was at does not."""
    workers = Workers(tmp_path)
    told(workers)
    pair[1].kill()
    for _ in range(3):
        seen = told(workers)
        assert (seen[POSTED], seen["delegation_commit_waiting{}"], seen["delegation_rows_in_memory{}"]) == (7, 3, 3)
    pair[0].kill()
    seen = told(workers)
    assert (seen[POSTED], seen[BUCKET % "10.0"]) == (7, 4)
    assert "delegation_commit_waiting{}" not in seen


def test_the_dead_take_no_more_room_than_one(tmp_path: Path) -> None:
    """However many workers come and go, what they counted ends in one file for each kind, without a scrape."""
    workers = Workers(tmp_path)
    for _ in range(4):
        Worker(tmp_path, 1).kill()
        workers.tidy()
        assert {path.name for path in tmp_path.iterdir()} == {"counter_0.db", "histogram_0.db"}
    assert told(workers)[POSTED] == 4


def test_the_system_tells_of_each_worker_by_its_place(tmp_path: Path, pair: tuple[Worker, Worker]) -> None:
    """Memory and processor time are told of the parent and of each worker; who replaces one takes over its place."""
    workers = Workers(tmp_path)

    def places() -> set[str]:
        return {name.partition("{")[2] for name in told(workers) if name.startswith("process_resident_memory_bytes")}

    everybody = {"'worker': '0'}", "'worker': '1'}", "'worker': 'parent'}"}
    assert places() == everybody
    pair[0].kill()
    after = places()
    assert len(after) == 2
    third = Worker(tmp_path, 1)
    assert places() == everybody
    third.kill()


def test_a_file_that_was_just_made_is_no_fault(tmp_path: Path) -> None:
    """A worker that has made its file and written nothing into it yet keeps nobody from being told of the others."""
    (tmp_path / f"counter_{os.getpid()}.db").touch()
    assert "process_resident_memory_bytes{'worker': 'parent'}" in told(Workers(tmp_path))


THREADS = """
from concurrent.futures import ThreadPoolExecutor
from delegation.telemetry import metrics

def count(thread):
    for turn in range(500):
        metrics.SEALS.labels("sealed").inc()
        metrics.SHED.labels(f"{thread}-{turn}").inc()

with ThreadPoolExecutor(4) as pool:
    list(pool.map(count, range(4)))
"""


def test_threads_count_together(tmp_path: Path) -> None:
    """What several threads add to the same number is all there, while others make new numbers in the same file."""
    run(tmp_path, THREADS)
    seen = told(Workers(tmp_path))
    assert seen["delegation_seals_total{'outcome': 'sealed'}"] == 2000
    assert sum(value for name, value in seen.items() if name.startswith("delegation_shed")) == 2000


def run(folder: Path, program: str) -> None:
    """Let a process count, and wait for its end."""
    environment = inherited(**{VARIABLE: str(folder)})
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)


AGAIN = """
import os
os.getpid = lambda: {number}
from delegation.telemetry import metrics
metrics.SEALS.labels("sealed").inc()
"""


def test_a_number_goes_on_where_a_process_of_the_same_number_ended(tmp_path: Path) -> None:
    """Where the system gives a process the number of an earlier one, counters go on and do not begin anew."""
    for _ in range(3):
        run(tmp_path, AGAIN.format(number=os.getpid()))
    assert told(Workers(tmp_path))["delegation_seals_total{'outcome': 'sealed'}"] == 3
