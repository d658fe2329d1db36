"""What a unit was decided on and does not change: it holds until the unit is committed, or the unit is stale."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import sleep

import pytest
from sqlalchemy import Engine, event

from delegation.store import Claim, InvalidUnit, PartitionChange, Put, Seen, Stale, Store, Taken, Unit
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.preparation import prepare
from delegation.store.statements import LOCK_HEADS, SHARE_HEADS, Statements
from delegation.store.writer import Writer
from delegation.store.writing import lock_heads
from tests.clock import Clock
from tests.databases import Make, deadlocks, rows
from tests.store.samples import ACME, change, groups, opened, record

pytestmark = [pytest.mark.semantics("4")]

A, B, PLATFORM = "org:a", "org:b", "platform"
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def reading(unit: Unit, *seen: Seen) -> Unit:
    """Return a unit that was decided on more than what it changes."""
    return replace(unit, decided_on=seen)


def outcomes(url: str, *batches: Sequence[Unit]) -> list[list[type]]:
    """Return what kind of thing became of the units of each batch."""
    writer = Writer(engine_of(parsed(url)), chain="process:one", clock=Clock())
    try:
        return [[type(outcome) for outcome in writer.work(batch)] for batch in batches]
    finally:
        writer.close()


@pytest.mark.parametrize(("seen", "kind"), [(0, Stale), (1, Stale), (2, dict), (3, Stale)])
def test_what_was_read_and_moved_makes_stale(url: str, seen: int, kind: type) -> None:
    """A unit wins only when what it read, and does not change, is at the revision at which it was read."""
    before = [[change(partition=A)], [change(partition=A, at=1)]]
    assert outcomes(url, *before, [reading(change(partition=B), (A, seen))])[-1] == [kind]


def test_what_is_not_there_is_at_revision_0(url: str) -> None:
    """A unit decided on the absence of a partition wins while it is absent and leaves no trace of it."""
    assert outcomes(
        url,
        [reading(change(partition=B), (A, 0)), reading(change(partition="org:c"), (A, 1))],
        [change(partition=A)],
        [reading(change(partition=B, at=1), (A, 0))],
    ) == [[dict, Stale], [dict], [Stale]]
    assert rows(url, "SELECT chain, sequence FROM heads ORDER BY chain") == [(A, 1), (B, 1)]


def test_what_a_neighbour_moved_makes_stale(url: str) -> None:
    """In one batch an earlier winner that moves what a unit read makes it stale; a loser or a later one does not."""
    reader = reading(change(partition=B), (A, 1))
    loser = replace(change(partition=A, at=1), claims=(Claim("jti", "used", None),))
    begin = [change(partition=A), Unit(claims=(Claim("jti", "used", None),))]

    assert outcomes(url, begin, [change(partition=A, at=1), reader])[-1] == [dict, Stale]
    later = reading(change(partition=B), (A, 2))
    assert outcomes(url, [replace(loser, partitions=change(partition=A, at=2).partitions), later])[-1] == [Taken, dict]
    assert outcomes(url, [reading(change(partition="org:c"), (A, 2)), change(partition=A, at=2)])[-1] == [dict, dict]


def test_two_that_read_what_the_other_changes_do_not_both_win(url: str) -> None:
    """Of two units of one batch, each decided on what the other changes, one is stale."""
    begin = [change(partition=A), change(partition=B)]
    crossed = [reading(change(partition=A, at=1), (B, 1)), reading(change(partition=B, at=1), (A, 1))]
    assert outcomes(url, begin, crossed)[-1] == [dict, Stale]


@pytest.mark.parametrize("seen", [((A, -1),), (("nowhere", 1),), ((A, 1), (A, 1)), ((ACME, 1),), (("org:\0", 1),)])
def test_what_can_not_have_been_read_is_refused(url: str, seen: tuple[Seen, ...]) -> None:
    """A revision below 0, the name of no partition, and one that is named twice mean nothing."""
    assert outcomes(url, [reading(change(), *seen)]) == [[InvalidUnit]]


def test_heads_are_locked_in_one_order(url: str) -> None:
    """Both kinds of locks are taken in the order of the names, with one statement for neighbours of one kind."""
    engine = engine_of(parsed(url))
    outcomes(url, [change(partition=name) for name in (A, B, "org:c", PLATFORM, "user:anne")])
    taken: list[tuple[bool, list[str]]] = []

    def note(_: object, statement: object, __: object, parameters: dict[str, list[str]], ___: object) -> None:
        if statement in (LOCK_HEADS, SHARE_HEADS):
            taken.append((statement is LOCK_HEADS, parameters["chains"]))

    event.listen(engine, "before_execute", note)
    writer = Writer(engine, chain="process:one", clock=Clock())
    first = reading(change(partition="org:c", at=1), ("user:anne", 1), (PLATFORM, 1), (B, 1))
    assert [type(one) for one in writer.work([first, change(partition=A, at=1), Unit(events=(record(),))])] == [
        dict
    ] * 3
    writer.close()

    assert taken == [(True, [A]), (False, [B]), (True, ["org:c"]), (False, [PLATFORM]), (True, ["process:one"]),
                     (False, ["user:anne"])]  # fmt: skip


def test_those_who_read_do_not_wait_for_each_other(postgresql_databases: Make, migrated_postgresql: str) -> None:
    """While one transaction holds what it read, another that read the same is committed."""
    with postgresql_databases(migrated_postgresql) as url:
        outcomes(url, [change(partition=PLATFORM)])
        with connect(engine_of(parsed(url)), Access.WRITE) as other:
            other.execute(SHARE_HEADS, {"chains": [PLATFORM]}).all()
            assert outcomes(url, [reading(change(partition=A), (PLATFORM, 1))]) == [[dict]]
            other.rollback()


@pytest.mark.parametrize("there", [False, True], ids=["begun", "moved"])
def test_nobody_moves_what_was_read_before_the_end(
    postgresql_databases: Make, migrated_postgresql: str, *, there: bool
) -> None:
    """Who would begin or move a partition that another transaction was decided on waits for the end of that one."""
    with postgresql_databases(migrated_postgresql) as url, ThreadPoolExecutor(1) as pool:
        engine: Engine = engine_of(parsed(url))
        outcomes(url, [change(partition=A)] if there else [])
        with connect(engine, Access.WRITE) as other:
            units = [prepare(reading(change(partition=B), (A, int(there))))]
            lock_heads(other, Statements.of("postgresql"), units, "process:two")
            moving = pool.submit(outcomes, url, [change(partition=A, at=int(there))])
            while rows(url, _WAITING) != [(1,)]:
                assert not moving.done()
                sleep(0.01)
            other.commit()
        assert moving.result(60) == [[dict]]


@pytest.mark.anyio
async def test_crossing_units_never_wait_for_each_other_in_a_circle(url: str) -> None:
    """Processes that change what the other one reads come to an end, each time one state for both, and no circle."""
    async with opened(url, instance="one") as one, opened(url, instance="two") as two:
        for name in (A, B, PLATFORM):
            await one.commit(change(partition=name))
        made = await asyncio.gather(*(_increments(store, n) for n in range(4) for store in (one, two)))

        assert await one.heads([A, B]) == {A: 41, B: 41}
        assert await groups(one, A) | await groups(one, B) == {name for names in made for name in names}
    assert deadlocks(url) == 0


async def _increments(store: Store, n: int) -> list[str]:
    mine, other = ((A, B), (B, A))[n % 2]
    names = [f"{id(store)}-{n}-{number}" for number in range(10)]
    for name in names:
        while True:
            heads = await store.heads([A, B, PLATFORM])
            part = PartitionChange(mine, heads[mine], record(), (Put("groups", {"id": name, "name": ""}),))
            try:
                seen = ((other, heads[other]), (PLATFORM, heads[PLATFORM]))
                await store.commit(Unit(partitions=(part,), decided_on=seen))
            except Stale:
                continue
            break
    return names
