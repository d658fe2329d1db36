"""What the command line does with the log: verify it, seal it, export it. The server may run meanwhile."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from delegation.app.administration import opened
from delegation.app.sealing import Sealer
from delegation.app.secrets_at_rest import master_key
from delegation.audit import (
    JSON,
    SEALS,
    Anchor,
    Ending,
    Entry,
    Head,
    Held,
    Inspection,
    Keys,
    Line,
    Opening,
    Report,
    line_of,
)
from delegation.oauth.keys import Cabinet
from delegation.settings import Settings
from delegation.state.audit import AUDIT
from delegation.state.pictures import Pictures
from delegation.store import Store, history
from delegation.tokens import KeyRing, VerificationKeys, new_identifier, usable_keys


async def verified(
    settings: Settings, *, keys: VerificationKeys | None, held: Held, clock: Callable[[], datetime]
) -> Report:
    """Return what is wrong with the log, read from its beginning to its end; the server may write meanwhile.

    Without `keys` those are believed that the database names. Nothing is made or changed. Raises SchemaBehind where
    there is no database to verify.
    """
    async with reading(settings, clock) as store:
        trusted = usable_keys(await kept_keys(store)) if keys is None else keys
        inspection = Inspection(keys=trusted, held=held)
        async for item in history(store):
            inspection.see(item)
        return inspection.finish()


async def export(
    settings: Settings,
    organization: str | None,
    *,
    clock: Callable[[], datetime],
    write: Callable[[str], None],
    after: int | None = None,
) -> bool:
    """Write the log line by line, all of it or one organization's, and return whether it tells of anything.

    With `after` it begins after the seal of that number. The server may write meanwhile. Raises InvalidQuestion when
    there is no such seal.
    """
    async with reading(settings, clock) as store:
        lines, tells = 0, False
        async for line in _lines(store, organization, after):
            write(line_of(line))
            lines += 1
            tells = tells or _tells(line)
        write(line_of(Ending(lines)))
        return tells


async def newest_seals(settings: Settings, number: int, *, clock: Callable[[], datetime]) -> list[Entry]:
    """Return the last seals, at most so many, in order."""
    async with reading(settings, clock) as store:
        return await _last_seals(store, number)


async def seal_now(settings: Settings, *, clock: Callable[[], datetime]) -> list[Entry]:
    """Seal what moved since it was sealed, and return the newest seal; none where nothing was ever recorded."""
    async with opened(settings, clock=clock) as store:
        pictures = Pictures(store, rows=1)
        cabinet = Cabinet(master_key(settings, make=False))

        async def ring() -> KeyRing:
            return cabinet.ring(await pictures.audit())

        await Sealer(store, ring, issuer=settings.issuer, clock=clock).seal()
        return await _last_seals(store, 1)


async def seal_keys(settings: Settings, *, clock: Callable[[], datetime]) -> dict[str, JSON]:
    """Return the JWK Set that seals are verified with."""
    async with reading(settings, clock) as store:
        return await kept_keys(store)


@asynccontextmanager
async def reading(settings: Settings, clock: Callable[[], datetime]) -> AsyncIterator[Store]:
    """Hold the store of a deployment open, and change nothing about it."""
    store = Store(settings.database, instance=new_identifier("verify"), clock=clock)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def _tells(line: Line) -> bool:
    """Return whether a line tells of something that happened, or that something did which is told elsewhere."""
    place = line.head if isinstance(line, Anchor) else line
    return isinstance(place, Entry | Head) and place.chain != SEALS


async def _lines(store: Store, organization: str | None, after: int | None) -> AsyncIterator[Line]:
    yield Opening(organization)
    yield Keys(await kept_keys(store))
    async for item in history(store, organization, after=after):
        yield item


async def kept_keys(store: Store) -> dict[str, JSON]:
    """Return the JWK Set of the keys that the database names for its seals."""
    # Read as they are kept, so that neither the master key nor a sound log is needed.
    rows = (await store.snapshot(AUDIT)).rows["signing_keys"]
    return {"keys": [row["public"] for row in rows]}


async def _last_seals(store: Store, number: int) -> list[Entry]:
    newest = (await store.heads([SEALS]))[SEALS]
    return [entry async for page in store.pages(SEALS, after=newest - number) for entry in page.entries]
