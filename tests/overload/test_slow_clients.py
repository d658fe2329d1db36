"""Who sends slowly, sends too much or listens to nothing is parted with, and nobody else notices."""

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.durability.server import Server
from tests.overload.house import standing

HEAD = b"POST /token HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\n"
PATIENCE = 20.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits half a second where others wait ten."""
    with standing(tmp_path_factory.mktemp("house"), "hurry", idle_seconds="1", connection_limit="100") as server:
        yield server


@contextmanager
def connected(server: Server, sent: bytes = b"") -> Iterator[socket.socket]:
    """Open a connection on which something was sent already."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        yield connection


def last_words(connection: socket.socket, drip: bytes = b"", patience: float = PATIENCE) -> bytes:
    """Return all that the server says until it ends the connection, and go on sending meanwhile."""
    connection.settimeout(0.05)
    heard, end = b"", monotonic() + patience
    while monotonic() < end:
        try:
            if drip:
                connection.sendall(drip)
            received = connection.recv(65_536)
        except TimeoutError:
            continue
        except OSError:
            return heard
        if not received:
            return heard
        heard += received
    raise TimeoutError("the connection is still open")


SLOW = [
    pytest.param(b"", b"", b"", id="says nothing"),
    pytest.param(b"\r\n", b"\r\n", b"", id="sends empty lines"),
    pytest.param(b"POST /tok", b"e", b"HTTP/1.1 408 ", id="dribbles its request line"),
    pytest.param(HEAD + b"X-Slow: ", b"a", b"HTTP/1.1 408 ", id="dribbles a header"),
    pytest.param(HEAD, b"X: y\r\n", b"HTTP/1.1 408 ", id="dribbles headers"),
    pytest.param(HEAD + b"Content-Length: 60000\r\n\r\n", b"a", b"HTTP/1.1 408 ", id="dribbles its body"),
    pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"HTTP/1.1 408 ", id="dribbles chunks"),
    pytest.param(HEAD + b"Content-Length: 90000\r\n\r\n", b"a", b"HTTP/1.1 413 ", id="goes on after its answer"),
    pytest.param(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n", b"", b"HTTP/1.1 200 ", id="comes back never"),
]


@pytest.mark.threat("58")
@pytest.mark.parametrize(("sent", "drip", "said"), SLOW)
def test_slow_clients_are_parted_with(server: Server, sent: bytes, drip: bytes, said: bytes) -> None:
    """Whoever does not send a whole request in time hears so, if anything of it was there, and is parted with."""
    with connected(server, sent) as connection:
        assert last_words(connection, drip).startswith(said)
    assert server.http.get("/readyz").status_code == 200


@pytest.mark.slow
@pytest.mark.threat("58")
def test_without_the_limit_they_stay(tmp_path: Path) -> None:
    """A server that never looks for the slow keeps each of them: it is the look that ends them."""
    with (
        standing(tmp_path, "hurry and wait for ever") as server,
        connected(server, HEAD) as connection,
        pytest.raises(TimeoutError),
    ):
        last_words(connection, b"X: y\r\n", patience=2.0)


GREEDY = [
    pytest.param(b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: here\r\n\r\n", 431, id="a long path"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431, id="a long header"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431, id="many headers"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\nX: " + b"a" * 1_000_000, 431, id="a header without an end"),
    pytest.param(HEAD + b"Content-Length: 30001\r\n\r\n" + b"a=1&" * 7_500 + b"b", 400, id="many form fields"),
]


@pytest.mark.threat("58")
@pytest.mark.threat("S31")
@pytest.mark.parametrize(("sent", "status"), GREEDY)
def test_greedy_requests_are_refused(server: Server, sent: bytes, status: int) -> None:
    """A request with more of something than anybody needs is refused, as soon as that is known."""
    with connected(server) as connection:
        with suppress(OSError):  # It was refused before its end.
            connection.sendall(sent)
        assert last_words(connection).startswith(f"HTTP/1.1 {status} ".encode())
    assert server.http.get("/readyz").status_code == 200


@pytest.mark.threat("58")
def test_many_ranges_are_one_answer(server: Server) -> None:
    """A request for many ranges of something is answered with all of it, once."""
    ranges = "bytes=" + ",".join(f"{n}-{n}" for n in range(2_000))
    whole = server.http.get("/openapi.json")
    answer = server.http.get("/openapi.json", headers={"Range": ranges})
    assert (answer.status_code, answer.content) == (200, whole.content)


@pytest.mark.threat("58")
def test_only_so_many_requests_wait_on_a_connection(server: Server) -> None:
    """Requests may follow each other without waiting, but not without end."""
    request = b"GET /readyz HTTP/1.1\r\nHost: here\r\n\r\n"
    with connected(server, request * 8) as connection:
        assert last_words(connection).count(b"HTTP/1.1 200 ") == 8
    with connected(server, request * 200) as connection:
        assert last_words(connection).count(b"HTTP/1.1 200 ") < 20


@pytest.mark.threat("58")
def test_what_follows_a_body_is_no_header(server: Server) -> None:
    """A field after the last chunk is not taken for one of the request's headers."""
    body = b"0\r\nX-Request-ID: smuggled\r\n\r\n"
    with connected(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body) as connection:
        answer = last_words(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"smuggled" not in answer


@pytest.mark.threat("58")
def test_half_closed_connections_are_closed(server: Server) -> None:
    """A client that will not send anything more is not waited for."""
    with connected(server, HEAD) as connection:
        connection.shutdown(socket.SHUT_WR)
        assert last_words(connection, patience=5.0) == b""


def ask_again_and_again(connection: socket.socket, request: bytes) -> None:
    """Send one request after the other, and take no answer."""
    for _ in range(2_000):
        connection.sendall(request)
        sleep(0.005)


@pytest.mark.threat("58")
def test_who_does_not_listen_is_parted_with(server: Server) -> None:
    """A client that asks for much and takes nothing of it is ended, and its buffers with it."""
    request = b"GET /openapi.json HTTP/1.1\r\nHost: here\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", server.port))
        # Asked one after the other, so that they do not wait behind each other in the server's memory.
        with pytest.raises(OSError, match=r"reset|pipe|timed out"):
            ask_again_and_again(connection, request)
    assert server.http.get("/readyz").status_code == 200


@pytest.mark.threat("58")
def test_idle_connections_keep_nobody_out(server: Server) -> None:
    """With three times as many connections as may be open, whoever comes anew is served: the idle make room."""
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connected(server, b"POST /token HTTP/1.1\r\n"))
        for _ in range(5):
            with connected(server, b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n") as connection:
                assert connection.recv(100).startswith(b"HTTP/1.1 200 ")


@pytest.mark.threat("58")
def test_who_expects_to_be_asked_for_a_body_is_asked(server: Server) -> None:
    """A client that waits before it sends its body is told to go on (RFC 9110 §10.1.1)."""
    with connected(server, HEAD + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n") as connection:
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"a")
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.threat("56")
def test_whoever_is_turned_away_is_told_when_to_come_back(tmp_path: Path) -> None:
    """A refusal is a problem document with a time to wait, at a moment that is not the same for all; health is told."""
    with standing(tmp_path, "full") as server:
        answers = [server.http.post("/token", data={"grant_type": "x"}) for _ in range(40)]
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
        assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
        assert len({answer.headers["retry-after"] for answer in answers}) > 1
        assert answers[0].json()["code"] == "unavailable"
        assert server.http.head("/openapi.json").status_code == 503
        assert server.http.get("/readyz").status_code == 200
        assert server.http.post("/revoke", data={"token": "x"}).status_code == 401


@pytest.mark.threat("E15")
def test_an_answer_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    """Who has waited too long gets 503 and may ask elsewhere; until then no more are let in, and others are then."""
    request = HEAD + b"Content-Length: 1\r\n\r\na"
    with standing(tmp_path, "never answer", in_flight_limit="48") as server:
        with ExitStack() as stack:
            waiting = [stack.enter_context(connected(server, request)) for _ in range(60)]
            answers = [last_words(each) for each in waiting[:30]]
            assert b"nothing was done" in waiting[-1].recv(65_536)
        assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in answers)
        assert all(b"took too long" in answer for answer in answers)
        end = monotonic() + PATIENCE
        while "nothing was done" in (answer := server.http.post("/token")).text:
            assert monotonic() < end, answer.text
        assert "took too long" in answer.text
        assert server.http.post("/revoke", data={"token": "x"}).status_code == 401


@pytest.mark.threat("E15")
def test_whoever_was_told_too_late_learns_what_became_of_it(tmp_path: Path) -> None:
    """What took too long is done as a whole all the same; repeated under its key it gives the answer it had."""
    with standing(tmp_path, "hurry to answer") as server:
        headers = {"Authorization": f"Bearer {server.secret}", "Idempotency-Key": '"once"'}
        make = partial(server.http.post, "/users", json={"id": "anne"}, headers=headers)
        other = sqlite3.connect(server.directory / "delegation.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        late = make()
        assert late.status_code == 503
        assert "repeat it with the Idempotency-Key that it had" in late.json()["detail"]
        other.rollback()
        end = monotonic() + PATIENCE
        while (answer := make()).status_code != 201:
            assert monotonic() < end, answer.text
        made = "SELECT count(*) FROM log WHERE chain = 'user:anne'"
        assert other.execute(made).fetchall() == [(1,)]
        other.close()
        assert server.manage("POST", "/users", {"id": "anne"}).status_code == 409
