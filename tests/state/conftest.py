"""A prepared database for each test, copied from one that was prepared once."""

import asyncio
import shutil
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
    return directory / "delegation.db"


@pytest.fixture
def database(prepared: Path, tmp_path: Path) -> Path:
    """A database file of the test's own."""
    return Path(shutil.copy(prepared, tmp_path / "delegation.db"))
