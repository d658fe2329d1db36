"""The databases that every test of the store runs on."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from delegation.store import migrate

SERVER = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251  whoever runs the tests chooses the server
DATABASES = ["sqlite", "postgresql"] if SERVER else ["sqlite"]

Make: TypeAlias = Callable[[str | None], str]
"""Makes a database, empty or as a copy of another one, and returns its URL."""


@pytest.fixture(scope="session", params=DATABASES)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Return how databases are made; those of a server are gone afterwards."""
    if request.param == "sqlite":
        yield lambda original: copied(original, tmp_path_factory.mktemp("store") / "store.db")
        return
    engine = create_engine(make_url(str(SERVER)), isolation_level="AUTOCOMMIT")
    names: list[str] = []

    def create(original: str | None) -> str:
        names.append(f"store_{uuid4().hex}")
        template = "" if original is None else f" TEMPLATE {make_url(original).database}"
        connection.execute(text(f"CREATE DATABASE {names[-1]}{template}"))
        return make_url(str(SERVER)).set(database=names[-1]).render_as_string(hide_password=False)

    with engine.connect() as connection:
        yield create
        for name in names:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def copied(original: str | None, path: Path) -> str:
    """Copy an SQLite database that nobody has open, if there is one, and return the copy's URL."""
    if original is not None:
        shutil.copy(str(make_url(original).database), path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def migrated(make: Make) -> str:
    """Return the URL of a database that is at this release's schema, to be copied."""
    url = make(None)
    migrate(url)
    return url


@pytest.fixture
def empty_url(make: Make) -> str:
    """Return the URL of a database without tables."""
    return make(None)


@pytest.fixture
def url(make: Make, migrated: str) -> str:
    """Return the URL of a database with this release's tables and no rows."""
    return make(migrated)
