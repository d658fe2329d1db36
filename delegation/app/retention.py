"""What the command line throws away of the log: what seals covered long ago and somebody keeps elsewhere."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from delegation.app.auditing import kept_keys, reading, seal_now, verified
from delegation.audit import KEEPER, PURGE, SEALS, Head, Held, Record, purge_detail, signed_in
from delegation.settings import Settings
from delegation.store import PartitionChange, Stale, Store, Unit, doomed, purge
from delegation.tokens import InvalidToken, VerificationKeys, new_identifier, read_audit_seal, usable_keys


@dataclass(frozen=True, slots=True)
class Plan:
    """What a purge would do."""

    seal: Head | None
    """The newest seal that is old enough; None when there is none."""
    sealed_at: datetime | None
    chains: int = 0
    entries: int = 0
    obstacles: Sequence[str] = ()
    """What stands in the way, in words."""


async def plan(settings: Settings, before: datetime, *, held: Held | None, clock: Callable[[], datetime]) -> Plan:
    """Return what goes when everything goes that was sealed before a moment, and what stands in the way.

    `held` is what was kept elsewhere of the log; None is for whoever does not want to keep it.
    """
    async with reading(settings, clock) as store:
        found = await _newest_before(store, before)
        if found is None:
            return Plan(None, None, obstacles=("no seal is so old that it and all before it can go",))
        seal, sealed_at = found
        gone = await store.read(partial(doomed, seal=seal.sequence))
        begins = await store.begins(SEALS)
    told = range(1 if begins is None else begins.sequence + 1, seal.sequence + 1)
    obstacles = [] if held is None else _missing(held, told, gone.places)
    report = await verified(settings, keys=None, held=Held() if held is None else held, clock=clock)
    obstacles += [f"the log is not sound: {finding}" for finding in report.findings]
    return Plan(seal, sealed_at, len(gone.places), gone.entries, tuple(obstacles))


async def carry_out(settings: Settings, plan: Plan, *, clock: Callable[[], datetime]) -> None:
    """Record a purge, seal the record, delete, and seal what was quiet for so long anew.

    Whatever it is interrupted by, the log verifies, and the next purge finishes it. Raises StoreError and TokenError.
    """
    if plan.seal is None or plan.obstacles:
        return
    await _record(settings, plan, clock)
    await seal_now(settings, clock=clock)
    await asyncio.to_thread(purge, settings.database, plan.seal.sequence)
    await seal_now(settings, clock=clock)


async def _record(settings: Settings, plan: Plan, clock: Callable[[], datetime]) -> None:
    if plan.seal is None:
        return
    detail = {**purge_detail(plan.seal), "chains": plan.chains, "entries": plan.entries}
    record = Record(clock(), PURGE, "changed", "command-line", None, detail)
    store = Store(settings.database, instance=new_identifier("command"), clock=clock)
    await store.open()
    try:
        while True:
            revision = (await store.heads([KEEPER]))[KEEPER]
            try:
                await store.commit(Unit(partitions=(PartitionChange(KEEPER, revision, record, ()),)))
            except Stale:
                continue
            return
    finally:
        await store.close()


async def _newest_before(store: Store, before: datetime) -> tuple[Head, datetime] | None:
    keys = usable_keys(await kept_keys(store))
    begins = await store.begins(SEALS)
    found = None
    async for page in store.pages(SEALS, after=0 if begins is None else begins.sequence):
        for entry in page.entries:
            made = _made(entry.body, keys)
            if made is None or made >= before:
                return found
            found = Head(SEALS, entry.sequence, entry.hash), made
    return found


def _made(body: str, keys: VerificationKeys) -> datetime | None:
    signed = signed_in(body)
    try:
        return None if signed is None else read_audit_seal(signed, keys=keys).issued_at
    except InvalidToken:
        return None


def _missing(held: Held, seals: range, places: Sequence[Head]) -> list[str]:
    """Return what of that which goes is not in what was kept, in words; `seals` are those that go."""
    if held.newest_seal < seals[-1] or not held.heads:
        return [f"what was kept does not reach seal {seals[-1]}: export the log first, and keep that"]
    first = next((number for number in seals if number not in held.seals), None)
    if first is not None:
        return [f"what was kept lacks seal {first}: give with --held the exports before as well, back to the first"]
    reached = {chain: max(head.sequence for head in heads) for chain, heads in held.heads.items()}
    lacking = sum(1 for place in places if place.chain != SEALS and reached.get(place.chain, 0) < place.sequence)
    if lacking:
        return [f"what was kept lacks {lacking} of the chains that would go: keep an export of the whole log"]
    return []
