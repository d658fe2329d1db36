"""Trusted identity providers and their keys: remembered for a while, asked for again when they change."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import httpx2

from delegation.tokens.errors import ProviderUnavailable
from delegation.tokens.jws import Kind, parse
from delegation.tokens.key_sources import (
    KeysAt,
    KeysIn,
    Stamp,
    fetch_keys,
    read_keys,
    stamp_of,
)
from delegation.tokens.verification_keys import VerificationKeys

KeySource: TypeAlias = VerificationKeys | KeysAt | KeysIn

_MAX_SOURCES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Provider:
    """A trusted issuer of user tokens: the audience they must be for, and where its keys are."""

    issuer: str
    audience: str
    source: KeySource


@dataclass(frozen=True, slots=True)
class Patience:
    """How long keys are believed, and how often a provider is asked."""

    max_age: timedelta = timedelta(seconds=300)
    """After this, known keys are confirmed before they are used."""
    max_staleness: timedelta = timedelta(hours=1)
    """How long they are used, unconfirmed, while the provider cannot be reached."""
    interval: timedelta = timedelta(seconds=30)
    """At least this lies between two questions, however many unknown keys tokens name."""
    interval_without_keys: timedelta = timedelta(seconds=5)
    """The same while nothing usable is known, for then nobody is served at all."""
    timeout: timedelta = timedelta(seconds=5)
    """For one whole answer."""


@dataclass(slots=True)
class _Memory:
    """What is known of one source."""

    keys: VerificationKeys | None = None
    confirmed_at: datetime | None = None
    asked_at: datetime | None = None
    failed: bool = False
    stamp: Stamp | None = None
    flight: asyncio.Task[None] | None = None


class ProviderKeys:
    """The keys of identity providers, for use within one event loop."""

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

    async def for_token(self, provider: Provider, encoded: str) -> VerificationKeys:
        """Return the provider's keys, as new as this token needs them.

        A token that names an unknown key has the provider asked again, once per interval for all who wait.
        Raises InvalidToken for a token in bad form and ProviderUnavailable when the keys cannot be had.
        """
        kid = parse(encoded, kind=Kind.USER_TOKEN).kid
        match provider.source:
            case VerificationKeys():
                return provider.source
            case KeysIn():
                return self._filed(provider.source)
            case KeysAt():
                return await self._fetched(provider.source, kid)

    async def _fetched(self, source: KeysAt, kid: str) -> VerificationKeys:
        memory = self._memory(source)
        if self._must_ask(memory, kid):
            await self._ask(source, memory)
        keys = self._believed(memory)
        if memory.failed and kid not in keys:
            raise ProviderUnavailable("the identity provider cannot be asked about a new key")
        return keys

    def _must_ask(self, memory: _Memory, kid: str) -> bool:
        if memory.flight is None and not self._may_ask(memory):
            return False
        fresh = self._age(memory) < self._patience.max_age
        return not fresh or memory.keys is None or kid not in memory.keys

    def _may_ask(self, memory: _Memory) -> bool:
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
        memory.failed = True
        try:
            keys = await fetch_keys(self._client, source, self._patience.timeout)
            memory.keys, memory.confirmed_at, memory.failed = keys, self._clock(), False
        except ProviderUnavailable:
            return  # what was known before may serve for a while
        finally:
            memory.flight = None

    def _filed(self, source: KeysIn) -> VerificationKeys:
        memory = self._memory(source)
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
            raise ProviderUnavailable("the identity provider's keys cannot be had")
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
