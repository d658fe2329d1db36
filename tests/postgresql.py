"""A PostgreSQL server of the tests' own: real, in a directory of its own, reached through a socket in it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from uuid import uuid4

import psycopg
from sqlalchemy import URL, make_url

from tests.installations import SOCKET, Owner, Unavailable, installed, started_as

_START: Final = 30.0
"""Seconds that a server gets to start or to recover."""
_SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}
_FLEETING: Final = {
    "fsync": "off",  # no test here pulls the plug of the machine, and killing the server loses nothing so
    "wal_level": "minimal",
    "max_wal_senders": "0",  # which the line above demands
    "max_wal_size": "256MB",  # it may lie in memory
}
_ORDERS: Final = ("LOCALE_PROVIDER icu ICU_LOCALE 'und'", "LOCALE 'en_US.UTF-8'")
"""Ways to give a database an order that is not that of code points; a server may have none of them."""
_GUARD: Final = """
exec 3<&0
"$@" 3<&- &
server=$!
(read -r _ <&3; kill -QUIT $server 2>/dev/null) &
wait $server
code=$?
kill $! 2>/dev/null
exit $code
"""
"""Runs a server that ends when whoever started it does, however that ends: nobody holds the other end of its input."""


class Cluster:
    """One server, which can be stopped as roughly as wanted and started again."""

    def __init__(
        self, directory: Path, programs: Path, owner: Owner, *, durable: bool = False, origin: Path | None = None
    ) -> None:
        """Lay a cluster in an empty directory of its owner; `durable` flushes what is committed. Raises Unavailable.

        With the directory of another one that runs, as its `origin`, it is a copy that follows it.
        """
        self.directory = directory
        self._settings = {**_SETTINGS, "unix_socket_directories": str(directory), **({} if durable else _FLEETING)}
        self._owner = owner
        self._binaries = programs
        self._process: subprocess.Popen[bytes] | None = None
        if origin is not None:
            self._run("pg_basebackup", "-h", str(origin), "-U", "postgres", "-D", str(self._data), "-R", "--no-sync")
            return
        # Its locale is not that of whoever runs the tests, and one that every system has.
        as_ever = ("-U", "postgres", "-A", "trust", "--locale=C", "--encoding=UTF8", "--no-sync")
        self._run("initdb", "-D", str(self._data), *as_ever)

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def socket(self) -> Path:
        """The socket that the server listens on."""
        return self.directory / SOCKET

    def url(self, database: str = "postgres") -> URL:
        """Return the URL of one of its databases."""
        return URL.create(
            "postgresql+psycopg", username="postgres", database=database, query={"host": str(self.directory)}
        )

    @property
    def pid(self) -> int:
        """The server's first process. Raises FileNotFoundError when it does not run."""
        return int((self._data / "postmaster.pid").read_text(encoding="ascii").split()[0])

    @property
    def has_ended(self) -> bool:
        """Whether the server was started and has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Start the server and wait until it answers. Raises Unavailable."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), *options]
        with (self.directory / "log").open("ab") as log:
            self._process = self._popen(["sh", "-c", _GUARD, "sh", *command], log.fileno())
        deadline = monotonic() + _START
        while self._process.poll() is None and monotonic() < deadline:
            try:
                psycopg.connect(host=str(self.directory), user="postgres", dbname="postgres").close()
            except psycopg.OperationalError:
                sleep(0.02)
            else:
                return
        raise Unavailable(f"PostgreSQL did not start: {(self.directory / 'log').read_text(errors='replace')[-500:]}")

    def stop(self, *, roughly: bool = False) -> None:
        """Stop the server: connections are cut; `roughly` leaves no time to write anything, as a crash would."""
        if self._process is not None:
            with suppress(FileNotFoundError, ProcessLookupError):  # It has ended by itself.
                os.kill(self.pid, signal.SIGQUIT if roughly else signal.SIGINT)
            _ended(self._process, _START)
            self._process = None

    def kill(self) -> None:
        """Kill the server's first process, as nothing should; return when all others have noticed and are gone."""
        assert self._process is not None
        first = self.pid
        others = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
        os.kill(first, signal.SIGKILL)
        _ended(self._process, _START)
        self._process = None
        deadline = monotonic() + _START
        while any(Path("/proc", other).exists() for other in others):
            if monotonic() > deadline:
                raise Unavailable("processes of PostgreSQL outlive its first one")
            sleep(0.01)

    @contextmanager
    def stopped(self, *, roughly: bool = False) -> Iterator[None]:
        """Stop the server until the block ends, and start it again however that ends."""
        self.stop(roughly=roughly)
        try:
            yield
        finally:
            self.start()

    def _run(self, program: str, *arguments: str) -> None:
        with (self.directory / "log").open("ab") as log:
            process = self._popen([str(self._binaries / program), *arguments], log.fileno())
        if _ended(process, 60) != 0:
            raise Unavailable(f"{program} failed: {(self.directory / 'log').read_text(errors='replace')[-500:]}")

    def _popen(self, command: list[str], log: int) -> subprocess.Popen[bytes]:
        # In a session of its own: what interrupts the tests does not stop the server before they have ended.
        how = {**started_as(self._owner), "cwd": self.directory, "start_new_session": True}
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, **how)


def _ended(process: subprocess.Popen[bytes], patience: float) -> int:
    """Wait until a process has ended, and return its exit code."""
    code = process.wait(patience)
    if process.stdin is not None:
        process.stdin.close()
    return code


@contextmanager
def running(*, durable: bool = False, programs: Path | None = None) -> Iterator[Cluster]:
    """Run a server of its own until the block ends, with the programs named or found. Raises Unavailable."""
    with installed(programs) as (directory, reached, owner):
        cluster = Cluster(directory, reached, owner, durable=durable)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop(roughly=True)


@contextmanager
def database(server: URL, template: URL | None = None, order: str = "") -> Iterator[URL]:
    """Make a database at a server until the block ends: a copy of one that nobody has open, or one with an order."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(_conninfo(server), autocommit=True) as connection:
        copied = "" if template is None else f" TEMPLATE {template.database}"
        connection.execute(f"CREATE DATABASE {name}{copied} {order}".encode())
    try:
        yield server.set(database=name)
    finally:
        with psycopg.connect(_conninfo(server), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def another_order(server: URL) -> str | None:
    """Return what gives a database at a server another order than that of code points; None where nothing does."""
    for order in _ORDERS:
        options = f"TEMPLATE template0 ENCODING 'UTF8' {order}"
        with suppress(psycopg.Error), database(server, order=options):
            return options
    return None


def _conninfo(url: URL) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
