"""Two PostgreSQL servers, of which the second follows the first and can take its place."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep
from typing import Any, Final

import psycopg

from tests.installations import installed
from tests.postgresql import Cluster, running

_PATIENCE: Final = 30.0
_FOLLOWED: Final = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"


class Pair:
    """A primary and its standby."""

    def __init__(self, primary: Cluster, standby: Cluster) -> None:
        """Hold two servers that run."""
        self.primary = primary
        self.standby = standby

    def url(self, database: str = "postgres") -> str:
        """Return a URL that names both, as an operator gives it to the service."""
        hosts = "&".join(f"host={cluster.directory}" for cluster in (self.primary, self.standby))
        return f"postgresql://postgres@/{database}?{hosts}"

    def wait_until_followed(self) -> None:
        """Return when the standby has what the primary has."""
        end = monotonic() + _PATIENCE
        while self._behind() != 0:
            assert monotonic() < end, "the standby does not follow"
            sleep(0.02)

    def insist(self) -> None:
        """Let commits at the primary wait for the standby."""
        self.wait_until_followed()
        said(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        said(self.primary, "SELECT pg_reload_conf()")
        end = monotonic() + _PATIENCE
        while said(self.primary, "SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            assert monotonic() < end, "the standby is not synchronous"
            sleep(0.02)

    def promote(self) -> None:
        """Let the standby take the primary's place."""
        said(self.standby, "ALTER SYSTEM RESET synchronous_standby_names")
        assert said(self.standby, "SELECT pg_promote()") == [(True,)]

    def _behind(self) -> int:
        if said(self.primary, _FOLLOWED) != [(1,)]:
            return -1
        [(newest,)] = said(self.primary, "SELECT pg_current_wal_lsn() - '0/0'")
        [(replayed,)] = said(self.standby, "SELECT pg_last_wal_replay_lsn() - '0/0'")
        return max(0, int(newest - replayed))


def said(cluster: Cluster, statement: str) -> list[tuple[Any, ...]]:
    """Say something to a server, past the service, and return what it answers."""
    with psycopg.connect(host=str(cluster.directory), user="postgres", dbname="postgres", autocommit=True) as link:
        cursor = link.execute(statement.encode())
        return [] if cursor.description is None else list(cursor.fetchall())


@contextmanager
def pair(*, synchronous: bool) -> Iterator[Pair]:
    """Run a primary and a standby until the block ends. Raises Unavailable."""
    with ExitStack() as stack:
        primary = stack.enter_context(running(durable=True))
        directory, programs, owner = stack.enter_context(installed(None))
        standby = Cluster(directory, programs, owner, durable=True, origin=primary.directory)
        stack.callback(lambda: standby.stop(roughly=True))
        standby.start()
        both = Pair(primary, standby)
        if synchronous:
            both.insist()
        else:
            both.wait_until_followed()
        yield both
