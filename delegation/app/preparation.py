"""Preparation: what an empty database needs before the first request. Does nothing where it was done before."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Final

from delegation.app.first_model import first_model
from delegation.app.held_seal import HeldSeal
from delegation.app.recorded_time import refuse_past
from delegation.app.secrets_at_rest import NotPrepared, administrator_secret, master_key
from delegation.audit import Record
from delegation.oauth.keys import Cabinet
from delegation.settings import Settings
from delegation.state.audit import AUDIT, Audit
from delegation.state.pictures import Pictures
from delegation.state.platform import PARTITION, Platform
from delegation.store import RESTORING, Change, PartitionChange, Put, Stale, Store, Taken, Unit, is_copy, migrate
from delegation.tokens import Algorithm, KeyRing, Purpose, generate

_PREPARE: Final = "what was revoked since the backup is alive in it until you run `delegation restored`"
_AGAIN: Final = "what was revoked since the backup may be alive in it until `delegation restored` has ended"
_ATTEMPTS: Final = 20
"""How often a start looks again at what others that start with it have left out."""


async def prepare_to_serve(settings: Settings, *, clock: Callable[[], datetime], instance: str) -> None:
    """Do what `prepare` does, and make sure that there is a key to sign with now. Raises what it raises."""
    ring = await prepare(settings, clock=clock, instance=instance)
    for purpose in needed(settings):
        ring.signing(purpose, now=clock())


async def prepare(settings: Settings, *, clock: Callable[[], datetime], instance: str) -> KeyRing:
    """Bring the database to the newest schema, give an empty one a model and keys, and return the keys there are.

    Raises NotPrepared when the configuration does not suffice or the clock is wrong, TokenError when the keys do not
    fit together.
    """
    settings.data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(settings.database)
    store = Store(settings.database, instance=instance, clock=clock)
    await store.open()
    try:
        await _refuse_restored(settings, store)
        await refuse_past(settings, store, clock())
        return await _furnish(settings, store, clock)
    finally:
        await store.close()


async def _refuse_restored(settings: Settings, store: Store) -> None:
    """Refuse a database that is older than what was acknowledged, as far as that can be seen. Raises NotPrepared."""
    lost = await HeldSeal(settings.data_directory).lost(store)
    if lost is not None:
        raise NotPrepared(f"the database lacks seal {lost}, which this host has seen: it was restored; {_PREPARE}")
    if is_copy(settings.database):
        raise NotPrepared(f"the database is a backup that was put in place; {_PREPARE}")
    if await store.claimed(RESTORING):
        raise NotPrepared(f"the database is being restored, or that was interrupted; {_AGAIN}")


async def _furnish(settings: Settings, store: Store, clock: Callable[[], datetime]) -> KeyRing:
    pictures = Pictures(store, rows=settings.rows_in_memory)
    administrator_secret(settings)
    for _ in range(_ATTEMPTS):
        platform, audit = (await pictures.view()).platform, await pictures.audit()
        master = master_key(settings, make=not platform.keys)
        cabinet = Cabinet(master)
        ring = cabinet.ring(platform)
        claims, changes = first_model(settings, clock()) if platform.revision == 0 else ([], [])
        changes += _keys(settings, needed(settings), platform, cabinet, clock())
        sealing = _keys(settings, [Purpose.SEAL], audit, cabinet, clock())
        if not changes and not sealing:
            return ring
        record = Record(clock(), "prepare", "changed", actor="command-line", organization=None, detail={})
        found = (PARTITION, platform.revision, changes), (AUDIT, audit.revision, sealing)
        partitions = [PartitionChange(name, at, record, tuple(rows)) for name, at, rows in found if rows]
        # Another process that starts with this one may be quicker; what it left out is then added here.
        with suppress(Stale, Taken):
            await store.commit(Unit(claims=tuple(claims), partitions=tuple(partitions)))
    raise NotPrepared("others keep changing the database; try again")


def needed(settings: Settings) -> list[Purpose]:
    """Return the purposes for which a deployment needs a key to sign tokens with."""
    always = [Purpose.ACCESS_TOKEN, Purpose.RECEIPT, Purpose.INTROSPECTION]
    return [*always, Purpose.USER_TOKEN] if settings.development_identity_provider else always


def _keys(
    settings: Settings, purposes: Iterable[Purpose], holder: Platform | Audit, cabinet: Cabinet, now: datetime
) -> list[Change]:
    """Return a first key for each purpose that needs one and has none."""
    held = {row["purpose"] for row in holder.keys.values()}
    algorithm = Algorithm(settings.signing_algorithm)
    # Nobody can have missed the first key for a purpose: nothing was ever signed for it. It may sign at once.
    made = [generate(algorithm, purpose, not_before=now) for purpose in purposes if purpose not in held]
    return [Put("signing_keys", cabinet.sealed(key, now)) for key in made]
