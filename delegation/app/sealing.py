"""Sealing: the heads of all chains are covered by signed seals, again and again while the service runs."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Final

import structlog

from delegation.app.rounds import Round, Rounds
from delegation.audit import SEALS, body_with, root_of
from delegation.store import SealedHeads, Stale, Store, StoreError, Unit, Unsealed
from delegation.telemetry import metrics
from delegation.tokens import AuditSeal, KeyRing, Purpose, TokenError, sign_audit_seal

_MOST: Final = 4_096
"""Heads that one seal covers at most."""

_log = structlog.get_logger()


class Sealer:
    """Seals what moved since it was sealed. Any number of processes may: of seals made at once, one is made."""

    def __init__(
        self,
        store: Store,
        ring: Callable[[], Awaitable[KeyRing]],
        *,
        issuer: str,
        clock: Callable[[], datetime],
        most: int = _MOST,
    ) -> None:
        """Sign as `issuer` with the newest key of the `ring` for seals; one seal covers at most `most` heads."""
        self._store = store
        self._ring = ring
        self._issuer = issuer
        self.is_stuck = False
        """Whether the last try to seal failed."""
        self._clock = clock
        self._most = most
        self._seen: int | None = None
        """The number of the newest seal when this process sealed last; None where that failed."""

    async def seal(self) -> int:
        """Cover every head that moved before this call, and return how many seals were made here for that.

        Raises StoreError and TokenError; what was sealed until then stays sealed.
        """
        made, after = 0, ""
        while True:
            unsealed = await self._store.unsealed(after, self._most)
            if not unsealed.heads:
                return made
            unit = Unit(seal=await self._next(unsealed))
            try:
                await self._store.commit(unit)
            except Stale:
                continue  # Another process made this seal. What it left over is looked for again.
            made, after = made + 1, unsealed.heads[-1].chain

    def at_intervals(self, seconds: float, rounds: Rounds) -> AbstractAsyncContextManager[None]:
        """Seal again and again until the block ends, and then once more."""
        metrics.SEALED_AT.set_to_current_time()  # What is older, the processes before have sealed.
        return rounds.keep(Round("sealing", self._take_turn, seconds, last=self._try))

    async def _take_turn(self) -> None:
        self._seen = await self._try(self._seen)

    async def _try(self, seen: int | None = None) -> int | None:
        """Seal, unless another process has since seal number `seen`; return the number of the newest seal."""
        try:
            newest = await self._newest()
            if seen is not None and newest != seen:
                self._succeeded()
                return newest
            await self.seal()
            newest = await self._newest()
        except (StoreError, TokenError) as error:
            _log.warning("the log could not be sealed", error=str(error))
        except Exception as error:  # noqa: BLE001  the outermost edge of a task that has to go on
            _log.error("the log could not be sealed", error=type(error).__name__)
        else:
            self._succeeded()
            return newest
        self.is_stuck = True
        metrics.SEALS.labels("failed").inc()
        return None

    def _succeeded(self) -> None:
        self.is_stuck = False
        metrics.SEALS.labels("sealed").inc()
        metrics.SEALED_AT.set_to_current_time()

    async def _newest(self) -> int:
        return (await self._store.heads([SEALS]))[SEALS]

    async def _next(self, unsealed: Unsealed) -> SealedHeads:
        now = self._clock()
        key = (await self._ring()).signing(Purpose.SEAL, now=now)
        seal = AuditSeal(
            issuer=self._issuer,
            issued_at=now,
            number=unsealed.last.sequence + 1,
            previous=unsealed.last.hash,
            size=len(unsealed.heads),
            root=root_of(unsealed.heads),
        )
        return SealedHeads(unsealed.last.sequence, body_with(sign_audit_seal(seal, key)), unsealed.heads)
