"""Large partitions are read in slices: together one state, in nobody's way, and leaving nothing behind."""

from contextlib import aclosing

import pytest
from sqlalchemy import text

from delegation.store import Put, StoreUnavailable
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.reading import SLICE, slices, snapshot
from tests.store.samples import ACME, change, group, opened

pytestmark = pytest.mark.anyio

LARGE = 2 * SLICE + 100


def rows(number: int) -> list[Put]:
    """Return rows of several tables, some with keys of several columns, all in need of careful comparison."""
    names = ["a", "A", "ä", "a b", "a'b", "a\\b", "z", "Ω"]
    made = [Put("group_members", {"group": name, "member": f"user:{n}"}) for name in names for n in range(number)]
    return [*made, *(group(name) for name in names), Put("memberships", {"user": "anne", "active": True})]


@pytest.mark.parametrize("most", [1, 2, 7, 8, 24, 33, 1_000])
async def test_slices_are_the_snapshot(url: str, most: int) -> None:
    """However small the slices, each row is in exactly one of them, none is longer, and the last one is marked."""
    async with opened(url) as store:
        await store.commit(change(*rows(3)))
    with connect(engine_of(parsed(url)), Access.SNAPSHOT) as connection:
        parts = list(slices(connection, ACME, most))
        whole = snapshot(connection, ACME)
    found = [(table, tuple(row.items())) for part in parts for table, lot in part.rows for row in lot]
    assert sorted(found) == sorted((table, tuple(row.items())) for table, lot in whole.rows.items() for row in lot)
    assert len(found) == 33
    assert max(sum(len(lot) for _, lot in part.rows) for part in parts) <= most
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
    assert {part.head.sequence for part in parts} == {1}


async def test_what_is_committed_between_slices_is_in_none_of_them(url: str) -> None:
    """A scan that goes on while others commit shows the state it began with; nobody waits for it."""
    async with opened(url) as store:
        await store.commit(change(*(group(f"g{n:06}") for n in range(LARGE))))
        found: list[object] = []
        revisions: set[int] = set()
        async with aclosing(store.slices(ACME)) as parts:
            async for part in parts:
                if not found:
                    await store.commit(change(group("zzz"), at=1))
                    assert len((await store.snapshot(ACME)).rows["groups"]) == LARGE + 1
                found += [row["id"] for _, lot in part.rows for row in lot]
                revisions.add(part.head.sequence)
        assert (found, revisions) == ([f"g{n:06}" for n in range(LARGE)], {1})


async def test_a_scan_given_up_leaves_no_transaction_behind(url: str) -> None:
    """Who reads some slices only, or fails between them, frees the connection: others can be changed and altered."""
    async with opened(url) as store:
        await store.commit(change(*(group(f"g{n:06}") for n in range(LARGE))))
        for _ in range(10):
            async with aclosing(store.slices(ACME)) as parts:
                assert not (await anext(parts)).last
        assert len([part async for part in store.slices(ACME)]) == 3
    with connect(engine_of(parsed(url)), Access.WRITE) as connection:
        connection.execute(text("ALTER TABLE groups RENAME TO elsewhere"))
        connection.commit()


async def test_a_scan_that_breaks_is_no_answer(url: str) -> None:
    """Where a slice cannot be read, whoever reads hears of it, never of an end; and the next scan is whole."""
    role = Put("roles", {"slug": "r", "type": "t", "permissions": ["p"], "name": "R"})
    async with opened(url) as store:
        members = [Put("memberships", {"user": f"u{n:06}", "active": True}) for n in range(LARGE)]
        await store.commit(change(role, *members))
        with connect(engine_of(parsed(url)), Access.WRITE) as connection:
            connection.execute(text("UPDATE roles SET permissions = 'no JSON'"))
            connection.commit()
        broken = store.slices(ACME)
        seen = [await anext(broken), await anext(broken)]
        with pytest.raises(StoreUnavailable):
            await anext(broken)
        assert [part.last for part in seen] == [False, False]
        await store.commit(change(role, at=1))
        assert sum(len(lot) for part in [p async for p in store.slices(ACME)] for _, lot in part.rows) == LARGE + 1
