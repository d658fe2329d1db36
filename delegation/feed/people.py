"""People: which users one follower has been told of, and how far. Each has a log of its own, and one row counts."""

import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Final

from delegation.audit import JSON, Head
from delegation.feed import events
from delegation.feed.events import Event
from delegation.feed.telling import Teller, told_rows
from delegation.state.views import partition_of_user
from delegation.store import Store, StoreUnavailable, accounts

_LOT: Final = 250
"""Users told at once."""


class People:
    """The users whom one follower has been told of."""

    def __init__(self, store: Store, teller: Teller, told: str | None, monotonic: Callable[[], float]) -> None:
        """Tell of users in `store`; `told` is the fingerprint of those that the follower says it was told of.

        `monotonic` measures how long it takes, in seconds.
        """
        self._store = store
        self._teller = teller
        self._monotonic = monotonic
        self._resumed = told
        self._told: dict[str, str] | None = None
        self._there: set[str] = set()
        self._behind: set[str] = set()
        self._fingerprint: str | None = None

    @property
    def are_current(self) -> bool:
        """Whether the follower was told of exactly those, at exactly the heads, that it was led to last."""
        return not self._behind

    @property
    def count(self) -> int:
        """How many users the follower knows."""
        return len(self._there)

    @property
    def fingerprint(self) -> str:
        """What says of whom the follower was told, and at which heads."""
        if self._fingerprint is None:
            self._fingerprint = _fingerprint(self._told or {}, self._there)
        return self._fingerprint

    async def lead(self, heads: Mapping[str, Head], until: float) -> AsyncGenerator[Event, None]:
        """Yield what brings the follower towards these heads, by user, and stop at a moment of the clock.

        A row is as new as it is read, which may be later than its head: then the follower is not current yet.
        Raises StoreUnavailable.
        """
        hashes = {user: head.hash for user, head in heads.items()}
        known = self._known(hashes, {user for user, head in heads.items() if head.sequence})
        over = [user for user in known if user not in hashes]
        self._behind = {user for user, hash_ in hashes.items() if known.get(user) != hash_}
        if over or self._told is None:
            yield events.users((), over, anew=self._told is None)
            self._forget(known, over)
        self._told = known
        moved = sorted(self._behind)
        for start in range(0, len(moved), _LOT):
            if start and self._monotonic() > until:
                return
            lot = moved[start : start + _LOT]
            found, rows = await self._read(lot, heads)
            missing = [user for user in lot if user not in rows]
            yield events.users(tuple(rows.values()), missing, anew=False)
            self._fingerprint = None
            self._there.difference_update(missing)
            self._there.update(rows)
            known.update(found)
            self._behind.difference_update(user for user in lot if found[user] == hashes[user])

    def _known(self, hashes: dict[str, str], there: set[str]) -> dict[str, str]:
        """Return what was told, which is all of this where the follower's own fingerprint says so."""
        if self._told is not None:
            return self._told
        if self._resumed is not None and self._resumed == _fingerprint(hashes, there):
            self._told, self._there = hashes, there
            return hashes
        return {}

    def _forget(self, known: dict[str, str], over: Sequence[str]) -> None:
        self._fingerprint = None
        self._there.difference_update(over)
        for user in over:
            del known[user]

    async def _read(
        self, users: Sequence[str], heads: Mapping[str, Head]
    ) -> tuple[dict[str, str], dict[str, dict[str, JSON]]]:
        """Return the hashes at which users are, and what is told of those that are there."""
        found, rows = await accounts(self._store, [partition_of_user(user) for user in users])
        at = {user: found[partition_of_user(user)] for user in users}
        if any(head.sequence < heads[user].sequence for user, head in at.items()):
            raise StoreUnavailable("the database has lost what it had a moment ago")
        told: dict[str, dict[str, JSON]] = {}
        for user, row in ((str(row["id"]), row) for row in rows if row["id"] in at):
            (shown,) = told_rows(partition_of_user(user), "users", (row,), self._teller)
            told[user] = {**shown, "revision": at[user].sequence}
        return {user: head.hash for user, head in at.items()}, told


def _fingerprint(told: Mapping[str, str], there: set[str]) -> str:
    known = hashlib.sha256()
    for user in sorted(there):
        known.update(f"{user} {told[user]}\n".encode())
    return known.hexdigest()[:32]
