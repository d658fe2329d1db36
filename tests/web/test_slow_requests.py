"""Requests that take their time, or never end, and what they cost the others."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.durability.server import Server

HEAD = "POST /token HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\n"
LIMIT = 65_536


@contextmanager
def connected(server: Server, text: str) -> Iterator[socket.socket]:
    """Open a connection on which something was sent already."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(text.encode())
        yield connection


def test_slow_bodies_keep_nobody_waiting(server: Server) -> None:
    """While a hundred clients dribble their bodies everybody else is answered, and so are they when they are done."""
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(server, f"{HEAD}Content-Length: 20\r\n\r\ngrant")) for _ in range(100)]
        for _ in range(20):
            assert server.http.get("/readyz").status_code == 200
            assert server.http.post("/token", data={"grant_type": "x"}).status_code in {400, 401}
        slow[0].sendall(b"_type=password1")
        assert slow[0].recv(100).startswith(b"HTTP/1.1 4")


def test_clients_that_vanish_leave_nothing_behind(server: Server) -> None:
    """A client that goes away in the middle of its body is forgotten without a fault."""
    before = len(server.said())
    for _ in range(50):
        with connected(server, f"{HEAD}Content-Length: 20\r\n\r\ngrant"):
            pass
    assert server.http.get("/readyz").status_code == 200
    assert "fault" not in server.said()[before:]
    assert "Traceback" not in server.said()[before:]


@pytest.mark.parametrize(
    ("framing", "body", "status"),
    [
        (f"Content-Length: {LIMIT}", "x" * LIMIT, 400),
        (f"Content-Length: {LIMIT + 1}", "x", 413),
        ("Content-Length: 999999999999999", "x", 413),
        ("Transfer-Encoding: chunked", f"{LIMIT:x}\r\n{'x' * LIMIT}\r\n0\r\n\r\n", 400),
        ("Transfer-Encoding: chunked", f"{LIMIT:x}\r\n{'x' * LIMIT}\r\n1\r\nx\r\n0\r\n\r\n", 413),
        ("Transfer-Encoding: chunked", f"fffffff\r\n{'x' * 2 * LIMIT}", 413),
    ],
)
def test_a_body_has_so_many_bytes_and_no_more(server: Server, framing: str, body: str, status: int) -> None:
    """A body of the limit is read; one that is longer, or says so, is refused without waiting for its end."""
    with connected(server, f"{HEAD}{framing}\r\n\r\n{body}") as connection:
        assert connection.recv(100).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    "text",
    [
        "GET / HTTP/9.9\r\n\r\n",
        "rubbish\r\n\r\n",
        f"{HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        f"{HEAD}Content-Length: -1\r\n\r\n",
        f"{HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        f"{HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_request_is_refused(server: Server, text: str) -> None:
    """What two readers could frame differently, or nobody could, is answered with 400 at most, and disturbs nobody."""
    with connected(server, text) as connection:
        answer = connection.recv(1000)
        assert not answer or answer.startswith(b"HTTP/1.1 400 ")
    assert server.http.get("/readyz").status_code == 200
