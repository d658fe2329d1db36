"""A COMMIT that fails: what is true is found out by reading."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from delegation.store import Reason, StoreUnavailable, Unit
from delegation.store.chains import chains
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.reading import heads
from delegation.store.writer import Writer
from tests.clock import Clock
from tests.store.samples import ACME, change, claim, group, record

Fault = Callable[[Connection], None]


@pytest.fixture
def engine(url: str) -> Engine:
    """Return the engine of a migrated database."""
    return engine_of(parsed(url))


@pytest.fixture
def writer(engine: Engine, clock: Clock) -> Iterator[Writer]:
    """Return a writer to that database."""
    writer = Writer(engine, chain="process:one", clock=clock)
    yield writer
    writer.close()


def revision(engine: Engine) -> int:
    """Return the revision of the organization."""
    with connect(engine, Access.READ) as connection:
        return heads(connection, [ACME])[ACME]


def known_chains(engine: Engine) -> list[str]:
    """Return the chains that have a head."""
    with connect(engine, Access.READ) as connection:
        return chains(connection, "", 10, headless=False)


def lost(*_: object) -> None:
    """Fail as a connection does that was cut."""
    raise OperationalError("COMMIT", {}, ConnectionResetError())


def committed_but_lost(connection: Connection) -> None:
    """Commit, and fail before anyone hears of it."""
    connection.connection.commit()
    lost()


def committing_but_lost(connection: Connection) -> None:
    """Lose the connection while the database is committing, where it can go on without us."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL commit_siblings = 0")
        connection.exec_driver_sql("SET LOCAL commit_delay = 100000")  # microseconds
        driver: Any = connection.connection.driver_connection
        driver.pgconn.send_query(b"COMMIT")
        lost()
    committed_but_lost(connection)


def reasons(outcomes: list[object]) -> list[Reason]:
    """Return why each unit failed."""
    return [outcome.reason for outcome in outcomes if isinstance(outcome, StoreUnavailable)]


BATCH = [change(group("a")), claim("k"), change(group("b")), Unit(events=(record(),))]
"""Three winners, and a loser against the first."""


def test_a_commit_whose_answer_was_lost_is_known_to_have_happened(engine: Engine, writer: Writer) -> None:
    """When the database committed and only its answer was lost, every unit is told the truth."""
    event.listen(engine, "commit", committed_but_lost, once=True)
    outcomes = writer.work(BATCH)

    assert outcomes[0] == {ACME: 1}
    assert [str(outcome) for outcome in outcomes[1:]] == ["{}", "`org:acme` changed meanwhile", "{}"]
    assert revision(engine) == 1


def test_a_server_that_is_still_committing_is_waited_for(engine: Engine, writer: Writer) -> None:
    """A commit that goes on after its connection was lost is not taken for one that did not happen."""
    event.listen(engine, "commit", committing_but_lost, once=True)
    outcomes = writer.work(BATCH)

    assert outcomes[0] == {ACME: 1}
    assert revision(engine) == 1


def test_a_commit_that_did_not_happen_is_known_not_to(engine: Engine, writer: Writer) -> None:
    """When nothing was committed, again and again, every unit is told so, the loser too, and may be tried later."""
    event.listen(engine, "commit", lost)

    assert reasons([*writer.work(BATCH)]) == [Reason.FAILED] * 4
    event.remove(engine, "commit", lost)
    assert known_chains(engine) == []
    assert writer.work(BATCH)[0] == {ACME: 1}


def test_a_commit_that_did_not_happen_is_made_again(engine: Engine, writer: Writer) -> None:
    """When nothing was committed because the connection was lost, the batch is carried out once more, and once."""
    event.listen(engine, "commit", lost, once=True)

    assert writer.work(BATCH)[0] == {ACME: 1}
    assert revision(engine) == 1


def test_a_commit_that_cannot_be_looked_up_stays_unknown(engine: Engine, writer: Writer) -> None:
    """When the database is gone nobody guesses: winners are told that the outcome is unknown."""
    writer.work([claim("before")])  # opens the connection that the batch will use
    event.listen(engine, "commit", committed_but_lost, once=True)
    event.listen(engine, "do_connect", lost)
    outcomes = writer.work(BATCH)
    event.remove(engine, "do_connect", lost)

    assert reasons([*outcomes]) == [Reason.UNKNOWN, Reason.UNKNOWN, Reason.FAILED, Reason.UNKNOWN]
    assert revision(engine) == 1
    assert writer.work([change(at=1)]) == [{ACME: 2}]


def test_claims_alone_leave_no_trace_to_look_up(engine: Engine, writer: Writer) -> None:
    """A batch that appends to no chain has an unknown outcome when its commit fails."""
    event.listen(engine, "commit", lost, once=True)

    assert reasons([*writer.work([claim("k"), claim("l")])]) == [Reason.UNKNOWN] * 2
