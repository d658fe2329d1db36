"""The databases that every test of the store runs on."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from delegation.store import migrate

SERVER = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251  whoever runs the tests chooses the server
DATABASES = ["sqlite", "postgresql"] if SERVER else ["sqlite"]

Make: TypeAlias = Callable[[str | None], AbstractContextManager[str]]
"""Makes a database, empty or as a copy of another one, and yields its URL; afterwards a server's is gone."""


@pytest.fixture(scope="session", params=DATABASES)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Return how databases are made."""
    if request.param == "sqlite":
        yield lambda original: copied(original, tmp_path_factory.mktemp("store") / "store.db")
        return
    engine = create_engine(make_url(str(SERVER)), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield lambda original: created(original, connection)
    engine.dispose()


@contextmanager
def copied(original: str | None, path: Path) -> Iterator[str]:
    """Copy an SQLite database that nobody has open, if there is one."""
    if original is not None:
        shutil.copy(str(make_url(original).database), path)
    yield f"sqlite:///{path}"


@contextmanager
def created(original: str | None, server: Connection) -> Iterator[str]:
    """Make a database at a server, which copies one that nobody has open, if there is one."""
    name = f"store_{uuid4().hex}"
    template = "" if original is None else f" TEMPLATE {make_url(original).database}"
    server.execute(text(f"CREATE DATABASE {name}{template}"))
    yield make_url(str(SERVER)).set(database=name).render_as_string(hide_password=False)
    server.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def migrated(make: Make) -> Iterator[str]:
    """Return the URL of a database that is at this release's schema, to be copied."""
    with make(None) as url:
        migrate(url)
        yield url


@pytest.fixture
def empty_url(make: Make) -> Iterator[str]:
    """Return the URL of a database without tables."""
    with make(None) as url:
        yield url


@pytest.fixture
def url(make: Make, migrated: str) -> Iterator[str]:
    """Return the URL of a database with this release's tables and no rows."""
    with make(migrated) as url:
        yield url
