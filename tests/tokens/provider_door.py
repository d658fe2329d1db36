"""A door for user tokens whose provider is a server on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import httpx2
import pytest

from delegation.tokens import (
    InvalidToken,
    KeysAt,
    Patience,
    Provider,
    ProviderKeys,
    ProviderUnavailable,
    Purpose,
    Reason,
    RemoteKeys,
    SigningKey,
    UserToken,
    read_user_token,
    sign_user_token,
)
from tests.clock import Clock
from tests.tokens.forging import ISSUER, NOW, PROVIDER, signing_key
from tests.tokens.key_server import KeyServer

OLD: Final = signing_key(Purpose.USER_TOKEN)
NEW: Final = signing_key(Purpose.USER_TOKEN)
IMPATIENT: Final = Patience(timeout=timedelta(seconds=0.5))
SECOND: Final = timedelta(seconds=1)


def token(key: SigningKey) -> str:
    """A token of the provider's, good for a day."""
    return sign_user_token({"iss": PROVIDER, "sub": "anne", "aud": ISSUER, "exp": NOW + 86_400}, key)


class Door:
    """Reads user tokens with whatever keys the provider has at the clock's time."""

    def __init__(
        self, server: KeyServer, client: httpx2.AsyncClient, clock: Clock, patience: Patience | None = None
    ) -> None:
        self.clock = clock
        self.known = ProviderKeys(RemoteKeys(client, clock, patience))
        self.provider = Provider(PROVIDER, ISSUER, KeysAt(server.url))

    async def read(self, encoded: str) -> UserToken:
        """Read one token."""
        found = await self.known.for_token(self.provider, encoded)
        return read_user_token(
            encoded, provider=self.provider, keys=found, memory=self.known.memory, now=self.clock.now
        )

    async def refuses(self, encoded: str) -> Reason:
        """Return why a token is refused; fails when it is not, or when the provider is to blame."""
        with pytest.raises(InvalidToken) as caught:
            await self.read(encoded)
        return caught.value.reason

    async def is_closed_for(self, encoded: str) -> bool:
        """Tell whether nobody can say if the token is good."""
        with pytest.raises(ProviderUnavailable):
            await self.read(encoded)
        return True


@asynccontextmanager
async def door(server: KeyServer, clock: Clock, patience: Patience | None = None) -> AsyncIterator[Door]:
    """Open a door whose provider is the server."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield Door(server, client, clock, patience)


@asynccontextmanager
async def door_after_first_token(server: KeyServer, clock: Clock) -> AsyncIterator[Door]:
    """Open a door that knows the old key, and whose provider has gone since."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        async with server.listening():
            entry = Door(server, client, clock)
            await entry.read(token(OLD))
        yield entry
