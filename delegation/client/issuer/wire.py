"""The one way out to the authorization service: in time, and repeated only where it is safe."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import httpx2

from delegation.client.errors import RateLimited, Unavailable
from delegation.client.settings import ClientSettings

Result = TypeVar("Result")
LONGEST_ANSWER: Final = 8_388_608
"""Bytes of an answer, unpacked, at most: a page of a search has some hundred thousand."""
_OF_TRANSFER: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_LONGEST_WAIT: Final = timedelta(days=1)  # a longer `Retry-After` says nothing that can be used


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, composed anew for every attempt: a proof in it may be used only once."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)
    idempotent: bool = False
    """Whether to ask twice does no more than to ask once."""
    whom: str = "the authorization service"
    """Who is asked, for whoever reads that it did not answer."""


@dataclass(frozen=True, slots=True)
class _Setback:
    reason: str
    repeatable: bool
    retry_after: timedelta | None = None
    is_limit: bool = False

    def told(self) -> Unavailable:
        """Return what the caller is told."""
        return (RateLimited if self.is_limit else Unavailable)(self.reason, self.retry_after)


class Wire:
    """A pool of connections that keeps the limits of the settings."""

    def __init__(self, http: httpx2.AsyncClient | None, settings: ClientSettings) -> None:
        self._settings = settings
        self._owned = http is None
        self._http = http or _client()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        self._timeout = httpx2.Timeout(
            settings.answer_timeout.total_seconds(),
            connect=settings.connect_timeout.total_seconds(),
        )

    async def ask(self, compose: Callable[[], Outgoing]) -> httpx2.Response:
        """Return the answer, whatever its status below 500; raises Unavailable otherwise.

        Repeated are only requests that never reached the service, those that it declined with
        503 and a `Retry-After`, and whatever failed of those that are idempotent.
        """
        self.check_loop()
        if self._is_closed:
            raise RuntimeError("the client is closed")
        return await self.in_time(lambda: self._persist(compose))

    async def in_time(self, work: Callable[[], Awaitable[Result]], whom: str = "the authorization service") -> Result:
        """Return what the work results in, with all that it asks; raises Unavailable when the deadline is over."""
        try:
            async with asyncio.timeout(self._settings.deadline.total_seconds()):
                return await work()
        except TimeoutError:
            pass
        # Raised apart from what it comes of, which has the request at hand.
        raise Unavailable(f"{whom} did not answer in time")

    def check_loop(self) -> None:
        """Raise RuntimeError in another event loop than the first: connections and waiting tasks belong to one."""
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        if self._loop is not loop:
            raise RuntimeError(
                "this client was used in another event loop before: make one in each loop, "
                "or for an agent without a loop of its own a `SyncAgentClient`"
            )

    async def close(self) -> None:
        """Close the connections, unless they were lent by the caller; what is being asked ends in Unavailable."""
        self._is_closed = True
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
                raise outcome.told()
            await self._settings.sleep(pause)
            attempt += 1

    async def _attempt(self, outgoing: Outgoing) -> httpx2.Response | _Setback:
        whom = outgoing.whom
        if self._is_closed:
            return _Setback("the client was closed while it was asking", repeatable=False)
        try:
            async with self._http.stream(
                outgoing.method,
                outgoing.url,
                headers={"Accept": "application/json", **outgoing.headers},
                content=outgoing.content,
                timeout=self._timeout,
                # A borrowed pool may have habits of its own; credentials follow no redirect.
                follow_redirects=False,
                auth=None,
            ) as streamed:
                response = await _read(streamed)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            return _Setback(f"{whom} cannot be reached", repeatable=True)
        except httpx2.InvalidURL:
            return _Setback(f"the address of {whom} is none", repeatable=False)
        except httpx2.HTTPError as error:
            return _Setback(f"no answer of {whom} arrived ({type(error).__name__})", outgoing.idempotent)
        if response is None:
            return _Setback(f"the answer of {whom} is longer than any that makes sense", repeatable=False)
        return self._setback_in(response, outgoing) or response

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

    def _setback_in(self, response: httpx2.Response, outgoing: Outgoing) -> _Setback | None:
        is_limit = response.status_code == httpx2.codes.TOO_MANY_REQUESTS
        if not (response.is_server_error or is_limit):
            return None
        wait = _retry_after(response, self._settings.clock())
        declined = response.status_code == httpx2.codes.SERVICE_UNAVAILABLE and wait is not None
        repeatable = declined or (outgoing.idempotent and response.is_server_error)
        return _Setback(f"{outgoing.whom} answered {response.status_code}", repeatable, wait, is_limit)


async def _read(streamed: httpx2.Response) -> httpx2.Response | None:
    """Return an answer with its body; None where that is too long to be kept."""
    body = bytearray()
    async for piece in streamed.aiter_bytes():
        body += piece
        if len(body) > LONGEST_ANSWER:
            return None
    # The body is unpacked, and no longer what these headers say.
    told = [(name, value) for name, value in streamed.headers.multi_items() if name.lower() not in _OF_TRANSFER]
    return httpx2.Response(streamed.status_code, headers=told, content=bytes(body), request=streamed.request)


def _retry_after(response: httpx2.Response, now: datetime) -> timedelta | None:
    """Return how long an answer asks to wait, in seconds or until a moment of its sender's clock (RFC 9110 §10.2.3)."""
    text = response.headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text)), _LONGEST_WAIT) if len(text) <= len("86400") else None
    until = _moment(text)
    if until is None:
        return None
    wait = until - (_moment(response.headers.get("Date", "")) or now)
    return min(max(wait, timedelta(0)), _LONGEST_WAIT)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        limits=httpx2.Limits(max_connections=100, max_keepalive_connections=20),
        # Whatever is asked without TLS is on this machine, and a proxy of the environment would read it elsewhere.
        mounts={"http://": None},
    )
