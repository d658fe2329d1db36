"""What is read: snapshots equal to the log, ids told apart byte by byte, partitions found by a row."""

import unicodedata
from collections.abc import Mapping
from itertools import count

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import given
from hypothesis import strategies as st

from delegation.audit import JSON
from delegation.store import Change, LogEntry, Put, Remove, Store
from tests.store.samples import ACME, change, group, groups, opened

TWINS = [
    "anne",
    "Anne",
    "anne ",
    " anne",
    "anné",
    unicodedata.normalize("NFD", "anné"),
    "ANNE",
    "anne\u200b",
    "\uff41nne",
]

Rows = Mapping[tuple[str, str], Mapping[str, JSON]]


@pytest.mark.anyio
@pytest.mark.threat("9")
async def test_different_ids_are_different_rows(url: str) -> None:
    """Case, accents, blanks and how letters are composed tell ids apart, everywhere an id is kept."""
    async with opened(url) as store:
        await store.commit(change(*(group(id) for id in TWINS)))
        for id in TWINS:
            await store.commit(change(group(id), partition=f"org:{id}"))
            await store.commit(change(partition=f"user:{id}"))

        assert await groups(store) == set(TWINS)
        for id in TWINS:
            assert await groups(store, f"org:{id}") == {id}
        assert await store.heads([f"user:{id}" for id in TWINS]) == dict.fromkeys((f"user:{id}" for id in TWINS), 1)


@pytest.mark.anyio
async def test_partitions_are_found_by_a_row(url: str) -> None:
    """The partitions that have a row are found, whether or not an index helps."""
    membership = Put("memberships", {"user": "anne", "active": True})
    async with opened(url) as store:
        for partition in ("org:b", "org:a", "org:c"):
            await store.commit(change(membership, group(partition[-1]), partition=partition))
        await store.commit(change(Remove("memberships", {"user": "anne"}), at=1, partition="org:c"))

        assert await store.partitions_with("memberships", {"user": "anne"}) == ["org:a", "org:b"]
        assert await store.partitions_with("memberships", {"user": "anne", "active": False}) == []
        assert await store.partitions_with("groups", {"id": "c"}) == ["org:c"]


@pytest.mark.anyio
async def test_the_log_is_read_in_slices(url: str) -> None:
    """A follower gets the entries after its revision, in order, as many as it asks for."""
    async with opened(url) as store:
        for revision in range(5):
            await store.commit(change(group(f"g{revision}"), at=revision))

        assert await store.records_after(ACME, 1, 2) == [LogEntry(2, (group("g1"),)), LogEntry(3, (group("g2"),))]
        assert await store.records_after(ACME, 5) == []
        assert await store.records_after("org:none", 0) == []


@pytest.mark.anyio
async def test_heads_of_many_partitions_are_read_at_once(url: str) -> None:
    """Any number of partitions can be asked about, none included."""
    async with opened(url) as store:
        await store.commit(change())

        assert await store.heads([]) == {}
        assert await store.heads([ACME, *(f"org:{n}" for n in range(5_000))]) == {
            ACME: 1,
            **{f"org:{n}": 0 for n in range(5_000)},
        }


NAMES = st.sampled_from(["a", "b", "A", "é", "a "])
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4)
PUTS: st.SearchStrategy[Change] = st.one_of(
    st.builds(lambda id, name: Put("groups", {"id": id, "name": name}), NAMES, WORDS),
    st.builds(lambda user, active: Put("memberships", {"user": user, "active": active}), NAMES, st.booleans()),
    st.builds(lambda g, m: Put("group_members", {"group": g, "member": m}), NAMES, NAMES),
    st.builds(
        lambda agent, ceiling: Put("admitted_agents", {"agent": agent, "ceiling": ceiling, "suspended": None}),
        NAMES,
        st.none() | st.lists(st.dictionaries(WORDS, st.none() | st.integers() | WORDS, max_size=2), max_size=2),
    ),
)
KEYS = {
    "groups": ("id",),
    "memberships": ("user",),
    "group_members": ("group", "member"),
    "admitted_agents": ("agent",),
}


def name_of(item: Change) -> tuple[str, str]:
    """Return which row a change is about."""
    row = item.row if isinstance(item, Put) else item.key
    return item.table, repr([row[column] for column in KEYS[item.table]])


def after(rows: Rows, changes: tuple[Change, ...]) -> Rows:
    """Return what rows become by changes, one after the other."""
    now = dict(rows)
    for item in changes:
        if isinstance(item, Put):
            now[name_of(item)] = item.row
        else:
            del now[name_of(item)]
    return now


def removal(name: tuple[str, str], row: Mapping[str, JSON]) -> Change:
    """Return the removal of a row that is there."""
    return Remove(name[0], {column: row[column] for column in KEYS[name[0]]})


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Change, ...]]:
    """Return units' worth of changes, in which only what is there is removed."""
    rows: Rows = {}
    history = []
    for _ in range(draw(st.integers(1, 4))):
        changes: list[Change] = []
        for _ in range(draw(st.integers(0, 5))):
            removals = [removal(name, row) for name, row in rows.items()]
            item = draw(PUTS | st.sampled_from(removals) if removals else PUTS)
            changes.append(item)
            rows = after(rows, (item,))
        history.append(tuple(changes))
    return history


async def replayed(store: Store, partition: str, history: list[tuple[Change, ...]]) -> tuple[Rows, Rows]:
    """Return the rows of a partition after a history: as a snapshot tells them and as its log does."""
    for revision, changes in enumerate(history):
        await store.commit(change(*changes, at=revision, partition=partition))
    snapshot = await store.snapshot(partition)
    told: Rows = {}
    for entry in await store.records_after(partition, 0):
        told = after(told, entry.changes)
    kept = {name_of(Put(table, row)): row for table, rows in snapshot.rows.items() for row in rows}
    return kept, told


def test_a_snapshot_equals_the_log_told_from_its_beginning(url: str) -> None:
    """Whatever is put and removed, the rows that are kept are those that a follower of the log arrives at."""
    partitions = (f"org:{n}" for n in count())

    def keeps(portal: BlockingPortal, store: Store) -> None:
        @given(histories())
        def holds(history: list[tuple[Change, ...]]) -> None:
            expected: Rows = {}
            for changes in history:
                expected = after(expected, changes)
            kept, told = portal.call(replayed, store, next(partitions), history)
            assert kept == told == expected

        holds()

    with start_blocking_portal() as portal, portal.wrap_async_context_manager(opened(url)) as store:
        keeps(portal, store)
