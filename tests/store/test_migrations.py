"""Migrations: from every earlier version, under the code of an earlier release, killed at any moment."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, MetaData, event, select, text
from sqlalchemy.engine import Engine

from delegation.audit import canonical
from delegation.store import SchemaBehind, Store, StoreError, StoreUnavailable, migrate, verify_all
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.tables import METADATA, tables_of
from tests import postgresql
from tests.children import children, context, ended
from tests.clock import Clock
from tests.databases import Make
from tests.store.processes import migrate_together
from tests.store.releases.starting import ARCHIVES, THIS, Process, fill, unpacked
from tests.store.releases.versions import EARLIER, NEWEST
from tests.store.samples import change, group, groups, opened

pytestmark = [pytest.mark.threat("61")]

LATER = "9999"
MIGRATORS = 4
PATIENCE = 5.0
"""Seconds that a commit waits for another's lock."""
EVERY = [pytest.param(1, marks=pytest.mark.slow), 4]
"""At every how many statements a migration is killed."""

Content = dict[str, list[tuple[Any, ...]]]


def content(url: str, tables: MetaData) -> Content:
    """Return what stands in some tables of a database, exactly as the database keeps it."""
    with connect(engine_of(parsed(url)), Access.SNAPSHOT) as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in tables.sorted_tables
            if table.name != "alembic_version"
        }


def found_tables(url: str) -> MetaData:
    """Return the tables that a database has."""
    found = MetaData()
    with connect(engine_of(parsed(url)), Access.SNAPSHOT) as connection:
        found.reflect(connection)
    return found


def version(url: str) -> str | None:
    """Return the version that a database is at."""
    with connect(engine_of(parsed(url)), Access.READ) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences(url: str) -> list[Any]:
    """Return in what a database differs from the tables of this release."""
    with connect(engine_of(parsed(url)), Access.SNAPSHOT) as connection:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The code of every earlier release."""
    directory = tmp_path_factory.mktemp("releases")
    return {version: unpacked(version, directory) for version in EARLIER}


class Original:
    """A database that an earlier release has made and filled, to be copied."""

    def __init__(self, code: Path, url: str) -> None:
        """Let the release fill it."""
        self.code = code
        self.url = url
        self.rows = fill(code, url)


@pytest.fixture(scope="module", params=EARLIER)
def original(databases: Make, codes: dict[str, Path], request: pytest.FixtureRequest) -> Iterator[Original]:
    """A database as each earlier release leaves it behind."""
    with databases(None) as url:
        yield Original(codes[request.param], url)


@pytest.fixture
def left(databases: Make, original: Original) -> Iterator[str]:
    """Return the URL of a copy of such a database."""
    with databases(original.url) as url:
        yield url


def test_every_earlier_release_is_kept() -> None:
    """A migration cannot be added without keeping the release that it follows."""
    assert sorted(ARCHIVES) == sorted(EARLIER)
    assert EARLIER


def test_an_earlier_release_leaves_rows_in_every_table(original: Original) -> None:
    """What is migrated below is no empty database: the release filled every table that it had."""
    rows = content(original.url, found_tables(original.url))

    assert {name for name, found in rows.items() if not found} == set()
    assert version(original.url) == original.code.name


def test_the_result_is_the_tables_of_this_release(left: str) -> None:
    """After the upgrade from any earlier version nothing differs from a database made by this release."""
    migrate(left)

    assert version(left) == NEWEST
    assert differences(left) == []


def test_the_upgrade_loses_and_changes_nothing(left: str) -> None:
    """Whatever stood in a column before the upgrade stands there after it."""
    before = found_tables(left)
    old = content(left, before)
    migrate(left)

    assert content(left, before) == old


def in_order(rows: list[Any]) -> list[Any]:
    """Return rows in one order, whatever order a release reads them in."""
    return sorted(rows, key=canonical)


@pytest.mark.anyio
async def test_this_release_reads_what_an_earlier_one_wrote(left: str, original: Original) -> None:
    """Snapshots hold the very rows that the earlier release had in its own, and every chain verifies."""
    migrate(left)
    async with opened(left, instance="judge") as store:
        for partition, tables in original.rows.items():
            found = (await store.snapshot(partition)).rows
            for table in tables_of(partition):
                rows = [dict(row) for row in found[table.name]]
                # What it did not know is said of nothing that it wrote.
                unknown = dict.fromkeys(column.name for column in table.columns if column.name != "partition")
                wrote = [{**unknown, **row} for row in tables.get(table.name, [])]
                assert in_order(json.loads(json.dumps(rows))) == in_order(wrote)
        verified = [each async for each in verify_all(store)]

    assert [each.chain for each in verified if each.findings] == []
    assert {each.chain for each in verified} - {"seals"} == {*original.rows, "process:filler"}


def assert_one_truth(*processes: Process) -> None:
    """Pause processes of different releases on one database; fail unless all did their work and saw the same."""
    for process in processes:
        process.pause()
    done = [process.end() for process in processes]
    first = done[0]
    for each in done:
        assert each.faults == []
        assert len(each.made) == each.rounds
        assert each.seen == first.seen
        assert sorted(each.groups) == sorted(first.groups)
    assert [revision for revision, _ in first.seen] == list(range(1, len(first.seen) + 1))
    made = [group for each in done for group in each.made]
    assert sorted(group for _, group in first.seen) == sorted(made)
    assert sorted(first.groups) == sorted(made)
    won = sorted(number for each in done for number in each.won)
    assert won == list(range(max(each.rounds for each in done)))


@pytest.mark.slow
def test_an_earlier_release_works_on_while_and_after_its_database_is_migrated(left: str, original: Original) -> None:
    """Its processes go on committing, reading and claiming beside those of this release, and all see one truth."""
    old = Process(original.code, left, "old")
    migrate(left)
    new = Process(THIS, left, "new")

    assert_one_truth(old, new)


def test_the_first_release_does_not_start_on_later_tables(databases: Make, codes: dict[str, Path]) -> None:
    """A process of it that stopped is replaced by one of this release: it cannot read what later tables allow."""
    with databases(None) as url:
        migrate(url)
        with pytest.raises(AssertionError, match="SchemaBehind"):
            Process(codes["0001"], url, "late")


@pytest.mark.slow
def test_many_migrate_at_once_under_load(left: str, original: Original) -> None:
    """Processes that migrate at the same moment do it once, and not one commit of those at work fails meanwhile."""
    old = [Process(original.code, left, f"old{number}-") for number in range(2)]
    barrier = context().Barrier(MIGRATORS)
    with children(*[partial(migrate_together, left, barrier)] * MIGRATORS) as migrating:
        assert ended(migrating) == [0] * MIGRATORS

    assert_one_truth(*old)
    assert differences(left) == []


def die_migrating(url: str, step: int) -> None:
    """Migrate, and die right after the statement of this number."""
    numbers = count()

    def die(*_: object) -> None:
        if next(numbers) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", die)
    migrate(url)


def killed(url: str, step: int) -> bool:
    """Let a process die at a step of migrating; return whether there was such a step."""
    with children(partial(die_migrating, url, step)) as process:
        (code,) = ended(process)
    assert code in {0, -signal.SIGKILL}
    return code != 0


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.slow
def test_a_migration_killed_at_any_statement_is_not_there_at_all(
    left: str, original: Original, databases: Make, every: int
) -> None:
    """The database stays at the old version, whole, and the next start completes the migration."""
    before = found_tables(left)
    old = content(left, before)
    for step in count(every - 1, every):
        with databases(original.url) as url:
            if not killed(url, step):
                break
            assert version(url) == original.code.name
            assert (found_tables(url).tables.keys(), content(url, before)) == (before.tables.keys(), old)
            migrate(url)
            assert (version(url), content(url, before)) == (NEWEST, old)
            assert differences(url) == []
    assert step > len(METADATA.tables.keys() - before.tables.keys())


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.slow
def test_a_first_start_killed_at_any_statement_is_completed_by_the_next(databases: Make, every: int) -> None:
    """A database without tables stays without, or has them all."""
    for step in count(every - 1, 3 * every):
        with databases(None) as url:
            if not killed(url, step):
                break
            assert not found_tables(url).tables
            migrate(url)
            assert (version(url), differences(url)) == (NEWEST, [])
    assert step > len(METADATA.tables)


@pytest.mark.slow
def test_a_migration_that_waits_for_a_table_gives_up_before_others_wait_for_it(
    postgresql_server: URL, codes: dict[str, Path]
) -> None:
    """On PostgreSQL a migration waits for a table for less time than the commits behind it, then changes nothing."""
    for earlier, code in codes.items():
        with postgresql.database(postgresql_server) as made:
            url = made.render_as_string(hide_password=False)
            fill(code, url)
            with connect(engine_of(parsed(url)), Access.WRITE) as left_open:
                left_open.execute(text("LOCK TABLE alembic_version IN SHARE MODE"))
                with waited() as seconds, pytest.raises(StoreUnavailable, match="55P03"):
                    migrate(url)
                assert 0 < seconds[-1] < PATIENCE
                left_open.rollback()
            assert version(url) == earlier
            migrate(url)
            assert version(url) == NEWEST


@contextmanager
def waited() -> Iterator[list[float]]:
    """Yield how many seconds each statement that failed had been waited for, wherever, until the block ends."""
    began, seconds = [monotonic()], list[float]()

    def begin(*_: object) -> None:
        began.append(monotonic())

    def fail(_: object) -> None:
        seconds.append(monotonic() - began[-1])

    event.listen(Engine, "before_cursor_execute", begin)
    event.listen(Engine, "handle_error", fail)
    try:
        yield seconds
    finally:
        event.remove(Engine, "before_cursor_execute", begin)
        event.remove(Engine, "handle_error", fail)


def evolve(url: str, oldest: str) -> None:
    """Bring a database to a version that this release does not know, as a later release does."""
    with engine_of(parsed(url)).begin() as connection:
        connection.execute(text("ALTER TABLE groups ADD COLUMN colour VARCHAR"))
        connection.execute(text("CREATE TABLE inventions (id VARCHAR PRIMARY KEY)"))
        connection.execute(text("UPDATE compatibility SET oldest = :oldest"), {"oldest": oldest})
        connection.execute(text("UPDATE alembic_version SET version_num = :later"), {"later": LATER})


@pytest.mark.anyio
@pytest.mark.parametrize("oldest", [NEWEST, *EARLIER])
async def test_later_tables_that_allow_this_release_are_used_as_they_are(url: str, oldest: str) -> None:
    """Where a later release says that this one works with its tables, this one starts, works and migrates nothing."""
    evolve(url, oldest)
    migrate(url)
    async with opened(url) as store:
        await store.commit(change(group("a")))
        assert await groups(store) == {"a"}
        assert [each.findings async for each in verify_all(store)] == [[]]
    assert version(url) == LATER


@pytest.mark.anyio
async def test_later_tables_that_do_not_allow_this_release_are_refused(url: str) -> None:
    """Where a later release does not say so, this one neither starts nor migrates, and changes nothing."""
    evolve(url, LATER)
    before = content(url, found_tables(url))
    with pytest.raises(StoreError, match="later release"):
        migrate(url)
    with pytest.raises(SchemaBehind, match=f"at `{LATER}`"):
        await Store(url, instance="one", clock=Clock()).open()
    assert (version(url), content(url, found_tables(url))) == (LATER, before)
