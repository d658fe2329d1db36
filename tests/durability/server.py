"""A server in a process of its own, which tests kill, stop, and starve."""

import multiprocessing
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic, sleep
from typing import TypeAlias

import httpx2

from delegation.cli import main

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds a server may take to become ready, on a busy machine."""


Running: TypeAlias = subprocess.Popen[bytes] | BaseProcess
"""A process that was started, in either of two ways."""


def context() -> ForkServerContext:
    """Return how processes are started: from a server that has imported all they need."""
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.durability.server", "uvicorn.protocols.http.auto", "uvicorn.loops.auto"])
    return processes


def serve(words: list[str], output: Path) -> None:
    """Be the program, with both outputs in a file."""
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

    def __post_init__(self) -> None:
        """Have a client ready."""
        self.http = httpx2.Client(base_url=self.issuer, timeout=30.0)

    @property
    def issuer(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def words(self) -> list[str]:
        """The command line that starts it."""
        words = ["run", "--port", str(self.port), "--data", str(self.directory)]
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
                self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        else:
            process = context().Process(target=serve, args=(self.words, self.output))
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


@contextmanager
def on(directory: Path, *options: str, quiet: bool = True, program: bool = False) -> Iterator[Server]:
    """Run a server on a data directory until the block ends; it is killed if it still runs then."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    output = directory.with_name(f"{directory.name}.output")
    server = Server(directory, port, output, quiet=quiet, program=program, options=options)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None:
            server.kill()
        server.http.close()
