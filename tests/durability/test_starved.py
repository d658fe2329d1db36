"""A database that cannot be written, or not be read: 503, and nothing acknowledged that is not there."""

import resource
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import httpx2
import pytest

from tests.databases import rows
from tests.durability.judging import Judge
from tests.durability.server import Server, on
from tests.durability.world import SERVICE, World, claims_of, founded

BUSY = 5.0
"""Seconds that the service waits for a database that is held."""


class Scene:
    """A server with an organization, a delegation and a token, and everything that can be asked of it."""

    def __init__(self, server: Server) -> None:
        """Found the organization, and let u0 grant a delegation of which the planner has a token."""
        self.server = server
        self.world: World = founded(server, 1)
        self.database = server.directory / "delegation.db"
        self.judge = Judge(server.database)
        self.delegation = self.world.grant(server.http, "u0").json()["id"]
        self.token = self.world.exchange(server.http, "u0", self.delegation).json()["access_token"]

    @property
    def writings(self) -> dict[str, Callable[[httpx2.Client], httpx2.Response]]:
        """Requests of every kind that have to write before they may be answered."""
        w, id = self.world, self.delegation
        return {
            "exchange": lambda http: w.exchange(http, "u0", id),
            "refusal of an exchange": lambda http: w.exchange(http, "u0", "dlg_none"),
            "grant": lambda http: w.grant(http, "u0"),
            "revocation": lambda http: w.hand(http, "u0", "DELETE", f"/delegations/{id}?organization=acme"),
            "assignment": lambda http: w.assignment(http, "DELETE", "u0"),
            "user": lambda http: w.manage(http, "POST", "/users", {"id": "late"}),
            "agent": lambda http: w.manage(http, "POST", "/agents", {"id": "late-agent", "secret": True}),
            "first group": lambda http: w.manage(http, "POST", "/organizations/acme/groups", {"id": "late1"}),
            "second group": lambda http: w.manage(http, "POST", "/organizations/acme/groups", {"id": "late2"}),
        }

    def written(self) -> dict[str, httpx2.Response]:
        """Ask for everything that writes, all at once; return the answers."""
        with httpx2.Client(base_url=self.server.issuer, timeout=60) as http, ThreadPoolExecutor(16) as pool:
            asked = {name: pool.submit(ask, http) for name, ask in self.writings.items()}
            return {name: each.result() for name, each in asked.items()}

    def active(self, token: str | None = None) -> bool:
        """Return whether a token (the scene's own when not told) is good."""
        answer = self.server.http.post("/introspect", data={"token": token or self.token}, auth=SERVICE)
        return bool(answer.json()["active"])

    def state(self) -> list[tuple[str, int]]:
        """Return how far every chain has come, as the database has it."""
        return rows(f"sqlite:///{self.database}", "SELECT chain, sequence FROM heads ORDER BY chain")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A server for all tests of the module; each leaves the database as it was."""
    with on(tmp_path_factory.mktemp("house") / "data") as server:
        yield Scene(server)


def assert_unavailable(name: str, answer: httpx2.Response) -> None:
    """Fail unless a request was answered with 503 and a hint when to come again, and with nothing else."""
    assert answer.status_code == 503, f"{name}: {answer.text}"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) == {"type", "title", "status", "code", "detail"}, name
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


def assert_nothing_was_done(scene: Scene, before: list[tuple[str, int]]) -> None:
    """Fail unless the database stands where it stood, is sound, and everything that was good still is."""
    assert scene.state() == before
    assert scene.active()
    exchanged = scene.world.exchange(scene.server.http, "u0", scene.delegation)
    assert exchanged.status_code == 200
    scene.judge.assert_sound()
    assert claims_of(exchanged.json()["access_token"])["jti"] in scene.judge.issued


@contextmanager
def held(database: Path) -> Iterator[None]:
    """Hold the database as another process does that does not let go."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


@pytest.mark.threat("49")
@pytest.mark.slow
def test_a_database_held_by_another_makes_writing_unavailable(scene: Scene) -> None:
    """While another holds the database longer than is waited, what writes gets 503, what reads is answered as ever."""
    before = scene.state()
    with held(scene.database):
        began = monotonic()
        for name, answer in scene.written().items():
            assert_unavailable(name, answer)
        assert monotonic() - began < 4 * BUSY, "those who wait for each other wait for the database one by one"
        assert scene.active()
        assert scene.server.http.get("/readyz").status_code == 200
    assert_nothing_was_done(scene, before)


def test_a_database_held_for_a_moment_is_waited_for(scene: Scene) -> None:
    """A request that finds the database held waits a while rather than fail."""
    with ThreadPoolExecutor(1) as pool, httpx2.Client(base_url=scene.server.issuer, timeout=60) as http:
        with held(scene.database):
            asked = pool.submit(scene.world.exchange, http, "u0", scene.delegation)
            assert scene.active()
        assert asked.result().status_code == 200


@contextmanager
def little_room(scene: Scene) -> Iterator[None]:
    """Let the server's files grow no further, as a disk that is full does."""
    assert scene.server.process is not None
    pid = scene.server.process.pid or 0
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    log = scene.database.with_name("delegation.db-wal")
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (log.stat().st_size, most))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


@pytest.mark.threat("49")
@pytest.mark.threat("I13")
def test_a_full_disk_makes_writing_unavailable(scene: Scene) -> None:
    """While nothing more can be written, what writes gets 503 and leaves no trace; once there is room all is well."""
    before = scene.state()
    with little_room(scene):
        for name, answer in scene.written().items():
            assert_unavailable(name, answer)
        assert scene.active()
    assert_nothing_was_done(scene, before)


@pytest.mark.threat("49")
def test_a_disk_that_fills_up_while_it_is_written_leaves_nothing_half_done(scene: Scene) -> None:
    """Wherever between two bytes the room ends, a request is answered and there, or 503 and not there."""
    assert scene.server.process is not None
    pid = scene.server.process.pid or 0
    log = scene.database.with_name("delegation.db-wal")
    _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    for room in range(0, 24_000, 2_011):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (log.stat().st_size + room, most))
        answers = [scene.world.exchange(scene.server.http, "u0", scene.delegation) for _ in range(3)]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
        assert {answer.status_code for answer in answers} <= {200, 503}
        tokens = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
        scene.judge.assert_sound()
        assert {claims_of(token)["jti"] for token in tokens} <= set(scene.judge.issued)
        assert scene.world.exchange(scene.server.http, "u0", scene.delegation).status_code == 200


@contextmanager
def away(database: Path) -> Iterator[None]:
    """Take what the database file holds away, and bring it back: the log of changes is emptied into it before."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
    kept = database.read_bytes()
    with database.open("r+b") as file:
        file.write(b"\0" * len(kept))
    yield
    with database.open("r+b") as file:
        file.write(kept)


@pytest.mark.threat("I3")
def test_a_database_that_cannot_be_read_answers_nothing(scene: Scene) -> None:
    """While the database is away the service says that it is not ready, and answers no question from memory."""
    with away(scene.database):
        assert scene.server.http.get("/readyz").status_code == 503
        assert scene.server.http.get("/healthz").status_code == 200
        introspected = scene.server.http.post("/introspect", data={"token": scene.token}, auth=SERVICE)
        assert_unavailable("introspection", introspected)
        assert_unavailable("exchange", scene.world.exchange(scene.server.http, "u0", scene.delegation))
        assert_unavailable("reading", scene.world.manage(scene.server.http, "GET", "/organizations/acme"))
    assert scene.server.http.get("/readyz").status_code == 200
    assert scene.active()


@pytest.mark.threat("49")
def test_a_revocation_that_was_not_acknowledged_can_be_asked_again(scene: Scene) -> None:
    """After a 503 the same request succeeds once the database is there, and bites at once."""
    world, http = scene.world, scene.server.http
    id = world.grant(http, "u0").json()["id"]
    token = world.exchange(http, "u0", id).json()["access_token"]
    path = f"/delegations/{id}?organization=acme"
    with little_room(scene):
        assert_unavailable("revocation", world.hand(http, "u0", "DELETE", path))
    assert scene.active(token)
    assert world.hand(http, "u0", "DELETE", path).json()["status"] == "revoked"
    assert not scene.active(token)
