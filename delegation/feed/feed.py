"""The feed: rounds of looking how far everything is and telling what is new, for as long as one may follow."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Final

from delegation.feed import events
from delegation.feed.events import Event
from delegation.feed.people import People
from delegation.feed.permission import concerned, follower
from delegation.feed.places import name_of, place_of
from delegation.feed.telling import Teller
from delegation.feed.tracks import Tracks
from delegation.overload import Overloaded, Shares
from delegation.state.pictures import Pictures
from delegation.state.platform import PARTITION
from delegation.state.views import Followed, View, partition_of_organization, partition_of_user
from delegation.store import Store, StoreUnavailable
from delegation.telemetry import metrics

_ROUND: Final = 0.5
"""Seconds from the beginning of one round to that of the next."""
_REST: Final = 9
"""How many times as long as a look took there is none: with very many users it is dear."""
_LONGEST_REST: Final = 2.0
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
        self._seats = Shares()
        self._large = asyncio.Semaphore(_LARGE)
        self._store = store
        self.monotonic = pictures.monotonic

    @contextmanager
    def seat(self, service: str) -> Iterator[None]:
        """Hold one of the places for followers until the block ends.

        Raises Overloaded when all are taken, or by this service so many that others would find none.
        """
        if not self._seats.allows(service, self._most):
            raise Overloaded("as many change streams are open as this process serves, for this service; try again")
        self._seats.take(service)
        metrics.STREAMS.inc()
        try:
            yield
        finally:
            self._seats.give_back(service)
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
        told = place_of(place, who.teller, PARTITION, own)
        tracks = Tracks(self._store, who.teller, told.heads, large=self._large, monotonic=self.monotonic)
        people = People(self._store, who.teller, told.people, self.monotonic)
        users = frozenset[str]()
        while not leaves() and self.monotonic() - who.arrived < _LIFE:
            seen, users = await self._seen(who, users)
            if follower(seen.view, who.teller.service) is None:
                yield events.gone(_GONE)
                return
            if not who.proved(seen.view):
                return
            looked = self.monotonic() - seen.began
            logs = {name: seen.heads[name] for name in (PARTITION, own)}
            async with aclosing(tracks.lead(logs)) as led:
                async for event in led:
                    yield event
            if tracks.told != logs:
                continue
            heads = {user: seen.heads[partition_of_user(user)] for user in users}
            async with aclosing(people.lead(heads, seen.began + _ROUND)) as led:
                async for event in led:
                    yield event
            if not people.are_current:
                continue
            at = name_of(who.teller, tracks.told[PARTITION], tracks.told[own], people.fingerprint)
            revisions = {name: head.sequence for name, head in logs.items()}
            yield events.current(seen.began - who.arrived, revisions, people.count, at)
            rest = min(looked * _REST, _LONGEST_REST)
            await asyncio.sleep(max(rest, _ROUND - (self.monotonic() - seen.began)))

    async def _seen(self, who: Follower, users: frozenset[str]) -> tuple[Followed, frozenset[str]]:
        """Return what is seen, and the users that concern whoever follows: the heads of all of them are in it."""
        while True:
            seen = await self._pictures.followed(who.organization, users)
            organization = seen.view.organization
            found = users if organization is None else concerned(organization, seen.view.now.timestamp())
            if found <= users:
                return seen, found
            users = found
