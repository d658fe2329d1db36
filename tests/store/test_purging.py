"""Claims and answers that ran out are deleted between the batches, a few at a time."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from delegation.store import KeptAnswer, Unit
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.writer import Writer
from tests.clock import Clock
from tests.store.samples import NOW, claim


@pytest.fixture
def engine(url: str) -> Engine:
    """Return the engine of a migrated database."""
    return engine_of(parsed(url))


@pytest.fixture
def writer(engine: Engine, clock: Clock) -> Iterator[Writer]:
    """Return a writer with 1,200 claims that end now, one that ends an hour later and one that never does."""
    writer = Writer(engine, chain="process:one", clock=clock)
    units = [claim(f"k{n}", until=NOW) for n in range(1_200)]
    writer.work([*units, claim("later", until=NOW + 3_600), claim("never")])
    yield writer
    writer.close()


def kept(engine: Engine, table: str = "claims") -> int:
    """Return how many claims there are, or how many rows another table has."""
    with connect(engine, Access.READ) as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - its own names


def answered(key: str, until: int) -> Unit:
    """Return a unit that brings an answer and nothing else."""
    return Unit(answer=KeptAnswer(key, "f", "sealed", until))


def test_claims_are_deleted_in_slices_after_a_grace_period(engine: Engine, writer: Writer, clock: Clock) -> None:
    """What a slower clock may still hold stays, then 500 go each time, and what has not run out stays."""
    clock.advance(timedelta(minutes=10))
    writer.tidy()
    assert kept(engine) == 1_202

    clock.advance(timedelta(minutes=1, seconds=1))
    counts = []
    for _ in range(4):
        writer.tidy()
        counts.append(kept(engine))
    assert counts == [702, 202, 2, 2]


def test_answers_are_deleted_with_their_claims(engine: Engine, clock: Clock) -> None:
    """Answers stay as long as their claims and go in slices of the same size; what has not run out stays."""
    writer = Writer(engine, chain="process:one", clock=clock)
    writer.work([*(answered(f"k{n}", NOW) for n in range(700)), answered("later", NOW + 3_600)])
    clock.advance(timedelta(minutes=10))
    writer.tidy()
    assert (kept(engine), kept(engine, "answers")) == (701, 701)

    clock.advance(timedelta(minutes=1, seconds=1))
    writer.tidy()
    writer.work([answered("k3", NOW + 7_200)])
    writer.tidy()
    assert (kept(engine), kept(engine, "answers")) == (2, 2)
    writer.close()


def test_purging_rests_for_a_minute_when_all_is_done(engine: Engine, writer: Writer, clock: Clock) -> None:
    """After a slice that was not full the next one waits, so that commits do not pay for it each time."""
    writer.tidy()
    clock.advance(timedelta(seconds=59))
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(engine, "before_execute", count)
    writer.tidy()
    assert statements == 0
    clock.advance(timedelta(seconds=1))
    writer.tidy()
    assert statements == 2


def test_a_failing_purge_harms_no_commit(engine: Engine, writer: Writer, clock: Clock) -> None:
    """When claims cannot be deleted they stay until later, and units go on being committed."""

    def fail(*_: object) -> None:
        raise OperationalError("DELETE", {}, TimeoutError())

    clock.advance(timedelta(hours=2))
    event.listen(engine, "before_execute", fail, once=True)
    writer.tidy()

    assert kept(engine) == 1_202
    assert writer.work([claim("next")]) == [{}]
    clock.advance(timedelta(minutes=1))
    writer.tidy()
    assert kept(engine) == 703
