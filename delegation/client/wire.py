"""The one way out to the authorization service: in time, and repeated only where it is safe."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import httpx2

from delegation.client.errors import Unavailable
from delegation.client.settings import ClientSettings

_LONGEST_WAIT: Final = timedelta(days=1)  # a longer `Retry-After` says nothing that can be used


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, composed anew for every attempt: a proof in it may be used only once."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class _Setback:
    reason: str
    repeatable: bool
    retry_after: timedelta | None = None


class Wire:
    """A pool of connections that keeps the limits of the settings."""

    def __init__(self, http: httpx2.AsyncClient | None, settings: ClientSettings) -> None:
        self._settings = settings
        self._owned = http is None
        self._http = http or _client()
        self._timeout = httpx2.Timeout(
            settings.answer_timeout.total_seconds(),
            connect=settings.connect_timeout.total_seconds(),
        )

    async def ask(self, compose: Callable[[], Outgoing]) -> httpx2.Response:
        """Return the answer, whatever its status below 500; raises Unavailable otherwise.

        Repeated are only requests that never reached the service, and those that it declined with
        503 and a `Retry-After`.
        """
        try:
            async with asyncio.timeout(self._settings.deadline.total_seconds()):
                return await self._persist(compose)
        except TimeoutError:
            raise Unavailable("the authorization service did not answer in time") from None

    async def close(self) -> None:
        """Close the connections, unless they were lent by the caller."""
        if self._owned:
            await self._http.aclose()

    async def _persist(self, compose: Callable[[], Outgoing]) -> httpx2.Response:
        attempt = 0
        while True:
            outcome = await self._attempt(compose())
            if isinstance(outcome, httpx2.Response):
                return outcome
            pause = self._pause(outcome, attempt)
            if pause is None:
                raise Unavailable(outcome.reason, outcome.retry_after)
            await self._settings.sleep(pause)
            attempt += 1

    async def _attempt(self, outgoing: Outgoing) -> httpx2.Response | _Setback:
        try:
            response = await self._http.request(
                outgoing.method,
                outgoing.url,
                headers={"Accept": "application/json", **outgoing.headers},
                content=outgoing.content,
                timeout=self._timeout,
                # A borrowed pool may have habits of its own; credentials follow no redirect.
                follow_redirects=False,
                auth=None,
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            return _Setback("the authorization service cannot be reached", repeatable=True)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return _Setback(f"no answer arrived ({type(error).__name__})", repeatable=False)
        return _setback_in(response) or response

    def _pause(self, setback: _Setback, attempt: int) -> float | None:
        """Return the seconds to wait before the next attempt, None if there must not be one."""
        asked_for = setback.retry_after or timedelta(0)
        if not setback.repeatable or attempt + 1 >= self._settings.attempts:
            return None
        if asked_for > self._settings.longest_pause:
            return None
        # A random part keeps the clients of a restarted service from coming back all at once.
        spread = self._settings.backoff.total_seconds() * (1 << attempt) * self._settings.chance()
        return asked_for.total_seconds() + spread


def _setback_in(response: httpx2.Response) -> _Setback | None:
    overloaded = response.status_code == httpx2.codes.TOO_MANY_REQUESTS
    if not (response.is_server_error or overloaded):
        return None
    wait = _retry_after(response)
    declined = response.status_code == httpx2.codes.SERVICE_UNAVAILABLE and wait is not None
    reason = f"the authorization service answered {response.status_code}"
    return _Setback(reason, repeatable=declined, retry_after=wait)


def _retry_after(response: httpx2.Response) -> timedelta | None:
    text = response.headers.get("Retry-After", "")
    if not (text.isascii() and text.isdigit()) or len(text) > len("86400"):
        return None
    return min(timedelta(seconds=int(text)), _LONGEST_WAIT)


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(limits=httpx2.Limits(max_connections=100, max_keepalive_connections=20))
