"""A primary that was replaced and comes back is not gone back to; one that cannot tell is believed."""

from typing import ClassVar

import pytest
from sqlalchemy.exc import DisconnectionError

from delegation.store.timeline import Timelines

pytestmark = pytest.mark.threat("51")


class Refused(Exception):
    """What a driver raises for a question that was not answered."""

    def __init__(self, sqlstate: str | None) -> None:
        """Say why; None is a connection that broke."""
        super().__init__()
        self.sqlstate = sqlstate


class Server:
    """A connection to a server that says who it is and how often it was promoted."""

    Error: ClassVar = Refused

    def __init__(self, *said: str, sqlstate: str | None = "42501") -> None:
        """Say this, or say nothing, for this reason."""
        self.said = said
        self.sqlstate = sqlstate
        self.closed = False
        self.undone = 0

    def execute(self, _: str) -> "Server":
        """Answer."""
        if not self.said:
            raise Refused(self.sqlstate)
        return self

    def fetchone(self) -> tuple[str, ...]:
        """Return the answer."""
        return self.said

    def rollback(self) -> None:
        """Leave no transaction open."""
        self.undone += 1

    def close(self) -> None:
        """End the connection."""
        self.closed = True


def test_a_server_that_was_replaced_is_turned_away() -> None:
    """Whoever has seen a later timeline of a database does not go back to an earlier one, and hangs up."""
    timelines, old = Timelines(), Server("7", "00000009")
    timelines.check(Server("7", "0000000A"))
    with pytest.raises(DisconnectionError):
        timelines.check(old)
    assert old.closed


def test_the_same_timeline_and_later_ones_are_taken() -> None:
    """A server goes on being good, and so is one that was promoted; no transaction is left open on either."""
    timelines, servers = Timelines(), [Server("7", n) for n in ("00000001", "00000001", "00000003")]
    for server in servers:
        timelines.check(server)
    assert [(server.closed, server.undone) for server in servers] == [(False, 1)] * 3


def test_another_database_begins_anew() -> None:
    """A database that was restored elsewhere, on timeline 1, is another one."""
    timelines, restored = Timelines(), Server("8", "00000001")
    timelines.check(Server("7", "00000005"))
    timelines.check(restored)
    assert not restored.closed


@pytest.mark.parametrize("sqlstate", ["42501", "42883", "0A000"], ids=["forbidden", "unknown", "unsupported"])
def test_a_server_that_does_not_tell_is_believed(sqlstate: str) -> None:
    """Where the question may not be asked the connection is used as it is, with nothing left of the question."""
    silent = Server(sqlstate=sqlstate)
    Timelines().check(silent)
    assert (silent.closed, silent.undone) == (False, 1)


@pytest.mark.parametrize("sqlstate", [None, "57014", "57P01", "55000"])
def test_a_question_that_fails_is_no_answer(sqlstate: str | None) -> None:
    """Where nobody can know whether a server was replaced it is not used: a broken line, a time limit, a standby."""
    failing = Server(sqlstate=sqlstate)
    with pytest.raises(Refused):
        Timelines().check(failing)
    assert failing.closed


def test_a_real_server_tells(migrated_postgresql: str) -> None:
    """PostgreSQL answers the question to whoever may connect."""
    import psycopg  # noqa: PLC0415  an extra that is there where there is a server

    timelines = Timelines()
    with psycopg.connect(migrated_postgresql.replace("+psycopg", "")) as connection:
        timelines.check(connection)
    assert list(timelines._newest.values()) == [1]  # noqa: SLF001  what it has learnt shows in nothing else yet
