"""Restoration: one-time things that were made before the database was restored may have been used since its backup.

Nobody remembers which. A claim that is held for as long as they may be good makes all of them lose.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from delegation.store import Claim, Store
from delegation.tokens import LONGEST_ASSERTION

_PURPOSE: Final = "restoration"
_LASTS: Final = LONGEST_ASSERTION + timedelta(minutes=1)
"""The longest that anything may be presented that was made before, where clocks differ."""


def fence(restored: datetime) -> Claim:
    """Return the claim that is held from the moment of restoration on."""
    return Claim(_PURPOSE, str(int(restored.timestamp())), int((restored + _LASTS).timestamp()))


def barrier_for(issued_at: datetime | None, restored: datetime | None, now: datetime) -> Claim | None:
    """Return the claim that something has to win which is used once; None where it may not be from before.

    What does not say when it was issued may be from before for as long as anything may.
    """
    if restored is None or now >= restored + _LASTS or (issued_at is not None and issued_at >= restored):
        return None
    return fence(restored)


async def restored_at(store: Store) -> datetime | None:
    """Return when the database was restored last; None where that was long ago or never. Raises StoreError."""
    keys = await store.claimed(_PURPOSE)
    return datetime.fromtimestamp(max(map(int, keys)), UTC) if keys else None
