"""The keys of an issuer, kept for as long as they may be believed."""

from datetime import datetime, timedelta
from typing import Final

import httpx2

from delegation.client.errors import Unavailable, UnexpectedAnswer
from delegation.client.issuer.discovery import AUTHORIZATION_SERVER, Directory
from delegation.client.issuer.flights import Flights
from delegation.client.issuer.json_text import json_object
from delegation.client.issuer.published_keys import PublishedKeys, keys_in
from delegation.client.issuer.wire import Outgoing, Wire
from delegation.client.settings import ClientSettings

FRESH: Final = timedelta(minutes=5)
"""After which the keys are looked up again: so long may a key that was withdrawn be believed while all goes well."""
LAST: Final = timedelta(hours=1)
"""How long they are believed while the issuer cannot be asked."""
_BETWEEN: Final = timedelta(seconds=10)
"""Time between two looks that found nothing new: whoever names keys that there are not makes nobody ask more often."""


class KeyCache:
    """The keys that one issuer publishes; to be used within one event loop."""

    def __init__(self, issuer: str, http: httpx2.AsyncClient | None, settings: ClientSettings) -> None:
        """Raise UntrustedIssuer for an issuer that cannot be used."""
        self._settings = settings
        self._wire = Wire(http, settings)
        self._directory = Directory(issuer, self._wire)
        self._flights: Flights[None, None] = Flights()
        self._keys = PublishedKeys({})
        self._read_at: datetime | None = None
        self._asked_at: datetime | None = None

    @property
    def known(self) -> PublishedKeys:
        """The keys that were read last, however long ago. Other keys are another object."""
        return self._keys

    async def naming(self, kid: str) -> PublishedKeys:
        """Return the keys, among them one of this name if the issuer publishes it.

        Raises Unavailable where they were never read, or too long ago, and cannot be read now, and UntrustedIssuer.
        """
        now = self._settings.clock()
        is_missing = kid not in self._keys.by_kid or self._is_stale(now, LAST)
        if is_missing or self._is_stale(now, FRESH):
            await self._look_again(now, is_missing=is_missing)
        if self._is_stale(self._settings.clock(), LAST):
            raise Unavailable("the keys of the issuer are not known, and cannot be asked for")
        return self._keys

    async def close(self) -> None:
        """Stop asking and close the connections, unless they were lent."""
        await self._flights.cancel()
        await self._directory.close()
        await self._wire.close()

    def _is_stale(self, now: datetime, age: timedelta) -> bool:
        # A clock that was set back makes nothing fresh for ever.
        return self._read_at is None or not -_BETWEEN <= now - self._read_at <= age

    async def _look_again(self, now: datetime, *, is_missing: bool) -> None:
        if self._flights.is_under_way(None):
            if not is_missing:  # What is known serves until the look is over.
                return
        elif self._asked_at is not None and timedelta(0) <= now - self._asked_at < _BETWEEN:
            return
        try:
            await self._flights.join(None, self._look)
        except (Unavailable, UnexpectedAnswer):
            if self._is_stale(now, LAST):
                raise

    async def _look(self) -> None:
        self._asked_at = self._settings.clock()
        address = await self._directory.endpoint(AUTHORIZATION_SERVER, "jwks_uri")
        response = await self._wire.ask(lambda: Outgoing("GET", address, idempotent=True))
        if response.status_code != httpx2.codes.OK:
            raise UnexpectedAnswer(f"`{address}` answered {response.status_code}")
        keys = keys_in(json_object(response.content))
        if keys != self._keys:
            self._keys = keys
        self._read_at = self._asked_at
