"""The parent of several workers is killed under load: its workers end, nothing is lost, and it can be started again."""

import random
import socket
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.durability.campaign import assert_tokens_follow, ready
from tests.durability.judging import Judge
from tests.durability.load import Ledger, loaded
from tests.durability.server import PATIENCE, on

ENOUGH = 30
"""Acknowledged changes that are a load."""
KILLS = 3


def wait_until_left(port: int) -> None:
    """Return once nobody listens on a port."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=10).close()
        except OSError:
            return
        sleep(0.02)
    raise AssertionError("workers go on without their parent")


@pytest.mark.slow
@pytest.mark.threat("48")
def test_a_parent_killed_under_load_takes_its_workers_along(tmp_path: Path) -> None:
    """After kill -9 of the parent its workers end by themselves, and all they acknowledged is there, once and whole."""
    ledger = Ledger()
    with on(tmp_path / "data", "--workers", "2", program=True) as server:
        world, judge = ready(server), Judge(server.database)
        judge.count_from_now()
        for life in range(KILLS):
            with loaded(world, ledger, random.Random(life), server.url):
                end = monotonic() + PATIENCE
                while len(ledger.acknowledged) < (life + 1) * ENOUGH:
                    assert monotonic() < end, "nothing is acknowledged"
                    sleep(0.01)
                server.kill()
                wait_until_left(server.port)
                server.start()
                assert_tokens_follow(server, ledger)
            judge.assert_kept(ledger)
