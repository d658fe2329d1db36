"""The server processes: one at a time, always stopped."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from benchmarks.jobs import HOST

UNREACHED: Final = str(10**9)
"""Requests in ten seconds: a limit under which each is counted and none refused."""
_READY: Final = 60.0
"""Seconds a server may take until it is ready."""
_PATIENCE: Final = 15.0
"""Seconds a server may take to end by itself."""
_OK: Final = 200


class ServerFailed(Exception):
    """A server ended, or was never ready; the text is what it said last."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where the service listens, where it keeps its data, and who administers it."""

    directory: Path
    port: int
    database: str | None = None
    """URL of its database; without one, SQLite in the directory."""
    workers: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)
    """Variables of the service's environment, beside those that every measurement needs."""
    administrator: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def issuer(self) -> str:
        """The issuer, which is also where the service listens."""
        return f"http://{HOST}:{self.port}"


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@dataclass(frozen=True, slots=True)
class Server:
    """A server process that runs."""

    pid: int

    def cpu(self) -> float | None:
        """Return the seconds of processor time it has taken so far; None where the system does not tell."""
        try:
            return sum(map(_ticks, _family(self.pid))) / os.sysconf("SC_CLK_TCK")
        except OSError:
            return None


def _family(pid: int) -> Iterator[int]:
    """Yield a process and those it started, which are its workers."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        yield from _family(int(child))


def _ticks(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    user, system = stat.rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


@dataclass(frozen=True, slots=True)
class Program:
    """A server as it is started."""

    command: Sequence[str]
    port: int
    """Where it listens on loopback."""
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it finds there beside what everybody finds."""
    directory: Path | None = None
    """Where it is started; here without one."""
    ready: str = "/readyz"
    """The path that answers with 200 once it can be asked."""


@contextmanager
def service(deployment: Deployment) -> Iterator[Server]:
    """Run the service as anybody would, with the development identity provider, until the block ends."""
    command = ["run", "--quiet", "--development-identity-provider"]
    place = ["--host", HOST, "--port", str(deployment.port), "--data", str(deployment.directory)]
    environment = {
        "DELEGATION_ADMINISTRATOR_SECRET": deployment.administrator,
        "DELEGATION_TOKEN_LIFETIME": "3600",  # the longest: no token may end while it is measured
        "DELEGATION_CALLER_LIMIT": UNREACHED,
        "DELEGATION_ORGANIZATION_LIMIT": UNREACHED,
        "DELEGATION_STRANGER_LIMIT": UNREACHED,
        "DELEGATION_DRAIN_SECONDS": "0",  # no balancer has to notice that it ends
        **deployment.settings,
    }
    if deployment.database is not None:
        environment["DELEGATION_DATABASE_URL"] = deployment.database
    if deployment.workers > 1:
        place += ["--workers", str(deployment.workers)]
    with running(_module("delegation", [*command, *place], deployment, environment)) as server:
        yield server


@contextmanager
def bare(deployment: Deployment) -> Iterator[Server]:
    """Run the bare endpoints where the service listens otherwise, until the block ends."""
    with running(_module("benchmarks.bare", ["--port", str(deployment.port)], deployment, {})) as server:
        yield server


def _module(name: str, arguments: list[str], deployment: Deployment, environment: Mapping[str, str]) -> Program:
    command = [sys.executable, "-m", name, *arguments]
    return Program(command, deployment.port, deployment.directory / f"{name}.log", environment)


@contextmanager
def running(program: Program) -> Iterator[Server]:
    """Run a server until the block ends. Raises ServerFailed when it is never ready, or ended before."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DELEGATION_")}
    with program.log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(  # noqa: S603 - our own programs, and those that are measured beside them
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=program.directory,
            env={**inherited, **program.environment},
        )
        try:
            _wait_until_ready(process, program)
            yield Server(process.pid)
            if process.poll() is not None:
                raise ServerFailed(_last_words(program.log))
        finally:
            _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], program: Program) -> None:
    end = monotonic() + _READY
    while monotonic() < end and process.poll() is None:
        if _is_ready(program):
            return
        sleep(0.02)
    raise ServerFailed(_last_words(program.log))


def _is_ready(program: Program) -> bool:
    connection = HTTPConnection(HOST, program.port, timeout=1.0)
    try:
        connection.request("GET", program.ready)
        return connection.getresponse().status == _OK
    except OSError:
        return False
    finally:
        connection.close()


def _last_words(log: Path) -> str:
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "the server is not there. Its last words:\n" + ("\n".join(said[-30:]) or "(none)")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
