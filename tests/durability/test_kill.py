"""A server killed with SIGKILL under a mixed load, again and again, on one database."""

import random
import subprocess
import sys
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from tests.durability.judging import assert_sound, issued, members, users
from tests.durability.load import WORKERS, Ledger, loaded
from tests.durability.server import ROOT, Server, on
from tests.durability.world import SERVICE, World, founded

KILLS = 30

pytestmark = [pytest.mark.threat("48"), pytest.mark.threat("I12"), pytest.mark.threat("I13")]


def ready(server: Server) -> World:
    """Found the organization, with two users for each worker: one who delegates, one who comes and goes."""
    world = founded(server, WORKERS)
    for user in (f"u{number}-member" for number in range(WORKERS)):
        server.must("POST", "/users", {"id": user})
        server.must("PUT", f"/organizations/acme/memberships/{user}")
        assert world.assignment(server.http, "PUT", user).is_success
    return world


def all_delegations(server: Server) -> list[dict[str, str]]:
    """Return every delegation of the organization, page by page."""
    listed: list[dict[str, str]] = []
    page: dict[str, Any] = {"next": ""}
    while "next" in page:
        page = server.manage("GET", f"/organizations/acme/delegations?after={page['next']}").json()
        listed += page["delegations"]
    return listed


def assert_kept(server: Server, ledger: Ledger) -> None:
    """Fail unless everything acknowledged is there; take what was found for what is."""
    database = server.directory / "delegation.db"
    listed = all_delegations(server)
    inside, known = members(database), users(database)
    shown = (
        (ledger.delegations, {one["id"]: one["status"] for one in listed}),
        (ledger.members, {user: "in" if user in inside else "out" for user in ledger.members}),
        (ledger.users, {user: "there" if user in known else "absent" for user in ledger.users}),
    )
    for accounts, state in shown:
        assert [name for name, account in accounts.items() if not account.allows(state[name])] == []
        for name, account in accounts.items():
            account.settle(state[name])
    assert ledger.wrong == []
    assert ledger.jtis <= issued(database)
    assert_sound(database)


def assert_tokens_follow(server: Server, ledger: Ledger) -> None:
    """Fail unless every token is worth what its delegation says, for those received last."""
    for token, delegation in list(ledger.tokens.items())[-8:]:
        answer = server.http.post("/introspect", data={"token": token}, auth=SERVICE).json()
        assert answer["active"] is (ledger.delegations[delegation].surely == "active")


def killed_again_and_again(server: Server, kills: int, seed: int) -> Ledger:
    """Kill a server under load so many times at random moments; judge it after each restart."""
    world, ledger, chance = ready(server), Ledger(), random.Random(seed)
    for _ in range(kills):
        with loaded(world, ledger, chance):
            sleep(chance.uniform(0.02, 0.25))
            server.kill()
        server.start()
        assert_kept(server, ledger)
        assert_tokens_follow(server, ledger)
    return ledger


def verified(directory: Path) -> str:
    """Return what the program itself says of the log."""
    program = ["env", f"DELEGATION_DATA_DIRECTORY={directory}", sys.executable, "-m", "delegation", "audit", "verify"]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(tmp_path: Path) -> None:
    """However often and whenever the server is killed, what it acknowledged is there and nothing is half there."""
    with on(tmp_path / "data") as server:
        ledger = killed_again_and_again(server, KILLS, seed=48)
    assert len(ledger.delegations) > KILLS
    assert len(ledger.tokens) > KILLS
    assert verified(tmp_path / "data").endswith(" entries, 0 faults\n")


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_when_the_program_is_killed(tmp_path: Path) -> None:
    """The same holds for the program as it is started from a shell, each time anew."""
    with on(tmp_path / "data", program=True) as server:
        ledger = killed_again_and_again(server, KILLS, seed=49)
    assert len(ledger.delegations) > KILLS
    assert verified(tmp_path / "data").endswith(" entries, 0 faults\n")
