"""A prepared database for each test, copied from one that was prepared once, on each kind."""

import asyncio
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from delegation.app.preparation import prepare
from delegation.settings import Settings
from tests.clock import Clock
from tests.databases import Make


@pytest.fixture(scope="module")
def prepared(databases: Make, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with this release's tables, the default model and keys, to be copied."""
    with databases(migrated) as url:
        settings = Settings(data_directory=tmp_path_factory.mktemp("prepared"), database_url=SecretStr(url))
        asyncio.run(prepare(settings, clock=Clock(), instance="prepare"))
        yield url


@pytest.fixture
def database(databases: Make, prepared: str) -> Iterator[str]:
    """The URL of a database of the test's own."""
    with databases(prepared) as url:
        yield url
