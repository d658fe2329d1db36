"""A database that fails: callers hear of it, nothing is half done, and it works again when the database does."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from time import sleep

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import OperationalError

from delegation.store import Claim, Put, Reason, StoreUnavailable, Unit, migrate
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.statements import LOCK_HEADS
from delegation.store.writer import Writer
from tests.clock import Clock
from tests.databases import Make, deadlocks, rows
from tests.store.samples import ACME, change, claim, group, opened, record


@contextmanager
def writing(engine: Engine) -> Iterator[Writer]:
    """Yield a writer that is closed afterwards."""
    writer = Writer(engine, chain="process:one", clock=Clock())
    yield writer
    writer.close()


class Conflict(Exception):
    """What a driver reports when a transaction lost against another."""

    def __init__(self, sqlstate: str) -> None:
        """Report this code."""
        self.sqlstate = sqlstate


@pytest.mark.parametrize(("failures", "succeeds"), [(1, True), (3, True), (7, True), (12, False)])
@pytest.mark.parametrize("code", ["40001", "40P01"], ids=["serialization failure", "deadlock"])
def test_a_transaction_that_loses_against_another_is_repeated(
    url: str, code: str, failures: int, *, succeeds: bool
) -> None:
    """Conflicts are tried again a bounded number of times: together first, then one by one."""
    engine = engine_of(parsed(url))
    left = failures

    def lose(*_: object) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            raise OperationalError("SELECT", {}, Conflict(code))

    event.listen(engine, "before_execute", lose)
    with writing(engine) as writer:
        outcomes = writer.work([change(group("a")), change(group("b"), partition="org:b")])

    assert all(isinstance(outcome, dict) for outcome in outcomes) is succeeds
    if not succeeds:
        assert [str(outcome) for outcome in outcomes] == [f"the database refused to write: {code}"] * 2


_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_a_deadlock_that_happens_is_survived(postgresql_databases: Make, migrated_postgresql: str) -> None:
    """A unit that PostgreSQL itself chose as the victim of a deadlock is repeated, and written once."""
    with postgresql_databases(migrated_postgresql) as url, ThreadPoolExecutor(1) as pool:
        engine = engine_of(parsed(url))
        with writing(engine) as writer, connect(engine, Access.WRITE) as other:
            writer.work([change()])
            # The writer holds the head and waits for the claim, the other one the reverse; the writer alone notices.
            other.execute(text("SET lock_timeout = 0"))
            other.execute(text("SET deadlock_timeout = '10min'"))
            other.execute(text("INSERT INTO claims (purpose, key) VALUES ('jti', 'k')"))
            circles: list[Future[None]] = []

            def wait_for_the_head() -> None:
                other.execute(LOCK_HEADS, {"chains": [ACME]}).all()
                other.rollback()

            def close_the_circle(link: Connection, _: object, statement: str, *__: object) -> None:
                if "INSERT INTO claims" in statement and not circles:
                    link.connection.cursor().execute("SET LOCAL deadlock_timeout = '1ms'")
                    circles.append(pool.submit(wait_for_the_head))
                    while rows(url, _WAITING) != [(1,)]:
                        sleep(0.01)

            event.listen(engine, "before_cursor_execute", close_the_circle)
            event.listen(engine, "do_connect", lambda *_: circles[0].result(60))
            unit = Unit(claims=(Claim("jti", "k", None),), partitions=change(group("a"), at=1).partitions)
            assert writer.work([unit]) == [{ACME: 2}]
        assert deadlocks(url) == 1
        assert rows(url, "SELECT id FROM groups") == [("a",)]


def test_a_lock_held_too_long_fails_the_batch_at_once(url: str) -> None:
    """When the database cannot be written to, no unit waits longer than one lock wait, and nothing is written."""
    engine = engine_of(parsed(url), patience=1)
    waits = 0

    def count(*_: object) -> None:
        nonlocal waits
        waits += 1

    with writing(engine) as writer, connect(engine, Access.WRITE) as other:
        writer.work([change()])
        other.execute(LOCK_HEADS, {"chains": [ACME]}).all()
        event.listen(engine, "rollback", count)
        outcomes = writer.work([change(group(f"g{n}"), at=1) for n in range(5)])
        other.rollback()

        assert [outcome.reason for outcome in outcomes if isinstance(outcome, StoreUnavailable)] == [Reason.FAILED] * 5
        assert waits <= {"sqlite": 2, "postgresql": 7}[engine.dialect.name]  # there each tries once more, in passing
        assert writer.work([change(at=1)]) == [{ACME: 2}]


@pytest.mark.threat("50")
def test_what_another_host_holds_stops_only_those_who_want_it(
    postgresql_databases: Make, migrated_postgresql: str
) -> None:
    """On PostgreSQL a head that is not let go of fails the units that need it; their neighbours are carried out."""
    with postgresql_databases(migrated_postgresql) as url:
        engine = engine_of(parsed(url), patience=1)
        with writing(engine) as writer, connect(engine, Access.WRITE) as stopped:
            writer.work([change()])
            stopped.execute(LOCK_HEADS, {"chains": [ACME]}).all()
            outcomes = writer.work([change(group(f"g{n}"), partition=f"org:{n}") for n in range(5)] + [change(at=1)])
            stopped.rollback()

    assert outcomes[:5] == [{f"org:{n}": 1} for n in range(5)]
    assert str(outcomes[5]) == "the database refused to write: 55P03"


@pytest.mark.threat("49")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """When SQLite may not grow any more, what does not fit fails whole and what was there stays."""
    migrate(f"sqlite:///{tmp_path}/full.db")
    engine = engine_of(parsed(f"sqlite:///{tmp_path}/full.db"))

    def limit(connection: SqliteConnection, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 3}")

    event.listen(engine, "connect", limit)
    with writing(engine) as writer:
        outcomes = writer.work([change(group("a")), change(group("b", "x" * 100_000), partition="org:b")])
        assert [str(outcome) for outcome in outcomes] == ["the database refused to write: SQLITE_FULL"] * 2
        assert writer.work([change(group("a"))]) == [{ACME: 1}]


@pytest.mark.anyio
@pytest.mark.threat("50")
async def test_what_cannot_be_read_is_no_answer(url: str) -> None:
    """When the database fails, heads, logs, snapshots and searches raise; none of them comes back empty."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
        with connect(engine_of(parsed(url)), Access.WRITE) as connection:
            for table in ("heads", "log", "groups", "memberships"):
                connection.execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))
            connection.commit()

        for question in (
            store.heads([ACME]),
            store.records_after(ACME, 0),
            store.snapshot(ACME),
            store.partitions_with("memberships", {"user": "anne"}),
            store.commit(Unit(events=(record(),))),
        ):
            with pytest.raises(StoreUnavailable) as caught:
                await question
            assert caught.value.reason is Reason.FAILED


@pytest.mark.anyio
async def test_a_broken_log_is_no_answer(url: str) -> None:
    """An entry that is no JSON fails whoever follows the log, and nobody waits for ever."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
        with connect(engine_of(parsed(url)), Access.WRITE) as connection:
            connection.execute(text("UPDATE log SET body = 'no JSON'"))
            connection.commit()

        with pytest.raises(StoreUnavailable):
            await store.records_after(ACME, 0)
        assert await store.heads([ACME]) == {ACME: 1}


@pytest.mark.anyio
async def test_a_failed_snapshot_leaves_no_old_state_behind(url: str) -> None:
    """After a snapshot that could not be read the next one sees what was committed since."""
    role = Put("roles", {"slug": "r", "type": "t", "permissions": ["p"], "name": "R"})
    engine = engine_of(parsed(url))
    async with opened(url) as store:
        await store.commit(change(role))
        with connect(engine, Access.WRITE) as connection:
            connection.execute(text("UPDATE roles SET permissions = 'no JSON'"))
            connection.commit()
        with pytest.raises(StoreUnavailable):
            await store.snapshot(ACME)

        await store.commit(change(role, at=1))
        snapshot = await store.snapshot(ACME)
    assert (snapshot.revision, snapshot.rows["roles"]) == (2, [role.row])


@pytest.mark.anyio
async def test_a_reader_whose_connection_was_cut_connects_again(url: str) -> None:
    """A question is asked once more on a new connection, so a database that was restarted goes unnoticed."""
    async with opened(url) as store:
        await store.commit(claim("k"))
        event.listen(Engine, "before_execute", cut, once=True)

        assert await store.heads([ACME]) == {ACME: 0}
        event.listen(Engine, "before_execute", cut, once=True)
        assert (await store.snapshot(ACME)).revision == 0


def cut(*_: object) -> None:
    """Fail as a connection does that the server closed."""
    raise OperationalError("SELECT", {}, ConnectionResetError(), connection_invalidated=True)
