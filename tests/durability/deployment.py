"""Several servers on one database, with everything between them in the hands of the test."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import URL, make_url

from tests import postgresql
from tests.durability.proxy import Proxy, proxied
from tests.durability.server import Server
from tests.durability.small_disk import SmallDisk
from tests.ports import free_port
from tests.postgresql import Cluster

_RESERVE: Final = 1 << 20
"""Bytes that servers keep for revocations on a disk of their own."""
_BACKENDS: Final = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'delegation' AND datname = current_database()"
)


@dataclass
class Deployment:
    """Servers on one data directory and one database; on PostgreSQL each reaches it through its own proxy."""

    servers: list[Server]
    database: str
    """The database's URL, past the proxies."""
    proxies: list[Proxy] = field(default_factory=list)
    cluster: Cluster | None = None
    is_up: bool = True
    """Whether the cluster was not stopped."""
    disk: SmallDisk | None = None
    """What the database is on, where that has a disk of its own."""

    @property
    def urls(self) -> list[str]:
        """Where the servers listen."""
        return [server.url for server in self.servers]

    @property
    def files(self) -> list[Path]:
        """The files of an embedded database."""
        database = self.database.removeprefix("sqlite:///")
        return [Path(f"{database}{end}") for end in ("", "-wal", "-shm")]

    def environment(self, number: int) -> dict[str, str]:
        """Return what leads a server to the database; however much is asked, nothing is refused for it."""
        asked = {"DELEGATION_CALLER_LIMIT": "0", "DELEGATION_ORGANIZATION_LIMIT": "0"}
        if self.disk is not None:
            asked["DELEGATION_RESERVED_SPACE"] = str(_RESERVE)
        if not self.proxies:
            return asked
        parts = make_url(self.database)
        through = URL.create("postgresql", parts.username, None, "127.0.0.1", self.proxies[number].port, parts.database)
        return {**asked, "DELEGATION_DATABASE_URL": _text(through)}

    def stop_database(self, *, roughly: bool) -> bool:
        """Stop PostgreSQL, unless it is stopped; return whether it ran."""
        if self.cluster is None or not self.is_up:
            return False
        self.is_up = False
        self.cluster.stop(roughly=roughly)
        return True

    def kill_database(self) -> bool:
        """Kill PostgreSQL's first process, unless it is stopped; return whether it ran."""
        if self.cluster is None or not self.is_up:
            return False
        self.is_up = False
        self.cluster.kill()
        return True

    def kill_backend(self, which: int) -> bool:
        """Kill one of the server processes of PostgreSQL that work for us, whereupon it resets itself.

        Return whether there was one.
        """
        try:
            with psycopg.connect(self.database.replace("+psycopg", ""), autocommit=True) as connection:
                found = [pid for (pid,) in connection.execute(_BACKENDS).fetchall()]
        except psycopg.OperationalError:
            return False
        if found:
            os.kill(found[which % len(found)], signal.SIGKILL)
        return found != []

    def recover(self) -> list[Server]:
        """Undo every fault, the database's first; return the servers that went through it alive."""
        if self.cluster is not None and not self.is_up:
            self.cluster.start()
            self.is_up = True
        if self.disk is not None:
            self.disk.empty()
        for proxy in self.proxies:
            proxy.heal()
        alive = [server for server in self.servers if server.process is not None]
        for server in alive:
            server.signal(signal.SIGCONT)
        return alive

    def restart_dead(self) -> None:
        """Start every server that was killed."""
        for server in self.servers:
            if server.process is None:
                server.start()


@contextmanager
def deployed(
    directory: Path, cluster: Cluster | None, servers: int, *, program: bool = False, disk: SmallDisk | None = None
) -> Iterator[Deployment]:
    """Run so many servers on a new database of a cluster, or on a file when there is none, until the block ends.

    With a `disk` the file lies on it.
    """
    with ExitStack() as stack:
        if cluster is None:
            data = (directory if disk is None else disk.root) / "data"
            deployment = Deployment([], f"sqlite:///{data / 'delegation.db'}", disk=disk)
        else:
            data = directory / "data"
            url = stack.enter_context(postgresql.database(cluster.url()))
            proxies = [stack.enter_context(proxied(cluster.socket)) for _ in range(servers)]
            deployment = Deployment([], _text(url), proxies, cluster)
        stack.callback(deployment.recover)
        issuer = f"http://127.0.0.1:{free_port()}"
        for number in range(servers):
            output = directory / f"{number}.output"
            server = Server(data, free_port(), output, program=program, shared_issuer=issuer)
            server.environment = deployment.environment(number)
            stack.enter_context(closing(server.http))
            stack.callback(ended(server))
            server.start()
            deployment.servers.append(server)
        yield deployment


def ended(server: Server) -> Callable[[], None]:
    """Return what kills a server if it still runs then."""
    return lambda: server.kill() if server.process is not None else None


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
