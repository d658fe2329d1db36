"""What the command line does with signing keys: list, rotate, withdraw. Servers follow at their next request."""

from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from delegation.app.administration import opened
from delegation.app.secrets_at_rest import NotPrepared, master_key
from delegation.audit import JSON, Record
from delegation.oauth.keys import Cabinet
from delegation.settings import Settings
from delegation.state.audit import AUDIT, Audit
from delegation.state.pictures import Pictures
from delegation.state.platform import PARTITION, Platform
from delegation.store import Change, PartitionChange, Put, Remove, Stale, Store, Unit
from delegation.tokens import (
    Algorithm,
    InvalidKey,
    KeyChange,
    KeyState,
    Life,
    Purpose,
    SigningKey,
    generate,
    lives,
    rotation,
    withdrawal,
)

_ATTEMPTS: Final = 20
"""How often a change of keys is worked out anew because others changed something meanwhile."""
_ACTOR: Final = "command-line"

T = TypeVar("T")
Decision = Callable[[list[SigningKey], datetime], list[KeyChange]]


@dataclass(frozen=True, slots=True)
class Held:
    """A signing key that there is, and where it is in its life."""

    key: SigningKey
    life: Life
    state: KeyState


class KeyKeeper:
    """Changes the keys of a deployment, with an audit record of each change."""

    def __init__(self, settings: Settings, store: Store, *, clock: Callable[[], datetime]) -> None:
        """Work on an open store; new keys are for the algorithm of the settings."""
        self._algorithm = Algorithm(settings.signing_algorithm)
        self._store = store
        self._pictures = Pictures(store, rows=settings.rows_in_memory)
        self._cabinet = Cabinet(master_key(settings, make=False))
        self._clock = clock

    async def held(self) -> list[Held]:
        """Return every key there is, by purpose and time."""
        now = self._clock()
        found = [key for _, holder in await self._holders() for key in self._cabinet.unsealed(holder.keys.values())]
        life = lives(found)
        ordered = sorted(found, key=lambda key: (key.purpose, key.not_before, key.kid))
        return [Held(key, life[key.kid], life[key.kid].state(now)) for key in ordered]

    async def rotate(self, purposes: Collection[Purpose]) -> list[KeyChange]:
        """Publish a new key for each of these purposes; without any, for all that have one.

        Raises InvalidKey for a purpose that has no key to follow.
        """
        missing = set(purposes) - {held.key.purpose for held in await self.held()}
        if missing:
            raise InvalidKey(f"there is no key for `{min(missing)}` yet: the first one is made when the service starts")

        def decide(keys: list[SigningKey], now: datetime) -> list[KeyChange]:
            here = sorted({key.purpose for key in keys})
            wanted = [purpose for purpose in here if not purposes or purpose in purposes]
            return [rotation(keys, purpose, self._make, now) for purpose in wanted]

        return await self._changed("rotate-keys", decide)

    async def withdraw(self, kid: str) -> list[KeyChange]:
        """Let nothing that a key signed be believed any longer. Raises InvalidKey when there is no such key."""
        if kid not in {held.key.kid for held in await self.held()}:
            raise InvalidKey(f"no key `{kid}`; `delegation keys list` shows those there are")

        def decide(keys: list[SigningKey], now: datetime) -> list[KeyChange]:
            here = kid in {key.kid for key in keys}
            return [withdrawal(keys, kid, self._make, now)] if here else []

        return await self._changed("withdraw-key", decide, withdrawn=kid)

    async def _changed(self, action: str, decide: Decision, **noted: JSON) -> list[KeyChange]:
        for _ in range(_ATTEMPTS):
            now, made, partitions = self._clock(), list[KeyChange](), list[PartitionChange]()
            for name, holder in await self._holders():
                changes = decide(self._cabinet.unsealed(holder.keys.values()), now)
                if changes:
                    record = Record(now, action, "changed", _ACTOR, None, {**noted, "keys": _told(changes)})
                    rows = tuple(self._rows(changes, now))
                    partitions.append(PartitionChange(name, holder.revision, record, rows))
                    made += changes
            with suppress(Stale):
                await self._store.commit(Unit(partitions=tuple(partitions)))
                return made
        raise NotPrepared("others keep changing the database; try again")

    async def _holders(self) -> list[tuple[str, Platform | Audit]]:
        return [(PARTITION, (await self._pictures.view()).platform), (AUDIT, await self._pictures.audit())]

    def _make(self, purpose: Purpose, not_before: datetime) -> SigningKey:
        return generate(self._algorithm, purpose, not_before=not_before)

    def _rows(self, changes: list[KeyChange], now: datetime) -> Iterator[Change]:
        for change in changes:
            yield from (Remove("signing_keys", {"kid": kid}) for kid in change.gone)
            yield from (Put("signing_keys", self._cabinet.sealed(key, now)) for key in change.made)


async def with_keys(
    settings: Settings, work: Callable[[KeyKeeper], Awaitable[T]], *, clock: Callable[[], datetime]
) -> T:
    """Return what becomes of work on the keys of a prepared deployment."""
    async with opened(settings, clock=clock) as store:
        return await work(KeyKeeper(settings, store, clock=clock))


def _told(changes: list[KeyChange]) -> list[JSON]:
    """Return what the audit record says of changes: nothing that could sign."""
    made: list[JSON] = [_description(key) for change in changes for key in change.made]
    gone: list[JSON] = [{"kid": kid, "gone": True} for change in changes for kid in change.gone]
    return made + gone


def _description(key: SigningKey) -> JSON:
    begins = key.not_before.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"kid": key.kid, "purpose": str(key.purpose), "algorithm": str(key.algorithm), "begins": begins}
