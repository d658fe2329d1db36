"""The keys of a running service, taken from its own disk, to sign what the service itself would never sign."""

import asyncio
from collections.abc import Mapping

from delegation.app.secrets_at_rest import master_key
from delegation.oauth.keys import sealed_key
from delegation.store import Store
from delegation.tokens import Purpose, SigningKey, unseal
from tests.end_to_end.deployment import Deployment


def signing_keys(house: Deployment) -> Mapping[Purpose, SigningKey]:
    """Return the key of each purpose."""
    return asyncio.run(_signing_keys(house))


async def _signing_keys(house: Deployment) -> Mapping[Purpose, SigningKey]:
    store = Store(house.settings.database, instance="thief", clock=house.clock)
    await store.open()
    try:
        rows = (await store.snapshot("platform")).rows["signing_keys"]
    finally:
        await store.close()
    keys = [unseal(sealed_key(row), master_key(house.settings)) for row in rows]
    return {key.purpose: key for key in keys}
