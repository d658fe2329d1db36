"""Verification of the chains in a database that somebody else wrote to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Delete, Executable, Update, delete, insert, literal, select, text, update

from delegation.audit import Fault, Finding
from delegation.store import Store, Unit, Verified, migrate, verify_all, verify_chain
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.tables import HEADS, LOG
from tests.store.samples import ACME, change, group, opened, record

pytestmark = [pytest.mark.anyio, pytest.mark.threat("55")]

LENGTH = 5
PLACES = range(1, LENGTH + 1)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """Return a store with a chain of five entries, and the chain of a process."""
    async with opened(url) as store:
        for revision in range(LENGTH):
            await store.commit(change(group(f"g{revision}"), at=revision))
        await store.commit(Unit(events=(record("first"), record("second"))))
        yield store


@pytest.fixture
async def tmp_path_store(tmp_path: Path) -> AsyncIterator[tuple[str, Store]]:
    """Return such a store in an SQLite file, and its URL."""
    url = f"sqlite:///{tmp_path}/other.db"
    migrate(url)
    async with opened(url) as store:
        for revision in range(LENGTH):
            await store.commit(change(group(f"g{revision}"), at=revision))
        yield url, store


def tamper(url: str, *statements: Executable) -> None:
    """Write to the database behind the store's back."""
    with connect(engine_of(parsed(url)), Access.WRITE) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0
        connection.commit()


def set_entry(place: int, field: str, value: str | int) -> Executable:
    """Return what gives an entry of the organization's chain another value: an SQL expression, or a number."""
    other = text(value) if isinstance(value, str) else value
    return update(LOG).where(LOG.c.chain == ACME, LOG.c.sequence == place).values({field: other})


def copy_entry(place: int, sequence: int) -> Executable:
    """Return what adds a copy of an entry in another place."""
    entry = select(LOG.c.chain, literal(sequence), LOG.c.body, LOG.c.hash)
    return insert(LOG).from_select(
        ["chain", "sequence", "body", "hash"], entry.where(LOG.c.chain == ACME, LOG.c.sequence == place)
    )


async def findings(store: Store) -> list[Finding]:
    """Return what is wrong with any chain."""
    return [finding async for verified in verify_all(store) for finding in verified.findings]


async def test_chains_that_nobody_touched_are_sound(store: Store) -> None:
    """Every chain is read whole and nothing is found."""
    assert [verified async for verified in verify_all(store)] == [
        Verified(ACME, LENGTH, []),
        Verified("process:one", 2, []),
    ]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("body", "body || ' '", Fault.EDITED),
        ("body", "replace(body, 'user:anne', 'user:eve')", Fault.EDITED),
        ("hash", "replace(hash, substr(hash, 1, 1), 'x')", Fault.EDITED),
        ("sequence", "sequence + 100", Fault.REORDERED),
    ],
)
async def test_every_field_of_every_entry_is_covered(
    url: str, store: Store, place: int, field: str, value: str, fault: Fault
) -> None:
    """Whichever field of an entry is changed, the first bad entry of the chain is that one."""
    tamper(url, set_entry(place, field, value))

    assert await findings(store) == [Finding(ACME, place, fault)]


@pytest.mark.parametrize("place", PLACES)
async def test_an_entry_moved_to_another_chain_is_found_in_both(url: str, store: Store, place: int) -> None:
    """An entry that was given to another chain is missing in its own and unknown to the other's head."""
    tamper(url, set_entry(place, "chain", "'org:other'"))
    gone = Fault.CUT if place == LENGTH else Fault.MISSING

    assert await findings(store) == [Finding(ACME, place, gone), Finding("org:other", 1, Fault.UNCOVERED)]


@pytest.mark.parametrize("sequence", [0, -3, -(2**62)])
async def test_an_entry_before_the_first_is_found(url: str, store: Store, sequence: int) -> None:
    """An entry that was slipped in before the beginning is named by its number."""
    tamper(url, copy_entry(2, sequence))

    assert await findings(store) == [Finding(ACME, sequence, Fault.REPEATED)]


@pytest.mark.parametrize("place", PLACES[:-1])
async def test_a_deleted_entry_is_named(url: str, store: Store, place: int) -> None:
    """An entry deleted from the middle is named as missing."""
    tamper(url, delete(LOG).where(LOG.c.chain == ACME, LOG.c.sequence == place))

    assert await findings(store) == [Finding(ACME, place, Fault.MISSING)]


@pytest.mark.parametrize("kept", range(LENGTH))
async def test_every_cut_suffix_is_named(url: str, store: Store, kept: int) -> None:
    """Whatever suffix is deleted, the head tells where the cut is."""
    tamper(url, delete(LOG).where(LOG.c.chain == ACME, LOG.c.sequence > kept))

    assert await findings(store) == [Finding(ACME, kept + 1, Fault.CUT)]


@pytest.mark.parametrize("place", PLACES[:-1])
async def test_entries_that_changed_places_are_named(url: str, store: Store, place: int) -> None:
    """Two entries that swapped their numbers are told from edited ones."""
    tamper(
        url,
        set_entry(place, "sequence", -1),
        set_entry(place + 1, "sequence", place),
        set_entry(-1, "sequence", place + 1),
    )

    assert await findings(store) == [Finding(ACME, place, Fault.REORDERED)]


async def test_a_copied_entry_is_named(url: str, store: Store) -> None:
    """A copy of an old entry, put behind the newest one, is not covered by the head."""
    tamper(url, copy_entry(2, LENGTH + 1))

    assert await findings(store) == [Finding(ACME, LENGTH + 1, Fault.UNCOVERED)]


@pytest.mark.parametrize(
    ("statement", "place", "fault"),
    [
        (update(HEADS).values(sequence=3), 4, Fault.UNCOVERED),
        (update(HEADS).values(sequence=9), 6, Fault.CUT),
        (update(HEADS).values(hash="x"), 5, Fault.HEAD),
        (delete(HEADS), 1, Fault.UNCOVERED),
    ],
)
async def test_a_head_that_was_touched_is_found(
    url: str, store: Store, statement: Update | Delete, place: int, fault: Fault
) -> None:
    """A head that was moved, edited or deleted no longer fits its chain."""
    tamper(url, statement.where(HEADS.c.chain == ACME))

    assert await findings(store) == [Finding(ACME, place, fault)]


@pytest.mark.parametrize("value", ["x'ff00'", "cast(x'ff00' as text)", "1.5"])
async def test_what_is_no_text_is_an_edited_entry(tmp_path_store: tuple[str, Store], value: str) -> None:
    """SQLite keeps any value in any column, and one that cannot be read as text is named like any other edit."""
    url, store = tmp_path_store
    tamper(url, set_entry(3, "body", value))

    assert await findings(store) == [Finding(ACME, 3, Fault.EDITED)]


async def test_a_long_chain_is_read_in_pages(url: str) -> None:
    """A chain of several pages is read to its end, while more is appended to it."""
    async with opened(url) as store:
        await store.commit(Unit(events=tuple(record(f"e{n}") for n in range(2_500))))
        pages = 0
        async for page in store.pages("process:one"):
            pages += 1
            if pages < 3:
                await store.commit(Unit(events=(record("late"),)))
            assert page.head is not None

        assert pages == 3
        assert await verify_chain(store, "process:one") == Verified("process:one", 2_502, [])
