"""Several hosts on one PostgreSQL: what they must share, and that they are one service."""

import base64
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.databases import Make, rows
from tests.durability.server import ROOT
from tests.durability.world import SERVICE, World, founded
from tests.processes.host import PATIENCE, Host, hosted

SECRET = "the administrator of both hosts"
KEY = base64.urlsafe_b64encode(b"the master key of both hosts ...").decode()
ANOTHER = base64.urlsafe_b64encode(b"the master key of nobody else ..").decode()
ISSUER = "https://as.example"


@pytest.fixture
def url(postgresql_databases: Make) -> Iterator[str]:
    """The URL of an empty database."""
    with postgresql_databases(None) as url:
        yield url


@pytest.fixture
def shared(url: str, tmp_path: Path) -> Mapping[str, str]:
    """What hosts of one service have in common; the password that a URL may hold stands in a file."""
    file = tmp_path / "database.url"
    file.write_text(f"{url}\n")
    return {
        "DELEGATION_DATABASE_URL_FILE": str(file),
        "DELEGATION_MASTER_KEY": KEY,
        "DELEGATION_ADMINISTRATOR_SECRET": SECRET,
        "DELEGATION_ISSUER": ISSUER,
    }


@pytest.mark.threat("I4")
def test_two_hosts_are_one_service(url: str, shared: Mapping[str, str], tmp_path: Path) -> None:
    """What one host acknowledged holds at the other at once, and nothing but the database connects them."""
    with (
        hosted(tmp_path / "one", workers=1, issuer=ISSUER, variables=shared) as one,
        hosted(tmp_path / "two", workers=3, issuer=ISSUER, variables=shared) as two,
    ):
        (one.directory / "administrator.secret").write_text(SECRET)  # where the test looks for it
        world: World = founded(one, 1)
        for here, there in [(one, two), (two, one)] * 3:
            granted = world.grant(here.http, "u0").json()["id"]
            token = world.exchange(there.http, "u0", granted).json()["access_token"]
            assert introspected(here, token)["active"]
            ended = world.hand(there.http, "u0", "DELETE", f"/delegations/{granted}?organization=acme")
            assert ended.is_success
            assert [introspected(each, token) for each in (one, two)] == [{"active": False}] * 2
        assert one.http.get("/jwks.json").json() == two.http.get("/jwks.json").json()
        (connections,) = rows(url, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'delegation'")
        assert 0 < connections[0] <= 4 * 4  # four for each process that serves, and none for a parent
    assert {path.name for path in (tmp_path / "two").iterdir()} == set()


@pytest.mark.threat("I18")
@pytest.mark.slow
def test_a_host_with_another_master_key_does_not_start(shared: Mapping[str, str], url: str, tmp_path: Path) -> None:
    """Who cannot unseal the keys of the service says so in one line, serves nothing and changes nothing."""
    assert run(tmp_path / "one", {**shared, "DELEGATION_POLICY": "saas"}, "apply").returncode == 0
    before = rows(url, "SELECT chain, sequence FROM heads ORDER BY chain")
    done = run(tmp_path / "two", {**shared, "DELEGATION_MASTER_KEY": ANOTHER}, "run")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "master key" in done.stderr
    assert rows(url, "SELECT chain, sequence FROM heads ORDER BY chain") == before


def introspected(host: Host, token: str) -> Mapping[str, Any]:
    """Return what a host tells the service of a token."""
    told: Mapping[str, Any] = host.http.post("/introspect", data={"token": token}, auth=SERVICE).json()
    return told


def run(directory: Path, variables: Mapping[str, str], word: str) -> subprocess.CompletedProcess[str]:
    """Carry out a command on a host, with an empty file where it takes one."""
    directory.mkdir()
    empty = directory.with_name("empty.toml")
    empty.write_text("")
    words = [word, str(empty)] if word == "apply" else [word, "--port", "1", "--workers", "2"]
    settings = [f"{name}={value}" for name, value in {**variables, "DELEGATION_DATA_DIRECTORY": str(directory)}.items()]
    program = ["env", *settings, sys.executable, "-m", "delegation", *words]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)
