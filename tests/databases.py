"""The two databases: what is true of one is tested on the other with the same tests.

A test that makes its database with `databases`, or a deployment with `sites`, runs twice: on SQLite and on PostgreSQL.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Final, TypeAlias

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text

from delegation.store import migrate
from tests import postgresql
from tests.installations import Unavailable
from tests.postgresql import Cluster

GIVEN: Final = os.environ.get("TEST_DATABASE_URL")
"""A server that whoever runs the tests chooses; its user may create databases."""

SLOW_ON_POSTGRESQL: Final = (
    "tests/authzen/",
    "tests/directory/test_administrators.py",
    "tests/directory/test_credentials.py",
    "tests/directory/test_crowds.py",
    "tests/directory/test_giving.py",
    "tests/directory/test_life.py",
    "tests/directory/test_refusals.py",
    "tests/directory/test_slow_hands.py",
    "tests/directory/test_tree.py",
    "tests/end_to_end/test_any_chain.py",
    "tests/end_to_end/test_any_history.py",
    "tests/end_to_end/test_bounds.py",
    "tests/end_to_end/test_ceilings.py",
    "tests/end_to_end/test_chains.py",
    "tests/end_to_end/test_deriving.py",
    "tests/end_to_end/test_exchange.py",
    "tests/end_to_end/test_granting.py",
    "tests/end_to_end/test_key_rotation.py",
    "tests/end_to_end/test_kill_switches.py",
    "tests/end_to_end/test_last_use.py",
    "tests/end_to_end/test_naming.py",
    "tests/end_to_end/test_next_request.py",
    "tests/end_to_end/test_other_models.py",
    "tests/end_to_end/test_own_hand.py",
    "tests/end_to_end/test_people.py",
    "tests/end_to_end/test_policies.py",
    "tests/end_to_end/test_receipts.py",
    "tests/end_to_end/test_repeating.py",
    "tests/end_to_end/test_repeating_elsewhere.py",
    "tests/end_to_end/test_restricted_subjects.py",
    "tests/end_to_end/test_services.py",
    "tests/end_to_end/test_staleness.py",
    "tests/end_to_end/test_standing.py",
    "tests/end_to_end/test_twins.py",
    "tests/end_to_end/test_two_sides.py",
    "tests/linearizability/",
    "tests/processes/",
    "tests/races/",
    "tests/state/test_following.py",
    "tests/state/test_lost_changes.py",
    "tests/store/test_kill.py",
    "tests/store/test_migrations.py",
    "tests/store/test_spending.py",
    "tests/surface/",
)
"""What runs on PostgreSQL in the slow suites only; everything else that makes a database runs on both every time."""

ON_SQLITE_ALONE: Final = ("tests/end_to_end/test_hostile_input.py", "tests/rfc/", "tests/strict_client/")
"""What is about the door, in thousands of cases, before any database is asked: it runs on the nearest one."""

_OTHERS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_CLOSING: Final = 60.0
"""Seconds in which connections that were closed have ended."""

Make: TypeAlias = Callable[[str | None], AbstractContextManager[str]]
"""Makes a database, empty or as a copy of another one, and yields its URL; afterwards a server's is gone."""


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """A PostgreSQL server: the one given, else one of the tests' own."""
    if GIVEN is not None:
        yield make_url(GIVEN)
        return
    with _running() as cluster:
        yield cluster.url()


@pytest.fixture(scope="session")
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for tests that stop, crash and cut it as they like; each leaves it running."""
    with _running() as cluster:
        yield cluster


@contextmanager
def _running() -> Iterator[Cluster]:
    with ExitStack() as stack:
        try:
            cluster = stack.enter_context(postgresql.running())
        except Unavailable as error:
            pytest.skip(f"nothing was tested on PostgreSQL: {error}")
        yield cluster


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What makes a database runs on SQLite, then on PostgreSQL, unless the lists say otherwise."""
    if "database_kind" in metafunc.fixturenames:
        place = metafunc.definition.nodeid
        slow = [pytest.mark.slow] if place.startswith(SLOW_ON_POSTGRESQL) else []
        elsewhere = [] if place.startswith(ON_SQLITE_ALONE) else [pytest.param("postgresql", marks=slow)]
        metafunc.parametrize("database_kind", ["sqlite", *elsewhere], indirect=True, scope="session")


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """The kind of database that a test runs on."""
    kind: str = request.param
    return kind


@pytest.fixture(scope="session")
def databases(database_kind: str, request: pytest.FixtureRequest) -> Make:
    """How databases are made of the kind that the test runs on."""
    made: Make = request.getfixturevalue(f"{database_kind}_databases")
    return made


@pytest.fixture(scope="session")
def migrated(database_kind: str, request: pytest.FixtureRequest) -> str:
    """The URL of a database that is at this release's schema, to be copied."""
    url: str = request.getfixturevalue(f"migrated_{database_kind}")
    return url


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """How databases are made that are files."""
    return lambda original: _copied(original, tmp_path_factory.mktemp("database") / "store.db")


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_server: URL) -> Make:
    """How databases are made at the server."""
    return lambda original: _created(original, postgresql_server)


# Two, and not one with a parameter: tests change from one kind to the other and back, and each is migrated once.
@pytest.fixture(scope="session")
def migrated_sqlite(sqlite_databases: Make) -> Iterator[str]:
    """The URL of a file at this release's schema."""
    with sqlite_databases(None) as url:
        migrate(url)
        yield url


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_databases: Make) -> Iterator[str]:
    """The URL of a server's database at this release's schema."""
    with postgresql_databases(None) as url:
        migrate(url)
        yield url


def rows(url: str, statement: str, **values: object) -> list[tuple[Any, ...]]:
    """Return what a statement finds in a database, past the service; `:name` in it stands for a value."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def execute(url: str, statement: str, **values: object) -> None:
    """Change a database, past the service; `:name` in the statement stands for a value."""
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text(statement), values)


def deadlocks(url: str) -> int:
    """Return how many circles of waiting a database had to break, once nobody else has it open; SQLite has none."""
    if make_url(url).get_backend_name() == "sqlite":
        return 0
    end = monotonic() + _CLOSING
    # What a connection counted is told when it has ended, which is a moment after its client was told.
    while rows(url, _OTHERS) != [(0,)]:
        assert monotonic() < end, "somebody has the database open"
        sleep(0.01)
    [(found,)] = rows(url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(found)


@contextmanager
def _copied(original: str | None, path: Path) -> Iterator[str]:
    if original is not None:
        file = Path(str(make_url(original).database))
        log = file.with_name(f"{file.name}-wal")
        shutil.copy(file, path)
        # Two connections that are closed at once each leave it to the other to write the log into the file.
        if log.exists():
            shutil.copy(log, path.with_name(f"{path.name}-wal"))
    yield f"sqlite:///{path}"


@contextmanager
def _created(original: str | None, server: URL) -> Iterator[str]:
    template = None if original is None else make_url(original)
    with postgresql.database(server, template) as url:
        yield url.render_as_string(hide_password=False)
