"""A purge beside a server that is busy: nobody is refused anything, and what follows the log goes on."""

from pathlib import Path

import pytest

from tests.cli.terminal import Said, Terminal
from tests.databases import rows
from tests.durability.deployment import deployed
from tests.durability.judging import Judge
from tests.durability.world import SERVICE, founded
from tests.keeping.test_restoring import busy
from tests.postgresql import Cluster


@pytest.mark.threat("R26")
def test_a_purge_disturbs_nobody(cluster: Cluster | None, tmp_path: Path) -> None:
    """Tokens, delegations and revocations are after a purge what they were before, and the tables too."""
    with deployed(tmp_path, cluster, 2) as deployment:
        here, there = deployment.servers
        world = founded(here, 2)
        granted = [world.grant(here.http, f"u{number}").json()["id"] for number in range(2)]
        tokens = [world.exchange(here.http, f"u{n}", id).json()["access_token"] for n, id in enumerate(granted)]
        assert here.http.post("/revoke", data={"token": tokens[0]}, auth=("planner", SERVICE[1])).is_success
        Judge(deployment.database).assert_sound()

        def typed(*words: str) -> Said:
            said = Terminal(tmp_path / "data").type(*words, DELEGATION_DATABASE_URL=deployment.database)
            assert said.code == 0, said.err
            return said

        tables = "SELECT id, status FROM delegations ORDER BY id"
        before = rows(deployment.database, tables), rows(deployment.database, "SELECT jti FROM revoked_tokens")
        typed("audit", "seal")
        with busy(here):
            typed("audit", "purge", "--before", "0d", "--nothing-kept", "--yes")
        assert rows(deployment.database, "SELECT count(*) FROM log WHERE chain = 'org:acme'") == [(0,)]
        assert (
            rows(deployment.database, tables),
            rows(deployment.database, "SELECT jti FROM revoked_tokens"),
        ) == before
        here.must("POST", "/organizations/acme/resources", {"resource": "project:zeus", "parent": "workspace:design"})
        for server in (here, there):
            told = [server.http.post("/introspect", data={"token": t}, auth=SERVICE).json()["active"] for t in tokens]
            assert told == [False, True]
        assert world.exchange(there.http, "u1", granted[1]).status_code == 200
        typed("audit", "seal")
        assert " 0 faults" in typed("audit", "verify").out
