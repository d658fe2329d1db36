"""The line that each request leaves: enough to find it again, and nothing that was in it."""

import json
from pathlib import Path
from time import monotonic, sleep

from structlog.testing import capture_logs

from tests.clock import Clock
from tests.durability.server import Server
from tests.durability.world import World
from tests.end_to_end.deployment import running

FORGERY = '"}\\n{"event": "forged", "level": "error'


def so_far(server: Server) -> int:
    """Return how many characters were logged once the lines of all earlier requests are there."""
    seen = len(server.said())
    server.http.get("/healthz", headers={"X-Request-ID": "the-first"})
    _wait(server, seen, "the-first")
    return len(server.said())


def _wait(server: Server, since: int, id: str) -> None:
    end = monotonic() + 10
    while f'"{id}"' not in server.said()[since:] and monotonic() < end:
        sleep(0.005)


def lines(server: Server, since: int, number: int) -> list[dict[str, object]]:
    """Return the lines logged since there were so many characters, all of them JSON objects.

    A line is written when its request was answered, so this many are waited for; were there more, they would show.
    """
    server.http.get("/healthz", headers={"X-Request-ID": "the-last"})
    _wait(server, since, "the-last")
    found = [json.loads(line) for line in server.said()[since:].splitlines()]
    assert found.pop()["request_id"] == "the-last"
    assert len(found) == number
    return found


def test_a_line_names_route_status_and_time(server: Server, world: World) -> None:
    """A request leaves one line with method, route, status, milliseconds and the id that its answer carries."""
    since = so_far(server)
    answer = world.manage(server.http, "GET", "/organizations/acme")
    (line,) = lines(server, since, 1)
    assert line.pop("timestamp")
    assert isinstance(line.pop("milliseconds"), float)
    assert line == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "route": "/organizations/{organization}",
        "status": 200,
        "request_id": answer.headers["x-request-id"],
    }


def test_a_line_never_holds_what_was_asked_about(server: Server, world: World) -> None:
    """Ids in the path, the query, bodies, headers and addresses stay out of the log."""
    since = so_far(server)
    server.http.get("/organizations/canary-path?x=canary-query", headers={"X-Canary": "canary-header"})
    server.http.get("/canary-nowhere/canary", headers={"User-Agent": "canary-agent", "Cookie": "canary=cookie"})
    world.manage(server.http, "POST", "/users", {"id": "canary user", "canary": "canary-body"})
    said = lines(server, since, 3)
    assert [line["route"] for line in said] == ["/organizations/{organization}", "unmatched", "/users"]
    assert "canary" not in json.dumps(said)


def test_a_request_id_is_taken_only_when_it_is_harmless(server: Server) -> None:
    """An id that a caller gives is logged and echoed if it is short and plain; else one is made."""
    since = so_far(server)
    given = ["abc-123_x.y", "x" * 64, "x" * 65, "a b", 'a"b', FORGERY, "<script>", ""]
    echoed = [server.http.get("/healthz", headers={"X-Request-ID": id}).headers["x-request-id"] for id in given]
    assert echoed[:2] == given[:2]
    assert not set(echoed[2:]) & set(given)
    assert [line["request_id"] for line in lines(server, since, len(given))] == echoed


def test_no_line_is_forged(server: Server, world: World) -> None:
    """Whatever is sent, a request leaves one line of JSON and the sender writes none of them."""
    since = so_far(server)
    for text in (FORGERY, "\x1b[31mred", "\u2028line", "x" * 10_000):
        world.manage(server.http, "POST", "/users", {"id": text})
        server.http.post("/token", data={"grant_type": text, "client_id": text, "client_secret": "x"})
        server.http.request("POST", "/delegations", json={text: text}, headers={"Authorization": "Bearer x"})
    assert {line["event"] for line in lines(server, since, 12)} == {"request"}


def test_a_status_is_a_number(tmp_path: Path, clock: Clock) -> None:
    """Whatever an answer was made with, its status is logged as the number that it is on the wire."""
    with running(tmp_path / "data", clock) as deployment, capture_logs() as said:
        for path in ("/introspect", "/token", "/healthz", "/access/v1/evaluation"):
            deployment.http.post(path)
    statuses = [line["status"] for line in said if line["event"] == "request"]
    assert [type(status) for status in statuses] == [int] * 4
