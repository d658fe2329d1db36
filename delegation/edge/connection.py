"""The way to the issuer's change stream: who asks, in which time, and what its answers mean before anything is told."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import quote

import httpx2

from delegation.client import ClientSettings
from delegation.client.issuer.credentials import Credential, Occasion
from delegation.client.issuer.discovery import checked_issuer
from delegation.edge.errors import Gone, Lost
from delegation.tokens import JSON, InvalidJSON, json_object

_ASLEEP_TOO: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""On Linux the monotonic clock stands still while the machine is suspended, and what is known grows old."""
_LONGEST_WAIT: Final = 60.0
_LONGEST_REFUSAL: Final = 4_096
_NOT_LET: Final = "the issuer does not let the service follow"
_REFUSED: Final[Mapping[int, str]] = {
    httpx2.codes.UNAUTHORIZED: "the issuer does not know the service by this secret",
    httpx2.codes.FORBIDDEN: _NOT_LET,
}
_NOT_FOLLOWED: Final = "not_followed"
"""With which the issuer says 404 to a service that may not follow. One of an older release has no such address."""


def elapsed() -> float:
    """Return seconds since some moment in the past, which go on whatever the time is set to."""
    return time.clock_gettime(_ASLEEP_TOO)


class Connection:
    """Opens the change streams of one issuer for one service."""

    def __init__(
        self, issuer: str, credential: Credential, http: httpx2.AsyncClient | None, settings: ClientSettings
    ) -> None:
        """Use a lent pool of connections, or one of its own. Raises UntrustedIssuer."""
        self._issuer = checked_issuer(issuer)
        self._credential = credential
        self._settings = settings
        self._owned = http is None
        self._http = http or httpx2.AsyncClient(limits=httpx2.Limits(max_connections=None))

    @asynccontextmanager
    async def opened(self, organization: str, place: str | None) -> AsyncIterator[AsyncIterator[bytes]]:
        """Give the bytes of an organization's stream as they come, from a place on. Raises Lost and Gone.

        Whoever is silent for as long as an answer may take is lost: something is told each second.
        """
        settings = self._settings
        seconds = settings.answer_timeout.total_seconds()
        timeout = httpx2.Timeout(seconds, connect=settings.connect_timeout.total_seconds())
        address = f"{self._issuer}/organizations/{quote(organization, safe='')}/changes"
        try:
            async with self._http.stream(
                "GET", address, headers=self._headers(place), timeout=timeout, follow_redirects=False, auth=None
            ) as answer:
                await _expect_stream(answer)
                yield answer.aiter_raw()
        except httpx2.HTTPError as error:
            lost = f"the stream broke off ({type(error).__name__})"
        except httpx2.InvalidURL:
            lost = "the address of the issuer is none"
        else:
            return
        # Raised apart from what it comes of, which has the request and its secret at hand.
        raise Lost(lost)

    async def close(self) -> None:
        """Close the connections, unless they were lent."""
        if self._owned:
            await self._http.aclose()

    def _headers(self, place: str | None) -> dict[str, str]:
        proof = self._credential.prove(Occasion(self._issuer, self._settings.clock(), self._settings.identifiers()))
        at = {} if place is None else {"Last-Event-ID": place}
        # What is sent packed can be much larger than it looks.
        return {"Accept": "text/event-stream", "Accept-Encoding": "identity", **proof.headers, **at}


async def _expect_stream(answer: httpx2.Response) -> None:
    """Raise Gone for a service that may not follow, Lost for all else that is no stream."""
    refused = _REFUSED.get(answer.status_code)
    if refused is not None:
        raise Gone(refused)
    if answer.status_code == httpx2.codes.NOT_FOUND and await _code(answer) == _NOT_FOLLOWED:
        raise Gone(_NOT_LET)
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if answer.status_code != httpx2.codes.OK or kind != "text/event-stream" or "Content-Encoding" in answer.headers:
        raise Lost(f"the issuer answered {answer.status_code} with no stream", wait=_wait(answer))


async def _code(answer: httpx2.Response) -> JSON:
    """Return the code of a problem document (RFC 9457); None where an answer is none, or too long for one."""
    told = b""
    async for piece in answer.aiter_raw():
        told += piece
        if len(told) > _LONGEST_REFUSAL:
            return None
    try:
        return json_object(told).get("code")
    except InvalidJSON:
        return None


def _wait(answer: httpx2.Response) -> float:
    """Return the seconds that an answer asks to wait, as far as they are worth waiting (RFC 9110 §10.2.3)."""
    text = answer.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() else 0.0
