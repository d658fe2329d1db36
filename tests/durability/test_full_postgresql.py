"""PostgreSQL on a disk without room: errors and no harm, and all goes on once there is room again."""

import random
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.durability.campaign import ready
from tests.durability.deployment import deployed
from tests.durability.judging import Judge
from tests.durability.load import Ledger, loaded
from tests.durability.small_disk import Unmountable, small_disk
from tests.postgresql import running

ROOM = 400
"""Mebibytes that a new PostgreSQL and its log fit in."""
BACK = 5.0


@pytest.mark.slow
@pytest.mark.threat("49")
@pytest.mark.threat("54")
def test_postgresql_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While PostgreSQL has no room changes get 503 or are done; nothing is lost or half done; no process restarts."""
    ledger = Ledger()
    try:
        with ExitStack() as stack:
            disk = stack.enter_context(small_disk(ROOM))
            with monkeypatch.context() as there:
                there.setattr(tempfile, "tempdir", str(disk.root))
                cluster = stack.enter_context(running(durable=True))
            with deployed(tmp_path, cluster, 1) as deployment:
                [server] = deployment.servers
                world, judge = ready(server), Judge(deployment.database)
                judge.count_from_now()
                with loaded(world, ledger, random.Random(49), server.url):
                    sleep(1)
                    disk.fill()
                    sleep(3)
                    disk.empty()
                    if cluster.has_ended:  # It ends where it cannot write its own log.
                        cluster.stop()
                        cluster.start()
                    before, end = len(ledger.acknowledged), monotonic() + BACK
                    while len(ledger.acknowledged) == before:
                        assert monotonic() < end, "nothing goes on though there is room"
                        sleep(0.02)
                judge.assert_kept(ledger)
                assert len(ledger.acknowledged) < len(ledger.asked), "the full disk was felt by nobody"
    except Unmountable as error:
        pytest.skip(str(error))
