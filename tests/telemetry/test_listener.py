"""The listener for scrapes: one path, a few at once, and in threads that nothing else holds up."""

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from time import monotonic, sleep

import httpx2
import pytest
from prometheus_client import CollectorRegistry, Counter

from delegation.telemetry.listener import Listener
from tests.ports import free_port
from tests.telemetry.scraping import scraped


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener with one counter."""
    registry = CollectorRegistry()
    Counter("seen", "What was seen.", registry=registry).inc(3)
    with Listener("127.0.0.1", free_port(), registry) as listener:
        yield listener


def asked(listener: Listener, method: str, path: str) -> tuple[int, str, str]:
    """Return status, headers and body of an answer."""
    connection = HTTPConnection("127.0.0.1", listener.port, timeout=30)
    connection.request(method, path)
    answer = connection.getresponse()
    told = answer.status, str(answer.headers), answer.read().decode()
    connection.close()
    return told


def test_what_was_counted_is_told(listener: Listener) -> None:
    """The one path tells the counters, in a form that Prometheus' own parser reads."""
    assert scraped(listener.port).of("seen_total") == 3


@pytest.mark.threat("E22")
@pytest.mark.parametrize("path", ["/", "/metrics/", "/debug", "/metrics/../etc/passwd", "/%2e%2e/metrics"])
def test_there_is_nothing_else(listener: Listener, path: str) -> None:
    """Every other path is not found, whatever it looks like, and the answer says no more than where to look."""
    status, headers, body = asked(listener, "GET", path)
    assert (status, body) == (404, "there is nothing here but /metrics\n")
    assert "python" not in headers.lower()


def test_a_head_has_no_body(listener: Listener) -> None:
    """A HEAD is answered as a GET, without the counters."""
    status, headers, body = asked(listener, "HEAD", "/metrics")
    assert (status, body) == (200, "")
    assert "text/plain; version=0.0.4" in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_nothing_can_be_done_there(listener: Listener, method: str) -> None:
    """Whatever would change something is not known here."""
    assert asked(listener, method, "/metrics")[0] == 501


@pytest.mark.threat("58")
def test_who_says_nothing_keeps_nobody_else_waiting(listener: Listener) -> None:
    """While some connections are silent others are answered; one too many is closed at once, and places come back."""
    address = ("127.0.0.1", listener.port)
    with ExitStack() as stack:
        for _ in range(7):
            stack.enter_context(socket.create_connection(address))
        assert scraped(listener.port).of("seen_total") == 3
        silent = [stack.enter_context(socket.create_connection(address, timeout=30)) for _ in range(8)]
        assert silent[-1].recv(1) == b""
    assert eventually_answered(listener)


def eventually_answered(listener: Listener) -> bool:
    """Return whether somebody is answered within some seconds."""
    end = monotonic() + 30
    while monotonic() < end:
        try:
            return scraped(listener.port).of("seen_total") == 3
        except httpx2.TransportError:
            sleep(0.05)
    return False


def test_a_port_that_is_taken_is_told(listener: Listener) -> None:
    """Whoever wants to listen where somebody listens is told so by an error."""
    with pytest.raises(OSError, match="in use"):
        Listener("127.0.0.1", listener.port, CollectorRegistry())


def test_a_port_can_be_taken_again_at_once() -> None:
    """A process that starts again need not wait for connections of the one before to be forgotten."""
    port = free_port()
    for _ in range(2):
        with Listener("127.0.0.1", port, CollectorRegistry()):
            scraped(port)


def test_a_held_up_event_loop_is_scraped_all_the_same(listener: Listener) -> None:
    """An event loop that does one thing for ever keeps no scrape waiting."""

    async def held_up() -> float:
        with ThreadPoolExecutor(1) as pool:
            scrape = pool.submit(scraped, listener.port)
            while not scrape.done():
                pass
            return scrape.result().of("seen_total")

    assert asyncio.run(held_up()) == 3
