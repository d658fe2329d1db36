"""A disk without room: issue and grants stop first, revocation last, and all goes on once there is room again."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

from tests.durability.campaign import ready
from tests.durability.judging import Judge
from tests.durability.load import Ledger, loaded
from tests.durability.server import PATIENCE, Server
from tests.durability.small_disk import SmallDisk, Unmountable, small_disk
from tests.durability.world import SERVICE, World
from tests.ports import free_port

pytestmark = [pytest.mark.slow, *(pytest.mark.threat(id) for id in ("49", "54", "I12", "I13"))]

RESERVE = 2 << 20
MANY = RESERVE // (64 << 10) - 4
"""Revocations that find room in a reserve of that size although others take whatever is given back and not used."""
BACK = 5.0
"""Seconds in which everything is written again after there is room."""


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    """A disk of a few megabytes."""
    try:
        with small_disk(24) as made:
            yield made
    except Unmountable as error:
        pytest.skip(str(error))


@contextmanager
def on(disk: SmallDisk, reserve: int) -> Iterator[Server]:
    """Run a server whose data lie on a disk, and its log too, until the block ends."""
    server = Server(disk.root / "data", free_port(), disk.root / "output", quiet=False)
    server.environment = {"DELEGATION_RESERVED_SPACE": str(reserve), "DELEGATION_CALLER_LIMIT": "0"}
    try:
        server.start()
        yield server
    finally:
        if server.process is not None:
            server.kill()
        server.http.close()


def granted(server: Server, world: World) -> tuple[str, str]:
    """Return a new delegation and a token of it."""
    id = str(world.grant(server.http, "u0").json()["id"])
    return id, str(world.exchange(server.http, "u0", id).json()["access_token"])


def is_active(server: Server, token: str) -> bool:
    """Return whether a token is good, which is answered whatever the disk does."""
    answer = server.http.post("/introspect", data={"token": token}, auth=SERVICE)
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["active"])


def revoke(server: Server, world: World, id: str) -> int:
    """Ask for the end of a delegation; return the status of the answer."""
    return world.hand(server.http, "u0", "DELETE", f"/delegations/{id}?organization=acme").status_code


def fill_until_nothing_is_issued(disk: SmallDisk, server: Server, world: World, id: str) -> None:
    """Fill the disk and use up what room the database itself still has, until a token is refused."""
    end = monotonic() + PATIENCE
    disk.fill()
    while world.exchange(server.http, "u0", id).status_code == 200:
        assert monotonic() < end, "tokens are issued on a full disk for ever"
        disk.fill()


def wait_until_issued(server: Server, world: World, id: str) -> float:
    """Return the seconds after which a token was issued again."""
    began = monotonic()
    while (answer := world.exchange(server.http, "u0", id)).status_code != 200:
        assert answer.status_code == 503
        assert monotonic() - began < BACK, "nothing is issued though there is room"
        sleep(0.05)
    return monotonic() - began


def test_revocation_stops_last(disk: SmallDisk) -> None:
    """On a full disk nothing is issued or granted, what reads is answered, and rights are taken away all the same."""
    with on(disk, RESERVE) as server:
        world, judge = ready(server), Judge(server.database)
        held = [granted(server, world) for _ in range(MANY + 1)]
        kept, token = held.pop()
        fill_until_nothing_is_issued(disk, server, world, kept)
        for id, of in held:
            assert revoke(server, world, id) == 200
            assert not is_active(server, of)
            disk.fill()  # Others on the disk take what they can get.
        assert world.exchange(server.http, "u0", kept).status_code == 503
        assert world.grant(server.http, "u0").status_code == 503
        assert world.manage(server.http, "POST", "/users", {"id": "late"}).status_code == 503
        assert world.assignment(server.http, "DELETE", "u1").status_code == 200
        assert is_active(server, token)
        assert server.http.get("/readyz").status_code == 200
        judge.assert_sound()
        disk.empty()
        wait_until_issued(server, world, kept)
        assert (server.directory / "delegation.db-reserve").stat().st_size == RESERVE
        judge.assert_sound()


def test_without_a_reserve_revocation_stops_too(disk: SmallDisk) -> None:
    """Control: where nothing is kept for it, a full disk keeps people from taking rights away."""
    with on(disk, 0) as server:
        world = ready(server)
        held = [granted(server, world) for _ in range(5)]
        fill_until_nothing_is_issued(disk, server, world, held[0][0])
        assert 503 in {revoke(server, world, id) for id, _ in held}


def test_a_used_up_reserve_ends_revocation_without_harm(disk: SmallDisk) -> None:
    """When the last byte is used a revocation gets 503, nothing is half done, and it succeeds once there is room."""
    with on(disk, 64 << 10) as server:
        world, judge = ready(server), Judge(server.database)
        held = [granted(server, world)[0] for _ in range(20)]
        fill_until_nothing_is_issued(disk, server, world, held[0])
        answers = []
        for id in held:
            answers.append(revoke(server, world, id))
            disk.fill()
        assert answers[0] == 200
        assert answers[-1] == 503
        judge.assert_sound()
        disk.empty()
        end = monotonic() + BACK
        while revoke(server, world, held[-1]) != 200:
            assert monotonic() < end
        judge.assert_sound()


def test_a_server_starts_on_a_full_disk_and_revokes(disk: SmallDisk) -> None:
    """A process that is started while the disk is full answers, takes rights away, and issues nothing."""
    with on(disk, RESERVE) as server:
        world = ready(server)
        id, token = granted(server, world)
        fill_until_nothing_is_issued(disk, server, world, id)
        server.kill()
        server.start()
        assert is_active(server, token)
        assert world.exchange(server.http, "u0", id).status_code == 503
        assert revoke(server, world, id) == 200
        assert not is_active(server, token)


def test_a_disk_that_fills_up_under_load(disk: SmallDisk) -> None:
    """A disk that fills up and is emptied while many write leaves everything acknowledged there, and nothing half."""
    ledger = Ledger()
    with on(disk, RESERVE) as server:
        world, judge = ready(server), Judge(server.database)
        judge.count_from_now()
        with loaded(world, ledger, random.Random(49), server.url):
            for but in (0, 4_096, 40_960, 0):
                sleep(0.7)
                disk.fill(but=but)
                sleep(0.7)
                disk.empty()
            before = len(ledger.acknowledged)
            sleep(3)
            assert len(ledger.acknowledged) > before, "nothing goes on though there is room"
        judge.assert_kept(ledger)
    assert len(ledger.acknowledged) < len(ledger.asked), "the full disk was felt by nobody"
