"""A delegated token on every request that an HTTP client sends (RFC 6750 §2.1, RFC 9449 §7.1)."""

from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from typing import Protocol

import httpx2
from typing_extensions import override

from delegation.client.agent.delegated_token import DelegatedToken
from delegation.client.agent.recovery import Recovery
from delegation.client.agent.token_request import TokenRequest
from delegation.client.errors import WrongTarget
from delegation.client.issuer.addresses import is_protected, origin_of, shown
from delegation.client.issuer.possession import Possession


class TokenSource(Protocol):
    """Whoever can get a token for a request, and be told that one is no longer good."""

    async def token_for(self, request: TokenRequest) -> DelegatedToken:
        """Return a token that is usable now."""
        ...

    def forget(self, token: DelegatedToken) -> None:
        """Never hand out this token again."""
        ...


class BlockingTokenSource(Protocol):
    """A source of tokens that keeps its caller waiting."""

    def token_for(self, request: TokenRequest) -> DelegatedToken:
        """Return a token that is usable now."""
        ...

    def forget(self, token: DelegatedToken) -> None:
        """Never hand out this token again."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What tokens are put on requests, where these may go, and how far a token may be stepped up."""

    request: TokenRequest
    origin: str
    step_up: frozenset[str] = frozenset()
    possession: Possession | None = None

    def __post_init__(self) -> None:
        """Raise WrongTarget for an origin to which no token may go."""
        if not is_protected(self.origin):
            raise WrongTarget(
                f"`{shown(self.origin)}` is no https address of a service (http serves for this machine alone)"
            )

    def check(self, url: httpx2.URL) -> None:
        """Raise WrongTarget unless a request goes to the origin."""
        origin = httpx2.URL(self.origin)
        if origin_of(url) != origin_of(origin):
            raise WrongTarget(f"the token is for `{origin}`, not for `{url.host}`")

    def is_answered(self, request: httpx2.Request, response: httpx2.Response) -> bool:
        """Return whether an answer says something of the request, and not of what a redirect made of it.

        Elsewhere the token means nothing, and after another method (303) the work that was asked for is done.
        """
        answered = response.request
        return answered.method == request.method and origin_of(answered.url) == origin_of(request.url)

    def bearing(self, request: httpx2.Request, token: DelegatedToken) -> httpx2.Request:
        """Return the request with the token on it, and a new proof of its key where it is bound to one."""
        if self.possession is None:
            request.headers["Authorization"] = f"Bearer {token.value}"
        else:
            request.headers.update(self.possession.presented(request, token.value))
        return request

    def recovery(self) -> Recovery:
        """Return what may be tried where a service says no to one request."""
        return Recovery(self.request, self.step_up, self.possession)


class DelegatedAuth(httpx2.Auth):
    """For `httpx2.AsyncClient(auth=...)`: gets the token, and recovers from a service's no where it may.

    A token bound to a key goes out with a new proof each time, and once more where the service asks for a nonce.
    The token goes to one origin only: a request to anywhere else raises WrongTarget before it leaves.
    Bodies are read into memory, so that a request can be sent again.
    """

    def __init__(self, source: TokenSource, terms: Terms) -> None:
        self._source = source
        self._terms = terms

    def blocking(self, source: BlockingTokenSource) -> "SyncDelegatedAuth":
        """Return the same on the same terms for synchronous clients."""
        return SyncDelegatedAuth(source, self._terms)

    @override
    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        self._terms.check(request.url)
        await request.aread()
        recovery = self._terms.recovery()
        while True:
            token = await self._source.token_for(recovery.wanted)
            response = yield self._terms.bearing(request, token)
            if not self._terms.is_answered(request, response) or not recovery.goes_on(response):
                return
            if recovery.is_lost:
                self._source.forget(token)

    @override
    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        raise TypeError(
            "this authentication is for `httpx2.AsyncClient`; `SyncAgentClient.auth` is for `httpx2.Client`"
        )


class SyncDelegatedAuth(httpx2.Auth):
    """For `httpx2.Client(auth=...)`; in everything else as `DelegatedAuth`."""

    def __init__(self, source: BlockingTokenSource, terms: Terms) -> None:
        self._source = source
        self._terms = terms

    @override
    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        self._terms.check(request.url)
        request.read()
        recovery = self._terms.recovery()
        while True:
            token = self._source.token_for(recovery.wanted)
            response = yield self._terms.bearing(request, token)
            if not self._terms.is_answered(request, response) or not recovery.goes_on(response):
                return
            if recovery.is_lost:
                self._source.forget(token)

    @override
    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        raise TypeError("this authentication is for `httpx2.Client`; `AgentClient.auth` is for `httpx2.AsyncClient`")
        yield request
