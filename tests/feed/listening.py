"""Followers as they are in a service: over a socket, event by event."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from delegation.feed import Event
from tests.durability.server import Server
from tests.durability.world import SERVICE

PATH = "/organizations/acme/changes"


def let(server: Server, *, follow: bool) -> None:
    """Let the service of acme follow, or no longer."""
    server.must("PUT", "/organizations/acme/services/documents", {"follow": follow})


def events_in(lines: Iterator[str]) -> Iterator[Event]:
    """Yield events as they come (HTML, section 9.2.6)."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
            continue
        body: dict[str, Any] = json.loads(fields["data"])
        yield Event(fields["event"], body, fields.get("id"))
        fields = {}


@contextmanager
def following(
    server: Server, place: str | None = None, path: str = PATH, auth: tuple[str, str] = SERVICE
) -> Iterator[Iterator[Event]]:
    """Follow an organization until the block ends."""
    headers = {} if place is None else {"Last-Event-ID": place}
    with (
        httpx2.Client(base_url=server.url, timeout=30.0) as client,
        client.stream("GET", path, auth=auth, headers=headers) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield events_in(answer.iter_lines())


def until(events: Iterator[Event], name: str) -> list[Event]:
    """Return the events up to the first of a name. Fails when the stream ends before."""
    heard = []
    for event in events:
        heard.append(event)
        if event.name == name:
            return heard
    raise AssertionError(f"the stream ended before `{name}`: {[each.name for each in heard]}")
