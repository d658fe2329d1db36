"""A server in a process of its own, which tests kill, freeze, stop, and starve."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic, sleep
from typing import TypeAlias

import httpx2

from delegation.cli import main
from tests.durability.flaws import FLAWS

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds a server may take to become ready, on a busy machine."""

_IMPORTED = [
    "tests.durability.server",
    "delegation.cli.commands",
    "alembic.command",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
]
"""What every server imports, some of it late: a server that is forked from it starts in half a second."""

Running: TypeAlias = subprocess.Popen[bytes] | BaseProcess
"""A process that was started, in either of two ways."""


def context() -> ForkServerContext:
    """Return how processes are started: from a server that has imported all they need."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(_IMPORTED)
    return processes


def serve(words: list[str], environment: Mapping[str, str], output: Path, flaw: str | None) -> None:
    """Be the program, with both outputs in a file, and with a flaw when one is named."""
    os.environ.update(environment)
    if flaw is not None:
        FLAWS[flaw]()
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    main(words)


@dataclass
class Server:
    """A deployment on one data directory and one port, started and ended as often as a test likes."""

    directory: Path
    port: int
    output: Path
    quiet: bool = True
    program: bool = False
    """Whether to start `python -m delegation` anew each time, which takes longer than to fork what it imports."""
    http: httpx2.Client = field(init=False)
    process: Running | None = None
    options: tuple[str, ...] = ()
    """Further words of the command line."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Further variables of its environment."""
    shared_issuer: str | None = None
    """The issuer of the deployment, when this is one server of several."""
    flaw: str | None = None
    """What is wrong with it on purpose; a name in `FLAWS`."""

    def __post_init__(self) -> None:
        """Have a client ready."""
        self.http = client(self.url)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        """What it calls itself."""
        return self.shared_issuer or self.url

    @property
    def database(self) -> str:
        """The URL of the embedded database."""
        return f"sqlite:///{self.directory / 'delegation.db'}"

    @property
    def words(self) -> list[str]:
        """The command line that starts it."""
        words = ["run", "--port", str(self.port), "--data", str(self.directory), "--issuer", self.issuer]
        return [*words, *self.options, *(["--quiet"] if self.quiet else [])]

    @property
    def secret(self) -> str:
        """The administrator's secret, as the service left it."""
        return (self.directory / "administrator.secret").read_text()

    def start(self) -> None:
        """Start it and wait until it is ready."""
        if self.program:
            with self.output.open("ab") as output:
                command = [sys.executable, "-m", "delegation", *self.words]
                environment = {**os.environ, **self.environment}
                self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        else:
            started = (self.words, self.environment, self.output, self.flaw)
            process = context().Process(target=serve, args=started)
            process.start()
            self.process = process
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return when it says that it is ready."""
        end = monotonic() + PATIENCE
        while monotonic() < end:
            try:
                if self.http.get("/readyz").status_code == 200:
                    return
            except httpx2.TransportError:
                sleep(0.01)
        raise AssertionError(f"the server did not start: {self.said()[-2000:]}")

    def kill(self) -> None:
        """Kill it with SIGKILL and wait until it is gone."""
        assert self.process is not None
        self.process.kill()
        self.end_of(self.process)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it is not there."""
        if self.process is not None and self.process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)

    def stop(self) -> int | None:
        """Ask it to end, wait for it, and return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.end_of(self.process)

    def end_of(self, process: Running) -> int | None:
        """Wait for the end of a process; return its exit code."""
        self.process = None
        if isinstance(process, subprocess.Popen):
            return process.wait(PATIENCE)
        process.join(PATIENCE)
        return process.exitcode

    def said(self) -> str:
        """Return everything the process ever printed."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def manage(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Send a management request with the administrator's secret."""
        return self.http.request(method, path, json=body, headers={"Authorization": f"Bearer {self.secret}"})

    def must(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """Send a management request that has to succeed; return its answer."""
        answer = self.manage(method, path, body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        document: dict[str, object] = answer.json()
        return document


def client(url: str) -> httpx2.Client:
    """Return a client of a server, which gives up a connection long before the server does."""
    return httpx2.Client(base_url=url, timeout=30.0, limits=httpx2.Limits(keepalive_expiry=1.0))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def on(directory: Path, *options: str, quiet: bool = True, program: bool = False) -> Iterator[Server]:
    """Run a server on a data directory until the block ends; it is killed if it still runs then."""
    output = directory.with_name(f"{directory.name}.output")
    server = Server(directory, free_port(), output, quiet=quiet, program=program, options=options)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None:
            server.kill()
        server.http.close()
