"""A PostgreSQL that takes no writes, as a replica is: nothing is read from it either, since it may lag behind."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from delegation.store import Store, StoreUnavailable, migrate
from delegation.store.connections import connected, engine_of, parsed
from tests.clock import Clock
from tests.databases import Make, execute
from tests.store.samples import ACME, change, group, groups, opened

pytestmark = [pytest.mark.anyio, pytest.mark.threat("I3")]


@pytest.fixture
def url(postgresql_databases: Make, migrated_postgresql: str) -> Iterator[str]:
    """The URL of a database at a server that can be made to take no writes."""
    with postgresql_databases(migrated_postgresql) as url:
        yield url


def make_read_only(url: str) -> None:
    """Let every connection from now on be one that takes no writes."""
    execute(url, f'ALTER DATABASE "{make_url(url).database}" SET default_transaction_read_only = on')


async def test_a_server_that_takes_no_writes_is_not_served_from(url: str) -> None:
    """A process neither starts on such a server nor migrates it, and names no rows when it says so."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
    make_read_only(url)
    with pytest.raises(StoreUnavailable):
        await Store(url, instance="one", clock=Clock()).open()
    with pytest.raises(StoreUnavailable):
        migrate(url)


@pytest.mark.slow
async def test_what_becomes_a_replica_is_left(url: str) -> None:
    """When connections break and only a server without writes is left, questions fail too, instead of being old."""
    async with opened(url) as store:
        await store.commit(change(group("a")))
        make_read_only(url)
        execute(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'delegation'")
        for question in (
            store.heads([ACME]),
            store.snapshot(ACME),
            store.records_after(ACME, 0),
            store.commit(change()),
        ):
            with pytest.raises(StoreUnavailable):
                await question


async def test_hints_are_not_heard_from_a_replica(url: str) -> None:
    """The connection over which hints come insists on a server that takes writes, as all others do."""
    make_read_only(url)
    with pytest.raises(psycopg.OperationalError, match="read-only"):
        await connected(engine_of(parsed(url)))


async def test_a_primary_is_found_among_several(url: str) -> None:
    """Of two servers named in the URL the one that takes writes is used, wherever it stands."""
    twice = make_url(url)
    host = twice.query["host"]
    nowhere = twice.update_query_dict({"host": f"/nonexistent,{host}", "port": "5432,5432"})
    async with opened(nowhere.render_as_string(hide_password=False)) as store:
        await store.commit(change(group("a")))
        assert await groups(store) == {"a"}
