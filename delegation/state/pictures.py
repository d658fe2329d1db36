"""The newest pictures of the partitions that a request concerns, and how what it decides is settled."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack
from time import monotonic
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from delegation.audit import JSON, Head, Record
from delegation.state.album import Album
from delegation.state.anticipation import Anticipation
from delegation.state.audit import AUDIT, Audit
from delegation.state.freshness import Freshness, Newest
from delegation.state.memory import Memory
from delegation.state.once import Once, keeping
from delegation.state.organization import Organization, authors_of
from delegation.state.platform import PARTITION, Platform
from delegation.state.user import User
from delegation.state.uses import Uses
from delegation.state.views import Concern, Followed, Panorama, View, concern_of, name_in, partition_of_user
from delegation.store import IDEMPOTENCY, Reason, Spend, Spent, Stale, Store, StoreUnavailable, Taken, Unit, Usage

PATIENCE: Final = 5.0
"""Seconds in which something is decided again because the partition moved on, and in which it waits for its turn."""
_CROWDED: Final = "too many changes of the same organization at once"

P = TypeVar("P")
T = TypeVar("T")


class Pictures:
    """The pictures this process keeps, the read that keeps them true, and the way to change what they show."""

    def __init__(self, store: Store, *, rows: int, monotonic: Callable[[], float] = monotonic) -> None:
        """Keep pictures of at most this many rows; `monotonic` measures how old what was read is."""
        self._store = store
        self.monotonic = monotonic
        self._memory = Memory(rows)
        self._platform = Album(store, lambda _: Platform(), self._memory, monotonic)
        self._organizations = Album(store, lambda p: Organization(name_in(p)), self._memory, monotonic)
        self._users = Album(store, lambda p: User(name_in(p)), self._memory, monotonic)
        self._audit = Album(store, lambda _: Audit(), self._memory, monotonic)
        self._freshness = Freshness(store.newest, monotonic)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._anticipation = Anticipation(self._album_of)
        self.uses = Uses(store)

    @property
    def rows(self) -> int:
        """How many rows of memory the pictures count for."""
        return self._memory.taken

    @property
    def waiting(self) -> int:
        """How many units of work wait to be committed."""
        return self._store.waiting

    def hint(self, partition: str, revision: int) -> None:
        """Let a picture that is kept catch up in advance; what is said may be wrong, and is forgotten if it is."""
        self._anticipation.hint(partition, revision)

    def _album_of(self, partition: str) -> Album[Any] | None:
        albums: dict[str, Album[Any]] = {PARTITION: self._platform, "org": self._organizations, "user": self._users}
        return albums.get(partition.partition(":")[0])

    async def view(self, *, organization: str | None = None, users: Collection[str] = (), within: float = 0.0) -> View:
        """Return the newest pictures of the platform and of those named that exist.

        They may be those of at most `within` seconds ago where that saves a read. Raises StoreUnavailable when newer
        revisions have to be read and cannot be: nothing is answered from further back than asked.
        """
        organizations = () if organization is None else (organization,)
        return (await self.panorama(organizations, users, within=within)).of(organization)

    async def panorama(
        self, organizations: Collection[str], users: Collection[str] = (), *, within: float = 0.0
    ) -> Panorama:
        """Return what `view` returns, of several organizations at once: one read tells how far they all are.

        The authors of their policies are seen too: what they may do bounds what others' agents may.
        """
        concern = self._concern(tuple(organizations), tuple(users))
        newest = await self._freshness.newest(concern.partitions, within)
        shared: Panorama | None = newest.made.get(concern)
        # Whoever got the same answer and wants to see the same is shown the same, unless a picture has moved on since.
        if shared is not None and shared.stands and not 0 < within < shared.age:
            return shared
        seen = await self._seen_by(newest, concern, within)
        if seen is None or 0 < within < seen.age:  # Something had to be loaded, and that took too long.
            return await self.panorama(organizations, users)
        authors = authors_of(seen.organizations.values())
        if not authors <= concern.users.keys():  # They were not known: the picture was loaded, or has moved on.
            return await self.panorama(organizations, {*users, *authors}, within=within)
        newest.made[concern] = seen
        return seen

    def _concern(self, organizations: tuple[str, ...], users: tuple[str, ...]) -> Concern:
        """Return what is to be seen: the authors of policies too, as far as they are known before anything is read."""
        concern = concern_of(organizations, users)
        authors = authors_of(map(self._organizations.known, concern.organizations.values()))
        return concern_of(organizations, (*users, *authors)) if authors else concern

    async def _seen_by(self, newest: Newest[Head], concern: Concern, within: float) -> Panorama | None:
        """Return what is seen of a concern; None where only old heads were asked for, and nothing is known by them."""
        try:
            return await self._seen_at(newest, concern)
        except StoreUnavailable:
            if within <= 0:
                raise
            return None  # What was remembered may be what the database has lost since.
        finally:
            self._memory.make_room(concern.partitions)

    async def followed(self, organization: str, users: Collection[str]) -> Followed:
        """Return the newest pictures of the platform and an organization, and the heads of those and of users.

        One read tells the heads; no picture of the users is made. Raises StoreUnavailable.
        """
        concern = concern_of((organization,), ())
        newest = await self._freshness.newest((*concern.partitions, *map(partition_of_user, users)))
        try:
            seen = await self._seen_at(newest, concern)
        finally:
            self._memory.make_room(concern.partitions)
        return Followed(seen.of(organization), newest.heads, newest.began)

    async def audit(self) -> Audit:
        """Return the newest picture of what the audit log has of its own. Raises StoreUnavailable."""
        newest = await self._freshness.newest([AUDIT])
        try:
            return await self._audit.at(newest.heads[AUDIT], newest.began) or Audit()
        finally:
            self._memory.make_room([AUDIT])

    async def _seen_at(self, newest: Newest[Head], concern: Concern) -> Panorama:
        heads, began = newest.heads, newest.began
        while True:
            platform = await self._platform.at(heads[PARTITION], began) or Platform()
            accounts: dict[str, User] = {}
            for user, name in concern.users.items():
                if (account := await self._users.at(heads[name], began)) is not None:
                    accounts[user] = account
            organizations: dict[str, Organization] = {}
            for tenant, name in concern.organizations.items():
                if (picture := await self._organizations.at(heads[name], began)) is not None:
                    organizations[tenant] = picture
            now, age = self._store.clock(), self.monotonic() - began
            seen = Panorama(platform, organizations, accounts, now, age)
            # While one picture was waited for, another may have begun to take over a large change.
            if seen.whole:
                for room in organizations.values():
                    room.relationships.pass_time(now.timestamp())
                return seen

    async def settle(
        self,
        permit: Callable[[View], P],
        decide: Callable[[P], tuple[T, Unit]],
        *,
        organization: str | None = None,
        users: Collection[str] = (),
        once: Once[T] | None = None,
    ) -> T:
        """Decide on the newest view and return what was decided once it is durable.

        `permit` refuses who may not ask, and hands on what `decide` needs. With `once`, a request that was carried out
        before is not decided again: who still may ask is given the answer that was kept.
        Raises what `permit`, `decide` and `once` raise (nothing was written), Taken, and StoreUnavailable.
        """

        async def permitted() -> P:
            return permit(await self.view(organization=organization, users=users))

        if once is None:
            return await self._settle(permitted, decide)
        kept = await self._store.answer(once.key)
        if kept is None:
            try:
                return await self._settle(permitted, keeping(once, decide))
            except Exception as error:
                # What stands in the way may be what this very request did a moment ago, here or in another process;
                # and where the outcome of the commit is unknown, the answer that is there tells it.
                kept = await self._store.answer(once.key)
                if kept is None and isinstance(error, Taken) and error.purpose == IDEMPOTENCY:
                    raise StoreUnavailable("the answer ran out while it was looked for") from error
                if kept is None:
                    raise
        await permitted()
        return once.read(kept)

    async def _settle(self, permitted: Callable[[], Awaitable[P]], decide: Callable[[P], tuple[T, Unit]]) -> T:
        """Decide and write; decide again when a partition moved meanwhile."""
        async with AsyncExitStack() as turn:
            queued = False
            loop = asyncio.get_running_loop()
            end = loop.time() + PATIENCE
            while loop.time() < end:
                answer, unit = decide(await permitted())
                if unit == Unit():
                    return answer
                if unit.partitions and not queued:
                    queued = True
                    if await self._wait(unit.partitions[0].partition, turn):
                        continue  # What was decided before waiting is old.
                try:
                    await self._store.commit(unit)
                except Stale:
                    continue
                return answer
        raise StoreUnavailable(_CROWDED)

    async def _wait(self, partition: str, turn: AsyncExitStack) -> bool:
        """Take the turn to change a partition, held until `turn` ends; return whether others had it before.

        Of changes decided on the same revision only one can win: in one process they do better to queue.
        """
        lock = self._turns.setdefault(partition, asyncio.Lock())
        others = lock.locked()
        try:
            async with asyncio.timeout(PATIENCE):
                await turn.enter_async_context(lock)
        except TimeoutError:
            raise StoreUnavailable(_CROWDED, reason=Reason.FULL) from None
        return others

    async def charge(self, spends: tuple[Spend, ...]) -> Spent | None:
        """Use budgets once more, durably; return the one that is used up, in which case none was used.

        However old the pictures are that somebody is answered from, this is exact. Raises StoreUnavailable; it is then
        not known whether they were used, and nobody may be told yes.
        """
        try:
            if spends:
                await self._store.commit(Unit(spends=spends))
        except Spent as spent:
            return spent
        return None

    async def organizations_with(self, table: str, key: Mapping[str, JSON]) -> list[str]:
        """Return the organizations that have a row with these values in a table, in order. Raises StoreUnavailable."""
        return [name_in(partition) for partition in await self._store.partitions_with(table, key)]

    async def usage(self, delegations: Collection[str]) -> dict[str, Usage]:
        """Return what is known of the uses of delegations, which is in no picture. Raises StoreUnavailable."""
        return await self._store.usage(delegations)

    async def note(self, record: Record) -> None:
        """Record something that changed nothing, in this process's own chain. Raises StoreUnavailable."""
        await self._store.commit(Unit(events=(record,)))
