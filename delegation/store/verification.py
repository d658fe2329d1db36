"""Verification of every chain a store keeps, one page in memory at a time."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from delegation.audit import Finding, Head, Verifier
from delegation.store.chains import BEFORE_ALL
from delegation.store.store import Store


@dataclass(frozen=True, slots=True)
class Verified:
    """One chain, read to its head from its beginning, or from the place up to which it was purged."""

    chain: str
    entries: int
    findings: Sequence[Finding]
    """Its first bad entry, or nothing."""


async def verify_chain(store: Store, chain: str) -> Verified:
    """Return whether what is left of a chain is what was recorded, while others may append to it."""
    begins = await store.begins(chain)
    verifier = Verifier(chain, begins)
    entries = 0
    head: Head | None = None
    async for page in store.pages(chain, after=BEFORE_ALL if begins is None else begins.sequence):
        for entry in page.entries:
            verifier.see(entry)
        entries += len(page.entries)
        head = page.head
    return Verified(chain, entries, verifier.finish(head))


async def verify_all(store: Store) -> AsyncIterator[Verified]:
    """Yield every chain the store keeps, verified."""
    async for chain in store.chains():
        yield await verify_chain(store, chain)
