"""Group commit: units that wait at the same moment, decided and written together."""

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import Engine, event, text

from delegation.store import Claim, InvalidUnit, PartitionChange, Put, Stale, StoreUnavailable, Taken, Unit
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.writer import Writer
from tests.clock import Clock
from tests.store.samples import ACME, NOW, change, claim, group, no_group, record


@pytest.fixture
def engine(url: str) -> Engine:
    """Return the engine of a migrated database."""
    return engine_of(parsed(url))


@pytest.fixture
def writer(engine: Engine, clock: Clock) -> Iterator[Writer]:
    """Return a writer whose batches the test chooses."""
    writer = Writer(engine, chain="process:one", clock=clock)
    yield writer
    writer.close()


def organization(n: int) -> str:
    """Return the name of one of many partitions."""
    return f"org:o{n}"


def kinds(outcomes: Sequence[object]) -> list[type]:
    """Return what kind of thing became of each unit."""
    return [type(outcome) for outcome in outcomes]


def ids(engine: Engine) -> list[str]:
    """Return the ids of all groups there are."""
    with connect(engine, Access.READ) as connection:
        return sorted(connection.execute(text("SELECT id FROM groups")).scalars())


@pytest.mark.parametrize("at", [0, 1], ids=["first", "next"])
def test_many_units_are_committed_together(engine: Engine, writer: Writer, at: int) -> None:
    """Forty units of different partitions cost the statements and the one commit of a single unit."""
    writer.work([claim("first")])  # The engine asks the database who it is when it connects first.
    for earlier in range(at):
        writer.work([change(group("before"), at=earlier, partition=organization(n)) for n in range(41)])
    counted = Counter[str]()
    for what in ("before_cursor_execute", "commit"):
        event.listen(engine, what, lambda *_, what=what: counted.update([what]))
    units = [change(group(f"g{n}"), at=at, partition=organization(n)) for n in range(41)]

    assert writer.work(units[:1]) == [{organization(0): at + 1}]
    alone = counted.copy()
    counted.clear()
    assert writer.work(units[1:]) == [{organization(n): at + 1} for n in range(1, 41)]
    assert counted == alone
    assert counted["commit"] == 1
    assert len(ids(engine)) == 41 * (at + 1)


def test_the_second_unit_on_a_partition_is_stale(engine: Engine, writer: Writer) -> None:
    """Of two units decided on the same revision the first wins, as if one had come after the other."""
    outcomes = writer.work([change(group("a")), change(group("b")), change(group("c"), partition="org:b")])

    assert kinds(outcomes) == [dict, Stale, dict]
    assert ids(engine) == ["a", "c"]


def test_the_second_claim_is_taken(writer: Writer) -> None:
    """Of two units that claim the same thing the first wins."""
    outcomes = writer.work([claim("k"), claim("k"), claim("l"), claim("k")])

    assert kinds(outcomes) == [dict, Taken, dict, Taken]


def test_a_unit_loses_nothing_to_one_that_loses(engine: Engine, writer: Writer) -> None:
    """When the first of two rivals cannot win, the second does."""
    writer.work([claim("used")])
    one = Unit(
        claims=(Claim("jti", "used", None), Claim("jti", "wanted", None)),
        partitions=(PartitionChange(ACME, 0, record(), (group("first"),)),),
    )
    two = Unit(
        claims=(Claim("jti", "wanted", None),),
        partitions=(PartitionChange(ACME, 0, record(), (group("second"),)),),
    )

    assert kinds(writer.work([one, two])) == [Taken, dict]
    assert ids(engine) == ["second"]


@pytest.mark.threat("48")
def test_a_unit_that_cannot_be_written_fails_alone(engine: Engine, writer: Writer) -> None:
    """A removal of nothing in the middle of a batch leaves its neighbours and their order as they are."""
    member = Put("memberships", {"user": "anne", "active": True})
    units = [change(member, group(f"g{n}"), partition=organization(n)) for n in range(9)]
    units[4] = change(member, group("g4"), no_group("none"), partition=organization(4))
    outcomes = writer.work(units)

    assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, InvalidUnit)] == [4]
    assert kinds(outcomes).count(dict) == 8
    assert ids(engine) == [f"g{n}" for n in range(9) if n != 4]
    with connect(engine, Access.READ) as connection:
        members = connection.execute(text("SELECT partition FROM memberships")).scalars().all()
    assert sorted(members) == [organization(n) for n in range(9) if n != 4]


def test_rivals_cost_no_statements(engine: Engine, writer: Writer) -> None:
    """However many units want what is held already, they are told with the statements of one."""
    writer.work([claim("k")])
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(engine, "before_execute", count)
    assert kinds(writer.work([claim("k")])) == [Taken]
    alone, statements = statements, 0
    assert kinds(writer.work([claim("k")] * 50)) == [Taken] * 50
    assert statements == alone


@pytest.mark.parametrize(("table", "condition"), [("groups", "id = 'poison'"), ("log", "body LIKE '%poison%'")])
def test_a_unit_that_the_database_refuses_fails_alone(
    engine: Engine, writer: Writer, table: str, condition: str
) -> None:
    """When the database itself refuses one row, its neighbours are there whole and nothing of its own is."""
    poison(engine, table, condition)
    units = [change(group(f"g{n}"), partition=organization(n)) for n in range(9)]
    units[4] = change(group("g4"), group("poison"), partition=organization(4))
    outcomes = writer.work([*units, Unit(events=(record(),))])

    assert [n for n, outcome in enumerate(outcomes) if isinstance(outcome, StoreUnavailable)] == [4]
    assert "poison" not in str(outcomes[4])
    assert ids(engine) == [f"g{n}" for n in range(9) if n != 4]
    with connect(engine, Access.READ) as connection:
        logged = connection.execute(text("SELECT chain FROM log")).scalars().all()
        known = connection.execute(text("SELECT chain FROM heads")).scalars().all()
    assert sorted(logged) == sorted(known) == sorted([organization(n) for n in range(9) if n != 4] + ["process:one"])


def test_a_unit_that_means_nothing_never_reaches_the_batch(writer: Writer) -> None:
    """An invalid unit is told apart before anything is written."""
    outcomes = writer.work([claim("a"), change(partition="nowhere"), claim("b")])

    assert kinds(outcomes) == [dict, InvalidUnit, dict]


def test_events_of_a_batch_follow_the_order_of_its_units(engine: Engine, writer: Writer) -> None:
    """The process's chain has the events of the winners in the order they came, without gaps for the losers."""
    writer.work([claim("used")])
    units = [
        Unit(claims=(Claim("jti", key, None),), events=(record(f"e-{key}"),)) for key in ("a", "used", "b", "a", "c")
    ]
    writer.work(units)

    with connect(engine, Access.READ) as connection:
        bodies = connection.execute(text("SELECT body FROM log ORDER BY sequence")).scalars().all()
    assert [body.split('"action":"')[1][:3] for body in bodies] == ["e-a", "e-b", "e-c"]


def test_a_claim_ends_with_its_time(writer: Writer, clock: Clock) -> None:
    """A claim holds through its last second and can be won again after it, by one."""
    writer.work([claim("k", until=NOW)])
    assert kinds(writer.work([claim("k", until=NOW + 9)])) == [Taken]

    clock.now = clock.now.replace(second=1)
    assert kinds(writer.work([claim("k", until=NOW + 9), claim("k", until=NOW + 9)])) == [dict, Taken]
    assert kinds(writer.work([claim("k")])) == [Taken]


def poison(engine: Engine, table: str, condition: str) -> None:
    """Make the database refuse some rows of a table."""
    column = f"new.{condition}"
    statements = {
        "sqlite": f"CREATE TRIGGER poisoned BEFORE INSERT ON {table} WHEN {column} BEGIN SELECT RAISE(ABORT, 'x'); END",
        "postgresql": f"ALTER TABLE {table} ADD CONSTRAINT poisoned CHECK (NOT ({condition}))",
    }
    with engine.begin() as connection:
        connection.execute(text(statements[engine.dialect.name]))
