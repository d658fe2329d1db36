"""Backup and restore as docs/operations.md teaches them, command by command."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest
from sqlalchemy import make_url

from tests import postgresql
from tests.documentation import DOCS
from tests.durability.deployment import deployed
from tests.durability.judging import Judge
from tests.durability.server import ROOT
from tests.durability.world import SERVICE, claims_of, founded
from tests.installations import binaries
from tests.postgresql import Cluster

COPY = """#!{python}
import sqlite3, sys
source, target = sys.argv[1], sys.argv[2].removeprefix(".backup ")
sqlite3.connect(source).backup(sqlite3.connect(target))
"""
"""What stands in for the program `sqlite3` where it is not installed."""


def taught() -> list[str]:
    """Return the commands of the page: backup and restore of a file, then of a PostgreSQL database."""
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    section = page.partition("\n## Backup\n")[2].partition("\n## ")[0]
    commands = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert [command.split()[0] for command in commands] == ["sqlite3", "rm", "pg_dump", "pg_restore"]
    return commands


def programs(directory: Path, cluster: Cluster | None) -> str:
    """Return where the programs are found that the page names."""
    if cluster is not None:
        found = binaries()
        if not (found / "pg_dump").is_file() or not (found / "pg_restore").is_file():
            pytest.skip("nothing was backed up: there is no pg_dump beside the server")
        return f"{found}:/usr/bin:/bin"
    if which("sqlite3") is not None:
        return f"{Path(which('sqlite3') or '').parent}:/usr/bin:/bin"
    program = directory / "bin" / "sqlite3"
    program.parent.mkdir()
    program.write_text(COPY.format(python=sys.executable))
    program.chmod(0o700)
    return f"{program.parent}:/usr/bin:/bin"


def typed(command: str, directory: Path, path: str, database: str) -> None:
    """Type a command of the page into a shell; `$DATABASE` is a database's URL as PostgreSQL's own programs take it."""
    address = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    environment = {"PATH": path, "DATABASE": address}
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", command], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


@contextmanager
def emptied(cluster: Cluster | None, database: str) -> Iterator[str]:
    """Yield the URL of the database to restore into: the file itself, or an empty database at the server."""
    if cluster is None:
        yield database
        return
    with postgresql.database(cluster.url()) as url:
        yield url.render_as_string(hide_password=False)


@pytest.mark.threat("48")
def test_what_was_backed_up_is_there_again(cluster: Cluster | None, tmp_path: Path) -> None:
    """What was acknowledged before the backup is there afterwards, nothing later is, and every chain verifies."""
    backup, restore = taught()[2:] if cluster else taught()[:2]
    path = programs(tmp_path, cluster)
    (tmp_path / ".delegation").symlink_to("data")
    with deployed(tmp_path, cluster, 1) as deployment:
        (server,) = deployment.servers
        world = founded(server, 1)
        token = world.exchange(server.http, "u0", world.grant(server.http, "u0").json()["id"]).json()["access_token"]
        typed(backup, tmp_path, path, deployment.database)
        server.must("POST", "/users", {"id": "late"})
        server.stop()
        with emptied(cluster, deployment.database) as restored:
            typed(restore, tmp_path, path, restored)
            server.environment = {"DELEGATION_DATABASE_URL": restored}
            server.start()
            told = server.http.post("/introspect", data={"token": token}, auth=SERVICE).json()
            assert told["active"] is True
            assert server.manage("POST", "/users", {"id": "late"}).status_code == 201
            judge = Judge(restored)
            judge.assert_sound()
            assert claims_of(token)["jti"] in judge.issued
            words = [
                "env",
                f"DELEGATION_DATABASE_URL={restored}",
                sys.executable,
                "-m",
                "delegation",
                "audit",
                "verify",
            ]
            assert b" 0 faults" in subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout
            server.kill()
