"""Two different ids are never one: in every key of every table, on either database, in one order on both."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Boolean, Column, String, Table, Text

from delegation.audit import JSON
from delegation.store import PARTITIONED, Claim, InvalidUnit, Put, Remove, Taken, Unit, migrate, verify_all
from delegation.store.columns import Document
from delegation.store.tables import METADATA, PLATFORM, USER
from tests.confusables import DIRTY, IDS
from tests.databases import Make, rows
from tests.postgresql import another_order, database
from tests.store.samples import change, claim, group, opened

pytestmark = [pytest.mark.anyio, pytest.mark.threat("9")]

TEXTS = tuple(dict.fromkeys((*IDS, *(text for text in DIRTY if "\0" not in text))))
"""What the store keeps: also what the directory would refuse, since a store repairs nothing."""
KEYS = [
    (table, column.name)
    for table in PARTITIONED
    for column in PARTITIONED[table].primary_key
    if column.name != "partition"
]
COLLATIONS = """
    SELECT table_name, column_name, collation_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type = 'character varying' AND table_name <> 'alembic_version'
"""
UNKEPT = ("\0", "a\0", "\0a", "\ud800", "\udfff\ud800")


@pytest.fixture(scope="module")
def order(postgresql_server: URL) -> str | None:
    """What gives a server's database an order that is not that of code points; none where no locale does."""
    return another_order(postgresql_server)


@pytest.fixture(scope="module")
def migrated_elsewhere(postgresql_server: URL, order: str | None) -> Iterator[str]:
    """The URL of a server's database at this release's schema, in that other order where there is one."""
    with database(postgresql_server, order=order or "") as made:
        url = made.render_as_string(hide_password=False)
        migrate(url)
        yield url


@pytest.fixture
def url(databases: Make, database_kind: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database with this release's tables and no rows."""
    original = "migrated_elsewhere" if database_kind == "postgresql" else "migrated_sqlite"
    with databases(request.getfixturevalue(original)) as url:
        yield url


def partition_of(table: str) -> str:
    """Return a partition that has a table."""
    if PARTITIONED[table] in PLATFORM:
        return "platform"
    return "user:anne" if PARTITIONED[table] in USER else "org:acme"


def value(column: Column[object], text: str) -> JSON:
    """Return a value of a column: the text where it may be one."""
    if isinstance(column.type, Document):
        return {text: [text]}
    if isinstance(column.type, Boolean):
        return True
    return text if isinstance(column.type, Text) or column.type.python_type is str else 7


def is_id(column: Column[object]) -> bool:
    """Return whether a column holds ids or words with a meaning, and no words for people."""
    return isinstance(column.type, String) and not isinstance(column.type, Text)


def row(table: Table, **given: str) -> dict[str, JSON]:
    """Return a whole row in which some columns are as given."""
    columns = [column for column in table.columns if column.name != "partition"]
    return {column.name: given.get(column.name, value(column, "same")) for column in columns}


def others(table: Table, text: str) -> dict[str, JSON]:
    """Return what a row's columns hold that are no keys."""
    return {column.name: value(column, text) for column in table.columns if not column.primary_key}


@pytest.mark.parametrize(("name", "column"), KEYS)
async def test_keys_are_told_apart_in_every_column(url: str, name: str, column: str) -> None:
    """Rows whose keys differ in one column alone, however little, are different rows: each is put, changed, removed."""
    table, partition = PARTITIONED[name], partition_of(name)
    keys = [key.name for key in table.primary_key if key.name != "partition"]
    rows = {text: row(table, **{column: text}) for text in TEXTS}
    async with opened(url) as store:

        async def kept() -> dict[str, dict[str, JSON]]:
            found = (await store.snapshot(partition)).rows[name]
            assert len(found) == len({str(each[column]) for each in found})
            return {str(each[column]): dict(each) for each in found}

        await store.commit(change(*(Put(name, each) for each in rows.values()), partition=partition))
        assert await kept() == rows
        changed = {**rows["Anne"], **others(table, "changed")}
        gone = {key: rows["anne "][key] for key in keys}
        await store.commit(change(Put(name, changed), Remove(name, gone), partition=partition, at=1))
        assert await kept() == {text: each for text, each in {**rows, "Anne": changed}.items() if text != "anne "}


@pytest.mark.parametrize("kind", ["platform", "user:anne", "org:acme"])
async def test_values_come_back_as_they_were(url: str, kind: str) -> None:
    """What is no key is kept to the last byte too: names, identifiers and texts within documents."""
    tables = [PARTITIONED[name] for name in PARTITIONED if partition_of(name) == kind]
    async with opened(url) as store:
        for revision, text in enumerate(TEXTS):
            rows = {table.name: {**row(table), **others(table, text)} for table in tables}
            await store.commit(change(*(Put(*each) for each in rows.items()), partition=kind, at=revision))
            found = (await store.snapshot(kind)).rows
            assert {name: [*map(dict, found[name])] for name in rows} == {name: [each] for name, each in rows.items()}


@pytest.mark.parametrize("kind", ["org", "user"])
async def test_partitions_are_told_apart(url: str, kind: str) -> None:
    """Each partition has its own head, log and rows, however much its name looks like another's."""
    names = [f"{kind}:{text}" for text in TEXTS if text]
    async with opened(url) as store:
        for number, name in enumerate(names):
            for revision in range(number % 3 + 1):
                await store.commit(change(partition=name, at=revision))
        heads = await store.heads(names)
        assert heads == {name: number % 3 + 1 for number, name in enumerate(names)}
        for name in names:
            assert [entry.revision for entry in await store.records_after(name, 0)] == [*range(1, heads[name] + 1)]
        assert [each.chain async for each in verify_all(store) if each.findings] == []


@pytest.mark.threat("33")
async def test_one_time_things_are_told_apart(url: str) -> None:
    """A claim is won once under its very key and purpose, and says nothing of any other."""
    purposes = TEXTS[::7]
    async with opened(url) as store:
        for text in TEXTS:
            await store.commit(claim(text))
        for text in purposes:
            await store.commit(claim("once", purpose=text))
        await store.commit(Unit(claims=tuple(Claim(a, b, None) for a in ("p", "P") for b in TEXTS)))
        for text in TEXTS:
            with pytest.raises(Taken):
                await store.commit(claim(text))
        for text in purposes:
            with pytest.raises(Taken):
                await store.commit(claim("once", purpose=text))


@pytest.mark.threat("8")
@pytest.mark.parametrize("text", UNKEPT)
async def test_what_a_database_cannot_keep_is_refused(url: str, text: str) -> None:
    """U+0000 and halves of characters are refused in every key, before a database could cut or replace them."""
    async with opened(url) as store:
        for name, column in KEYS:
            unit = change(Put(name, row(PARTITIONED[name], **{column: text})), partition=partition_of(name))
            with pytest.raises(InvalidUnit):
                await store.commit(unit)
        for unit in (claim(text), claim("key", purpose=text), change(partition=f"org:{text}")):
            with pytest.raises(InvalidUnit):
                await store.commit(unit)
        assert [chain async for chain in store.chains()] == []


def test_every_identifier_is_compared_by_its_code_points(migrated_elsewhere: str) -> None:
    """Each column that holds one says so itself, whatever the order of the database is that somebody made for us."""
    found = rows(migrated_elsewhere, COLLATIONS)
    texts = [(table.name, each.name) for table in METADATA.tables.values() for each in table.columns if is_id(each)]
    assert {(table, column): collation for table, column, collation in found} == dict.fromkeys(texts, "C")


def test_the_database_of_these_tests_has_another_order(migrated_elsewhere: str, order: str | None) -> None:
    """Left to itself a server's database compares as people do: what these tests show is the work of our columns."""
    if order is None:
        pytest.skip(
            "the server knows no order but that of code points: install one with ICU, or the locale en_US.UTF-8"
        )
    assert rows(migrated_elsewhere, "SELECT 'a' < 'B'") == [(True,)]


async def test_lists_come_in_the_order_of_code_points(url: str) -> None:
    """What is listed and what is cut into pages comes in the same order on both databases: that of code points."""
    chains = [f"user:{text}" for text in TEXTS if text]
    membership = Put("memberships", {"user": "anne", "active": True})
    partitions = [f"org:{text}" for text in TEXTS if text]
    async with opened(url) as store:
        for chain in reversed(chains):
            await store.commit(change(partition=chain))
        for partition in reversed(partitions):
            await store.commit(change(membership, group("g"), partition=partition))

        assert [chain async for chain in store.chains()] == sorted([*chains, *partitions])
        for table, row in (("memberships", {"user": "anne"}), ("groups", {"id": "g"})):
            assert await store.partitions_with(table, row) == sorted(partitions)
