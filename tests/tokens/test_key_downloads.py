"""Fetching keys over real connections: nothing but a whole key set, from where it was configured, counts."""

import gzip
import json
from typing import Final

import httpx2
import pytest

from delegation.tokens import InvalidProvider, KeysAt
from tests.clock import Clock
from tests.tokens.key_server import Behaviour, Flood, KeyServer, body, document, dripping, keys, raw, silence
from tests.tokens.provider_door import IMPATIENT, OLD, SECOND, Door, door, token

pytestmark = pytest.mark.anyio

PUBLIC: Final = json.dumps({"keys": [dict(OLD.public)]}).encode()

BAD_ANSWERS: Final[dict[str, Behaviour]] = {
    "silence": silence,
    "a byte now and then": dripping(PUBLIC),
    "nothing": raw(b""),
    "no HTTP": raw(b"\x16\x03\x01 hello\r\n\r\n"),
    "half an answer": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"),
    "a huge header": raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n"),
    "no content": body(b"", "204 No Content"),
    "not found": body(PUBLIC, "404 Not Found"),
    "an error": body(PUBLIC, "500 Internal Server Error"),
    "a part": body(PUBLIC, "206 Partial Content"),
    "an empty body": body(b""),
    "a page": body(b"<html>sign in</html>"),
    "a string": document("keys"),
    "an array": document([dict(OLD.public)]),
    "one key": document(dict(OLD.public)),
    "keys that are no array": document({"keys": dict(OLD.public)}),
    "two sets in one": body(PUBLIC[:-1] + b',"keys":[]}'),
    "deep nesting": body(b"[" * 60_000),
    "one byte too many": body(PUBLIC + b" " * (65_537 - len(PUBLIC))),
    "packed keys": body(gzip.compress(PUBLIC), "200 OK", "Content-Encoding: gzip"),
    "a packed bomb": body(gzip.compress(b" " * 10_000_000), "200 OK", "Content-Encoding: gzip"),
    "an unknown packing": body(PUBLIC, "200 OK", "Content-Encoding: x-own"),
}


@pytest.mark.threat("44")
@pytest.mark.threat("S31")
@pytest.mark.parametrize("bad", BAD_ANSWERS)
async def test_a_bad_answer_is_none(clock: Clock, bad: str) -> None:
    """What is not a whole key set in time and in size leaves what is known as it is, and is not remembered."""
    patience = IMPATIENT if bad in {"silence", "a byte now and then"} else None
    async with KeyServer(BAD_ANSWERS[bad]).listening() as server, door(server, clock, patience) as entry:
        assert await entry.is_closed_for(token(OLD))
        server.behaviour = keys(OLD)
        clock.advance(5 * SECOND)
        await entry.read(token(OLD))
        server.behaviour = BAD_ANSWERS[bad]
        clock.advance(300 * SECOND)
        await entry.read(token(OLD))
        assert server.asked == 3


@pytest.mark.threat("44")
async def test_an_endless_answer_is_not_read_to_its_end(clock: Clock) -> None:
    """As soon as an answer is too long the connection is closed, whatever else would come."""
    flood = Flood()
    async with KeyServer(flood.pour).listening() as server, door(server, clock) as entry:
        assert await entry.is_closed_for(token(OLD))
    assert not flood.took_it_all


async def test_the_longest_answer_is_read(clock: Clock) -> None:
    """64 KiB are read whole."""
    longest = body(PUBLIC + b" " * (65_536 - len(PUBLIC)))
    async with KeyServer(longest).listening() as server, door(server, clock) as entry:
        assert (await entry.read(token(OLD))).subject == "anne"


@pytest.mark.threat("44")
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_redirects_are_not_followed(clock: Clock, status: str) -> None:
    """Keys come from where they were configured; where a redirect points to, nobody is asked."""
    async with (
        KeyServer(keys(OLD)).listening() as elsewhere,
        KeyServer(body(b"", status, f"Location: {elsewhere.url}")).listening() as server,
        httpx2.AsyncClient(trust_env=False, follow_redirects=True) as client,
    ):
        assert await Door(server, client, clock).is_closed_for(token(OLD))
        assert (server.asked, elsewhere.asked) == (1, 0)


@pytest.mark.threat("44")
@pytest.mark.parametrize(
    "url",
    [
        *("", "jwks.json", "//login.example/jwks", "https://", "https:///jwks", "https://:443/jwks"),
        *("http://login.example/jwks", "http://10.0.0.1/jwks", "http://169.254.169.254/jwks", "http://[fe80::1]/jwks"),
        *("http://127.0.0.1.evil.example/jwks", "http://localhost.evil.example/", "http://127.0.0.1@evil.example/"),
        *("https://user:secret@login.example/jwks", "https://@login.example/", "https://login.example/#keys"),
        *("file:///etc/passwd", "ftp://login.example/jwks", "gopher://login.example/", "data:,{}", "HTTPS"),
        *("https://login.example:port/", "https://login.example:99999/", "https://[::1/jwks", "http://0x7f.1/"),
    ],
)
async def test_keys_come_over_https_or_from_loopback(url: str) -> None:
    """An address without protection on its way is no address of keys, however close to loopback it is spelt."""
    with pytest.raises(InvalidProvider):
        KeysAt(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example/jwks?v=1",
        "https://10.0.0.1:8443/",
        "http://localhost:1/",
        "http://127.0.0.2/",
        "http://[::1]/",
    ],
)
async def test_addresses_of_keys(url: str) -> None:
    """Any host may serve keys over https, and loopback over http."""
    assert KeysAt(url).url == url
