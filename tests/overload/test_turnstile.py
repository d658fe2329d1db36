"""What is turned away at sight: framed as it would have been when read, and counted as it would have been."""

from pathlib import Path
from random import Random

import httptools
import pytest

from delegation.app.refusals import Refusals
from delegation.app.turnstile import Turnstile
from delegation.overload import Gate, Rooms, Ticket
from delegation.overload.capacity import LEAST
from tests.overload.house import standing
from tests.overload.test_slow_clients import connected, last_words

HEAD = b"POST /token HTTP/1.1\r\nHost: here\r\nAuthorization: Basic YQ==\r\n"
ONE = HEAD + b"Content-Length: 3\r\n\r\na=b"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n"
ANSWER = b"HTTP/1.1 503 "


@pytest.fixture
def turnstile() -> Turnstile:
    """A turnstile in front of a gate that is full of strangers."""
    gate = Gate(LEAST, lambda: 0.0, Rooms(()))
    while isinstance(gate.admit("POST", "/token", b""), Ticket):
        pass
    return Turnstile(gate, Refusals(Random(1)))


@pytest.mark.threat("56")
@pytest.mark.parametrize("request_", [ONE, CHUNKED])
def test_a_request_has_one_answer_wherever_it_is_cut(turnstile: Turnstile, request_: bytes) -> None:
    """A request that arrives in two parts is answered once, when its last byte is there and not before."""
    for cut in range(1, len(request_)):
        assert turnstile.refuse(request_[:cut]) == b""
        assert turnstile.is_within
        assert turnstile.refuse(request_[cut:]).count(ANSWER) == 1
        assert not turnstile.is_within
    assert turnstile.stays


def test_requests_that_arrive_together_have_an_answer_each(turnstile: Turnstile) -> None:
    """Of two requests and the beginning of a third two are answered, and the third when it is there."""
    assert turnstile.refuse(ONE + CHUNKED + ONE[:30]).count(ANSWER) == 2
    assert turnstile.is_within
    assert turnstile.refuse(ONE[30:]).count(ANSWER) == 1


@pytest.mark.parametrize("ending", [b"Connection: close\r\n", b"Connection: upgrade\r\nUpgrade: x\r\n"])
def test_the_connection_ends_where_the_request_says_so(turnstile: Turnstile, ending: bytes) -> None:
    """After a request that is the last of its connection, or would change the protocol, the connection ends."""
    answer = turnstile.refuse(HEAD + ending + b"Content-Length: 0\r\n\r\n")
    assert answer.count(b"connection: close") == 1
    assert not turnstile.stays


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_could_be_framed_differently_is_an_error(turnstile: Turnstile, request_: bytes) -> None:
    """What two readers could cut differently is refused here as it is elsewhere."""
    with pytest.raises(httptools.HttpParserError):
        turnstile.refuse(request_)


@pytest.mark.parametrize(
    "data",
    [
        b"POST /revoke HTTP/1.1\r\n\r\n",
        b"DELETE /delegations/d HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"POST /tokens HTTP/1.1\r\n\r\n",
        HEAD,
        HEAD + b"Expect: 100-continue\r\nContent-Length: 1\r\n\r\n",
    ],
)
def test_what_is_not_plain_goes_the_usual_way(turnstile: Turnstile, data: bytes) -> None:
    """What may have room of its own, is no whole head or waits for a word, is not judged at sight."""
    assert not turnstile.turns_away(data)


@pytest.mark.threat("57")
@pytest.mark.parametrize("name", [b"Authorization", b"authorization", b"AUTHORIZATION"])
def test_credentials_count_at_sight_too(name: bytes) -> None:
    """Who is known is let pass where strangers are turned away; in unusual letters it counts as a stranger."""
    gate = Gate(LEAST, lambda: 0.0, Rooms(()))
    known = gate.admit("POST", "/token", b"Basic YQ==")
    assert isinstance(known, Ticket)
    known.proven("agent", "acme")
    while isinstance(gate.admit("POST", "/token", b""), Ticket):
        pass
    turnstile = Turnstile(gate, Refusals(Random(1)))
    assert turnstile.turns_away(ONE.replace(b"Authorization", name)) is (name == b"AUTHORIZATION")


@pytest.mark.threat("56")
def test_a_full_server_frames_as_any_other(tmp_path: Path) -> None:
    """On one connection requests that are turned away, in parts or together, and others have their answers in order."""
    with standing(tmp_path, "full") as server:
        sent = CHUNKED + ONE[:50]
        with connected(server, sent) as connection:
            connection.sendall(ONE[50:] + b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            answers = last_words(connection)
    assert answers.count(b"HTTP/1.1 ") == answers.count(ANSWER) + answers.count(b"HTTP/1.1 200 ")
    assert answers.count(ANSWER) >= 2
