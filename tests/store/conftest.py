"""The databases that every test of the store runs on."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from delegation.store import migrate

SERVER = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251  whoever runs the tests chooses the server


@pytest.fixture(params=["sqlite", "postgresql"] if SERVER else ["sqlite"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    name = f"store_{uuid4().hex}"
    server = create_engine(make_url(str(SERVER)), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(str(SERVER)).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def url(empty_url: str) -> str:
    """Return the URL of a database with this release's tables and no rows."""
    migrate(empty_url)
    return empty_url
