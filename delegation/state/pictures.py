"""What a request sees, the newest pictures of the partitions it concerns, and how what it decides is settled."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Container, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

from delegation.audit import Head, Record
from delegation.state.album import Album
from delegation.state.anticipation import Anticipation
from delegation.state.audit import AUDIT, Audit
from delegation.state.freshness import Freshness, Newest
from delegation.state.memory import Memory
from delegation.state.once import Once, keeping
from delegation.state.organization import Organization
from delegation.state.platform import PARTITION, Platform
from delegation.state.user import User
from delegation.state.world import World
from delegation.store import IDEMPOTENCY, Reason, Seen, Stale, Store, StoreUnavailable, Taken, Unit

PATIENCE: Final = 5.0
"""Seconds in which something is decided again because the partition moved on, and in which it waits for its turn."""
_CROWDED: Final = "too many changes of the same organization at once"

P = TypeVar("P")
T = TypeVar("T")


def partition_of_organization(organization: str) -> str:
    """Return the name of an organization's partition."""
    return f"org:{organization}"


def partition_of_user(user: str) -> str:
    """Return the name of a user's own partition."""
    return f"user:{user}"


def _name(partition: str) -> str:
    return partition.partition(":")[2]


@dataclass(frozen=True, slots=True)
class View:
    """What one request sees. Valid until the next await: the pictures in it move on."""

    platform: Platform
    organization: Organization | None
    users: Mapping[str, User]
    age: float = 0.0
    """Seconds since the read that it is true of began."""

    @property
    def whole(self) -> bool:
        """Whether no picture in it is taking over a change at this moment."""
        pictures = (self.platform, self.organization, *self.users.values())
        return all(picture is None or picture.revision >= 0 for picture in pictures)

    @property
    def world(self) -> World | None:
        """The organization's world; None when the organization does not exist."""
        if self.organization is None:
            return None
        model = self.organization.model(self.platform.model)
        return World(self.platform, self.organization, self.users, model)


def revisions_of(seen: View | World) -> dict[str, int]:
    """Return the revision at which each partition was seen that is there."""
    revisions = {PARTITION: seen.platform.revision}
    if seen.organization is not None:
        revisions[partition_of_organization(seen.organization.id)] = seen.organization.revision
    return revisions | {partition_of_user(id): user.revision for id, user in seen.users.items()}


def seen_beside(changed: Container[str], seen: View | World) -> tuple[Seen, ...]:
    """Return what a unit was decided on beside the partitions that it changes.

    Who is not there is not named: that somebody is missing is a reason to refuse and never one to permit.
    """
    return tuple((name, revision) for name, revision in sorted(revisions_of(seen).items()) if name not in changed)


class Pictures:
    """The pictures this process keeps, the read that keeps them true, and the way to change what they show."""

    def __init__(self, store: Store, *, rows: int, monotonic: Callable[[], float] = monotonic) -> None:
        """Keep pictures of at most this many rows; `monotonic` measures how old what was read is."""
        self._store = store
        self._monotonic = monotonic
        self._memory = Memory(rows)
        self._platform = Album(store, lambda _: Platform(), self._memory, monotonic)
        self._organizations = Album(store, lambda p: Organization(_name(p)), self._memory, monotonic)
        self._users = Album(store, lambda p: User(_name(p)), self._memory, monotonic)
        self._audit = Album(store, lambda _: Audit(), self._memory, monotonic)
        self._freshness = Freshness(store.newest, monotonic)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._anticipation = Anticipation(self._album_of)

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
        tenant = "" if organization is None else partition_of_organization(organization)
        people = {user: partition_of_user(user) for user in users}
        names = [PARTITION, *people.values(), *([tenant] if tenant else [])]
        newest = await self._freshness.newest(names, within)
        try:
            view: View | None = await self._view_at(newest, tenant, people)
        except StoreUnavailable:
            if within <= 0:
                raise
            view = None  # What was remembered may be what the database has lost since.
        finally:
            self._memory.make_room(names)
        if view is None or 0 < within < view.age:  # Something had to be loaded, and that took too long.
            return await self.view(organization=organization, users=users)
        return view

    async def audit(self) -> Audit:
        """Return the newest picture of what the audit log has of its own. Raises StoreUnavailable."""
        newest = await self._freshness.newest([AUDIT])
        try:
            return await self._audit.at(newest.heads[AUDIT], newest.began) or Audit()
        finally:
            self._memory.make_room([AUDIT])

    async def _view_at(self, newest: Newest[Head], tenant: str, people: Mapping[str, str]) -> View:
        heads, began = newest.heads, newest.began
        while True:
            platform = await self._platform.at(heads[PARTITION], began)
            found = {user: await self._users.at(heads[name], began) for user, name in people.items()}
            organization = await self._organizations.at(heads[tenant], began) if tenant else None
            accounts = {user: account for user, account in found.items() if account is not None}
            view = View(platform or Platform(), organization, accounts, self._monotonic() - began)
            # While one picture was waited for, another may have begun to take over a large change.
            if view.whole:
                return view

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

    async def note(self, record: Record) -> None:
        """Record something that changed nothing, in this process's own chain. Raises StoreUnavailable."""
        await self._store.commit(Unit(events=(record,)))
