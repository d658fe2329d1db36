"""Every fault that the proxy promises really happens to whoever is connected through it."""

import socket
import socketserver
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from threading import Thread
from time import monotonic

import pytest
from typing_extensions import override

from tests.durability.proxy import Address, Proxy, Way, proxied

pytestmark = pytest.mark.threat("50")


class Echo(socketserver.BaseRequestHandler):
    """Sends back what it gets, and remembers what that was and which connections ended."""

    received = bytearray()
    ended: SimpleQueue[None] = SimpleQueue()

    @override
    def handle(self) -> None:
        """Answer until the other end is gone."""
        with suppress(ConnectionError):
            while chunk := self.request.recv(65_536):
                self.received += chunk
                self.request.sendall(chunk)

    @override
    def finish(self) -> None:
        self.ended.put(None)


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Serve until the block ends."""
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(params=["tcp", "unix"])
def target(request: pytest.FixtureRequest) -> Iterator[Address]:
    """A server that echoes, on a port or on a Unix socket."""
    Echo.received.clear()
    Echo.ended = SimpleQueue()
    with TemporaryDirectory() as directory:
        path = Path(directory) / "socket"
        tcp = request.param == "tcp"
        server = (
            socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo)
            if tcp
            else socketserver.ThreadingUnixStreamServer(str(path), Echo)
        )
        with serving(server):
            yield ("127.0.0.1", server.server_address[1]) if isinstance(server.server_address, tuple) else path


@pytest.fixture
def proxy(target: Address) -> Iterator[Proxy]:
    """A proxy to that server."""
    with proxied(target) as proxy:
        yield proxy


@contextmanager
def connected(proxy: Proxy) -> Iterator[socket.socket]:
    """Be connected until the block ends, with an answer to show for it."""
    with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=5)) as connection:
        assert asked(connection, b"hello") == b"hello"
        yield connection


def asked(connection: socket.socket, text: bytes) -> bytes:
    """Return what comes back for some bytes: all of them, or fewer when the connection ends."""
    connection.sendall(text)
    return received(connection, len(text))


def seconds_for(connection: socket.socket) -> float:
    """Return how long an answer takes."""
    began = monotonic()
    assert asked(connection, b"soon") == b"soon"
    return monotonic() - began


def received(connection: socket.socket, most: int) -> bytes:
    """Return so many bytes, or fewer when the connection ends."""
    got = b""
    while len(got) < most:
        try:
            chunk = connection.recv(most - len(got))
        except ConnectionResetError:
            return got
        if not chunk:
            return got
        got += chunk
    return got


def assert_silent(connection: socket.socket) -> None:
    """Fail when anything comes, be it the end."""
    connection.settimeout(0.1)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.settimeout(5)


def test_without_a_fault_everything_passes(proxy: Proxy) -> None:
    """What is sent arrives whole, and so does the answer, on many connections at once."""
    text = bytes(range(256)) * 1_000
    with connected(proxy) as one, connected(proxy) as other:
        assert asked(one, text) == asked(other, text) == text


def test_latency(proxy: Proxy) -> None:
    """What is delayed arrives as late as asked for, each way."""
    with connected(proxy) as connection:
        proxy.slow(0.1)
        began = monotonic()
        assert asked(connection, b"late") == b"late"
        assert monotonic() - began >= 0.2
        proxy.heal()
        # On a busy machine one of several is slow by itself, but hardly each.
        assert any(seconds_for(connection) < 0.2 for _ in range(20))


def test_drip(proxy: Proxy) -> None:
    """What drips arrives in order, a few bytes at a time."""
    with connected(proxy) as connection:
        proxy.slow(0.02, 2)
        connection.sendall(b"0123456789")
        pieces = [connection.recv(100) for _ in range(5)]
        assert b"".join(pieces) == b"0123456789"


def test_refusal(proxy: Proxy) -> None:
    """Who is refused is told so at once; who is connected stays so; afterwards the same port is open again."""
    with connected(proxy) as before:
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
        assert asked(before, b"still") == b"still"
        proxy.heal()
        with connected(proxy):
            pass


def test_cut(proxy: Proxy) -> None:
    """A cut resets every connection, and new ones can be made."""
    with connected(proxy) as one, connected(proxy) as other:
        proxy.cut()
        for connection in (one, other):
            with pytest.raises(ConnectionResetError):
                connection.recv(1)
    with connected(proxy):
        pass


@pytest.mark.parametrize("most", [0, 1, 7])
def test_cut_after_bytes_of_the_answer(proxy: Proxy, most: int) -> None:
    """The server got everything and answered, and of its answer so many bytes came back before the connection broke."""
    with connected(proxy) as connection:
        proxy.cut_after(most, Way.BACK)
        assert asked(connection, b"question") == b"question"[:most]
    assert Echo.received == b"helloquestion"
    proxy.heal()
    with connected(proxy) as connection:
        assert asked(connection, b"question") == b"question"


@pytest.mark.parametrize("most", [0, 1, 7])
def test_cut_after_bytes_of_the_question(proxy: Proxy, most: int) -> None:
    """The server got so many bytes and no more before the connection broke."""
    with connected(proxy) as connection:
        proxy.cut_after(most, Way.THERE)
        assert len(asked(connection, b"question")) <= most
    Echo.ended.get(timeout=10)  # It may hear of the end later than the client does.
    assert bytes(Echo.received) == b"hello" + b"question"[:most]


def test_stall_that_ends(proxy: Proxy) -> None:
    """While stalled nothing passes and nobody hears of it, new connections included; afterwards all of it arrives."""
    with connected(proxy) as connection:
        proxy.stall()
        connection.sendall(b"held")
        assert_silent(connection)
        with closing(socket.create_connection(("127.0.0.1", proxy.port), timeout=5)) as new:
            new.sendall(b"new")
            assert_silent(new)
            assert Echo.received == b"hello"
            proxy.heal()
            assert received(connection, 4) == b"held"
            assert received(new, 3) == b"new"


def test_stall_that_is_cut(proxy: Proxy) -> None:
    """What was held up when the connection was cut never arrives."""
    with connected(proxy) as connection:
        proxy.stall()
        connection.sendall(b"held")
        assert_silent(connection)
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    proxy.heal()
    with connected(proxy):
        pass
    assert Echo.received == b"hellohello"


def test_a_server_that_goes_away(proxy: Proxy) -> None:
    """When either end leaves, so does the other one."""
    with connected(proxy) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_answers_alone_may_stall(proxy: Proxy) -> None:
    """The server gets the question and answers, and the answer arrives when the fault is over."""
    with connected(proxy) as connection:
        proxy.stall(Way.BACK)
        connection.sendall(b"asked")
        assert_silent(connection)
        assert Echo.received == b"helloasked"
        proxy.heal()
        assert received(connection, 5) == b"asked"


def test_a_server_that_is_lost_leaves_its_client_waiting(proxy: Proxy) -> None:
    """The server's end is gone and the client's is open and silent until the fault is over; others may connect."""
    with connected(proxy) as connection:
        proxy.halve(Way.BACK)
        Echo.ended.get(timeout=10)
        connection.sendall(b"heard?")
        assert_silent(connection)
        with connected(proxy):
            pass
        proxy.heal()
        assert received(connection, 1) == b""


def test_a_client_that_is_lost_leaves_its_server_waiting(proxy: Proxy) -> None:
    """The client's end is reset, and the server hears of it when the fault is over."""
    with connected(proxy) as connection:
        proxy.halve(Way.THERE)
        assert received(connection, 1) == b""
        assert Echo.ended.empty()
        proxy.heal()
        Echo.ended.get(timeout=10)
