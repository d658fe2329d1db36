"""Processes killed at any moment: what was acknowledged is there, and nothing is half there."""

import os
import random
import signal
from collections.abc import Iterator
from functools import partial
from multiprocessing.connection import Connection
from threading import current_thread
from time import monotonic

import pytest
from sqlalchemy import Connection as SqlConnection
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from delegation.store import verify_all
from delegation.store.connections import Access, connect, engine_of, parsed
from tests.children import children, context, ended
from tests.store.processes import commit_for_ever
from tests.store.samples import opened

KILLS = 40
STATEMENTS = 12
"""More than one commit needs; so the last points are reached in the second."""

TRACES = {
    "claim": "SELECT key FROM claims",
    "group": "SELECT id FROM groups",
    "member": 'SELECT "group" FROM group_members',
}


def killed(url: str, life: int, seconds: float) -> set[str]:
    """Let a process commit for some time after its first acknowledgement, kill it, return what it acknowledged."""
    ours, theirs = context().Pipe(duplex=False)
    with children(partial(commit_for_ever, url, life, theirs)) as [process]:
        theirs.close()
        assert ours.poll(60)
        end = monotonic() + seconds
        acknowledged = set(received(ours, until=end))
        process.kill()
        assert ended([process]) == [-signal.SIGKILL]
    return acknowledged | set(received(ours, until=None))


def received(pipe: Connection, until: float | None) -> Iterator[str]:
    """Yield what comes through a pipe until a time, or until its other end is gone."""
    while until is None or monotonic() < until:
        try:
            if pipe.poll(None if until is None else max(0.0, until - monotonic())):
                yield pipe.recv()
        except (EOFError, OSError):
            return


def traces(connection: SqlConnection) -> dict[str, set[str]]:
    """Return the ids that left a trace, by the kind of trace."""
    found = {kind: set(connection.execute(text(sql)).scalars()) for kind, sql in TRACES.items()}
    for kind, pattern in (("change", "org:%"), ("event", "process:%")):
        rows = connection.execute(text("SELECT body FROM log WHERE chain LIKE :p"), {"p": pattern})
        found[kind] = {body.split('"detail":{"id":"')[1].split('"')[0] for body in rows.scalars()}
    return found


async def assert_whole(url: str, acknowledged: set[str]) -> None:
    """Fail unless every acknowledged unit is there, every unit is there wholly, and every chain is sound."""
    # All of it is one state: a server may still be committing what a killed client had asked for.
    with connect(engine_of(parsed(url)), Access.SNAPSHOT) as connection:
        found = traces(connection)
        entries = connection.execute(text("SELECT count(*) FROM log")).scalar_one()
        reach = connection.execute(text("SELECT coalesce(sum(sequence), 0) FROM heads")).scalar_one()
    assert all(ids == found["claim"] for ids in found.values())
    assert acknowledged <= found["claim"]
    assert entries == reach == 2 * len(found["claim"])
    async with opened(url, instance="judge") as store:
        verified = [each async for each in verify_all(store)]
    assert [each.findings for each in verified] == [[]] * len(verified)
    assert sum(each.entries for each in verified) >= entries


@pytest.mark.anyio
@pytest.mark.threat("48")
@pytest.mark.slow
async def test_nothing_acknowledged_is_lost_when_a_process_is_killed(url: str) -> None:
    """After each of many kills at random moments every acknowledged unit is whole, and no other is half there."""
    chance = random.Random(48)
    acknowledged: set[str] = set()
    for life in range(KILLS):
        acknowledged |= killed(url, life, chance.uniform(0, 0.08))
        await assert_whole(url, acknowledged)

    assert len(acknowledged) >= KILLS


def die_at(url: str, step: int, life: int, pipe: Connection) -> None:
    """Commit until the writer's statement of this number was executed, and die right after it."""
    left = step

    def count(*_: object) -> None:
        nonlocal left
        if current_thread().name == "store-writer":
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", count)
    commit_for_ever(url, life, pipe)


@pytest.mark.anyio
@pytest.mark.threat("48")
@pytest.mark.parametrize("step", range(STATEMENTS))
async def test_a_kill_between_any_two_statements_leaves_nothing_half_done(url: str, step: int) -> None:
    """Wherever in a transaction the process dies, the unit is not there at all, and the next process goes on."""
    ours, theirs = context().Pipe(duplex=False)
    with children(partial(die_at, url, step, 0, theirs)) as processes:
        theirs.close()
        assert ended(processes) == [-signal.SIGKILL]
    acknowledged = set(received(ours, until=None))
    await assert_whole(url, acknowledged)
    await assert_whole(url, acknowledged | killed(url, 1, 0.01))
