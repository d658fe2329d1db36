"""The feed: rounds of looking how far everything is and telling what is new, for as long as one may follow."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Final

from delegation.feed import events
from delegation.feed.events import Event
from delegation.feed.permission import concerned, follower
from delegation.feed.places import heads_at, place_of
from delegation.feed.telling import Teller
from delegation.feed.tracks import Tracks
from delegation.overload import Overloaded
from delegation.state.pictures import Pictures
from delegation.state.platform import PARTITION
from delegation.state.views import Followed, View, partition_of_organization, partition_of_user
from delegation.store import Store, StoreUnavailable
from delegation.telemetry import metrics

_ROUND: Final = 0.5
"""Seconds from the beginning of one round to that of the next."""
_LIFE: Final = 900.0
"""Seconds that a stream lasts at most: then the service proves itself anew, and goes on where it was."""
_LARGE: Final = 2
"""Large partitions told at once: the store reads a few more than that, for whoever else needs one."""
_GONE: Final = "the service may follow this organization no longer"


@dataclass(frozen=True, slots=True)
class Follower:
    """A service that proved itself, and what it follows."""

    teller: Teller
    organization: str
    proved: Callable[[View], bool]
    """Whether what it proved itself with is good still."""
    arrived: float
    """When its request had arrived, in seconds of the monotonic clock."""


class Feed:
    """Tells the followers of one process."""

    def __init__(self, store: Store, pictures: Pictures, *, most: int) -> None:
        """Tell at most so many at once of what `store` has, by the clock that its pictures go by."""
        self._pictures = pictures
        self._most = most
        self._open = 0
        self._large = asyncio.Semaphore(_LARGE)
        self._store = store
        self.monotonic = pictures.monotonic

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Hold one of the places for followers until the block ends. Raises Overloaded when all are taken."""
        if self._open >= self._most:
            raise Overloaded("as many change streams are open as this process serves; try again")
        self._open += 1
        metrics.STREAMS.inc()
        try:
            yield
        finally:
            self._open -= 1
            metrics.STREAMS.dec()

    async def follow(self, who: Follower, place: str | None, leaves: Callable[[], bool]) -> AsyncGenerator[Event, None]:
        """Yield what a follower is told, from the place it was at, until it may be told no longer.

        It ends where nothing can be read, since others may be able to, and before the process does: `leaves` says so.
        """
        try:
            async with aclosing(self._rounds(who, place, leaves)) as told:
                async for event in told:
                    metrics.STREAM_EVENTS.labels(event.name).inc()
                    yield event
        except StoreUnavailable:
            return

    async def _rounds(
        self, who: Follower, place: str | None, leaves: Callable[[], bool]
    ) -> AsyncGenerator[Event, None]:
        own = partition_of_organization(who.organization)
        told = heads_at(place, who.teller, PARTITION, own)
        tracks = Tracks(self._store, who.teller, told, large=self._large, monotonic=self.monotonic)
        users = frozenset[str]()
        while not leaves() and self.monotonic() - who.arrived < _LIFE:
            seen, users = await self._seen(who, users)
            if follower(seen.view, who.teller.service) is None:
                yield events.gone(_GONE)
                return
            if not who.proved(seen.view):
                return
            tracks.keep({PARTITION, own, *map(partition_of_user, users)})
            for name in (PARTITION, own, *map(partition_of_user, sorted(users))):
                async with aclosing(tracks.lead(seen.heads[name])) as led:
                    async for event in led:
                        yield event
            heads = {name: head.sequence for name, head in sorted(tracks.told.items())}
            at = place_of(who.teller, tracks.told[PARTITION], tracks.told[own])
            yield events.current(seen.began - who.arrived, heads, at)
            await asyncio.sleep(max(0.0, _ROUND - (self.monotonic() - seen.began)))

    async def _seen(self, who: Follower, users: frozenset[str]) -> tuple[Followed, frozenset[str]]:
        """Return what is seen, and the users that concern whoever follows: the heads of all of them are in it."""
        while True:
            seen = await self._pictures.followed(who.organization, users)
            organization = seen.view.organization
            found = users if organization is None else concerned(organization, seen.view.now.timestamp())
            if found <= users:
                return seen, found
            users = found
