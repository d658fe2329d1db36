"""A database for each test of the store, on both kinds."""

from collections.abc import Iterator

import pytest

from tests.databases import Make


@pytest.fixture
def empty_url(databases: Make) -> Iterator[str]:
    """Return the URL of a database without tables."""
    with databases(None) as url:
        yield url


@pytest.fixture
def url(databases: Make, migrated: str) -> Iterator[str]:
    """Return the URL of a database with this release's tables and no rows."""
    with databases(migrated) as url:
        yield url
