"""What is read together is one state, whatever is committed in between."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, event

from delegation.store import Put, Snapshot
from delegation.store.chains import Page, page
from delegation.store.connections import Access, engine_of, parsed
from delegation.store.reader import Reader
from delegation.store.reading import snapshot
from delegation.store.writer import Writer
from tests.clock import Clock
from tests.store.samples import ACME, change, group


@pytest.fixture
def engine(url: str) -> Engine:
    """Return the engine of a migrated database."""
    return engine_of(parsed(url))


@pytest.fixture
def writer(engine: Engine, clock: Clock) -> Iterator[Writer]:
    """Return a writer to a partition at revision 1."""
    writer = Writer(engine, chain="process:one", clock=clock)
    writer.work([change(group("a"))])
    yield writer
    writer.close()


@pytest.fixture
def reader(engine: Engine, writer: Writer) -> Iterator[Reader]:
    """Return a reader of whole states; right after it has read a head a change is committed."""
    pending = [change(group("b"), Put("memberships", {"user": "anne", "active": True}), at=1)]

    def commit_meanwhile(connection: Connection, _: object, statement: str, *__: object) -> None:
        if pending and "FROM heads" in statement and connection.get_execution_options().get("meanwhile"):
            assert writer.work([pending.pop()]) == [{ACME: 2}]

    event.listen(engine, "after_cursor_execute", commit_meanwhile)
    reader = Reader(engine, Access.SNAPSHOT)
    yield reader
    reader.close()


def test_a_snapshot_is_one_state(reader: Reader) -> None:
    """A change committed between two tables of a snapshot is in none of them, and the revision says so."""

    def question(connection: Connection) -> object:
        return snapshot(connection.execution_options(meanwhile=True), ACME)

    before, after = (reader.work([question])[0] for _ in range(2))

    assert isinstance(before, Snapshot)
    assert (before.revision, len(before.rows["groups"]), len(before.rows["memberships"])) == (1, 1, 0)
    assert isinstance(after, Snapshot)
    assert (after.revision, len(after.rows["groups"]), len(after.rows["memberships"])) == (2, 2, 1)


def test_a_page_of_a_chain_is_one_state(reader: Reader) -> None:
    """An entry committed after the head was read is not on the head's page."""

    def question(connection: Connection) -> Page:
        return page(connection.execution_options(meanwhile=True), ACME, 0, 10)

    found = [reader.work([question])[0] for _ in range(2)]
    told = [(p.head.sequence, len(p.entries)) for p in found if isinstance(p, Page) and p.head is not None]

    assert told == [(1, 1), (2, 2)]
