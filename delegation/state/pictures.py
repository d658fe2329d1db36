"""What a request sees, the newest pictures of the partitions it concerns, and how what it decides is settled."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from weakref import WeakValueDictionary

from delegation.audit import Record
from delegation.state.album import Album
from delegation.state.freshness import Freshness
from delegation.state.organization import Organization
from delegation.state.platform import PARTITION, Platform
from delegation.state.user import User
from delegation.state.world import World
from delegation.store import Reason, Stale, Store, StoreUnavailable, Unit

ATTEMPTS: Final = 20
"""How often something is decided again, because the partition moved on, before the caller is asked to retry."""
PATIENCE: Final = 5.0
"""Seconds a change waits for those that came before it, which may be waiting for the database themselves."""
_CROWDED: Final = "too many changes of the same organization at once"

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

    @property
    def world(self) -> World | None:
        """The organization's world; None when the organization does not exist."""
        if self.organization is None:
            return None
        model = self.organization.model(self.platform.model)
        return World(self.platform, self.organization, self.users, model)


@dataclass(frozen=True, slots=True)
class Settled(Generic[T]):
    """What was decided, durable, and the revisions that it led to (none when it changed no partition)."""

    answer: T
    revisions: Mapping[str, int]


class Pictures:
    """The pictures this process keeps, the read that keeps them true, and the way to change what they show."""

    def __init__(self, store: Store, *, organizations: int) -> None:
        """Keep at most this many organizations, and ten times as many users."""
        self._store = store
        self._platform = Album(store, lambda _: Platform(), capacity=1)
        self._organizations = Album(store, lambda p: Organization(_name(p)), capacity=organizations)
        self._users = Album(store, lambda p: User(_name(p)), capacity=organizations * 10)
        self._freshness = Freshness(store.heads)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def view(self, *, organization: str | None = None, users: Collection[str] = ()) -> View:
        """Return the newest pictures of the platform and of those named that exist.

        Raises StoreUnavailable when the newest revisions cannot be read: nothing is answered from the past.
        """
        tenant = "" if organization is None else partition_of_organization(organization)
        people = {user: partition_of_user(user) for user in users}
        heads = await self._freshness.newest([PARTITION, *people.values(), *([tenant] if tenant else [])])
        platform = await self._platform.at(PARTITION, heads[PARTITION])
        found = {user: await self._users.at(name, heads[name]) for user, name in people.items()}
        return View(
            platform or Platform(),
            await self._organizations.at(tenant, heads[tenant]) if tenant else None,
            {user: account for user, account in found.items() if account is not None},
        )

    async def settle(
        self,
        decide: Callable[[View], tuple[T, Unit]],
        *,
        organization: str | None = None,
        users: Collection[str] = (),
    ) -> Settled[T]:
        """Decide on the newest view and write what was decided; decide again when a partition moved meanwhile.

        Raises what `decide` raises (nothing was written), Taken, and StoreUnavailable.
        """
        async with AsyncExitStack() as turn:
            queued = False
            for _ in range(ATTEMPTS):
                answer, unit = decide(await self.view(organization=organization, users=users))
                if unit == Unit():
                    return Settled(answer, {})
                if unit.partitions and not queued:
                    queued = True
                    if await self._wait(unit.partitions[0].partition, turn):
                        continue  # What was decided before waiting is old.
                try:
                    return Settled(answer, await self._store.commit(unit))
                except Stale:
                    continue
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
