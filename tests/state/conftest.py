"""A prepared database for each test, copied from one that was prepared once."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from delegation.app.preparation import prepare
from delegation.settings import Settings
from tests.clock import Clock


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with this release's tables, the default model and keys."""
    directory = tmp_path_factory.mktemp("prepared")
    asyncio.run(prepare(Settings(data_directory=directory), clock=Clock(), instance="prepare"))
    database = directory / "delegation.db"
    with closing(sqlite3.connect(database)) as connection:
        # The file is going to be copied alone, so nothing may be left in the log beside it.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return database


@pytest.fixture
def database(prepared: Path, tmp_path: Path) -> Path:
    """A database file of the test's own."""
    return Path(shutil.copy(prepared, tmp_path / "delegation.db"))
