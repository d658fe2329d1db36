"""The keys of a running service, taken from its own disk, to sign what the service itself would never sign."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from delegation.oauth.keys import sealed_key
from delegation.store import Store
from delegation.tokens import Purpose, SigningKey, unseal
from tests.end_to_end.deployment import JSON, Deployment, payload
from tests.tokens.forging import changed, sealed


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
    master = urlsafe_b64decode((house.settings.data_directory / "master.key").read_text())
    keys = [unseal(sealed_key(row), master) for row in rows]
    return {key.purpose: key for key in keys}


def header_of(token: str) -> JSON:
    """Return the header of a token, unverified."""
    segment = token.split(".", maxsplit=1)[0]
    document: JSON = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return document


def resigned(token: str, key: SigningKey, header: JSON | None = None, **claims: Any) -> str:
    """Return a token with some of its header or claims changed, signed by a key of the service."""
    return sealed(changed(header_of(token), header or {}), changed(payload(token), claims), key.private)
