"""What the servers of these tests have their database on."""

import pytest

from tests.postgresql import Cluster


@pytest.fixture
def cluster(database_kind: str, request: pytest.FixtureRequest) -> Cluster | None:
    """What a deployment has its database on: a PostgreSQL server, or none for a file."""
    if database_kind == "sqlite":
        return None
    own: Cluster = request.getfixturevalue("own_cluster")
    return own
