"""Desks on both databases, and what servers of these tests have their database on."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.databases import Make
from tests.keeping.desk import Desk
from tests.postgresql import Cluster


@contextmanager
def copied(databases: Make, original: Desk, directory: Path) -> Iterator[Desk]:
    """Yield a desk at a copy of a deployment and of what is kept of it."""
    shutil.copytree(original.elsewhere, directory, dirs_exist_ok=True)
    with databases(original.database) as url:
        yield Desk(Terminal(directory / "data"), url, directory)


@pytest.fixture(scope="module")
def sealed(databases: Make, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A deployment that has the organizations acme and quiet, and a log with two seals; to be copied."""
    directory = tmp_path_factory.mktemp("sealed")
    with databases(migrated) as url:
        desk = Desk(Terminal(directory / "data"), url, directory)
        desk.do("do", "create-organization", "id=acme")
        desk.do("do", "create-organization", "id=quiet")
        desk.do("audit", "seal")
        desk.group("g1")
        desk.do("audit", "seal")
        yield desk


@pytest.fixture
def desk(databases: Make, sealed: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A desk at a copy of that deployment."""
    with copied(databases, sealed, tmp_path) as desk:
        yield desk


@pytest.fixture(scope="module")
def begun_later(databases: Make, sealed: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Such a deployment, purged of all that was sealed, and sealed again after one more change; to be copied."""
    with copied(databases, sealed, tmp_path_factory.mktemp("purged")) as desk:
        desk.do("audit", "purge", "--before", "0d", "--nothing-kept", "--yes")
        desk.group("g2")
        desk.do("audit", "seal")
        assert desk.verify().code == 0
        yield desk


@pytest.fixture
def purged_desk(databases: Make, begun_later: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A desk at a copy of that one."""
    with copied(databases, begun_later, tmp_path) as desk:
        yield desk


@pytest.fixture
def cluster(database_kind: str, request: pytest.FixtureRequest) -> Cluster | None:
    """What a deployment has its database on: a PostgreSQL server, or none for a file."""
    if database_kind == "sqlite":
        return None
    own: Cluster = request.getfixturevalue("own_cluster")
    return own
