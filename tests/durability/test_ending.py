"""A server that is asked to end, one whose words nobody can keep, and a copy made while it works."""

import os
import random
import resource
import shutil
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.durability.campaign import assert_tokens_follow, ready
from tests.durability.judging import Judge
from tests.durability.load import Ledger, loaded
from tests.durability.server import PATIENCE, Server, on
from tests.durability.world import SERVICE, founded

CHANCE = 21
TOKENS = 5
"""Enough for a load to be under way."""
BODY = b'{"id": "late"}'


def wait_for_tokens(ledger: Ledger) -> None:
    """Return when some tokens were received."""
    end = monotonic() + PATIENCE
    while len(ledger.tokens) < TOKENS:
        assert monotonic() < end, "the load received no tokens"
        sleep(0.01)


def test_a_server_asked_to_end_under_load_loses_nothing(tmp_path: Path) -> None:
    """After SIGTERM everything acknowledged is there, and the next server goes on from it."""
    ledger = Ledger()
    with on(tmp_path / "data") as server:
        world, judge = ready(server), Judge(server.database)
        judge.count_from_now()
        with loaded(world, ledger, random.Random(CHANCE), server.url):
            wait_for_tokens(ledger)
            assert server.stop() in {0, -signal.SIGTERM}
        server.start()
        judge.assert_kept(ledger)
        assert_tokens_follow(server, ledger)
    assert ledger.tokens


def begun(server: Server) -> socket.socket:
    """Begin a request, and return the connection once the server waits for its body."""
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    head = (
        "POST /users HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
        f"Authorization: Bearer {server.secret}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(BODY)}\r\nExpect: 100-continue\r\n\r\n"
    )
    connection.sendall(head.encode())
    assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
    return connection


def wait_until_closed(server: Server) -> None:
    """Return when nobody is let in any more."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=10).close()
        except ConnectionRefusedError:
            return
        sleep(0.02)
    raise AssertionError("the server still lets everybody in")


def test_a_request_that_was_begun_is_finished(tmp_path: Path) -> None:
    """A server that is asked to end takes nothing new, answers who is being served, and leaves."""
    with on(tmp_path / "data") as server, begun(server) as connection:
        process = server.process
        assert process is not None
        os.kill(process.pid or 0, signal.SIGTERM)
        wait_until_closed(server)
        connection.sendall(BODY)
        assert connection.recv(1000).startswith(b"HTTP/1.1 201 ")
        assert server.end_of(process) in {0, -signal.SIGTERM}
        server.start()
        assert server.manage("POST", "/users", {"id": "late"}).status_code == 409


@pytest.mark.threat("47")
def test_a_log_that_cannot_be_written_fails_no_request(tmp_path: Path) -> None:
    """When standard error is a file on a full disk, requests are answered as ever."""
    with on(tmp_path / "data", quiet=False) as server:
        world = founded(server, 1)
        assert server.process is not None
        room = 4_000_000
        with server.output.open("ab") as output:
            output.write(b"x" * room)
        resource.prlimit(server.process.pid or 0, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        granted = world.grant(server.http, "u0")
        assert granted.status_code == 201
        assert world.exchange(server.http, "u0", granted.json()["id"]).status_code == 200
        assert server.http.get("/nowhere").status_code == 404


@pytest.mark.threat("48")
def test_a_copy_made_under_load_can_be_served(tmp_path: Path) -> None:
    """A backup taken while the service works is sound, holds what was acknowledged before it, and can be served."""
    ledger, early, copy = Ledger(), Ledger(), tmp_path / "copy"
    copy.mkdir(mode=0o700)
    with on(tmp_path / "data") as server:
        world = ready(server)
        token = world.exchange(server.http, "u0", world.grant(server.http, "u0").json()["id"]).json()["access_token"]
        with loaded(world, ledger, random.Random(CHANCE), server.url):
            wait_for_tokens(ledger)
            early.tokens.update(ledger.tokens)
            with (
                closing(sqlite3.connect(server.directory / "delegation.db")) as source,
                closing(sqlite3.connect(copy / "delegation.db")) as target,
            ):
                source.backup(target)
            server.stop()
    shutil.copy(tmp_path / "data" / "master.key", copy)
    judge = Judge(f"sqlite:///{copy / 'delegation.db'}")
    judge.assert_sound()
    assert early.jtis
    assert early.jtis <= set(judge.issued)
    with on(copy, "--issuer", server.issuer) as restored:
        assert restored.http.post("/introspect", data={"token": token}, auth=SERVICE).json()["active"] is True
