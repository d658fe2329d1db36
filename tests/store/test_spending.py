"""Budgets are exact: of all who want to use one, as many win as there is left for, whatever fails."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

from delegation.store import Claim, Reason, Spend, Spent, Store, StoreUnavailable, Unit
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.errors import InvalidUnit
from delegation.store.uses import usage
from delegation.store.writer import Writer
from tests.children import children, context, ended
from tests.clock import Clock
from tests.databases import deadlocks
from tests.store.processes import spend_for_ever
from tests.store.samples import ACME, change, claim, group, opened, record

RACERS = 50
LIMIT = 20
KILLS = 12


def spend(*delegations: str, limit: int = LIMIT, kind: str = "tokens") -> Unit:
    """Return a unit that uses the budgets of delegations once more."""
    return Unit(spends=tuple(Spend(of, kind, limit) for of in delegations))


@pytest.fixture
def engine(url: str) -> Engine:
    """Return the engine of a migrated database."""
    return engine_of(parsed(url))


@pytest.fixture
def writer(engine: Engine, clock: Clock) -> Iterator[Writer]:
    """Return a writer to that database."""
    writer = Writer(engine, chain="process:one", clock=clock)
    yield writer
    writer.close()


@pytest.fixture
async def stores(url: str) -> AsyncIterator[tuple[Store, Store]]:
    """Return two stores on one database, as two processes have them."""
    async with opened(url, instance="one") as one, opened(url, instance="two") as two:
        yield one, two


def used(engine: Engine, delegation: str, kind: str = "tokens") -> int:
    """Return how much of a budget is used."""
    with connect(engine, Access.READ) as connection:
        return usage(connection, [delegation])[delegation].spent.get(kind, 0)


def winners(outcomes: list[object]) -> list[int]:
    """Return which units won; the others found a budget used up."""
    assert all(outcome == {} or isinstance(outcome, Spent) for outcome in outcomes)
    return [n for n, outcome in enumerate(outcomes) if outcome == {}]


async def race(stores: tuple[Store, Store], units: list[Unit]) -> list[object]:
    """Return what became of units that all start at once, taking turns between the stores."""
    commits = [stores[n % 2].commit(unit) for n, unit in enumerate(units)]
    return list(await asyncio.gather(*commits, return_exceptions=True))


@pytest.mark.anyio
@pytest.mark.threat("P9")
@pytest.mark.parametrize("limit", [0, 1, LIMIT, RACERS - 1, RACERS, RACERS + 1])
async def test_as_many_of_fifty_racers_win_as_may(stores: tuple[Store, Store], engine: Engine, limit: int) -> None:
    """Of fifty units that use one budget through two stores exactly as many succeed as it has room for."""
    outcomes = await race(stores, [spend("dlg_a", limit=limit)] * RACERS)

    assert len(winners(outcomes)) == min(limit, RACERS) == used(engine, "dlg_a")


@pytest.mark.anyio
@pytest.mark.threat("P9")
async def test_whoever_finds_one_budget_used_up_uses_none(stores: tuple[Store, Store], engine: Engine) -> None:
    """Children of one parent share its budget, and one that the parent refuses has used nothing of its own."""
    units = [Unit(spends=(Spend(f"dlg_{n}", "tokens", 5), Spend("dlg_parent", "tokens", LIMIT))) for n in range(10)] * 5
    outcomes = await race(stores, units)

    assert len(winners(outcomes)) == LIMIT == used(engine, "dlg_parent")
    assert sum(used(engine, f"dlg_{n}") for n in range(10)) == LIMIT


@pytest.mark.anyio
async def test_crossing_budgets_are_never_waited_for_in_a_circle(url: str) -> None:
    """Units that use the same budgets named in opposite orders all come to an end, and the database broke no circle."""
    names = ["dlg_a", "dlg_b", "dlg_c"]
    units = [spend(*names[:: 1 if n % 4 < 2 else -1], limit=1_000) for n in range(200)]
    async with opened(url, instance="one") as one, opened(url, instance="two") as two:
        outcomes = await race((one, two), units)

    assert len(winners(outcomes)) == 200
    assert deadlocks(url) == 0


def test_the_first_of_a_batch_win(engine: Engine, writer: Writer) -> None:
    """When a budget runs out in the middle of a batch, those that came first have it."""
    outcomes = writer.work([spend("dlg_a", limit=3)] * 5)

    assert winners([*outcomes]) == [0, 1, 2]
    assert used(engine, "dlg_a") == 3
    assert winners([*writer.work([spend("dlg_a", limit=3)])]) == []
    assert used(engine, "dlg_a") == 3


def test_who_loses_for_another_reason_leaves_its_use_to_the_next(engine: Engine, writer: Writer) -> None:
    """A unit that is stale, or whose claim is taken, uses nothing, and the one behind it may have the last use."""
    writer.work([claim("k"), change(group("a"))])
    last = spend("dlg_a", limit=1)
    taken = Unit(claims=(Claim("jti", "k", None),), spends=last.spends)
    stale = Unit(partitions=change(group("b")).partitions, spends=last.spends)
    outcomes = writer.work([stale, taken, last, last])

    assert [type(outcome).__name__ for outcome in outcomes] == ["Stale", "Taken", "dict", "Spent"]
    assert used(engine, "dlg_a") == 1


def test_each_unit_has_its_own_limit(engine: Engine, writer: Writer) -> None:
    """What one unit may no longer use another may, whose limit is higher."""
    low, high = spend("dlg_a", limit=1), spend("dlg_a", limit=3)

    assert winners([*writer.work([low, low, high, high, high])]) == [0, 2, 3]
    assert used(engine, "dlg_a") == 3


def test_kinds_are_counted_apart(engine: Engine, writer: Writer) -> None:
    """The tokens of a delegation and its evaluations are two budgets."""
    outcomes = writer.work([spend("dlg_a", limit=1), spend("dlg_a", limit=1, kind="evaluations")])

    assert winners([*outcomes]) == [0, 1]
    assert (used(engine, "dlg_a"), used(engine, "dlg_a", "evaluations")) == (1, 1)


def test_a_use_and_what_it_is_for_are_one_thing(writer: Writer) -> None:
    """Where the budget is used up neither the change nor the claim of the unit is made."""
    empty = spend("dlg_a", limit=0).spends
    unit = Unit(claims=(Claim("jti", "k", None),), partitions=change(group("a")).partitions, spends=empty)

    assert isinstance(writer.work([unit])[0], Spent)
    assert [*writer.work([change(group("a")), claim("k")])] == [{ACME: 1}, {}]


@pytest.mark.parametrize("spends", [(Spend("a\0", "tokens", 1),), (Spend("a", "tokens", 2**63),)])
def test_what_cannot_be_kept_is_refused(writer: Writer, spends: tuple[Spend, ...]) -> None:
    """A budget that no database keeps is refused before one hears of it."""
    assert isinstance(writer.work([Unit(spends=spends)])[0], InvalidUnit)


def test_one_unit_uses_a_budget_once(writer: Writer) -> None:
    """A unit that names a budget twice means nothing."""
    assert isinstance(writer.work([spend("dlg_a", "dlg_a")])[0], InvalidUnit)


def lost(*_: object) -> None:
    """Fail as a connection does that was cut."""
    raise OperationalError("COMMIT", {}, ConnectionResetError())


def test_a_commit_that_was_lost_is_charged_once(engine: Engine, writer: Writer) -> None:
    """Where a record tells that nothing was committed, the unit is carried out again, and used once."""
    event.listen(engine, "commit", lost, once=True)

    assert writer.work([Unit(events=(record(),), spends=spend("dlg_a").spends)]) == [{}]
    assert used(engine, "dlg_a") == 1


def test_nobody_is_told_yes_on_a_commit_in_doubt(engine: Engine, writer: Writer) -> None:
    """Where nothing tells whether a use was committed, its outcome is unknown, and it is not made a second time."""
    event.listen(engine, "commit", lost, once=True)
    (outcome,) = writer.work([spend("dlg_a")])

    assert isinstance(outcome, StoreUnavailable)
    assert outcome.reason is Reason.UNKNOWN
    assert used(engine, "dlg_a") == 0


@pytest.mark.anyio
@pytest.mark.threat("48")
@pytest.mark.threat("P9")
async def test_killed_processes_give_no_use_away(url: str, engine: Engine) -> None:
    """After kills at random moments no use was told that is not counted, and no more were counted than were asked."""
    chance = random.Random(9)
    told = 0
    for life in range(KILLS):
        told += told_until_killed(url, 1_000_000, chance.uniform(0, 0.06))
        counted = used(engine, "dlg_a")
        assert told <= counted <= told + 4 * (life + 1)
    assert told > KILLS


def told_until_killed(url: str, limit: int, seconds: float) -> int:
    """Let a process use a budget for some time after its first success, kill it, return how often it was told yes."""
    ours, theirs = context().Pipe(duplex=False)
    with children(partial(spend_for_ever, url, limit, theirs)) as [process]:
        theirs.close()
        assert ours.poll(60)
        process.join(seconds)
        process.kill()
        assert ended([process]) == [-signal.SIGKILL]
    count = 0
    while True:
        try:
            count += ours.recv()
        except EOFError:
            return count


@pytest.mark.anyio
@pytest.mark.threat("P9")
async def test_two_processes_use_one_budget_up_together(url: str, engine: Engine) -> None:
    """Two processes that use one budget as fast as they can are told yes as often as it has room for, together."""
    pipes = [context().Pipe(duplex=False) for _ in range(2)]
    with children(*(partial(spend_for_ever, url, 300, theirs) for _, theirs in pipes)) as processes:
        told = 0
        for _, theirs in pipes:
            theirs.close()
        while told < 300:
            for ours, _ in pipes:
                told += ours.recv() if ours.poll(0.01) else 0
        for process in processes:
            process.join(0.2)
        assert not any(ours.poll() for ours, _ in pipes)
    assert told == used(engine, "dlg_a") == 300


@pytest.mark.anyio
async def test_the_last_use_is_the_latest_known(url: str) -> None:
    """Uses that are written late, or by a process whose clock is behind, take nothing back."""
    async with opened(url) as store:
        for at in (100, 300, 200):
            await store.commit(Unit(uses=(("dlg_a", at),)))
        both = [store.commit(Unit(uses=(("dlg_b", at), ("dlg_a", 50)))) for at in (9, 7)]
        await asyncio.gather(*both)
        known = await store.usage(["dlg_a", "dlg_b", "dlg_c"])

    assert {id: one.last for id, one in known.items()} == {"dlg_a": 300, "dlg_b": 9, "dlg_c": None}
