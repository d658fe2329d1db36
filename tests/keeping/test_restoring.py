"""The restore drill: a backup under load, revocations after it, the database lost, and nothing revoked alive again."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import httpx2
import pytest

from tests import postgresql
from tests.cli.terminal import Said, Terminal
from tests.databases import rows
from tests.durability.deployment import Deployment, deployed
from tests.durability.judging import Judge
from tests.durability.server import Server
from tests.durability.test_backup import programs, typed
from tests.durability.world import PLANNER, SERVICE, World, founded
from tests.keeping.desk import Desk, told
from tests.postgresql import Cluster

pytestmark = [pytest.mark.threat("62"), pytest.mark.threat("R30"), pytest.mark.threat("R29")]

DUMP = 'pg_dump --format=custom --file=backup.dump "$DATABASE"'
NAMES = "SELECT purpose, key FROM claims WHERE until IS NULL ORDER BY purpose, key"
RESTORE = 'pg_restore --exit-on-error --no-owner --dbname="$DATABASE" backup.dump'


@dataclass
class Drill:
    """A deployment with four users, each with a delegation and a token, and what becomes of it."""

    deployment: Deployment
    directory: Path
    world: World
    delegations: list[str]
    tokens: list[str]
    database: str

    @property
    def server(self) -> Server:
        """The one server."""
        return self.deployment.servers[0]

    def type(self, *words: str) -> Said:
        """Type a command on the database that is in place."""
        return Terminal(self.directory / "data").type(*words, DELEGATION_DATABASE_URL=self.database)

    def exchange(self, number: int) -> httpx2.Response:
        """Let the planner ask for a token on a delegation."""
        return self.world.exchange(self.server.http, f"u{number}", self.delegations[number])

    def active(self, token: str) -> bool:
        """Return what a service is told about a token."""
        answer = self.server.http.post("/introspect", data={"token": token}, auth=SERVICE)
        return bool(answer.json()["active"])

    def back_up(self) -> None:
        """Back the database up, as the page says."""
        if self.deployment.cluster is None:
            assert self.type("backup", str(self.directory / "backup.db")).code == 0
        else:
            typed(DUMP, self.directory, programs(self.directory, self.deployment.cluster), self.database)

    def end_things(self) -> None:
        """Revoke and remove after the backup, and let somebody new in."""
        http = self.server.http
        assert self.world.hand(http, "u0", "DELETE", f"/delegations/{self.delegations[0]}?organization=acme").is_success
        assert http.post("/revoke", data={"token": self.tokens[1]}, auth=PLANNER).is_success
        assert self.world.assignment(http, "DELETE", "u2").is_success
        self.server.must("DELETE", "/organizations/acme/memberships/u3")
        self.server.must("POST", "/users", {"id": "late"})

    def serve(self) -> None:
        """Serve what is in place."""
        self.server.environment = {**self.server.environment, "DELEGATION_DATABASE_URL": self.database}
        self.server.start()


@contextmanager
def lost_and_restored(drill: Drill) -> Iterator[None]:
    """Put the backup in the place of the database."""
    with ExitStack() as stack:
        if drill.deployment.cluster is None:
            data = drill.directory / "data"
            for file in data.glob("delegation.db*"):
                file.unlink()
            (drill.directory / "backup.db").rename(data / "delegation.db")
        else:
            url = stack.enter_context(postgresql.database(drill.deployment.cluster.url()))
            drill.database = url.render_as_string(hide_password=False)
            path = programs(drill.directory, drill.deployment.cluster)
            typed(RESTORE, drill.directory, path, drill.database)
        yield


@contextmanager
def busy(server: Server) -> Iterator[None]:
    """Let users be made all the while."""
    over = Event()

    def make() -> None:
        number = 0
        while not over.is_set():
            server.must("POST", "/users", {"id": f"busy{number}"})
            number += 1

    thread = Thread(target=make)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def drill(cluster: Cluster | None, tmp_path: Path) -> Iterator[Drill]:
    """A deployment that was backed up under load, in which much ended afterwards; it is stopped."""
    with deployed(tmp_path, cluster, 1) as deployment:
        (server,) = deployment.servers
        world = founded(server, 4)
        grants = [world.grant(server.http, f"u{number}").json()["id"] for number in range(4)]
        drill = Drill(deployment, tmp_path, world, grants, [], deployment.database)
        drill.tokens = [drill.exchange(number).json()["access_token"] for number in range(4)]
        with busy(server):
            drill.back_up()
        drill.end_things()
        assert [drill.active(token) for token in drill.tokens] == [False] * 4
        server.stop()
        yield drill


def test_with_a_complete_export_nothing_is_lost_and_nothing_revoked_is_alive(drill: Drill) -> None:
    """What ended after the backup has ended, every older token is refused, and all else works as before."""
    export = drill.directory / "shipped"
    assert drill.type("audit", "export", str(export)).code == 0
    names = rows(drill.database, NAMES)
    with lost_and_restored(drill):
        said = drill.type("restored", "--export", str(export), "--complete")
        assert said.code == 0, said.err
        assert "suspended" not in said.out
        assert rows(drill.database, NAMES) == names
        drill.serve()
        assert [drill.active(token) for token in drill.tokens] == [False] * 4
        assert [drill.exchange(number).status_code for number in range(4)] == [400, 200, 400, 400]
        assert drill.active(drill.exchange(1).json()["access_token"])
        assert drill.server.manage("POST", "/users", {"id": "late"}).status_code == 409
        drill.server.stop()
        verified = drill.type("audit", "verify", "--held", str(export))
        assert (verified.code, verified.err) == (0, "")
        Judge(drill.database).assert_sound()


def test_without_an_export_nothing_acts_until_it_is_resumed(drill: Drill) -> None:
    """Where nobody knows what ended, no agent gets a token, until an administrator has looked and resumes it."""
    with lost_and_restored(drill):
        refused = drill.type("run", "--port", "1")
        assert refused.code == 1
        assert "delegation restored" in refused.err
        said = drill.type("restored")
        assert said.code == 0, said.err
        assert "suspended until they are resumed: 1 admissions of agents" in said.out
        drill.serve()
        assert [drill.active(token) for token in drill.tokens] == [False] * 4
        assert [drill.exchange(number).status_code for number in range(4)] == [400] * 4
        drill.server.must("DELETE", f"/organizations/acme/delegations/{drill.delegations[0]}")
        drill.server.must("POST", "/organizations/acme/agents/planner/resume")
        assert [drill.exchange(number).status_code for number in range(2)] == [400, 200]
        drill.server.stop()
        assert drill.type("audit", "verify").code == 0


def test_exports_that_continue_each_other_are_replayed_in_order(drill: Drill) -> None:
    """What was shipped in parts brings back what one export would; a part that is missing is noticed."""
    first, second = drill.directory / "first", drill.directory / "second"
    assert drill.type("audit", "export", str(first)).code == 0
    last = max(int(str(line["sequence"])) for line in told(first, "head") if line["chain"] == "seals")
    assert drill.type("do", "create-group", "organization=acme", "id=afterwards").code == 0
    assert drill.type("audit", "seal").code == 0
    assert drill.type("audit", "export", "--after", str(last), str(second)).code == 0
    assert second.stat().st_size < first.stat().st_size / 2
    with lost_and_restored(drill):
        gap = drill.type("restored", "--export", str(second), "--complete")
        assert gap.code == 1
        assert "is missing" in gap.err
        said = drill.type("restored", "--export", str(first), "--export", str(second), "--complete")
        assert said.code == 0, said.err
        assert drill.type("do", "create-group", "organization=acme", "id=afterwards").answer["left_as_it_is"]


def test_what_was_interrupted_is_not_served(drill: Drill) -> None:
    """A database whose restoration was broken off, at whatever place, is served only after it was repeated."""
    export, broken = drill.directory / "shipped", drill.directory / "broken"
    assert drill.type("audit", "export", str(export)).code == 0
    broken.write_text(export.read_text()[:-20])
    with lost_and_restored(drill):
        # The first export brings back all that this host has seen, so that nothing else tells of the interruption.
        assert drill.type("restored", "--export", str(export), "--export", str(broken)).code == 1
        refused = drill.type("run", "--port", "1")
        assert (refused.code, refused.out) == (1, "")
        assert "`delegation restored` has ended" in refused.err or "is a backup" in refused.err
        assert "delegation restored" in drill.type("doctor").out
        assert drill.type("restored", "--export", str(export), "--complete").code == 0
        drill.serve()
        assert [drill.active(token) for token in drill.tokens] == [False] * 4
        assert [drill.exchange(number).status_code for number in range(4)] == [400, 200, 400, 400]


def test_a_restoration_that_is_refused_leaves_the_database_as_it_was(desk: Desk) -> None:
    """Where nothing was brought back, since what was given is no export or another's, it is served as before."""
    kept = desk.export("kept")
    nothing, another = desk.elsewhere / "nothing", desk.elsewhere / "another"
    nothing.write_text("no export\n")
    another.write_text(re.sub(r'("hash": ?")\w', r"\1f", kept.read_text()))
    before = rows(desk.database, "SELECT count(*) FROM log"), rows(desk.database, NAMES)
    for export in (nothing, another):
        assert desk.type("restored", "--export", str(export)).code == 1
        assert (rows(desk.database, "SELECT count(*) FROM log"), rows(desk.database, NAMES)) == before
    desk.group("g9")


def test_what_is_known_to_be_incomplete_cannot_be_called_complete(drill: Drill) -> None:
    """A host that has seen a later seal than what was brought back does not believe that this is all."""
    with lost_and_restored(drill):
        said = drill.type("restored", "--complete")
        assert said.code == 1
        assert "this host has seen seal" in said.err
