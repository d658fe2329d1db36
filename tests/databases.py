"""The two databases: what is true of one is tested on the other with the same tests."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from sqlalchemy import URL, make_url

from delegation.store import migrate
from tests import postgresql

GIVEN: Final = os.environ.get("TEST_DATABASE_URL")
"""A server that whoever runs the tests chooses; its user may create databases."""

Make: TypeAlias = Callable[[str | None], AbstractContextManager[str]]
"""Makes a database, empty or as a copy of another one, and yields its URL; afterwards a server's is gone."""


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """A PostgreSQL server: the one given, else one of the tests' own."""
    if GIVEN is not None:
        yield make_url(GIVEN)
        return
    try:
        with postgresql.running() as cluster:
            yield cluster.url()
    except postgresql.Unavailable as error:
        pytest.skip(f"nothing was tested on PostgreSQL: {error}")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """How databases are made, first on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        return lambda original: _copied(original, tmp_path_factory.mktemp("database") / "store.db")
    server: URL = request.getfixturevalue("server")
    return lambda original: _created(original, server)


@pytest.fixture(scope="session")
def migrated(databases: Make) -> Iterator[str]:
    """The URL of a database that is at this release's schema, to be copied."""
    with databases(None) as url:
        migrate(url)
        yield url


@contextmanager
def _copied(original: str | None, path: Path) -> Iterator[str]:
    if original is not None:
        shutil.copy(str(make_url(original).database), path)
    yield f"sqlite:///{path}"


@contextmanager
def _created(original: str | None, server: URL) -> Iterator[str]:
    template = None if original is None else make_url(original)
    with postgresql.database(server, template) as url:
        yield url.render_as_string(hide_password=False)
