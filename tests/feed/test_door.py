"""The door to the feed, on a real socket: who gets in, how many, how long, and what ends a stream."""

import json
import signal
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import httpx2
import pytest

from tests.databases import execute
from tests.durability.server import Server, on
from tests.durability.world import PLANNER, SERVICE, World, founded
from tests.feed.listening import PATH, following, let, until
from tests.feed.mirror import Mirror
from tests.overload.house import standing
from tests.ports import free_port
from tests.telemetry.scraping import scraped, watched

PATIENCE = 20.0
_MANY = """
INSERT INTO groups (partition, id, name)
WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 60000)
SELECT 'org:acme', 'n' || n || replace(hex(zeroblob(100)), '00', 'xx'), '' FROM n
"""
"""More than the buffers between two processes take."""


@contextmanager
def letting(directory: Path, flaw: str | None = None, **variables: str) -> Iterator[Server]:
    """Run a server with an organization that lets its service follow."""
    with standing(directory, flaw, **variables) as server:
        founded(server, 1)
        let(server, follow=True)
        yield server


def seen(server: Server) -> list[str]:
    """Return the groups of acme, as its administrator sees them."""
    found: list[str] = server.must("GET", "/organizations/acme")["groups"]  # type: ignore[assignment] # by the contract
    return found


def test_whoever_follows_sees_what_the_server_shows(server: Server, world: World) -> None:
    """What is changed while one follows comes as an entry, and the picture is that of the server."""
    del world
    with following(server) as events:
        mirror = Mirror().hear(until(events, "current"))
        server.must("POST", "/organizations/acme/groups", {"id": "made"})
        while "made" not in repr(mirror.known):
            mirror.hear(until(events, "current"))
        assert [row["id"] for row in mirror.shown("org:acme")["groups"]] == seen(server)
        assert mirror.beginnings.count("org:acme") == 1


def test_strangers_are_not_let_in(server: Server, world: World) -> None:
    """Nobody follows without a secret that is good; an agent's is none."""
    del world
    for auth in (None, ("documents", "wrong"), ("nobody", SERVICE[1])):
        answer = server.http.get(PATH, auth=auth)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert server.http.get(PATH, auth=PLANNER).status_code in {401, 404}


def test_who_may_not_follow_is_told_no_more_than_that(server: Server, world: World) -> None:
    """An organization that is not there and one that does not let the service follow look alike."""
    del world
    server.must("POST", "/organizations", {"id": "zeta"})
    answers = [server.http.get(f"/organizations/{name}/changes", auth=SERVICE) for name in ("zeta", "none", "A b")]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert answers[0].json()["code"] == "not_followed"
    server.must("PUT", "/organizations/zeta/services/documents")
    assert server.http.get("/organizations/zeta/changes", auth=SERVICE).text == answers[0].text


def test_the_head_alone_ends_at_once(server: Server, world: World) -> None:
    """HEAD says what GET would say and is no stream; a query is refused."""
    del world
    assert server.http.head(PATH, auth=SERVICE).headers["content-type"].startswith("text/event-stream")
    assert server.http.get(f"{PATH}?from=1", auth=SERVICE).status_code == 400


def test_hostile_ids_begin_anew(server: Server, world: World) -> None:
    """Whatever a client sends as the id of its last event, it is told all."""
    del world
    for place in ("x", "0" * 20_000, "%0d%0a", "a47769a1f1b82f95.1.x.1.y"):
        with following(server, place) as events:
            assert Mirror().hear(until(events, "current")).beginnings[:2] == ["platform", "org:acme"]


def test_the_end_of_the_permission_ends_the_stream(tmp_path: Path) -> None:
    """Who may follow no longer is told so and parted with, and is not let in again until it may."""
    with on(tmp_path / "data") as server:
        founded(server, 1)
        let(server, follow=True)
        with following(server) as events:
            until(events, "current")
            let(server, follow=False)
            until(events, "gone")
            assert list(events) == []
        assert server.http.get(PATH, auth=SERVICE).status_code == 404


def test_a_new_secret_ends_the_streams_of_the_old_one(tmp_path: Path) -> None:
    """Who proved itself by a secret that is good no longer is parted with, to prove itself anew: it is not `gone`."""
    with on(tmp_path / "data") as server:
        founded(server, 1)
        let(server, follow=True)
        with following(server) as events:
            until(events, "current")
            server.must("POST", "/services/documents/secrets", {"keep_previous": 0})
            assert {event.name for event in events} <= {"entry", "current"}


def test_a_stream_ends_with_the_secret_that_opened_it(tmp_path: Path) -> None:
    """Who proved itself by the older of two good secrets is parted with when that one is good no longer."""
    with on(tmp_path / "data") as server:
        founded(server, 1)
        let(server, follow=True)
        new = str(server.must("POST", "/services/documents/secrets", {"keep_previous": 3})["client_secret"])
        with following(server) as old, following(server, auth=("documents", new)) as lasting:
            until(old, "current")
            assert {event.name for event in old} <= {"entry", "current"}
            until(lasting, "current")


def test_a_server_that_starts_again_goes_on(tmp_path: Path) -> None:
    """After a restart a follower is told what it missed, from where it was."""
    with on(tmp_path / "data") as server:
        founded(server, 1)
        let(server, follow=True)
        with following(server) as events:
            mirror = Mirror().hear(until(events, "current"))
            server.must("POST", "/organizations/acme/groups", {"id": "before"})
            server.kill()
            with suppress(httpx2.TransportError):
                mirror.hear(events)
        server.start()
        server.must("POST", "/organizations/acme/groups", {"id": "after"})
        mirror.beginnings.clear()
        with following(server, mirror.place) as events:
            mirror.hear(until(events, "current"))
        assert mirror.beginnings == []
        assert sorted(row["id"] for row in mirror.shown("org:acme")["groups"]) == ["after", "before"]


def test_a_server_that_ends_parts_with_its_followers(tmp_path: Path) -> None:
    """On SIGTERM streams end in order and are not told `gone`; who comes meanwhile is sent elsewhere."""
    with letting(tmp_path, drain_seconds="3") as server, following(server) as events:
        until(events, "current")
        server.signal(signal.SIGTERM)
        assert {event.name for event in events} <= {"current"}
        answer = server.http.get(PATH, auth=SERVICE)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert server.http.get("/healthz").status_code == 200
        assert server.process is not None
        assert server.end_of(server.process) in {0, -signal.SIGTERM}


def test_only_so_many_follow_at_once(tmp_path: Path) -> None:
    """Beyond the limit one is told to come back, and may once another has gone; the rest of the service goes on."""
    with letting(tmp_path, stream_limit="2") as server:
        with following(server) as one, following(server) as other:
            until(one, "current")
            until(other, "current")
            answer = server.http.get(PATH, auth=SERVICE)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert seen(server) == []
        end = monotonic() + PATIENCE
        while server.http.head(PATH, auth=SERVICE).status_code != 200 or not _is_let_in(server):
            assert monotonic() < end


def _is_let_in(server: Server) -> bool:
    with httpx2.Client(base_url=server.url) as client, client.stream("GET", PATH, auth=SERVICE) as answer:
        return answer.status_code == 200


@pytest.mark.slow
def test_streams_outlast_the_limit_of_answers_and_take_no_place(tmp_path: Path) -> None:
    """More streams than requests may be under way go on beyond the time of an answer, and all others are served."""
    with letting(tmp_path, "hurry to answer", in_flight_limit="48") as server, ExitStack() as stack:
        streams = [stack.enter_context(following(server)) for _ in range(60)]
        for _ in range(4):
            for events in streams:
                until(events, "current")
            assert seen(server) == []


def test_whoever_does_not_read_is_parted_with(tmp_path: Path) -> None:
    """Who takes nothing of a large organization is ended, and nobody who follows meanwhile waits for it."""
    port = free_port()
    with letting(tmp_path, "hurry", metrics_port=str(port)) as server, silent(server):
        with following(server) as events:
            mirror = Mirror().hear(until(events, "current"))
        assert len(mirror.known["org:acme"]["groups"]) == 60_000
        end = monotonic() + PATIENCE
        while scraped(port).of("delegation_streams"):
            assert monotonic() < end


@pytest.mark.slow
def test_without_the_look_at_slow_clients_they_stay(tmp_path: Path) -> None:
    """A server that never looks for those who do not listen keeps them: it is the look that ends them."""
    port = free_port()
    with letting(tmp_path, "hurry and wait for ever", metrics_port=str(port)) as server, silent(server):
        end = monotonic() + PATIENCE
        while not scraped(port).of("delegation_streams"):
            assert monotonic() < end
        sleep(2.0)  # Four times as long as who does not listen has otherwise.
        assert scraped(port).of("delegation_streams") == 1


@contextmanager
def silent(server: Server) -> Iterator[socket.socket]:
    """Follow an organization with much in it, and take nothing of what is told."""
    execute(server.database, _MANY)
    request = f"GET {PATH} HTTP/1.1\r\nHost: here\r\nAuthorization: Basic {_basic()}\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(request.encode())
        yield connection


def _basic() -> str:
    return b64encode(":".join(SERVICE).encode()).decode()


def test_streams_are_logged_and_counted(tmp_path: Path) -> None:
    """A stream is one line of the log when it is over, with its beginning's time; open ones and events are counted."""
    with watched(tmp_path) as (server, port):
        founded(server, 1)
        let(server, follow=True)
        with following(server) as events:
            until(events, "current")
            assert scraped(port).of("delegation_streams") == 1
        end = monotonic() + PATIENCE
        while scraped(port).of("delegation_streams") != 0:
            assert monotonic() < end
        assert scraped(port).of("delegation_stream_events_total", event="begin") >= 2
        assert scraped(port).of("delegation_in_flight") == 0
        lines = [json.loads(line) for line in server.said().splitlines() if "/changes" in line]
        assert [(line["route"], line["status"]) for line in lines] == [("/organizations/{organization}/changes", 200)]
        assert "acme" not in repr(lines)
