"""Keys that others publish: remembered for a while, asked for again when they change."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx2

from delegation.telemetry import metrics
from delegation.telemetry.tracing import span
from delegation.tokens.errors import ProviderUnavailable
from delegation.tokens.key_sources import KeysAt, KeysIn, Stamp, fetch_keys, read_keys, stamp_of
from delegation.tokens.verification_keys import VerificationKeys

_MAX_SOURCES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Patience:
    """How long keys are believed, and how often whoever publishes them is asked."""

    max_age: timedelta = timedelta(seconds=300)
    """After this, known keys are confirmed before they are used."""
    max_staleness: timedelta = timedelta(hours=1)
    """How long they are used, unconfirmed, while nobody answers."""
    interval: timedelta = timedelta(seconds=30)
    """At least this lies between two questions, however many unknown keys tokens name."""
    interval_without_keys: timedelta = timedelta(seconds=5)
    """The same while nothing usable is known, for then nobody is served at all."""
    timeout: timedelta = timedelta(seconds=5)
    """For one whole answer."""
    at_once: int = 32
    """Questions under way to all sources together; while there are so many, no other is asked."""


@dataclass(slots=True)
class _Memory:
    """What is known of one source."""

    keys: VerificationKeys | None = None
    confirmed_at: datetime | None = None
    asked_at: datetime | None = None
    failure: str = ""
    """Why the last question brought nothing; empty when it did."""
    stamp: Stamp | None = None
    flight: asyncio.Task[None] | None = None


class RemoteKeys:
    """Keys behind addresses and in files, for use within one event loop."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        clock: Callable[[], datetime],
        patience: Patience | None = None,
    ) -> None:
        """Ask through `client`; how long answers are believed is `patience`."""
        self._client = client
        self._clock = clock
        self._patience = patience or Patience()
        self._memories: OrderedDict[KeysAt | KeysIn, _Memory] = OrderedDict()
        self._under_way = 0

    async def having(self, source: KeysAt | KeysIn, kid: str) -> VerificationKeys:
        """Return the keys of a source, as new as a token by the key `kid` needs them.

        A token that names an unknown key has the source asked again, once per interval for all who wait.
        Raises ProviderUnavailable when the keys cannot be had.
        """
        memory = self._memory(source)
        if isinstance(source, KeysIn):
            return self._filed(source, memory)
        if self._must_ask(memory, kid):
            await self._ask(source, memory)
        keys = self._believed(memory)
        if memory.failure and kid not in keys:
            raise ProviderUnavailable(memory.failure)
        return keys

    def wanting(self, source: KeysAt, kid: str) -> bool:
        """Tell whether `having` would ask, or wait for an answer that is under way."""
        return self._must_ask(self._memory(source), kid)

    def known(self, source: KeysAt) -> VerificationKeys:
        """Return the keys that are believed now, without asking. Raises ProviderUnavailable when there are none."""
        return self._believed(self._memory(source))

    def _must_ask(self, memory: _Memory, kid: str) -> bool:
        if memory.flight is None and not self._may_ask(memory):
            return False
        fresh = self._age(memory) < self._patience.max_age
        return not fresh or memory.keys is None or kid not in memory.keys

    def _may_ask(self, memory: _Memory) -> bool:
        if self._under_way >= self._patience.at_once:
            return False
        if memory.asked_at is None:
            return True
        usable = self._age(memory) < self._patience.max_staleness
        interval = self._patience.interval if usable else self._patience.interval_without_keys
        return self._clock() - memory.asked_at >= interval

    async def _ask(self, source: KeysAt, memory: _Memory) -> None:
        if memory.flight is None:
            memory.asked_at = self._clock()
            memory.flight = asyncio.create_task(self._refresh(source, memory))
        # Whoever stops waiting leaves the answer to the others.
        await asyncio.shield(memory.flight)

    async def _refresh(self, source: KeysAt, memory: _Memory) -> None:
        memory.failure = "nobody answered about the keys"
        self._under_way += 1
        try:
            with span("keys"):
                keys = await fetch_keys(self._client, source, self._patience.timeout)
            memory.keys, memory.confirmed_at, memory.failure = keys, self._clock(), ""
            metrics.KEY_FETCHES.labels("answered").inc()
        except ProviderUnavailable as error:
            memory.failure = str(error)  # what was known before may serve for a while
            metrics.KEY_FETCHES.labels("failed").inc()
        finally:
            self._under_way -= 1
            memory.flight = None

    def _filed(self, source: KeysIn, memory: _Memory) -> VerificationKeys:
        try:
            stamp = stamp_of(source)
            if stamp != memory.stamp:
                memory.keys, memory.stamp = read_keys(source), stamp
            memory.confirmed_at = self._clock()
        except ProviderUnavailable:
            memory.stamp = None
        return self._believed(memory)

    def _believed(self, memory: _Memory) -> VerificationKeys:
        if memory.keys is None or self._age(memory) >= self._patience.max_staleness:
            raise ProviderUnavailable(memory.failure or "the keys cannot be had")
        return memory.keys

    def _age(self, memory: _Memory) -> timedelta:
        if memory.confirmed_at is None:
            return timedelta.max
        return self._clock() - memory.confirmed_at

    def _memory(self, source: KeysAt | KeysIn) -> _Memory:
        memory = self._memories.setdefault(source, _Memory())
        self._memories.move_to_end(source)
        if len(self._memories) > _MAX_SOURCES:
            self._memories.popitem(last=False)
        return memory
