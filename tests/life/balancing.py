"""HAProxy in front of replicas: it asks each for its readiness, and repeats nothing."""

import csv
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx2

PROGRAM = shutil.which("haproxy") or "/usr/sbin/haproxy"
PATIENCE = 60.0
CONFIGURATION = """
global
  maxconn 500
defaults
  mode http
  timeout connect 2s
  timeout client 40s
  timeout server 40s
  timeout check 2s
  option http-keep-alive
  http-reuse always
  # Whatever fails is seen by the client: nothing is sent twice, and nobody else is asked instead.
  retries 0
  no option redispatch
frontend all
  bind 127.0.0.1:{port}
  stats enable
  stats uri /balancer
  default_backend replicas
backend replicas
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 200ms fall 1 rise 1
{servers}
"""


class Balancer:
    """What clients see of several replicas."""

    def __init__(self, port: int) -> None:
        """Know where it listens."""
        self.url = f"http://127.0.0.1:{port}"

    def states(self) -> list[str]:
        """Return what it thinks of each replica."""
        table = httpx2.get(f"{self.url}/balancer;csv", timeout=10).text.removeprefix("# ")
        return [row["status"] for row in csv.DictReader(table.splitlines()) if row["svname"].startswith("replica")]

    def until(self, state: str, number: int) -> None:
        """Return when it thinks so of so many replicas."""
        end = monotonic() + PATIENCE
        while sum(each.startswith(state) for each in self.states()) != number:
            assert monotonic() < end, self.states()
            sleep(0.05)


@contextmanager
def balanced(directory: Path, port: int, replicas: Sequence[int]) -> Iterator[Balancer]:
    """Balance between replicas on these ports until the block ends."""
    servers = "\n".join(f"  server replica{number} 127.0.0.1:{each}" for number, each in enumerate(replicas))
    file = directory / "haproxy.cfg"
    file.write_text(CONFIGURATION.format(port=port, servers=servers))
    process = subprocess.Popen([PROGRAM, "-db", "-f", str(file)])
    balancer = Balancer(port)
    try:
        _until_there(balancer, process)
        yield balancer
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _until_there(balancer: Balancer, process: subprocess.Popen[bytes]) -> None:
    end = monotonic() + PATIENCE
    while process.poll() is None and monotonic() < end:
        try:
            balancer.states()
        except httpx2.TransportError:
            sleep(0.05)
        else:
            return
    raise AssertionError("the balancer did not start")
