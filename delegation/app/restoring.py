"""What the command line does with a database that was restored, so that nothing revoked is alive when it serves."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from delegation.app.auditing import verified
from delegation.app.held_seal import HeldSeal
from delegation.app.secrets_at_rest import NotPrepared, master_key
from delegation.audit import Held, Record, items_in
from delegation.authority.ending import suspended
from delegation.directory.names import names_given
from delegation.oauth.keys import Cabinet
from delegation.oauth.restoration import fence
from delegation.settings import Settings
from delegation.state.entities import Admission, Delegation, DelegationStatus
from delegation.state.pictures import Pictures
from delegation.state.platform import PARTITION
from delegation.store import (
    Change,
    PartitionChange,
    Put,
    Remove,
    Snapshot,
    Store,
    Unit,
    begin_restoring,
    end_restoring,
    migrate,
    replay,
    unmark,
)
from delegation.tokens import Algorithm, Purpose, generate, new_identifier

_ACTOR: Final = "restoration"
_CUT: Final = (Purpose.ACCESS_TOKEN, Purpose.USER_TOKEN)
"""The purposes of keys by which something was issued that may have been revoked since the backup."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done."""

    entries: int
    """Of the log that were brought back."""
    agents: int
    """Admissions suspended until somebody resumes them."""
    delegations: int
    """Delegations with a budget, suspended likewise."""


async def restore(
    settings: Settings, exports: Sequence[Path], *, complete: bool, clock: Callable[[], datetime]
) -> Restored:
    """Bring a database that was put in place to where exports end, and let nothing live that may have been revoked.

    `complete` says that nothing was acknowledged after the exports, or after the backup when there are none. Nobody
    serves meanwhile, nor when it was interrupted, until it was repeated and has ended.
    Raises NotPrepared, InvalidExport, StoreError, TokenError.
    """
    migrate(settings.database)
    cabinet = Cabinet(master_key(settings, make=False))
    entries = sum(_replayed(settings, path) for path in exports)
    report = await verified(settings, keys=None, held=Held(), clock=clock)
    if report.findings:
        raise NotPrepared(f"the log that was brought back is not sound: {report.findings[0]}")
    held, now = HeldSeal(settings.data_directory), clock()
    store = Store(settings.database, instance=new_identifier("restore"), clock=clock)
    await store.open()
    try:
        if complete and (lost := await held.lost(store)) is not None:
            raise NotPrepared(f"this host has seen seal {lost}, and what was brought back ends before: not --complete")
        begin_restoring(settings.database)
        await _cut_off(settings, store, cabinet, now)
        agents, delegations = await _suspend(store, now, complete=complete)
    finally:
        await store.close()
    # Whoever used something up once may do so again until it ends by itself; until then it is refused by its age.
    end_restoring(settings.database, fence(now))
    unmark(settings.database)
    held.forget()
    return Restored(entries, agents, delegations)


def _replayed(settings: Settings, path: Path) -> int:
    with path.open("rb") as lines:
        return replay(settings.database, items_in(lines), names_given).entries


async def _cut_off(settings: Settings, store: Store, cabinet: Cabinet, now: datetime) -> None:
    """Replace the keys that tokens were signed with: whatever they signed is refused everywhere."""
    platform = (await Pictures(store, rows=1).view()).platform
    old = [key for key in cabinet.unsealed(platform.keys.values()) if key.purpose in _CUT]
    algorithm = Algorithm(settings.signing_algorithm)
    # It signs at once: whoever knows it not yet asks for it, and refuses at the worst what is good.
    made = [generate(algorithm, purpose, not_before=now) for purpose in sorted({key.purpose for key in old})]
    changes: list[Change] = [Remove("signing_keys", {"kid": key.kid}) for key in old]
    changes += [Put("signing_keys", cabinet.sealed(key, now)) for key in made]
    record = Record(now, "restored", "changed", _ACTOR, None, {"keys": [key.kid for key in made]})
    await store.commit(Unit(partitions=(PartitionChange(PARTITION, platform.revision, record, tuple(changes)),)))


async def _suspend(store: Store, now: datetime, *, complete: bool) -> tuple[int, int]:
    """Suspend what may have ended or been used up since the backup, and return how many agents and delegations."""
    agents = delegations = 0
    async for chain in store.chains():
        if not chain.startswith("org:"):
            continue
        snapshot = await store.snapshot(chain)
        budgeted = list(_budgeted(snapshot, now))
        admitted = [] if complete else list(_admitted(snapshot))
        detail = {"agents": [each["agent"] for each in admitted], "delegations": [each["id"] for each in budgeted]}
        changes: list[Change] = [Put("admitted_agents", row) for row in admitted]
        changes += [Put("delegations", row) for row in budgeted]
        record = Record(now, "restored", "changed", _ACTOR, chain.partition(":")[2], detail)
        if changes:
            await store.commit(Unit(partitions=(PartitionChange(chain, snapshot.revision, record, tuple(changes)),)))
        agents, delegations = agents + len(admitted), delegations + len(budgeted)
    return agents, delegations


def _admitted(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    known = (Admission.of(row) for row in snapshot.rows["admitted_agents"])
    return (replace(each, suspended=True).row() for each in known if not each.suspended)


def _budgeted(snapshot: Snapshot, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield delegations that can be used so many times only: how often they were since the backup is not known."""
    second = int(now.timestamp())
    for row in snapshot.rows["delegations"]:
        known = Delegation.of(row)
        if known.budget and known.status is DelegationStatus.ACTIVE and known.expires_at > second:
            yield suspended(known, by=_ACTOR, now=second).row()
