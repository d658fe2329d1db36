"""Backup and restore as docs/operations.md teaches them, command by command."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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

PROGRAM = """#!/bin/sh
PYTHONPATH={root} exec {python} -m delegation "$@"
"""
"""What stands in for the program `delegation` where it is not installed."""


def taught() -> list[str]:
    """Return the commands of the page: backups of a file and of a PostgreSQL database, restores, and what follows."""
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    section = page.partition("\n## Backup and restore\n")[2].partition("\n### Ship")[0]
    commands = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert [command.split()[0] for command in commands] == ["delegation", "pg_dump", "rm", "pg_restore", "delegation"]
    return commands


def programs(directory: Path, cluster: Cluster | None) -> str:
    """Return where the programs are found that the page names."""
    program = directory / "bin" / "delegation"
    program.parent.mkdir(exist_ok=True)
    program.write_text(PROGRAM.format(root=ROOT, python=sys.executable))
    program.chmod(0o700)
    if cluster is None:
        return f"{program.parent}:/usr/bin:/bin"
    found = binaries()
    if not (found / "pg_dump").is_file() or not (found / "pg_restore").is_file():
        pytest.skip("nothing was backed up: there is no pg_dump beside the server")
    return f"{program.parent}:{found}:/usr/bin:/bin"


def typed(command: str, directory: Path, path: str, database: str) -> None:
    """Type a command of the page into a shell; `$DATABASE` is a database's URL as PostgreSQL's own programs take it."""
    address = make_url(database).set(drivername="postgresql").render_as_string(hide_password=False)
    environment = {"PATH": path, "DATABASE": address, "DELEGATION_DATABASE_URL": database}
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


@pytest.mark.slow
@pytest.mark.threat("48")
@pytest.mark.threat("62")
def test_what_was_backed_up_is_there_again(cluster: Cluster | None, tmp_path: Path) -> None:
    """What was backed up or shipped is there afterwards, nothing later is, and what was issued before is worthless."""
    backup, dump, copy, load, prepare = taught()
    backup, restore = (dump, load) if cluster else (backup, copy)
    path = programs(tmp_path, cluster)
    (tmp_path / ".delegation").symlink_to("data")
    with deployed(tmp_path, cluster, 1) as deployment:
        (server,) = deployment.servers
        world = founded(server, 1)
        token = world.exchange(server.http, "u0", world.grant(server.http, "u0").json()["id"]).json()["access_token"]
        typed(backup, tmp_path, path, deployment.database)
        server.must("POST", "/users", {"id": "shipped"})
        typed("delegation audit export shipped.jsonl", tmp_path, path, deployment.database)
        server.must("POST", "/users", {"id": "late"})
        server.stop()
        with emptied(cluster, deployment.database) as restored:
            typed(restore, tmp_path, path, restored)
            typed(prepare, tmp_path, path, restored)
            server.environment = {"DELEGATION_DATABASE_URL": restored}
            server.start()
            told = server.http.post("/introspect", data={"token": token}, auth=SERVICE).json()
            assert told["active"] is False
            made = [server.manage("POST", "/users", {"id": id}).status_code for id in ("shipped", "late")]
            assert made == [409, 201]
            judge = Judge(restored)
            judge.assert_sound()
            assert claims_of(token)["jti"] in judge.issued
            typed("delegation audit verify", tmp_path, path, restored)
            server.kill()
