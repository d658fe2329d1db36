"""Desks on both databases, and what servers of these tests have their database on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.databases import Make
from tests.keeping.desk import Desk
from tests.postgresql import Cluster


@pytest.fixture
def desk(databases: Make, migrated: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk at a deployment that has the organization acme, and a log with two seals."""
    with databases(migrated) as url:
        desk = Desk(Terminal(tmp_path / "data"), url, tmp_path)
        desk.do("do", "create-organization", "id=acme")
        desk.do("do", "create-organization", "id=quiet")
        desk.do("audit", "seal")
        desk.group("g1")
        desk.do("audit", "seal")
        yield desk


@pytest.fixture
def cluster(database_kind: str, request: pytest.FixtureRequest) -> Cluster | None:
    """What a deployment has its database on: a PostgreSQL server, or none for a file."""
    if database_kind == "sqlite":
        return None
    own: Cluster = request.getfixturevalue("own_cluster")
    return own
