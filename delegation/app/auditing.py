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
    Ending,
    Entry,
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
    async with _reading(settings, clock) as store:
        trusted = usable_keys(await _jwks(store)) if keys is None else keys
        inspection = Inspection(keys=trusted, held=held)
        async for item in history(store):
            inspection.see(item)
        return inspection.finish()


async def export(
    settings: Settings, organization: str | None, *, clock: Callable[[], datetime], write: Callable[[str], None]
) -> bool:
    """Write the log line by line, all of it or one organization's, and return whether it tells of anything.

    The server may write meanwhile.
    """
    async with _reading(settings, clock) as store:
        lines, tells = 0, False
        async for line in _lines(store, organization):
            write(line_of(line))
            lines += 1
            tells = tells or (isinstance(line, Entry) and line.chain != SEALS)
        write(line_of(Ending(lines)))
        return tells


async def newest_seals(settings: Settings, number: int, *, clock: Callable[[], datetime]) -> list[Entry]:
    """Return the last seals, at most so many, in order."""
    async with _reading(settings, clock) as store:
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
    async with _reading(settings, clock) as store:
        return await _jwks(store)


@asynccontextmanager
async def _reading(settings: Settings, clock: Callable[[], datetime]) -> AsyncIterator[Store]:
    store = Store(settings.database, instance=new_identifier("verify"), clock=clock)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def _lines(store: Store, organization: str | None) -> AsyncIterator[Line]:
    yield Opening(organization)
    yield Keys(await _jwks(store))
    async for item in history(store, organization):
        yield item


async def _jwks(store: Store) -> dict[str, JSON]:
    # Read as they are kept, so that neither the master key nor a sound log is needed.
    rows = (await store.snapshot(AUDIT)).rows["signing_keys"]
    return {"keys": [row["public"] for row in rows]}


async def _last_seals(store: Store, number: int) -> list[Entry]:
    newest = (await store.heads([SEALS]))[SEALS]
    return [entry async for page in store.pages(SEALS, after=newest - number) for entry in page.entries]
