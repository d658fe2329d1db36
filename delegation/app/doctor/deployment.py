"""What a deployment has in its database: keys, seals, chains, and whoever is left without others."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from delegation.app.auditing import kept_keys
from delegation.app.doctor.findings import Finding, fault, well
from delegation.app.doctor.keys import keys
from delegation.app.doctor.log import chains, seals, size
from delegation.app.doctor.orphans import orphans
from delegation.app.held_seal import HeldSeal
from delegation.app.preparation import needed
from delegation.app.secrets_at_rest import NotPrepared, master_key
from delegation.audit import SEALS, signed_in
from delegation.audit import Finding as BadEntry
from delegation.oauth.keys import Cabinet
from delegation.settings import Settings
from delegation.state.audit import AUDIT
from delegation.state.platform import PARTITION
from delegation.store import RESTORING, Condition, Store, is_copy, verify_chain
from delegation.tokens import AuditSeal, Purpose, TokenError, read_audit_seal, usable_keys

_ORGANIZATIONS = 50
"""That are looked at; a deployment may have a hundred thousand."""
_SHORT = 5_000
"""Entries of a chain that is read from its beginning to its end."""


class Deployment:
    """Looks into an open store."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        """Look at a deployment's store."""
        self._settings = settings
        self._store = store
        self._clock = clock

    async def findings(self, found: Condition) -> AsyncIterator[Finding]:
        """Yield what there is to say about what the database holds."""
        async for finding in self._keys():
            yield finding
        async for finding in self._log(found):
            yield finding
        async for finding in self._orphans():
            yield finding
        try:
            lost = await HeldSeal(self._settings.data_directory).lost(self._store)
        except NotPrepared as error:
            yield fault("restoration", str(error), "no process starts here until then")
            return
        unfinished = await self._store.claimed(RESTORING)
        if unfinished or lost is not None or is_copy(self._settings.database):
            text = "the database was restored, and what was revoked since the backup is alive in it"
            yield fault("restoration", text, "delegation restored, with the exports made since")

    async def _keys(self) -> AsyncIterator[Finding]:
        rows = [row for name in (PARTITION, AUDIT) for row in (await self._store.snapshot(name)).rows["signing_keys"]]
        try:
            found = Cabinet(master_key(self._settings, make=False)).unsealed(rows)
        except (NotPrepared, TokenError) as error:
            yield fault("master key", str(error), "put back the master key that these keys were sealed with")
            return
        yield well("master key", f"it opens all {len(found)} keys")
        for finding in keys(found, [*needed(self._settings), Purpose.SEAL], self._clock()):
            yield finding

    async def _log(self, found: Condition) -> AsyncIterator[Finding]:
        store = self._store
        number = (await store.heads([SEALS]))[SEALS]
        unsealed = len((await store.unsealed("", 1_000)).heads)
        newest, now = await self._newest_seal(number), self._clock()
        interval = self._settings.seal_interval
        for finding in seals(newest, number=number, unsealed=unsealed, now=now, interval=interval):
            yield finding
        looked, bad = 0, list[BadEntry]()
        async for chain in store.chains():
            head = (await store.newest([chain]))[chain]
            if head.sequence <= _SHORT:
                looked += 1
                bad += (await verify_chain(store, chain)).findings
            if looked == _ORGANIZATIONS:
                break
        begins = await store.begins(SEALS)
        for finding in (*chains(bad, looked), *size(found.entries, 0 if begins is None else begins.sequence)):
            yield finding

    async def _newest_seal(self, number: int) -> AuditSeal | None:
        known = usable_keys(await kept_keys(self._store))
        async for page in self._store.pages(SEALS, after=number - 1):
            for entry in page.entries:
                signed = signed_in(entry.body)
                try:
                    return None if signed is None else read_audit_seal(signed, keys=known)
                except TokenError:
                    return None
        return None

    async def _orphans(self) -> AsyncIterator[Finding]:
        found = [chain async for chain in self._store.chains() if chain.startswith("org:")][:_ORGANIZATIONS]
        now, alone = int(self._clock().timestamp()), 0
        for chain in found:
            rows = (await self._store.snapshot(chain)).rows
            authors = {str(row["author"]).removeprefix("user:") for row in rows["delegation_policies"]}
            deleted = {author for author in authors if await self._is_deleted(author)}
            for finding in orphans(chain.partition(":")[2], rows, deleted, now):
                alone += 1
                yield finding
        if not alone:
            yield well("delegations", f"none of {len(found)} organizations has one without its user and its agent")

    async def _is_deleted(self, user: str) -> bool:
        rows = (await self._store.snapshot(f"user:{user}")).rows["users"]
        return any(row["status"] == "deleted" for row in rows)
