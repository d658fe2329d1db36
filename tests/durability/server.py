"""A server in a process of its own, which tests kill, freeze, stop, and starve."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic, sleep
from typing import Final, TypeAlias

import httpx2

from delegation.cli import main
from tests.children import child
from tests.durability.flaws import FLAWS
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds a server may take to become ready, on a busy machine."""

UNWATCHED: Final = {"DELEGATION_DRAIN_SECONDS": "0"}
"""Variables of a server that stands behind no balancer."""

Running: TypeAlias = subprocess.Popen[bytes] | BaseProcess
"""A process that was started, in either of two ways."""


def serve(words: list[str], environment: Mapping[str, str], output: Path, flaw: str | None) -> None:
    """Be the program, with both outputs in a file, and with a flaw when one is named."""
    os.environ.update({**UNWATCHED, **environment})
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
                environment = {**os.environ, **UNWATCHED, **self.environment}
                self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        else:
            self.process = child(partial(serve, self.words, self.environment, self.output, self.flaw))
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return when it says that it is ready."""
        end = monotonic() + PATIENCE
        while monotonic() < end and not self.is_gone:
            with suppress(httpx2.TransportError):
                if self.http.get("/readyz").status_code == 200:
                    return
            sleep(0.01)
        raise AssertionError(f"the server did not start: {self.said()[-2000:]}")

    @property
    def is_gone(self) -> bool:
        """Whether the process that was started has ended."""
        match self.process:
            case subprocess.Popen() as program:
                return program.poll() is not None
            case BaseProcess() as forked:
                return not forked.is_alive()
            case None:
                return True

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
        """Wait for the end of a process; return its exit code, or None when it has not ended and is to be killed."""
        if isinstance(process, subprocess.Popen):
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            code = process.returncode
        else:
            process.join(PATIENCE)
            code = process.exitcode
        if code is not None:
            self.process = None
        return code

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


@contextmanager
def on(directory: Path, *options: str, quiet: bool = True, program: bool = False) -> Iterator[Server]:
    """Run a server on a data directory until the block ends; it is killed if it still runs then."""
    output = directory.with_name(f"{directory.name}.output")
    server = Server(directory, free_port(), output, quiet=quiet, program=program, options=options)
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.kill()
        server.http.close()
