"""The soak itself: a minute of it, and servers that lose something on purpose."""

from collections.abc import Iterator

import pytest

from tests.installations import Unavailable
from tests.postgresql import Cluster, running
from tests.soak.__main__ import is_bad, table
from tests.soak.running import Plan, soak

pytestmark = pytest.mark.slow
SHORT = Plan(seconds=60, interval=1, backups=10)


@pytest.fixture(params=["sqlite", "postgresql"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster | None]:
    """A cluster of the test's own, or none for a file."""
    if request.param == "sqlite":
        yield None
        return
    try:
        with running() as cluster:
            yield cluster
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.mark.threat("63")
def test_nothing_grows_in_a_minute(cluster: Cluster | None) -> None:
    """Under everything at once each answer is right, backups are taken, the log verifies, and nothing grows."""
    found = soak(SHORT, cluster, lambda _: None)
    assert not is_bad(found), table(found)
    assert found.backups >= 4
    assert sum(found.told.answers.values()) > 500


@pytest.mark.threat("63")
@pytest.mark.parametrize(
    ("leak", "series"), [("memory", "memory (MiB)"), ("descriptors", "descriptors"), ("tasks", "tasks")]
)
def test_a_leak_is_seen(leak: str, series: str) -> None:
    """A server that loses a little with each request is caught, by the series that it shows in."""
    found = soak(Plan(seconds=40, interval=1, backups=10, leak=leak), None, lambda _: None)
    assert series in {verdict.name for verdict in found.verdicts if verdict.grows}, table(found)
