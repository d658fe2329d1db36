"""A follower: keeps the replica of one organization current, and knows at each moment how old it may be.

Freshness: the clock is read right before the request is sent. What is told to be current so many seconds after the
request had arrived was so then or later, however long it was on the way.
"""

import asyncio
import logging
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from delegation.client import ClientSettings, Unavailable
from delegation.client.errors import printable
from delegation.edge.connection import Connection
from delegation.edge.errors import Contradictory, Ended, Gone, Lost
from delegation.edge.events import Event, Reader
from delegation.edge.replica import Replica
from delegation.edge.replicated import Replicated

_LONGEST_ROUND: Final = 150.0
"""Seconds without a word that everything is current, after which a stream is lost. A large beginning may take 120."""
_TOLERANCE: Final = 1.0
"""Seconds by which two clocks may go apart within the quarter of an hour that a stream lasts."""
_LONGEST_LIFE: Final = 86_400.0
_SHORTEST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 60.0
_DOUBLED: Final = 20
_PLACE: Final = re.compile(r"[!-~]{1,512}")
_FIRST: Final = "it was not followed yet"

_log = logging.getLogger("delegation.edge")


@dataclass(frozen=True, slots=True)
class Following:
    """How well an organization is followed."""

    organization: str
    revision: int | None
    """Which is decided on; None where nothing is known."""
    age: float | None
    """Seconds since that was known to be the newest."""
    behind: str | None
    """Why nothing is decided at this moment, or soon will not be; None while it is followed."""


class Follower:
    """Follows one organization."""

    def __init__(
        self, replica: Replica, connection: Connection, settings: ClientSettings, monotonic: Callable[[], float]
    ) -> None:
        """Follow by a connection; `monotonic` measures how old it is what is known, in seconds."""
        self._replica = replica
        self._connection = connection
        self._settings = settings
        self._monotonic = monotonic
        self._proved: float | None = None
        self._place: str | None = None
        self._trouble: str | None = _FIRST
        self._is_lost = False
        self._failures = 0
        self._told = asyncio.Event()

    async def follow(self) -> None:
        """Follow, and begin again whenever the stream is lost, until cancelled."""
        try:
            while True:
                await self._settings.sleep(await self._followed())
        finally:
            self._forget()
            self._trouble = "it is followed no longer"

    async def tried(self) -> None:
        """Return when everything was current for the first time, or the issuer refused to tell."""
        await self._told.wait()

    @property
    def age(self) -> float:
        """Seconds since what is known was known to be the newest; without end where nothing is."""
        return math.inf if self._proved is None else self._monotonic() - self._proved

    @property
    def known(self) -> Replicated | None:
        """What was current last, however old: good for finding out what is no token at all, and for nothing else."""
        return self._replica.seen

    def seen(self, within: float) -> Replicated:
        """Return what is decided on. Raises Unavailable where it was not the newest `within` seconds ago."""
        seen, age = self._replica.seen, self.age
        if seen is not None and age <= within:
            return seen
        known = "is not known" if seen is None else f"was current {age:.1f} s ago, which is more than {within:g} s"
        raise Unavailable(f"`{self._replica.organization}` {known}: {self._trouble or 'the stream is silent'}")

    def status(self, within: float) -> Following:
        """Return how well it is followed."""
        seen, age = self._replica.seen, self.age
        silent = "the stream is silent" if age > within else None
        return Following(
            self._replica.organization,
            None if seen is None else seen.organization.revision,
            None if seen is None else age,
            self._trouble or silent,
        )

    async def _followed(self) -> float:
        """Follow until the stream is lost, and return the seconds to wait before the next."""
        self._replica.forget_drafts()
        slowest = self._settings.longest_pause.total_seconds()
        try:
            async with asyncio.timeout(_LONGEST_ROUND) as limit:
                await self._listen(limit)
        except Lost as lost:
            # The issuer ends streams from time to time; that is no trouble where it is there again at once.
            if self._failures or not isinstance(lost, Ended):
                self._lose(str(lost))
            return lost.wait + self._pause(slowest)
        except TimeoutError:
            self._lose("it was not told for long that everything is current")
        except Contradictory as wrong:
            self._forget()
            self._lose(f"what was told cannot be believed: {wrong}")
        except Gone as gone:
            self._forget()
            self._lose(str(gone))
            self._told.set()
            return max(slowest, self._pause(_LONGEST_PAUSE))
        except Exception as error:  # noqa: BLE001  the outermost edge of a task that has to go on
            self._forget()
            self._lose(f"to follow failed with {type(error).__name__}")
        return self._pause(slowest)

    async def _listen(self, limit: asyncio.Timeout) -> None:
        """Take in what is told until the stream ends, which it always raises."""
        asked, reader, loop = self._monotonic(), Reader(), asyncio.get_running_loop()
        after = 0.0
        async with self._connection.opened(self._replica.organization, self._place) as chunks:
            async for chunk in chunks:
                for event in reader.read(chunk):
                    if event.name == "gone":
                        raise Gone(f"the issuer ended it: {printable(str(event.body.get('reason')))}")
                    if self._replica.hear(event):
                        after = self._prove(asked, after, event)
                        limit.reschedule(loop.time() + _LONGEST_ROUND)
        raise Ended("the issuer ended the stream")

    def _prove(self, asked: float, before: float, event: Event) -> float:
        """Take note that everything is current, as of so many seconds after the request, and return these."""
        after, now = event.body.get("after"), self._monotonic()
        if not isinstance(after, int | float) or isinstance(after, bool) or not before <= after < _LONGEST_LIFE:
            raise Contradictory("it is not told when everything was current")
        if asked + after > now + _TOLERANCE:
            raise Contradictory("everything is told to be current at a moment that has not come")
        self._proved = min(asked + after, now)
        self._place = event.place if event.place is not None and _PLACE.fullmatch(event.place) else None
        self._failures, self._trouble = 0, None
        if self._is_lost:
            self._is_lost = False
            _log.warning("`%s` is followed again", self._replica.organization)
        self._told.set()
        return float(after)

    def _forget(self) -> None:
        self._replica.forget()
        self._proved = self._place = None

    def _lose(self, reason: str) -> None:
        self._trouble = reason
        if not self._is_lost:
            self._is_lost = True
            _log.warning("`%s` is not followed: %s", self._replica.organization, reason)

    def _pause(self, longest: float) -> float:
        """Return the seconds to wait, twice as long each time, and in part by chance: not all come back at once."""
        doubled = self._settings.backoff.total_seconds() * (1 << min(self._failures, _DOUBLED))
        self._failures += 1
        return max(_SHORTEST_PAUSE, min(longest, doubled) * (1 + self._settings.chance()) / 2)
