"""The synchronous client and the life of processes: forks, and the interpreter's end."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from typing_extensions import override

from tests.client.authorization_server import issued

BEGIN = """
import os, sys, threading
from datetime import timedelta
from delegation.client import ClientSettings, SyncAgentClient, UserToken
hour = timedelta(hours=1)
agent = SyncAgentClient(
    sys.argv[1], "planner", secret="s", dpop=True,
    settings=ClientSettings(answer_timeout=hour, deadline=hour),
)
def ask(identifier="project:apollo"):
    user = UserToken("anne")
    return agent.token(user, resource="https://a.example", identifier=identifier, roles=["editor"]).value
"""
FORKED = """
mine = ask()
sys.stdout.flush()
child = os.fork()
if not child:
    print("child", ask() != mine, ask() == ask(), flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
print("parent", ask() == mine)
agent.close()
"""
GIVING_BACK = """
import atexit
atexit.register(lambda: print("given back", agent.own_token().expires_at is not None))
ask()
"""
LEFT_OPEN = """
ask()
threading.Thread(target=ask, args=("project:slow",), daemon=True).start()
sys.stdin.readline()
print("over")
"""


@dataclass(slots=True)
class Issuer:
    """An issuer in threads of this process, of which one answer never comes."""

    address: str
    slow: Event


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer that gives every request a token, but for a slow one."""
    slow, never, given = Event(), Event(), iter(range(100))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        @override
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:  # the name that the class asks for
            self._answer(b'{"issuer": "%s", "token_endpoint": "%s/token"}' % ((address.encode(),) * 2))

        def do_POST(self) -> None:  # the name that the class asks for
            if b"slow" in self.rfile.read(int(self.headers["Content-Length"])):
                slow.set()
                never.wait()
            self._answer(bytes(issued(f"token-{next(given)}", {"identifier": "project:apollo"}, kind="DPoP").body))

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Issuer(address, slow)
        never.set()
        server.shutdown()
        thread.join()


def test_a_forked_process_begins_anew(issuer: Issuer) -> None:
    """A child of a process that has asked gets tokens of its own, and its parent keeps what it had."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + FORKED, issuer.address], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("child True True\nparent True\n", "", 0)


def test_the_interpreter_ends_with_a_client_left_open(issuer: Issuer) -> None:
    """Neither an open client nor a question without an answer keeps a program from its end; nothing is said."""
    program = [sys.executable, "-c", BEGIN + LEFT_OPEN, issuer.address]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert issuer.slow.wait(60)
            out, err = process.communicate(b"\n", timeout=30)
        finally:
            process.kill()
    assert (out, err, process.returncode) == (b"over\n", b"", 0)


def test_a_client_serves_until_the_interpreters_end(issuer: Issuer) -> None:
    """What a program registers to be done at its exit may ask, in whatever order it was registered."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + GIVING_BACK, issuer.address],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("given back True\n", "", 0)
