"""Connections that are cut, and servers that fall silent: borne where it is safe, and never waited for without end."""

import os
import signal
from collections.abc import Iterator
from threading import Timer
from time import sleep

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, make_url

from delegation.store import Reason, StoreUnavailable, migrate
from delegation.store.connections import Access, engine_of, parsed
from delegation.store.reader import Reader
from delegation.store.reading import heads
from delegation.store.writer import Writer
from tests import postgresql
from tests.clock import Clock
from tests.postgresql import Cluster
from tests.store.samples import ACME, change, group


@pytest.fixture(scope="module")
def url(own_cluster: Cluster) -> Iterator[str]:
    """The URL of a database at a server that tests stop and start."""
    with postgresql.database(own_cluster.url()) as url:
        text = url.render_as_string(hide_password=False)
        migrate(text)
        yield text


@pytest.fixture
def engine(url: str) -> Engine:
    """The engine of that database, which is empty."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("TRUNCATE heads, log, groups")
    return engine_of(parsed(url))


@pytest.fixture
def reader(engine: Engine) -> Iterator[Reader]:
    """A reader of single statements, connected."""
    reader = Reader(engine, Access.READ)
    assert reader.work([revision]) == [0]
    yield reader
    reader.close()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    """A writer that has written, connected."""
    writer = Writer(engine, chain="process:one", clock=Clock())
    assert writer.work([change(group("before"), partition="org:other")]) == [{"org:other": 1}]
    yield writer
    writer.close()


def revision(connection: Connection) -> int:
    """Return the revision of the organization."""
    return heads(connection, [ACME])[ACME]


def cut_all(engine: Engine) -> None:
    """Cut every connection of the service, as a server does that is told to stop."""
    with psycopg.connect(make_url(engine.url).set(drivername="postgresql").render_as_string(), autocommit=True) as own:
        own.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'delegation'")


def backend(link: Connection) -> int:
    """Return the process that serves a connection."""
    return int(link.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())


@pytest.mark.threat("50")
def test_a_connection_cut_between_two_uses_is_not_noticed(engine: Engine, reader: Reader, writer: Writer) -> None:
    """Whoever asks or writes after the connections were cut is answered over new ones."""
    cut_all(engine)

    assert writer.work([change(group("a")), change(group("b"), partition="org:b")]) == [{ACME: 1}, {"org:b": 1}]
    assert reader.work([revision]) == [1]


@pytest.mark.threat("50")
def test_a_server_that_is_restarted_is_waited_for(
    own_cluster: Cluster, reader: Reader, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart that takes a moment fails neither questions nor changes that came meanwhile."""
    # However long it takes on a busy machine; how many pauses there are the next test counts.
    monkeypatch.setattr("delegation.store.retrying._PAUSES", (0.1,) * 600)
    own_cluster.stop(roughly=True)
    start = Timer(0.1, own_cluster.start)
    start.start()
    try:
        outcomes = writer.work([change(group("a"))])
    finally:
        start.join()

    assert outcomes == [{ACME: 1}]
    assert reader.work([revision]) == [1]


@pytest.mark.threat("50")
def test_a_server_known_to_be_gone_is_not_waited_for(own_cluster: Cluster, engine: Engine, reader: Reader) -> None:
    """The first question bears with a moment of absence; those that queue behind it fail without another look."""
    attempts = 0

    def count(*_: object) -> None:
        nonlocal attempts
        attempts += 1

    event.listen(engine, "do_connect", count)
    with own_cluster.stopped():
        first = reader.work([revision])
        patient, attempts = attempts, 0
        second = reader.work([revision])
        impatient, attempts = attempts, 0

    assert (patient, impatient) == (3, 0)
    assert [getattr(outcome, "reason", None) for outcome in (*first, *second)] == [Reason.FAILED] * 2
    sleep(0.25)  # Then somebody looks again.
    assert reader.work([revision]) == [0]


@pytest.mark.threat("50")
def test_a_server_that_fell_silent_is_left(reader: Reader, writer: Writer) -> None:
    """A question over a connection on which nothing comes back fails when it is overdue; the next one is answered."""
    (process,) = reader.work([backend])
    assert isinstance(process, int)
    os.kill(process, signal.SIGSTOP)
    try:
        cut = Timer(0.3, reader.interrupt)
        cut.start()
        (outcome,) = reader.work([revision])
        cut.join()
        sleep(0.25)  # So long nobody looks again.

        assert isinstance(outcome, StoreUnavailable)
        assert writer.work([change(group("a"))]) == [{ACME: 1}]
        assert reader.work([revision]) == [1]
    finally:
        os.kill(process, signal.SIGCONT)


@pytest.mark.threat("50")
def test_a_commit_that_hangs_is_settled_by_reading(engine: Engine, writer: Writer) -> None:
    """A server that falls silent while it commits is cut off, and what it did is found out over a new connection."""
    timers: list[Timer] = []

    def silence(connection: Connection) -> None:
        silenced = backend(connection)
        os.kill(silenced, signal.SIGSTOP)
        timers.extend([Timer(0.3, writer.interrupt), Timer(0.8, os.kill, (silenced, signal.SIGCONT))])
        for timer in timers:
            timer.start()

    event.listen(engine, "commit", silence, once=True)
    (outcome,) = writer.work([change(group("a"))])
    assert len(timers) == 2
    for timer in timers:
        timer.join()

    with engine.connect() as connection:
        found = revision(connection)
    # The server had not read the COMMIT before its connection was gone, or it had: either way the caller is told.
    assert outcome == {ACME: 1} if found else isinstance(outcome, StoreUnavailable) and outcome.reason is Reason.FAILED
