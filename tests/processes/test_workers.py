"""Workers behind one socket: who answers makes no difference."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.databases import Make, rows
from tests.durability.world import SERVICE, World, founded
from tests.processes.host import Host, hosted, until

WORKERS = 3


@pytest.fixture(scope="module")
def url(databases: Make) -> Iterator[str]:
    """The URL of an empty database."""
    with databases(None) as url:
        yield url


@pytest.fixture(scope="module")
def host(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with several workers, all of which serve."""
    directory = tmp_path_factory.mktemp("host") / "data"
    with hosted(directory, workers=WORKERS, variables={"DELEGATION_DATABASE_URL": url}) as host:
        host.until_served_by(WORKERS)
        yield host


@pytest.fixture(scope="module")
def world(host: Host) -> World:
    """The organization acme, with one user."""
    return founded(host, 1)


@pytest.fixture
def lines(host: Host) -> Iterator[dict[int, httpx2.Client]]:
    """A connection to each worker."""
    with ExitStack() as stack:
        found: dict[int, httpx2.Client] = {}

        def all_found() -> bool:
            http = stack.enter_context(httpx2.Client(base_url=host.url, timeout=30.0))
            found.setdefault(host.asked(http), http)
            return len(found) == WORKERS

        until(all_found)
        yield found


@pytest.mark.threat("I4")
@pytest.mark.threat("I7")
def test_what_one_worker_acknowledged_holds_at_all(lines: dict[int, httpx2.Client], world: World) -> None:
    """A delegation granted at one worker gives tokens at the next, and ended at a third it is worth nothing at any."""
    for granting, issuing, ending in itertools.permutations(lines.values()):
        granted = world.grant(granting, "u0").json()["id"]
        token = world.exchange(issuing, "u0", granted).json()["access_token"]
        told = [http.post("/introspect", data={"token": token}, auth=SERVICE).json() for http in lines.values()]
        assert [one["active"] for one in told] == [True] * WORKERS
        assert world.hand(ending, "u0", "DELETE", f"/delegations/{granted}?organization=acme").is_success
        told = [http.post("/introspect", data={"token": token}, auth=SERVICE).json() for http in lines.values()]
        assert told == [{"active": False}] * WORKERS


def test_all_workers_are_ready_at_the_same_revision(lines: dict[int, httpx2.Client], world: World) -> None:
    """Each worker says of itself that it is ready, and at the revision that another's change has just led to."""
    for turn, http in enumerate(lines.values()):
        made = world.manage(http, "POST", "/agents", {"id": f"agent-{turn}", "secret": True})
        told = [each.get("/readyz").json() for each in lines.values()]
        assert told == [{"status": "ready", "revision": made.json()["revision"], "degraded": []}] * WORKERS


@pytest.mark.usefixtures("lines")
def test_each_worker_has_a_chain_of_its_own(host: Host, url: str, world: World) -> None:
    """What workers issue is recorded in as many chains, so that none waits for another."""
    granted = world.grant(host.http, "u0").json()["id"]

    def chains() -> int:
        with httpx2.Client(base_url=host.url) as http:
            assert world.exchange(http, "u0", granted).status_code == 200
        return len(rows(url, "SELECT chain FROM heads WHERE chain LIKE 'process:%'"))

    until(lambda: chains() >= WORKERS)
    assert chains() == WORKERS


@pytest.mark.slow
def test_options_reach_the_workers(tmp_path: Path) -> None:
    """What was typed for the program holds in every worker: its issuer, its silence, its provider for development."""
    words = ("--issuer", "https://as.example", "--quiet", "--development-identity-provider")
    with hosted(tmp_path / "data", *words, workers=2) as host:
        for _ in range(10):
            with httpx2.Client(base_url=host.url) as http:
                assert http.get("/.well-known/oauth-authorization-server").json()["issuer"] == "https://as.example"
                user = {"user": "anne", "audience": "https://as.example"}
                assert http.post("/development/token", json=user).status_code == 200
        assert '"event": "request"' not in host.said()
        assert "DEVELOPMENT IDENTITY PROVIDER IS ON" in host.said()
