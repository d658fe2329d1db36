"""A primary that is lost and a standby that takes its place: what was acknowledged, who may be written, who is read."""

import random
from pathlib import Path
from threading import Thread

import pytest

from tests.durability.campaign import ready
from tests.durability.failover import (
    BACK,
    ENOUGH,
    fail_over,
    failed_over,
    is_created,
    judge_of,
    served,
    until,
    wait_until_followed,
)
from tests.durability.flaws import ASKS_ANYBODY, FORGETS_TIMELINES, IGNORES_WARNINGS
from tests.durability.judging import Violation
from tests.durability.load import Ledger, loaded
from tests.durability.pair import Pair, pair, said
from tests.durability.server import Server
from tests.durability.world import SERVICE, World

pytestmark = [pytest.mark.slow, *(pytest.mark.threat(id) for id in ("51", "52", "I3", "I12", "I13"))]

HEADS = "SELECT chain, sequence FROM heads ORDER BY chain"
_WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def issued(server: Server, world: World) -> tuple[str, str]:
    """Return where a new delegation of u0 is ended, and a token of it."""
    id = str(world.grant(server.http, "u0").json()["id"])
    token = str(world.exchange(server.http, "u0", id).json()["access_token"])
    return f"/delegations/{id}?organization=acme", token


def revoke(server: Server, world: World, path: str) -> None:
    """End a delegation."""
    assert world.hand(server.http, "u0", "DELETE", path).status_code == 200


def is_active(server: Server, token: str) -> bool:
    """Return whether a token is good; no answer is none that says so."""
    answer = server.http.post("/introspect", data={"token": token}, auth=SERVICE)
    assert answer.status_code in {200, 503}
    return answer.status_code == 200 and bool(answer.json()["active"])


def test_nothing_acknowledged_is_lost_when_a_standby_takes_over(tmp_path: Path) -> None:
    """With a synchronous standby all that was acknowledged is there after a failover under load; all servers follow."""
    assert failed_over(tmp_path, seed=51).tokens


@pytest.mark.parametrize("flaw", [None, FORGETS_TIMELINES])
def test_an_old_primary_that_comes_back_is_not_written(tmp_path: Path, flaw: str | None) -> None:
    """Processes that have seen the new primary neither write to the old one nor answer from it: they answer 503."""
    # Control: without a memory of promotions they write to it, and what was revoked lives again.
    with pair(synchronous=True) as both, served(tmp_path, both, flaw, 1) as [server]:
        world = ready(server)
        path, token = issued(server, world)
        fail_over(both)
        wait_until_followed([server])
        revoke(server, world, path)
        both.primary.start()
        said(both.primary, "ALTER SYSTEM RESET synchronous_standby_names")
        said(both.primary, "SELECT pg_reload_conf()")
        before = said(both.primary, HEADS)
        said(
            both.standby, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'delegation'"
        )
        # Links that broke are tried again for a second or so; then it is known where the new ones lead.
        assert is_active(server, token) is (flaw is not None)
        assert is_created(server, "astray") is (flaw is not None)
        assert (said(both.primary, HEADS) == before) is (flaw is None)
        both.primary.stop(roughly=True)
        until(lambda: is_created(server, "again"), "the server does not go on with the new primary", BACK)
        assert not is_active(server, token)


def test_a_failover_that_loses_changes_is_noticed(tmp_path: Path) -> None:
    """With a standby that lags, what it never had is lost, and no process answers from what it remembers of it."""
    ledger = Ledger()
    with pair(synchronous=False) as both, served(tmp_path, both) as servers:
        world = ready(servers[0])
        path, token = issued(servers[0], world)
        both.wait_until_followed()
        judge_of(both, standby=False).count_from_now()
        said(both.standby, "ALTER SYSTEM SET primary_conninfo = ''")
        said(both.standby, "SELECT pg_reload_conf()")
        until(lambda: said(both.primary, "SELECT count(*) FROM pg_stat_replication") == [(0,)], "it still follows")
        revoke(servers[0], world, path)
        assert [is_active(server, token) for server in servers] == [False, False]
        with loaded(world, ledger, random.Random(51), *(server.url for server in servers)):
            until(lambda: len(ledger.acknowledged) >= ENOUGH, "nothing is acknowledged")
        fail_over(both)
        wait_until_followed(servers)
        assert [is_active(server, token) for server in servers] == [True, True], "it is answered from what was lost"
        judge = judge_of(both, standby=True)
        judge.assert_sound()
        with pytest.raises(Violation):
            judge.assert_kept(ledger)


@pytest.mark.parametrize(("flaw", "answered"), [(None, 503), (IGNORES_WARNINGS, 201)])
def test_a_commit_whose_standby_was_not_waited_for_is_not_acknowledged(
    tmp_path: Path, flaw: str | None, answered: int
) -> None:
    """When an operator ends the wait for a standby, the change is not told to be done: the standby may not have it."""
    # Control: whoever does not hear the server's warning tells it.
    with pair(synchronous=True) as both, served(tmp_path, both, flaw, 1) as [server]:
        ready(server)
        both.standby.stop(roughly=True)
        answers: list[int] = []
        asking = Thread(target=lambda: answers.append(server.manage("POST", "/users", {"id": "hasty"}).status_code))
        asking.start()
        while asking.is_alive():
            for (pid,) in said(both.primary, _WAITING):
                said(both.primary, f"SELECT pg_cancel_backend({pid})")
            asking.join(0.1)
        assert answers == [answered]
        both.standby.start()
        assert server.manage("POST", "/users", {"id": "hasty"}).status_code == 409, "it was committed all the same"


@pytest.mark.parametrize("flaw", [None, ASKS_ANYBODY])
def test_a_standby_that_lags_is_not_read(tmp_path: Path, flaw: str | None) -> None:
    """With a standby first in the URL that has stopped replaying, what was revoked is revoked at every process."""
    # Control: a process that takes any server answers that it is in force.
    with pair(synchronous=False) as both, served(tmp_path, Pair(both.standby, both.primary)) as [honest, other]:
        world = ready(honest)
        path, token = issued(honest, world)
        both.wait_until_followed()
        said(both.standby, "SELECT pg_wal_replay_pause()")
        revoke(honest, world, path)
        other.kill()
        other.flaw = flaw
        other.start()
        assert not is_active(honest, token)
        assert is_active(other, token) is (flaw is not None)
        assert said(both.standby, "SELECT status FROM delegations") == [("active",)]
