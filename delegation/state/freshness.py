"""The freshness read: the newest heads, read once for all who wait for it, and remembered for who asks for less."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

from delegation.store import MANY
from delegation.telemetry import metrics
from delegation.telemetry.observing import observer
from delegation.telemetry.tracing import span

_REMEMBERED: Final = 65_536
"""Heads remembered at most, some 400 bytes each."""
_waited: Final = observer(metrics.FRESHNESS_SECONDS)

H = TypeVar("H")
"""What a head is: who reads them and who uses them know."""
H_co = TypeVar("H_co", covariant=True)


class Heads(Protocol[H_co]):
    """Reads the newest head of each partition from the database."""

    async def __call__(self, partitions: Collection[str]) -> Mapping[str, H_co]:
        """Return the head of each partition named."""


@dataclass(frozen=True, slots=True)
class Newest(Generic[H]):
    """Heads that were the newest when they were read."""

    heads: Mapping[str, H]
    began: float
    """When the read began, in seconds of the monotonic clock; of several reads the earliest."""
    made: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What those who were answered together made of it, for each other: none of it outlives the answer."""


class _Round(Generic[H]):
    """Those who will be answered by the same read."""

    def __init__(self, since: float) -> None:
        self.partitions: set[str] = set()
        self.since = since
        self._waiting: list[asyncio.Future[Newest[H]]] = []

    def answer(self, partitions: Collection[str]) -> "asyncio.Future[Newest[H]]":
        """Return the answer to come about these partitions: each who waits has its own, and may stop waiting."""
        self.partitions.update(partitions)
        answer: asyncio.Future[Newest[H]] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        return answer

    def tell(self, newest: Newest[H]) -> None:
        """Answer all who wait still."""
        for answer in self._waiting:
            if not answer.done():
                answer.set_result(newest)

    def fail(self, failure: Exception) -> None:
        """Let all who wait still hear why there is no answer."""
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(failure)


class Freshness(Generic[H]):
    """Shares reads of the heads among requests without ever answering from further back than asked.

    Invariant: a read serves only requests that arrived before it began, since one already under way may
    predate a revocation that was acknowledged meanwhile. Only who asks for it is answered from an earlier one.
    """

    def __init__(self, heads: Heads[H], monotonic: Callable[[], float], *, remembered: int = _REMEMBERED) -> None:
        """Read through `heads`; `monotonic` tells seconds that never run backwards, however the time is set."""
        self._heads = heads
        self._monotonic = monotonic
        self._gathering: _Round[H] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._capacity = remembered
        # In the order of the reads: the first is the oldest, and so of the least use.
        self._remembered: OrderedDict[str, tuple[H, float]] = OrderedDict()

    async def newest(self, partitions: Collection[str], within: float = 0.0) -> Newest[H]:
        """Return heads that were the newest at some moment after this call, or at most `within` seconds before.

        Reads no more than is needed. Raises what the read raises.
        """
        if within > 0 and (recalled := self._recalled(partitions, within)) is not None:
            return recalled
        if len(partitions) > MANY:  # Nobody who asks about few is to wait for so many.
            began = self._monotonic()
            return Newest(await self._heads(partitions), began)
        if self._gathering is None:
            self._gathering = _Round(self._monotonic())
        answer = self._gathering.answer(partitions)
        if self._reading is None:
            # It reads for all: whoever comes first must not have it counted, traced and logged as its own.
            self._reading = asyncio.create_task(self._read(), context=Context())
        with span("freshness"):
            return await answer

    def _recalled(self, partitions: Collection[str], within: float) -> Newest[H] | None:
        """Return what is remembered of all partitions; None when one of them was not read late enough."""
        now = self._monotonic()
        began, heads = now, {}
        for partition in partitions:
            remembered = self._remembered.get(partition)
            if remembered is None or now - remembered[1] > within:
                return None
            heads[partition], read_at = remembered
            began = min(began, read_at)
        return Newest(heads, began)

    async def _read(self) -> None:
        try:
            while (gathered := self._gathering) is not None:
                self._gathering = None
                await self._answer(gathered)
        finally:
            self._reading = None

    async def _answer(self, gathered: _Round[H]) -> None:
        began = self._monotonic()
        try:
            heads = await self._heads(gathered.partitions)
        except Exception as failure:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            gathered.fail(failure)
        else:
            self._remember(heads, began)
            _waited(self._monotonic() - gathered.since)
            gathered.tell(Newest(heads, began))

    def _remember(self, heads: Mapping[str, H], began: float) -> None:
        for partition, head in heads.items():
            self._remembered[partition] = (head, began)
            self._remembered.move_to_end(partition)
        while len(self._remembered) > self._capacity:
            self._remembered.popitem(last=False)
