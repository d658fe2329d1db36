"""A process that is asked to end: it says so, makes room, finishes, and leaves."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx2
import pytest

from tests.durability.server import Server
from tests.ports import free_port
from tests.processes.host import hosted, is_running, until

LONG = "300"
SHORT = "1"
HEAD = (
    "POST /users HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n"
    "Content-Length: 13\r\nExpect: 100-continue\r\n\r\n"
)


@contextmanager
def draining(directory: Path, seconds: str) -> Iterator[Server]:
    """Run a server that gives balancers so long to notice that it ends."""
    output = directory / "output"
    server = Server(directory / "data", free_port(), output, environment={"DELEGATION_DRAIN_SECONDS": seconds})
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.kill()
        server.http.close()


def process_of(server: Server) -> int:
    """Return the number of a server's process."""
    assert server.process is not None
    return server.process.pid or 0


def until_leaving(http: httpx2.Client) -> httpx2.Response:
    """Return the first answer that says that the process ends."""
    end = monotonic() + 30
    while (answer := http.get("/readyz")).status_code == 200:
        assert monotonic() < end
        sleep(0.01)
    return answer


def ended(server: Server) -> int | None:
    """Return the exit code of a server that is about to end."""
    assert server.process is not None
    return server.end_of(server.process)


@pytest.mark.threat("59")
def test_who_is_asked_to_end_says_so_and_serves_on(tmp_path: Path) -> None:
    """After SIGTERM it is not ready and yet answers all, also over new connections, each for one request more."""
    with draining(tmp_path, LONG) as server:
        assert "connection" not in server.http.get("/healthz").headers
        os.kill(process_of(server), signal.SIGTERM)
        refusal = until_leaving(server.http)
        assert refusal.status_code == 503
        assert "ending" in refusal.json()["detail"]
        with httpx2.Client(base_url=server.url) as late:
            for path in ("/healthz", "/jwks.json", "/nowhere"):
                answer = late.get(path)
                assert answer.status_code in {200, 404}
                assert answer.headers["connection"] == "close"
        assert server.manage("POST", "/users", {"id": "late"}).status_code == 201


@pytest.mark.threat("59")
def test_it_ends_when_its_time_is_over(tmp_path: Path) -> None:
    """Once others have had the time to notice it ends by itself, in order, and has sealed what it recorded."""
    with draining(tmp_path, SHORT) as server:
        server.must("POST", "/users", {"id": "last"})
        began = monotonic()
        os.kill(process_of(server), signal.SIGTERM)
        assert ended(server) == 0
        assert monotonic() - began >= float(SHORT)
        assert "Traceback" not in server.said()
        server.start()
        assert server.manage("POST", "/users", {"id": "last"}).status_code == 409


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGINT])
def test_who_is_asked_again_ends_at_once(tmp_path: Path, again: signal.Signals) -> None:
    """A second signal does not wait for anybody, not even for a request that was begun, and is no failure."""
    with draining(tmp_path, LONG) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as begun:
            begun.sendall(HEAD.format(server.secret).encode())
            assert begun.recv(1000).startswith(b"HTTP/1.1 100 ")
            os.kill(process_of(server), signal.SIGTERM)
            until_leaving(server.http)
            os.kill(process_of(server), again)
            assert ended(server) == 0
        assert "Traceback" not in server.said()


def test_a_terminal_does_not_wait_for_balancers(tmp_path: Path) -> None:
    """SIGINT ends a process as soon as it has finished what it had begun."""
    with draining(tmp_path, LONG) as server:
        os.kill(process_of(server), signal.SIGINT)
        assert ended(server) == 0


@pytest.mark.threat("59")
def test_who_was_let_in_last_is_heard(tmp_path: Path) -> None:
    """A connection that was made at the last moment, before its request was sent, gets its answer."""
    with draining(tmp_path, SHORT) as server:
        os.kill(process_of(server), signal.SIGTERM)
        until_leaving(server.http)
        late: list[socket.socket] = []
        try:
            while True:
                late.append(socket.create_connection(("127.0.0.1", server.port), timeout=10))
                sleep(0.01)
        except ConnectionRefusedError:
            sleep(0.2)
        last = late[-1]
        last.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        assert last.recv(1000).startswith(b"HTTP/1.1 200 ")
        for connection in late:
            connection.close()
        assert ended(server) == 0


@pytest.mark.threat("59")
def test_a_parent_lets_all_workers_drain(tmp_path: Path) -> None:
    """SIGTERM to the parent leaves its workers serving for a while, and a second one ends them at once."""
    variables = {"DELEGATION_DRAIN_SECONDS": LONG}
    with hosted(tmp_path / "data", workers=2, variables=variables) as host:
        workers = host.until_served_by(2)
        os.kill(host.parent, signal.SIGTERM)

        def leaving() -> bool:
            with httpx2.Client(base_url=host.url) as http:
                return [http.get("/readyz").status_code for _ in range(5)] == [503] * 5

        until(leaving)
        with httpx2.Client(base_url=host.url) as http:
            assert http.get("/jwks.json").status_code == 200
        os.kill(host.parent, signal.SIGTERM)
        assert host.ended() == 0
        assert not [worker for worker in workers if is_running(worker)]
        assert "Traceback" not in host.said()
