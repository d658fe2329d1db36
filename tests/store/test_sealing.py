"""Seals are made by exactly one of several at once, over what is there, and the log tells them again."""

import asyncio
from typing import Final

import pytest
from sqlalchemy import delete, update

from delegation.app.sealing import Sealer
from delegation.audit import GENESIS, SEALS, Fault, Finding, Head, Held, Inspection, Report
from delegation.store import InvalidUnit, SealedHeads, Stale, Store, Unit, history
from delegation.store.connections import Access, connect, engine_of, parsed
from delegation.store.tables import HEADS, LOG, SEALED_HEADS
from delegation.tokens import KeyRing, Purpose, usable_keys
from tests.clock import Clock
from tests.store.samples import ACME, change, group, opened, record
from tests.tokens.forging import signing_key

pytestmark = pytest.mark.anyio

RING: Final = KeyRing([signing_key(Purpose.SEAL)])
KEYS: Final = usable_keys(RING.audit_jwks())


async def ring() -> KeyRing:
    """Return the keys there are."""
    return RING


def sealer(store: Store, most: int = 4_096) -> Sealer:
    """Return what seals a store."""
    return Sealer(store, ring, issuer="https://as.example", clock=Clock(), most=most)


async def inspected(store: Store, organization: str | None = None) -> Report:
    """Return what is found in the log of a store."""
    inspection = Inspection(keys=KEYS, held=Held(), organization=organization)
    async for item in history(store, organization):
        inspection.see(item)
    return inspection.finish()


async def sealed(store: Store) -> None:
    """Record something in two chains, twice, and seal it each time."""
    for revision in range(2):
        await store.commit(change(group(f"g{revision}"), at=revision))
        await store.commit(Unit(events=(record(),)))
        assert await sealer(store).seal() == 1


async def test_a_seal_covers_what_moved_and_nothing_else(url: str) -> None:
    """Each seal covers the heads that moved since the one before; where nothing moved none is made."""
    async with opened(url) as store:
        assert await sealer(store).seal() == 0
        await sealed(store)
        await store.commit(change(group("x"), at=2))
        left = await store.unsealed("", 10)
        assert [(head.chain, head.sequence) for head in left.heads] == [(ACME, 3)]
        assert await sealer(store).seal() == 1
        assert await sealer(store).seal() == 0
        found = await inspected(store)
        assert (found.findings, found.seals, found.chains, found.entries) == ([], 3, 3, 8)
        assert found.unsealed_entries == 0


async def test_many_heads_are_covered_by_several_seals(url: str) -> None:
    """What is too much for one seal is covered by several in a row, and an organization's proofs hold in each."""
    async with opened(url) as store:
        for number in range(7):
            await store.commit(change(group("g"), partition=f"org:o{number}"))
        assert await sealer(store, most=3).seal() == 3
        assert (await inspected(store)).findings == []
        for number in range(7):
            found = await inspected(store, f"o{number}")
            assert (found.findings, found.entries, found.unsealed_entries) == ([], 4, 0)


async def test_of_two_seals_after_the_same_one_is_made(url: str) -> None:
    """A seal decided on another last seal is stale, and leaves nothing: neither an entry nor covered heads."""
    async with opened(url) as store:
        await store.commit(change(group("g")))
        unsealed = await store.unsealed("", 10)
        assert unsealed.last == Head(SEALS, 0, GENESIS)
        first, second = (Unit(seal=SealedHeads(0, body, unsealed.heads)) for body in ("first", "second"))
        outcomes = await asyncio.gather(store.commit(first), store.commit(second), return_exceptions=True)
        assert outcomes[0] == {SEALS: 1}
        assert isinstance(outcomes[1], Stale)
        assert [entry.body async for page in store.pages(SEALS) for entry in page.entries] == ["first"]


@pytest.mark.parametrize("seal", [SealedHeads(0, "{}", ()), SealedHeads(-1, "{}", (Head(ACME, 1, "x"),))])
async def test_a_seal_over_nothing_is_refused(url: str, seal: SealedHeads) -> None:
    """A seal that covers nothing or follows no number means nothing."""
    async with opened(url) as store:
        with pytest.raises(InvalidUnit):
            await store.commit(Unit(seal=seal))


async def test_processes_that_seal_at_once_leave_one_sound_chain(url: str) -> None:
    """Stores that seal again and again while others write, and others verify, leave every head covered exactly once."""
    async with (
        opened(url, instance="one") as one,
        opened(url, instance="two") as two,
        opened(url, instance="r") as third,
    ):

        async def write(store: Store, partition: str) -> None:
            for revision in range(15):
                await store.commit(change(group("g"), at=revision, partition=partition))

        async def seal(store: Store) -> None:
            for _ in range(15):
                await sealer(store, most=2).seal()

        async def verify() -> None:
            for _ in range(6):
                assert (await inspected(third)).findings == []

        writing = [write(one, "org:a"), write(two, "org:b"), write(two, "org:c")]
        await asyncio.gather(*writing, seal(one), seal(two), verify())
        await sealer(one).seal()
        found = await inspected(third)
        assert (found.findings, found.unsealed_entries, found.entries - found.seals) == ([], 0, 45)
        assert [entry.sequence async for page in one.pages(SEALS) for entry in page.entries] == list(
            range(1, found.seals + 1)
        )


@pytest.mark.threat("55")
@pytest.mark.parametrize(
    ("statements", "finding"),
    [
        ([delete(LOG).where(LOG.c.chain == ACME, LOG.c.sequence == 1)], Finding(ACME, 1, Fault.GONE)),
        (
            [delete(LOG).where(LOG.c.chain == ACME), delete(HEADS).where(HEADS.c.chain == ACME)],
            Finding(ACME, 1, Fault.GONE),
        ),
        ([delete(HEADS).where(HEADS.c.chain == ACME)], Finding(ACME, 1, Fault.UNCOVERED)),
        ([update(HEADS).where(HEADS.c.chain == ACME).values(hash="x")], Finding(ACME, 2, Fault.HEAD)),
        ([delete(LOG).where(LOG.c.chain == SEALS, LOG.c.sequence == 1)], Finding(SEALS, 1, Fault.MISSING)),
        (
            [
                delete(LOG).where(LOG.c.chain == SEALS, LOG.c.sequence == 2),
                update(HEADS).where(HEADS.c.chain == SEALS).values(sequence=1),
            ],
            Finding(SEALS, 1, Fault.HEAD),
        ),
        (
            [delete(LOG).where(LOG.c.chain == SEALS), delete(HEADS).where(HEADS.c.chain == SEALS)],
            Finding(SEALS, 1, Fault.GONE),
        ),
        (
            [delete(SEALED_HEADS).where(SEALED_HEADS.c.chain == ACME, SEALED_HEADS.c.sequence == 1)],
            Finding(SEALS, 1, Fault.ROOT),
        ),
        ([update(SEALED_HEADS).where(SEALED_HEADS.c.seal == 2).values(seal=9)], Finding(SEALS, 2, Fault.ROOT)),
        ([update(SEALED_HEADS).where(SEALED_HEADS.c.chain == ACME).values(hash="x")], Finding(SEALS, 1, Fault.ROOT)),
    ],
)
async def test_what_was_tampered_with_is_told_as_it_is(url: str, statements: list[object], finding: Finding) -> None:
    """Whatever is deleted or edited in log, heads or sealed heads is found in the log as it is told afterwards."""
    async with opened(url) as store:
        await sealed(store)
        assert (await inspected(store)).findings == []
        with connect(engine_of(parsed(url)), Access.WRITE) as connection:
            for statement in statements:
                assert connection.execute(statement).rowcount > 0  # type: ignore[call-overload]  # any statement
            connection.commit()
        assert finding in (await inspected(store)).findings
